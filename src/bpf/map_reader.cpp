#include "bpf/map_reader.hpp"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include "base/limits.hpp"

namespace gadgetry::bpf {
namespace {

constexpr uint32_t kFirstBatch = 256;                      // elements
constexpr uint32_t kBatchBytes = 1u << 20;                 // of values, for the first batch
constexpr int kBusyRounds = 100000;                        // a bucket of the map was locked
constexpr int kNotSupported = 524;                         // the kernel's ENOTSUPP, which is not EOPNOTSUPP
constexpr uint64_t kValuesBytesMax = uint64_t{256} << 20;  // memory for one batch

uint32_t round_up(uint32_t value, uint32_t to) {
  return (value + to - 1) / to * to;
}

bool is_zero(const uint8_t* bytes, size_t size) {
  return std::all_of(bytes, bytes + size, [](uint8_t byte) { return byte == 0; });
}

uint64_t load_sized(const uint8_t* from, uint32_t size) {
  uint64_t value = 0;
  std::memcpy(&value, from, size);  // little-endian, as eBPF is here
  return value;
}

}  // namespace

base::Status MapReader::complete_layout() {
  MapLayout& layout = options_.layout;
  if ((layout.key_size != 0 && layout.key_size != key_size_) ||
      (layout.value_size != 0 && layout.value_size != value_size_)) {
    return base::Error("the map's keys or values are not of the size that was declared");
  }
  layout.key_size = key_size_;
  layout.value_size = value_size_;
  bool shows_cpu = per_cpu_ && options_.per_cpu == PerCpu::kShow && layout.slots == 0;
  if (layout.value_offset == 0 && layout.slots == 0) layout.value_offset = round_up(key_size_, 4);
  uint32_t values = layout.slots != 0 ? layout.slots : 1;
  uint64_t end = uint64_t{layout.value_offset} + uint64_t{values} * value_size_;
  if (end > limits::kSampleBytes) return base::Error("a row of the map is too large");
  if (!shows_cpu) layout.cpu_offset = 0;
  if (shows_cpu && layout.cpu_offset == 0) layout.cpu_offset = round_up(static_cast<uint32_t>(end), 4);
  if (shows_cpu) end = std::max<uint64_t>(end, uint64_t{layout.cpu_offset} + sizeof(uint32_t));
  if (layout.sample_size == 0) layout.sample_size = static_cast<uint32_t>(end);
  bool key_fits = layout.slots != 0 || layout.value_offset >= key_size_;
  if (!key_fits || layout.sample_size < end || layout.sample_size > limits::kSampleBytes ||
      (shows_cpu && layout.cpu_offset < layout.value_offset + value_size_)) {
    return base::Error("the layout of the rows does not fit the map");
  }
  if (layout.slots != 0 && key_size_ > sizeof(uint64_t)) return base::Error("slots need an integer key");
  for (const SumField& field : options_.sum_fields) {
    bool known = field.size == 1 || field.size == 2 || field.size == 4 || field.size == 8;
    if (!known || uint64_t{field.offset} + field.size > value_size_) {
      return base::Error("a field to sum up is not within the map's value");
    }
  }
  return {};
}

base::Result<MapReader> MapReader::open(int map_fd, MapReadOptions options) {
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(map_fd, &info, &size) != 0) return base::Error::system("map", errno);
  MapReader reader;
  reader.options_ = std::move(options);
  switch (info.type) {
    case BPF_MAP_TYPE_ARRAY:
      reader.is_array_ = true;
      break;
    case BPF_MAP_TYPE_PERCPU_ARRAY:
      reader.is_array_ = true;
      reader.per_cpu_ = true;
      break;
    case BPF_MAP_TYPE_HASH:
    case BPF_MAP_TYPE_LRU_HASH:
      break;
    case BPF_MAP_TYPE_PERCPU_HASH:
    case BPF_MAP_TYPE_LRU_PERCPU_HASH:
      reader.per_cpu_ = true;
      break;
    default: {
      const char* type = libbpf_bpf_map_type_str(static_cast<bpf_map_type>(info.type));
      return base::Error("maps of type " + std::string(type == nullptr ? "unknown" : type) +
                         " cannot be read as rows")
          .with_hint("use a hash, LRU hash or array map, or their per-CPU kinds");
    }
  }
  reader.key_size_ = info.key_size;
  reader.value_size_ = info.value_size;
  reader.max_entries_ = info.max_entries;
  reader.value_stride_ = info.value_size;
  if (reader.per_cpu_) {
    int cpus = libbpf_num_possible_cpus();
    if (cpus <= 0) return base::Error::system("cannot tell the number of CPUs", -cpus);
    reader.cpus_ = static_cast<uint32_t>(cpus);
    reader.value_stride_ = round_up(info.value_size, 8);
  }
  uint64_t element = uint64_t{reader.value_stride_} * reader.cpus_;
  if (element > kValuesBytesMax) return base::Error("an element of the map is too large");
  reader.element_bytes_ = static_cast<uint32_t>(element);
  GADGETRY_TRY(reader.complete_layout());
  reader.batch_works_ = !reader.options_.without_batch;
  reader.batch_ = std::clamp(kBatchBytes / std::max(reader.element_bytes_, 1u), 1u,
                             std::min(kFirstBatch, std::max(reader.max_entries_, 1u)));
  reader.sum_.resize(reader.value_size_);
  reader.fd_.reset(fcntl(map_fd, F_DUPFD_CLOEXEC, 0));
  if (!reader.fd_) return base::Error::system("map", errno);
  return reader;
}

