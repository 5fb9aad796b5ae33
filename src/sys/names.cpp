#include "sys/names.hpp"

#include <netinet/in.h>
#include <seccomp.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/strings.hpp"

namespace gadgetry::sys {
namespace {

// By number, from the kernel's asm-generic/errno-base.h and errno.h (the same on amd64 and arm64).
constexpr std::string_view kErrnos[] = {"",
                                        "EPERM",
                                        "ENOENT",
                                        "ESRCH",
                                        "EINTR",
                                        "EIO",
                                        "ENXIO",
                                        "E2BIG",
                                        "ENOEXEC",
                                        "EBADF",
                                        "ECHILD",
                                        "EAGAIN",
                                        "ENOMEM",
                                        "EACCES",
                                        "EFAULT",
                                        "ENOTBLK",
                                        "EBUSY",
                                        "EEXIST",
                                        "EXDEV",
                                        "ENODEV",
                                        "ENOTDIR",
                                        "EISDIR",
                                        "EINVAL",
                                        "ENFILE",
                                        "EMFILE",
                                        "ENOTTY",
                                        "ETXTBSY",
                                        "EFBIG",
                                        "ENOSPC",
                                        "ESPIPE",
                                        "EROFS",
                                        "EMLINK",
                                        "EPIPE",
                                        "EDOM",
                                        "ERANGE",
                                        "EDEADLK",
                                        "ENAMETOOLONG",
                                        "ENOLCK",
                                        "ENOSYS",
                                        "ENOTEMPTY",
                                        "ELOOP",
                                        "",
                                        "ENOMSG",
                                        "EIDRM",
                                        "ECHRNG",
                                        "EL2NSYNC",
                                        "EL3HLT",
                                        "EL3RST",
                                        "ELNRNG",
                                        "EUNATCH",
                                        "ENOCSI",
                                        "EL2HLT",
                                        "EBADE",
                                        "EBADR",
                                        "EXFULL",
                                        "ENOANO",
                                        "EBADRQC",
                                        "EBADSLT",
                                        "",
                                        "EBFONT",
                                        "ENOSTR",
                                        "ENODATA",
                                        "ETIME",
                                        "ENOSR",
                                        "ENONET",
                                        "ENOPKG",
                                        "EREMOTE",
                                        "ENOLINK",
                                        "EADV",
                                        "ESRMNT",
                                        "ECOMM",
                                        "EPROTO",
                                        "EMULTIHOP",
                                        "EDOTDOT",
                                        "EBADMSG",
                                        "EOVERFLOW",
                                        "ENOTUNIQ",
                                        "EBADFD",
                                        "EREMCHG",
                                        "ELIBACC",
                                        "ELIBBAD",
                                        "ELIBSCN",
                                        "ELIBMAX",
                                        "ELIBEXEC",
                                        "EILSEQ",
                                        "ERESTART",
                                        "ESTRPIPE",
                                        "EUSERS",
                                        "ENOTSOCK",
                                        "EDESTADDRREQ",
                                        "EMSGSIZE",
                                        "EPROTOTYPE",
                                        "ENOPROTOOPT",
                                        "EPROTONOSUPPORT",
                                        "ESOCKTNOSUPPORT",
                                        "ENOTSUP",
                                        "EPFNOSUPPORT",
                                        "EAFNOSUPPORT",
                                        "EADDRINUSE",
                                        "EADDRNOTAVAIL",
                                        "ENETDOWN",
                                        "ENETUNREACH",
                                        "ENETRESET",
                                        "ECONNABORTED",
                                        "ECONNRESET",
                                        "ENOBUFS",
                                        "EISCONN",
                                        "ENOTCONN",
                                        "ESHUTDOWN",
                                        "ETOOMANYREFS",
                                        "ETIMEDOUT",
                                        "ECONNREFUSED",
                                        "EHOSTDOWN",
                                        "EHOSTUNREACH",
                                        "EALREADY",
                                        "EINPROGRESS",
                                        "ESTALE",
                                        "EUCLEAN",
                                        "ENOTNAM",
                                        "ENAVAIL",
                                        "EISNAM",
                                        "EREMOTEIO",
                                        "EDQUOT",
                                        "ENOMEDIUM",
                                        "EMEDIUMTYPE",
                                        "ECANCELED",
                                        "ENOKEY",
                                        "EKEYEXPIRED",
                                        "EKEYREVOKED",
                                        "EKEYREJECTED",
                                        "EOWNERDEAD",
                                        "ENOTRECOVERABLE",
                                        "ERFKILL",
                                        "EHWPOISON"};

// From the kernel's linux/errno.h: what system calls return inside the kernel, from number 512 on.
constexpr std::string_view kKernelErrnos[] = {"ERESTARTSYS",
                                              "ERESTARTNOINTR",
                                              "ERESTARTNOHAND",
                                              "ENOIOCTLCMD",
                                              "ERESTART_RESTARTBLOCK",
                                              "EPROBE_DEFER",
                                              "EOPENSTALE",
                                              "ENOPARAM",
                                              "",
                                              "EBADHANDLE",
                                              "ENOTSYNC",
                                              "EBADCOOKIE",
                                              "ENOTSUPP",
                                              "ETOOSMALL",
                                              "ESERVERFAULT",
                                              "EBADTYPE",
                                              "EJUKEBOX",
                                              "EIOCBQUEUED",
                                              "ERECALLCONFLICT",
                                              "ENOGRACE"};
constexpr uint64_t kFirstKernelErrno = 512;

constexpr std::string_view kSignals[] = {
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};

struct NumberName {
  uint64_t number;
  std::string_view name;
};

constexpr NumberName kProtocols[] = {
    {0, "IP"},       {1, "ICMP"},       {2, "IGMP"},     {4, "IPIP"},   {6, "TCP"},     {8, "EGP"},
    {12, "PUP"},     {17, "UDP"},       {22, "IDP"},     {29, "TP"},    {33, "DCCP"},   {41, "IPV6"},
    {43, "ROUTING"}, {44, "FRAGMENT"},  {46, "RSVP"},    {47, "GRE"},   {50, "ESP"},    {51, "AH"},
    {58, "ICMPV6"},  {59, "NONE"},      {60, "DSTOPTS"}, {92, "MTP"},   {94, "BEETPH"}, {98, "ENCAP"},
    {103, "PIM"},    {108, "COMP"},     {115, "L2TP"},   {132, "SCTP"}, {135, "MH"},    {136, "UDPLITE"},
    {137, "MPLS"},   {143, "ETHERNET"}, {255, "RAW"},    {262, "MPTCP"}};

// System calls younger than the libseccomp of the oldest supported distribution. Their numbers are the same
// on every architecture.
constexpr NumberName kYoungSyscalls[] = {
    {451, "cachestat"},         {452, "fchmodat2"},         {453, "map_shadow_stack"}, {454, "futex_wake"},
    {455, "futex_wait"},        {456, "futex_requeue"},     {457, "statmount"},        {458, "listmount"},
    {459, "lsm_get_self_attr"}, {460, "lsm_set_self_attr"}, {461, "lsm_list_modules"}, {462, "mseal"},
    {463, "setxattrat"},        {464, "getxattrat"},        {465, "listxattrat"},      {466, "removexattrat"},
    {467, "open_tree_attr"},    {468, "file_getattr"},      {469, "file_setattr"}};

constexpr size_t kSyscallNumbers = 1024;  // above every number in use

class SyscallTable {
 public:
  SyscallTable() {
    for (size_t number = 0; number < kSyscallNumbers; number++) {
      std::unique_ptr<char, decltype(&free)> name(
          seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, static_cast<int>(number)), &free);
      if (name != nullptr) set(number, name.get());
    }
    for (const NumberName& young : kYoungSyscalls) {
      if (names_[young.number].empty()) set(young.number, young.name);
    }
  }
  std::string_view name(uint64_t number) const {
    return number < names_.size() ? names_[number] : std::string_view{};
  }

 private:
  void set(size_t number, std::string_view name) {
    names_[number] = texts_.emplace_back("SYS_" + base::to_upper(name));
  }

  std::deque<std::string> texts_;
  std::array<std::string_view, kSyscallNumbers> names_{};
};

}  // namespace

std::string_view errno_name(uint64_t number) {
  if (number < std::size(kErrnos)) return kErrnos[number];
  if (number >= kFirstKernelErrno && number - kFirstKernelErrno < std::size(kKernelErrnos)) {
    return kKernelErrnos[number - kFirstKernelErrno];
  }
  return {};
}

std::string_view signal_name(uint64_t number) {
  return number < std::size(kSignals) ? kSignals[number] : std::string_view{};
}

std::string_view syscall_name(uint64_t number) {
  static const SyscallTable* const table = new SyscallTable;  // never destroyed: the views are for ever
  return table->name(number);
}

std::string_view protocol_name(uint64_t number) {
  // The two that matter first.
  if (number == IPPROTO_TCP) return "TCP";
  if (number == IPPROTO_UDP) return "UDP";
  for (const NumberName& protocol : kProtocols) {
    if (protocol.number == number) return protocol.name;
  }
  return {};
}

}  // namespace gadgetry::sys
