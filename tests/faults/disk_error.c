/* Fails writes or syncs of the files whose path matches a pattern, as the struct in DISK_ERROR says, and counts them. */
#include "calls.h"
#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>

enum { WRITE = 1, SYNC = 2 };

static struct {
    int32_t calls;   /* which fail: WRITE | SYNC */
    int32_t spared;  /* that many succeed first */
    int32_t failing; /* that many fail then */
    int32_t error;
    int32_t writes; /* what was seen of these files, failed or not */
    int32_t syncs;
    char pattern[104];
} *plan;

__attribute__((constructor)) static void begin(void)
{
    plan = control("DISK_ERROR", sizeof *plan);
}

static int is_meant(int fd)
{
    char link[32], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return !fnmatch(plan->pattern, path, 0);
}

static int fails(int call, int fd)
{
    if (!plan || !plan->pattern[0] || !is_meant(fd))
        return 0;
    __atomic_add_fetch(call == WRITE ? &plan->writes : &plan->syncs, 1, __ATOMIC_SEQ_CST);
    if (!(plan->calls & call) || __atomic_fetch_sub(&plan->spared, 1, __ATOMIC_SEQ_CST) > 0)
        return 0;
    if (__atomic_fetch_sub(&plan->failing, 1, __ATOMIC_SEQ_CST) <= 0)
        return 0;
    errno = plan->error;
    return 1;
}

#define CALL(kind, type, name, parameters, arguments)           \
    type name parameters                                        \
    {                                                           \
        return fails(kind, fd) ? -1 : NEXT(name) arguments;     \
    }

CALL(WRITE, ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
CALL(WRITE, ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
CALL(SYNC, int, fsync, (int fd), (fd))
CALL(SYNC, int, fdatasync, (int fd), (fd))
