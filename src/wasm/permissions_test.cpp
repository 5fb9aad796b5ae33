#include "wasm/permissions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>

#include "base/limits.hpp"

namespace gadgetry::wasm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string cwd() {
  char buffer[PATH_MAX];
  EXPECT_NE(::getcwd(buffer, sizeof buffer), nullptr);
  return buffer;
}

std::string joined(std::string_view base, std::string_view path) {
  std::string out;
  for (std::string_view part : path_components(base, path)) (out += "/") += part;
  return out;
}

NetGrant net(std::string_view text) {
  auto grant = parse_net_grant(text);
  EXPECT_TRUE(grant.ok()) << text << ": " << grant.error().text();
  return grant.ok() ? *grant : NetGrant{};
}

bool allows(std::string_view grant, std::string_view endpoint) {
  auto parsed = parse_endpoint(endpoint);
  EXPECT_TRUE(parsed.has_value()) << endpoint;
  return parsed && net(grant).allows(*parsed);
}

Permissions paths(std::vector<std::string> read, std::vector<std::string> write) {
  return {.read = std::move(read), .write = std::move(write), .net = {}};
}

TEST(Permissions, PathComponents) {
  EXPECT_EQ(joined("/home/me", "/var//log/./x/"), "/var/log/x");
  EXPECT_EQ(joined("/home/me", "out"), "/home/me/out");
  EXPECT_EQ(joined("/home/me", "./out/."), "/home/me/out");
  EXPECT_EQ(joined("/home/me", "../out"), "/home/out");
  EXPECT_EQ(joined("/home/me", "../../../../x"), "/x");
  EXPECT_EQ(joined("/", "../x"), "/x");
  EXPECT_EQ(joined("/home/me", "/../etc"), "/etc");
  EXPECT_EQ(joined("/home/me", "/"), "");
  // What ".." behind a name means is for the file system to say: the name may be a symbolic link.
  EXPECT_EQ(joined("/home/me", "a/../b"), "/home/me/a/../b");
  EXPECT_EQ(joined("/home/me", "/a/.."), "/a/..");
  EXPECT_EQ(joined("/home/me", "../a/../.."), "/home/a/../..");
}

TEST(Permissions, IsBelow) {
  EXPECT_TRUE(is_below("/var/log", "/var/log"));
  EXPECT_TRUE(is_below("/var/log", "/var/log/syslog"));
  EXPECT_TRUE(is_below("/", "/"));
  EXPECT_TRUE(is_below("/", "/etc"));
  EXPECT_FALSE(is_below("/var/log", "/var/logs"));
  EXPECT_FALSE(is_below("/var/log", "/var/log.old/x"));
  EXPECT_FALSE(is_below("/var/log", "/var"));
  EXPECT_FALSE(is_below("/var/log", "/"));
  EXPECT_FALSE(is_below("/", "etc"));
}

TEST(Permissions, ParsesPaths) {
  auto parsed = parse_permissions(paths({"/var//log/", "/var/log", "./x", "."}, {"../y", "/"}));
  ASSERT_TRUE(parsed.ok()) << parsed.error().text();
  std::string here = cwd();
  std::string above = here.substr(0, here.rfind('/'));
  EXPECT_THAT(parsed->read, ElementsAre("/var/log", here + "/x", here));
  EXPECT_THAT(parsed->write, ElementsAre(above + "/y", "/"));
  for (const std::string& bad : {std::string(), std::string("a\0b", 3), std::string("a/../b"),
                                 std::string("/x/.."), std::string(PATH_MAX, 'a')}) {
    EXPECT_FALSE(parse_permissions(paths({bad}, {})).ok()) << bad.substr(0, 20);
    EXPECT_FALSE(parse_permissions(paths({}, {bad})).ok()) << bad.substr(0, 20);
  }
  std::vector<std::string> many(limits::kWasmPermissions + 1, "/x");
  EXPECT_FALSE(parse_permissions(paths(many, {})).ok());
  EXPECT_FALSE(
      parse_permissions({.read = {}, .write = {}, .net = std::vector<std::string>(many.size(), "1.1.1.1:1")})
          .ok());
}

