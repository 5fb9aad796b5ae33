#include "sys/kallsyms.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::sys {
namespace {

// Beyond this many bytes from its start an address belongs to no function: it lies in a gap between the
// kernel and its modules.
constexpr uint64_t kMaxFunctionBytes = 1 << 20;
constexpr size_t kNone = SIZE_MAX;

bool is_code(char type) {
  return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

}  // namespace

base::Status Kallsyms::load() {
  if (!tried_) {
    tried_ = true;
    if (auto status = read_table(); !status.ok()) {
      failure_ = status.error().message;
      failure_hint_ = status.error().hint;
      names_.clear();
    }
    reading_ = {};
  }
  if (failure_.empty()) return {};
  return base::Error(failure_).with_hint(failure_hint_);
}

base::Status Kallsyms::read_table() {
  GADGETRY_ASSIGN(base::Fd file, base::open_file(path_, O_RDONLY));
  std::string buffer(64 << 10, '\0');
  size_t kept = 0;  // the beginning of a line whose end has not been read
  for (;;) {
    ssize_t got = read(file.get(), buffer.data() + kept, buffer.size() - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::Error::system("reading " + path_, errno);
    if (got == 0) break;
    std::string_view text(buffer.data(), kept + static_cast<size_t>(got));
    size_t start = 0;
    for (size_t end; (end = text.find('\n', start)) != std::string_view::npos; start = end + 1) {
      add_line(text.substr(start, end - start));
    }
    if (start == 0 && text.size() == buffer.size()) return base::Error(path_ + ": a line is too long");
    if (reading_.size() > limits::kKernelSymbols) return base::Error(path_ + ": too many symbols");
    kept = text.size() - start;
    std::memmove(buffer.data(), text.data() + start, kept);
  }
  if (reading_.empty()) return base::Error("kernel symbols: " + path_ + " has none");
  if (hidden_) {
    return base::Error("kernel symbols: all addresses in " + path_ + " are hidden")
        .with_hint("run as root with CAP_SYSLOG, and set the sysctl kernel.kptr_restrict to 0 or 1");
  }
  pack();
  return {};
}

// "ffffffff81000000 T name" or "ffffffffc0000000 t name\t[module]".
void Kallsyms::add_line(std::string_view line) {
  size_t space = line.find(' ');
  if (space == std::string_view::npos || line.size() < space + 4 || !is_code(line[space + 1])) return;
  auto address = base::parse_int<uint64_t>(line.substr(0, space), 16);
  if (!address) return;
  std::string_view name = line.substr(space + 3);
  name = name.substr(0, name.find('\t'));
  // Padding in front of functions; no code that runs.
  if (name.empty() || name.starts_with("__pfx_")) return;
  if (*address != 0) hidden_ = false;
  reading_.push_back({*address, static_cast<uint32_t>(pool_.size())});
  pool_.append(name);
  pool_ += '\0';
}

void Kallsyms::pack() {
  // Of several names for one address the first in the table stays; names are kept in the order of the table.
  std::sort(reading_.begin(), reading_.end(), [](const Symbol& a, const Symbol& b) {
    return a.address != b.address ? a.address < b.address : a.name < b.name;
  });
  auto end = std::unique(reading_.begin(), reading_.end(),
                         [](const Symbol& a, const Symbol& b) { return a.address == b.address; });
  reading_.erase(end, reading_.end());
  base_ = reading_.front().address;
  bool near = reading_.back().address - base_ <= UINT32_MAX;
  names_.reserve(reading_.size());
  near ? near_.reserve(reading_.size()) : far_.reserve(reading_.size());
  for (const Symbol& symbol : reading_) {
    names_.push_back(symbol.name);
    if (near) {
      near_.push_back(static_cast<uint32_t>(symbol.address - base_));
    } else {
      far_.push_back(symbol.address);
    }
  }
  pool_.shrink_to_fit();
}

size_t Kallsyms::find(uint64_t address) const {
  if (names_.empty() || address < base_) return kNone;
  size_t index = 0;
  uint64_t start = 0;
  if (!near_.empty()) {
    auto distance = static_cast<uint32_t>(std::min<uint64_t>(address - base_, UINT32_MAX));
    index = static_cast<size_t>(std::upper_bound(near_.begin(), near_.end(), distance) - near_.begin()) - 1;
    start = base_ + near_[index];
  } else {
    index = static_cast<size_t>(std::upper_bound(far_.begin(), far_.end(), address) - far_.begin()) - 1;
    start = far_[index];
  }
  return address - start < kMaxFunctionBytes ? index : kNone;
}

std::string_view Kallsyms::lookup(uint64_t address) const {
  size_t index = find(address);
  return index == kNone ? std::string_view{} : std::string_view(pool_.data() + names_[index]);
}

uint64_t Kallsyms::start_of(uint64_t address) const {
  size_t index = find(address);
  if (index == kNone) return 0;
  return near_.empty() ? far_[index] : base_ + near_[index];
}

size_t Kallsyms::memory() const {
  return near_.capacity() * sizeof(uint32_t) + far_.capacity() * sizeof(uint64_t) +
         names_.capacity() * sizeof(uint32_t) + pool_.capacity();
}

}  // namespace gadgetry::sys
