// The floor of the benchmark: loads and attaches an eBPF object with libbpf and only counts what comes through its ring
// buffer. Usage: bare_consumer OBJECT MAP. Ends at SIGINT or SIGTERM; prints the number of records.
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stopped;
static unsigned long long records;

static void on_signal(int signal) {
  (void)signal;
  stopped = 1;
}

static int count(void* context, void* data, size_t size) {
  (void)context;
  (void)data;
  (void)size;
  records++;
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s OBJECT MAP\n", argv[0]);
    return 2;
  }
  struct bpf_object* object = bpf_object__open_file(argv[1], NULL);
  if (object == NULL || bpf_object__load(object) != 0) return 1;
  struct bpf_program* program;
  bpf_object__for_each_program(program, object) {
    if (bpf_program__attach(program) == NULL) return 1;
  }
  int fd = bpf_object__find_map_fd_by_name(object, argv[2]);
  struct ring_buffer* ring = ring_buffer__new(fd, count, NULL, NULL);
  if (ring == NULL) return 1;
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  fprintf(stderr, "ready\n");
  while (!stopped) ring_buffer__poll(ring, 50);
  ring_buffer__consume(ring);
  printf("%llu\n", records);
  return 0;
}
