#include "data/annotations.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace gadgetry::data {
namespace {

using Type = AnnotationType;

constexpr std::string_view kAlignments[] = {"left", "right"};
constexpr std::string_view kEllipses[] = {"", "none", "start", "middle", "end"};
constexpr std::string_view kMetrics[] = {"key", "counter", "gauge", "histogram"};
constexpr std::string_view kLogRoles[] = {"timestamp", "severity", "body"};
constexpr std::string_view kArrayHandling[] = {"array", "elements"};
constexpr std::string_view kTemplates[] = {"timestamp",
                                           "bytes",
                                           "duration",
                                           "node",
                                           "pod",
                                           "container",
                                           "namespace",
                                           "containerImageName",
                                           "containerImageDigest",
                                           "containerPid",
                                           "containerStartedAt",
                                           "comm",
                                           "pcomm",
                                           "pid",
                                           "ppid",
                                           "tid",
                                           "ptid",
                                           "uid",
                                           "gid",
                                           "ns",
                                           "mntns_id",
                                           "netns_id",
                                           "l4endpoint",
                                           "syscall",
                                           "errorString",
                                           "user_stack"};

constexpr int64_t kWidest = 4096;
constexpr int64_t kManyFetches = INT32_MAX;

constexpr AnnotationInfo kFieldAnnotations[] = {
    {"description", Type::kText, "help text"},
    {"template", Type::kWord, "a preset of annotations", kTemplates},
    {"value.one-of", Type::kText, "the values it can have"},
    {"columns.width", Type::kWidth, "width of the column", {}, 0, kWidest},
    {"columns.minwidth", Type::kWidth, "least width of the column", {}, 0, kWidest},
    {"columns.maxwidth", Type::kWidth, "greatest width of the column", {}, 0, kWidest},
    {"columns.alignment", Type::kWord, "side the text stands on", kAlignments},
    {"columns.ellipsis", Type::kWord, "where text that is too long is cut", kEllipses},
    {"columns.hidden", Type::kBool, "not shown unless asked for"},
    {"columns.fixed", Type::kBool, "the width does not change with the terminal"},
    {"columns.hex", Type::kBool, "integers in hexadecimal"},
    {"columns.alias", Type::kText, "title of the column"},
    {"columns.precision", Type::kInt, "digits of a fraction", {}, 0, 64},
    {"columns.replace", Type::kFieldName, "field shown in its place"},
    {"json.skip", Type::kBool, "left out of JSON"},
    {"formatters.timestamp.target", Type::kNewFieldName, "field for the time as text"},
    {"formatters.timestamp.format", Type::kText, "layout of the time"},
    {"formatters.syscall.target", Type::kNewFieldName, "field for the name of the system call"},
    {"formatters.signal.target", Type::kNewFieldName, "field for the name of the signal"},
    {"formatters.errno.target", Type::kNewFieldName, "field for the name of the error"},
    {"formatters.bytes.target", Type::kNewFieldName, "field for the size as text"},
    {"formatters.duration.target", Type::kNewFieldName, "field for the duration as text"},
    {"formatters.file_mode.target", Type::kNewFieldName, "field for the file mode as text"},
    {"formatters.file_flags.target", Type::kNewFieldName, "field for the open flags as text"},
    {"formatters.ifindex.target", Type::kNewFieldName, "field for the name of the network interface"},
    {"uidgidresolver.target", Type::kNewFieldName, "field for the name of the user or group"},
    {"ebpf.formatter.kstack", Type::kNewFieldName, "field for the kernel stack as text"},
    {"ebpf.formatter.enum", Type::kNewFieldName, "field for the name of the enum value"},
    {"ebpf.formatter.bitfield.separator", Type::kText, "between the names of a bit set"},
    {"metrics.type", Type::kWord, "what it is in metrics", kMetrics},
    {"metrics.name", Type::kText, "name in metrics"},
    {"metrics.description", Type::kText, "help text in metrics"},
    {"metrics.unit", Type::kText, "unit in metrics"},
    {"metrics.boundaries", Type::kNumbers, "bounds of the histogram's buckets"},
    {"logs.name", Type::kText, "name of the attribute, or timestamp, severity, body", kLogRoles},
    {"profiles.sample-attribute", Type::kText, "name of the attribute of profile samples"},
    {"pcap.interface-key", Type::kText, "tells the network interfaces of a capture apart"},
    {"pcap.interface-name", Type::kText, "name of the network interface of a capture"},
    {"pcap.interface-var", Type::kText, "described with the network interface of a capture"},
    {"pcap.comment", Type::kText, "stands in the comment of a packet"},
};

constexpr AnnotationInfo kSourceAnnotations[] = {
    {"description", Type::kText, "help text"},
    {"cli.supported-output-modes", Type::kWords, "output modes, comma list"},
    {"cli.default-output-mode", Type::kText, "output mode when none is asked for"},
    {"cli.clear-screen-before", Type::kBool, "each fetch is drawn on a clear screen"},
    {"cli.raw.fields", Type::kFieldNames, "fields of the raw output mode"},
    {"fetch-interval", Type::kDuration, "time between fetches of an iterator"},
    {"fetch-count", Type::kInt, "number of fetches of an iterator", {}, 0, kManyFetches},
    {"ebpf.map.flush-on-stop", Type::kBool, "the map is read once more at the end"},
    {"ebpf.map.consume", Type::kBool, "what is read is taken out of the map"},
    {"ebpf.iter.fetch-on-stop", Type::kBool, "the iterator runs once more at the end"},
    {"ebpf.rest.name", Type::kNewFieldName, "field for the bytes behind the struct"},
    {"ebpf.rest.len", Type::kFieldName, "field with the number of bytes behind the struct"},
    {"metrics.collect", Type::kBool, "exported as metrics"},
    {"metrics.print", Type::kBool, "drawn as histograms"},
    {"metrics.name", Type::kText, "name of the group of metrics"},
    {"metrics.implicit-counter.name", Type::kText, "name of the counter of records"},
    {"metrics.implicit-counter.description", Type::kText, "help text of the counter of records"},
    {"logs.name", Type::kText, "name of the logger"},
    {"logs.body", Type::kText, "expression for the text of a log record"},
    {"logs.severity", Type::kInt, "severity of log records", {}, 1, 24},
    {"logs.array-handling", Type::kWord, "one log record for each fetch or for each row", kArrayHandling},
    {"profiles.stack-fields", Type::kFieldNames, "fields with stacks"},
    {"profiles.value-field", Type::kFieldName, "field with the value of a sample"},
    {"profiles.name", Type::kText, "name of the profile"},
    {"profiles.type", Type::kText, "what is counted"},
    {"profiles.unit", Type::kText, "unit of what is counted"},
    {"pcap.payload", Type::kFieldName, "field with the packet"},
    {"pcap.timestamp", Type::kFieldName, "field with the time of the packet"},
    {"pcap.packet-length", Type::kFieldName, "field with the full length of the packet"},
    {"pcap.packet-type", Type::kFieldName, "field with how the packet came to the interface"},
    {"pcap.vlan-tag", Type::kFieldName, "field with a VLAN tag that is not in the packet"},
    {"env.fields.*", Type::kText, "adds a field with the value of an environment variable"},
    {"kubenameresolver.enable", Type::kBool, "adds the addresses of the pod"},
    {"generate_networkpolicy.enable", Type::kBool, "makes network policies"},
    {"views.*", Type::kText, "hints for graphical front ends"},
};

const AnnotationInfo* find_in(std::span<const AnnotationInfo> catalogue, std::string_view key) {
  auto it = std::find_if(catalogue.begin(), catalogue.end(), [&](const AnnotationInfo& info) {
    if (!info.key.ends_with('*')) return info.key == key;
    std::string_view prefix = info.key.substr(0, info.key.size() - 1);
    return key.size() > prefix.size() && key.starts_with(prefix);
  });
  return it == catalogue.end() ? nullptr : &*it;
}

base::Error unknown_key(std::span<const AnnotationInfo> catalogue, std::string_view key) {
  std::vector<std::string> keys;
  for (const AnnotationInfo& info : catalogue) keys.emplace_back(info.key);
  std::string near = key.size() <= 256 ? base::closest(key, keys) : "";
  base::Error error("unknown annotation \"" + base::printable(key) + "\"");
  if (!near.empty()) return std::move(error).with_hint("did you mean " + near + "?");
  return std::move(error).with_hint("known are " + base::join(keys, ", "));
}

// Names of fields are those of C members, with dots between levels.
bool is_field_name(std::string_view name, bool dots) {
  if (name.empty()) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || (dots && c == '.');
  });
}

