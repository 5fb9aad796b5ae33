// SPDX-License-Identifier: Apache-2.0
// The output mode pstree: processes below their parents.
#include <gadget/gadget.hpp>

GADGET_MODULE();

namespace {

constexpr uint32_t kRowsMax = 32768;  // as many as the host can name in one array
constexpr uint32_t kNone = UINT32_MAX;
constexpr uint32_t kIndentMax = 100;  // deeper ones are drawn at this depth

gadget::Field<uint32_t> pid_field;
gadget::Field<uint32_t> tid_field;
gadget::Field<uint32_t> ppid_field;
gadget::Field<gadget::Text> comm_field;

struct Process {
  uint32_t pid;
  uint32_t tid;
  uint32_t ppid;
  uint32_t parent;       // index
  uint32_t first_child;  // index, in ascending order of ids
  uint32_t next;         // sibling
  uint32_t walk;         // of cut_loops()
};

Process processes[kRowsMax];
gadget::FixedString<16> names[kRowsMax];
uint32_t order[kRowsMax];      // by (pid, tid)
uint32_t buffer[kRowsMax];     // of the sort
uint32_t count;

bool before(uint32_t a, uint32_t b) {
  const Process& x = processes[a];
  const Process& y = processes[b];
  return x.pid != y.pid ? x.pid < y.pid : x.tid < y.tid;
}

// Merges runs of growing length: stable, and never quadratic.
void sort() {
  uint32_t* from = order;
  uint32_t* to = buffer;
  for (uint32_t run = 1; run < count; run *= 2) {
    for (uint32_t begin = 0; begin < count; begin += 2 * run) {
      uint32_t middle = begin + run < count ? begin + run : count;
      uint32_t end = begin + 2 * run < count ? begin + 2 * run : count;
      uint32_t left = begin;
      uint32_t right = middle;
      for (uint32_t at = begin; at < end; at++) {
        bool take_right = left >= middle || (right < end && before(from[right], from[left]));
        to[at] = take_right ? from[right++] : from[left++];
      }
    }
    uint32_t* other = from;
    from = to;
    to = other;
  }
  if (from == order) return;
  for (uint32_t i = 0; i < count; i++) order[i] = from[i];
}

// The process (not a thread of one) with this id.
uint32_t find(uint32_t pid) {
  uint32_t low = 0;
  uint32_t high = count;
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (processes[order[middle]].pid < pid) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (; low < count && processes[order[low]].pid == pid; low++) {
    if (processes[order[low]].tid == pid) return order[low];
  }
  return kNone;
}

void read(gadget::Array rows) {
  uint32_t all = rows.size();
  count = all < kRowsMax ? all : kRowsMax;
  for (uint32_t i = 0; i < count; i++) {
    gadget::Event row = rows[i];
    processes[i] = {pid_field.get(row), tid_field.get(row), ppid_field.get(row), kNone, kNone, kNone, 0};
    comm_field.get(row, names[i]);
    order[i] = i;
  }
  if (all > count) gadget::log_warning("pstree: ", all - count, " of ", all, " processes are left out");
}

void find_parents() {
  for (uint32_t i = 0; i < count; i++) {
    Process& process = processes[i];
    bool is_thread = process.tid != process.pid;
    uint32_t parent = find(is_thread ? process.pid : process.ppid);
    if (parent != i) process.parent = parent;
  }
}

// Ids are used again, so processes may seem to be their own ancestors. One of each such loop becomes a root.
void cut_loops() {
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = order[i];
    while (at != kNone && processes[at].walk == 0) {
      processes[at].walk = i + 1;
      at = processes[at].parent;
    }
    if (at != kNone && processes[at].walk == i + 1) processes[at].parent = kNone;
  }
}

// From the last to the first, so that putting each in front leaves the children in order.
void link() {
  for (uint32_t i = count; i > 0; i--) {
    uint32_t index = order[i - 1];
    uint32_t parent = processes[index].parent;
    if (parent == kNone) continue;
    processes[index].next = processes[parent].first_child;
    processes[parent].first_child = index;
  }
}

void print_name(uint32_t index) {
  const Process& process = processes[index];
  gadget::Text name = names[index];
  if (process.tid != process.pid) {
    gadget::print("{", name, "} ", process.tid, "\n");
  } else {
    gadget::print(name, " ", process.pid, "\n");
  }
}

void print_tree(uint32_t root) {
  static uint32_t path[kRowsMax];  // the process that is drawn at each depth
  print_name(root);
  uint32_t depth = 0;
  uint32_t at = processes[root].first_child;
  path[0] = at;
  while (at != kNone) {
    for (uint32_t i = 0; i < depth && i < kIndentMax; i++) gadget::print(processes[path[i]].next == kNone ? "  " : "│ ");
    gadget::print(processes[at].next == kNone ? "└─" : "├─");
    print_name(at);
    uint32_t child = processes[at].first_child;
    if (child != kNone) {
      path[++depth] = child;
      at = child;
      continue;
    }
    // The next brother, or that of the nearest ancestor that has one.
    while (processes[path[depth]].next == kNone && depth > 0) depth--;
    at = processes[path[depth]].next;
    path[depth] = at;
  }
}

void write(const gadget::Output& output) {
  if (output.is_end) return;
  read(output.array());
  sort();
  find_parents();
  cut_loops();
  link();
  for (uint32_t i = 0; i < count; i++) {
    if (processes[order[i]].parent == kNone) print_tree(order[i]);
  }
}

}  // namespace

GADGET_INIT {
  gadget::Source source = gadget::get_source("processes");
  pid_field = source.field<uint32_t>("proc.pid");
  tid_field = source.field<uint32_t>("proc.tid");
  ppid_field = source.field<uint32_t>("proc.parent.pid");
  comm_field = source.field<gadget::Text>("proc.comm");
  if (!pid_field || !tid_field || !ppid_field || !comm_field) return gadget::fail("the rows have other fields");
  return source.output_mode("pstree", write).ok() ? 0 : 1;
}
