/* Preloaded into a recorder: the k-th file call on the run folder fails, and so many after it.
   FAIL_FOLDER: the folder. FAIL_COUNT: a file of three 64-bit numbers in native order: calls so far, first that fails, how many. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile int64_t *shared;
static char folder[4096];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAIL_COUNT"), *under = getenv("FAIL_FOLDER");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0 || !under) return;
    void *found = mmap(NULL, 24, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    strncpy(folder, under, sizeof folder - 1);
    if (found != MAP_FAILED) shared = found;
}

static int fails(const char *path) {
    if (!shared || strncmp(path, folder, strlen(folder)) || !strstr(path, "recording")) return 0;
    int64_t call = __atomic_add_fetch(&shared[0], 1, __ATOMIC_SEQ_CST);
    if (!shared[1] || call < shared[1] || call >= shared[1] + shared[2]) return 0;
    errno = ENOSPC;
    return 1;
}

static int fails_at(int fd) {
    char link[64], path[4096];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = shared ? readlink(link, path, sizeof path - 1) : -1;
    errno = saved;
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
ssize_t write(int fd, const void *b, size_t n) { return fails_at(fd) ? -1 : NEXT(write)(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return fails_at(fd) ? -1 : NEXT(pwrite)(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { return fails_at(fd) ? -1 : NEXT(pwrite64)(fd, b, n, o); }
int ftruncate(int fd, off_t n) { return fails_at(fd) ? -1 : NEXT(ftruncate)(fd, n); }
int ftruncate64(int fd, off64_t n) { return fails_at(fd) ? -1 : NEXT(ftruncate64)(fd, n); }
int fsync(int fd) { return fails_at(fd) ? -1 : NEXT(fsync)(fd); }
int rename(const char *a, const char *b) { return fails(a) ? -1 : NEXT(rename)(a, b); }
int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return fails(path) ? -1 : NEXT(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int mode = va_arg(more, int);
    va_end(more);
    return fails(path) ? -1 : NEXT(open64)(path, flags, mode);
}