base::Result<size_t> MapReader::fetch(std::vector<uint8_t>& rows) {
  size_t before = rows.size();
  rows_ = &rows;
  row_count_ = 0;
  if (options_.layout.slots != 0) rows.resize(before + row_size());
  base::Status done;
  if (is_array_) {
    done = read_array();
  } else {
    if (batch_works_) done = read_hash_batch();
    if (done.ok() && !batch_works_) done = read_hash_single();
  }
  rows_ = nullptr;
  if (!done.ok()) {
    rows.resize(before);
    return std::move(done).error().context("reading a map");
  }
  if (options_.layout.slots == 0) return row_count_;
  if (!options_.skip_zero || !is_zero(rows.data() + before, row_size())) return size_t{1};
  rows.resize(before);
  return size_t{0};
}

// Every round takes whole buckets of the map and comes back with the place to go on from, so it ends: the
// number of buckets does not change.
base::Status MapReader::read_hash_batch() {
  bool consume = options_.mode == MapReadMode::kConsume;
  uint64_t token = 0;  // the kernel's place in the map: 32 bits for hash maps
  bool first = true;
  int busy = 0;
  for (;;) {
    keys_.resize(size_t{batch_} * key_size_);
    values_.resize(size_t{batch_} * element_bytes_);
    uint32_t count = batch_;
    uint64_t next = token;
    void* in = first ? nullptr : &token;
    int code =
        consume ? bpf_map_lookup_and_delete_batch(fd_.get(), in, &next, keys_.data(), values_.data(), &count,
                                                  nullptr)
                : bpf_map_lookup_batch(fd_.get(), in, &next, keys_.data(), values_.data(), &count, nullptr);
    int error = code == 0 ? 0 : errno;
    if (error == ENOSPC) {  // a bucket has more elements than we asked for; nothing was taken
      uint64_t wanted = std::min<uint64_t>(uint64_t{batch_} * 2, std::max(max_entries_, kFirstBatch));
      if (wanted <= batch_ || wanted * element_bytes_ > kValuesBytesMax)
        return base::Error::system("batch", error);
      batch_ = static_cast<uint32_t>(wanted);
      continue;
    }
    bool busy_bucket = error == EBUSY && ++busy < kBusyRounds;  // what came before it was taken all the same
    if (first && (error == EINVAL || error == EOPNOTSUPP || error == kNotSupported)) {
      batch_works_ = false;
      return {};
    }
    if (error != 0 && error != ENOENT && !busy_bucket) return base::Error::system("batch", error);
    for (uint32_t i = 0; i < std::min(count, batch_); ++i) {
      GADGETRY_TRY(
          add_element(keys_.data() + size_t{i} * key_size_, values_.data() + size_t{i} * element_bytes_));
    }
    if (error == ENOENT) return {};  // that was the end
    token = next;
    first = false;
  }
}

// Reads (and takes out, when consuming) one element into values_; false when it is gone.
base::Result<bool> MapReader::take_element(const uint8_t* key) {
  bool consume = options_.mode == MapReadMode::kConsume;
  // For hash maps since Linux 5.14; before that an update between the two calls is lost.
  if (consume && bpf_map_lookup_and_delete_elem(fd_.get(), key, values_.data()) == 0) return true;
  if (consume && errno == ENOENT) return false;
  if (bpf_map_lookup_elem(fd_.get(), key, values_.data()) != 0) {
    if (errno == ENOENT) return false;
    return base::Error::system("lookup", errno);
  }
  if (consume && bpf_map_delete_elem(fd_.get(), key) != 0 && errno != ENOENT) {
    return base::Error::system("delete", errno);
  }
  return true;
}

