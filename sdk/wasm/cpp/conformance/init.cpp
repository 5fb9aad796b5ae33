// Steps 1 to 12, 16 and 17: data sources, fields, parameters, handles.
#include "steps.hpp"

namespace conformance {
namespace {

constexpr const char* kNames[] = {"i8",  "i16", "i32", "i64", "u8",   "u16",  "u32",
                                  "u64", "f32", "f64", "b",   "text", "bytes"};
constexpr uint32_t kNameCount = 13;

// An address where there is no memory.
uint64_t nowhere() {
  return uint64_t(8) << 32 | 0xfffffff0u;
}

void sources(uint32_t n) {
  Shared& s = shared();
  s.numbers = gadget::get_source("numbers");
  s.rows = gadget::get_source("rows");
  CHECK(n, s.numbers && s.rows);
  uint32_t found = 0;
  for (uint32_t i = 0;; i++) {
    auto source = gadget::source_at(i);
    if (!source) {
      CHECK(n, source.status.code() == Code::kNotFound);
      break;
    }
    gadget::FixedString<32> name;
    Text text = source->name(name);
    found += text == "numbers" ? 1 : text == "rows" ? 2 : 0;
  }
  CHECK(n, found == 3);
  CHECK(n, s.numbers.type().value_or(gadget::SourceType::kArray) == gadget::SourceType::kSingle);
  CHECK(n, s.rows.type().value_or(gadget::SourceType::kSingle) == gadget::SourceType::kArray);
  char small[2];
  uint32_t size = 0;
  CHECK(n, gadget_v2_sourceName(s.rows.handle(), gadget::detail::ref(small, 2), &size) == GADGET_TOO_SMALL);
}

void new_sources(uint32_t n) {
  Shared& s = shared();
  s.results = gadget::new_source("results", gadget::SourceType::kSingle);
  s.table = gadget::new_source("table", gadget::SourceType::kArray);
  s.hidden = gadget::new_source("hidden", gadget::SourceType::kSingle);
  CHECK(n, s.results && s.table && s.hidden);
  CHECK(n, gadget_ig_newDataSource(gadget::detail::ref("bad"), 3) == 0);
  s.result_step = s.results.add_field<uint32_t>("step");
  s.result_name = s.results.add_field<Text>("name");
  s.result_ok = s.results.add_field<bool>("ok");
  s.result_why = s.results.add_field<Text>("why");
  s.value = s.table.add_field<uint32_t>("value");
  s.x = s.hidden.add_field<uint32_t>("x");
  CHECK(n, s.result_step && s.result_name && s.result_ok && s.result_why && s.value && s.x);
  CHECK(n, !s.results.add_field<uint32_t>("step"));
  CHECK(n, gadget_ig_dataSourceAddField(s.results.handle(), gadget::detail::ref("bad"), 15) == 0);
}

template <class T>
bool find(gadget::Field<T>& field, const char* name, Source source) {
  field = source.field<T>(name);
  return static_cast<bool>(field);
}

void fields(uint32_t n) {
  Shared& s = shared();
  CHECK(n, find(s.i8, "i8", s.numbers) && find(s.i16, "i16", s.numbers) && find(s.i32, "i32", s.numbers) &&
               find(s.i64, "i64", s.numbers));
  CHECK(n, find(s.u8, "u8", s.numbers) && find(s.u16, "u16", s.numbers) && find(s.u32, "u32", s.numbers) &&
               find(s.u64, "u64", s.numbers));
  CHECK(n, find(s.f32, "f32", s.numbers) && find(s.f64, "f64", s.numbers) && find(s.b, "b", s.numbers));
  CHECK(n, find(s.text, "text", s.numbers) && find(s.bytes, "bytes", s.numbers));
  CHECK(n, find(s.id, "id", s.rows) && find(s.name, "name", s.rows));
  CHECK(n, s.numbers.field<uint32_t>("U32"));
  CHECK(n, !s.numbers.field<uint32_t>("nothing"));
}

void field_infos(uint32_t n) {
  Source numbers = shared().numbers;
  constexpr uint32_t kKinds[] = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 13, 14};
  constexpr uint32_t kSizes[] = {1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 1};
  uint32_t count = 0;
  for (;; count++) {
    auto field = numbers.field_at(count);
    if (!field) {
      CHECK(n, field.status.code() == Code::kNotFound);
      break;
    }
    if (count >= kNameCount) continue;
    gadget::FixedString<32> name;
    CHECK(n, field->name(name) == kNames[count]);
    auto info = field->info();
    CHECK(n, info.ok());
    CHECK(n, info->kind == kKinds[count]);
    CHECK(n, count >= 11 || info->size == kSizes[count]);
    CHECK(n, info->count == 1 && info->is_struct == 0);
    uint64_t small;
    CHECK(n, gadget_v2_fieldInfo(field->handle(), gadget::detail::ref(&small, 8)) == GADGET_TOO_SMALL);
  }
  CHECK(n, count >= kNameCount);
}

void field_adds(uint32_t n) {
  Shared& s = shared();
  auto added = s.numbers.add_field<uint64_t>("added", s.u8);
  CHECK(n, added.ok());
  s.added = *added;
  auto list = s.numbers.add_list<uint16_t>("list");
  CHECK(n, list.ok());
  s.list = *list;
  auto names = s.numbers.add_list<Text>("names");
  CHECK(n, names.ok());
  s.names = *names;
  CHECK(n, s.numbers.add_field<uint32_t>("gone", gadget::AnyField()).ok());
  CHECK(n, s.numbers.add_field<uint64_t>("added", s.u8).status.code() == Code::kExists);
  uint32_t field = 0;
  CHECK(n, gadget_v2_fieldAdd(s.numbers.handle(), gadget::detail::ref("bad"), 99, 0, 0, &field) ==
               GADGET_INVALID);
}

void attributes(uint32_t n) {
  const Shared& s = shared();
  CHECK(n, s.added.set_attribute("columns.width", "9").ok());
  gadget::FixedString<32> value;
  CHECK(n, s.added.attribute("columns.width", value).ok());
  CHECK(n, value.text() == "9");
  CHECK(n, s.added.attribute("conformance.nothing", value).code() == Code::kNotFound);
  CHECK(n, s.added.set_order(1).ok());
  CHECK(n, s.added.add_tag("conformance").ok());
  CHECK(n, s.numbers.set_attribute("conformance.key", "value").ok());
}

void params(uint32_t n) {
  gadget::FixedString<32> value;
  CHECK(n, gadget::param("greeting", value));
  CHECK(n, value.text() == "hello");
  gadget::FixedString<2> small;
  CHECK(n, !gadget::param("greeting", small));
  CHECK(n, !gadget::param("nothing", value));
  uint32_t size = 0;
  char text[32];
  CHECK(n, gadget_v2_paramGet(gadget::detail::ref("greeting"), gadget::detail::ref(text, 32), &size) == 0);
  CHECK(n, Text(text, size) == "hello");
  CHECK(n, gadget_v2_paramGet(gadget::detail::ref("greeting"), gadget::detail::ref(text, 2), &size) ==
               GADGET_TOO_SMALL);
  CHECK(n, gadget_v2_paramGet(gadget::detail::ref("nothing"), gadget::detail::ref(text, 32), &size) ==
               GADGET_NOT_FOUND);
}

void handles(uint32_t n) {
  const Shared& s = shared();
  Source source = gadget::get_source("numbers");
  CHECK(n, gadget::release_handle(source.handle()).ok());
  CHECK(n, !gadget::release_handle(source.handle()));
  CHECK(n, !source.field<uint32_t>("u32"));
  source = gadget::get_source("numbers");
  CHECK(n, gadget_v2_release(source.handle()) == GADGET_OK);
  CHECK(n, gadget_v2_release(source.handle()) == GADGET_BAD_HANDLE);
  CHECK(n, Source(s.u32.handle()).type().status.code() == Code::kBadHandle);
}

void bad_memory(uint32_t n) {
  const Shared& s = shared();
  CHECK(n, gadget_ig_getDataSource(nowhere()) == 0);
  CHECK(n, gadget_v2_hasFunction(nowhere()) == 0);
  CHECK(n, gadget_v2_sourceSetAttribute(s.numbers.handle(), nowhere(), nowhere()) == GADGET_MEMORY);
  uint32_t size = 0;
  CHECK(n, gadget_v2_sourceName(s.numbers.handle(), nowhere(), &size) == GADGET_MEMORY);
}

}  // namespace

