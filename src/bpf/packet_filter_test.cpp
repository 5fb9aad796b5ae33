#include "bpf/packet_filter.hpp"

#define bpf_insn pcap_bpf_insn
#define bpf_program pcap_bpf_program
#include <pcap/pcap.h>
#undef bpf_insn
#undef bpf_program

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "bpf/run_test_util.hpp"

namespace gadgetry::bpf {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Packet = std::vector<uint8_t>;

constexpr const char* kExpressions[] = {
    "",
    "ip",
    "ip6",
    "arp",
    "tcp",
    "udp port 53",
    "tcp port 80 or tcp port 443",
    "not tcp",
    "host 10.0.0.1",
    "src host 10.0.0.1 and dst net 192.168.0.0/16",
    "ip6 host fd00::1",
    "net fd00::/8",
    "portrange 20-1024",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "tcp[tcpflags] == tcp-syn",
    "icmp[icmptype] == icmp-echo",
    "icmp6 and ip6[40] == 128",
    "greater 100",
    "less 60",
    "len > 70 and len != 90",
    "vlan",
    "vlan 10",
    "vlan 10 and tcp port 80",
    "vlan and (udp or icmp)",
    "ether host 02:00:00:00:00:01",
    "ether broadcast",
    "ether multicast",
    "ip multicast",
    "ip[0] & 0xf != 5",
    "ip[6:2] & 0x1fff = 0",
    "tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420",
    "udp[8:2] / udp[4:2] > 1",
    "ip[2:2] % (ip[8] & 3) = 1",
    "ip[2:2] * 3 - ip[8] > 200 and ip[1] << 2 = 0",
    "ip[2:2] >> ip[0] = 0 or ip[8] << (ip[9] & 0x3f) > 7",
    "-ip[8] < 4294967200",
    "(ip[1] | ip[8]) ^ 0x40 = 0",
    "ether[ether[0]:2] = 0x0800",
    "ether[ether[5]:4] > 0x1000",
    "ether[11:4] & 0xff > 7",
    "ether[13] = 0 and ether[12:4] != 0x08004500",
    "ether[14:2] = 0x4500",
    "ether[ether[4] + 10] = 0x45",
    "ether[1000] = 0",
    "ether[40000:2] = 1",
    "ether[70000] = 1",
    "ether proto 0x0806",
    "ip proto 17 and (port 53 or port 123 or port 161 or portrange 5000-6000)",
    "host 10.0.0.1 and not (port 22 or port 80) and (tcp or udp)",
    "ip6 proto 6",
    "pppoes",
    "mpls",
};

class Reference {
 public:
  explicit Reference(const char* expression) : pcap_(pcap_open_dead(DLT_EN10MB, 262144)) {
    EXPECT_EQ(pcap_compile(pcap_, &program_, expression, 1, PCAP_NETMASK_UNKNOWN), 0) << pcap_geterr(pcap_);
  }
  ~Reference() {
    pcap_freecode(&program_);
    pcap_close(pcap_);
  }
  bool matches(const Packet& packet) const {
    pcap_pkthdr header{};
    header.caplen = header.len = static_cast<uint32_t>(packet.size());
    return pcap_offline_filter(&program_, &header, packet.data()) != 0;
  }

 private:
  pcap_t* pcap_;
  pcap_bpf_program program_{};
};

// Packets that are near to what expressions ask for, and damaged ones.
class PacketMaker {
 public:
  Packet make() {
    out_.clear();
    add({2, 0, 0, 0, 0, pick({1, 2, 9, 11, 12, 13, 14, 15})});
    if (one_of(8)) std::fill(out_.begin(), out_.end(), uint8_t{0xff});
    if (one_of(4)) out_[0] = pick({1, 8, 10, 11, 12, 14});
    if (one_of(4)) out_[4] = pick({0, 1, 2, 3, 4, 5, 6});
    add({2, 0, 0, 0, 0, 1});
    if (one_of(4)) add({0x81, 0, 0x60, pick({10, 11})});
    switch (random() % 4) {
      case 0:
        ipv6();
        break;
      case 1:
        if (one_of(3)) {
          add({8, 6, 0, 1, 8, 0, 6, 4, 0, 1});
          break;
        }
        [[fallthrough]];
      default:
        ipv4();
    }
    for (uint32_t i = random() % 80; i > 0; i--) out_.push_back(static_cast<uint8_t>(random()));
    if (one_of(4)) out_[random() % out_.size()] = static_cast<uint8_t>(random());
    if (one_of(6)) out_.resize(std::max<size_t>(14, random() % out_.size()));
    if (one_of(50)) out_.resize(1200);
    return out_;
  }

