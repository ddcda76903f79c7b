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

// Copies lines of 64 bytes to memory that is not looked at soon, past the caches: the target's
// old content is not fetched first. The target is aligned to 16 bytes.
static inline void vms_copy_past_caches(void *target, const void *source, size_t lines) {
  typedef uint64_t pair __attribute__((vector_size(16)));
  char *to = (char *)target;
  const char *from = (const char *)source;
  for (size_t i = 0; i < lines; i++, to += 64, from += 64) {
    pair a, b, c, d;
    __builtin_memcpy(&a, from, 16);
    __builtin_memcpy(&b, from + 16, 16);
    __builtin_memcpy(&c, from + 32, 16);
    __builtin_memcpy(&d, from + 48, 16);
    __builtin_nontemporal_store(a, (pair *)to);
    __builtin_nontemporal_store(b, (pair *)(to + 16));
    __builtin_nontemporal_store(c, (pair *)(to + 32));
    __builtin_nontemporal_store(d, (pair *)(to + 48));
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
