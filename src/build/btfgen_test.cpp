#include "build/btfgen.hpp"

#include <gtest/gtest.h>

namespace gadgetry::build {
namespace {

TEST(Btfgen, FilesAreKnownByTheirPaths) {
  struct Case {
    const char* relative;
    const char* packed_as;
    const char* arch;
  };
  const Case cases[] = {
      {"ubuntu/20.04/x86_64/5.4.0-42-generic.btf", "ubuntu/20.04/x86_64/5.4.0-42-generic.btf", "amd64"},
      {"ubuntu/20.04/amd64/5.4.0-42-generic.btf.tar.xz", "ubuntu/20.04/x86_64/5.4.0-42-generic.btf", "amd64"},
      {"debian/12/aarch64/vmlinux-6.1.0-13-arm64", "debian/12/arm64/6.1.0-13-arm64.btf", "arm64"},
      {"debian/12/arm64/vmlinux-6.1.0-13-arm64.btf", "debian/12/arm64/6.1.0-13-arm64.btf", "arm64"},
      {"debian/12/s390x/6.1.0-13.btf", "", ""},
      {"debian/12/x86_64/README", "", ""},
      {"debian/12/x86_64/.btf", "", ""},
      {"debian/x86_64/6.1.0-13.btf", "", ""},
      {"6.1.0-13.btf", "", ""},
  };
  for (const Case& one : cases) {
    const KernelFile file = kernel_file("folder", one.relative);
    EXPECT_EQ(file.packed_as, one.packed_as) << one.relative;
    EXPECT_EQ(file.arch, one.packed_as[0] == '\0' ? "" : one.arch) << one.relative;
    if (!file.packed_as.empty()) {
      EXPECT_EQ(file.path, std::string("folder/") + one.relative);
    }
  }
}

TEST(Btfgen, FoldersWithoutTypesAreErrors) {
  BuiltGadget gadget;
  gadget.objects.push_back({"amd64", "", ""});
  auto missing = add_btf_archives("/no/such/folder", gadget);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kNotFound);
  auto empty = add_btf_archives("/proc/self/task", gadget);
  EXPECT_FALSE(empty.ok());
}

}  // namespace
}  // namespace gadgetry::build
