#include "bpf/btf_view.hpp"

namespace gadgetry::bpf {

BtfView::BtfView(std::span<const std::byte> bytes) {
  btf_header header{};
  if (bytes.size() < sizeof(header)) {
    problem_ = "shorter than its header";
    return;
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != BTF_MAGIC) {
    problem_ = "wrong magic number";
  } else if (header.version != BTF_VERSION || header.flags != 0) {
    problem_ = "unknown version or flags";
  } else if (header.hdr_len < sizeof(header) || header.hdr_len % 4 != 0 || header.hdr_len > bytes.size()) {
    problem_ = "strange size of the header";
  }
  if (problem_ != nullptr) return;
  const uint64_t left = bytes.size() - header.hdr_len;
  if (header.type_off % 4 != 0 || header.type_len % 4 != 0 ||
      uint64_t{header.type_off} + header.type_len > header.str_off ||
      uint64_t{header.str_off} + header.str_len > left) {
    problem_ = "types or strings reach beyond the end: truncated?";
    return;
  }
  types_ = bytes.subspan(header.hdr_len + size_t{header.type_off}, header.type_len);
  const auto text = bytes.subspan(header.hdr_len + size_t{header.str_off}, header.str_len);
  strings_ = {reinterpret_cast<const char*>(text.data()), text.size()};
  if (strings_.empty() || strings_.size() > INT32_MAX || strings_.front() != '\0' ||
      strings_.back() != '\0') {
    problem_ = "strings do not start and end with a NUL";
  }
}

uint64_t BtfView::type_size(uint64_t offset) const {
  if (types_.size() - offset < sizeof(btf_type)) return 0;
  const uint32_t info = read<btf_type>(offset).info;
  const uint64_t count = BTF_INFO_VLEN(info);
  uint64_t size = sizeof(btf_type);
  switch (BTF_INFO_KIND(info)) {
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
      break;
    case BTF_KIND_INT:
      size += sizeof(uint32_t);
      break;
    case BTF_KIND_ARRAY:
      size += sizeof(btf_array);
      break;
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      size += count * sizeof(btf_member);
      break;
    case BTF_KIND_ENUM:
      size += count * sizeof(btf_enum);
      break;
    case BTF_KIND_ENUM64:
      size += count * sizeof(btf_enum64);
      break;
    case BTF_KIND_FUNC_PROTO:
      size += count * sizeof(btf_param);
      break;
    case BTF_KIND_VAR:
      size += sizeof(btf_var);
      break;
    case BTF_KIND_DATASEC:
      size += count * sizeof(btf_var_secinfo);
      break;
    case BTF_KIND_DECL_TAG:
      size += sizeof(btf_decl_tag);
      break;
    default:
      return 0;
  }
  return size <= types_.size() - offset ? size : 0;
}

}  // namespace gadgetry::bpf
