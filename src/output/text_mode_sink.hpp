// Modes that a data source brings along: the text is its own (-o NAME).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/text_mode.hpp"
#include "output/cell_format.hpp"
#include "output/output_sink.hpp"
#include "output/sink_factory.hpp"

namespace gadgetry::output {

// Text that a module of the gadget makes. When it fails, the records of the batch are lost and flush() says
// why.
class TextModeSink final : public OutputSink {
 public:
  TextModeSink(const SinkOptions& options, data::TextMode mode)
      : OutputSink(options.writer),
        mode_(std::move(mode)),
        terminal_(options.terminal),
        utf8_(options.utf8) {}

  std::string_view name() const override { return mode_.name; }
  void process(data::Batch& batch) override;
  base::Status flush() override;
  base::Status finish() override;

 private:
  void write_text();
  void fail(base::Error error);

  data::TextMode mode_;
  bool terminal_;
  bool utf8_;
  std::string text_;  // of one batch
  std::optional<base::Error> error_;
};

// The older convention: a line for each record, of the text of all its fields in the order of columns, hidden
// ones too. Such data sources usually have one field, "text".
class FieldTextSink final : public OutputSink {
 public:
  explicit FieldTextSink(const SinkOptions& options)
      : OutputSink(options.writer),
        mode_(options.own_mode),
        terminal_(options.terminal),
        utf8_(options.utf8) {}

  std::string_view name() const override { return mode_; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;

 private:
  void choose(data::DataSource& source, const std::vector<const data::Field*>& fields);

  std::string mode_;
  bool terminal_;
  bool utf8_;
  std::vector<const data::Field*> fields_;
  std::string text_;  // of one record
};

}  // namespace gadgetry::output
