#include "wasm/maps.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <string>
#include <utility>

#include "base/limits.hpp"
#include "wasm/perf_buffer.hpp"

namespace gadgetry::wasm {
namespace {

// Types that the headers of older systems do not have.
constexpr uint32_t kCgroupStorage = 32;
constexpr uint32_t kArena = 33;

constexpr int kNotSupported = 524;       // the kernel's ENOTSUPP, which is not EOPNOTSUPP
constexpr uint64_t kEntryOverhead = 64;  // of an entry of a hash table, with its share of the buckets
constexpr uint32_t kBusyRounds = 1000;   // keys that went away while they were read

bool has_value_per_cpu(uint32_t type) {
  switch (type) {
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
      return true;
    default:
      return false;
  }
}

// The kernel takes letters, digits, '_' and '.', and 15 of them.
std::string clean_name(std::string_view name) {
  std::string out(name.substr(0, BPF_OBJ_NAME_LEN - 1));
  for (char& c : out) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.') c = '_';
  }
  return out;
}

// The sizes that a type has by its nature may be left out.
MapSpec complete(MapSpec spec, uint32_t cpus) {
  if (spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
    if (spec.key_size == 0) spec.key_size = sizeof(uint32_t);
    if (spec.value_size == 0) spec.value_size = sizeof(uint32_t);
  }
  if (spec.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY || spec.type == BPF_MAP_TYPE_CPUMAP) {
    if (spec.max_entries == 0 || spec.max_entries > cpus) spec.max_entries = cpus;
  }
  return spec;
}

// Memory of the kernel when the map is full; UINT64_MAX beyond the limit of one map.
uint64_t estimate_bytes(const MapSpec& spec, uint32_t cpus) {
  if (spec.key_size > limits::kWasmMapBytes || spec.value_size > limits::kWasmMapBytes) return UINT64_MAX;
  uint64_t values = has_value_per_cpu(spec.type) ? cpus : 1;
  uint64_t entry = spec.key_size + (uint64_t{spec.value_size} + 7) * values + kEntryOverhead;
  if (spec.type == BPF_MAP_TYPE_RINGBUF || spec.type == BPF_MAP_TYPE_USER_RINGBUF) entry = 1;
  if (spec.type == kArena) entry = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (entry > limits::kWasmMapBytes || spec.max_entries > limits::kWasmMapBytes / entry) return UINT64_MAX;
  return entry * spec.max_entries;
}

bool is_unsupported(int code) {
  return code == EINVAL || code == EOPNOTSUPP || code == kNotSupported;
}

}  // namespace

base::Result<uint32_t> possible_cpus() {
  static const int count = libbpf_num_possible_cpus();
  if (count <= 0) return base::Error::system("cannot tell the number of CPUs", -count);
  return static_cast<uint32_t>(count);
}

KernelUse kernel_use(Handles& handles) {
  KernelUse out;
  handles.for_each(ObjectType::kMap, [&](const Object& object) {
    const auto& map = static_cast<const KernelMap&>(*object.resource);
    out.objects += map.is_owner() ? 1 : 0;
    out.bytes += map.kernel_bytes();
  });
  handles.for_each(ObjectType::kPerfReader, [&](const Object& object) {
    out.objects++;
    out.bytes += static_cast<const PerfBuffer&>(*object.resource).kernel_bytes();
  });
  return out;
}

base::Status check_descriptor(int fd) {
  // The kernel gives the lowest free number: it tells how many are open.
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  auto number = static_cast<rlim_t>(fd);
  if (number + limits::kSpareDescriptors < limit.rlim_cur) return {};
  return base::Error::system("the module holds too many", EMFILE).with_hint("raise it: ulimit -n");
}

