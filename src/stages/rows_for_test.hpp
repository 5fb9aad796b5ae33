// Rows of a small struct in a batch, for the tests of stages that drop or move records.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "data/access.hpp"
#include "data/data_source.hpp"

namespace gadgetry::stages {

struct Row {
  uint32_t pid = 0;
  int32_t size = 0;
  char comm[8] = {};
};

struct Rows {
  Rows(data::SourceType type, std::vector<Row> values) : source("table", type) {
    add("pid", data::Kind::kUint32, 0, 4);
    add("size", data::Kind::kInt32, 4, 4);
    add("comm", data::Kind::kCString, 8, 8);
    batch.source = &source;
    batch.arena = &arena;
    fill(std::move(values));
  }

  void fill(std::vector<Row> values) {
    rows = std::move(values);
    batch.records.clear();
    for (const Row& row : rows) {
      data::Record record;
      record.sample = reinterpret_cast<const uint8_t*>(&row);
      record.sample_size = sizeof(Row);
      batch.records.push_back(record);
    }
  }

  std::vector<uint64_t> pids() const {
    std::vector<uint64_t> out;
    for (const data::Record& record : batch.records) {
      out.push_back(data::read_integer(record, *source.find("pid")));
    }
    return out;
  }

  data::DataSource source;
  data::Arena arena;
  data::Batch batch;
  std::vector<Row> rows;

 private:
  void add(const char* name, data::Kind kind, uint32_t offset, uint32_t size) {
    data::Field field;
    field.name = name;
    field.kind = kind;
    field.offset = offset;
    field.size = size;
    EXPECT_TRUE(source.add_field(std::move(field)));
  }
};

}  // namespace gadgetry::stages
