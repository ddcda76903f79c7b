// What a rewind buffer cannot do without: look at the log, whose marks other threads may be
// setting, and copy the marked pages.
#include "baselines.h"

#include <string.h>

size_t bl_keep_pages(const uint8_t *memory, uint64_t *log, size_t words, size_t page,
                     uint8_t *ring, size_t ring_size, size_t *next) {
  size_t kept = 0;
  for (size_t index = 0; index < words; index++) {
    if (__atomic_load_n(&log[index], __ATOMIC_RELAXED) == 0) continue;
    uint64_t bits = __atomic_exchange_n(&log[index], 0, __ATOMIC_ACQ_REL);
    for (; bits != 0; bits &= bits - 1) {
      size_t number = index * 64 + (size_t)__builtin_ctzll(bits);
      if (*next + page > ring_size) *next = 0;
      memcpy(ring + *next, memory + number * page, page);
      *next += page;
      kept++;
    }
  }
  return kept;
}