base::Result<std::unique_ptr<KernelMap>> KernelMap::create(const MapSpec& wanted, uint64_t most) {
  GADGETRY_ASSIGN(uint32_t cpus, possible_cpus());
  if (wanted.type == BPF_MAP_TYPE_UNSPEC || wanted.type > kLastMapType) {
    return base::Error("unknown type " + std::to_string(wanted.type));
  }
  MapSpec spec = complete(wanted, cpus);
  uint64_t bytes = estimate_bytes(spec, cpus);
  if (bytes > std::min(most, limits::kWasmMapBytes)) {
    return base::Error("a map of a module has at most " + std::to_string(limits::kWasmMapBytes >> 20) +
                       " MiB, all of them " + std::to_string(limits::kWasmKernelBytes >> 20) + " MiB");
  }
  bpf_map_create_opts options{};
  options.sz = sizeof(options);
  // The kernel has no other tries, and version 1 no flags.
  if (spec.type == BPF_MAP_TYPE_LPM_TRIE) options.map_flags = BPF_F_NO_PREALLOC;
  std::string name = clean_name(spec.name);
  base::Fd fd(bpf_map_create(static_cast<bpf_map_type>(spec.type), name.c_str(), spec.key_size,
                             spec.value_size, spec.max_entries, &options));
  if (!fd) return base::Error::system("the kernel does not make it", errno);
  GADGETRY_ASSIGN(std::unique_ptr<KernelMap> map, adopt(std::move(fd)));
  map->created_ = true;
  map->kernel_bytes_ = bytes;
  return map;
}

base::Result<std::unique_ptr<KernelMap>> KernelMap::borrow(int fd) {
  std::unique_ptr<KernelMap> map(new KernelMap);
  map->fd_ = fd;
  GADGETRY_TRY(map->describe());
  return map;
}

base::Result<std::unique_ptr<KernelMap>> KernelMap::adopt(base::Fd fd) {
  GADGETRY_TRY(check_descriptor(fd.get()));
  GADGETRY_ASSIGN(std::unique_ptr<KernelMap> map, borrow(fd.get()));
  map->owned_ = std::move(fd);
  return map;
}

base::Result<std::unique_ptr<KernelMap>> KernelMap::open_id(uint32_t id) {
  base::Fd fd(bpf_map_get_fd_by_id(id));
  if (!fd) return base::Error::system("map " + std::to_string(id), errno);
  return adopt(std::move(fd));
}

base::Status KernelMap::describe() {
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd_, &info, &size) != 0) return base::Error::system("map", errno);
  type_ = info.type;
  key_size_ = info.key_size;
  value_size_ = info.value_size;
  per_cpu_ = has_value_per_cpu(type_);
  if (per_cpu_) {
    GADGETRY_ASSIGN(cpus_, possible_cpus());
  }
  return {};
}

bool KernelMap::is_map_of_maps() const {
  return type_ == BPF_MAP_TYPE_ARRAY_OF_MAPS || type_ == BPF_MAP_TYPE_HASH_OF_MAPS;
}

std::string_view KernelMap::refusal(MapAccess access) const {
  switch (type_) {
    case BPF_MAP_TYPE_PROG_ARRAY:
    case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
    case BPF_MAP_TYPE_CGROUP_ARRAY:
      return "the values of a map of this type are file descriptors";
    case BPF_MAP_TYPE_SK_STORAGE:
    case BPF_MAP_TYPE_INODE_STORAGE:
    case BPF_MAP_TYPE_TASK_STORAGE:
    case kCgroupStorage:
      return "the keys of a map of this type are file descriptors";
    case BPF_MAP_TYPE_SOCKMAP:
    case BPF_MAP_TYPE_SOCKHASH:
    case BPF_MAP_TYPE_XSKMAP:
    case BPF_MAP_TYPE_REUSEPORT_SOCKARRAY:
    case BPF_MAP_TYPE_STRUCT_OPS:
      return access == MapAccess::kRead ? "" : "what is written to a map of this type are file descriptors";
    case BPF_MAP_TYPE_DEVMAP:
    case BPF_MAP_TYPE_DEVMAP_HASH:
    case BPF_MAP_TYPE_CPUMAP:
      // Long values end with the descriptor of a program.
      return access == MapAccess::kRead || value_size_ <= sizeof(uint32_t)
                 ? ""
                 : "what is written to a map of this type are file descriptors";
    default:
      return type_ == BPF_MAP_TYPE_UNSPEC || type_ > kLastMapType ? "the type of the map is unknown" : "";
  }
}

