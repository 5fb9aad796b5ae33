// SPDX-License-Identifier: Apache-2.0
// The standard library: containers, algorithms, strings, smart pointers, virtual calls, templates; no exceptions.
// guest-args: alpha beta gamma alpha
// guest-exit: 4
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual std::string name() const { return "shape"; }
};
struct Circle final : Shape {
  explicit Circle(double r) : radius(r) {}
  double area() const override { return 3.140625 * radius * radius; }
  std::string name() const override { return "circle"; }
  double radius;
};
struct Rectangle : Shape {
  Rectangle(double a, double b) : width(a), height(b) {}
  double area() const override { return width * height; }
  std::string name() const override { return width == height ? "square" : "rectangle"; }
  double width, height;
};

template <typename T, std::size_t N>
struct Matrix {
  std::array<std::array<T, N>, N> cells{};
  Matrix operator*(const Matrix& other) const {
    Matrix out;
    for (std::size_t i = 0; i < N; ++i)
      for (std::size_t j = 0; j < N; ++j)
        for (std::size_t k = 0; k < N; ++k) out.cells[i][j] += cells[i][k] * other.cells[k][j];
    return out;
  }
};

template <typename T, std::size_t N>
Matrix<T, N> power(Matrix<T, N> base, unsigned exponent) {
  Matrix<T, N> out;
  for (std::size_t i = 0; i < N; ++i) out.cells[i][i] = 1;
  for (; exponent != 0; exponent >>= 1, base = base * base)
    if (exponent & 1) out = out * base;
  return out;
}

constexpr std::uint64_t factorial(unsigned n) { return n == 0 ? 1 : n * factorial(n - 1); }
static_assert(factorial(20) == 2432902008176640000u);

using Value = std::variant<long long, double, std::string, std::vector<int>>;

std::string describe(const Value& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return "\"" + v + "\"";
        } else if constexpr (std::is_same_v<T, std::vector<int>>) {
          std::string out = "[";
          for (int x : v) out += (out.size() > 1 ? "," : "") + std::to_string(x);
          return out + "]";
        } else {
          return std::to_string(v);
        }
      },
      value);
}

class Expression {  // the grammar of sums and products, by recursive descent
 public:
  explicit Expression(std::string_view text) : text_(text) {}
  std::optional<long long> value() {
    auto result = sum();
    return text_.empty() ? result : std::nullopt;
  }

 private:
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::optional<long long> atom() {
    if (take('(')) {
      auto inner = sum();
      return take(')') ? inner : std::nullopt;
    }
    long long number = 0;
    auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), number);
    if (error != std::errc()) return std::nullopt;
    text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
    return number;
  }
  std::optional<long long> product() {
    auto left = atom();
    while (left && take('*')) {
      auto right = atom();
      if (!right) return std::nullopt;
      left = *left * *right;
    }
    return left;
  }
  std::optional<long long> sum() {
    auto left = product();
    while (left && !text_.empty() && (text_.front() == '+' || text_.front() == '-')) {
      bool plus = take('+') || !take('-');
      auto right = product();
      if (!right) return std::nullopt;
      left = plus ? *left + *right : *left - *right;
    }
    return left;
  }
  std::string_view text_;
};

void shortest_paths() {
  constexpr int kNodes = 200;
  std::vector<std::vector<std::pair<int, int>>> edges(kNodes);
  std::uint32_t seed = 3;
  for (int i = 0; i < kNodes * 4; ++i) {
    seed = seed * 1664525 + 1013904223;
    edges[seed >> 8 & 127].emplace_back(static_cast<int>(seed >> 16) % kNodes, static_cast<int>(seed >> 27) + 1);
  }
  std::vector<int> distance(kNodes, -1);
  std::priority_queue<std::pair<int, int>, std::vector<std::pair<int, int>>, std::greater<>> open;
  open.emplace(0, 0);
  while (!open.empty()) {
    auto [far, node] = open.top();
    open.pop();
    if (distance[static_cast<std::size_t>(node)] >= 0) continue;
    distance[static_cast<std::size_t>(node)] = far;
    for (auto [to, length] : edges[static_cast<std::size_t>(node)]) open.emplace(far + length, to);
  }
  std::printf("paths: reached %d, farthest %d, sum %d\n",
              static_cast<int>(std::count_if(distance.begin(), distance.end(), [](int d) { return d >= 0; })),
              *std::max_element(distance.begin(), distance.end()), std::accumulate(distance.begin(), distance.end(), 0));
}