 private:
  uint32_t random() { return static_cast<uint32_t>(engine_()); }
  bool one_of(uint32_t n) { return random() % n == 0; }
  uint8_t pick(std::initializer_list<uint8_t> from) { return *(from.begin() + random() % from.size()); }
  void add(std::initializer_list<uint8_t> bytes) { out_.insert(out_.end(), bytes); }

  void ipv4() {
    uint8_t protocol = pick({6, 6, 17, 17, 1, 41});
    uint8_t words = one_of(5) ? 6 : 5;
    add({8, 0, static_cast<uint8_t>(0x40 | words), pick({0, 0, 16}), 0, pick({40, 60, 90}), 0, 1, 0,
         pick({0, 0, 0, 5}), pick({64, 1, 66}), protocol, 0, 0});
    add({10, 0, 0, pick({1, 2})});
    add({pick({192, 10, 224}), 168, 0, 1});
    if (words == 6) add({1, 1, 1, 1});
    transport(protocol);
  }
  void ipv6() {
    uint8_t protocol = pick({6, 17, 58});
    add({0x86, 0xdd, 0x60, 0, 0, 0, 0, 40, protocol, 64});
    for (int i = 0; i < 2; i++) add({0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, pick({1, 2})});
    transport(protocol);
  }
  void transport(uint8_t protocol) {
    if (protocol == 1 || protocol == 58) return add({pick({8, 0, 128}), 0, 0, 0, 1, 2, 3, 4});
    add({0, pick({53, 80, 22, 123}), pick({0, 1, 20}), pick({53, 80, 187, 136})});
    if (protocol == 17) return add({0, pick({8, 20}), 0, 0});
    add({0, 0, 0, 1, 0, 0, 0, 2, pick({0x50, 0x60}), pick({2, 0x10, 0x11, 0x12}), 1, 0, 0, 0, 0, 0});
    if (one_of(2)) add({'G', 'E', 'T', ' '});
  }

  std::mt19937 engine_{20261};
  Packet out_;
};

struct Loaded {
  testing::ObjectHandle object;
  base::Status status;

