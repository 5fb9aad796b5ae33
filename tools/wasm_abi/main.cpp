// Writes what is made from src/wasm/abi_table.inc: declarations for authors of modules, and the reference.
//
//   wasm_abi_gen c | c-calls | rust | go
//   wasm_abi_gen docs TEMPLATE
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "table.hpp"

namespace {

std::optional<std::string> read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::optional<std::string> generate(std::string_view what, const char* argument) {
  if (what == "c") return wasm_abi::c_header();
  if (what == "c-calls") return wasm_abi::c_calls();
  if (what == "rust") return wasm_abi::rust_module();
  if (what == "go") return wasm_abi::go_file();
  if (what == "docs" && argument != nullptr) {
    std::optional<std::string> text = read_file(argument);
    if (text) return wasm_abi::docs(*text);
    std::fprintf(stderr, "error: %s: cannot be read\n", argument);
    return std::nullopt;
  }
  std::fputs("usage: wasm_abi_gen c | c-calls | rust | go | docs TEMPLATE\n", stderr);
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  std::optional<std::string> text = generate(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : nullptr);
  if (!text) return 2;
  bool is_written = std::fwrite(text->data(), 1, text->size(), stdout) == text->size();
  return std::fflush(stdout) == 0 && is_written ? 0 : 1;
}
