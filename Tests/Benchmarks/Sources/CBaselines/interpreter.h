// A table interpreter: a description lists fields, each with a codec that is called through a
// pointer, once for every element.
#ifndef BL_INTERPRETER_H
#define BL_INTERPRETER_H

#include <stdbool.h>

#include "stream.h"

typedef struct bl_field bl_field;
typedef struct bl_description bl_description;

typedef struct {
  const char *name;
  int (*get)(bl_reader *r, void *value, size_t size, const bl_field *field);
  int (*put)(bl_writer *w, void *value, size_t size, const bl_field *field);
} bl_info;

enum {
  BL_ARRAY = 1,
  BL_STRUCT = 2,
  BL_POINTER = 4,
  BL_ARRAY_OF_POINTERS = 8,
  BL_COUNT_INT32 = 16,
  BL_SIZE_INT32 = 32,
  BL_VERSIONED_STRUCT = 64,
  BL_MUST_EXIST = 128,
};

struct bl_field {
  const char *name;  // NULL ends the list
  size_t offset, size;
  int count, flags, version, struct_version;
  size_t count_offset, size_offset;
  const bl_info *info;
  const bl_description *description;
  bool (*exists)(void *opaque, int version);
};

struct bl_description {
  const char *name;
  int version, minimum_version;
  int (*pre_load)(void *opaque);
  int (*post_load)(void *opaque, int version);
  int (*pre_save)(void *opaque);
  int (*post_save)(void *opaque);
  bool (*needed)(void *opaque);
  const bl_field *fields;
  const bl_description *const *subsections;
};

int bl_interpreted_save(bl_writer *w, const bl_description *d, void *opaque, int version);
int bl_interpreted_load(bl_reader *r, const bl_description *d, void *opaque, int version);

// The reference state's table, with byte-wise and with wide codecs.
extern const bl_description bl_bytewise_table;
extern const bl_description bl_wide_table;

#endif
