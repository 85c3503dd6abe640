/* Dies by SIGKILL right before the n-th change of the disk, counted from when a test wrote n into DIE_AT. */
#include "calls.h"
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

static int32_t *countdown;

__attribute__((constructor)) static void begin(void)
{
    countdown = control("DIE_AT", sizeof *countdown);
}

static void count(void)
{
    if (countdown && __atomic_load_n(countdown, __ATOMIC_SEQ_CST) > 0
        && __atomic_sub_fetch(countdown, 1, __ATOMIC_SEQ_CST) == 0)
        kill(getpid(), SIGKILL);
}

#define CHANGE(type, name, parameters, arguments) \
    type name parameters                          \
    {                                             \
        count();                                  \
        return NEXT(name) arguments;              \
    }

CHANGE(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
CHANGE(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
CHANGE(int, ftruncate, (int fd, off_t size), (fd, size))
CHANGE(int, ftruncate64, (int fd, off64_t size), (fd, size))
CHANGE(int, fsync, (int fd), (fd))
CHANGE(int, fdatasync, (int fd), (fd))
CHANGE(int, mkdir, (const char *path, mode_t mode), (path, mode))
CHANGE(int, unlink, (const char *path), (path))
CHANGE(int, rename, (const char *from, const char *to), (from, to))
