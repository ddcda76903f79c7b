// RAM moved by the best plain way: what the page records of a `ram` section cost at least.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "floor.h"
#include "include/baselines.h"

enum { PAGE = BL_PAGE, ZERO = 0x02, NORMAL = 0x08, CONTINUE = 0x20, BATCH = 64, CHUNK = 256 << 10 };

// Writes all of a list; the list is used up.
static int write_all(int descriptor, struct iovec *list, int count) {
  while (count) {
    ssize_t done = writev(descriptor, list, count);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return -1;
    while (count && (size_t)done >= list->iov_len) {
      done -= (ssize_t)list->iov_len;
      list++;
      count--;
    }
    if (count) {
      list->iov_base = (char *)list->iov_base + done;
      list->iov_len -= (size_t)done;
    }
  }
  return 0;
}

int64_t bl_floor_save(int descriptor, const uint8_t *memory, size_t size) {
  // Each page gives at most one header and one page; runs of zero pages share one span.
  static uint8_t headers[32768];
  struct iovec list[BATCH];
  int count = 0;
  size_t used = 0, listed = 0;
  int64_t total = 0;
  for (size_t at = 0; at < size; at += PAGE) {
    int zero = bl_is_zero(memory + at);
    uint64_t word = __builtin_bswap64(at | CONTINUE | (zero ? ZERO : NORMAL));
    memcpy(headers + used, &word, 8);
    used += 8;
    total += 8 + (zero ? 1 : PAGE);
    if (zero) {
      headers[used++] = 0;
    } else {
      list[count++] = (struct iovec){headers + listed, used - listed};
      list[count++] = (struct iovec){(void *)(memory + at), PAGE};
      listed = used;
    }
    if (count + 2 > BATCH || used + 9 > sizeof headers || at + PAGE >= size) {
      if (used > listed) list[count++] = (struct iovec){headers + listed, used - listed};
      if (write_all(descriptor, list, count)) return -1;
      count = 0;
      used = listed = 0;
    }
  }
  return total;
}

static ssize_t read_some(int descriptor, uint8_t *to, size_t size, int64_t at, int seekable) {
  ssize_t got;
  do {
    got = seekable ? pread(descriptor, to, size, at) : read(descriptor, to, size);
  } while (got < 0 && errno == EINTR);
  return got;
}

int64_t bl_floor_load(int descriptor, uint8_t *memory, size_t size, int seekable) {
  uint8_t *buffer = malloc(CHUNK);
  size_t have = 0, at = 0;
  int64_t total = 0;
  for (size_t page = 0; buffer && page < size; page += PAGE) {
    while (have - at < 9 || (!(buffer[at + 7] & ZERO) && have - at < 8 + PAGE)) {
      memmove(buffer, buffer + at, have - at);
      have -= at;
      at = 0;
      ssize_t got = read_some(descriptor, buffer + have, CHUNK - have, total, seekable);
      if (got <= 0) {
        free(buffer);
        return -1;
      }
      have += (size_t)got;
      total += got;
    }
    uint64_t word;
    memcpy(&word, buffer + at, 8);
    word = __builtin_bswap64(word);
    if (word & ZERO) {
      at += 9;
    } else {
      memcpy(memory + (word & ~(uint64_t)(PAGE - 1)), buffer + at + 8, PAGE);
      at += 8 + PAGE;
    }
  }
  free(buffer);
  return total;
}

int64_t bl_drain(int descriptor) {
  uint8_t *buffer = malloc(CHUNK);
  int64_t total = 0;
  ssize_t got;
  while ((got = read_some(descriptor, buffer, CHUNK, 0, 0)) > 0) total += got;
  free(buffer);
  return got < 0 ? -1 : total;
}

int64_t bl_feed(int descriptor, const uint8_t *bytes, size_t size) {
  size_t done = 0;
  while (done < size) {
    size_t piece = size - done < CHUNK ? size - done : CHUNK;
    ssize_t put = write(descriptor, bytes + done, piece);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return -1;
    done += (size_t)put;
  }
  return (int64_t)done;
}

void bl_random_memory(uint8_t *memory, size_t size, uint64_t seed) {
  uint64_t *p = (uint64_t *)memory;
  for (size_t i = 0; i < size / 8; i++) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    p[i] = seed;
  }
}

void bl_zero_half(uint8_t *memory, size_t size) {
  for (size_t at = 0; at < size; at += 2 * PAGE) memset(memory + at, 0, PAGE);
}
