#include "oci/reference.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/strings.hpp"

namespace gadgetry::oci {

using base::Error;
using base::Result;

namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c);
}

// [a-z0-9]+ joined by ".", "_", "__" or any number of "-".
bool valid_component(std::string_view text) {
  auto alnum = [](char c) { return is_lower(c) || is_digit(c); };
  if (text.empty() || !alnum(text.front()) || !alnum(text.back())) return false;
  for (size_t i = 0; i < text.size();) {
    if (alnum(text[i])) {
      ++i;
      continue;
    }
    size_t run = i;
    while (run < text.size() && text[run] == text[i]) ++run;
    size_t length = run - i;
    bool good = text[i] == '-' || (text[i] == '_' && length <= 2) || (text[i] == '.' && length == 1);
    if (!good || run == text.size() || !alnum(text[run])) return false;
    i = run;
  }
  return true;
}

bool valid_host(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    std::string_view address = host.substr(1, host.size() - 2);
    return address.find_first_not_of("0123456789abcdefABCDEF:") == std::string_view::npos;
  }
  for (std::string_view label : base::split(host, '.')) {
    if (label.empty() || !is_word(label.front()) || !is_word(label.back())) return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_word(c) || c == '-'; })) return false;
  }
  return true;
}

bool valid_registry(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) return valid_host(text);
  auto port = base::parse_int<uint16_t>(text.substr(colon + 1));
  return port.has_value() && is_digit(text[colon + 1]) && valid_host(text.substr(0, colon));
}

bool valid_tag(std::string_view text) {
  if (text.empty() || text.size() > limits::kTagBytes || !(is_word(text.front()) || text.front() == '_')) {
    return false;
  }
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
}

struct Name {
  std::string registry;
  std::string repository;
};

// The first component is a registry when it could not be part of a repository, or is "localhost".
Name complete_name(std::string_view text) {
  size_t slash = text.find('/');
  std::string_view first = text.substr(0, slash);
  bool has_registry = slash != std::string_view::npos &&
                      (first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
                       std::any_of(first.begin(), first.end(), is_upper));
  Name name;
  name.registry = has_registry ? first : kDefaultRegistry;
  name.repository = has_registry ? text.substr(slash + 1) : text;
  if (name.registry == kDefaultRegistry && name.repository.find('/') == std::string::npos) {
    name.repository.insert(0, kDefaultPrefix);
  }
  return name;
}

Error bad(std::string_view text, const std::string& why) {
  return Error::usage("image name \"" + base::printable(text.substr(0, 300)) + "\": " + why);
}

}  // namespace

Result<Reference> Reference::parse(std::string_view text) {
  if (text.empty()) return bad(text, "empty").with_hint("write NAME, NAME:TAG or NAME@sha256:DIGEST");
  if (text.size() > limits::kReferenceBytes + limits::kTagBytes + 80) return bad(text, "too long");
  Reference out;
  std::string_view rest = text;
  if (size_t at = rest.find('@'); at != std::string_view::npos) {
    auto digest = Digest::parse(rest.substr(at + 1));
    if (!digest.ok()) return std::move(digest.error()).context(bad(text, "bad digest").message);
    out.digest_ = *digest;
    rest = rest.substr(0, at);
  }
  size_t slash = rest.rfind('/');
  size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)) {
    std::string_view tag = rest.substr(colon + 1);
    if (!valid_tag(tag)) {
      return bad(text, "the tag \"" + base::printable(tag) + "\" is not valid")
          .with_hint("a tag has up to 128 letters, digits, _ . - and starts with a letter, a digit or _");
    }
    out.tag_ = tag;
    rest = rest.substr(0, colon);
  } else if (!out.digest_) {
    out.tag_ = kDefaultTag;
  }
  Name name = complete_name(rest);
  if (!valid_registry(name.registry)) {
    return bad(text, "the registry \"" + base::printable(name.registry) + "\" is not valid");
  }
  for (std::string_view component : base::split(name.repository, '/')) {
    if (!valid_component(component)) {
      return bad(text, "the part \"" + base::printable(component) + "\" is not valid")
          .with_hint("names are lower-case letters and digits, with single . _ or - between them");
    }
  }
  if (name.registry.size() + 1 + name.repository.size() > limits::kReferenceBytes) {
    return bad(text, "longer than 255 characters");
  }
  out.registry_ = std::move(name.registry);
  out.repository_ = std::move(name.repository);
  return out;
}

std::string Reference::to_string() const {
  std::string out = name();
  if (!tag_.empty()) out += ":" + tag_;
  if (digest_) out += "@" + digest_->to_string();
  return out;
}

std::string Reference::short_repository() const {
  if (registry_ != kDefaultRegistry) return name();
  std::string_view repository = repository_;
  auto completes = [&](std::string_view text) {
    Name completed = complete_name(text);
    return completed.registry == registry_ && completed.repository == repository_;
  };
  if (repository.starts_with(kDefaultPrefix) && completes(repository.substr(kDefaultPrefix.size()))) {
    return std::string(repository.substr(kDefaultPrefix.size()));
  }
  return completes(repository) ? repository_ : name();
}

std::string Reference::short_name() const {
  std::string out = short_repository();
  if (!tag_.empty() && tag_ != kDefaultTag) out += ":" + tag_;
  if (digest_) out += "@" + digest_->to_string();
  return out;
}

std::optional<Reference> Reference::without_digest() const {
  if (tag_.empty()) return std::nullopt;
  Reference out = *this;
  out.digest_.reset();
  return out;
}

}  // namespace gadgetry::oci
