// What Swift cannot say: single instructions. Header only; nothing here is compiled by itself.
#ifndef CVMSTATE_SHIM_H
#define CVMSTATE_SHIM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__linux__)
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

// The system call without a wrapper in the C library: a descriptor, or the negated error number.
static inline int vms_userfaultfd(int flags) {
  long fd = syscall(SYS_userfaultfd, flags);
  return fd < 0 ? -errno : (int)fd;
}
#endif

// The flag of open for direct I/O, which C libraries show to GNU programs only; 0 without one.
static inline int vms_o_direct(void) {
#if defined(O_DIRECT)
  return O_DIRECT;
#elif defined(__O_DIRECT)
  return __O_DIRECT;
#else
  return 0;
#endif
}

#if defined(__x86_64__)

static inline int vms_has_crc32c(void) { return __builtin_cpu_supports("sse4.2") != 0; }
#define VMS_TARGET __attribute__((target("sse4.2")))
#define VMS_CRC64(crc, word) __builtin_ia32_crc32di(crc, word)

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

static inline int vms_has_crc32c(void) { return 1; }
#define VMS_TARGET
#define VMS_CRC64(crc, word) __builtin_arm_crc32cd((uint32_t)(crc), word)

#else

static inline int vms_has_crc32c(void) { return 0; }
#define VMS_TARGET
// Never called: `vms_has_crc32c` says so.
#define VMS_CRC64(crc, word) ((crc) ^ (word))

#endif

// CRC-32C of words of eight bytes, going on from `crc`.
VMS_TARGET static inline uint32_t vms_crc32c(uint32_t crc, const void *bytes, size_t words) {
  const char *p = (const char *)bytes;
  uint64_t c = crc;
  for (size_t i = 0; i < words; i++) {
    uint64_t word;
    __builtin_memcpy(&word, p + 8 * i, 8);
    c = VMS_CRC64(c, word);
  }
  return (uint32_t)c;
}

// The same for three runs of `words` words that follow each other, each on its own: the
// instruction takes three cycles, and three of them overlap.
VMS_TARGET static inline void vms_crc32c_three(
    uint32_t *crc, const void *bytes, size_t words) {
  const char *p = (const char *)bytes;
  uint64_t a = crc[0], b = crc[1], c = crc[2];
  for (size_t i = 0; i < words; i++) {
    uint64_t u, v, w;
    __builtin_memcpy(&u, p + 8 * i, 8);
    __builtin_memcpy(&v, p + 8 * (words + i), 8);
    __builtin_memcpy(&w, p + 8 * (2 * words + i), 8);
    a = VMS_CRC64(a, u);
    b = VMS_CRC64(b, v);
    c = VMS_CRC64(c, w);
  }
  crc[0] = (uint32_t)a;
  crc[1] = (uint32_t)b;
  crc[2] = (uint32_t)c;
}

typedef uint8_t vms_bytes __attribute__((vector_size(16)));
typedef uint64_t vms_words __attribute__((vector_size(16)));

static inline vms_bytes vms_load(const void *from) {
  vms_bytes bytes;
  __builtin_memcpy(&bytes, from, 16);
  return bytes;
}

// One bit for each byte that both have.
static inline uint32_t vms_agreeing(vms_bytes one, vms_bytes other) {
#if defined(__x86_64__)
  typedef char chars __attribute__((vector_size(16)));
  return (uint32_t)__builtin_ia32_pmovmskb128((chars)(one == other));
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++) mask |= (uint32_t)(one[i] == other[i]) << i;
  return mask;
#endif
}

static inline int vms_is_zero(vms_bytes bytes) {
#if defined(__x86_64__)
  return vms_agreeing(bytes, (vms_bytes){0}) == 0xFFFF;
#else
  vms_words words = (vms_words)bytes;
  return (words[0] | words[1]) == 0;
#endif
}

// True if 64 bytes of two contents agree.
static inline int vms_agree(const void *one, const void *other) {
  const char *a = (const char *)one, *b = (const char *)other;
  return vms_is_zero((vms_load(a) ^ vms_load(b)) | (vms_load(a + 16) ^ vms_load(b + 16)) |
                     (vms_load(a + 32) ^ vms_load(b + 32)) |
                     (vms_load(a + 48) ^ vms_load(b + 48)));
}

// Which of 64 bytes agree, the first one's the lowest bit.
static inline uint64_t vms_agreeing_bytes(const void *one, const void *other) {
  const char *a = (const char *)one, *b = (const char *)other;
  uint64_t bits = 0;
  for (int i = 0; i < 64; i += 16) {
    bits |= (uint64_t)vms_agreeing(vms_load(a + i), vms_load(b + i)) << i;
  }
  return bits;
}

// Copies lines of 64 bytes to memory that is not looked at soon, past the caches: the target's
// old content is not fetched first. The target is aligned to 16 bytes.
static inline void vms_copy_past_caches(void *target, const void *source, size_t lines) {
  char *to = (char *)target;
  const char *from = (const char *)source;
  for (size_t i = 0; i < lines; i++, to += 64, from += 64) {
    vms_words a, b, c, d;
    __builtin_memcpy(&a, from, 16);
    __builtin_memcpy(&b, from + 16, 16);
    __builtin_memcpy(&c, from + 32, 16);
    __builtin_memcpy(&d, from + 48, 16);
    __builtin_nontemporal_store(a, (vms_words *)to);
    __builtin_nontemporal_store(b, (vms_words *)(to + 16));
    __builtin_nontemporal_store(c, (vms_words *)(to + 32));
    __builtin_nontemporal_store(d, (vms_words *)(to + 48));
  }
}

// Such copies are seen before whatever this thread writes afterwards.
static inline void vms_end_copies(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#else
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

// Fetches lines of 64 bytes that are written soon, without a wait.
static inline void vms_prefetch(const void *memory, size_t lines) {
  const char *p = (const char *)memory;
  for (size_t i = 0; i < lines; i++) __builtin_prefetch(p + 64 * i, 1, 3);
}

#endif
