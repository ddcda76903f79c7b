// The reference state saved and loaded by straight-line code: one room check for the fixed
// part, one for the subsection, a local cursor.
#include <string.h>

#include "stream.h"

#define NAME "bench/extra"
enum {
  FIXED = 10 * (1 + 2 + 4 + 8) + 256 * 4 + 16 * 16 + 4096,
  HEAD = 2 + sizeof NAME - 1 + 4,
};

#define STORE(bits)                                                     \
  static inline uint8_t *store##bits(uint8_t *p, uint##bits##_t v) {    \
    v = __builtin_bswap##bits(v);                                       \
    memcpy(p, &v, sizeof v);                                            \
    return p + sizeof v;                                                \
  }                                                                     \
  static inline const uint8_t *fetch##bits(const uint8_t *p, uint##bits##_t *v) { \
    uint##bits##_t raw;                                                 \
    memcpy(&raw, p, sizeof raw);                                        \
    *v = __builtin_bswap##bits(raw);                                    \
    return p + sizeof raw;                                              \
  }
STORE(16)
STORE(32)
STORE(64)

static inline uint8_t *store8(uint8_t *p, uint8_t v) {
  *p = v;
  return p + 1;
}

static inline const uint8_t *fetch8(const uint8_t *p, uint8_t *v) {
  *v = *p;
  return p + 1;
}

#define PUT(bits, value) p = store##bits(p, value)
#define GET(bits, value) p = fetch##bits(p, &value)
#define PUT_GROUP(n) PUT(8, s->b##n); PUT(16, s->h##n); PUT(32, s->w##n); PUT(64, s->q##n)
#define GET_GROUP(n) GET(8, s->b##n); GET(16, s->h##n); GET(32, s->w##n); GET(64, s->q##n)

static uint8_t *reserve(bl_writer *w, size_t size) {
  if (w->index + size > BL_BUFFER) bl_flush(w);
  return w->buffer + w->index;
}

int bl_save_straight(bl_writer *w, bl_state *state) {
  const bl_state *restrict s = state;
  uint8_t *restrict p = reserve(w, FIXED);
  PUT_GROUP(0); PUT_GROUP(1); PUT_GROUP(2); PUT_GROUP(3); PUT_GROUP(4);
  PUT_GROUP(5); PUT_GROUP(6); PUT_GROUP(7); PUT_GROUP(8); PUT_GROUP(9);
  for (int i = 0; i < 256; i++) store32(p + 4 * i, s->table[i]);
  p += 1024;
  for (int i = 0; i < 16; i++) {
    const bl_channel *c = s->channels + i;
    PUT(32, c->count); PUT(16, c->latch); PUT(8, c->mode); PUT(8, c->gate); PUT(64, c->next);
  }
  memcpy(p, s->buffer, 4096);
  w->index += FIXED;
  if (s->extra) {
    p = reserve(w, HEAD + 8);
    *p++ = 0x05;
    *p++ = sizeof NAME - 1;
    memcpy(p, NAME, sizeof NAME - 1);
    p += sizeof NAME - 1;
    PUT(32, 1);
    PUT(64, s->extra);
    w->index += HEAD + 8;
  }
  return w->error;
}

static const uint8_t *need(bl_reader *r, size_t size) {
  if (r->size - r->index < size) bl_fill_buffer(r);
  while (r->size - r->index < size && !r->error) bl_fill_buffer(r);
  return r->size - r->index < size ? NULL : r->buffer + r->index;
}

int bl_load_straight(bl_reader *r, bl_state *state) {
  bl_state *restrict s = state;
  const uint8_t *restrict p = need(r, FIXED);
  if (!p) return -5;
  GET_GROUP(0); GET_GROUP(1); GET_GROUP(2); GET_GROUP(3); GET_GROUP(4);
  GET_GROUP(5); GET_GROUP(6); GET_GROUP(7); GET_GROUP(8); GET_GROUP(9);
  for (int i = 0; i < 256; i++) fetch32(p + 4 * i, &s->table[i]);
  p += 1024;
  for (int i = 0; i < 16; i++) {
    bl_channel *c = s->channels + i;
    GET(32, c->count); GET(16, c->latch); GET(8, c->mode); GET(8, c->gate); GET(64, c->next);
  }
  memcpy(s->buffer, p, 4096);
  r->index += FIXED;
  p = need(r, HEAD + 8);
  if (p && p[0] == 0x05 && p[1] == sizeof NAME - 1 && !memcmp(p + 2, NAME, sizeof NAME - 1)) {
    uint32_t version;
    fetch32(p + 2 + sizeof NAME - 1, &version);
    if (version != 1) return -22;
    fetch64(p + HEAD, &s->extra);
    r->index += HEAD + 8;
  }
  return r->error;
}
