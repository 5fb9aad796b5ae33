// The load of the benchmark: COUNT times openat + close of one file, by one process. Prints its wall time in seconds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char** argv) {
  long count = argc > 1 ? atol(argv[1]) : 2000000;
  const char* path = argc > 2 ? argv[2] : "/etc/hostname";
  double start = now();
  for (long i = 0; i < count; i++) {
    int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      perror(path);
      return 1;
    }
    close(fd);
  }
  printf("%.3f\n", now() - start);
  return 0;
}
