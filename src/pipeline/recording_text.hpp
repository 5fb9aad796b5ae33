// The text form of a recording: one JSON object per line, as authors of tests write it. See
// docs/recordings.md.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/recording.hpp"
#include "pipeline/sample_encoder.hpp"

namespace gadgetry::pipeline {

class TextRecording final : public RecordingReader {
 public:
  static base::Result<std::unique_ptr<TextRecording>> open(const std::string& path);
  static base::Result<std::unique_ptr<TextRecording>> from_text(std::string text, std::string name);

  base::Status bind(const data::DataSource& source) override;
  base::Result<bool> next(RecordedItem& item) override;
  base::Result<RecordedCall> next_call(std::string_view function) override;

 private:
  struct Line;

  TextRecording() = default;
  base::Status read_calls();
  base::Result<std::optional<Line>> next_line();  // without those that are calls; an empty one has no JSON
  base::Status read_line(const Line& line, RecordedItem& item);
  base::Status add_event(const Line& line, RecordedItem& item);
  base::Result<size_t> source_of(const Line& line) const;
  base::Error at_line(const Line& line, base::Error error) const;

  std::string name_;
  std::string text_;
  size_t at_ = 0;
  size_t line_ = 0;
  std::vector<SampleEncoder> encoders_;
  struct Answers {
    std::vector<RecordedCall> calls;
    size_t next = 0;
  };
  std::map<std::string, Answers, std::less<>> answers_;
};

}  // namespace gadgetry::pipeline
