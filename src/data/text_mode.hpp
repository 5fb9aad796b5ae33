// An output mode that a data source brings along: -o NAME makes it write its own text.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "data/record.hpp"

namespace gadgetry::data {

struct TextMode {
  std::string name;
  // Appends the text of a batch; records that were not wanted stay out.
  std::function<base::Status(Batch& batch, std::string& out)> write;
  // Appends what comes after the last record. Called once.
  std::function<base::Status(std::string& out)> finish;
};

}  // namespace gadgetry::data
