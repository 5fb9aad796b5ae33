// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dns_text.hpp"
#include "queries.hpp"

namespace dns {
namespace {

using namespace std::literals;

// Bytes from hex; spaces are fine. "www" stands for itself as a label in 'quotes': 'www' is 03 77 77 77.
std::vector<uint8_t> bytes(std::string_view text) {
  std::vector<uint8_t> out;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      i++;
    } else if (text[i] == '\'') {
      size_t end = text.find('\'', i + 1);
      std::string_view label = text.substr(i + 1, end - i - 1);
      out.push_back(static_cast<uint8_t>(label.size()));
      out.insert(out.end(), label.begin(), label.end());
      i = end + 1;
    } else {
      out.push_back(static_cast<uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
      i += 2;
    }
  }
  return out;
}

// A message in one line: "id question,... | section name type ttl data; ... ! error".
std::string describe(const std::vector<uint8_t>& message) {
  char buffer[65536];
  Text text(buffer);
  Reader reader(message.data(), static_cast<uint32_t>(message.size()));
  Question question;
  Record record;
  while (reader.next(question)) {
    if (!text.empty()) text.add(' ');
    if (!reader.name_text(question.name, text)) break;
    text.add(' ');
    add_type(text, question.type);
  }
  while (reader.next(record)) {
    text.add(" |");
    text.add("ANX"[static_cast<int>(record.section)]);
    text.add(' ');
    if (!reader.name_text(record.name, text)) break;
    text.add(' ');
    add_type(text, record.type);
    text.add(' ');
    text.number(record.ttl);
    text.add(' ');
    if (!add_data(text, reader, record)) text.add("(bad)");
  }
  if (reader.error() != Error::kNone) {
    text.add(" ! ");
    text.add(text_of(reader.error()));
  }
  EXPECT_FALSE(text.is_cut());
  return {text.data(), text.size()};
}
std::string describe(std::string_view hex) {
  return describe(bytes(hex));
}

// An answer to a question for example.com with one record of this type and data.
std::string record_of(uint16_t type, std::string_view data) {
  std::vector<uint8_t> message = bytes("0001 8180 0001 0001 0000 0000 'example' 'com' 00 0001 0001 c00c");
  std::vector<uint8_t> content = bytes(data);
  for (uint32_t value : {uint32_t{type}, 1u, 0u, 60u, static_cast<uint32_t>(content.size())}) {
    message.push_back(static_cast<uint8_t>(value >> 8));
    message.push_back(static_cast<uint8_t>(value));
  }
  message.insert(message.end(), content.begin(), content.end());
  std::string text = describe(message);
  constexpr auto kBefore = "example.com. A |A example.com. "sv;
  EXPECT_TRUE(text.starts_with(kBefore)) << text;
  return text.substr(std::min(text.size(), kBefore.size()));
}

TEST(Dns, Query) {
  auto message =
      bytes("1234 0120 0001 0000 0000 0001 'www' 'wikipedia' 'org' 00 0001 0001 00 0029 04d0 0000 0000 0000");
  EXPECT_EQ(describe(message), "www.wikipedia.org. A |X . OPT 0 udp 1232");
  Reader reader(message.data(), static_cast<uint32_t>(message.size()));
  EXPECT_EQ(reader.header().id, 0x1234);
  EXPECT_FALSE(reader.header().is_response());
  EXPECT_TRUE(reader.header().recursion_desired());
  EXPECT_TRUE(reader.header().authentic_data());
  EXPECT_FALSE(reader.header().is_truncated());
}

// As a resolver sent it.
TEST(Dns, ResponseWithoutAnswers) {
  auto message = bytes(
      "1234 8183 0001 0000 0000 0001 0b6e6f6e6578697374656e74 076578616d706c65 036f7267 00 0001 0001"
      "0000292000000000000000");
  EXPECT_EQ(describe(message), "nonexistent.example.org. A |X . OPT 0 udp 8192");
  Reader reader(message.data(), static_cast<uint32_t>(message.size()));
  EXPECT_TRUE(reader.header().is_response());
  EXPECT_STREQ(rcode_name(reader.header().rcode()), "NameError");
  char buffer[32];
  Text flags(buffer);
  add_flags(flags, reader.header());
  EXPECT_EQ(std::string_view(flags.data(), flags.size()), "rd,ra");
}

TEST(Dns, AnswersWithCompressedNames) {
  EXPECT_EQ(
      describe("abcd 8180 0001 0004 0001 0000 'www' 'example' 'com' 00 001c 0001"
               "c00c 0005 0001 0000012c 0006 'cdn' c010"  // cdn.example.com at 0x2d
               "c02d 001c 0001 0000003c 0010 20010db8000000000000000000000001"
               "c02d 001c 0001 0000003c 0010 00000000000000000000ffffc0000201"
               "c02d 0001 0001 0000003c 0004 c0000201"
               "c010 0002 0001 00015180 0006 'ns1' c010"),
      "www.example.com. AAAA |A www.example.com. CNAME 300 cdn.example.com. |A cdn.example.com. AAAA 60 "
      "2001:db8::1 |A cdn.example.com. AAAA 60 ::ffff:192.0.2.1 |A cdn.example.com. A 60 192.0.2.1 |N "
      "example.com. NS 86400 ns1.example.com.");
}

TEST(Dns, DataOfEachType) {
  EXPECT_EQ(record_of(1, "7f000001"), "A 60 127.0.0.1");
  EXPECT_EQ(record_of(28, "00000000000000000000000000000000"), "AAAA 60 ::");
  EXPECT_EQ(record_of(28, "00000000000000000000000000000001"), "AAAA 60 ::1");
  EXPECT_EQ(record_of(28, "20010db8000100000001000000000000"), "AAAA 60 2001:db8:1:0:1::");
  EXPECT_EQ(record_of(28, "20010db8000100020003000400050000"), "AAAA 60 2001:db8:1:2:3:4:5:0")
      << "one zero is no row";
  EXPECT_EQ(record_of(28, "fe80000000000000020000fffe00abcd"), "AAAA 60 fe80::200:ff:fe00:abcd");
  EXPECT_EQ(record_of(28, "000000000000ffff0000000000000001"), "AAAA 60 ::ffff:0:0:0:1");
  EXPECT_EQ(record_of(28, "00010000000000020000000000000003"), "AAAA 60 1:0:0:2::3");
  EXPECT_EQ(record_of(12, "c00c"), "PTR 60 example.com.");
  EXPECT_EQ(record_of(15, "000a 'mail' c00c"), "MX 60 10 mail.example.com.");
  EXPECT_EQ(record_of(16, "'v=spf1 -all' 'say \"hi\"' 00 02 ff0a"),
            "TXT 60 \"v=spf1 -all\" \"say \\\"hi\\\"\" \"\" \"\\255\\010\"");
  EXPECT_EQ(record_of(6, "'ns' c00c 'host' c00c 00000001 00000002 00000003 00000004 ffffffff"),
            "SOA 60 ns.example.com. host.example.com. 1 2 3 4 4294967295");
  EXPECT_EQ(record_of(33, "0001 0002 14eb 'db' c00c"), "SRV 60 1 2 5355 db.example.com.");
  EXPECT_EQ(record_of(43, "ec45 05 01 2bb183af5f22588179a53b0a"), "DS 60 60485 5 1 2bb183af5f22588179a53b0a");
  EXPECT_EQ(record_of(48, "0101 03 08 010203"), "DNSKEY 60 257 3 8 (3 bytes)");
  EXPECT_EQ(record_of(52, "03 01 01 abcd"), "TLSA 60 3 1 1 abcd");
  EXPECT_EQ(record_of(257, "00 'issue' 6c657473656e63727970742e6f7267"),
            "CAA 60 0 issue \"letsencrypt.org\"");
  EXPECT_EQ(
      record_of(65,
                "0001 00 0001 0006 'h2' 'h3' 0003 0002 01bb 0004 0008 c0000201 c0000202 0005 0003 010203"
                "0006 0010 20010db8000000000000000000000001 0040 0000"),
      "HTTPS 60 1 . alpn=h2,h3 port=443 ipv4hint=192.0.2.1,192.0.2.2 ech=(3 bytes) ipv6hint=2001:db8::1 "
      "key64");
  EXPECT_EQ(record_of(64, "0000 c00c"), "SVCB 60 0 example.com.");
  EXPECT_EQ(record_of(41, "000a 0008 0102030405060708"), "OPT 60 udp 1, option 10 (8 bytes)");
  EXPECT_EQ(record_of(4711, "0102ff"), "TYPE4711 60 \\# 3 0102ff");
  EXPECT_EQ(record_of(4711, ""), "TYPE4711 60 \\# 0");
}

TEST(Dns, DataThatDoNotFitTheirType) {
  EXPECT_EQ(record_of(1, "7f0000"), "A 60 (bad)");
  EXPECT_EQ(record_of(1, "7f00000100000000"), "A 60 (bad)");
  EXPECT_EQ(record_of(1, ""), "A 60 (bad)");
  EXPECT_EQ(record_of(28, "7f000001"), "AAAA 60 (bad)");
  EXPECT_EQ(record_of(15, "00"), "MX 60 (bad)");
  EXPECT_EQ(record_of(15, "000a c00c 00"), "MX 60 (bad)");
  EXPECT_EQ(record_of(16, "05 61"), "TXT 60 (bad)");
  EXPECT_EQ(record_of(16, ""), "TXT 60 (bad)");
  EXPECT_EQ(record_of(257, "00 09 61"), "CAA 60 (bad)");
  EXPECT_EQ(record_of(65, "0001 00 0001 0004 05 6832"), "HTTPS 60 (bad)");
  EXPECT_EQ(record_of(65, "0001 00 0003 0001 01"), "HTTPS 60 (bad)");
  EXPECT_EQ(record_of(41, "000a 0008 01"), "OPT 60 (bad)");
  EXPECT_EQ(record_of(12, "'a' c02b"), "PTR 60 (bad) ! bad pointer") << "into itself";
  EXPECT_EQ(record_of(12, "03 6162"), "PTR 60 (bad) ! cut off") << "a name ends where the data end";
}

TEST(Dns, Escapes) {
  EXPECT_EQ(describe("0000 0000 0001 0000 0000 0000 'a.b\\c' 04 20 00 c3 7f 'my \"x\"' 00 000c 0001"),
            "a\\.b\\\\c.\\032\\000\\195\\127.my\\032\"x\". PTR");
  EXPECT_EQ(describe("0000 0000 0001 0000 0000 0000 00 0002 0001"), ". NS");
}

TEST(Dns, LongestName) {
  std::string label = "'" + std::string(63, 'a') + "'";
  std::string head = "0000 0000 0001 0000 0000 0000" + label + label + label;
  EXPECT_EQ(describe(head + "'" + std::string(61, 'b') + "' 00 0001 0001").size(), 64u * 3 + 62 + 2);
  EXPECT_EQ(describe(head + "'" + std::string(62, 'b') + "' 00 0001 0001"), " ! name too long");
  EXPECT_EQ(describe(head + label + "00 0001 0001"), " ! name too long");
  // Only its parts are short.
  EXPECT_EQ(describe("0000 8000 0001 0001 0000 0000" + label + label + label + "00 0001 0001" + label +
                     "c00c 0001 0001 00000000 0004 01020304"),
            std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(63, 'a') +
                ". A |A  ! name too long");
}

TEST(Dns, PointersGoBackwards) {
  const std::string head = "0000 8000 0001 0000 0000 0000 ";
  EXPECT_EQ(describe(head + "c00c 0001 0001"), " ! bad pointer") << "at itself";
  EXPECT_EQ(describe(head + "c00e c00c 0001 0001"), " ! bad pointer") << "forward";
  EXPECT_EQ(describe(head + "'a' c00c 0001 0001"), " ! bad pointer") << "at the run it ends";
  EXPECT_EQ(describe(head + "c000 0001 0001"), " ! bad pointer") << "into the header";
  EXPECT_EQ(describe(head + "ffff 0001 0001"), " ! bad pointer") << "outside";
  EXPECT_EQ(describe(head + "'a' 40 0001 0001"), " ! bad label");
  EXPECT_EQ(describe(head + "80 00 0001 0001"), " ! bad label");
  // Two names that point at each other.
  EXPECT_EQ(describe("0000 8000 0001 0001 0000 0000 'a' 00 0001 0001 'b' c017 0001 0001 00000000 0000"),
            "a. A |A  ! bad pointer");
  // A chain of pointers without labels.
  std::string chain = "0000 8000 0001 0001 0000 0000 00 0001 0001 c00c 0001 0001 00000000 0190 c00c";
  for (int i = 0; i < 199; i++) {
    char pointer[8];
    snprintf(pointer, sizeof(pointer), "%04x", 0xc000 + 29 + 2 * i);
    chain += pointer;
  }
  auto message = bytes(chain);
  Reader reader(message.data(), static_cast<uint32_t>(message.size()));
  char buffer[16];
  Text text(buffer);
  EXPECT_TRUE(reader.name_text(29 + 2 * 100, text));
  EXPECT_EQ(text.size(), 1u);
  EXPECT_FALSE(reader.name_text(29 + 2 * 199, text));
  EXPECT_EQ(reader.error(), Error::kPointer);
}

TEST(Dns, CutOffAnywhere) {
  auto whole = bytes(
      "abcd 8380 0001 0001 0000 0000 'www' 'example' 'com' 00 0001 0001 c00c 0001 0001 0000003c 0004 "
      "c0000201");
  const std::string text = describe(whole);
  EXPECT_EQ(text, "www.example.com. A |A www.example.com. A 60 192.0.2.1");
  for (size_t size = 0; size < whole.size(); size++) {
    std::vector<uint8_t> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    std::string expected = size < 12   ? " ! no header"
                           : size < 33 ? " ! cut off"
                                       : "www.example.com. A ! cut off";
    EXPECT_EQ(describe(part), expected) << size;
  }
  Reader reader(whole.data(), static_cast<uint32_t>(whole.size()));
  EXPECT_TRUE(reader.header().is_truncated());
}

TEST(Dns, CountsOfTheHeaderAreOnlyAnnouncements) {
  EXPECT_EQ(describe("0000 8000 ffff ffff ffff ffff"), " ! cut off");
  EXPECT_EQ(describe("0000 8000 0000 0000 0000 0000 deadbeef"), "") << "what is behind is not looked at";
  EXPECT_EQ(describe("0000 8000 0000 0000 0001 0001 00 0001 0001 00000001 0004 01020304 00 0001 0001 "
                     "00000002 0004 01020305"),
            " |N . A 1 1.2.3.4 |X . A 2 1.2.3.5");
  EXPECT_EQ(describe("0000 0000 0002 0000 0000 0000 'a' 00 0001 0001 'b' 00 001c 8001"), "a. A b. AAAA");
}

TEST(Dns, TextThatIsTooLong) {
  auto message = bytes("0000 0000 0001 0000 0000 0000 'www' 'example' 'com' 00 0001 0001");
  Reader reader(message.data(), static_cast<uint32_t>(message.size()));
  char buffer[8];
  Text text(buffer);
  EXPECT_TRUE(reader.name_text(12, text));
  EXPECT_EQ(std::string_view(text.data(), text.size()), "www.exam");
  EXPECT_TRUE(text.is_cut());
}

TEST(Dns, Names) {
  EXPECT_STREQ(type_name(255), "ALL");
  EXPECT_EQ(type_name(65280), nullptr);
  EXPECT_STREQ(opcode_name(5), "Update");
  char buffer[64];
  Text text(buffer);
  add_rcode(text, 4000);
  text.add(' ');
  add_rcode(text, 5);
  text.add(' ');
  add_opcode(text, 3);
  EXPECT_EQ(std::string_view(text.data(), text.size()), "RCODE4000 Refused OPCODE3");
}

// ---- queries that wait ----

TEST(Queries, LatencyOfTheResponse) {
  auto queries = std::make_unique<Queries>();
  queries->asked(7, 1000);
  queries->asked(7, 1500);
  EXPECT_EQ(queries->answered(8, 2000), 0u);
  EXPECT_EQ(queries->answered(7, 3000), 2000u) << "from the first time that it was asked";
  EXPECT_EQ(queries->answered(7, 3001), 2001u) << "the same packet, seen again";
  queries->asked(7, 9000);
  EXPECT_EQ(queries->answered(7, 9010), 10u) << "a new one";
  queries->asked(9, 1000);
  EXPECT_EQ(queries->answered(9, 900), 0u) << "the clock of another CPU";
}

TEST(Queries, OldOnesAreForgotten) {
  auto queries = std::make_unique<Queries>();
  queries->asked(7, 1);
  EXPECT_EQ(queries->answered(7, 2 + Queries::kOld), 0u);
  queries->asked(7, 1);
  queries->asked(7, 2 + Queries::kOld);
  EXPECT_EQ(queries->answered(7, 5 + Queries::kOld), 3u);
}

TEST(Queries, AFullPlaceTakesTheOldest) {
  auto queries = std::make_unique<Queries>();
  for (uint64_t i = 0; i <= Queries::kProbes; i++) queries->asked(5 + i * Queries::kEntries, 100 + i);
  EXPECT_EQ(queries->answered(5, 200), 0u);
  for (uint64_t i = 1; i <= Queries::kProbes; i++) {
    EXPECT_EQ(queries->answered(5 + i * Queries::kEntries, 200), 100 - i) << i;
  }
}

TEST(Queries, HashesOfNamesIgnoreCase) {
  auto hash = [](std::string_view text) {
    Hash h;
    h.add(reinterpret_cast<const uint8_t*>(text.data()), static_cast<uint32_t>(text.size()));
    return h.value();
  };
  EXPECT_EQ(hash("www.EXAMPLE.com"), hash("WWW.example.com"));
  EXPECT_NE(hash("www.example.com"), hash("www.example.org"));
  EXPECT_NE(hash("a"), hash("aa"));
  EXPECT_NE(hash("wwwwwwww"), hash("wwwwwww"));
  EXPECT_NE(hash(""), 0u);
}

}  // namespace
}  // namespace dns
