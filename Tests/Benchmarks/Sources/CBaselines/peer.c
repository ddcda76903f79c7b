#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "include/baselines.h"

// -- threads at the other end of a pipe -------------------------------------------------

struct bl_peer {
  pthread_t thread;
  int descriptor;
  const uint8_t *bytes;
  size_t size;
  int64_t result;
};

static void *run(void *argument) {
  bl_peer *p = argument;
  p->result = p->bytes ? bl_feed(p->descriptor, p->bytes, p->size) : bl_drain(p->descriptor);
  close(p->descriptor);
  return NULL;
}

bl_peer *bl_peer_start(int descriptor, const uint8_t *bytes, size_t size) {
  bl_peer *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  *p = (bl_peer){.descriptor = descriptor, .bytes = bytes, .size = size};
  if (pthread_create(&p->thread, NULL, run, p)) {
    free(p);
    return NULL;
  }
  return p;
}

int64_t bl_peer_join(bl_peer *p) {
  pthread_join(p->thread, NULL);
  int64_t result = p->result;
  free(p);
  return result;
}

// -- memory -------------------------------------------------------------------------------

enum { HUGE = 2 << 20 };

// Begins where a huge page can, and asks for them.
uint8_t *bl_map(size_t size) {
  uint8_t *p = mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) return NULL;
  size_t before = -(uintptr_t)p & (HUGE - 1);
  if (before) munmap(p, before);
  munmap(p + before + size, HUGE - before);
#ifdef MADV_HUGEPAGE
  madvise(p + before, size, MADV_HUGEPAGE);
#endif
  return p + before;
}

void bl_unmap(uint8_t *memory, size_t size) { munmap(memory, size); }

static int64_t status_kib(const char *key) {
  FILE *f = fopen("/proc/self/status", "r");
  char line[256];
  int64_t value = -1;
  while (f && fgets(line, sizeof line, f)) {
    if (!strncmp(line, key, strlen(key))) value = strtoll(line + strlen(key) + 1, NULL, 10);
  }
  if (f) fclose(f);
  return value;
}

int64_t bl_resident(void) { return status_kib("VmRSS") * 1024; }
int64_t bl_peak_resident(void) { return status_kib("VmHWM") * 1024; }

int bl_reset_peak(void) {
  FILE *f = fopen("/proc/self/clear_refs", "w");
  if (!f) return -1;
  int bad = fputs("5", f) < 0;
  return fclose(f) || bad ? -1 : 0;
}
