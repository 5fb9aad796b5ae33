// Messages for people, on stderr. Never on the event path.
#pragma once

#include <string_view>

namespace gadgetry::base {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

// Receives every message at or below the level in force. Set once at start, before threads.
using LogSink = void (*)(LogLevel level, std::string_view message);

void set_log_level(LogLevel level);  // kInfo by default; -v means kDebug
void set_log_sink(LogSink sink);     // the default writes "gadgetctl: warning: text" to stderr
bool log_enabled(LogLevel level);

void log(LogLevel level, std::string_view message);
inline void log_error(std::string_view message) { log(LogLevel::kError, message); }
inline void log_warning(std::string_view message) { log(LogLevel::kWarning, message); }
inline void log_info(std::string_view message) { log(LogLevel::kInfo, message); }
inline void log_debug(std::string_view message) { log(LogLevel::kDebug, message); }

}  // namespace gadgetry::base
