#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "base/fd.hpp"
#include "output/number_format.hpp"
#include "output/table.hpp"
#include "output/text.hpp"
#include "output/writer.hpp"

namespace gadgetry::output {
namespace {

std::string unsigned_text(uint64_t value) {
  char text[kIntegerBound];
  return {text, write_unsigned(text, value)};
}
std::string signed_text(int64_t value) {
  char text[kIntegerBound];
  return {text, write_signed(text, value)};
}
template <typename Float>
std::string es6(Float value) {
  char text[kFloatBound];
  return {text, write_es6(text, value)};
}
std::string json_string(std::string_view text, bool stop_at_nul = false) {
  std::string out(json_string_bound(text.size()), '\0');
  out.resize(static_cast<size_t>(write_json_string(out.data(), text, stop_at_nul) - out.data()));
  return out;
}
std::string printable(std::string_view text, bool utf8 = true) {
  std::string out;
  append_printable(out, text, utf8);
  return out;
}

TEST(NumberFormat, IntegersOfEveryLength) {
  uint64_t power = 1;
  for (int i = 0; i < 20; i++, power *= 10) {
    for (uint64_t value : {power - 1, power, power + 1, power * 7})
      EXPECT_EQ(unsigned_text(value), std::to_string(value));
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; i++) {
    uint64_t value = random() >> (random() % 64);
    ASSERT_EQ(unsigned_text(value), std::to_string(value));
    auto number = static_cast<int64_t>(value);
    ASSERT_EQ(signed_text(-number), std::to_string(-number));
  }
  EXPECT_EQ(unsigned_text(UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(signed_text(INT64_MIN), "-9223372036854775808");
}

TEST(NumberFormat, FloatsAsJavaScriptPrintsThem) {
  EXPECT_EQ(es6(0.0), "0");
  EXPECT_EQ(es6(-0.0), "0");
  EXPECT_EQ(es6(1.0), "1");
  EXPECT_EQ(es6(-1.5), "-1.5");
  EXPECT_EQ(es6(0.1), "0.1");
  EXPECT_EQ(es6(0.1f), "0.1");
  EXPECT_EQ(es6(123456.789), "123456.789");
  EXPECT_EQ(es6(1e20), "100000000000000000000");
  EXPECT_EQ(es6(1e21), "1e+21");
  EXPECT_EQ(es6(1.5e300), "1.5e+300");
  EXPECT_EQ(es6(0.000001), "0.000001");
  EXPECT_EQ(es6(0.0000001), "1e-7");
  EXPECT_EQ(es6(1.25e-7), "1.25e-7");
  EXPECT_EQ(es6(5e-324), "5e-324");
  EXPECT_EQ(es6(-std::numeric_limits<double>::max()), "-1.7976931348623157e+308");
}

TEST(NumberFormat, FloatsReadBackTheSame) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 5000; i++) {
    double value;
    uint64_t bits = random();
    std::memcpy(&value, &bits, 8);
    if (!std::isfinite(value)) continue;
    std::string text = es6(value);
    ASSERT_LE(text.size() + 16, kFloatBound);
    ASSERT_EQ(std::strtod(text.c_str(), nullptr), value) << text;
  }
}

TEST(NumberFormat, Hex) {
  char text[kIntegerBound];
  EXPECT_EQ(std::string(text, write_hex_integer(text, 0)), "0x0");
  EXPECT_EQ(std::string(text, write_hex_integer(text, 0xdeadbeef)), "0xdeadbeef");
  EXPECT_EQ(std::string(text, write_hex_integer(text, UINT64_MAX)), "0xffffffffffffffff");
}

TEST(JsonString, Escapes) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("plain text of more than sixteen bytes"),
            R"("plain text of more than sixteen bytes")");
  EXPECT_EQ(json_string("a\"b\\c\n\t\r\b\f"), R"("a\"b\\c\n\t\r\b\f")");
  EXPECT_EQ(json_string(std::string_view("\0\x1b[2J\x7f", 6)), R"("\u0000\u001b[2J\u007f")");
  EXPECT_EQ(json_string("\xc2\x9b"
                        "31m"),
            R"("\u009b31m")");
  EXPECT_EQ(json_string("a\u202eb\u2028"), R"("a\u202eb\u2028")");
  EXPECT_EQ(json_string("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
  EXPECT_EQ(json_string("\xff|\xc3|\xed\xa0\x80"), "\"\ufffd|\ufffd|\ufffd\ufffd\ufffd\"");
  EXPECT_EQ(json_string(std::string_view("abc\0def", 7), true), R"("abc")");
  EXPECT_EQ(json_string(std::string_view("sixteen bytes in\0x", 18), true), R"("sixteen bytes in")");
}

// Whatever the bytes are, the result is JSON, and clean text survives unchanged.
TEST(JsonString, RandomBytesAreValid) {
  std::mt19937 random(3);
  for (int i = 0; i < 5000; i++) {
    std::string text(random() % 80, '\0');
    bool ascii = i % 2 == 0;
    for (char& c : text) c = static_cast<char>(ascii ? random() % 128 : random() % 256);
    std::string quoted = json_string(text);
    ASSERT_LE(quoted.size() + 16, json_string_bound(text.size()));
    nlohmann::json parsed = nlohmann::json::parse(quoted, nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << quoted;
    if (ascii) {
      ASSERT_EQ(parsed.get<std::string>(), text);
    }
  }
}

TEST(Text, PrintableCannotControlTheTerminal) {
  EXPECT_EQ(printable("plain"), "plain");
  EXPECT_EQ(printable("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\x0d");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "\\x9b2J");
  EXPECT_EQ(printable("\u202egpj.exe"), "\\u202egpj.exe");
  EXPECT_EQ(printable("\xfe\xff"), "\ufffd\ufffd");
  EXPECT_EQ(printable("\u00fc\u6f22"), "\u00fc\u6f22");
  EXPECT_EQ(printable("\u00fc\xff", false), "??");
  EXPECT_EQ(printable("\u00b5s", false), "us");
}

TEST(Text, Cells) {
  EXPECT_EQ(text_cells("abc"), 3u);
  EXPECT_EQ(text_cells("\u6f22\u5b57"), 4u);
  EXPECT_EQ(text_cells("e\u0301"), 1u);
  EXPECT_EQ(text_cells("\U0001f600"), 2u);
  std::string out;
  EXPECT_EQ(append_printable(out, "\u6f22\x01", true), 6u);
}

std::string shortened(std::string_view text, size_t cells, Ellipsis ellipsis, bool utf8 = true) {
  std::string out;
  EXPECT_LE(shorten(out, text, cells, ellipsis, utf8), cells);
  return out;
}

TEST(Text, Shorten) {
  EXPECT_EQ(shortened("abcdefgh", 5, Ellipsis::kEnd), "abcd\u2026");
  EXPECT_EQ(shortened("abcdefgh", 5, Ellipsis::kStart), "\u2026efgh");
  EXPECT_EQ(shortened("abcdefgh", 5, Ellipsis::kMiddle), "ab\u2026gh");
  EXPECT_EQ(shortened("abcdefgh", 5, Ellipsis::kNone), "abcde");
  EXPECT_EQ(shortened("abcdefgh", 5, Ellipsis::kEnd, false), "ab...");
  EXPECT_EQ(shortened("abcdefgh", 2, Ellipsis::kEnd, false), "ab");
  EXPECT_EQ(shortened("\u6f22\u5b57\u6f22", 4, Ellipsis::kEnd), "\u6f22\u2026");
  EXPECT_EQ(shortened("\u6f22\u5b57\u6f22", 4, Ellipsis::kStart), "\u2026\u6f22");
  EXPECT_EQ(shortened("abc", 0, Ellipsis::kEnd), "");
}

TEST(Writer, WritesWholeRecords) {
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  base::Fd from(fds[0]);
  base::Fd to(fds[1]);
  ASSERT_GT(fcntl(to.get(), F_SETPIPE_SZ, 1 << 20), 0);
  ASSERT_EQ(fcntl(from.get(), F_SETFL, O_NONBLOCK), 0);
  Writer writer(to.get());
  std::string line(999, 'x');
  line += '\n';
  std::string got(1 << 20, '\0');
  for (int i = 0; i < 100; i++) {
    writer.append(std::string_view(line).substr(0, 500));
    writer.append(std::string_view(line).substr(500));
    writer.end_record();
  }
  ssize_t first = read(from.get(), got.data(), got.size());
  ASSERT_GT(first, 32 << 10);
  EXPECT_EQ(first % 1000, 0) << "a part of a line was written";
  ASSERT_TRUE(writer.flush().ok());
  EXPECT_EQ(first + read(from.get(), got.data(), got.size()), 100 * 1000);
}

TEST(Writer, KeepsRecordsLargerThanItsBuffer) {
  Writer writer;
  std::string big(5 * Writer::kBlock, 'y');
  writer.append("<");
  writer.append(big);
  writer.append('>');
  writer.end_record();
  EXPECT_EQ(writer.text(), "<" + big + ">");
  writer.clear();
  EXPECT_EQ(writer.text(), "");
}

TEST(Writer, RemembersTheFirstError) {
  signal(SIGPIPE, SIG_IGN);
  int fds[2];
  ASSERT_EQ(pipe2(fds, O_CLOEXEC), 0);
  close(fds[0]);
  base::Fd to(fds[1]);
  Writer writer(to.get());
  writer.append("line\n");
  auto status = writer.flush();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().errno_value, EPIPE);
  EXPECT_TRUE(writer.failed());
  for (int i = 0; i < 1000; i++) {
    writer.append(std::string(1000, 'z'));
    writer.end_record();
  }
  EXPECT_LE(writer.text().size(), 2 * Writer::kBlock);

  base::Fd full(open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  Writer blocked(full.get());
  blocked.append("line\n");
  status = blocked.flush();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().errno_value, ENOSPC);
  EXPECT_FALSE(status.error().hint.empty());
}

}  // namespace
}  // namespace gadgetry::output
