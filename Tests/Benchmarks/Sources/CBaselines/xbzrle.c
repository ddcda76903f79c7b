// The delta of a page as the classic loops make it: runs of equal bytes go by a word at a time,
// runs of changed bytes too, each run's end is found byte by byte. And a bare look for zeros.
#include <string.h>

#include "include/baselines.h"

static int put_length(uint8_t *to, unsigned value) {
  if (value < 0x80) {
    to[0] = (uint8_t)value;
    return 1;
  }
  to[0] = (uint8_t)(value | 0x80);
  to[1] = (uint8_t)(value >> 7);
  return 2;
}

static uint64_t load(const uint8_t *from) {
  uint64_t value;
  memcpy(&value, from, 8);
  return value;
}

int bl_xbzrle(const uint8_t *old, const uint8_t *new, int size, uint8_t *to, int room) {
  const uint64_t ones = 0x0101010101010101u;
  int i = 0, d = 0;
  while (i < size) {
    int start = i;
    if (d + 2 > room) return -1;
    while (i < size && i % 8 && old[i] == new[i]) i++;
    if (i % 8 == 0)
      while (i < size && load(old + i) == load(new + i)) i += 8;
    while (i < size && old[i] == new[i]) i++;
    if (i == size) return start ? d : 0;
    d += put_length(to + d, (unsigned)(i - start));
    start = i;
    if (d + 2 > room) return -1;
    while (i < size && i % 8 && old[i] != new[i]) i++;
    if (i < size && i % 8 == 0)
      while (i < size) {
        uint64_t x = load(old + i) ^ load(new + i);
        if ((x - ones) & ~x & (ones << 7)) break;
        i += 8;
      }
    while (i < size && old[i] != new[i]) i++;
    d += put_length(to + d, (unsigned)(i - start));
    if (d + i - start > room) return -1;
    memcpy(to + d, new + start, (size_t)(i - start));
    d += i - start;
  }
  return d;
}

int64_t bl_zero_pages(const uint8_t *memory, size_t size) {
  int64_t count = 0;
  for (size_t at = 0; at < size; at += 4096) {
    const uint8_t *page = memory + at;
    if (load(page) | load(page + 2048) | load(page + 4088)) continue;
    uint64_t any = 0;
    for (int i = 0; i < 4096 && !any; i += 128)
      for (int k = 0; k < 128; k += 8) any |= load(page + i + k);
    count += !any;
  }
  return count;
}
