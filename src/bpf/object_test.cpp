#include "bpf/object.hpp"

#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bpf/test_objects.hpp"

namespace gadgetry::bpf {
namespace {

using data::Field;
using data::Kind;
using testing::ElementsAre;
using testing::HasSubstr;

const MapIterDecl& map_iter(const Object& object, const std::string& name) {
  for (const MapIterDecl& decl : object.declarations().map_iters) {
    if (decl.name == name) return decl;
  }
  ADD_FAILURE() << "no map iterator " << name;
  return object.declarations().map_iters.front();
}

std::string all_warnings(const Object& object) {
  std::string text;
  for (const auto& warning : object.declarations().warnings) text += warning + "\n";
  return text;
}

TEST(Object, ReadsDeclarationsByMacro) {
  auto object = open_test_object("declarations");
  ASSERT_NE(object, nullptr);
  const Declarations& decls = object->declarations();
  ASSERT_EQ(decls.tracers.size(), 2u);
  EXPECT_EQ(decls.tracers[0].name, "opened");
  EXPECT_EQ(decls.tracers[0].map, "opens");
  EXPECT_EQ(decls.tracers[0].struct_name, "open_event");
  EXPECT_EQ(decls.tracers[1].name, "closed");
  ASSERT_EQ(decls.iters.size(), 2u);
  EXPECT_EQ(decls.iters[0].name, "sockets");
  EXPECT_EQ(decls.iters[0].struct_name, "socket_row");
  EXPECT_THAT(decls.iters[0].programs, ElementsAre("list_tcp", "list_udp"));
  EXPECT_EQ(decls.iters[1].name, "processes");
  ASSERT_EQ(decls.map_iters.size(), 2u);
  EXPECT_EQ(decls.map_iters[0].map, "counts");
  EXPECT_FALSE(decls.map_iters[0].is_per_cpu);
  EXPECT_TRUE(decls.map_iters[1].is_per_cpu);
  ASSERT_EQ(decls.iter_targets.size(), 1u);
  EXPECT_EQ(decls.iter_targets[0].program, "walk_map");
  EXPECT_EQ(decls.iter_targets[0].map, "counts");
  EXPECT_EQ(decls.programs.size(), 5u);
  EXPECT_EQ(decls.programs[0].section, "tracepoint/syscalls/sys_enter_openat");
  EXPECT_EQ(decls.maps.size(), 4u);

  const std::string warnings = all_warnings(*object);
  EXPECT_THAT(warnings, HasSubstr("sockets is declared twice"));
  EXPECT_THAT(warnings, HasSubstr("GADGET_SNAPSHOTTER (processes) is deprecated"));
  EXPECT_THAT(warnings, HasSubstr("gadget_tracer_number___opens___open_event is ignored"));
  EXPECT_THAT(warnings, HasSubstr("gadget_tracer_static___opens___open_event is ignored"));
  EXPECT_THAT(warnings, HasSubstr("parameter missing_variable is ignored"));
  EXPECT_EQ(decls.warnings.size(), 5u);
}

TEST(Object, MakesEverySource) {
  for (const char* name : {"fields", "declarations", "convention"}) {
    auto object = open_test_object(name);
    ASSERT_NE(object, nullptr);
    for (const auto& decl : object->declarations().tracers)
      EXPECT_TRUE(object->make_source(decl).ok()) << decl.name;
    for (const auto& decl : object->declarations().iters)
      EXPECT_TRUE(object->make_source(decl).ok()) << decl.name;
    for (const auto& decl : object->declarations().map_iters) {
      EXPECT_TRUE(object->make_source(decl).ok()) << decl.name;
      EXPECT_TRUE(object->make_source(decl, PerCpu::kShow).ok()) << decl.name;
    }
  }
}

TEST(Object, MapRowsHoldKeyAndValue) {
  auto object = open_test_object("declarations");
  ASSERT_NE(object, nullptr);
  const MapIterDecl& decl = map_iter(*object, "counts");
  auto layout = object->map_layout(decl);
  ASSERT_TRUE(layout.ok());
  EXPECT_EQ(layout->key_size, 24u);
  EXPECT_EQ(layout->value_offset, 24u);
  EXPECT_EQ(layout->value_size, 120u);
  EXPECT_EQ(layout->sample_size, 144u);
  EXPECT_EQ(layout->cpu_offset, 0u);
  auto source = object->make_source(decl);
  ASSERT_TRUE(source.ok()) << source.error().text();
  EXPECT_EQ((*source)->type(), data::SourceType::kArray);
  EXPECT_EQ((*source)->sample_size(), 144u);
  EXPECT_TRUE((*source)->find("pid")->has_tag("role:key"));
  EXPECT_TRUE((*source)->find("comm")->has_tag("role:key"));
  EXPECT_FALSE((*source)->find("count")->has_tag("role:key"));
  EXPECT_EQ((*source)->find("count")->offset, 24u);
  EXPECT_TRUE((*source)->find("latency")->has_tag("type:gadget_histogram_slot__u32"));
  EXPECT_EQ((*source)->find("latency")->count, 27u);
}

TEST(Object, PerCpuRowsNameTheirCpu) {
  auto object = open_test_object("declarations");
  ASSERT_NE(object, nullptr);
  const MapIterDecl& decl = map_iter(*object, "cpu_counts");
  auto summed = object->make_source(decl);
  ASSERT_TRUE(summed.ok());
  EXPECT_EQ((*summed)->find("cpu"), nullptr);
  EXPECT_EQ((*summed)->find("key")->kind, Kind::kUint32);
  EXPECT_TRUE((*summed)->find("key")->has_tag("role:key"));
  EXPECT_EQ((*summed)->find("value")->offset, 8u);
  auto shown = object->make_source(decl, PerCpu::kShow);
  ASSERT_TRUE(shown.ok());
  ASSERT_NE((*shown)->find("cpu"), nullptr);
  EXPECT_EQ((*shown)->find("cpu")->offset, 16u);
  EXPECT_EQ((*shown)->sample_size(), 20u);
}

TEST(Object, MaxEntriesFollowTheVariable) {
  auto object = open_test_object("declarations");
  ASSERT_NE(object, nullptr);
  const bpf_map* counts = bpf_object__find_map_by_name(object->handle(), "counts");
  EXPECT_EQ(bpf_map__max_entries(counts), 1024u);
  ASSERT_TRUE(object->apply_max_entries().ok());
  EXPECT_EQ(bpf_map__max_entries(counts), 2048u);
  ASSERT_TRUE(object->set_variable("counts_max_entries", "12").ok());
  ASSERT_TRUE(object->apply_max_entries().ok());
  EXPECT_EQ(bpf_map__max_entries(counts), 12u);
  ASSERT_TRUE(object->set_variable("counts_max_entries", "0").ok());
  EXPECT_THAT(object->apply_max_entries().error().text(), HasSubstr("at least one entry"));
}

TEST(Object, ReadsDeclarationsByName) {
  auto object = open_test_object("convention");
  ASSERT_NE(object, nullptr);
  const Declarations& decls = object->declarations();
  ASSERT_EQ(decls.tracers.size(), 2u);
  EXPECT_EQ(decls.tracers[0].name, "events");
  EXPECT_EQ(decls.tracers[0].map, "print_events");
  EXPECT_EQ(decls.tracers[0].struct_name, "event");
  EXPECT_TRUE(decls.tracers[0].by_convention);
  EXPECT_EQ(decls.tracers[1].name, "codes");
  EXPECT_EQ(decls.tracers[1].struct_name, "unnamed_event");
  ASSERT_EQ(decls.iters.size(), 1u);
  EXPECT_EQ(decls.iters[0].name, "process_entry");
  EXPECT_THAT(decls.iters[0].programs, ElementsAre("list_processes"));
  EXPECT_THAT(all_warnings(*object), HasSubstr("map print_untyped is ignored"));

  // The kernel wants rings without the sizes of an event.
  const bpf_map* events = bpf_object__find_map_by_name(object->handle(), "print_events");
  EXPECT_EQ(bpf_map__value_size(events), 4u);
  const bpf_map* codes = bpf_object__find_map_by_name(object->handle(), "print_codes");
  EXPECT_EQ(bpf_map__value_size(codes), 0u);

  auto source = object->make_source(decls.tracers[0]);
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->find("comm")->kind, Kind::kCString);
  EXPECT_EQ((*source)->find("number")->kind, Kind::kUint8);
}

TEST(Object, HistogramsByName) {
  auto object = open_test_object("convention");
  ASSERT_NE(object, nullptr);
  EXPECT_FALSE(map_iter(*object, "files").is_histogram);
  EXPECT_TRUE(map_iter(*object, "disks").is_histogram);
  EXPECT_FALSE(map_iter(*object, "disks").is_slots);
  EXPECT_FALSE(map_iter(*object, "per_queue").is_slots);

  const MapIterDecl& latency = map_iter(*object, "latency");
  EXPECT_TRUE(latency.is_slots);
  EXPECT_TRUE(latency.is_per_cpu);
  EXPECT_EQ(object->map_layout(latency)->slots, 27u);
  auto source = object->make_source(latency);
  ASSERT_TRUE(source.ok());
  const Field* row = (*source)->find("latency");
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(row->kind, Kind::kUint64);
  EXPECT_EQ(row->count, 27u);
  EXPECT_TRUE(row->has_tag("type:gadget_histogram_slot__u64"));
  EXPECT_EQ((*source)->sample_size(), 27u * 8);

  const MapIterDecl& sizes = map_iter(*object, "sizes");
  EXPECT_TRUE(sizes.is_slots);
  EXPECT_EQ(object->map_layout(sizes)->slots, 65u);
  EXPECT_EQ((*object->make_source(sizes))->find("sizes")->kind, Kind::kUint32);
}

TEST(Object, RefusesDeclarationsThatNameNothing) {
  auto lost = Object::open("broken", base::as_bytes(test_object_bytes("broken_tracer")));
  ASSERT_FALSE(lost.ok());
  EXPECT_THAT(lost.error().text(), HasSubstr("tracer lost: map no_such_map does not exist"));
  auto no_sockets = Object::open("broken", base::as_bytes(test_object_bytes("broken_sockets")));
  ASSERT_FALSE(no_sockets.ok());
  EXPECT_THAT(no_sockets.error().text(),
              HasSubstr("target map of program on_msg: map numbers holds no sockets"));

  std::string bytes =
      test_object_bytes("declarations");  // the struct's name, as the macro has it, loses its end
  const std::string name = "gadget_tracer_closed___closes___close_event";
  for (size_t at = bytes.find(name); at != std::string::npos; at = bytes.find(name, at + 1)) {
    bytes[at + name.size() - 1] = 'X';
  }
  auto no_struct = Object::open("broken", base::as_bytes(bytes));
  ASSERT_FALSE(no_struct.ok());
  EXPECT_THAT(no_struct.error().text(), HasSubstr("tracer closed: struct close_evenX does not exist"));
}

TEST(Object, OpensBytesAtAnyAddress) {
  const std::string bytes = " " + test_object_bytes("fields");
  EXPECT_TRUE(Object::open("odd", base::as_bytes(std::string_view(bytes).substr(1))).ok());
}

TEST(Object, SurvivesEveryChangedByte) {
  const std::string whole = test_object_bytes("convention");
  for (size_t at = 0; at < whole.size(); at += 3) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0xff);
    auto object = Object::open("changed", base::as_bytes(bytes));
    if (!object.ok()) {
      EXPECT_FALSE(object.error().message.empty());
      continue;
    }
    for (const auto& decl : (*object)->declarations().tracers) (void)(*object)->make_source(decl);
    for (const auto& decl : (*object)->declarations().map_iters) (void)(*object)->make_source(decl);
  }
}

}  // namespace
}  // namespace gadgetry::bpf
