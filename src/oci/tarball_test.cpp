#include "oci/tarball.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

#include "oci/test_support.hpp"

namespace gadgetry::oci {
namespace {

base::Fd open_for(const std::string& path, int flags) {
  return *base::open_file(path, flags, 0644);
}

std::string export_to(const std::string& path,
                      const std::vector<std::pair<const Layout*, StoredImage>>& images) {
  base::Fd fd = open_for(path, O_WRONLY | O_CREAT | O_TRUNC);
  base::Status done = export_images(images, fd.get(), path);
  EXPECT_TRUE(done.ok()) << done.error().text();
  return *base::read_file(path, 1 << 24);
}

TEST(Tarball, ExportAndImport) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  (void)*build_image(store, as_ref("one"), sample_input("1"));
  (void)*build_image(store, as_ref("example.com/two:v2"), sample_input("2"));
  std::vector<std::pair<const Layout*, StoredImage>> images;
  std::vector<StoredImage> listed = *store.list();
  for (StoredImage& image : listed) images.emplace_back(&store, std::move(image));
  std::string first = export_to(folder / "a.tar", images);
  EXPECT_EQ(first, export_to(folder / "b.tar", images)) << "reproducible";

  LayoutStore other = open_store(folder / "other");
  base::Fd fd = open_for(folder / "a.tar", O_RDONLY);
  auto names = import_images(other, fd.get(), "a.tar");
  ASSERT_TRUE(names.ok()) << names.error().text();
  EXPECT_EQ(names->size(), 2u);
  EXPECT_EQ(load_image(other, as_ref("one"), "amd64")->ebpf, "amd 1");
  EXPECT_EQ(load_image(other, as_ref("example.com/two:v2"), "arm64")->ebpf, "arm 2");
  EXPECT_EQ(count_files(folder / "s/blobs/sha256"), count_files(folder / "other/blobs/sha256"));

  auto memory = MemoryLayout::from_tar_bytes(first, "bytes");
  ASSERT_TRUE(memory.ok()) << memory.error().text();
  EXPECT_EQ(load_image(*memory, as_ref("one"), "amd64")->ebpf, "amd 1");
}

TEST(Tarball, Sources) {
  TestFolder folder;
  {
    LayoutStore store = open_store(folder / "s");
    (void)*build_image(store, as_ref("one"), sample_input());
    export_to(folder / "one.tar", {{&store, store.list()->at(0)}});
  }
  EXPECT_TRUE(is_layout_folder(folder / "s"));
  EXPECT_FALSE(is_layout_folder(folder.path()));
  for (const char* name : {"s", "one.tar"}) {
    auto source = open_layout_source(folder / name);
    ASSERT_TRUE(source.ok()) << source.error().text();
    auto only = pick_image(**source);
    ASSERT_TRUE(only.ok()) << only.error().text();
    EXPECT_EQ(load_image(**source, *only, "amd64")->ebpf, "amd object");
    EXPECT_TRUE(pick_image(**source, "one").ok());
    EXPECT_FALSE(pick_image(**source, "two").ok());
  }
  {
    LayoutStore store = open_store(folder / "s");
    ASSERT_TRUE(store.tag(as_ref("one"), as_ref("two")).ok());
    auto several = pick_image(store);
    EXPECT_NE(several.error().hint.find("one, two"), std::string::npos) << several.error().text();
  }
  EXPECT_FALSE(open_layout_source(folder / "absent").ok());
  EXPECT_FALSE(open_layout_source(folder.path()).ok());
  EXPECT_FALSE(open_layout_source("/dev/null").ok());
}

// Tar files as an attacker writes them.
class OddTar {
 public:
  OddTar() : tar_(archive_write_new()), bytes_(1 << 20, '\0') {
    archive_write_set_format_pax_restricted(tar_);
    archive_write_open_memory(tar_, bytes_.data(), bytes_.size(), &used_);
  }
  OddTar(const OddTar&) = delete;
  OddTar& operator=(const OddTar&) = delete;
  ~OddTar() { archive_write_free(tar_); }

  OddTar& add(const std::string& path, std::string_view content, unsigned type = AE_IFREG,
              const char* link = nullptr) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, path.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    if (link != nullptr && type == AE_IFLNK) archive_entry_set_symlink(entry, link);
    if (link != nullptr && type == AE_IFREG) archive_entry_set_hardlink(entry, link);
    EXPECT_EQ(archive_write_header(tar_, entry), ARCHIVE_OK) << archive_error_string(tar_);
    archive_write_data(tar_, content.data(), content.size());
    archive_entry_free(entry);
    return *this;
  }
  OddTar& layout() { return add("oci-layout", kLayoutFileBytes); }
  OddTar& image(const std::string& name) {
    std::string inner = *serialize(Index{});
    Index index;
    index.manifests.push_back({.media_type = std::string(media::kIndex),
                               .digest = sha256(inner),
                               .size = inner.size(),
                               .artifact_type = "",
                               .annotations = {},
                               .platform = {}});
    if (!name.empty()) index.manifests[0].annotations[std::string(annotation::kRefName)] = name;
    add("./blobs/sha256/" + sha256(inner).hex(), inner);
    return add("index.json", *serialize(index));
  }
  std::string bytes() {
    archive_write_close(tar_);
    return bytes_.substr(0, used_);
  }

