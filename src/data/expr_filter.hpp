// The filter of `--filter-expr`: a condition in the notation of the expr language.
//
//   proc.comm in ["bash", "zsh"] and (ret < 0 or fname matches "^/etc/") and dst.addr in cidr("10.0.0.0/8")
//
// from weak to strong:   or ||    and &&    == != < <= > >= in matches contains startsWith endsWith (each
// also after "not")    ..    + -    not !    * / %    unary + -    a[i] a.b f(x) Literals: 12 0x1f 1_000 1.5
// 2e3 true false "text" 'text' `raw text` [list]. Functions: cidr(prefix, ...) len(x) lower(x) upper(x). `x
// in array` looks for an element, `array[i]` takes one (negative: from the end), and `structs[i].member` a
// member of one. "/" gives a fraction, "%" works on integers; integers neither wrap nor lose their sign. Text
// is compared byte by byte; lower() and upper() change ASCII letters only; len() of text counts characters.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "data/filter_program.hpp"

namespace gadgetry::data {

// Checks names and types against the fields. An error shows the line with a caret under the place:
//   line 1, column 5: unknown field "comn" of data source open
//   1 + comn
//       ^~~~
base::Result<FilterProgram> compile_expr_filter(DataSource& source, std::string_view text);

}  // namespace gadgetry::data
