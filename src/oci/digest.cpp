#include "oci/digest.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.hpp"
#include "base/strings.hpp"

namespace gadgetry::oci {

using base::Error;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kPrefix = "sha256:";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

Result<Digest> Digest::parse(std::string_view text) {
  if (!text.starts_with(kPrefix)) {
    return Error::usage("digest \"" + base::printable(text.substr(0, 100)) +
                        "\": does not start with sha256:")
        .with_hint("only SHA-256 digests are supported");
  }
  return parse_hex(text.substr(kPrefix.size()));
}

Result<Digest> Digest::parse_hex(std::string_view hex) {
  std::array<uint8_t, 32> bytes{};
  if (hex.size() != 2 * bytes.size()) {
    return Error::usage("digest: has " + std::to_string(hex.size()) + " digits instead of 64");
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    int high = hex_value(hex[2 * i]);
    int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      return Error::usage("digest \"" + base::printable(hex) + "\": not lower-case hexadecimal");
    }
    bytes[i] = static_cast<uint8_t>(high * 16 + low);
  }
  return Digest(bytes);
}

std::string Digest::hex() const {
  return base::hex(bytes_.data(), bytes_.size());
}

struct Sha256::State {
  EVP_MD_CTX* context = nullptr;
};

// The EVP calls can fail only when memory runs out or the provider is gone: nothing can be verified any more.
static void require(bool good) {
  if (!good) std::abort();
}

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->context = EVP_MD_CTX_new();
  require(state_->context != nullptr && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(state_->context);
}

void Sha256::update(std::string_view bytes) {
  require(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::finish() {
  std::array<uint8_t, 32> bytes{};
  require(EVP_DigestFinal_ex(state_->context, bytes.data(), nullptr) == 1);
  return Digest(bytes);
}

Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Result<Digest> sha256_file(const std::string& path, size_t limit) {
  GADGETRY_ASSIGN(base::Fd fd, base::open_file(path, O_RDONLY | O_NONBLOCK));
  Sha256 hash;
  std::array<char, 65536> chunk{};
  for (size_t total = 0;;) {
    ssize_t n = ::read(fd.get(), chunk.data(), chunk.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error::system(path, errno);
    if (n == 0) return hash.finish();
    total += static_cast<size_t>(n);
    if (total > limit) {
      return Error(path + ": larger than the limit of " + std::to_string(limit) + " bytes");
    }
    hash.update({chunk.data(), static_cast<size_t>(n)});
  }
}

Status verify(const Digest& expected, std::string_view bytes) {
  Digest actual = sha256(bytes);
  if (actual == expected) return {};
  return Error("blob " + expected.to_string() + ": damaged: its content hashes to " + actual.to_string());
}

}  // namespace gadgetry::oci
