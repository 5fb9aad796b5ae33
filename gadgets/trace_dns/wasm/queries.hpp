// SPDX-License-Identifier: Apache-2.0
// Queries that wait for their response: a table of fixed size in which old ones make room for new ones.
#pragma once

#include <stdint.h>

namespace dns {

// Of what a query and its response have in common. Names are compared without case, which some servers
// change.
class Hash {
 public:
  void add(uint64_t word) {
    value_ = (value_ ^ word) * 0x9e3779b97f4a7c15u;
    value_ ^= value_ >> 32;
  }
  void add(const uint8_t* bytes, uint32_t size) {
    uint64_t word = size;
    for (; size >= 8; bytes += 8, size -= 8) {
      uint64_t next;
      __builtin_memcpy(&next, bytes, 8);
      add(word ^ (next | kLower));
      word = 0;
    }
    for (uint32_t i = 0; i < size; i++) word = word << 8 ^ (bytes[i] | 0x20u);
    add(word);
  }
  uint64_t value() const { return value_ == 0 ? 1 : value_; }

 private:
  static constexpr uint64_t kLower = 0x2020202020202020u;
  uint64_t value_ = 0x243f6a8885a308d3u;
};

class Queries {
 public:
  // A repeated query counts from its first time on, until it is answered.
  void asked(uint64_t key, uint64_t now) {
    Entry* place = nullptr;
    for (uint32_t i = 0; i < kProbes; i++) {
      Entry& entry = entries_[(key + i) % kEntries];
      if (entry.key == key) {
        if (entry.is_answered || is_old(entry, now)) entry = {key, now, false};
        return;
      }
      // The best is a free one, then the oldest.
      if (place == nullptr || rank(entry, now) < rank(*place, now)) place = &entry;
    }
    *place = {key, now, false};
  }

  // Time since the query; 0 when it was not seen. A packet may be seen twice, on its way out of and into an
  // interface.
  uint64_t answered(uint64_t key, uint64_t now) {
    for (uint32_t i = 0; i < kProbes; i++) {
      Entry& entry = entries_[(key + i) % kEntries];
      if (entry.key != key) continue;
      entry.is_answered = true;
      return is_old(entry, now) || now < entry.time ? 0 : now - entry.time;
    }
    return 0;
  }

  static constexpr uint32_t kEntries = 4096;
  static constexpr uint32_t kProbes = 8;
  static constexpr uint64_t kOld = 30'000'000'000;  // no resolver waits longer

 private:
  struct Entry {
    uint64_t key = 0;  // 0: free
    uint64_t time = 0;
    bool is_answered = false;
  };

  static bool is_old(const Entry& entry, uint64_t now) { return now > entry.time && now - entry.time > kOld; }
  static uint64_t rank(const Entry& entry, uint64_t now) {
    return entry.key == 0 || is_old(entry, now) ? 0 : entry.time;
  }

  Entry entries_[kEntries];
};

}  // namespace dns
