// The storm: one process opens and closes a file COUNT times while a reader traces it. Prints a table with, for each
// reader, CPU time per delivered event, events lost, slowdown of the traced process, peak memory, and the time from
// exec to the first event. All in one run, so that the ratios mean something on a shared machine.
//
//   storm_bench GADGETCTL OPEN_STORM BARE_CONSUMER OBJECT [COUNT]
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* kMarker = "/etc/hostname";

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

struct Reader {
  std::string name;
  std::vector<std::string> command;
  enum class Out { kNull, kFile, kPipe } out = Out::kNull;
  bool counts_itself = true;  // says on stderr how many it delivered; else its lines are counted
};

struct Figures {
  double wall = 0;   // of the traced process, s
  double cpu = 0;    // of the reader, s
  double first = 0;  // exec to first event, s
  long rss_kb = 0;
  unsigned long long delivered = 0;
};

pid_t spawn(const std::vector<std::string>& command, int out, int err, int cpu) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(cpu), &set);
  sched_setaffinity(0, sizeof(set), &set);
  execvp(argv[0], argv.data());
  _exit(127);
}

std::string temporary(const char* purpose) {
  std::string path = std::string("/dev/shm/gadgetry-bench-") + purpose + "-XXXXXX";
  int fd = mkstemp(path.data());
  if (fd >= 0) close(fd);
  return path;
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

double run_storm(const std::string& storm, const std::string& count) {
  int pipe_fd[2];
  if (pipe(pipe_fd) != 0) std::exit(1);
  pid_t pid = spawn({storm, count, kMarker}, pipe_fd[1], STDERR_FILENO, 0);
  close(pipe_fd[1]);
  char text[64] = {};
  ssize_t n = read(pipe_fd[0], text, sizeof(text) - 1);
  close(pipe_fd[0]);
  waitpid(pid, nullptr, 0);
  return n > 0 ? std::atof(text) : 0;
}

// Lines that hold the path of the storm.
unsigned long long count_lines(const std::string& path) {
  std::ifstream in(path);
  unsigned long long lines = 0;
  for (std::string line; std::getline(in, line);) lines += line.find(kMarker) != std::string::npos ? 1 : 0;
  return lines;
}

// "open: N events produced, N delivered, ..." or a bare number.
unsigned long long parse_delivered(const std::string& text) {
  size_t at = text.rfind(" delivered");
  if (at == std::string::npos) return std::strtoull(text.c_str(), nullptr, 10);
  size_t begin = text.rfind(' ', at - 1);
  return std::strtoull(text.c_str() + begin, nullptr, 10);
}

// How long from exec until the first event comes out, while somebody opens files all the time.
double first_event(const Reader& reader) {
  int pipe_fd[2];
  if (pipe(pipe_fd) != 0) std::exit(1);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  auto start = Clock::now();
  pid_t pid = spawn(reader.command, pipe_fd[1], null, 1);
  close(pipe_fd[1]);
  double result = -1;
  while (seconds_since(start) < 10) {
    for (int i = 0; i < 20; i++) close(open(kMarker, O_RDONLY | O_CLOEXEC));
    pollfd ready{pipe_fd[0], POLLIN, 0};
    if (poll(&ready, 1, 1) > 0) {
      result = seconds_since(start);
      break;
    }
  }
  kill(pid, SIGKILL);
  close(pipe_fd[0]);
  close(null);
  waitpid(pid, nullptr, 0);
  return result;
}

Figures measure(const Reader& reader, const std::string& storm, const std::string& count) {
  std::string out_path = temporary("out");
  std::string err_path = temporary("err");
  int err = open(err_path.c_str(), O_RDWR | O_CLOEXEC);
  int pipe_fd[2] = {-1, -1};
  int out = -1;
  std::thread pump;
  if (reader.out == Reader::Out::kPipe) {
    if (pipe(pipe_fd) != 0) std::exit(1);
    out = pipe_fd[1];
    fcntl(pipe_fd[0], F_SETFD, FD_CLOEXEC);
    pump = std::thread([fd = pipe_fd[0]] {
      std::vector<char> buffer(1 << 20);
      while (read(fd, buffer.data(), buffer.size()) > 0) {
      }
    });
  } else {
    out = open(reader.out == Reader::Out::kNull ? "/dev/null" : out_path.c_str(), O_RDWR | O_CLOEXEC);
  }
  pid_t pid = spawn(reader.command, out, err, 1);
  close(out);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  Figures figures;
  figures.wall = run_storm(storm, count);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  kill(pid, SIGINT);
  rusage usage{};
  int status = 0;
  wait4(pid, &status, 0, &usage);
  if (pump.joinable()) {
    pump.join();
    close(pipe_fd[0]);
  }
  figures.cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  figures.rss_kb = usage.ru_maxrss;
  std::string said = slurp(err_path);
  figures.delivered = reader.counts_itself ? parse_delivered(said.find("delivered") == std::string::npos ? slurp(out_path) : said)
                                           : count_lines(out_path);
  close(err);
  unlink(out_path.c_str());
  unlink(err_path.c_str());
  figures.first = first_event(reader);
  return figures;
}

bool exists(const std::string& program) {
  std::stringstream path(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string folder; std::getline(path, folder, ':');) {
    if (access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return access(program.c_str(), X_OK) == 0;
}

void print_row(const std::string& name, const Figures& f, double alone, double total) {
  double per_event = f.delivered > 0 ? f.cpu / static_cast<double>(f.delivered) * 1e6 : 0;
  double lost = std::max(0.0, 1 - static_cast<double>(f.delivered) / total);
  std::string first = f.first < 0 ? "-" : std::to_string(static_cast<long>(f.first * 1000)) + " ms";
  std::printf("%-34s %8.3f us %8.2f %% %7.2fx %8.1f MB %9s\n", name.c_str(), per_event, lost * 100, f.wall / alone,
              static_cast<double>(f.rss_kb) / 1024, first.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: %s GADGETCTL OPEN_STORM BARE_CONSUMER OBJECT [COUNT]\n", argv[0]);
    return 2;
  }
  const std::string gadgetctl = argv[1], storm = argv[2], bare = argv[3], object = argv[4];
  const std::string count = argc > 5 ? argv[5] : "2000000";
  auto run = [&](const char* mode) { return std::vector<std::string>{gadgetctl, "run", "trace_open", "-v", "-o", mode}; };
  std::vector<Reader> readers = {
      {"bare ring consumer (counts only)", {bare, object, "events"}, Reader::Out::kFile, true},
      {"gadgetctl -o none", run("none"), Reader::Out::kNull, true},
      {"gadgetctl -o json > /dev/null", run("json"), Reader::Out::kNull, true},
      {"gadgetctl -o json | pipe", run("json"), Reader::Out::kPipe, true},
      {"gadgetctl -o json > file", run("json"), Reader::Out::kFile, true},
      {"gadgetctl -o columns > /dev/null", run("columns"), Reader::Out::kNull, true},
  };
  for (const char* name : {"opensnoop-bpfcc-libbpf", "/usr/sbin/opensnoop"}) {
    if (exists(name)) readers.push_back({"opensnoop (libbpf-tools)", {name}, Reader::Out::kFile, false});
  }
  if (exists("bpftrace")) {
    readers.push_back({"bpftrace one-liner",
                       {"bpftrace", "-e",
                        "tracepoint:syscalls:sys_enter_openat { printf(\"%d %s %s\\n\", pid, comm, str(args->filename)); }"},
                       Reader::Out::kFile,
                       false});
  }

  run_storm(storm, "200000");  // warm up
  double alone = std::min(run_storm(storm, count), run_storm(storm, count));
  double total = std::strtod(count.c_str(), nullptr);
  std::printf("%s openat+close, alone: %.2f s (%.0f ns each)\n\n", count.c_str(), alone, alone / total * 1e9);
  std::printf("%-34s %11s %10s %8s %11s %9s\n", "reader", "CPU/event", "lost", "slowdown", "peak RSS", "first");
  for (const Reader& reader : readers) print_row(reader.name, measure(reader, storm, count), alone, total);
  double again = run_storm(storm, count);
  std::printf("\nalone, again: %.2f s (%.2fx): what the machine's noise is worth\n", again, again / alone);
  return 0;
}
