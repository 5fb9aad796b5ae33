// Steps 18 to 28: the machine, files, network, eBPF objects.
#include "steps.hpp"

namespace conformance {
namespace {

void syscalls(uint32_t n) {
  gadget::FixedString<32> name;
  CHECK(n, gadget::syscall_name(0, name));
  CHECK(n, !name.empty());
  CHECK(n, gadget::syscall_id(name) == 0);
  CHECK(n, gadget::syscall_id("nothing") == -1);
  CHECK(n, gadget::syscall_name(60000, name));
  CHECK(n, name.text().starts_with("syscall_"));
  CHECK(n, gadget::syscall_count() >= 300 && gadget::syscall_count() <= 2000);
}

void syscall_declaration(uint32_t n) {
  gadget::SyscallDeclaration declaration;
  SKIP_UNLESS(n, gadget::syscall_declaration("openat", declaration));
  CHECK(n, Text(declaration.name) == "openat");
  CHECK(n, declaration.parameter_count == 4);
  CHECK(n, (declaration.parameters[1].flags & 1) == 1);
}

void clocks(uint32_t n) {
  uint64_t boot = gadget::now_since_boot();
  uint64_t real = gadget::now_since_1970();
  CHECK(n, boot > 0 && gadget::now_since_boot() >= boot);
  CHECK(n, real > 1600000000ull * 1000000000ull);
  uint64_t time = 0;
  CHECK(n, gadget_v2_clockNow(7, &time) == GADGET_INVALID);
}

void kernel(uint32_t n) {
  CHECK(n, gadget::kernel_version() >= 4u << 16);
  uint32_t code = gadget_v2_featureExists(gadget::detail::ref("map:hash"));
  CHECK(n, code == GADGET_OK || code == GADGET_NOT_FOUND || code == GADGET_DENIED);
  CHECK(n, !gadget::feature_exists("nothing"));
  CHECK(n, !gadget::symbol_exists("no symbol"));
  CHECK(n, !gadget::symbol_address("no symbol"));
  auto address = gadget::symbol_address("vfs_read");
  if (!address || *address == 0) return;  // hidden from this user
  gadget::FixedString<128> name;
  uint64_t offset = 0;
  CHECK(n, gadget::symbol_at(*address + 1, name, offset).ok());
  CHECK(n, !name.empty() && offset == 1);
}

void btf(uint32_t n) {
  SKIP_UNLESS(n, gadget::btf_type_exists("struct task_struct"));
  CHECK(n, gadget::btf_type_exists("task_struct"));
  CHECK(n, gadget::btf_field_exists("struct task_struct", "pid"));
  CHECK(n, gadget::btf_field_exists("struct task_struct", "mm.exe_file"));
  CHECK(n, gadget_v2_btfFieldExists(gadget::detail::ref("struct task_struct"),
                                    gadget::detail::ref("nothing")) == GADGET_NOT_FOUND);
  CHECK(n, gadget_v2_btfTypeExists(gadget::detail::ref("struct nothing_like_it")) == GADGET_NOT_FOUND);
}

void processes(uint32_t n) {
  auto info = gadget::process_info(1);
  CHECK(n, info.ok());
  CHECK(n, info->pid == 1 && !info->comm_text().empty());
  gadget::FixedString<32> comm;
  CHECK(n, gadget::process_text(1, gadget::ProcessText::kComm, comm).ok());
  CHECK(n, comm.text() == info->comm_text());
  gadget::FixedString<1> letter;
  CHECK(n, gadget::process_text(1, gadget::ProcessText::kComm, letter).ok());
  CHECK(n, letter.size() == 1);
  CHECK(n, gadget::process_info(4294967280u).status.code() == Code::kNotFound);
  gadget::FixedString<128> container;
  Status status = gadget::container_of_process(1, container);
  CHECK(n, status.ok() || status.code() == Code::kNotFound);
}

void files(uint32_t n) {
  gadget::FixedString<256> path;
  SKIP_UNLESS(n, gadget::param("folder", path) && !path.empty());
  path.append("/conformance");
  auto file = gadget::File::open(path, gadget::kWrite | gadget::kCreate | gadget::kTruncate);
  CHECK(n, file.ok());
  CHECK(n, file->write("0123456789").value_or(0) == 10);
  CHECK(n, file->close().ok());
  file = gadget::File::open(path, gadget::kRead);
  CHECK(n, file.ok());
  CHECK(n, file->seek(4).ok());
  uint8_t buffer[16];
  auto size = file->read(buffer);
  CHECK(n, size.value_or(0) == 6);
  CHECK(n, Text(reinterpret_cast<char*>(buffer), *size) == "456789");
  CHECK(n, file->read(buffer).status.code() == Code::kEnd);
  CHECK(n, file->close().ok());
  path.append("-nothing");
  CHECK(n, gadget::File::open(path, gadget::kRead).status.code() == Code::kNotFound);
}

void network(uint32_t n) {
  gadget::FixedString<64> address;
  SKIP_UNLESS(n, gadget::param("address", address) && !address.empty());
  auto socket = gadget::Socket::connect(address, gadget::Protocol::kTcp, 2000);
  CHECK(n, socket.ok());
  CHECK(n, socket->send("ping").value_or(0) == 4);
  uint8_t buffer[4];
  uint32_t size = 0;
  while (size < 4) {
    auto got = socket->receive(gadget::Span<uint8_t>(buffer + size, 4 - size), 2000);
    CHECK(n, got.ok());
    size += *got;
  }
  CHECK(n, Text(reinterpret_cast<char*>(buffer), 4) == "ping");
  CHECK(n, socket->receive(buffer, 10).status.code() == Code::kAgain);
  CHECK(n, socket->close().ok());
}

bool is_absent(Status status) {
  return status.code() == Code::kNotFound || status.code() == Code::kUnsupported;
}

void no_object(uint32_t n) {
  gadget::FixedString<32> text;
  CHECK(n, is_absent(gadget::program_name(0, text)));
  CHECK(n, is_absent(gadget::program_section("x", text)));
  CHECK(n, is_absent(gadget::program_set_enabled("x", false)));
  CHECK(n, is_absent(gadget::program_set_target("x", "y")));
  CHECK(n, is_absent(gadget::variable_get("x", text)));
  CHECK(n, is_absent(gadget::variable_set("x", "1")));
  CHECK(n, is_absent(gadget::map_name(0, text)));
  CHECK(n, is_absent(gadget::map_info("x").status));
  CHECK(n, is_absent(gadget::map_set_max_entries("x", 1)));
}

}  // namespace

void machine_steps() {
  run(18, "syscalls", syscalls);
  run(19, "syscall-declaration", syscall_declaration);
  run(20, "clock", clocks);
  run(21, "kernel", kernel);
  run(22, "btf", btf);
  run(23, "process", processes);
  run(24, "cpus", [](uint32_t n) { CHECK(n, gadget::cpu_count() >= 1 && gadget::cpu_count() <= 65536); });
  run(25, "denied", [](uint32_t n) {
    CHECK(n, gadget::File::open("/etc/passwd", gadget::kRead).status.code() == Code::kDenied);
    CHECK(n,
          gadget::Socket::connect("192.0.2.1:9", gadget::Protocol::kTcp, 100).status.code() == Code::kDenied);
  });
  run(26, "files", files);
  run(27, "net", network);
  run(28, "no-object", no_object);
}

}  // namespace conformance
