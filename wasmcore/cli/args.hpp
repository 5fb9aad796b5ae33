// SPDX-License-Identifier: Apache-2.0
// A parser for the flags of a subcommand. Unlike general ones it lets negative numbers be arguments, because
// `run` passes them to functions.
#pragma once

#include <concepts>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/strings.hpp"
#include "cli.hpp"

namespace wasmcore::cli {

struct Flag {
  std::string name;   // "--fuel"
  std::string value;  // placeholder of its value in the help; empty: it takes none
  std::string help;
  std::function<base::Status(std::string_view)> set;
};

class Args {
 public:
  // usage: what follows "wasmcore-cli "; about: one or more whole lines.
  Args(std::string usage, std::string about) : usage_(std::move(usage)), about_(std::move(about)) {}

  void flag(std::string name, std::string help, bool& to);
  void option(std::string name, std::string value, std::string help,
              std::function<base::Status(std::string_view)> set);
  void text(std::string name, std::string value, std::string help, std::string& to);
  template <std::unsigned_integral T>
  void number(std::string name, std::string value, std::string help, T& to);

  // Sets what the words say and keeps the others as positional(). "--" ends the flags.
  base::Status parse(const Words& words);
  bool wants_help() const { return wants_help_; }
  std::string help() const;

  const Words& positional() const { return positional_; }

 private:
  const Flag* find(std::string_view name) const;
  base::Status unknown(std::string_view name) const;

  std::string usage_;
  std::string about_;
  std::vector<Flag> flags_;
  Words positional_;
  bool wants_help_ = false;
};

template <std::unsigned_integral T>
void Args::number(std::string name, std::string value, std::string help, T& to) {
  std::string label = name;
  option(std::move(name), std::move(value), std::move(help),
         [&to, label](std::string_view text) -> base::Status {
           auto parsed = base::parse_int<T>(text);
           if (!parsed || *parsed == 0) {
             return base::Error::usage(label + " \"" + base::printable(text) + "\": not a number from 1 to " +
                                       std::to_string(std::numeric_limits<T>::max()));
           }
           to = *parsed;
           return {};
         });
}

}  // namespace wasmcore::cli