TEST(Permissions, ParsesAddresses) {
  for (const char* good : {"10.0.0.1:53", "[::1]:53", "10.0.0.0/8:53", "10.0.0.1:*", "0.0.0.0/0:53",
                           "[::]/0:53", "[fd00::]/8:*", "255.255.255.255:65535"}) {
    EXPECT_EQ(to_string(net(good)), good);
  }
  EXPECT_EQ(to_string(net("10.0.0.1/32:53")), "10.0.0.1:53");
  EXPECT_EQ(to_string(net("[0:0::1]/128:053")), "[::1]:53");
  EXPECT_EQ(to_string(net("[::ffff:10.0.0.1]:53")), "10.0.0.1:53");
  EXPECT_EQ(to_string(net("[::ffff:10.0.0.0]/104:53")), "10.0.0.0/8:53");
  EXPECT_EQ(to_string(net("[::ffff:0:0]/96:53")), "0.0.0.0/0:53");
  for (const char* bad : {"",
                          ":",
                          "10.0.0.1",
                          "10.0.0.1:",
                          "10.0.0.1:0",
                          "10.0.0.1:65536",
                          "10.0.0.1:-1",
                          "10.0.0.1: 53",
                          "10.0.0:53",
                          "10.0.0.1.2:53",
                          "010.0.0.1:53",
                          "0x0a000001:53",
                          "example.org:53",
                          "*:53",
                          "::1:53",
                          "[::1]",
                          "[::1]53",
                          "[::1:53",
                          "[10.0.0.1]:53",
                          "[fe80::1%eth0]:53",
                          "10.0.0.0/33:53",
                          "10.0.0.0/:53",
                          "10.0.0.0/-1:53",
                          "10.0.0.1/8:53",
                          "[::]/129:53",
                          "[::1]/64:53",
                          "[::]x0:53",
                          "10.0.0.1:**",
                          "10.0.0.1:5*"}) {
    auto parsed = parse_net_grant(bad);
    EXPECT_FALSE(parsed.ok()) << bad;
    if (!parsed.ok()) {
      EXPECT_THAT(parsed.error().text(), HasSubstr("permission \"" + std::string(bad) + "\""));
    }
  }
}

TEST(Permissions, EndpointsAreOneAddress) {
  for (const char* bad :
       {"", "10.0.0.0/8:53", "10.0.0.1:*", "[::]/0:53", "10.0.0.1:0", "localhost:53", "[::1]"}) {
    EXPECT_FALSE(parse_endpoint(bad).has_value()) << bad;
  }
  std::string with_nul("10.0.0.1\0.2:53", 14);
  EXPECT_FALSE(parse_endpoint(with_nul).has_value());
  EXPECT_EQ(to_string(*parse_endpoint("[::FFFF:a00:1]:80")), "10.0.0.1:80");
}

TEST(Permissions, AllowsByPrefixAndPort) {
  EXPECT_TRUE(allows("10.0.0.1:53", "10.0.0.1:53"));
  EXPECT_FALSE(allows("10.0.0.1:53", "10.0.0.1:54"));
  EXPECT_FALSE(allows("10.0.0.1:53", "10.0.0.2:53"));
  EXPECT_TRUE(allows("10.0.0.1:*", "10.0.0.1:1"));
  // The edges of a network that does not end at a byte.
  EXPECT_TRUE(allows("172.16.0.0/12:80", "172.16.0.0:80"));
  EXPECT_TRUE(allows("172.16.0.0/12:80", "172.31.255.255:80"));
  EXPECT_FALSE(allows("172.16.0.0/12:80", "172.32.0.0:80"));
  EXPECT_FALSE(allows("172.16.0.0/12:80", "172.15.255.255:80"));
  EXPECT_TRUE(allows("10.0.0.2/31:80", "10.0.0.3:80"));
  EXPECT_FALSE(allows("10.0.0.2/31:80", "10.0.0.4:80"));
  EXPECT_TRUE(allows("0.0.0.0/0:80", "255.255.255.255:80"));
  EXPECT_TRUE(allows("[2001:db8::]/33:80", "[2001:db8:7fff:ffff::]:80"));
  EXPECT_FALSE(allows("[2001:db8::]/33:80", "[2001:db8:8000::]:80"));
  // The families are apart, and mapped addresses are IPv4.
  EXPECT_FALSE(allows("0.0.0.0/0:80", "[2001:db8::1]:80"));
  EXPECT_FALSE(allows("[::]/0:80", "10.0.0.1:80"));
  EXPECT_FALSE(allows("[::]/0:80", "[::ffff:10.0.0.1]:80"));
  EXPECT_TRUE(allows("10.0.0.0/8:80", "[::ffff:10.0.0.1]:80"));
  EXPECT_TRUE(allows("[::ffff:10.0.0.0]/104:80", "10.9.9.9:80"));
}

