/* A layer under SQLite: the system calls that it makes, of which one fails. Loaded before libc into a process of the test.
 *
 * GRANTRIE_FAULT_CALL names the call (write, sync, read, truncate, link, rename, unlink, open), GRANTRIE_FAULT_AFTER says how many go well once the file GRANTRIE_FAULT_WHEN exists,
 * GRANTRIE_FAULT_ERRNO the error (0: a read or write that stops half-way), GRANTRIE_FAULT_TIMES how often it fails.
 * That it did shows in GRANTRIE_FAULT_FIRED. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long after = -2, times, failure;
static const char *call, *when;

static int fails(const char *name) {
    if (after == -2) {
        call = getenv("GRANTRIE_FAULT_CALL");
        when = getenv("GRANTRIE_FAULT_WHEN");
        after = call ? atol(getenv("GRANTRIE_FAULT_AFTER")) : -1;
        times = call ? atol(getenv("GRANTRIE_FAULT_TIMES")) : 0;
        failure = call ? atol(getenv("GRANTRIE_FAULT_ERRNO")) : 0;
    }
    if (!call || strcmp(call, name) || times <= 0 || access(when, F_OK)) return 0;
    if (after-- > 0) return 0;
    after = 0;
    times--;
    close(creat(getenv("GRANTRIE_FAULT_FIRED"), 0600));
    return 1;
}

#define REAL(type, name) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);
static ssize_t write_at(pwrite_fn real, int fd, const void *bytes, size_t length, off_t at) {
    if (length >= 24 && fails("write")) {
        /* Half of it is on disk when it fails: a torn page. */
        real(fd, bytes, length / 2, at);
        if (failure) { errno = (int)failure; return -1; }
        return (ssize_t)(length / 2);
    }
    return real(fd, bytes, length, at);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { REAL(pwrite_fn, "pwrite"); return write_at(real, fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t at) { REAL(pwrite_fn, "pwrite64"); return write_at(real, fd, b, n, at); }

typedef ssize_t (*pread_fn)(int, void *, size_t, off_t);
static ssize_t read_at(pread_fn real, int fd, void *bytes, size_t length, off_t at) {
    if (fails("read")) {
        if (failure) { errno = (int)failure; return -1; }
        return real(fd, bytes, length / 2, at);
    }
    return real(fd, bytes, length, at);
}
ssize_t pread(int fd, void *b, size_t n, off_t at) { REAL(pread_fn, "pread"); return read_at(real, fd, b, n, at); }
ssize_t pread64(int fd, void *b, size_t n, off64_t at) { REAL(pread_fn, "pread64"); return read_at(real, fd, b, n, at); }

typedef int (*sync_fn)(int);
static int sync_of(sync_fn real, int fd) {
    if (fails("sync")) { errno = (int)failure; return -1; }
    return real(fd);
}
int fsync(int fd) { REAL(sync_fn, "fsync"); return sync_of(real, fd); }
int fdatasync(int fd) { REAL(sync_fn, "fdatasync"); return sync_of(real, fd); }

typedef int (*truncate_fn)(int, off_t);
static int truncate_of(truncate_fn real, int fd, off_t length) {
    if (fails("truncate")) { errno = (int)failure; return -1; }
    return real(fd, length);
}
int ftruncate(int fd, off_t n) { REAL(truncate_fn, "ftruncate"); return truncate_of(real, fd, n); }
int ftruncate64(int fd, off64_t n) { REAL(truncate_fn, "ftruncate64"); return truncate_of(real, fd, n); }

/* Names of a store, a copy of one and what stands beside: a process opens and removes much besides. */
static int ours(const char *name) { return strstr(name, "world") != NULL; }

typedef int (*link_fn)(int, const char *, int, const char *, int);
int linkat(int from, const char *old, int to, const char *new, int flags) {
    REAL(link_fn, "linkat");
    if (ours(old) && fails("link")) { errno = (int)failure; return -1; }
    return real(from, old, to, new, flags);
}
typedef int (*names_fn)(const char *, const char *);
int link(const char *old, const char *new) {
    REAL(names_fn, "link");
    if (ours(old) && fails("link")) { errno = (int)failure; return -1; }
    return real(old, new);
}
int rename(const char *old, const char *new) {
    REAL(names_fn, "rename");
    if (ours(old) && fails("rename")) { errno = (int)failure; return -1; }
    return real(old, new);
}

typedef int (*unlink_fn)(const char *);
int unlink(const char *name) {
    REAL(unlink_fn, "unlink");
    if (ours(name) && fails("unlink")) { errno = (int)failure; return -1; }
    return real(name);
}

typedef int (*open_fn)(const char *, int, ...);
static int open_of(open_fn real, const char *name, int flags, mode_t mode) {
    if (ours(name) && fails("open")) { errno = (int)failure; return -1; }
    return real(name, flags, mode);
}
static mode_t mode_of(int flags, va_list more) { return flags & O_CREAT ? va_arg(more, mode_t) : 0; }
#define OPENS(name) int name(const char *path, int flags, ...) { \
    REAL(open_fn, #name); va_list more; va_start(more, flags); mode_t mode = mode_of(flags, more); va_end(more); \
    return open_of(real, path, flags, mode); }
OPENS(open)
OPENS(open64)
