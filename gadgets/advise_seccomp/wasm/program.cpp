// SPDX-License-Identifier: Apache-2.0
// Seccomp profiles in the format of container runtimes, from the system calls that were seen.
//
//   -o profile      one profile that allows what any of the containers called
//   -o profiles     one for each mount namespace: {"mntns": ..., "container": ..., "profile": {...}} in a line
#include <gadget/gadget.hpp>

GADGET_MODULE();

namespace {

constexpr uint32_t kSyscallsMax = 512;  // as SYSCALLS_MAX of the kernel side

gadget::Field<uint64_t> mntns;
gadget::Field<gadget::Bytes> syscalls;
gadget::Field<uint32_t> count;
gadget::ListField<gadget::Text> names;
gadget::Field<gadget::Text> container;
gadget::FixedString<32> default_action;
uint8_t merged[kSyscallsMax];

// The names sorted, so that the same calls give the same profile.
struct Names {
  gadget::FixedString<32> text[kSyscallsMax];
  uint32_t order[kSyscallsMax];
  uint32_t size;
};
Names found;

bool before(gadget::Text a, gadget::Text b) {
  uint32_t size = a.size() < b.size() ? a.size() : b.size();
  for (uint32_t i = 0; i < size; i++) {
    if (a[i] != b[i]) return a[i] < b[i];
  }
  return a.size() < b.size();
}

void find_names(const uint8_t* called, uint32_t size) {
  found.size = 0;
  for (uint32_t number = 0; number < size; number++) {
    if (called[number] == 0) continue;
    auto& name = found.text[found.size];
    // A call that the machine does not know gets a made-up name, which means nothing to a runtime.
    if (!gadget::syscall_name(number, name) || name.text().starts_with("syscall_")) continue;
    uint32_t at = found.size++;
    for (; at > 0 && before(name, found.text[found.order[at - 1]]); at--) found.order[at] = found.order[at - 1];
    found.order[at] = found.size - 1;
  }
}

gadget::Text name_at(uint32_t index) {
  return found.text[found.order[index]];
}

void print_names(const char* line, const char* indent) {
  gadget::print(line, indent, indent, "{", line, indent, indent, indent, "\"names\": [");
  for (uint32_t i = 0; i < found.size; i++) {
    gadget::print(i == 0 ? "" : ",", line, indent, indent, indent, indent, "\"", name_at(i), "\"");
  }
  gadget::print(line, indent, indent, indent, "],", line, indent, indent, indent, "\"action\": \"SCMP_ACT_ALLOW\"", line,
                indent, indent, "}", line, indent);
}

void print_profile(const char* line, const char* indent) {
  bool is_x86 = gadget::syscall_id("read") == 0;
  gadget::print("{", line, indent, "\"defaultAction\": \"", default_action.text(), "\",", line, indent,
                "\"architectures\": [",
                is_x86 ? "\"SCMP_ARCH_X86_64\", \"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\"" : "\"SCMP_ARCH_AARCH64\", \"SCMP_ARCH_ARM\"",
                "],", line, indent, "\"syscalls\": [");
  // An entry without names is none for a runtime.
  if (found.size > 0) print_names(line, indent);
  gadget::print("]", line, "}");
}

gadget::Bytes calls_of(gadget::Event row, uint8_t (&buffer)[kSyscallsMax]) {
  return syscalls.get(row, buffer).value;
}

void on_rows(gadget::Source, gadget::Array rows) {
  uint8_t buffer[kSyscallsMax];
  for (uint32_t i = 0; i < rows.size(); i++) {
    gadget::Event row = rows[i];
    gadget::Bytes called = calls_of(row, buffer);
    find_names(called.data(), called.size());
    count.set(row, found.size);
    names.resize(row, found.size);
    for (uint32_t n = 0; n < found.size; n++) names.set(row, n, name_at(n));
    gadget::FixedString<128> text;
    if (gadget::container_of_mntns(mntns.get(row), text).ok()) container.set(row, text);
  }
}

// What the filter let through is merged; the profile stands at the end.
void write_merged(const gadget::Output& output) {
  if (!output.is_end) {
    uint8_t buffer[kSyscallsMax];
    gadget::Array rows = output.array();
    for (uint32_t i = 0; i < rows.size(); i++) {
      gadget::Bytes called = calls_of(rows[i], buffer);
      for (uint32_t number = 0; number < called.size(); number++) merged[number] |= called[number];
    }
    return;
  }
  find_names(merged, kSyscallsMax);
  print_profile("\n", "  ");
  gadget::print("\n");
}

void write_each(const gadget::Output& output) {
  if (output.is_end) return;
  uint8_t buffer[kSyscallsMax];
  gadget::Array rows = output.array();
  for (uint32_t i = 0; i < rows.size(); i++) {
    gadget::Bytes called = calls_of(rows[i], buffer);
    find_names(called.data(), called.size());
    gadget::FixedString<128> text;
    container.get(rows[i], text);
    gadget::print("{\"mntns\": ", mntns.get(rows[i]), ", \"container\": \"", text.text(), "\", \"profile\": ");
    print_profile("", "");
    gadget::print("}\n");
  }
}

}  // namespace

GADGET_INIT {
  gadget::Source source = gadget::get_source("syscalls");
  mntns = source.field<uint64_t>("mntns_id_raw");
  syscalls = source.field<gadget::Bytes>("syscalls_raw");
  count = source.add_field<uint32_t>("count");
  container = source.add_field<gadget::Text>("container");
  auto list = source.add_list<gadget::Text>("names");
  if (!mntns || !syscalls || !list.ok() || !count || !container) return gadget::fail("the rows have other fields");
  names = *list;
  syscalls.remove();
  if (!gadget::param("default-action", default_action)) return gadget::fail("the parameter default-action is missing");
  bool ok = source.subscribe_array(on_rows).ok() && source.output_mode("profile", write_merged).ok() &&
            source.output_mode("profiles", write_each).ok();
  return ok ? 0 : gadget::fail(gadget::Status::message());
}
