#include "sys/kernel_config.hpp"

#include <gtest/gtest.h>

#include "sys/os_release.hpp"

namespace gadgetry::sys {
namespace {

TEST(KernelConfig, OptionsAreRead) {
  const auto config = KernelConfig::parse(
      "#\n# Linux/x86 6.1.0\nCONFIG_BPF=y\n# CONFIG_FPROBE is not set\nCONFIG_NET_CLS_BPF=m\n"
      "CONFIG_LSM=\"landlock,lockdown\"\nCONFIG_HZ=250\nnonsense\nCONFIG_BROKEN\n",
      "test");
  ASSERT_TRUE(config.is_known());
  EXPECT_EQ(config.source(), "test");
  EXPECT_EQ(config.value("CONFIG_BPF"), "y");
  EXPECT_EQ(config.value("CONFIG_LSM"), "landlock,lockdown");
  EXPECT_EQ(config.value("CONFIG_FPROBE"), "n");
  EXPECT_EQ(config.value("CONFIG_BROKEN"), "n");
  EXPECT_EQ(config.is_on("CONFIG_NET_CLS_BPF"), true);
  EXPECT_EQ(config.is_on("CONFIG_FPROBE"), false);
}

TEST(KernelConfig, UnknownIsNotOff) {
  const KernelConfig none;
  EXPECT_FALSE(none.is_known());
  EXPECT_FALSE(none.value("CONFIG_BPF").has_value());
  EXPECT_FALSE(none.is_on("CONFIG_BPF").has_value());
}

TEST(KernelConfig, OfThisMachineHasBpf) {
  const KernelConfig config = KernelConfig::read();
  if (!config.is_known()) GTEST_SKIP() << "the configuration of this kernel is not to be found";
  EXPECT_EQ(config.value("CONFIG_BPF"), "y");
}

TEST(OsRelease, ValuesAreRead) {
  const char* text = "NAME=\"Some Linux\"\nID=some\nVERSION_ID=\"12.1\"\nID_LIKE='debian'\nID_BROKEN\n";
  EXPECT_EQ(os_release_value(text, "ID"), "some");
  EXPECT_EQ(os_release_value(text, "VERSION_ID"), "12.1");
  EXPECT_EQ(os_release_value(text, "ID_LIKE"), "debian");
  EXPECT_EQ(os_release_value(text, "VERSION"), "");
}

TEST(OsRelease, KernelsHaveAPlaceInArchives) {
  const KernelName name{"ubuntu", "20.04", "x86_64", "5.4.0-42-generic"};
  EXPECT_EQ(name.btf_path(), "ubuntu/20.04/x86_64/5.4.0-42-generic.btf");
  const KernelName own = kernel_name();
  EXPECT_FALSE(own.release.empty());
  EXPECT_TRUE(own.arch == "x86_64" || own.arch == "arm64");
}

}  // namespace
}  // namespace gadgetry::sys
