// SPDX-License-Identifier: Apache-2.0
// Whole numbers without a limit: digits of pi and e, a factorial, by operators and templates.
// guest-args: 150
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

class Natural {
 public:
  Natural(std::uint64_t value = 0) {  // NOLINT: numbers convert
    for (; value != 0; value >>= 32) limbs_.push_back(static_cast<std::uint32_t>(value));
  }
  friend Natural operator+(const Natural& a, const Natural& b) {
    Natural out;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < std::max(a.limbs_.size(), b.limbs_.size()) || carry != 0; ++i) {
      carry += std::uint64_t{a.limb(i)} + b.limb(i);
      out.limbs_.push_back(static_cast<std::uint32_t>(carry));
      carry >>= 32;
    }
    return out;
  }
  friend Natural operator-(const Natural& a, const Natural& b) {  // a >= b
    Natural out;
    std::int64_t borrow = 0;
    for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
      borrow += std::int64_t{a.limb(i)} - b.limb(i);
      out.limbs_.push_back(static_cast<std::uint32_t>(borrow));
      borrow >>= 32;
    }
    return out.trim();
  }
  friend Natural operator*(const Natural& a, const Natural& b) {
    Natural out;
    out.limbs_.resize(a.limbs_.size() + b.limbs_.size());
    for (std::size_t i = 0; i < a.limbs_.size(); ++i) {
      std::uint64_t carry = 0;
      for (std::size_t j = 0; j < b.limbs_.size() || carry != 0; ++j) {
        carry += out.limbs_[i + j] + std::uint64_t{a.limbs_[i]} * b.limb(j);
        out.limbs_[i + j] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
      }
    }
    return out.trim();
  }
  std::pair<Natural, std::uint32_t> divide(std::uint32_t by) const {
    Natural out = *this;
    std::uint64_t rest = 0;
    for (std::size_t i = limbs_.size(); i-- > 0;) {
      rest = rest << 32 | limbs_[i];
      out.limbs_[i] = static_cast<std::uint32_t>(rest / by);
      rest %= by;
    }
    return {out.trim(), static_cast<std::uint32_t>(rest)};
  }
  friend bool operator<(const Natural& a, const Natural& b) {
    if (a.limbs_.size() != b.limbs_.size()) return a.limbs_.size() < b.limbs_.size();
    return std::lexicographical_compare(a.limbs_.rbegin(), a.limbs_.rend(), b.limbs_.rbegin(), b.limbs_.rend());
  }
  bool zero() const { return limbs_.empty(); }
  std::string text() const {
    std::string out;
    for (Natural at = *this; !at.zero();) {
      auto [quotient, rest] = at.divide(1000000000);
      at = std::move(quotient);
      for (int i = 0; i < 9 && (rest != 0 || !at.zero()); ++i, rest /= 10) out += static_cast<char>('0' + rest % 10);
    }
    std::reverse(out.begin(), out.end());
    return out.empty() ? "0" : out;
  }

 private:
  std::uint32_t limb(std::size_t i) const { return i < limbs_.size() ? limbs_[i] : 0; }
  Natural& trim() {
    while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
    return *this;
  }
  std::vector<std::uint32_t> limbs_;
};

// scale * atan(1 / x), Machin's way
Natural inverse_tangent(const Natural& scale, std::uint32_t x) {
  Natural plus, minus, term = scale.divide(x).first;
  for (std::uint32_t n = 1; !term.zero(); n += 2, term = term.divide(x * x).first)
    (n % 4 == 1 ? plus : minus) = (n % 4 == 1 ? plus : minus) + term.divide(n).first;
  return plus - minus;
}

}  // namespace

int main(int argc, char** argv) {
  int digits = argc > 1 ? std::atoi(argv[1]) : 20;
  Natural scale = 1;
  for (int i = 0; i < digits + 10; ++i) scale = scale * Natural(10);
  Natural pi = Natural(16) * inverse_tangent(scale, 5) - Natural(4) * inverse_tangent(scale, 239);
  std::printf("%s\n", pi.text().substr(0, static_cast<std::size_t>(digits)).c_str());
  Natural e, term = scale;
  for (std::uint32_t n = 1; !term.zero(); term = term.divide(n++).first) e = e + term;
  std::printf("%s\n", e.text().substr(0, static_cast<std::size_t>(digits)).c_str());
  Natural factorial = 1;
  for (std::uint32_t i = 2; i <= 100; ++i) factorial = factorial * Natural(i);
  std::printf("%s %d\n", factorial.text().c_str(), pi < e ? 1 : 2);
  return 0;
}
