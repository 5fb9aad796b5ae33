// The filter of `--filter`: rules joined by commas, all of which must hold.
//
//   comm==bash,pid>=100,fname~^/etc/,ret!=0
//
// Operators: = == != > >= < <= and, for text, ~ and !~ (RE2, anywhere in the text). "\," is a comma inside a
// value, any other backslash stands for itself. Values: true false 1 0 for bool; integers decimal or 0x
// hexadecimal; fractions; anything for text, which is compared byte by byte. A rule may name its data source:
// "open:pid==1".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "data/filter_program.hpp"

namespace gadgetry::data {

// The rules for this data source: those without a source name and those with its name. Without any the
// program matches everything. Errors name the rule, the column (bytes, from 1) and what is allowed.
base::Result<FilterProgram> compile_simple_filter(DataSource& source, std::string_view text);

// The data sources named in front of rules, so that a misspelt one can be told. Each once.
base::Result<std::vector<std::string>> simple_filter_sources(std::string_view text);

}  // namespace gadgetry::data
