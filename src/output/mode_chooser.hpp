// From -o NAME to the mode of each data source of a gadget.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "output/sink_factory.hpp"

namespace gadgetry::output {

// The modes that only this data source has: its text modes, and what its annotation
// cli.supported-output-modes names besides the common modes.
std::vector<std::string> own_output_modes(const data::DataSource& source);

// Data sources become known one after the other, so that whether a name is wrong shows at the end.
class ModeChooser {
 public:
  // As given with -o; empty: each data source decides (cli.default-output-mode, else columns; the first mode
  // of a list without columns).
  explicit ModeChooser(std::string_view name) : name_(name) {}

  // Sets mode and own_mode of the options. A data source that does not have the mode is not shown: another
  // may have it.
  base::Status choose(const data::DataSource& source, SinkOptions& options);

  // When all data sources had their turn: the usage error if no data source has the mode.
  base::Status check() const;

 private:
  std::string name_;
  bool found_ = false;
  std::vector<std::string> own_modes_;  // of all data sources
};

}  // namespace gadgetry::output
