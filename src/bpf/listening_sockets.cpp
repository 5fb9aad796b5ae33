#include "bpf/listening_sockets.hpp"

#include <arpa/inet.h>
#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::bpf {
namespace {

constexpr size_t kWordDigits = 8;  // addresses stand there as 32-bit words in the order of the machine

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::string_view word : base::split(line, ' ')) {
    if (!word.empty()) out.push_back(word);
  }
  return out;
}

bool read_address(std::string_view text, bool is_ipv6, std::array<uint8_t, 16>& out) {
  if (text.size() != (is_ipv6 ? 4 : 1) * kWordDigits) return false;
  for (size_t i = 0; i * kWordDigits < text.size(); i++) {
    auto word = base::parse_int<uint32_t>(text.substr(i * kWordDigits, kWordDigits), 16);
    if (!word) return false;
    std::memcpy(out.data() + i * sizeof(*word), &*word, sizeof(*word));
  }
  return true;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

// "socket:[4711]" -> 4711
uint64_t socket_inode(std::string_view link) {
  constexpr std::string_view kBegin = "socket:[";
  if (!link.starts_with(kBegin) || !link.ends_with(']')) return 0;
  return base::parse_int<uint64_t>(link.substr(kBegin.size(), link.size() - kBegin.size() - 1)).value_or(0);
}

// Takes a descriptor out of another process, if it still is that socket.
base::Fd take(pid_t pid, int number, uint64_t inode, int& error) {
  base::Fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return {};
  base::Fd taken(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), number, 0)));
  if (!taken) {
    error = errno;
    return {};
  }
  struct stat info{};
  if (fstat(taken.get(), &info) != 0 || info.st_ino != inode) return {};
  return taken;
}

void take_from(pid_t pid, std::set<uint64_t>& wanted, std::vector<base::Fd>& out, int& error) {
  std::string path = "/proc/" + std::to_string(pid) + "/fd";
  Folder folder(opendir(path.c_str()));
  if (!folder) return;
  while (const dirent* entry = readdir(folder.get())) {
    auto number = base::parse_int<int>(entry->d_name);
    if (!number) continue;
    std::array<char, 64> link{};
    ssize_t length = readlinkat(dirfd(folder.get()), entry->d_name, link.data(), link.size());
    if (length <= 0) continue;
    uint64_t inode = socket_inode({link.data(), static_cast<size_t>(length)});
    if (!wanted.contains(inode)) continue;
    base::Fd taken = take(pid, *number, inode, error);
    if (!taken) continue;
    wanted.erase(inode);
    out.push_back(std::move(taken));
    if (wanted.empty()) return;
  }
}

base::Error not_an_address(std::string_view text) {
  return base::Error("'" + base::printable(text) + "' is no address of a socket")
      .with_hint("write tcp:8080, udp:5300, tcp:127.0.0.1:8080 or udp:[::]:5300");
}

}  // namespace

base::Result<ListenAddress> parse_listen_address(std::string_view text) {
  ListenAddress out;
  std::string_view rest = text;
  if (rest.starts_with("udp:")) {
    out.is_udp = true;
  } else if (!rest.starts_with("tcp:")) {
    return not_an_address(text);
  }
  rest.remove_prefix(4);
  if (size_t colon = rest.rfind(':'); colon != std::string_view::npos) {
    std::string address(rest.substr(0, colon));
    rest.remove_prefix(colon + 1);
    out.has_address = true;
    out.is_ipv6 = address.starts_with('[') && address.ends_with(']');
    if (out.is_ipv6) address = address.substr(1, address.size() - 2);
    if (inet_pton(out.is_ipv6 ? AF_INET6 : AF_INET, address.c_str(), out.address.data()) != 1)
      return not_an_address(text);
  }
  auto port = base::parse_int<uint16_t>(rest);
  if (!port || *port == 0) return not_an_address(text);
  out.port = *port;
  return out;
}

// "  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 ..."
uint64_t listening_inode(std::string_view line, const ListenAddress& wanted, bool is_ipv6) {
  constexpr size_t kLocal = 1;
  constexpr size_t kState = 3;
  constexpr size_t kInode = 9;
  auto words = words_of(line);
  if (words.size() <= kInode) return 0;
  // TCP_LISTEN; a UDP socket that is bound and not connected is in TCP_CLOSE.
  if (words[kState] != (wanted.is_udp ? "07" : "0A")) return 0;
  size_t colon = words[kLocal].find(':');
  if (colon == std::string_view::npos) return 0;
  if (base::parse_int<uint16_t>(words[kLocal].substr(colon + 1), 16) != wanted.port) return 0;
  std::array<uint8_t, 16> address = {};
  if (!read_address(words[kLocal].substr(0, colon), is_ipv6, address)) return 0;
  if (wanted.has_address && (wanted.is_ipv6 != is_ipv6 || wanted.address != address)) return 0;
  return base::parse_int<uint64_t>(words[kInode]).value_or(0);
}

base::Result<std::vector<uint64_t>> find_listening(const ListenAddress& wanted) {
  std::vector<uint64_t> out;
  for (bool is_ipv6 : {false, true}) {
    std::string path =
        std::string("/proc/thread-self/net/") + (wanted.is_udp ? "udp" : "tcp") + (is_ipv6 ? "6" : "");
    std::ifstream file(path);
    if (!file && !is_ipv6) return base::Error::system(path, errno);
    for (std::string line; std::getline(file, line);) {
      uint64_t inode = listening_inode(line, wanted, is_ipv6);
      if (inode == 0) continue;
      if (out.size() == limits::kReuseportSockets)
        return base::Error("more sockets share this port than are supported");
      out.push_back(inode);
    }
  }
  return out;
}

base::Result<std::vector<base::Fd>> borrow_sockets(const std::vector<uint64_t>& inodes) {
  std::set<uint64_t> wanted(inodes.begin(), inodes.end());
  std::vector<base::Fd> out;
  int error = 0;
  Folder processes(opendir("/proc"));
  if (!processes) return base::Error::system("/proc", errno);
  while (const dirent* entry = wanted.empty() ? nullptr : readdir(processes.get())) {
    if (auto pid = base::parse_int<pid_t>(entry->d_name)) take_from(*pid, wanted, out, error);
  }
  if (!out.empty()) return out;
  base::Error failed = error != 0 ? base::Error::system("cannot take the socket from its process", error)
                                  : base::Error("no process that is seen from here has the socket");
  failed.kind = base::ErrorKind::kFailure;
  return std::move(failed).with_hint(error != 0
                                         ? "it needs CAP_SYS_PTRACE and pidfd_getfd(2) (Linux 5.6)"
                                         : "run it in the pid namespace of the host, with CAP_SYS_PTRACE");
}

}  // namespace gadgetry::bpf
