#include "oci/btf_archive.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace gadgetry::oci {
namespace {

constexpr const char* kPath = "debian/12/x86_64/6.1.0-1-amd64.btf";

la_ssize_t append(archive*, void* to, const void* bytes, size_t size) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

// A tar with one entry, as somebody else would write it.
std::string foreign_tar(const char* path, const std::string& bytes, const char* link = nullptr) {
  std::string out;
  archive* tar = archive_write_new();
  archive_write_set_format_ustar(tar);
  archive_write_add_filter_gzip(tar);
  archive_write_open(tar, &out, nullptr, append, nullptr);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, path);
  archive_entry_set_filetype(entry, link == nullptr ? AE_IFREG : AE_IFLNK);
  if (link != nullptr) {
    archive_entry_set_symlink(entry, link);
  } else {
    archive_entry_set_size(entry, static_cast<la_int64_t>(bytes.size()));
  }
  archive_entry_set_perm(entry, 0644);
  archive_write_header(tar, entry);
  if (link == nullptr) archive_write_data(tar, bytes.data(), bytes.size());
  archive_entry_free(entry);
  archive_write_close(tar);
  archive_write_free(tar);
  return out;
}

// What gzip cannot make small.
std::string varied_bytes(size_t size) {
  std::string out;
  for (uint32_t state = 1; out.size() < size; state = state * 1664525 + 1013904223)
    out.push_back(static_cast<char>(state >> 24));
  return out;
}

TEST(BtfArchive, WhatIsWrittenIsFound) {
  const std::map<std::string, std::string> files = {
      {kPath, std::string("\x9f\xeb\0x", 4)}, {"ubuntu/20.04/arm64/5.4.0-1.btf", std::string(100000, 'u')}};
  auto archive = write_btf_archive(files);
  ASSERT_TRUE(archive.ok()) << archive.error().text();
  for (const auto& [path, bytes] : files) {
    auto found = find_in_btf_archive(*archive, path);
    ASSERT_TRUE(found.ok()) << found.error().text();
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ(**found, bytes);
  }
  auto missing = find_in_btf_archive(*archive, "debian/12/x86_64/6.1.0-2-amd64.btf");
  ASSERT_TRUE(missing.ok());
  EXPECT_FALSE(missing->has_value());
  EXPECT_EQ(*write_btf_archive(files), *archive);
}

TEST(BtfArchive, NamesMayBeginWithADot) {
  auto found = find_in_btf_archive(foreign_tar("./debian/12/x86_64/6.1.0-1-amd64.btf", "types"), kPath);
  ASSERT_TRUE(found.ok()) << found.error().text();
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ(**found, "types");
}

TEST(BtfArchive, HostileOnesAreRefused) {
  EXPECT_FALSE(find_in_btf_archive("garbage", kPath).ok());
  const std::string good = foreign_tar(kPath, varied_bytes(50000));
  auto half = find_in_btf_archive(std::string_view(good).substr(0, good.size() / 2), kPath);
  EXPECT_FALSE(half.ok() && half->has_value());
  EXPECT_FALSE(find_in_btf_archive(foreign_tar("../debian/12/x86_64/6.1.0-1-amd64.btf", "x"), kPath).ok());
  auto link = find_in_btf_archive(foreign_tar(kPath, "", "/etc/passwd"), kPath);
  ASSERT_TRUE(link.ok());
  EXPECT_FALSE(link->has_value());
  auto walked = walk_tar(
      good, 100, [](const std::string&) { return true; },
      [](const std::string&, std::string&&) { return true; });
  ASSERT_FALSE(walked.ok());
  EXPECT_NE(walked.error().text().find("larger than the limit"), std::string::npos);
}

}  // namespace
}  // namespace gadgetry::oci