bool KernelMap::has_kernel_batches() const {
  switch (type_) {
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
    case BPF_MAP_TYPE_ARRAY:
    case BPF_MAP_TYPE_PERCPU_ARRAY:
      return batches_work_;
    default:
      return false;
  }
}

int KernelMap::lookup_batch(uint32_t& cursor, uint8_t* keys, uint8_t* values, uint32_t& count, bool remove) {
  bool is_array = type_ == BPF_MAP_TYPE_ARRAY || type_ == BPF_MAP_TYPE_PERCPU_ARRAY;
  if (remove && is_array) return EOPNOTSUPP;
  if (has_kernel_batches()) {
    uint32_t room = count;
    int code = kernel_batch(cursor, keys, values, count, remove);
    if (cursor != 0 || !is_unsupported(code)) return code;
    batches_work_ = false;  // before Linux 5.6, per-CPU arrays 5.13
    count = room;
  }
  return batch_by_key(cursor, keys, values, count, remove);
}

int KernelMap::kernel_batch(uint32_t& cursor, uint8_t* keys, uint8_t* values, uint32_t& count, bool remove) {
  // The kernel's own cursor, of these types, is a number that is smaller than UINT32_MAX.
  uint32_t from = cursor - 1;
  uint32_t to = 0;
  uint32_t* start = cursor == 0 ? nullptr : &from;
  int result = remove ? bpf_map_lookup_and_delete_batch(fd_, start, &to, keys, values, &count, nullptr)
                      : bpf_map_lookup_batch(fd_, start, &to, keys, values, &count, nullptr);
  int code = result == 0 ? 0 : errno;
  if (code != 0 && code != ENOENT) {
    count = 0;
    return code;
  }
  cursor = code == ENOENT ? 0 : to + 1;
  return code;
}

int KernelMap::batch_by_key(uint32_t& cursor, uint8_t* keys, uint8_t* values, uint32_t& count, bool remove) {
  uint32_t room = std::exchange(count, 0);
  if (key_size_ == 0 || key_size_ > limits::kWasmCursorKeyBytes) return EOPNOTSUPP;
  SavedKey& from = saved_keys_[cursor % saved_keys_.size()];
  if (cursor != 0 && from.cursor != cursor) return EINVAL;
  std::vector<uint8_t> key = cursor == 0 ? std::vector<uint8_t>() : from.key;
  for (uint32_t busy = 0; count < room && busy < kBusyRounds;) {
    std::vector<uint8_t> next(key_size_);
    if (bpf_map_get_next_key(fd_, key.empty() ? nullptr : key.data(), next.data()) != 0) {
      if (errno == ENOENT) cursor = 0;
      return errno;
    }
    uint8_t* value = values + count * element_bytes();
    bool gone = bpf_map_lookup_elem(fd_, next.data(), value) != 0 ||
                (remove && bpf_map_delete_elem(fd_, next.data()) != 0);
    if (gone && errno != ENOENT) return errno;
    if (gone) {
      busy++;
    } else {
      std::copy(next.begin(), next.end(), keys + uint64_t{count} * key_size_);
      count++;
    }
    // What was read is not there any more: the next one is the first again.
    if (!remove) key = std::move(next);
  }
  last_cursor_ = std::max(last_cursor_ + 1, 1u);
  cursor = last_cursor_;
  saved_keys_[cursor % saved_keys_.size()] = {.cursor = cursor, .key = std::move(key)};
  return 0;
}

}  // namespace gadgetry::wasm
