#include <string.h>

#include "interpreter.h"

// -- codecs ----------------------------------------------------------------------------

#define CODEC(family, bits, put_it, get_it)                                                    \
  static int family##_put##bits(bl_writer *w, void *v, size_t size, const bl_field *f) {       \
    (void)size, (void)f;                                                                       \
    put_it(w, *(uint##bits##_t *)v);                                                           \
    return 0;                                                                                  \
  }                                                                                            \
  static int family##_get##bits(bl_reader *r, void *v, size_t size, const bl_field *f) {       \
    (void)size, (void)f;                                                                       \
    *(uint##bits##_t *)v = get_it(r);                                                          \
    return 0;                                                                                  \
  }                                                                                            \
  static const bl_info family##_uint##bits = {"uint" #bits, family##_get##bits, family##_put##bits};

#define BUFFER(family, put_it)                                                                 \
  static int family##_put_buffer(bl_writer *w, void *v, size_t size, const bl_field *f) {      \
    (void)f;                                                                                   \
    put_it(w, v, size);                                                                        \
    return 0;                                                                                  \
  }                                                                                            \
  static int family##_get_buffer(bl_reader *r, void *v, size_t size, const bl_field *f) {      \
    (void)f;                                                                                   \
    return bl_get_buffer(r, v, size) == size ? 0 : -5;                                         \
  }                                                                                            \
  static const bl_info family##_buffer = {"buffer", family##_get_buffer, family##_put_buffer};

CODEC(bytewise, 8, bl_put_byte, bl_get_byte)
CODEC(bytewise, 16, bl_put_be16, bl_get_be16)
CODEC(bytewise, 32, bl_put_be32, bl_get_be32)
CODEC(bytewise, 64, bl_put_be64, bl_get_be64)
BUFFER(bytewise, bl_put_buffer)

static void wide_put_byte(bl_writer *w, uint8_t v) {
  if (w->index == BL_BUFFER) bl_flush(w);
  w->buffer[w->index++] = v;
}

static uint8_t wide_get_byte(bl_reader *r) {
  if (r->index == r->size) bl_fill_buffer(r);
  return r->index < r->size ? r->buffer[r->index++] : 0;
}

CODEC(wide, 8, wide_put_byte, wide_get_byte)
CODEC(wide, 16, bl_wide_put16, bl_wide_get16)
CODEC(wide, 32, bl_wide_put32, bl_wide_get32)
CODEC(wide, 64, bl_wide_put64, bl_wide_get64)
BUFFER(wide, bl_wide_put_bytes)

// -- the table ----------------------------------------------------------------------------

static bool extra_needed(void *opaque) { return ((bl_state *)opaque)->extra != 0; }

#define ONE(family, type, owner, member) \
  {.name = #member, .offset = offsetof(owner, member), .size = sizeof(type##_t), .info = &family##_##type}

#define TABLE(family)                                                                          \
  static const bl_field family##_channel_fields[] = {                                          \
      ONE(family, uint32, bl_channel, count), ONE(family, uint16, bl_channel, latch),          \
      ONE(family, uint8, bl_channel, mode),   ONE(family, uint8, bl_channel, gate),            \
      ONE(family, uint64, bl_channel, next),  {0},                                             \
  };                                                                                           \
  static const bl_description family##_channel = {                                             \
      .name = "bench channel", .version = 1, .minimum_version = 1,                             \
      .fields = family##_channel_fields};                                                      \
  static const bl_field family##_extra_fields[] = {ONE(family, uint64, bl_state, extra), {0}}; \
  static const bl_description family##_extra = {                                               \
      .name = "bench/extra", .version = 1, .minimum_version = 1, .needed = extra_needed,       \
      .fields = family##_extra_fields};                                                        \
  static const bl_description *const family##_subsections[] = {&family##_extra, NULL};         \
  static const bl_field family##_fields[] = {                                                  \
      BL_SCALARS(family##_SCALAR){                                                             \
          .name = "table", .offset = offsetof(bl_state, table), .size = 4, .count = 256,       \
          .flags = BL_ARRAY, .info = &family##_uint32},                                        \
      {.name = "channels", .offset = offsetof(bl_state, channels), .size = sizeof(bl_channel), \
       .count = 16, .flags = BL_ARRAY | BL_STRUCT, .description = &family##_channel},          \
      {.name = "buffer", .offset = offsetof(bl_state, buffer), .size = 4096,                   \
       .info = &family##_buffer},                                                              \
      {0},                                                                                     \
  };                                                                                           \
  const bl_description bl_##family##_table = {                                                 \
      .name = "bench", .version = 1, .minimum_version = 1, .fields = family##_fields,          \
      .subsections = family##_subsections};

#define bytewise_SCALAR(type, member) ONE(bytewise, type, bl_state, member),
#define wide_SCALAR(type, member) ONE(wide, type, bl_state, member),
TABLE(bytewise)
TABLE(wide)

int bl_save_bytewise(bl_writer *w, bl_state *s) {
  return bl_interpreted_save(w, &bl_bytewise_table, s, 1);
}
int bl_save_wide(bl_writer *w, bl_state *s) { return bl_interpreted_save(w, &bl_wide_table, s, 1); }
int bl_load_bytewise(bl_reader *r, bl_state *s) {
  return bl_interpreted_load(r, &bl_bytewise_table, s, 1);
}
int bl_load_wide(bl_reader *r, bl_state *s) { return bl_interpreted_load(r, &bl_wide_table, s, 1); }

// -- values -----------------------------------------------------------------------------------

static uint64_t step(uint64_t *state) {
  uint64_t z = *state += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

void bl_fill(bl_state *s, uint64_t seed) {
#define SET(type, name) s->name = (type##_t)step(&seed);
  BL_SCALARS(SET)
  for (int i = 0; i < 256; i++) s->table[i] = (uint32_t)step(&seed);
  for (int i = 0; i < 16; i++) {
    s->channels[i].count = (uint32_t)step(&seed);
    s->channels[i].latch = (uint16_t)step(&seed);
    s->channels[i].mode = (uint8_t)step(&seed);
    s->channels[i].gate = (uint8_t)step(&seed);
    s->channels[i].next = step(&seed);
  }
  for (int i = 0; i < 4096; i++) s->buffer[i] = (uint8_t)step(&seed);
  s->extra = step(&seed) | 1;
}
