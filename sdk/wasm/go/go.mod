module gadgetry/wasm

go 1.24
