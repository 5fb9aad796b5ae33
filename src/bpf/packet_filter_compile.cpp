// From an expression to classic BPF, by libpcap.

// Its structs have the names of the kernel's and of libbpf's, which mean something else.
#define bpf_insn pcap_bpf_insn
#define bpf_program pcap_bpf_program
#include <pcap/pcap.h>
#undef bpf_insn
#undef bpf_program

#include <memory>
#include <span>
#include <string>

#include "base/limits.hpp"
#include "base/strings.hpp"
#include "bpf/packet_filter_expression.hpp"

// The archive of libpcap refers to its source of D-Bus messages, and that to libraries that have no archives.
// Here they are for whoever links it: nothing is captured by libpcap.
extern "C" {
int dbus_findalldevs(void* devices, char* error);
pcap_t* dbus_create(const char* device, char* error, int* is_ours);

int dbus_findalldevs(void*, char*) {
  return 0;
}

pcap_t* dbus_create(const char*, char*, int* is_ours) {
  *is_ours = 0;
  return nullptr;
}
}

namespace gadgetry::bpf {
namespace {

constexpr int kSnapLength = 262144;  // what a filter returns for a packet that passes

struct ClosePcap {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};
struct FreeProgram {
  void operator()(pcap_bpf_program* program) const { pcap_freecode(program); }
};

base::Error bad_expression(std::string_view expression, std::string_view why) {
  constexpr size_t kShown = 120;
  std::string shown = base::printable(expression.substr(0, kShown));
  if (expression.size() > kShown) shown += "...";
  return base::Error::usage("packet filter \"" + shown + "\": " + base::printable(why))
      .with_hint("write it as for tcpdump: see pcap-filter(7)");
}

}  // namespace

base::Result<std::vector<ClassicInsn>> compile_packet_filter(std::string_view expression) {
  if (expression.size() > limits::kPacketFilterBytes) {
    return bad_expression(expression,
                          "it is longer than " + std::to_string(limits::kPacketFilterBytes) + " bytes");
  }
  if (expression.find('\0') != std::string_view::npos)
    return bad_expression(expression, "it has a NUL in it");
  std::unique_ptr<pcap_t, ClosePcap> pcap(pcap_open_dead(DLT_EN10MB, kSnapLength));
  if (pcap == nullptr) return base::Error("packet filter: libpcap has no memory");
  pcap_bpf_program program{};
  std::string text(expression);
  if (pcap_compile(pcap.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return bad_expression(expression, pcap_geterr(pcap.get()));
  }
  std::unique_ptr<pcap_bpf_program, FreeProgram> owner(&program);
  if (program.bf_len > limits::kPacketFilterInsns) {
    return bad_expression(
        expression, "it becomes more than " + std::to_string(limits::kPacketFilterInsns) + " instructions");
  }
  std::vector<ClassicInsn> out;
  out.reserve(program.bf_len);
  for (const pcap_bpf_insn& insn : std::span(program.bf_insns, program.bf_len)) {
    out.push_back({.code = insn.code, .jt = insn.jt, .jf = insn.jf, .k = insn.k});
  }
  return out;
}

}  // namespace gadgetry::bpf
