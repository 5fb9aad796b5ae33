#include "wasm/field_access.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wasm/test_guest.hpp"

namespace gadgetry::wasm {
namespace {

using data::Kind;

// A record whose program sent only the beginning of the struct.
class ShortSample : public testing::Test {
 protected:
  ShortSample() : guest_(""), source_(guest_.environment.add("events")) {
    number_ = add("number", Kind::kUint32, 0, 4);
    text_ = add("text", Kind::kCString, 4, 16);
    last_ = add("last", Kind::kUint64, 24, 8);
    source_.set_sample_size(32);
    packet_.source = &source_;
    packet_.own.arena = &packet_.arena;
    packet_.batch = &packet_.own;
    record_.sample = reinterpret_cast<const uint8_t*>(sent_.data());
    record_.sample_size = static_cast<uint32_t>(sent_.size());
    // What was in the memory before must not come out.
    std::memset(packet_.arena.allocate(4096), 0xee, 4096);
    packet_.arena.reset();
  }

  const data::Field* add(const char* name, Kind kind, uint32_t offset, uint32_t size) {
    data::Field field;
    field.name = name;
    field.kind = kind;
    field.offset = offset;
    field.size = size;
    return *source_.add_field(std::move(field));
  }
  void write_text(std::string_view text) {
    EXPECT_EQ(write_bytes(guest_.host(), packet_, record_, *text_, text, text_->offset, text_->size),
              nullptr);
  }

  TestGuest guest_;
  data::DataSource& source_;
  const data::Field* number_ = nullptr;
  const data::Field* text_ = nullptr;
  const data::Field* last_ = nullptr;
  Packet packet_;
  data::Record record_;
  const std::string sent_{"\7\0\0\0xy", 6};
};

TEST_F(ShortSample, TextIsWritten) {
  write_text("abcdef");
  EXPECT_EQ(data::read_text(record_, *text_), "abcdef");
  EXPECT_EQ(raw_bytes(record_, source_, *text_), "abcdef");
  EXPECT_EQ(read_scalar_bits(record_, *number_), 7u);
  EXPECT_EQ(read_scalar_bits(record_, *last_), 0u);
  EXPECT_EQ(sent_, std::string("\7\0\0\0xy", 6)) << "the ring's memory stays as it is";
}

TEST_F(ShortSample, WhatLiesBetweenIsZero) {
  write_scalar(packet_, record_, *last_, 0x1122334455667788u, last_->offset);
  EXPECT_EQ(read_scalar_bits(record_, *last_), 0x1122334455667788u);
  EXPECT_EQ(data::read_text(record_, *text_), "xy");
  EXPECT_EQ(raw_bytes(record_, source_, *text_), std::string("xy") + std::string(14, '\0'));
}

TEST_F(ShortSample, ShorterTextLeavesNothingOfTheLongerOne) {
  write_text("0123456789");
  write_scalar(packet_, record_, *last_, 1, last_->offset);
  write_text("z");
  EXPECT_EQ(raw_bytes(record_, source_, *text_), std::string("z") + std::string(15, '\0'));
  write_text("");
  EXPECT_EQ(data::read_text(record_, *text_), "");
  EXPECT_EQ(read_scalar_bits(record_, *last_), 1u);
}

TEST_F(ShortSample, TextThatIsTooLongIsRefused) {
  std::string text(17, 'a');
  EXPECT_NE(write_bytes(guest_.host(), packet_, record_, *text_, text, text_->offset, text_->size), nullptr);
  EXPECT_EQ(data::read_text(record_, *text_), "xy");
}

}  // namespace
}  // namespace gadgetry::wasm