std::string join_words(std::span<const std::string_view> words) {
  std::string out;
  for (std::string_view word : words) {
    if (!out.empty()) out += ", ";
    out += word.empty() ? "\"\"" : word;
  }
  return out;
}

// One value against its type; the hint says what is allowed.
class ValueCheck {
 public:
  ValueCheck(const AnnotationInfo& info, std::string_view key, std::string_view value,
             const DataSource* source)
      : info_(info), key_(key), value_(value), source_(source) {}

  base::Status run() const {
    switch (info_.type) {
      case Type::kText:
        return {};
      case Type::kBool:
        return require(value_ == "true" || value_ == "false", "allowed are true and false");
      case Type::kInt:
        return number();
      case Type::kWidth:
        if (value_ == "type") return {};
        return number();
      case Type::kWord: {
        bool known = std::find(info_.words.begin(), info_.words.end(), value_) != info_.words.end();
        return require(known, "allowed are " + join_words(info_.words));
      }
      case Type::kNewFieldName:
        return require(is_field_name(value_, false), "write a name of letters, digits and _");
      case Type::kFieldName:
        return field_name(value_);
      case Type::kDuration:
        return duration();
      case Type::kWords:
      case Type::kFieldNames:
      case Type::kNumbers:
        return list();
    }
    return {};
  }