// Key by key. When the key we stand on is deleted meanwhile the kernel starts again at the first one: keys
// are remembered, and the steps are counted, so that a busy map cannot keep us here.
base::Status MapReader::read_hash_single() {
  uint64_t steps = uint64_t{max_entries_} * 2 + 16;
  std::unordered_set<std::string> seen;
  std::vector<uint8_t> key(key_size_);
  std::vector<uint8_t> next(key_size_);
  values_.resize(element_bytes_);
  bool first = true;
  while (steps-- > 0) {
    if (bpf_map_get_next_key(fd_.get(), first ? nullptr : key.data(), next.data()) != 0) {
      if (errno == ENOENT) break;
      return base::Error::system("next key", errno);
    }
    first = false;
    key.swap(next);
    seen.emplace(reinterpret_cast<const char*>(key.data()), key.size());
  }
  for (const std::string& one : seen) {
    const uint8_t* bytes = reinterpret_cast<const uint8_t*>(one.data());
    GADGETRY_ASSIGN(bool found, take_element(bytes));
    if (found) GADGETRY_TRY(add_element(bytes, values_.data()));
  }
  return {};
}

base::Status MapReader::read_array() {
  bool consume = options_.mode == MapReadMode::kConsume;
  values_.resize(element_bytes_);
  std::vector<uint8_t> zeros(consume ? element_bytes_ : 0);
  for (uint32_t index = 0; index < max_entries_; ++index) {
    if (bpf_map_lookup_elem(fd_.get(), &index, values_.data()) != 0)
      return base::Error::system("lookup", errno);
    bool empty = is_zero(values_.data(), element_bytes_);
    if (consume && !empty && bpf_map_update_elem(fd_.get(), &index, zeros.data(), BPF_ANY) != 0) {
      return base::Error::system("setting an element to zero", errno);
    }
    if (empty && options_.skip_zero) continue;
    GADGETRY_TRY(add_element(reinterpret_cast<const uint8_t*>(&index), values_.data()));
  }
  return {};
}

base::Status MapReader::add_element(const uint8_t* key, const uint8_t* values) {
  if (rows_->size() > limits::kIteratorBytes) return base::Error("the map has too much in it");
  if (!per_cpu_) {
    add_row(key, values, 0);
    return {};
  }
  if (options_.per_cpu == PerCpu::kSum || options_.layout.slots != 0) {
    sum_cpus(values, sum_.data());
    add_row(key, sum_.data(), 0);
    return {};
  }
  for (uint32_t cpu = 0; cpu < cpus_; ++cpu) {
    const uint8_t* value = values + size_t{cpu} * value_stride_;
    if (!options_.skip_zero || !is_zero(value, value_size_)) add_row(key, value, cpu);
  }
  return {};
}

void MapReader::add_row(const uint8_t* key, const uint8_t* value, uint32_t cpu) {
  const MapLayout& layout = options_.layout;
  if (layout.slots != 0) {
    add_to_slots(key, value);
    return;
  }
  size_t at = rows_->size();
  rows_->resize(at + layout.sample_size);
  uint8_t* row = rows_->data() + at;
  std::memcpy(row, key, key_size_);
  std::memcpy(row + layout.value_offset, value, value_size_);
  if (layout.cpu_offset != 0) std::memcpy(row + layout.cpu_offset, &cpu, sizeof(cpu));
  ++row_count_;
}

// Slots: the element with key i adds to number i of the one row; what is beyond the end adds to the last.
void MapReader::add_to_slots(const uint8_t* key, const uint8_t* value) {
  const MapLayout& layout = options_.layout;
  uint64_t slot = std::min<uint64_t>(load_sized(key, key_size_), layout.slots - 1);
  uint8_t* place =
      rows_->data() + rows_->size() - layout.sample_size + layout.value_offset + slot * value_size_;
  if (value_size_ > sizeof(uint64_t)) {
    std::memcpy(place, value, value_size_);
    return;
  }
  uint64_t sum = load_sized(place, value_size_) + load_sized(value, value_size_);
  std::memcpy(place, &sum, value_size_);
}

void MapReader::sum_cpus(const uint8_t* values, uint8_t* out) const {
  const uint8_t* shown = values;
  for (uint32_t cpu = 0; cpu < cpus_; ++cpu) {
    const uint8_t* value = values + size_t{cpu} * value_stride_;
    if (is_zero(value, value_size_)) continue;
    shown = value;
    break;
  }
  std::memcpy(out, shown, value_size_);
  for (const SumField& field : options_.sum_fields) {
    uint64_t sum = 0;
    for (uint32_t cpu = 0; cpu < cpus_; ++cpu) {
      sum += load_sized(values + size_t{cpu} * value_stride_ + field.offset, field.size);
    }
    std::memcpy(out + field.offset, &sum, field.size);
  }
}

}  // namespace gadgetry::bpf