void init_steps() {
  run(1, "log", [](uint32_t n) {
    CHECK(n, gadget_ig_gadgetShouldLog(0) == 1);
    gadget_ig_gadgetLog(3, 0);
  });
  run(2, "has-function", [](uint32_t n) {
    CHECK(n, gadget::has_function("subscribeBatch"));
    CHECK(n, !gadget::has_function("nothing"));
  });
  run(3, "last-error", [](uint32_t n) {
    CHECK(n, !gadget::get_source("nothing"));
    CHECK(n, !Status::message().empty());
    char small[4];
    CHECK(n, gadget_v2_lastError(gadget::detail::ref(small, 4)) == 4);
  });
  run(4, "sources", sources);
  run(5, "new-source", new_sources);
  run(6, "fields", fields);
  run(7, "field-info", field_infos);
  run(8, "field-add", field_adds);
  run(9, "attributes", attributes);
  run(10, "field-remove",
      [](uint32_t n) { CHECK(n, shared().numbers.field<uint32_t>("gone").remove().ok()); });
  run(11, "params", params);
  run(12, "config", [](uint32_t n) {
    CHECK(n, gadget::set_config("conformance.key", "value").ok());
    CHECK(n,
          gadget_ig_setConfig(gadget::detail::ref("conformance.key"), gadget::detail::ref("value"), 8) == 1);
  });
}

void handle_steps() {
  run(16, "handles", handles);
  run(17, "bad-memory", bad_memory);
}

}  // namespace conformance