TEST(Permissions, GrantsWhatIsDeclaredAndGranted) {
  Permissions declared = paths({"/var/log", "/etc/hosts"}, {"/data/out"});
  EXPECT_TRUE(grant(declared, {}).empty());

  auto granted = grant(declared, {.listed = paths({"/var"}, {})});
  EXPECT_THAT(granted.read, ElementsAre("/var//log"));
  EXPECT_EQ(PathGrant(granted.read[0]).root, "/var");
  EXPECT_EQ(PathGrant(granted.read[0]).path(), "/var/log");
  EXPECT_THAT(granted.write, IsEmpty());

  EXPECT_THAT(grant(declared, {.listed = paths({"/var/log/app"}, {})}).read, ElementsAre("/var/log/app"));
  EXPECT_THAT(grant(declared, {.listed = paths({"/var/log"}, {})}).read, ElementsAre("/var/log"));
  EXPECT_TRUE(grant(declared, {.listed = paths({"/var/logs", "/var/lo", "/srv"}, {})}).empty());
  EXPECT_THAT(grant(declared, {.listed = paths({"/"}, {})}).read, ElementsAre("//var/log", "//etc/hosts"));
  EXPECT_EQ(PathGrant("//var/log").root, "/");
  EXPECT_EQ(PathGrant("//var/log").path(), "/var/log");

  // A grant to read lets nobody write; a grant to write lets who asked to read do so.
  EXPECT_THAT(grant(declared, {.listed = paths({"/data/out"}, {})}).write, IsEmpty());
  EXPECT_THAT(grant(declared, {.listed = paths({}, {"/var/log"})}).read, ElementsAre("/var/log"));
  EXPECT_THAT(grant(declared, {.listed = paths({}, {"/var/log"})}).write, IsEmpty());

  granted = grant(declared, {.all_read = true});
  EXPECT_THAT(granted.read, ElementsAre("/var/log", "/etc/hosts"));
  EXPECT_THAT(granted.write, IsEmpty());
  EXPECT_THAT(grant(declared, {.all_write = true}).write, ElementsAre("/data/out"));
  EXPECT_TRUE(grant({}, {.all_read = true, .all_write = true, .all_net = true, .listed = declared}).empty());
}

TEST(Permissions, GrantsNetworks) {
  auto both = [](std::vector<std::string> declared, std::vector<std::string> listed) {
    return grant({.read = {}, .write = {}, .net = std::move(declared)},
                 {.listed = {.read = {}, .write = {}, .net = std::move(listed)}})
        .net;
  };
  EXPECT_THAT(both({"10.0.0.1:53"}, {"10.0.0.0/8:*"}), ElementsAre("10.0.0.1:53"));
  EXPECT_THAT(both({"10.0.0.0/8:*"}, {"10.0.0.1:53"}), ElementsAre("10.0.0.1:53"));
  EXPECT_THAT(both({"10.0.0.0/8:53"}, {"10.1.0.0/16:*"}), ElementsAre("10.1.0.0/16:53"));
  EXPECT_THAT(both({"10.0.0.0/8:*"}, {"10.0.0.0/8:53"}), ElementsAre("10.0.0.0/8:53"));
  EXPECT_THAT(both({"10.0.0.0/8:53"}, {"10.0.0.0/8:54"}), IsEmpty());
  EXPECT_THAT(both({"10.0.0.0/8:53"}, {"11.0.0.0/8:53"}), IsEmpty());
  EXPECT_THAT(both({"0.0.0.0/0:53"}, {"[::]/0:53"}), IsEmpty());
  EXPECT_THAT(both({"nonsense"}, {"0.0.0.0/0:*"}), IsEmpty());
  EXPECT_THAT(grant({.read = {}, .write = {}, .net = {"10.0.0.1:53"}}, {.all_net = true}).net,
              ElementsAre("10.0.0.1:53"));
}

TEST(Permissions, Missing) {
  Permissions declared = {
      .read = {"/var/log", "/etc"}, .write = {"/out"}, .net = {"10.0.0.0/8:53", "[::1]:53"}};
  Permissions left = missing(declared, {});
  EXPECT_EQ(left.read, declared.read);
  EXPECT_EQ(left.write, declared.write);
  EXPECT_EQ(left.net, declared.net);
  left = missing(declared,
                 {.read = {"/var//log", "/out"}, .write = {"/etc"}, .net = {"10.0.0.1:53", "[::]/0:*"}});
  EXPECT_THAT(left.read, IsEmpty());
  EXPECT_THAT(left.write, ElementsAre("/out"));
  EXPECT_THAT(left.net, ElementsAre("10.0.0.0/8:53"));
}

}  // namespace
}  // namespace gadgetry::wasm
