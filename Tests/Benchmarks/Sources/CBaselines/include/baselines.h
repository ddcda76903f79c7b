// The C side of the benchmarks. All of it is this project's own code.
#ifndef BASELINES_H
#define BASELINES_H

#include <stddef.h>
#include <stdint.h>

// -- the reference device state ----------------------------------------------------

#define BL_GROUP(X, n) X(uint8, b##n) X(uint16, h##n) X(uint32, w##n) X(uint64, q##n)
#define BL_SCALARS(X)                                                          \
  BL_GROUP(X, 0) BL_GROUP(X, 1) BL_GROUP(X, 2) BL_GROUP(X, 3) BL_GROUP(X, 4)   \
  BL_GROUP(X, 5) BL_GROUP(X, 6) BL_GROUP(X, 7) BL_GROUP(X, 8) BL_GROUP(X, 9)

typedef struct {
  uint32_t count;
  uint16_t latch;
  uint8_t mode;
  uint8_t gate;
  uint64_t next;
} bl_channel;

// Forty mixed scalars, an array, nested structures, a buffer, a subsection (`extra`).
typedef struct {
#define BL_MEMBER(type, name) type##_t name;
  BL_SCALARS(BL_MEMBER)
#undef BL_MEMBER
  uint32_t table[256];
  bl_channel channels[16];
  uint8_t buffer[4096];
  uint64_t extra;
} bl_state;

// Fills every member from a seed (SplitMix64, one step a member, in the order of the wire).
void bl_fill(bl_state *state, uint64_t seed);

// -- streams -----------------------------------------------------------------------

// A writer over a buffer of 32 KiB whose flushes only count, or are kept when `bl_capture`
// asked for it; a reader that copies from memory, again and again from its start.
typedef struct bl_writer bl_writer;
typedef struct bl_reader bl_reader;

bl_writer *bl_writer_new(void);
void bl_writer_free(bl_writer *writer);
void bl_capture(bl_writer *writer, uint8_t *target, size_t capacity);
// Flushes; returns the bytes flushed since the writer was made.
uint64_t bl_finish(bl_writer *writer);

// `size` bytes at `source`, which must outlive the reader.
bl_reader *bl_reader_new(const uint8_t *source, size_t size);
void bl_reader_free(bl_reader *reader);

// -- the ways to save and load a state; 0 is success -----------------------------------
// A table interpreter with byte-wise or wide accessors; straight-line code with a room check
// for each value, or with one for the whole state (nothing can be faster).

int bl_save_bytewise(bl_writer *writer, bl_state *state);
int bl_save_wide(bl_writer *writer, bl_state *state);
int bl_save_checked(bl_writer *writer, bl_state *state);
int bl_save_straight(bl_writer *writer, bl_state *state);
int bl_load_bytewise(bl_reader *reader, bl_state *state);
int bl_load_wide(bl_reader *reader, bl_state *state);
int bl_load_checked(bl_reader *reader, bl_state *state);
int bl_load_straight(bl_reader *reader, bl_state *state);

// -- RAM: the floor ------------------------------------------------------------------

// Writes `size` bytes of memory as page records of a `ram` section to a descriptor: a zero
// scan, an 8-byte header for each page, pages never copied. Returns the bytes written, or -1.
int64_t bl_floor_save(int descriptor, const uint8_t *memory, size_t size);
// The opposite, from a descriptor into fresh memory: positioned reads when `seekable`, else
// plain ones; zero pages are left alone. Returns the bytes read, or -1.
int64_t bl_floor_load(int descriptor, uint8_t *memory, size_t size, int seekable);

// Memory to or from fixed places of a file (`is_save`), by so many threads: pages of zeros are left
// out, others moved by the run. 0 is success.
int bl_places(int descriptor, uint8_t *memory, size_t size, int is_save, int threads);

// The other ends of pipes: reads and forgets until the end; writes `size` bytes. -1 on failure.
int64_t bl_drain(int descriptor);
int64_t bl_feed(int descriptor, const uint8_t *bytes, size_t size);

// One of them in a thread: feeds `bytes`, or drains when there are none, then closes the
// descriptor. NULL on failure; joining gives what was moved.
typedef struct bl_peer bl_peer;
bl_peer *bl_peer_start(int descriptor, const uint8_t *bytes, size_t size);
int64_t bl_peer_join(bl_peer *peer);

// Fresh private memory, or NULL.
uint8_t *bl_map(size_t size);
void bl_unmap(uint8_t *memory, size_t size);

// Bytes of this process in memory, now and at most since `bl_reset_peak`; -1024 if unknown.
int64_t bl_resident(void);
int64_t bl_peak_resident(void);
int bl_reset_peak(void);

// Fills memory with random bytes from a seed, or zeros every other page of it.
void bl_random_memory(uint8_t *memory, size_t size, uint64_t seed);
void bl_zero_half(uint8_t *memory, size_t size);

// -- allocations ---------------------------------------------------------------------

// Calls of malloc, calloc, realloc and the aligned ones so far, by this whole process.
uint64_t bl_allocations(void);

// -- pages ---------------------------------------------------------------------------

// The delta of a page; -1 where it has no room.
int bl_xbzrle(const uint8_t *old, const uint8_t *new, int size, uint8_t *to, int room);
// The number of pages of zeros.
int64_t bl_zero_pages(const uint8_t *memory, size_t size);

// -- rewind ------------------------------------------------------------------------

// Copies the pages that are marked in a log, and clears it; the copies go round in a ring.
// Returns how many.
size_t bl_keep_pages(const uint8_t *memory, uint64_t *log, size_t words, size_t page,
                     uint8_t *ring, size_t ring_size, size_t *next);

#endif
