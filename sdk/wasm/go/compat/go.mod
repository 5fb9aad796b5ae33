module compat

go 1.24
