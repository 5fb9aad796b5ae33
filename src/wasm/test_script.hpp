// Host functions called by a module that a test writes call by call.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {

// A module that makes calls one after the other, written by the test; then the test looks at its memory.
class TestScript {
 public:
  struct Out {
    uint32_t address;
    std::string buffer;   // capacity << 32 | address
    std::string pointer;  // the address alone
  };

  std::string text(const std::string& text) {
    std::string escaped;
    for (char c : text) {
      char hex[4];
      std::snprintf(hex, sizeof hex, "\\%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      escaped += hex;
    }
    data_ += " (data (i32.const " + std::to_string(next_) + ") \"" + escaped + "\")";
    return take(static_cast<uint32_t>(text.size())).buffer;
  }
  Out out(uint32_t size) { return take(size); }
  static std::string i32(uint32_t value) {
    return "(i32.const " + std::to_string(static_cast<int32_t>(value)) + ")";
  }
  static std::string i64(uint64_t value) {
    return "(i64.const " + std::to_string(static_cast<int64_t>(value)) + ")";
  }
  static std::string load(const Out& out) { return "(i32.load " + out.pointer + ")"; }

  // Returns the number of the call.
  size_t call(const std::string& module, const std::string& name, const std::vector<std::string>& args) {
    const AbiFunction* function = find_abi_function(module, name);
    EXPECT_NE(function, nullptr) << name;
    std::string params;
    size_t colon = function->signature.find(':');
    for (char letter : function->signature.substr(0, colon)) params += letter == 'i' ? " i32" : " i64";
    EXPECT_EQ(args.size(), colon) << name;
    std::string id = "$f" + std::to_string(results_.size());
    imports_ +=
        " (import \"" + module + "\" \"" + name + "\" (func " + id + " (param" + params + ") (result i32)))";
    Out result = take(4);
    body_ += " (i32.store " + result.pointer + " (call " + id;
    for (const std::string& arg : args) body_ += " " + arg;
    body_ += "))";
    results_.push_back(result.address);
    return results_.size() - 1;
  }

  // Runs it in gadgetInit, or in another function of the lifecycle.
  bool run(Environment& environment, HostOptions options = {}, const std::string& where = "gadgetInit") {
    std::string whole =
        "(module" + imports_ + data_ +
        " (memory (export \"memory\") 4) (func (export \"gadgetAPIVersion\") (result i64) i64.const 1)"
        " (func (export \"" +
        where + "\") (result i32)" + body_ + " i32.const 0))";
    options.name = "script";
    auto module = Module::load("script", assemble(whole));
    EXPECT_TRUE(module.ok()) << module.error().text();
    auto host = Host::create(*module, std::move(options), environment);
    EXPECT_TRUE(host.ok()) << host.error().text();
    host_ = std::move(*host);
    for (auto step : {&Host::init, &Host::pre_start, &Host::start}) {
      auto status = (host_.get()->*step)();
      EXPECT_TRUE(status.ok()) << status.error().text();
      if (!status.ok()) return false;
    }
    return true;
  }

  template <typename T>
  T value(const Out& out) {
    return *host_->memory().get<T>(out.address);
  }
  std::string bytes(const Out& out, uint32_t size) {
    const uint8_t* at = host_->memory().range(out.address, size);
    return {reinterpret_cast<const char*>(at), size};
  }
  uint32_t result(size_t call) { return *host_->memory().get<uint32_t>(results_[call]); }
  Code code(size_t call) { return static_cast<Code>(result(call)); }
  const std::string& last_error() { return host_->last_error(); }

 private:
  Out take(uint32_t size) {
    Out out{next_, i64(uint64_t{size} << 32 | next_), i32(next_)};
    next_ = (next_ + size + 7) & ~7u;
    return out;
  }

  std::string imports_;
  std::string data_;
  std::string body_;
  std::vector<uint32_t> results_;
  uint32_t next_ = 1024;
  std::unique_ptr<Host> host_;
};

}  // namespace gadgetry::wasm
