// What libbpf says while it works: collected for error messages instead of printed.
#pragma once

#include <string>
#include <string_view>

namespace gadgetry::bpf {

// While one lives, the warnings of libbpf calls made by this thread go to its text (the first kLogBytes of
// them) and everything goes to the debug log. They nest: the innermost collects.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  // All warnings, one per line, "libbpf: " removed.
  const std::string& text() const { return text_; }
  // The first warning, which is nearest to the cause; empty when there was none.
  std::string first_line() const;
  void clear() { text_.clear(); }

  void append(std::string_view message);  // for the callback

 private:
  std::string text_;
  LibbpfLog* outer_;
};

// Makes all threads of the process send what libbpf prints through here. Called by LibbpfLog, cheap to
// repeat.
void install_libbpf_log();

}  // namespace gadgetry::bpf
