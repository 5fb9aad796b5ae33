// Names of images: "trace_open", "name:tag", "name@sha256:...",
// "registry.example:5000/team/name:tag@sha256:...".
//
// The grammar is the one of container registries. Short names are completed the way existing gadget images
// expect it; the constants below are the only place that knows the defaults.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oci/digest.hpp"

namespace gadgetry::oci {

inline constexpr std::string_view kDefaultRegistry = "ghcr.io";
inline constexpr std::string_view kDefaultPrefix = "inspektor-gadget/gadget/";  // for one-word names
inline constexpr std::string_view kDefaultTag = "latest";

// An image name with every default filled in. Invariant: what parse() accepted.
class Reference {
 public:
  // A usage error names the part that is wrong. A reference with a digest and no tag keeps an empty tag.
  static base::Result<Reference> parse(std::string_view text);

  const std::string& registry() const { return registry_; }      // "ghcr.io", "localhost:5000"
  const std::string& repository() const { return repository_; }  // "inspektor-gadget/gadget/trace_open"
  const std::string& tag() const { return tag_; }                // empty only when there is a digest
  const std::optional<Digest>& digest() const { return digest_; }

  std::string name() const { return registry_ + "/" + repository_; }
  // The full form: "ghcr.io/inspektor-gadget/gadget/trace_open:latest". parse(to_string()) is the same
  // reference.
  std::string to_string() const;

  // The shortest repository that parse() completes to name(): "trace_open".
  std::string short_repository() const;
  // short_repository() with the tag, unless it is the default one, and the digest: "trace_open",
  // "trace_open:v1".
  std::string short_name() const;

  // The same name with the tag alone; empty when there is no tag.
  std::optional<Reference> without_digest() const;

  friend bool operator==(const Reference&, const Reference&) = default;

 private:
  Reference() = default;

  std::string registry_;
  std::string repository_;
  std::string tag_;
  std::optional<Digest> digest_;
};

}  // namespace gadgetry::oci
