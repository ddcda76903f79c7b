// Streams for the baselines: a writer and a reader with a 32 KiB buffer, and two families of
// accessors. The byte-wise ones go through one function for each byte, as the program does that
// the format comes from; the wide ones store a whole value at once.
#ifndef BL_STREAM_H
#define BL_STREAM_H

#include <sys/uio.h>

#include "include/baselines.h"

enum { BL_BUFFER = 32768, BL_SEGMENTS = 64 };

struct bl_writer {
  uint8_t buffer[BL_BUFFER];
  size_t index;
  struct iovec segments[BL_SEGMENTS];
  int segment_count;
  int error;
  uint64_t flushed;
  uint8_t *capture;
  size_t captured, capacity;
};

struct bl_reader {
  uint8_t buffer[BL_BUFFER];
  size_t index, size;
  int error;
  const uint8_t *source;
  size_t source_size, source_at;
};

void bl_flush(bl_writer *w);
void bl_fill_buffer(bl_reader *r);

void bl_put_byte(bl_writer *w, uint8_t v);
void bl_put_be16(bl_writer *w, uint16_t v);
void bl_put_be32(bl_writer *w, uint32_t v);
void bl_put_be64(bl_writer *w, uint64_t v);
void bl_put_buffer(bl_writer *w, const uint8_t *data, size_t size);

uint8_t bl_peek_byte(bl_reader *r, size_t offset);
size_t bl_peek(bl_reader *r, const uint8_t **data, size_t size, size_t offset);
void bl_skip(bl_reader *r, size_t size);
uint8_t bl_get_byte(bl_reader *r);
uint16_t bl_get_be16(bl_reader *r);
uint32_t bl_get_be32(bl_reader *r);
uint64_t bl_get_be64(bl_reader *r);
size_t bl_get_buffer(bl_reader *r, uint8_t *data, size_t size);

void bl_wide_put_bytes(bl_writer *w, const uint8_t *data, size_t size);
void bl_wide_put16(bl_writer *w, uint16_t v);
void bl_wide_put32(bl_writer *w, uint32_t v);
void bl_wide_put64(bl_writer *w, uint64_t v);
uint16_t bl_wide_get16(bl_reader *r);
uint32_t bl_wide_get32(bl_reader *r);
uint64_t bl_wide_get64(bl_reader *r);

#endif
