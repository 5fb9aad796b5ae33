#include "pipeline/recording_text.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"
#include "pipeline/stream.hpp"

namespace gadgetry::pipeline {
namespace {

using Json = nlohmann::json;

// Keys of a line, and nothing else: a typing error is told, not ignored.
constexpr std::string_view kKeys[] = {"source", "fields", "rows",   "cpu",     "time",
                                      "lost",   "call",   "result", "outputs", "timer"};

std::optional<std::string> bytes_of_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 2) {
    auto byte = base::parse_int<uint8_t>(text.substr(i, 2), 16);
    if (!byte) return std::nullopt;
    out.push_back(static_cast<char>(*byte));
  }
  return out;
}

// The library copies and prints values by recursion.
bool too_deep(std::string_view text) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (c == '"') quoted = !quoted;
    if (c == '\\' && quoted) i++;
    if (quoted) continue;
    if (c == '{' || c == '[') depth++;
    if ((c == '}' || c == ']') && depth > 0) depth--;
    if (depth > limits::kRecordingTextDepth) return true;
  }
  return false;
}

base::Result<RecordedCall> parse_call(const Json& json) {
  RecordedCall call;
  if (!json["call"].is_string()) return base::Error("call: give \"MODULE.FUNCTION\"");
  call.function = json["call"].get<std::string>();
  if (auto it = json.find("result"); it != json.end()) {
    if (!it->is_number_integer()) return base::Error("result: it is no whole number");
    call.result = it->is_number_unsigned() ? it->get<uint64_t>() : static_cast<uint64_t>(it->get<int64_t>());
  }
  auto outputs = json.find("outputs");
  if (outputs == json.end()) return call;
  if (!outputs->is_array()) return base::Error("outputs: give a list of hex texts");
  for (const Json& output : *outputs) {
    auto bytes = output.is_string() ? bytes_of_hex(output.get_ref<const std::string&>()) : std::nullopt;
    if (output.is_object() && output.contains("text") && output["text"].is_string())
      bytes = output["text"].get<std::string>();
    if (!bytes) return base::Error("outputs: give hex texts, or {\"text\": \"...\"}");
    call.outputs.push_back(std::move(*bytes));
  }
  return call;
}

template <typename T>
base::Result<T> number_of(const Json& json, const char* key) {
  auto it = json.find(key);
  if (it == json.end()) return T{0};
  bool fits =
      it->is_number_unsigned() && it->get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<T>::max());
  if (!fits) return base::Error(std::string(key) + ": it is no number in its range");
  return static_cast<T>(it->get<uint64_t>());
}

}  // namespace

struct TextRecording::Line {
  size_t number = 0;
  size_t begin = 0;  // in text_
  Json json;         // null: an empty line
};

base::Result<std::unique_ptr<TextRecording>> TextRecording::open(const std::string& path) {
  GADGETRY_ASSIGN(std::string text, base::read_file(path, limits::kRecordingTextBytes));
  return from_text(std::move(text), path);
}

base::Result<std::unique_ptr<TextRecording>> TextRecording::from_text(std::string text, std::string name) {
  std::unique_ptr<TextRecording> recording(new TextRecording());
  recording->text_ = std::move(text);
  recording->name_ = std::move(name);
  GADGETRY_TRY(recording->read_calls());
  return recording;
}

base::Error TextRecording::at_line(const Line& line, base::Error error) const {
  return std::move(error).context(name_ + ":" + std::to_string(line.number));
}

// Looked for by name when a module asks, wherever they stand: whoever writes them does not know the order.
base::Status TextRecording::read_calls() {
  for (;;) {
    GADGETRY_ASSIGN(auto line, next_line());
    if (!line) break;
    if (!line->json.contains("call")) continue;
    auto call = parse_call(line->json);
    if (!call.ok()) return at_line(*line, std::move(call).error());
    answers_[call->function].calls.push_back(std::move(*call));
  }
  at_ = 0;
  line_ = 0;
  return {};
}

base::Status TextRecording::bind(const data::DataSource& source) {
  encoders_.emplace_back(source);
  return {};
}

base::Result<std::optional<TextRecording::Line>> TextRecording::next_line() {
  while (at_ < text_.size()) {
    Line line;
    line.begin = at_;
    line.number = ++line_;
    size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view text = base::trim(std::string_view(text_).substr(at_, end - at_));
    at_ = end + 1;
    if (text.starts_with('#') || text.starts_with("//")) continue;
    if (!text.empty()) {
      if (too_deep(text)) return at_line(line, base::Error("nested too deeply"));
      try {
        line.json = Json::parse(text);
      } catch (const Json::exception& error) {
        std::string why = error.what();  // "[json.exception...] parse error at ..."
        size_t begin = why.find("] ");
        return at_line(
            line, base::Error("no JSON: " +
                              base::printable(begin == std::string::npos ? why : why.substr(begin + 2))));
      }
      if (!line.json.is_object()) return at_line(line, base::Error("a line is a JSON object"));
      for (const auto& [key, value] : line.json.items()) {
        if (std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys)) continue;
        return at_line(line, base::Error("unknown key " + base::printable(key))
                                 .with_hint("an event is {\"source\": NAME, \"fields\": {...}}"));
      }
    }
    return std::optional(std::move(line));
  }
  return std::optional<Line>();
}

