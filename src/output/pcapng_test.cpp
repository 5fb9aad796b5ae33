#include "output/pcapng.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "output/mode_chooser.hpp"
#include "output/sink_factory.hpp"
#include "output/test_source.hpp"

namespace gadgetry::output {
namespace {

using data::DataSource;
using data::Field;
using data::Kind;
using data::SourceType;
using testing::FieldMaker;
using ::testing::HasSubstr;
using testing::Rows;

template <typename T>
T read(std::string_view bytes, size_t at) {
  T value{};
  EXPECT_LE(at + sizeof(T), bytes.size());
  if (at + sizeof(T) <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

struct Block {
  uint32_t type = 0;
  std::string_view body;
};

// Checks what holds for every block: its length is a multiple of four and stands at both ends.
std::vector<Block> split_blocks(std::string_view file) {
  std::vector<Block> blocks;
  while (!file.empty()) {
    auto size = read<uint32_t>(file, 4);
    EXPECT_EQ(size % 4, 0u);
    if (size < 12 || size > file.size()) {
      ADD_FAILURE() << "block of " << size << " bytes of " << file.size();
      break;
    }
    EXPECT_EQ(read<uint32_t>(file, size - 4), size);
    blocks.push_back({read<uint32_t>(file, 0), file.substr(8, size - 12)});
    file.remove_prefix(size);
  }
  return blocks;
}

std::map<uint16_t, std::string> options(std::string_view body, size_t at) {
  std::map<uint16_t, std::string> out;
  while (at + 4 <= body.size()) {
    auto code = read<uint16_t>(body, at);
    auto size = read<uint16_t>(body, at + 2);
    if (code == 0) {
      EXPECT_EQ(size, 0);
      EXPECT_EQ(at + 4, body.size()) << "the end of options is the end of the block";
      break;
    }
    out[code] = body.substr(at + 4, size);
    at += 4 + (size + 3u) / 4 * 4;
  }
  return out;
}

struct Packet {
  uint32_t interface;
  uint64_t time;
  uint32_t length;
  std::string data;
  std::map<uint16_t, std::string> with;
};

Packet packet_of(const Block& block) {
  EXPECT_EQ(block.type, 6u);
  Packet out;
  out.interface = read<uint32_t>(block.body, 0);
  out.time = uint64_t{read<uint32_t>(block.body, 4)} << 32 | read<uint32_t>(block.body, 8);
  auto captured = read<uint32_t>(block.body, 12);
  out.length = read<uint32_t>(block.body, 16);
  out.data = block.body.substr(20, captured);
  out.with = options(block.body, 20 + (captured + 3) / 4 * 4);
  return out;
}

TEST(Pcapng, BlocksAreThoseOfTheFormat) {
  Writer writer;
  PcapngWriter pcap(writer);
  pcap.start_section("test 1");
  EXPECT_EQ(pcap.add_interface({.name = "eth0", .description = "netns=7", .snap_length = 96}), 0u);
  EXPECT_EQ(pcap.add_interface({.name = {}, .description = {}}), 1u);
  pcap.add_packet({.interface = 1,
                   .time_ns = 1763724048123456789u,
                   .data = "hello",
                   .length = 1500,
                   .direction = PcapDirection::kOutbound,
                   .reception = PcapReception::kUnicast,
                   .comment = "why"});
  pcap.add_packet({.data = "longer than its length", .length = 3, .comment = {}});
  auto blocks = split_blocks(writer.text());
  ASSERT_EQ(blocks.size(), 5u);

  EXPECT_EQ(blocks[0].type, 0x0a0d0d0au);
  EXPECT_EQ(read<uint32_t>(blocks[0].body, 0), 0x1a2b3c4du);
  EXPECT_EQ(read<uint16_t>(blocks[0].body, 4), 1);
  EXPECT_EQ(read<int64_t>(blocks[0].body, 8), -1);
  EXPECT_EQ(options(blocks[0].body, 16)[4], "test 1");

  EXPECT_EQ(blocks[1].type, 1u);
  EXPECT_EQ(read<uint16_t>(blocks[1].body, 0), 1) << "Ethernet";
  EXPECT_EQ(read<uint32_t>(blocks[1].body, 4), 96u);
  auto about = options(blocks[1].body, 8);
  EXPECT_EQ(about[2], "eth0");
  EXPECT_EQ(about[3], "netns=7");
  EXPECT_EQ(about[9], "\x09");
  EXPECT_EQ(options(blocks[2].body, 8).size(), 1u);

  Packet packet = packet_of(blocks[3]);
  EXPECT_EQ(packet.interface, 1u);
  EXPECT_EQ(packet.time, 1763724048123456789u);
  EXPECT_EQ(packet.length, 1500u);
  EXPECT_EQ(packet.data, "hello");
  EXPECT_EQ(read<uint32_t>(packet.with[2], 0), 2u | 1u << 2);
  EXPECT_EQ(packet.with[1], "why");
  packet = packet_of(blocks[4]);
  EXPECT_EQ(packet.length, 22u) << "a packet is at least as long as what was captured of it";
  EXPECT_TRUE(packet.with.empty());
}

TEST(Pcapng, AVlanTagIsPutBack) {
  Writer writer;
  PcapngWriter pcap(writer);
  pcap.add_packet({.data = std::string_view("aaaaaabbbbbb\x08\0rest", 18),
                   .length = 60,
                   .comment = {},
                   .has_tag = true,
                   .tag_protocol = 0x8100,
                   .tag = 0x600a});
  pcap.add_packet(
      {.data = "short", .length = 60, .comment = {}, .has_tag = true, .tag_protocol = 0x8100, .tag = 10});
  auto blocks = split_blocks(writer.text());
  ASSERT_EQ(blocks.size(), 2u);
  Packet packet = packet_of(blocks[0]);
  EXPECT_EQ(packet.data, std::string("aaaaaabbbbbb\x81\x00\x60\x0a\x08\0rest", 22));
  EXPECT_EQ(packet.length, 64u);
  EXPECT_EQ(packet_of(blocks[1]).data, "short");
}

TEST(Pcapng, WhatIsTooLongIsCut) {
  Writer writer;
  PcapngWriter pcap(writer);
  std::string text(limits::kPcapOptionBytes - 1, 'x');
  text += "\u00e4 and more";  // starts inside the limit and ends behind it
  std::string data(limits::kPcapPacketBytes + 5, 'd');
  pcap.add_interface({.name = text, .description = text});
  pcap.add_packet({.data = data, .length = static_cast<uint32_t>(data.size()), .comment = text});
  auto blocks = split_blocks(writer.text());
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(options(blocks[0].body, 8)[2].size(), limits::kPcapOptionBytes - 1);
  Packet packet = packet_of(blocks[1]);
  EXPECT_EQ(packet.data.size(), limits::kPcapPacketBytes);
  EXPECT_EQ(packet.length, data.size());
  EXPECT_EQ(packet.with[1].size(), limits::kPcapOptionBytes - 1);
}

struct Event {
  uint64_t time;
  uint32_t netns;
  uint32_t ifindex;
  uint32_t length;
  uint32_t type;
  uint32_t tag;
  uint32_t pid;
  char comm[16];
  char ifname[16];
};

struct Capture {
  explicit Capture(bool annotated = true) : source("packets", SourceType::kSingle), rows(source) {
    FieldMaker make(source);
    make.add("timestamp_raw", Kind::kUint64, offsetof(Event, time), 8);
    make.add("netns_id", Kind::kUint32, offsetof(Event, netns), 4);
    make.add("ifindex", Kind::kUint32, offsetof(Event, ifindex), 4);
    make.add("packet_size", Kind::kUint32, offsetof(Event, length), 4);
    make.add("packet_type", Kind::kUint32, offsetof(Event, type), 4);
    make.add("vlan", Kind::kUint32, offsetof(Event, tag), 4);
    Field& proc = make.add("proc", Kind::kBytes, offsetof(Event, pid), 20);
    make.add("pid", Kind::kUint32, offsetof(Event, pid), 4, &proc);
    make.add("comm", Kind::kCString, offsetof(Event, comm), 16, &proc);
    make.add("ifname", Kind::kCString, offsetof(Event, ifname), 16);
    source.set_sample_size(sizeof(Event));
    (void)source.add_added_field("payload", Kind::kBytes).value();
    (void)source.add_added_field("timestamp", Kind::kString).value();
    if (!annotated) return;
    auto& of_source = source.annotations();
    of_source["pcap.payload"] = "payload";
    of_source["pcap.timestamp"] = "timestamp";
    of_source["pcap.packet-length"] = "packet_size";
    of_source["pcap.packet-type"] = "packet_type";
    of_source["pcap.vlan-tag"] = "vlan";
    source.find("netns_id")->annotations["pcap.interface-key"] = "true";
    source.find("netns_id")->annotations["pcap.interface-var"] = "net ns";
    source.find("ifindex")->annotations["pcap.interface-key"] = "true";
    source.find("ifindex")->annotations["pcap.interface-var"] = "true";
  }

  void add(Event event, std::string_view payload) {
    data::store_text(rows.add(&event, sizeof(event)), *source.find("payload"), payload);
  }

  base::Result<std::unique_ptr<OutputSink>> make(bool terminal = false) {
    SinkOptions with;
    with.mode = OutputMode::kPcapng;
    with.terminal = terminal;
    with.writer = &writer;
    GADGETRY_ASSIGN(auto sink, make_sink(with, source));
    GADGETRY_TRY(sink->plan(source));
    return sink;
  }

  DataSource source;
  Rows rows;
  Writer writer;
};

TEST(PcapngSink, PacketsOfSeveralInterfaces) {
  Capture capture;
  auto sink = capture.make();
  ASSERT_TRUE(sink.ok()) << sink.error().text();
  EXPECT_TRUE(capture.source.find("timestamp_raw")->needed);
  EXPECT_FALSE(capture.source.find("timestamp")->needed);
  capture.add({1000, 1, 2, 60, 0, 0, 42, "curl", "eth0"}, "one");
  capture.add({2000, 1, 2, 60, 4, 0, 0, "", "eth0"}, "two");
  capture.add({3000, 9, 2, 60, 1, 0x8100000a, 0, "a\nb", ""}, "destinsource--");
  (*sink)->process(capture.rows.batch);
  EXPECT_EQ(capture.source.counters().delivered, 3u);
  auto blocks = split_blocks(capture.writer.text());
  ASSERT_EQ(blocks.size(), 6u);
  auto first = options(blocks[1].body, 8);
  EXPECT_EQ(first[2], "eth0");
  EXPECT_EQ(first[3], "net%20ns=1;ifindex=2");
  Packet packet = packet_of(blocks[2]);
  EXPECT_EQ(packet.time, 1000u);
  EXPECT_EQ(packet.interface, 0u);
  EXPECT_EQ(packet.length, 60u);
  EXPECT_EQ(packet.with[1], "comm curl, pid 42");
  EXPECT_EQ(read<uint32_t>(packet.with[2], 0), 1u | 1u << 2);
  packet = packet_of(blocks[3]);
  EXPECT_EQ(packet.interface, 0u);
  EXPECT_EQ(packet.with.count(1), 0u);
  EXPECT_EQ(read<uint32_t>(packet.with[2], 0), 2u);
  EXPECT_EQ(options(blocks[4].body, 8)[2], "if9.2") << "an interface without a name";
  packet = packet_of(blocks[5]);
  EXPECT_EQ(packet.interface, 1u);
  EXPECT_EQ(packet.data, std::string("destinsource\x81\x00\x00\x0a--", 18));
  EXPECT_EQ(packet.with[1], "comm a?b");
}

TEST(PcapngSink, TheHeaderDoesNotWaitForAPacket) {
  Capture capture;
  auto sink = capture.make();
  ASSERT_TRUE(sink.ok());
  ASSERT_TRUE((*sink)->flush().ok());
  ASSERT_TRUE((*sink)->flush().ok());
  EXPECT_EQ(split_blocks(capture.writer.text()).size(), 1u);
  capture.add({1, 1, 1, 60, 0, 0, 0, "", "lo"}, "x");
  (*sink)->process(capture.rows.batch);
  EXPECT_EQ(split_blocks(capture.writer.text()).size(), 3u);
}

TEST(PcapngSink, EachDataSourceHasASection) {
  Capture a, b;
  auto first = a.make();
  SinkOptions with;
  with.mode = OutputMode::kPcapng;
  with.writer = &a.writer;
  auto second = make_sink(with, b.source);
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE((*second)->plan(b.source).ok());
  a.add({1, 1, 1, 60, 0, 0, 0, "", "lo"}, "x");
  b.add({1, 1, 1, 60, 0, 0, 0, "", "lo"}, "x");
  (*first)->process(a.rows.batch);
  (*second)->process(b.rows.batch);
  (*first)->process(a.rows.batch);
  std::vector<uint32_t> types;
  for (const Block& block : split_blocks(a.writer.text())) types.push_back(block.type);
  EXPECT_THAT(types, ::testing::ElementsAre(0x0a0d0d0a, 1, 6, 0x0a0d0d0a, 1, 6, 0x0a0d0d0a, 1, 6));
}

TEST(PcapngSink, FormerAnnotations) {
  Capture capture(false);
  auto& of_source = capture.source.annotations();
  of_source["cli.pcap-ng.payload"] = "payload";
  of_source["cli.pcap-ng.timestamp"] = "timestamp";
  of_source["cli.pcap-ng.packet-length"] = "packet_size";
  of_source["cli.pcap-ng.interface"] = "ifindex";
  auto sink = capture.make();
  ASSERT_TRUE(sink.ok()) << sink.error().text();
  capture.add({5, 1, 1, 60, 0, 0, 0, "", "lo"}, "x");
  capture.add({6, 2, 1, 60, 0, 0, 0, "", "lo"}, "x");
  (*sink)->process(capture.rows.batch);
  auto blocks = split_blocks(capture.writer.text());
  ASSERT_EQ(blocks.size(), 4u);
  EXPECT_EQ(packet_of(blocks[3]).time, 6u);
}

TEST(PcapngSink, RefusesTerminalsAndWrongAnnotations) {
  Capture capture;
  auto sink = capture.make(true);
  ASSERT_FALSE(sink.ok());
  EXPECT_THAT(sink.error().text(), HasSubstr("the output is a terminal"));
  for (const char* annotation : {"pcap.payload", "pcap.packet-length", "pcap.packet-type", "pcap.vlan-tag"}) {
    Capture other;
    other.source.annotations()[annotation] = "proc";
    auto failed = other.make();
    ASSERT_FALSE(failed.ok()) << annotation;
    EXPECT_THAT(failed.error().text(), HasSubstr(std::string("annotation ") + annotation));
  }
}

TEST(PcapngSink, TheModeIsForPackets) {
  Capture packets;
  DataSource other("other", SourceType::kSingle);
  SinkOptions with;
  ModeChooser both("pcap-ng");
  ASSERT_TRUE(both.choose(other, with).ok());
  EXPECT_EQ(with.mode, OutputMode::kNone);
  ASSERT_TRUE(both.choose(packets.source, with).ok());
  EXPECT_EQ(with.mode, OutputMode::kPcapng);
  EXPECT_TRUE(both.check().ok());
  ModeChooser none("pcap-ng");
  ASSERT_TRUE(none.choose(other, with).ok());
  auto checked = none.check();
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().kind, base::ErrorKind::kUsage);
  EXPECT_THAT(checked.error().text(), HasSubstr("no data source that holds packets"));
}

}  // namespace
}  // namespace gadgetry::output
