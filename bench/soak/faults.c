/* A disk that fails when it is told to: preloaded into a program, it counts what the program does to the files in one
 * folder, and lets one or some of it fail, or the program die there. `faults.py` has the other side of `struct control`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { WRITING = 1, SYNCING = 2, NAMING = 4, ASKING = 8 };

struct control {
    int64_t count;      /* of what was done so far */
    int64_t first, last; /* which of it fail, counted from 1 */
    int64_t error;      /* with this errno; 0: the program is killed */
    int64_t kinds;      /* which kinds are counted */
    char folder[472];   /* of what is below it */
};

static struct control *control;

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("STAFFROOM_FAULTS");
    int file = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) control = mapped;
    close(file);
}

/* Whether this one fails: errno is set then. */
static int fails(int kind) {
    int64_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    if (number < control->first || number > control->last) return 0;
    if (!control->error) kill(getpid(), SIGKILL);
    if (control->error == ENOSPC && kind == NAMING) return 0; /* a full disk still renames and removes */
    errno = (int)control->error;
    return 1;
}

static int counted(int kind) { return control && (control->kinds & kind) && control->first; }

static int below(const char *path) { return path && strstr(path, control->folder) != NULL; }

static int fails_at(int kind, int file) {
    char link[40], path[1024];
    if (!counted(kind)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return below(path) && fails(kind);
}

static int fails_by_name(const char *path) {
    char whole[1024];
    if (!counted(NAMING)) return 0;
    if (path[0] != '/' && getcwd(whole, sizeof whole - 300)) {
        strcat(strcat(whole, "/"), path);
        path = whole;
    }
    return below(path) && fails(NAMING);
}

#define NEXT(type, name, ...) \
    static type (*next)(__VA_ARGS__); \
    if (!next) next = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define ON_FILE(type, name, kind, parameters, arguments) \
    type name parameters { \
        static type (*next) parameters; \
        if (!next) next = (type (*) parameters)dlsym(RTLD_NEXT, #name); \
        return fails_at(kind, file) ? -1 : next arguments; \
    }

ON_FILE(ssize_t, write, WRITING, (int file, const void *data, size_t size), (file, data, size))
ON_FILE(ssize_t, pwrite, WRITING, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
ON_FILE(ssize_t, pwrite64, WRITING, (int file, const void *data, size_t size, off64_t at), (file, data, size, at))
ON_FILE(int, ftruncate, WRITING, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, WRITING, (int file, off64_t size), (file, size))
ON_FILE(int, fsync, SYNCING, (int file), (file))
ON_FILE(int, fdatasync, SYNCING, (int file), (file))

/* Whether it goes to the database: the program's loop wakes itself over such a socket too, with single bytes. */
static int asks(int file, size_t size) {
    int domain = 0;
    socklen_t length = sizeof domain;
    return size > 1 && !getsockopt(file, SOL_SOCKET, SO_DOMAIN, &domain, &length) && domain == AF_UNIX;
}

ssize_t send(int file, const void *data, size_t size, int flags) {
    NEXT(ssize_t, "send", int, const void *, size_t, int);
    if (counted(ASKING) && asks(file, size) && fails(ASKING)) {
        shutdown(file, SHUT_RDWR); /* or what reads from it would wait for an answer */
        errno = ECONNRESET;
        return -1;
    }
    return next(file, data, size, flags);
}

int rename(const char *from, const char *to) {
    NEXT(int, "rename", const char *, const char *);
    return fails_by_name(to) ? -1 : next(from, to);
}

int link(const char *from, const char *to) {
    NEXT(int, "link", const char *, const char *);
    return fails_by_name(to) ? -1 : next(from, to);
}

int unlink(const char *path) {
    NEXT(int, "unlink", const char *);
    return fails_by_name(path) ? -1 : next(path);
}

int mkdir(const char *path, mode_t mode) {
    NEXT(int, "mkdir", const char *, mode_t);
    return fails_by_name(path) ? -1 : next(path, mode);
}

/* Python links with these names, and SQLite with those without 'at'. */
int linkat(int here, const char *from, int there, const char *to, int flags) {
    NEXT(int, "linkat", int, const char *, int, const char *, int);
    return fails_by_name(to) ? -1 : next(here, from, there, to, flags);
}

static int opens(const char *name, const char *path, int flags, mode_t mode) {
    int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
    if ((flags & O_CREAT) && access(path, F_OK) && fails_by_name(path)) return -1;
    return next(path, flags, mode);
}

#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list more; \
            va_start(more, flags); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
        } \
        return opens(#name, path, flags, mode); \
    }

OPENS(open)
OPENS(open64)
