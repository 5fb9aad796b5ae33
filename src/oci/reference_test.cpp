#include "oci/reference.hpp"

#include <gtest/gtest.h>

namespace gadgetry::oci {
namespace {

const std::string kHex(64, 'a');

struct Case {
  std::string text;
  std::string full;
  std::string short_name;
};

TEST(Reference, CompletesAndShortens) {
  const std::vector<Case> cases = {
      {"trace_open", "ghcr.io/inspektor-gadget/gadget/trace_open:latest", "trace_open"},
      {"trace_open:v1.2", "ghcr.io/inspektor-gadget/gadget/trace_open:v1.2", "trace_open:v1.2"},
      {"team/tool", "ghcr.io/team/tool:latest", "team/tool"},
      {"ghcr.io/inspektor-gadget/gadget/trace_open:latest",
       "ghcr.io/inspektor-gadget/gadget/trace_open:latest", "trace_open"},
      {"ghcr.io/x", "ghcr.io/inspektor-gadget/gadget/x:latest", "x"},
      {"example.com/x", "example.com/x:latest", "example.com/x"},
      {"localhost/x", "localhost/x:latest", "localhost/x"},
      {"localhost:5000/x:1", "localhost:5000/x:1", "localhost:5000/x:1"},
      {"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x"},
      {"Registry/x", "Registry/x:latest", "Registry/x"},
      {"ghcr.io/a.b/c", "ghcr.io/a.b/c:latest", "ghcr.io/a.b/c"},
      {"name@sha256:" + kHex, "ghcr.io/inspektor-gadget/gadget/name@sha256:" + kHex, "name@sha256:" + kHex},
      {"name:tag@sha256:" + kHex, "ghcr.io/inspektor-gadget/gadget/name:tag@sha256:" + kHex,
       "name:tag@sha256:" + kHex},
      {"a__b-c---d.e/f_g", "ghcr.io/a__b-c---d.e/f_g:latest", ""},
  };
  for (const Case& c : cases) {
    auto reference = Reference::parse(c.text);
    if (c.short_name.empty()) {
      EXPECT_FALSE(reference.ok() && reference->to_string() == c.full)
          << "its first part reads as a registry";
      continue;
    }
    ASSERT_TRUE(reference.ok()) << c.text << ": " << reference.error().text();
    EXPECT_EQ(reference->to_string(), c.full);
    EXPECT_EQ(reference->short_name(), c.short_name);
    EXPECT_EQ(*Reference::parse(reference->to_string()), *reference);
    EXPECT_EQ(*Reference::parse(reference->short_name()), *reference);
  }
}

TEST(Reference, Parts) {
  auto reference = Reference::parse("localhost:5000/a/b:t@sha256:" + kHex);
  ASSERT_TRUE(reference.ok());
  EXPECT_EQ(reference->registry(), "localhost:5000");
  EXPECT_EQ(reference->repository(), "a/b");
  EXPECT_EQ(reference->tag(), "t");
  EXPECT_EQ(reference->digest()->hex(), kHex);
  EXPECT_EQ(reference->without_digest()->to_string(), "localhost:5000/a/b:t");
  EXPECT_FALSE(Reference::parse("x@sha256:" + kHex)->without_digest().has_value());
}

TEST(Reference, RefusesWhatRegistriesRefuse) {
  const std::vector<std::string> bad = {"",
                                        ":",
                                        "a:",
                                        "a:b:c",
                                        "a/",
                                        "/a",
                                        "a//b",
                                        "A",
                                        "a/B",
                                        "-a",
                                        "a-",
                                        "a..b",
                                        "a___b",
                                        "a:-x",
                                        "a:x y",
                                        "a b",
                                        "a@",
                                        "a@sha256:12",
                                        "a@sha512:" + kHex,
                                        "a@sha256:" + kHex + "@sha256:" + kHex,
                                        "@sha256:" + kHex,
                                        "a:" + std::string(129, 't'),
                                        std::string(256, 'a'),
                                        std::string(100000, 'a'),
                                        "host:99999/a",
                                        "host:/a",
                                        "host:-1/a",
                                        "ho_st.com/a",
                                        "../a",
                                        "./a",
                                        ".com/a",
                                        "a\n",
                                        std::string("a\0b", 3),
                                        "a:b/c:d/e:f",
                                        "\xc3\xa9"};
  for (const std::string& text : bad) EXPECT_FALSE(Reference::parse(text).ok()) << text;
  EXPECT_TRUE(Reference::parse("a:" + std::string(128, 't')).ok());
}

TEST(Reference, ErrorsNameThePart) {
  auto error = Reference::parse("a/Foo").error();
  EXPECT_EQ(error.kind, base::ErrorKind::kUsage);
  EXPECT_NE(error.message.find("\"Foo\""), std::string::npos);
  EXPECT_FALSE(error.hint.empty());
  EXPECT_EQ(Reference::parse("a\x1b[31m").error().message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace gadgetry::oci