 private:
  base::Status require(bool fine, const std::string& hint) const {
    if (fine) return {};
    return base::Error("annotation " + std::string(key_) + ": \"" + base::printable(value_) +
                       "\" is not allowed")
        .with_hint(hint);
  }

  base::Status number() const {
    auto number = base::parse_int<int64_t>(value_);
    std::string hint = "allowed are numbers from " + std::to_string(info_.minimum) + " to " +
                       std::to_string(info_.maximum) + (info_.type == Type::kWidth ? ", and type" : "");
    return require(number && *number >= info_.minimum && *number <= info_.maximum, hint);
  }

  base::Status duration() const {
    auto parsed = base::parse_duration(value_);
    return require(parsed.ok() && *parsed >= 0, "write a duration such as 0, 500ms or 1.5s");
  }

  base::Status field_name(std::string_view name) const {
    GADGETRY_TRY(require(is_field_name(name, true), "write the name of a field, with dots between levels"));
    if (source_ == nullptr || source_->find(name) != nullptr) return {};
    std::string near = name.size() <= 256 ? base::closest(name, source_->field_names()) : "";
    return base::Error("annotation " + std::string(key_) + ": there is no field " + std::string(name) +
                       " in data source " + source_->name())
        .with_hint(near.empty() ? "fields are " + base::join(source_->field_names(), ", ")
                                : "did you mean " + near + "?");
  }

  base::Status list() const {
    for (std::string_view part : base::split(value_, ',')) {
      part = base::trim(part);
      if (info_.type == Type::kFieldNames) GADGETRY_TRY(field_name(part));
      if (info_.type == Type::kNumbers) {
        GADGETRY_TRY(require(base::parse_double(part).has_value(), "write numbers with commas between them"));
      }
      if (info_.type == Type::kWords)
        GADGETRY_TRY(require(!part.empty(), "write words with commas between them"));
    }
    return {};
  }

  const AnnotationInfo& info_;
  std::string_view key_;
  std::string_view value_;
  const DataSource* source_;
};

}  // namespace

std::span<const AnnotationInfo> field_annotations() {
  return kFieldAnnotations;
}
std::span<const AnnotationInfo> source_annotations() {
  return kSourceAnnotations;
}
const AnnotationInfo* find_field_annotation(std::string_view key) {
  return find_in(kFieldAnnotations, key);
}
const AnnotationInfo* find_source_annotation(std::string_view key) {
  return find_in(kSourceAnnotations, key);
}

base::Status check_field_annotation(std::string_view key, std::string_view value, const DataSource* source) {
  const AnnotationInfo* info = find_field_annotation(key);
  if (info == nullptr) return unknown_key(kFieldAnnotations, key);
  return ValueCheck(*info, key, value, source).run();
}

base::Status check_source_annotation(std::string_view key, std::string_view value, const DataSource* source) {
  const AnnotationInfo* info = find_source_annotation(key);
  if (info == nullptr) return unknown_key(kSourceAnnotations, key);
  return ValueCheck(*info, key, value, source).run();
}

}  // namespace gadgetry::data