base::Result<size_t> TextRecording::source_of(const Line& line) const {
  auto it = line.json.find("source");
  if (it == line.json.end()) {
    if (encoders_.size() == 1) return size_t{0};
    return base::Error("source: it is missing, and the gadget has several data sources");
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < encoders_.size(); i++) {
    names.push_back(encoders_[i].source().name());
    if (*it == names.back()) return i;
  }
  std::string name = it->is_string() ? it->get<std::string>() : it->dump();
  return base::Error("the gadget has no data source " + base::printable(name))
      .with_hint("it has " + base::join(names, ", "));
}

// Adds the record, or the rows, of a line to the batch.
base::Status TextRecording::add_event(const Line& line, RecordedItem& item) {
  const SampleEncoder& encoder = encoders_[item.source];
  GADGETRY_ASSIGN(uint32_t cpu, number_of<uint32_t>(line.json, "cpu"));
  auto add = [&](const Json& fields) -> base::Status {
    size_t begin = item.samples.size();
    if (begin > limits::kIteratorBytes || item.records.size() >= limits::kRecordedBatchRecords)
      return base::Error("too many records in a batch");
    GADGETRY_TRY(encoder.encode(fields, item.samples));
    item.records.push_back({.sample_size = static_cast<uint32_t>(item.samples.size() - begin), .cpu = cpu});
    return {};
  };
  bool is_array = encoder.source().type() == data::SourceType::kArray;
  if (line.json.contains("rows")) {
    if (!is_array) return base::Error("rows: " + encoder.source().name() + " has single events: give fields");
    const Json& rows = line.json["rows"];
    if (!rows.is_array()) return base::Error("rows: give a list of objects");
    for (const Json& row : rows) GADGETRY_TRY(add(row));
    return {};
  }
  auto fields = line.json.find("fields");
  if (fields == line.json.end())
    return base::Error(is_array ? "rows or fields are missing" : "fields are missing");
  return add(*fields);
}

// The first line of an item; says what it is.
base::Status TextRecording::read_line(const Line& line, RecordedItem& item) {
  const Json& json = line.json;
  if (json.contains("timer")) {
    item.type = RecordedItem::Type::kTimer;
    GADGETRY_ASSIGN(item.timer, number_of<uint64_t>(json, "timer"));
    return {};
  }
  GADGETRY_ASSIGN(item.source, source_of(line));
  if (json.contains("lost")) {
    item.type = RecordedItem::Type::kLosses;
    item.losses = {};
    GADGETRY_ASSIGN(item.losses.lost_ring_full, number_of<uint64_t>(json, "lost"));
    return {};
  }
  item.type = RecordedItem::Type::kBatch;
  item.boot_offset_ns = 0;  // boot times are those since 1970
  GADGETRY_ASSIGN(item.wall_ns, number_of<int64_t>(json, "time"));
  return add_event(line, item);
}

base::Result<bool> TextRecording::next(RecordedItem& item) {
  item.records.clear();
  item.samples.clear();
  std::optional<Line> first;
  do {
    GADGETRY_ASSIGN(first, next_line());
    if (!first) return false;
  } while (first->json.is_null() || first->json.contains("call"));
  if (auto read = read_line(*first, item); !read.ok()) return at_line(*first, std::move(read).error());
  bool grows = item.type == RecordedItem::Type::kBatch && !first->json.contains("rows") &&
               encoders_[item.source].source().type() == data::SourceType::kSingle;
  // Events that follow each other are one batch, as they would be when they come fast. An empty line ends it.
  while (grows && item.records.size() < Stream::kBatchRecords) {
    GADGETRY_ASSIGN(auto line, next_line());
    if (!line || line->json.is_null()) break;
    if (line->json.contains("call")) continue;
    auto source = line->json.contains("fields") ? source_of(*line) : base::Result<size_t>(encoders_.size());
    if (!source.ok() || *source != item.source || line->json.contains("time")) {
      at_ = line->begin;
      line_ = line->number - 1;
      break;
    }
    if (auto added = add_event(*line, item); !added.ok()) return at_line(*line, std::move(added).error());
  }
  item.place_records();
  return true;
}

base::Result<RecordedCall> TextRecording::next_call(std::string_view function) {
  auto it = answers_.find(function);
  if (it == answers_.end()) {
    return base::Error(name_ + ": the module calls " + std::string(function) +
                       ", for which there is no answer")
        .with_hint("add a line such as {\"call\": \"" + std::string(function) +
                   "\", \"result\": 0, \"outputs\": [\"01000000\"]}");
  }
  Answers& answers = it->second;
  // The last answer is that to all further calls.
  size_t index = std::min(answers.next, answers.calls.size() - 1);
  answers.next = index + 1;
  return answers.calls[index];
}

}  // namespace gadgetry::pipeline
