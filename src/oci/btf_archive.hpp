// The BTF archive of an image: a tar.gz with the types of kernels that have none of their own, one file for
// each kernel: ID/VERSION_ID/ARCH/RELEASE.btf ("ubuntu/20.04/x86_64/5.4.0-42-generic.btf"), the names of
// BTFHub.
//
// Archives are untrusted: files go to memory, sizes are bounded, links and climbing paths are errors.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::oci {

// Byte for byte the same for the same files.
base::Result<std::string> write_btf_archive(const std::map<std::string, std::string>& files);

// The file of that path; empty when the archive has none.
base::Result<std::optional<std::string>> find_in_btf_archive(std::string_view archive, std::string_view path);

// Calls visit(path, bytes) for each regular file of a tar (packed with gzip, zstd or not at all) whose path
// wants() says yes to, until it returns true. Files larger than limit are an error.
base::Status walk_tar(std::string_view archive, size_t limit,
                      const std::function<bool(const std::string& path)>& wants,
                      const std::function<bool(const std::string& path, std::string&& bytes)>& visit);

}  // namespace gadgetry::oci
