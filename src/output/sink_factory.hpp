// From what a person asked for (mode, --fields) to the sink of a data source. Names of modes:
// mode_chooser.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "data/data_source.hpp"
#include "output/output_sink.hpp"

namespace gadgetry::output {

struct SinkOptions {
  OutputMode mode = OutputMode::kColumns;
  std::string own_mode;      // the name of the mode, for kOwn
  std::string fields;        // --fields as given; empty: the default fields
  bool terminal = false;     // the writer's file is a terminal: cut to its width, repaint in place
  bool color = false;        // the header stands out
  bool utf8 = true;          // may draw with characters outside ASCII
  int width = 0;             // of the terminal, in columns; 0: unknown
  int height = 0;            // of the terminal, in rows; 0: unknown
  Writer* writer = nullptr;  // not owned; may be shared by several sinks of one thread
  bool prefix_source =
      false;  // several data sources share the writer: tables get their source's name as a title
  bool histogram_at_finish = false;  // histograms are drawn once, at the end, instead of for each batch
};

// "columns", "json", "jsonpretty", "yaml", "none" or "tree", the modes that every data source has, or
// "pcap-ng", which those that hold packets have.
std::optional<OutputMode> find_output_mode(std::string_view name);
std::string_view output_mode_name(OutputMode mode);

// The usage error for a name that is neither of them nor one of `own`, which the gadget has besides.
base::Error unknown_mode(std::string_view name, const std::vector<std::string>& own);

// The sink for a data source whose eBPF fields are known. Fields are resolved in plan(), which reports
// unknown names. Fails when the source does not support the mode.
base::Result<std::unique_ptr<OutputSink>> make_sink(const SinkOptions& options,
                                                    const data::DataSource& source);

}  // namespace gadgetry::output