 private:
  archive* tar_;
  std::string bytes_;
  size_t used_ = 0;
};

TEST(Tarball, RefusesHostileEntries) {
  auto error_of = [](OddTar& tar) {
    auto layout = MemoryLayout::from_tar_bytes(tar.bytes(), "t");
    return layout.ok() ? std::string() : layout.error().message;
  };
  {
    OddTar good;
    EXPECT_EQ(error_of(good.layout().image("a").add("manifest.json", "{}").add("blobs/sha256/.tmp-1", "x")),
              "");
  }
  struct Case {
    const char* path;
    unsigned type;
    const char* link;
    const char* error;
  };
  for (const Case& c :
       {Case{"/etc/passwd", AE_IFREG, nullptr, "absolute"}, Case{"a/../../b", AE_IFREG, nullptr, "out of"},
        Case{"blobs/x", AE_IFLNK, "/etc/passwd", "neither"},
        Case{"index.json", AE_IFREG, "oci-layout", "neither"}, Case{"dev", AE_IFCHR, nullptr, "neither"},
        Case{"fifo", AE_IFIFO, nullptr, "neither"}}) {
    OddTar tar;
    EXPECT_NE(error_of(tar.layout().image("a").add(c.path, "", c.type, c.link)).find(c.error),
              std::string::npos)
        << c.path << ": " << error_of(tar);
  }
  OddTar wrong_blob;
  EXPECT_NE(error_of(wrong_blob.layout().image("a").add("blobs/sha256/" + std::string(64, '0'), "x"))
                .find("damaged"),
            std::string::npos);
  OddTar twice;
  EXPECT_NE(error_of(twice.layout().image("a").image("b")).find("twice"), std::string::npos);
  OddTar no_index;
  EXPECT_NE(error_of(no_index.layout()).find("index.json"), std::string::npos);
  OddTar no_layout;
  EXPECT_NE(error_of(no_layout.image("a")).find("oci-layout"), std::string::npos);
}

TEST(Tarball, TruncatedOrNoTarAtAll) {
  OddTar tar;
  std::string bytes = tar.layout().image("a").bytes();
  ASSERT_TRUE(MemoryLayout::from_tar_bytes(bytes, "t").ok());
  for (size_t size : {size_t{0}, size_t{1}, size_t{511}, size_t{600}, size_t{1100}, size_t{2000}}) {
    EXPECT_FALSE(MemoryLayout::from_tar_bytes(bytes.substr(0, size), "t").ok()) << size;
  }
  EXPECT_FALSE(MemoryLayout::from_tar_bytes(std::string(5000, 'x'), "t").ok());
}

TEST(Tarball, ImportIsAllOrNothing) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  auto import = [&](const std::string& bytes, std::optional<Reference> rename = std::nullopt) {
    std::ofstream(folder / "t.tar", std::ios::binary) << bytes;
    base::Fd fd = open_for(folder / "t.tar", O_RDONLY);
    return import_images(store, fd.get(), "t.tar", rename);
  };
  OddTar bad_end;
  EXPECT_FALSE(import(bad_end.layout().image("a").add("../x", "").bytes()).ok());
  OddTar nameless;
  std::string bytes = nameless.layout().image("").bytes();
  auto error = import(bytes).error();
  EXPECT_NE(error.hint.find("--tag"), std::string::npos) << error.text();
  OddTar incomplete;
  Index index;
  index.manifests.push_back({.media_type = std::string(media::kIndex),
                             .digest = sha256("absent"),
                             .size = 6,
                             .artifact_type = "",
                             .annotations = {{std::string(annotation::kRefName), "a"}},
                             .platform = {}});
  EXPECT_FALSE(import(incomplete.layout().add("index.json", *serialize(index)).bytes()).ok());
  EXPECT_TRUE(store.list()->empty());
  EXPECT_EQ(count_files(folder / "s/blobs/sha256"), 0u);
  ASSERT_TRUE(import(bytes, as_ref("named")).ok());
  EXPECT_TRUE(store.resolve(as_ref("named")).ok());
}

TEST(Tarball, FullDiskIsAnError) {
  TestFolder folder;
  LayoutStore store = open_store(folder / "s");
  (void)*build_image(store, as_ref("one"), sample_input());
  base::Fd full = open_for("/dev/full", O_WRONLY);
  EXPECT_FALSE(export_images({{&store, store.list()->at(0)}}, full.get(), "/dev/full").ok());
}

}  // namespace
}  // namespace gadgetry::oci
