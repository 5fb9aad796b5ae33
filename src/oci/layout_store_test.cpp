#include "oci/layout_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "oci/test_support.hpp"

namespace gadgetry::oci {
namespace {

std::string blob_path(const TestFolder& folder, const Digest& digest) {
  return folder / ("s/blobs/sha256/" + digest.hex());
}

// An image of one index without manifests and nothing else: the smallest thing that can be tagged.
Descriptor put_small(StoreWriter& writer, const std::string& mark) {
  Index index;
  index.annotations = {{"mark", mark}};
  return *writer.put_blob(*serialize(index), media::kIndex);
}

TEST(LayoutStore, OpensOnlyLayouts) {
  TestFolder folder;
  auto absent = LayoutStore::open(folder / "s", OpenMode::kReadOnly);
  ASSERT_FALSE(absent.ok());
  EXPECT_EQ(absent.error().kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(LayoutStore::open(folder.path(), OpenMode::kReadOnly).error().kind, base::ErrorKind::kNotFound);
  ASSERT_TRUE(LayoutStore::open(folder / "deep/er/s", OpenMode::kCreate).ok());
  ASSERT_TRUE(LayoutStore::open(folder / "deep/er/s", OpenMode::kReadOnly).ok());
  EXPECT_FALSE(LayoutStore::open(folder.path(), OpenMode::kCreate).ok()) << "a folder of other things";
  EXPECT_FALSE(LayoutStore::open("", OpenMode::kCreate).ok());
}

TEST(LayoutStore, FinishesAnInterruptedMaking) {
  TestFolder folder;
  std::filesystem::create_directories(folder / "s/blobs");
  std::ofstream(folder / "s/index.json.lock");
  auto store = LayoutStore::open(folder / "s", OpenMode::kCreate);
  ASSERT_TRUE(store.ok()) << store.error().text();
  EXPECT_TRUE(store->list()->empty());
}

TEST(LayoutStore, KeepsImagesAndVerifiesBlobs) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  Descriptor image = *build_image(store, as_ref("tool:v1"), sample_input());
  EXPECT_EQ(store.resolve(as_ref("tool:v1"))->digest, image.digest);
  EXPECT_EQ(store.resolve(as_ref("ghcr.io/inspektor-gadget/gadget/tool:v1"))->digest, image.digest);
  EXPECT_EQ(store.resolve(as_ref("tool@" + image.digest.to_string()))->digest, image.digest);
  EXPECT_EQ(store.list()->at(0).name, "ghcr.io/inspektor-gadget/gadget/tool:v1");

  auto bytes = store.get_blob(image.digest, 1 << 20);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(sha256(*bytes), image.digest);
  EXPECT_FALSE(store.get_blob(image.digest, 3).ok());
  EXPECT_EQ(store.get_blob(sha256("absent"), 100).error().kind, base::ErrorKind::kNotFound);
  std::ofstream(blob_path(folder, image.digest)) << "damaged";
  EXPECT_NE(store.get_blob(image.digest, 1 << 20).error().message.find("damaged"), std::string::npos);
  (void)*build_image(store, as_ref("tool:v1"), sample_input());
  EXPECT_TRUE(store.get_blob(image.digest, 1 << 20).ok()) << "storing it again repairs it";
}

TEST(LayoutStore, NotFoundHelps) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  (void)*build_image(store, as_ref("trace_open:v1"), sample_input());
  auto error = store.resolve(as_ref("trace_opne:v1")).error();
  EXPECT_EQ(error.kind, base::ErrorKind::kNotFound);
  EXPECT_NE(error.hint.find("trace_open:v1"), std::string::npos) << error.text();
  error = store.resolve(as_ref("trace_open")).error();
  EXPECT_NE(error.hint.find("v1"), std::string::npos) << error.text();
}

TEST(LayoutStore, TagAndRemoveCollectGarbage) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  Descriptor image = *build_image(store, as_ref("a"), sample_input());
  ASSERT_TRUE(store.tag(as_ref("a"), as_ref("b:2")).ok());
  EXPECT_FALSE(store.tag(as_ref("absent"), as_ref("c")).ok());
  EXPECT_EQ(store.resolve(as_ref("b:2"))->digest, image.digest);
  size_t blobs = count_files(folder / "s/blobs/sha256");
  ASSERT_TRUE(store.remove(as_ref("a")).ok());
  EXPECT_EQ(count_files(folder / "s/blobs/sha256"), blobs) << "b:2 needs them";
  EXPECT_FALSE(store.remove(as_ref("a")).ok());
  std::ofstream(folder / "s/blobs/sha256/.tmp-abc") << "left by a killed writer";
  std::ofstream(folder / "s/index.json.abcdef") << "left by a killed writer";
  std::ofstream(folder / "s/blobs/sha256/README") << "not ours";
  ASSERT_TRUE(store.remove(image.digest).ok());
  EXPECT_EQ(count_files(folder / "s/blobs/sha256"), 1u) << "the file that is not ours";
  EXPECT_FALSE(std::filesystem::exists(folder / "s/index.json.abcdef"));
  EXPECT_TRUE(store.list()->empty());
}

TEST(LayoutStore, ReplacingAnImageDropsTheOldOne) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  Descriptor old = *build_image(store, as_ref("a"), sample_input("one"));
  Descriptor now = *build_image(store, as_ref("a"), sample_input("two"));
  EXPECT_NE(old.digest, now.digest);
  EXPECT_EQ(store.list()->size(), 1u);
  EXPECT_FALSE(store.blob_size(old.digest).ok());
  EXPECT_TRUE(store.blob_size(now.digest).ok());
}

