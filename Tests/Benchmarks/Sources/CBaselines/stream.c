#include "stream.h"

#include <stdlib.h>
#include <string.h>

bl_writer *bl_writer_new(void) { return calloc(1, sizeof(bl_writer)); }
void bl_writer_free(bl_writer *w) { free(w); }

void bl_capture(bl_writer *w, uint8_t *target, size_t capacity) {
  w->capture = target;
  w->captured = 0;
  w->capacity = capacity;
}

uint64_t bl_finish(bl_writer *w) {
  bl_flush(w);
  return w->flushed;
}

bl_reader *bl_reader_new(const uint8_t *source, size_t size) {
  bl_reader *r = calloc(1, sizeof(bl_reader));
  if (r) {
    r->source = source;
    r->source_size = size;
  }
  return r;
}

void bl_reader_free(bl_reader *r) { free(r); }

void bl_flush(bl_writer *w) {
  if (w->capture) {
    size_t room = w->capacity - w->captured;
    size_t count = w->index < room ? w->index : room;
    memcpy(w->capture + w->captured, w->buffer, count);
    w->captured += count;
  }
  w->flushed += w->index;
  w->index = 0;
  w->segment_count = 0;
}

void bl_fill_buffer(bl_reader *r) {
  size_t kept = r->size - r->index;
  memmove(r->buffer, r->buffer + r->index, kept);
  r->index = 0;
  r->size = kept;
  if (r->source_at == r->source_size) r->source_at = 0;
  size_t count = r->source_size - r->source_at;
  if (count > BL_BUFFER - kept) count = BL_BUFFER - kept;
  memcpy(r->buffer + kept, r->source + r->source_at, count);
  r->source_at += count;
  r->size += count;
  if (!count) r->error = -5;
}

// -- byte by byte ----------------------------------------------------------------------

// Adds what was just put into the buffer to the list of segments; adjacent bytes extend the
// last one.
static void list_bytes(bl_writer *w, size_t size) {
  uint8_t *at = w->buffer + w->index;
  struct iovec *last = w->segments + w->segment_count - 1;
  if (w->segment_count && (uint8_t *)last->iov_base + last->iov_len == at) {
    last->iov_len += size;
  } else {
    w->segments[w->segment_count++] = (struct iovec){at, size};
  }
  w->index += size;
  if (w->index == BL_BUFFER || w->segment_count == BL_SEGMENTS) bl_flush(w);
}

void bl_put_byte(bl_writer *w, uint8_t v) {
  if (w->error) return;
  w->buffer[w->index] = v;
  list_bytes(w, 1);
}

void bl_put_be16(bl_writer *w, uint16_t v) {
  bl_put_byte(w, v >> 8);
  bl_put_byte(w, (uint8_t)v);
}

void bl_put_be32(bl_writer *w, uint32_t v) {
  bl_put_byte(w, v >> 24);
  bl_put_byte(w, (uint8_t)(v >> 16));
  bl_put_byte(w, (uint8_t)(v >> 8));
  bl_put_byte(w, (uint8_t)v);
}

void bl_put_be64(bl_writer *w, uint64_t v) {
  bl_put_be32(w, v >> 32);
  bl_put_be32(w, (uint32_t)v);
}

void bl_put_buffer(bl_writer *w, const uint8_t *data, size_t size) {
  while (size && !w->error) {
    size_t piece = BL_BUFFER - w->index;
    if (piece > size) piece = size;
    memcpy(w->buffer + w->index, data, piece);
    list_bytes(w, piece);
    data += piece;
    size -= piece;
  }
}

uint8_t bl_peek_byte(bl_reader *r, size_t offset) {
  if (r->index + offset >= r->size) bl_fill_buffer(r);
  return r->index + offset < r->size ? r->buffer[r->index + offset] : 0;
}

size_t bl_peek(bl_reader *r, const uint8_t **data, size_t size, size_t offset) {
  while (r->size - r->index < offset + size && !r->error) bl_fill_buffer(r);
  if (r->size - r->index <= offset) return 0;
  size_t have = r->size - r->index - offset;
  *data = r->buffer + r->index + offset;
  return have < size ? have : size;
}

void bl_skip(bl_reader *r, size_t size) {
  if (r->index + size <= r->size) r->index += size;
}

uint8_t bl_get_byte(bl_reader *r) {
  uint8_t v = bl_peek_byte(r, 0);
  bl_skip(r, 1);
  return v;
}

uint16_t bl_get_be16(bl_reader *r) {
  uint16_t v = (uint16_t)(bl_get_byte(r) << 8);
  return v | bl_get_byte(r);
}

uint32_t bl_get_be32(bl_reader *r) {
  uint32_t v = (uint32_t)bl_get_byte(r) << 24;
  v |= (uint32_t)bl_get_byte(r) << 16;
  v |= (uint32_t)bl_get_byte(r) << 8;
  return v | bl_get_byte(r);
}

uint64_t bl_get_be64(bl_reader *r) {
  uint64_t v = (uint64_t)bl_get_be32(r) << 32;
  return v | bl_get_be32(r);
}

size_t bl_get_buffer(bl_reader *r, uint8_t *data, size_t size) {
  size_t done = 0;
  while (done < size) {
    const uint8_t *from;
    size_t piece = size - done < BL_BUFFER ? size - done : BL_BUFFER;
    piece = bl_peek(r, &from, piece, 0);
    if (!piece) break;
    memcpy(data + done, from, piece);
    bl_skip(r, piece);
    done += piece;
  }
  return done;
}

// -- whole values ------------------------------------------------------------------------

#define WIDE(bits)                                                  \
  void bl_wide_put##bits(bl_writer *w, uint##bits##_t v) {          \
    if (w->index + sizeof v > BL_BUFFER) bl_flush(w);               \
    v = __builtin_bswap##bits(v);                                   \
    memcpy(w->buffer + w->index, &v, sizeof v);                     \
    w->index += sizeof v;                                           \
  }                                                                 \
  uint##bits##_t bl_wide_get##bits(bl_reader *r) {                  \
    uint##bits##_t v = 0;                                           \
    if (r->index + sizeof v > r->size) bl_fill_buffer(r);           \
    if (r->index + sizeof v > r->size) return 0;                    \
    memcpy(&v, r->buffer + r->index, sizeof v);                     \
    r->index += sizeof v;                                           \
    return __builtin_bswap##bits(v);                                \
  }
WIDE(16)
WIDE(32)
WIDE(64)

void bl_wide_put_bytes(bl_writer *w, const uint8_t *data, size_t size) {
  while (size) {
    if (w->index == BL_BUFFER) bl_flush(w);
    size_t piece = BL_BUFFER - w->index;
    if (piece > size) piece = size;
    memcpy(w->buffer + w->index, data, piece);
    w->index += piece;
    data += piece;
    size -= piece;
  }
}