  int run(const char* program, Packet packet) const {
    bpf_test_run_opts options{};
    options.sz = sizeof(options);
    options.data_in = packet.data();
    options.data_size_in = static_cast<uint32_t>(packet.size());
    if (int code = bpf_prog_test_run_opts(testing::program_fd(object, program), &options); code != 0)
      return code;
    return static_cast<int>(options.retval);
  }
};

std::vector<PacketFilter> filters(std::string_view first, std::string_view second) {
  std::vector<PacketFilter> out;
  for (auto [name, expression] : {std::pair<const char*, std::string_view>{"", first}, {"second", second}}) {
    auto code = packet_filter_code(expression);
    EXPECT_TRUE(code.ok()) << expression << ": " << code.error().text();
    if (code.ok()) out.push_back({name, *code});
  }
  return out;
}

Loaded load_filtered(const std::vector<PacketFilter>& with) {
  std::ifstream file(testing::object_path("packet_filter"), std::ios::binary);
  std::string elf{std::istreambuf_iterator<char>(file), {}};
  prepare_packet_filters(std::as_bytes(std::span(elf)));
  Loaded loaded{testing::open_object("packet_filter"), {}};
  LibbpfLog log;
  PacketFilterScope scope(bpf_object__btf(loaded.object.get()), with);
  int code = bpf_object__load(loaded.object.get());
  loaded.status = scope.check();
  if (loaded.status.ok() && code != 0) {
    const std::string& text = log.text();
    loaded.status = base::Error("load: " + text.substr(text.size() < 3000 ? 0 : text.size() - 3000));
  }
  return loaded;
}

TEST(PacketFilter, DecidesAsLibpcapDoes) {
  PacketMaker maker;
  std::vector<Packet> packets;
  for (int i = 0; i < 400; i++) packets.push_back(maker.make());
  for (const char* expression : kExpressions) {
    Reference reference(expression);
    Loaded loaded = load_filtered(filters(expression, kRejectAll));
    ASSERT_TRUE(loaded.status.ok()) << expression << ": " << loaded.status.error().text();
    int matched = 0, tested = 0;
    for (const Packet& packet : packets) {
      int expected = reference.matches(packet) ? 1 : 0;
      if (packet.size() < 54 && loaded.run("one", packet) == -EINVAL)
        continue;  // the kernel tests none without a header
      tested++;
      matched += expected;
      ASSERT_EQ(loaded.run("one", packet), expected) << expression << ::testing::PrintToString(packet);
      ASSERT_EQ(loaded.run("both", packet) & 15, expected | 12) << expression;
      Packet with_tag = packet;
      const uint8_t tag[] = {0x81, 0, 0x60, 10};
      with_tag.insert(with_tag.begin() + 12, std::begin(tag), std::end(tag));
      if (packet.size() < 16 || (packet[12] == 0x81 && packet[13] == 0)) continue;
      ASSERT_EQ(loaded.run("tagged", packet), reference.matches(with_tag) ? 1 : 0)
          << expression << " beside a tag " << ::testing::PrintToString(packet);
    }
    EXPECT_GT(tested, 350);
    RecordProperty(expression[0] == '\0' ? "all" : expression, matched);
  }
}

TEST(PacketFilter, EachFunctionHasItsOwn) {
  Packet tcp = {2,  0, 0, 0, 0, 1,  2, 0, 0, 0,  0, 2, 8, 0,  0x45, 0, 0,
                40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0,    0, 2};
  tcp.resize(60);
  Loaded loaded = load_filtered(filters("tcp", "udp"));
  ASSERT_TRUE(loaded.status.ok()) << loaded.status.error().text();
  EXPECT_EQ(loaded.run("both", tcp), 1 | 4 | 8);
  loaded = load_filtered(filters("udp", "tcp"));
  ASSERT_TRUE(loaded.status.ok()) << loaded.status.error().text();
  EXPECT_EQ(loaded.run("both", tcp), 2 | 4 | 8);
}

TEST(PacketFilter, WithoutAnExpressionEverythingMatches) {
  Loaded loaded = load_filtered({});
  ASSERT_TRUE(loaded.status.ok()) << loaded.status.error().text();
  EXPECT_EQ(loaded.run("both", Packet(60, 0)), 1 | 2 | 4 | 8);
  EXPECT_THAT(packet_filter_names(bpf_object__btf(loaded.object.get())), ElementsAre("", "second"));
}

TEST(PacketFilter, AFilterThatNoProgramHasIsAnError) {
  auto code = packet_filter_code("tcp");
  ASSERT_TRUE(code.ok());
  Loaded loaded = load_filtered({{"third", *code}});
  ASSERT_FALSE(loaded.status.ok());
  EXPECT_THAT(loaded.status.error().text(), HasSubstr("--pf-third: no traffic classifier"));
}

TEST(PacketFilter, WrongExpressionsSayWhy) {
  for (auto [expression, why] : {std::pair<std::string, const char*>{"tcp prt 80", "syntax error"},
                                 {"host 1.2.3.4.5", "1.2.3.4.5"},
                                 {"port 99999999", "99999999"},
                                 {"tcp and", "syntax error"},
                                 {"ip[0] / 0 = 1", "zero"},
                                 {std::string("ip\0x", 4), "NUL"},
                                 {std::string(70000, ' '), "longer than"}}) {
    auto code = packet_filter_code(expression);
    ASSERT_FALSE(code.ok()) << expression;
    EXPECT_THAT(code.error().message, HasSubstr(why));
    EXPECT_EQ(code.error().kind, base::ErrorKind::kUsage);
    EXPECT_THAT(code.error().hint, HasSubstr("pcap-filter(7)"));
  }
}

TEST(PacketFilter, RefusesWhatIsNoFilter) {
  constexpr ClassicInsn kReturn{.code = 0x06, .k = 1};
  const std::pair<ClassicInsn, const char*> cases[] = {
      {{.code = 0x28, .k = 0xfffff000}, "besides the packet (offset -4096)"},  // ldh [SKF_AD_PROTOCOL]
      {{.code = 0xb1, .k = 0xfff00000}, "besides the packet"},                 // ldxb 4*([SKF_NET_OFF]&0xf)
      {{.code = 0x34, .k = 0}, "divides by zero"},
      {{.code = 0x94, .k = 0}, "divides by zero"},
      {{.code = 0x60, .k = 16}, "memory that does not exist"},
      {{.code = 0x02, .k = 16}, "memory that does not exist"},
      {{.code = 0x05, .k = 1}, "jumps beyond the end"},
      {{.code = 0x15, .jt = 0, .jf = 9}, "jumps beyond the end"},
      {{.code = 0x38, .k = 0}, "unknown load"},  // 64 bits
      {{.code = 0xc5, .k = 0}, "unknown jump"},
      {{.code = 0xf4, .k = 0}, "unknown arithmetic"},
      {{.code = 0x17, .k = 0}, "unknown"},
      {{.code = 0x0e, .k = 0}, "unknown return"},
      {{.code = 0x128, .k = 0}, "unknown"},
  };
  for (const auto& [insn, why] : cases) {
    ClassicInsn program[] = {insn, kReturn};
    auto code = translate_packet_filter(program);
    ASSERT_FALSE(code.ok()) << std::hex << insn.code;
    EXPECT_THAT(code.error().message, HasSubstr(why));
  }
  auto chain = packet_filter_code("ip6 protochain 6");
  ASSERT_FALSE(chain.ok());
  EXPECT_THAT(chain.error().text(), HasSubstr("in a loop (protochain); use proto"));
  EXPECT_FALSE(translate_packet_filter({}).ok());
  ClassicInsn endless[] = {{.code = 0x00, .k = 1}};
  EXPECT_FALSE(translate_packet_filter(endless).ok());
  std::vector<ClassicInsn> longest(4096,
                                   ClassicInsn{.code = 0x48, .k = 1});  // indexed loads, the longest code
  longest.back() = kReturn;
  auto code = translate_packet_filter(longest);
  ASSERT_FALSE(code.ok());
  EXPECT_THAT(code.error().message, HasSubstr("too long"));
}

bpf_insn insn(uint8_t code, int16_t off, int32_t imm, uint8_t src = 0) {
  bpf_insn out{};
  out.code = code;
  out.src_reg = src & 0xf;
  out.off = off;
  out.imm = imm;
  return out;
}

TEST(PacketFilter, WhatLeadsOverInsertedCodeIsMoved) {
  const std::vector<bpf_insn> code(10, insn(0xb7, 0, 0));
  std::vector<bpf_insn> program = {
      insn(0x85, 0, 3, BPF_PSEUDO_CALL),    // 0: calls 4
      insn(0x85, 0, 5, BPF_PSEUDO_CALL),    // 1: calls 7
      insn(0x85, 0, 5),                     // 2: a helper
      insn(0x95, 0, 0),                     // 3
      insn(0xb7, 0, 0),                     // 4: the function
      insn(0x15, -2, 0),                    // 5: jumps to 4, a loop
      insn(0x95, 0, 0),                     // 6
      insn(0x85, 0, -4, BPF_PSEUDO_CALL),   // 7: calls 4
      insn(0x18, 0, -5, BPF_PSEUDO_FUNC),   // 8: the address of 4
      insn(0, 0, 0),                        // 9
      insn(0x18, 0, -8),                    // 10: a number
      insn(0, 0, 7),                        // 11
      insn(0x05, 0, 0),                     // 12: jumps to 13
      insn(0x06, 0, -2),                    // 13: jumps to 12, the long way
      insn(0x85, 0, -15, BPF_PSEUDO_CALL),  // 14: calls 0
  };
  ASSERT_TRUE(insert_code(program, 4, code).ok());
  ASSERT_EQ(program.size(), 25u);
  EXPECT_EQ(program[0].imm, 3);
  EXPECT_EQ(program[1].imm, 15);
  EXPECT_EQ(program[2].imm, 5);
  EXPECT_EQ(program[15].off, -2);
  EXPECT_EQ(program[17].imm, -14);
  EXPECT_EQ(program[18].imm, -15);
  EXPECT_EQ(program[20].imm, -8);
  EXPECT_EQ(program[22].off, 0);
  EXPECT_EQ(program[23].imm, -2);
  EXPECT_EQ(program[24].imm, -25);

  std::vector<bpf_insn> damaged = {insn(0x05, 5, 0), insn(0x95, 0, 0)};
  EXPECT_FALSE(insert_code(damaged, 1, code).ok());
  EXPECT_FALSE(insert_code(damaged, 2, code).ok());
}

}  // namespace
}  // namespace gadgetry::bpf