int destroyed = 0;
struct Counted {
  ~Counted() { ++destroyed; }
};
struct Static {
  Static() { std::puts("constructed before main"); }
  ~Static() { std::puts("destroyed after main"); }
} static_object;

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, int> counts;
  for (int i = 1; i < argc; ++i) ++counts[argv[i]];
  for (const auto& [word, count] : counts) std::printf("%s: %d\n", word.c_str(), count);

  std::vector<std::unique_ptr<Shape>> shapes;
  for (int i = 1; i < 6; ++i) {
    if (i % 2) {
      shapes.push_back(std::make_unique<Circle>(i * 0.5));
    } else {
      shapes.push_back(std::make_unique<Rectangle>(i, 4));
    }
  }
  std::sort(shapes.begin(), shapes.end(), [](const auto& a, const auto& b) { return a->area() > b->area(); });
  for (const auto& shape : shapes) std::printf("%s %.6f %s\n", shape->name().c_str(), shape->area(), dynamic_cast<Circle*>(shape.get()) ? "round" : "edged");

  Matrix<std::uint64_t, 2> fibonacci;
  fibonacci.cells = {{{1, 1}, {1, 0}}};
  std::printf("fibonacci(90) = %llu, 20! = %llu\n", static_cast<unsigned long long>(power(fibonacci, 90).cells[0][1]),
              static_cast<unsigned long long>(factorial(20)));

  for (const Value& value : {Value(42LL), Value(2.5), Value(std::string("text")), Value(std::vector<int>{1, 2, 3})})
    std::printf("%s ", describe(value).c_str());
  std::puts("");

  for (std::string_view text : {"1+2*3", "(1+2)*3-4*(5-6)", "2*(3", "7-", "123456789*987654321"}) {
    auto value = Expression(text).value();
    std::printf("%.*s = %s\n", static_cast<int>(text.size()), text.data(), value ? std::to_string(*value).c_str() : "error");
  }

  std::unordered_map<std::string, int> index;
  std::set<int> members;
  for (int i = 0; i < 5000; ++i) {
    index["k" + std::to_string(i * 7919 % 5003)] = i;
    members.insert(i * i % 1009);
  }
  long long total = 0;
  for (int i = 0; i < 5003; ++i)
    if (auto found = index.find("k" + std::to_string(i)); found != index.end()) total += 1LL * found->second * (i + 1);
  std::printf("index %d, total %lld, members %d\n", static_cast<int>(index.size()), total, static_cast<int>(members.size()));

  std::deque<int> queue;
  std::list<int> list;
  for (int i = 0; i < 1000; ++i) {
    (i % 3 ? queue.push_back(i) : queue.push_front(i));
    list.insert(i % 2 ? list.begin() : list.end(), i);
  }
  list.sort([](int a, int b) { return a % 10 != b % 10 ? a % 10 < b % 10 : a < b; });
  list.remove_if([](int x) { return x % 7 == 0; });
  std::printf("queue %d %d, list %d %d %d\n", queue.front(), queue.back(), list.front(), list.back(), static_cast<int>(list.size()));

  std::string text = "wasmcore interprets what wasm compilers emit";
  std::rotate(text.begin(), text.begin() + 9, text.end());
  std::reverse(text.begin() + 5, text.begin() + 15);
  std::printf("%s %d\n", text.c_str(), static_cast<int>(text.find("wasm")));

  {
    auto shared = std::make_shared<Counted>();
    std::vector<std::shared_ptr<Counted>> copies(100, shared);
    std::function<int(int)> add = [shared](int x) { return x + static_cast<int>(shared.use_count()); };
    std::printf("shared %d\n", add(1));
  }
  std::tuple<int, std::string> tuple{destroyed, "destroyed"};
  std::printf("%d %s\n", std::get<0>(tuple), std::get<1>(tuple).c_str());
  shortest_paths();
  return argc - 1;
}
