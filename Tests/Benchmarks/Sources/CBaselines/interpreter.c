#include "interpreter.h"

#include <string.h>

enum { SUBSECTION = 0x05, NULL_MARKER = 0x30, INVALID = -22 };

static bool field_exists(const bl_field *f, void *opaque, int version) {
  return f->exists ? f->exists(opaque, version) : f->version <= version;
}

static int element_count(const bl_field *f, void *opaque) {
  if (f->flags & BL_ARRAY) return f->count;
  if (f->flags & BL_COUNT_INT32) return *(int32_t *)((char *)opaque + f->count_offset);
  return 1;
}

static size_t element_size(const bl_field *f, void *opaque) {
  if (f->flags & BL_SIZE_INT32) return (size_t)*(int32_t *)((char *)opaque + f->size_offset);
  return f->size;
}

static int save_subsections(bl_writer *w, const bl_description *d, void *opaque) {
  for (const bl_description *const *s = d->subsections; s && *s; s++) {
    if ((*s)->needed && !(*s)->needed(opaque)) continue;
    size_t length = strlen((*s)->name);
    bl_put_byte(w, SUBSECTION);
    bl_put_byte(w, (uint8_t)length);
    bl_put_buffer(w, (const uint8_t *)(*s)->name, length);
    bl_put_be32(w, (uint32_t)(*s)->version);
    int result = bl_interpreted_save(w, *s, opaque, (*s)->version);
    if (result) return result;
  }
  return 0;
}

static int save_element(bl_writer *w, const bl_field *f, void *element, size_t size) {
  if (!element && size) {
    bl_put_byte(w, NULL_MARKER);
    return 0;
  }
  if (f->flags & BL_STRUCT) {
    return bl_interpreted_save(w, f->description, element, f->description->version);
  }
  if (f->flags & BL_VERSIONED_STRUCT) {
    return bl_interpreted_save(w, f->description, element, f->struct_version);
  }
  return f->info->put(w, element, size, f);
}

int bl_interpreted_save(bl_writer *w, const bl_description *d, void *opaque, int version) {
  int result = d->pre_save ? d->pre_save(opaque) : 0;
  if (result) return result;
  for (const bl_field *f = d->fields; f->name; f++) {
    if (!field_exists(f, opaque, version)) {
      if (f->flags & BL_MUST_EXIST) return INVALID;
      continue;
    }
    char *first = (char *)opaque + f->offset;
    int count = element_count(f, opaque);
    size_t size = element_size(f, opaque);
    if (f->flags & BL_POINTER) first = *(char **)first;
    for (int i = 0; i < count; i++) {
      void *element = first + size * (size_t)i;
      if (f->flags & BL_ARRAY_OF_POINTERS) element = *(void **)element;
      result = save_element(w, f, element, size);
      if (result) {
        if (d->post_save) d->post_save(opaque);
        return result;
      }
    }
  }
  result = save_subsections(w, d, opaque);
  if (d->post_save) {
    int last = d->post_save(opaque);
    if (!result) result = last;
  }
  return result;
}

static const bl_description *find_subsection(
    const bl_description *d, const char *name, size_t length) {
  for (const bl_description *const *s = d->subsections; s && *s; s++) {
    if (strlen((*s)->name) == length && !memcmp((*s)->name, name, length)) return *s;
  }
  return NULL;
}

static int load_subsections(bl_reader *r, const bl_description *d, void *opaque) {
  while (bl_peek_byte(r, 0) == SUBSECTION) {
    size_t length = bl_peek_byte(r, 1), own = strlen(d->name);
    const uint8_t *name;
    if (length < own + 1 || bl_peek(r, &name, length, 2) < length) return 0;
    if (memcmp(name, d->name, own)) return 0;
    const bl_description *s = find_subsection(d, (const char *)name, length);
    if (!s) return INVALID;
    bl_skip(r, 2 + length);
    int result = bl_interpreted_load(r, s, opaque, (int)bl_get_be32(r));
    if (result) return result;
  }
  return 0;
}

static int load_element(bl_reader *r, const bl_field *f, void *element, size_t size) {
  if (!element && size) return bl_get_byte(r) == NULL_MARKER ? 0 : INVALID;
  if (f->flags & BL_STRUCT) {
    return bl_interpreted_load(r, f->description, element, f->description->version);
  }
  if (f->flags & BL_VERSIONED_STRUCT) {
    return bl_interpreted_load(r, f->description, element, f->struct_version);
  }
  return f->info->get(r, element, size, f);
}

int bl_interpreted_load(bl_reader *r, const bl_description *d, void *opaque, int version) {
  if (version > d->version || version < d->minimum_version) return INVALID;
  int result = d->pre_load ? d->pre_load(opaque) : 0;
  if (result) return result;
  for (const bl_field *f = d->fields; f->name; f++) {
    if (!field_exists(f, opaque, version)) {
      if (f->flags & BL_MUST_EXIST) return INVALID;
      continue;
    }
    char *first = (char *)opaque + f->offset;
    int count = element_count(f, opaque);
    size_t size = element_size(f, opaque);
    if (f->flags & BL_POINTER) first = *(char **)first;
    for (int i = 0; i < count; i++) {
      void *element = first + size * (size_t)i;
      if (f->flags & BL_ARRAY_OF_POINTERS) element = *(void **)element;
      result = load_element(r, f, element, size);
      if (result >= 0) result = r->error;
      if (result < 0) return result;
    }
  }
  result = load_subsections(r, d, opaque);
  if (result) return result;
  return d->post_load ? d->post_load(opaque, version) : 0;
}
