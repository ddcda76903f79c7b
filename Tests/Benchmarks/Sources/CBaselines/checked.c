// The reference state saved and loaded by straight-line code whose every value goes through an
// inlined accessor with its own room check, the way device code is written by hand.
#include <string.h>

#include "stream.h"

#define NAME "bench/extra"

#define ACCESSORS(bits)                                                     \
  static inline void put##bits(bl_writer *w, uint##bits##_t v) {            \
    if (__builtin_expect(w->index + sizeof v > BL_BUFFER, 0)) bl_flush(w);  \
    if (bits > 8) v = (uint##bits##_t)SWAP##bits(v);                        \
    memcpy(w->buffer + w->index, &v, sizeof v);                             \
    w->index += sizeof v;                                                   \
  }                                                                         \
  static inline uint##bits##_t get##bits(bl_reader *r) {                    \
    uint##bits##_t v = 0;                                                   \
    if (__builtin_expect(r->index + sizeof v > r->size, 0)) {               \
      bl_fill_buffer(r);                                                    \
      if (r->index + sizeof v > r->size) return 0;                          \
    }                                                                       \
    memcpy(&v, r->buffer + r->index, sizeof v);                             \
    r->index += sizeof v;                                                   \
    return (uint##bits##_t)SWAP##bits(v);                                   \
  }
#define SWAP8(v) (v)
#define SWAP16(v) __builtin_bswap16(v)
#define SWAP32(v) __builtin_bswap32(v)
#define SWAP64(v) __builtin_bswap64(v)
ACCESSORS(8)
ACCESSORS(16)
ACCESSORS(32)
ACCESSORS(64)

#define PUT_uint8 put8
#define PUT_uint16 put16
#define PUT_uint32 put32
#define PUT_uint64 put64
#define GET_uint8 get8
#define GET_uint16 get16
#define GET_uint32 get32
#define GET_uint64 get64
#define PUT_MEMBER(type, name) PUT_##type(w, s->name);
#define GET_MEMBER(type, name) s->name = GET_##type(r);

int bl_save_checked(bl_writer *w, bl_state *s) {
  BL_SCALARS(PUT_MEMBER)
  for (int i = 0; i < 256; i++) put32(w, s->table[i]);
  for (int i = 0; i < 16; i++) {
    const bl_channel *c = s->channels + i;
    put32(w, c->count);
    put16(w, c->latch);
    put8(w, c->mode);
    put8(w, c->gate);
    put64(w, c->next);
  }
  bl_wide_put_bytes(w, s->buffer, sizeof s->buffer);
  if (s->extra) {
    put8(w, 0x05);
    put8(w, sizeof NAME - 1);
    bl_wide_put_bytes(w, (const uint8_t *)NAME, sizeof NAME - 1);
    put32(w, 1);
    put64(w, s->extra);
  }
  return w->error;
}

int bl_load_checked(bl_reader *r, bl_state *s) {
  BL_SCALARS(GET_MEMBER)
  for (int i = 0; i < 256; i++) s->table[i] = get32(r);
  for (int i = 0; i < 16; i++) {
    bl_channel *c = s->channels + i;
    c->count = get32(r);
    c->latch = get16(r);
    c->mode = get8(r);
    c->gate = get8(r);
    c->next = get64(r);
  }
  if (bl_get_buffer(r, s->buffer, sizeof s->buffer) != sizeof s->buffer) return -5;
  const uint8_t *p;
  if (bl_peek(r, &p, 2 + sizeof NAME - 1, 0) == 2 + sizeof NAME - 1 && p[0] == 0x05 &&
      p[1] == sizeof NAME - 1 && !memcmp(p + 2, NAME, sizeof NAME - 1)) {
    bl_skip(r, 2 + sizeof NAME - 1);
    if (get32(r) != 1) return -22;
    s->extra = get64(r);
  }
  return r->error;
}