TEST(LayoutStore, AbandonedWriterLeavesNothing) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  {
    auto writer = *store.begin_write();
    Descriptor blob = *writer.put_blob("content", "x/y");
    EXPECT_TRUE(store.blob_size(blob.digest).ok());
    EXPECT_EQ(*store.collect_garbage(), 0u) << "the writer's lease protects it";
    EXPECT_TRUE(store.blob_size(blob.digest).ok());
  }
  EXPECT_EQ(count_files(folder / "s/blobs/sha256"), 0u);
}

TEST(LayoutStore, RefusesIncompleteImages) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  {
    auto writer = *store.begin_write();
    Index index;
    index.manifests.push_back({.media_type = "x/y",
                               .digest = sha256("absent"),
                               .size = 6,
                               .artifact_type = "",
                               .annotations = {},
                               .platform = {}});
    Descriptor image = *writer.put_blob(*serialize(index), media::kIndex);
    EXPECT_FALSE(writer.tag(as_ref("a"), image).ok());
    Descriptor wrong = put_small(writer, "x");
    EXPECT_FALSE(writer.tag(as_ref("a@" + sha256("other").to_string()), wrong).ok());
    wrong.size += 1;
    EXPECT_FALSE(writer.tag(as_ref("a"), wrong).ok());
  }
  EXPECT_TRUE(store.list()->empty());
  EXPECT_EQ(count_files(folder / "s/blobs/sha256"), 0u);
}

TEST(LayoutStore, KeepsImagesUnderADigest) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  auto writer = *store.begin_write();
  Descriptor image = put_small(writer, "x");
  Reference by_digest = as_ref("a@" + image.digest.to_string());
  ASSERT_TRUE(writer.tag(by_digest, image).ok());
  EXPECT_TRUE(store.resolve(by_digest).ok());
  EXPECT_FALSE(store.resolve(as_ref("a")).ok());
  EXPECT_FALSE(store.resolve(as_ref("b@" + image.digest.to_string())).ok()) << "another repository";
}

TEST(LayoutStore, ReadOnlyWritesNothing) {
  TestFolder folder;
  Descriptor image;
  {
    LayoutStore store = open_store(folder / "s");
    image = *build_image(store, as_ref("a"), sample_input());
  }
  LayoutStore store = *LayoutStore::open(folder / "s", OpenMode::kReadOnly);
  EXPECT_FALSE(store.begin_write().ok());
  EXPECT_FALSE(store.tag(as_ref("a"), as_ref("b")).ok());
  EXPECT_FALSE(store.remove(as_ref("a")).ok());
  EXPECT_FALSE(store.collect_garbage().ok());
  EXPECT_TRUE(store.resolve(as_ref("a")).ok());
}

TEST(LayoutStore, HostileFoldersAreOnlyErrors) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  Digest digest = sha256("x");
  ASSERT_EQ(::mkfifo(blob_path(folder, digest).c_str(), 0600), 0);
  EXPECT_FALSE(store.get_blob(digest, 100).ok()) << "a pipe must not block";
  std::filesystem::remove(blob_path(folder, digest));
  std::filesystem::create_symlink("/etc/passwd", blob_path(folder, digest));
  EXPECT_FALSE(store.get_blob(digest, 1 << 20).ok());
  std::ofstream(folder / "s/index.json") << "{";
  EXPECT_FALSE(store.list().ok());
  EXPECT_FALSE(store.collect_garbage().ok()) << "without an index nothing is garbage";
  EXPECT_TRUE(std::filesystem::is_symlink(blob_path(folder, digest)));
}

TEST(LayoutStore, DefaultPath) {
  ::setenv("GADGETRY_STORE", "/somewhere", 1);
  EXPECT_EQ(default_store_path(), "/somewhere");
  ::unsetenv("GADGETRY_STORE");
  EXPECT_TRUE(default_store_path().ends_with("/gadgetry/oci-store"));
}

// Runs in a child of its own: mounts a tiny file system and fills it. Exit status: 0 good, 77 not possible
// here.
int full_disk_child(const std::string& mount_point) {
  if (::unshare(CLONE_NEWNS) != 0) return 77;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("tmpfs", mount_point.c_str(), "tmpfs", 0, "size=512k") != 0) return 77;
  LayoutStore store = open_store(mount_point + "/s");
  Descriptor good = *build_image(store, as_ref("good"), sample_input());
  size_t blobs = count_files(mount_point + "/s/blobs/sha256");
  BuildInput big = sample_input();
  big.wasm = std::string(1 << 20, 'w');
  auto failed = build_image(store, as_ref("good"), big);
  if (failed.ok() || failed.error().errno_value != ENOSPC || failed.error().hint.empty()) return 1;
  if (count_files(mount_point + "/s/blobs/sha256") != blobs) return 2;
  if (store.resolve(as_ref("good"))->digest != good.digest ||
      !load_image(store, as_ref("good"), "amd64").ok())
    return 3;
  // Nothing at all is left: even index.json cannot be written, but removing still takes blobs away
  // afterwards.
  std::ofstream filler(mount_point + "/filler");
  filler << std::string(1 << 20, 'f') << std::flush;
  if (store.tag(as_ref("good"), as_ref("other")).ok()) return 4;
  return store.list()->size() == 1 && load_image(store, as_ref("good"), "amd64").ok() ? 0 : 5;
}

TEST(LayoutStore, FullDiskLeavesItAsItWas) {
  TestFolder folder;
  pid_t child = ::fork();
  if (child == 0) ::_exit(full_disk_child(folder.path()));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "needs root and mount namespaces";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace gadgetry::oci
