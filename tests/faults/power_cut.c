/* Notes in the folder POWER_CUT what of the tree POWER_CUT_ROOT would outlive a power cut.
 *
 * A synced file is copied to the name of its inode, a synced folder's listing to that name with a "d" before it.
 * Nothing else is durable: not what was written since, not a name whose folder was not synced. Inodes whose name
 * goes away are held by a link, so that none is used again while a noted listing still means it.
 */
#include "calls.h"
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const char *folder, *root;

__attribute__((constructor)) static void begin(void)
{
    folder = getenv("POWER_CUT");
    root = getenv("POWER_CUT_ROOT");
}

static void note_listing(int fd, FILE *out)
{
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *listing = fdopendir(own);
    struct dirent *entry;
    struct stat status;
    while ((entry = readdir(listing)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")
            && !fstatat(own, entry->d_name, &status, AT_SYMLINK_NOFOLLOW))
            fprintf(out, "%o %ju %s\n", status.st_mode, (uintmax_t)status.st_ino, entry->d_name);
    closedir(listing);
}

static void note_content(const char *path, FILE *out)
{
    int in = open(path, O_RDONLY | O_CLOEXEC);
    while (sendfile(fileno(out), in, NULL, 1 << 30) > 0)
        ;
    close(in);
}

static void note(int fd)
{
    char link[PATH_MAX], path[PATH_MAX] = "", fresh[PATH_MAX], noted[PATH_MAX];
    struct stat status;
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof path - 1) < 0 || strncmp(path, root, strlen(root)) || fstat(fd, &status))
        return;
    snprintf(path, sizeof path, "%s/lock", folder);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    flock(lock, LOCK_EX);
    snprintf(noted, sizeof noted, "%s/%s%ju", folder, S_ISDIR(status.st_mode) ? "d" : "", (uintmax_t)status.st_ino);
    snprintf(fresh, sizeof fresh, "%s/fresh", folder);
    FILE *out = fopen(fresh, "we");
    if (S_ISDIR(status.st_mode))
        note_listing(fd, out);
    else
        note_content(link, out);
    fclose(out);
    /* A rename, so that a kill in the middle of the copy leaves the sync before this one. */
    syscall(SYS_rename, fresh, noted);
    close(lock);
    errno = saved;
}

static void hold(int at, const char *path)
{
    char held[PATH_MAX];
    struct stat status;
    int saved = errno;
    if (folder && !fstatat(at, path, &status, AT_SYMLINK_NOFOLLOW)) {
        snprintf(held, sizeof held, "%s/held%ju", folder, (uintmax_t)status.st_ino);
        if (S_ISDIR(status.st_mode))
            openat(at, path, O_PATH | O_CLOEXEC); /* kept open on purpose: folders cannot be linked */
        else
            linkat(at, path, AT_FDCWD, held, 0);
    }
    errno = saved;
}

int fsync(int fd)
{
    if (folder)
        note(fd);
    return 0;
}

int fdatasync(int fd)
{
    return fsync(fd);
}

int unlink(const char *path)
{
    hold(AT_FDCWD, path);
    return NEXT(unlink)(path);
}

int unlinkat(int at, const char *path, int flags)
{
    hold(at, path);
    return NEXT(unlinkat)(at, path, flags);
}

int rmdir(const char *path)
{
    hold(AT_FDCWD, path);
    return NEXT(rmdir)(path);
}

int rename(const char *from, const char *to)
{
    hold(AT_FDCWD, to);
    return NEXT(rename)(from, to);
}
