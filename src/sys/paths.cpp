#include "sys/paths.hpp"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "sys/namespaces.hpp"

#ifndef GADGETRY_DATADIR
#define GADGETRY_DATADIR "/usr/local/share/gadgetry"
#endif

namespace gadgetry::sys {
namespace {

bool is_folder(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string environment(const char* name) {
  const char* value = secure_getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// The folder of the running program, empty if it cannot be told.
std::string program_dir() {
  char buffer[PATH_MAX];
  ssize_t size = readlink("/proc/self/exe", buffer, sizeof buffer);
  if (size <= 0 || static_cast<size_t>(size) == sizeof buffer) return {};
  std::string path(buffer, static_cast<size_t>(size));
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

}  // namespace

std::string data_dir() {
  if (std::string dir = environment("GADGETRY_DATA_DIR"); !dir.empty()) return dir;
  if (std::string program = program_dir(); !program.empty()) {
    size_t slash = program.rfind('/');
    std::string dir = program.substr(0, slash == std::string::npos ? 0 : slash) + "/share/gadgetry";
    if (is_folder(dir)) return dir;
  }
  return GADGETRY_DATADIR;
}

std::string host_root() {
  std::string root = environment("HOST_ROOT");
  while (!root.empty() && root.back() == '/') root.pop_back();
  return root;
}

std::string host_file(std::string_view absolute_path) {
  if (std::string root = host_root(); !root.empty()) return root.append(absolute_path);
  if (is_host_pidns()) {
    std::string path = std::string("/proc/1/root").append(absolute_path);
    if (access(path.c_str(), R_OK) == 0) return path;
  }
  return std::string(absolute_path);
}

std::string host_proc() {
  std::string path = host_root() + "/proc";
  return is_folder(path) ? path : "/proc";
}

}  // namespace gadgetry::sys
