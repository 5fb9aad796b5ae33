// SHA-256 digests: the names of blobs.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::oci {

// 32 bytes, written "sha256:<64 lower-case hex digits>". Other algorithms are refused with a clear error.
class Digest {
 public:
  Digest() = default;
  explicit Digest(const std::array<uint8_t, 32>& bytes) : bytes_(bytes) {}

  static base::Result<Digest> parse(std::string_view text);
  static base::Result<Digest> parse_hex(std::string_view hex);  // without "sha256:"

  std::string hex() const;
  std::string to_string() const { return "sha256:" + hex(); }
  std::string short_hex() const { return hex().substr(0, 12); }  // for display

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::array<uint8_t, 32> bytes_{};
};

// Hashes a stream piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view bytes);
  Digest finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);
// The digest of a file of at most limit bytes.
base::Result<Digest> sha256_file(const std::string& path, size_t limit);
// Fails when bytes do not hash to expected.
base::Status verify(const Digest& expected, std::string_view bytes);

}  // namespace gadgetry::oci
