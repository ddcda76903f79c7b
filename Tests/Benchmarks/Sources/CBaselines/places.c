// RAM at fixed places of a file by the best plain way: what a mapped-ram file costs at least.
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "floor.h"
#include "include/baselines.h"

// The bitmap stands at the file's begin, the pages behind it from the next MiB on.
enum { PIECE = 1 << 20, ALIGNMENT = 1 << 20 };

typedef struct {
  int descriptor;
  uint8_t *memory;
  size_t size;
  uint8_t *bitmap;
  int64_t pages;
  int is_save;
  _Atomic size_t next;
  _Atomic int failed;
} work;

static int move_all(const work *w, size_t from, size_t to) {
  while (from < to) {
    int64_t place = w->pages + (int64_t)from;
    ssize_t done = w->is_save ? pwrite(w->descriptor, w->memory + from, to - from, place)
                              : pread(w->descriptor, w->memory + from, to - from, place);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return -1;
    from += (size_t)done;
  }
  return 0;
}

static int has_content(work *w, size_t at) {
  size_t page = at / BL_PAGE;
  if (!w->is_save) return w->bitmap[page / 8] >> page % 8 & 1;
  if (bl_is_zero(w->memory + at)) return 0;
  w->bitmap[page / 8] |= (uint8_t)(1 << page % 8);
  return 1;
}

// Pieces that no thread has taken. A piece's bits fill whole bytes of the bitmap.
static void *run(void *argument) {
  work *w = argument;
  size_t begin;
  while ((begin = atomic_fetch_add(&w->next, PIECE)) < w->size) {
    size_t end = begin + PIECE < w->size ? begin + PIECE : w->size, from = begin;
    for (size_t at = begin; at < end; at += BL_PAGE) {
      if (has_content(w, at)) continue;
      if (move_all(w, from, at)) atomic_store(&w->failed, 1);
      from = at + BL_PAGE;
    }
    if (move_all(w, from, end)) atomic_store(&w->failed, 1);
  }
  return NULL;
}

static int run_all(work *w, int threads) {
  pthread_t others[64];
  int started = 0;
  while (started < threads - 1 && !pthread_create(&others[started], NULL, run, w)) started++;
  run(w);
  for (int i = 0; i < started; i++) pthread_join(others[i], NULL);
  return w->failed || started < threads - 1 ? -1 : 0;
}

int bl_places(int descriptor, uint8_t *memory, size_t size, int is_save, int threads) {
  size_t length = (size / BL_PAGE + 7) / 8;
  size_t pages = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  uint8_t *bitmap = calloc(1, length);
  work w = {descriptor, memory, size, bitmap, (int64_t)pages, is_save, 0, 0};
  int bad = !bitmap || threads > 64;
  if (!bad && !is_save) bad = pread(descriptor, bitmap, length, 0) != (ssize_t)length;
  if (!bad) bad = run_all(&w, threads);
  if (!bad && is_save) bad = pwrite(descriptor, bitmap, length, 0) != (ssize_t)length;
  free(bitmap);
  return bad ? -1 : 0;
}
