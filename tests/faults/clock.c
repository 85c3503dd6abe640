/* Shifts the wall clock, and no other, by the nanoseconds that stand in CLOCK_SHIFT; they may change at any time. */
#include "calls.h"
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static int64_t *shift;

__attribute__((constructor)) static void begin(void)
{
    shift = control("CLOCK_SHIFT", sizeof *shift);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int status = NEXT(clock_gettime)(clock, out);
    if (!status && shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t shifted = out->tv_sec * SECOND + out->tv_nsec + __atomic_load_n(shift, __ATOMIC_SEQ_CST);
        out->tv_sec = shifted / SECOND;
        out->tv_nsec = shifted % SECOND;
    }
    return status;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    int status = clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return status;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}
