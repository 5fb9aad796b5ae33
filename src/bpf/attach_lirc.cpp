// lirc_mode2: programs that decode what an infrared receiver (/dev/lirc0) measures.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/bpf.h>

#include <cerrno>
#include <memory>

#include "base/strings.hpp"
#include "bpf/attach_families.hpp"

namespace gadgetry::bpf {
namespace {

// "lirc0", "/dev/lirc0", or every receiver there is.
std::vector<std::string> find_devices(const std::string& target) {
  if (!target.empty()) return {target.starts_with('/') ? target : "/dev/" + target};
  std::vector<std::string> out;
  glob_t found{};
  if (glob("/dev/lirc[0-9]*", 0, nullptr, &found) == 0)
    out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return out;
}

base::Result<Link> attach_device(const AttachRequest& request, const std::string& path) {
  auto device = base::open_file(path, O_RDONLY);
  if (!device.ok()) {
    return std::move(device).error().with_hint(
        "infrared receivers are files /dev/lircN: set attach_to to one of them");
  }
  int program = bpf_program__fd(request.program);
  if (bpf_prog_attach(program, device->get(), BPF_LIRC_MODE2, 0) != 0) {
    int code = errno;
    base::Error error = base::Error::system(base::printable(path), code);
    if (code == ENODEV || code == EBADF || code == EINVAL) {
      error.hint = "only receivers that give pulses and spaces take programs";
    }
    return error;
  }
  auto own_device = std::make_shared<base::Fd>(std::move(device).value());
  auto own_program = std::make_shared<base::Fd>(fcntl(program, F_DUPFD_CLOEXEC, 0));
  return Link(request.name, "lirc_mode2 " + path, [own_device, own_program] {
    bpf_prog_detach2(own_program->get(), own_device->get(), BPF_LIRC_MODE2);
  });
}

}  // namespace

base::Result<std::vector<Link>> attach_lirc(const AttachRequest& request) {
  std::vector<std::string> devices = find_devices(request.target);
  if (devices.empty()) {
    return base::Error("there is no infrared receiver (/dev/lirc0) on this machine",
                       base::ErrorKind::kNotFound);
  }
  std::vector<Link> links;
  for (const std::string& path : devices) {
    GADGETRY_ASSIGN(Link link, attach_device(request, path));
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace gadgetry::bpf
