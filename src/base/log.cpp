#include "base/log.hpp"

#include <unistd.h>

#include <string>

#include "base/fd.hpp"

namespace gadgetry::base {
namespace {

void write_to_stderr(LogLevel level, std::string_view message) {
  static constexpr std::string_view kPrefix[] = {"gadgetctl: error: ", "gadgetctl: warning: ", "gadgetctl: ",
                                                 "gadgetctl: debug: "};
  std::string line(kPrefix[static_cast<int>(level)]);
  line.append(message).push_back('\n');
  (void)write_all(STDERR_FILENO, line, "stderr");  // nobody to tell when stderr is gone
}

LogLevel g_level = LogLevel::kInfo;
LogSink g_sink = write_to_stderr;

}  // namespace

void set_log_level(LogLevel level) { g_level = level; }
void set_log_sink(LogSink sink) { g_sink = sink != nullptr ? sink : write_to_stderr; }
bool log_enabled(LogLevel level) { return level <= g_level; }

void log(LogLevel level, std::string_view message) {
  if (log_enabled(level)) g_sink(level, message);
}

}  // namespace gadgetry::base
