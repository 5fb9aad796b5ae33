#include "data/per_source.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace gadgetry::data {

base::Result<std::vector<PerSource>> parse_per_source(std::string_view text, char separator) {
  auto fail = [&](const std::string& why) {
    return base::Error::usage("\"" + base::printable(text) + "\": " + why)
        .with_hint(std::string("write VALUE, or SOURCE:VALUE parts joined by '") + separator + "'");
  };
  std::vector<PerSource> out;
  if (text.empty()) return out;
  for (std::string_view part : base::split(text, separator)) {
    part = base::trim(part);
    size_t colon = part.find(':');
    PerSource value;
    if (colon != std::string_view::npos) {
      value.source = base::trim(part.substr(0, colon));
      if (value.source.empty()) return fail("there is no data source in front of the colon");
      part = base::trim(part.substr(colon + 1));
    }
    if (part.empty()) return fail("a value is missing");
    value.value = part;
    bool twice =
        std::any_of(out.begin(), out.end(), [&](const PerSource& p) { return p.source == value.source; });
    if (twice) {
      return fail(value.source.empty() ? std::string("there are two values without a data source")
                                       : "data source " + base::printable(value.source) + " is given twice");
    }
    out.push_back(std::move(value));
  }
  return out;
}

const PerSource* find_per_source(const std::vector<PerSource>& values, std::string_view source) {
  const PerSource* unnamed = nullptr;
  for (const PerSource& value : values) {
    if (value.source == source) return &value;
    if (value.source.empty()) unnamed = &value;
  }
  return unnamed;
}

base::Status check_per_source(const std::vector<PerSource>& values, const std::vector<std::string>& sources,
                              std::string_view option) {
  for (const PerSource& value : values) {
    if (value.source.empty()) continue;
    if (std::find(sources.begin(), sources.end(), value.source) != sources.end()) continue;
    std::string near = base::closest(value.source, sources);
    std::string hint = near.empty() ? "" : "did you mean " + near + "? ";
    return base::Error::usage(std::string(option) + ": unknown data source \"" +
                              base::printable(value.source) + "\"")
        .with_hint(hint + (sources.empty() ? "there are none" : "there are " + base::join(sources, ", ")));
  }
  return {};
}

}  // namespace gadgetry::data
