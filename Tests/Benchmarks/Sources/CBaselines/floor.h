#ifndef FLOOR_H
#define FLOOR_H

#include <stdint.h>

enum { BL_PAGE = 4096 };

// A look at three words first: most pages with content show it there.
static inline int bl_is_zero(const uint8_t *page) {
  const uint64_t *p = (const uint64_t *)page;
  if (p[0] | p[255] | p[511]) return 0;
  for (int i = 0; i < BL_PAGE / 8; i += 16) {
    uint64_t any = 0;
    for (int k = 0; k < 16; k++) any |= p[i + k];
    if (any) return 0;
  }
  return 1;
}

#endif
