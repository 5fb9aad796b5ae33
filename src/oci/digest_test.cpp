#include "oci/digest.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/fd.hpp"

namespace gadgetry::oci {
namespace {

constexpr const char* kAbc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, KnownValues) {
  EXPECT_EQ(sha256("abc").to_string(), kAbc);
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 hash;
  hash.update("a");
  hash.update("bc");
  EXPECT_EQ(hash.finish().to_string(), kAbc);
}

TEST(Digest, ParsesOnlyCanonicalSha256) {
  EXPECT_EQ(*Digest::parse(kAbc), sha256("abc"));
  std::string upper = kAbc;
  upper[10] = 'F';
  for (const std::string& bad :
       {std::string("sha512:00"), std::string("sha256:"), std::string("sha256:ab"), std::string(kAbc) + "0",
        upper, std::string(), std::string("abc"), std::string("sha256:") + std::string(64, 'g')}) {
    EXPECT_FALSE(Digest::parse(bad).ok()) << bad;
  }
}

TEST(Digest, Files) {
  std::string path = ::testing::TempDir() + "/digest_test_file";
  ASSERT_TRUE(base::replace_file(path, "abc").ok());
  EXPECT_EQ(sha256_file(path, 3)->to_string(), kAbc);
  EXPECT_FALSE(sha256_file(path, 2).ok());
  EXPECT_EQ(sha256_file(path + ".absent", 3).error().kind, base::ErrorKind::kNotFound);
  std::filesystem::remove(path);
}

TEST(Digest, VerifyTellsBothDigests) {
  EXPECT_TRUE(verify(sha256("abc"), "abc").ok());
  base::Status bad = verify(sha256("abc"), "abd");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find(kAbc), std::string::npos);
  EXPECT_NE(bad.error().message.find(sha256("abd").to_string()), std::string::npos);
}

}  // namespace
}  // namespace gadgetry::oci
