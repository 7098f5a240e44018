/* What libfaketime leaves to do, loaded before it: every folder is listed backwards, a file written during the run is
   dated by the run's clock, and a wait by the clock that only measures goes past libfaketime. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Seconds by which the run's clock is ahead, and the real second in which it began. Older files keep their dates:
   bytecode is held against those of its source. */
static long ahead_s, began_s;

static int (*plain_wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static int (*faked_wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static int (*plain_stat)(const char *, struct stat64 *), (*plain_lstat)(const char *, struct stat64 *);
static int (*plain_fstat)(int, struct stat64 *), (*plain_fstatat)(int, const char *, struct stat64 *, int);
static int (*plain_futimens)(int, const struct timespec *);
static int (*plain_utimensat)(int, const char *, const struct timespec *, int);

/* All at once and early: what looks names up later can meet a lock that another thread held when its process forked. */
static void start(void)
{
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
    faked_wait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    plain_wait = dlvsym(libc, "pthread_cond_timedwait", "GLIBC_2.3.2");
    plain_lstat = dlvsym(libc, "lstat64", "GLIBC_2.33");
    plain_fstat = dlvsym(libc, "fstat64", "GLIBC_2.33");
    plain_fstatat = dlvsym(libc, "fstatat64", "GLIBC_2.33");
    plain_futimens = dlvsym(libc, "futimens", "GLIBC_2.6");
    plain_utimensat = dlvsym(libc, "utimensat", "GLIBC_2.6");
    plain_stat = dlvsym(libc, "stat64", "GLIBC_2.33");
    FILE *file = fopen("/etc/anyday", "r");
    if (file) {
        if (fscanf(file, "%ld %ld", &ahead_s, &began_s) != 2)
            ahead_s = 0;
        fclose(file);
    }
}

/* Other libraries' constructors may come first. */
__attribute__((constructor)) static void ready(void)
{
    if (!plain_stat)
        start();
}

/* libfaketime loses track of condition variables that go by CLOCK_MONOTONIC and fails with EINVAL, which ends Python
   ("take_gil: PyCOND_WAIT failed"). A deadline before 2001 is one of that clock. */
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
    ready();
    return (until->tv_sec < 1000000000 ? plain_wait : faked_wait)(cond, mutex, until);
}

static int date(int result, struct stat64 *info)
{
    if (result == 0 && info->st_mtim.tv_sec >= began_s && info->st_mtim.tv_sec < began_s + ahead_s / 2)
        info->st_mtim.tv_sec += ahead_s;
    return result;
}

int stat64(const char *path, struct stat64 *info)
{
    ready();
    return date(plain_stat(path, info), info);
}

int lstat64(const char *path, struct stat64 *info)
{
    ready();
    return date(plain_lstat(path, info), info);
}

int fstat64(int file, struct stat64 *info)
{
    ready();
    return date(plain_fstat(file, info), info);
}

int fstatat64(int folder, const char *path, struct stat64 *info, int flags)
{
    ready();
    return date(plain_fstatat(folder, path, info, flags), info);
}

static const struct timespec *undate(const struct timespec times[2], struct timespec undated[2])
{
    if (!times)
        return times;
    for (int i = 0; i < 2; i++) {
        undated[i] = times[i];
        if (times[i].tv_nsec < 1000000000 && times[i].tv_sec - ahead_s >= began_s)
            undated[i].tv_sec -= ahead_s;
    }
    return undated;
}

int futimens(int file, const struct timespec times[2])
{
    struct timespec undated[2];
    ready();
    return plain_futimens(file, undate(times, undated));
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags)
{
    struct timespec undated[2];
    ready();
    return plain_utimensat(folder, path, undate(times, undated), flags);
}

struct listing {
    DIR *folder;
    struct dirent **entries;
    size_t left, all;
    struct listing *next;
};

static struct listing *listings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void drop(DIR *folder)
{
    for (struct listing **at = &listings; *at; at = &(*at)->next) {
        struct listing *found = *at;
        if (found->folder != folder)
            continue;
        *at = found->next;
        for (size_t i = 0; i < found->all; i++)
            free(found->entries[i]);
        free(found->entries);
        free(found);
        return;
    }
}

static struct listing *listing_of(DIR *folder)
{
    static struct dirent *(*next)(DIR *);
    if (!next)
        next = dlsym(RTLD_NEXT, "readdir");
    for (struct listing *each = listings; each; each = each->next)
        if (each->folder == folder)
            return each;
    struct listing *made = calloc(1, sizeof *made);
    struct dirent *entry;
    made->folder = folder;
    while ((entry = next(folder))) {
        made->entries = realloc(made->entries, (made->all + 1) * sizeof *made->entries);
        made->entries[made->all] = malloc(entry->d_reclen);
        memcpy(made->entries[made->all++], entry, entry->d_reclen);
    }
    made->left = made->all;
    made->next = listings;
    return listings = made;
}

struct dirent *readdir(DIR *folder)
{
    pthread_mutex_lock(&lock);
    struct listing *found = listing_of(folder);
    struct dirent *entry = found->left ? found->entries[--found->left] : NULL;
    pthread_mutex_unlock(&lock);
    return entry;
}

struct dirent64 *readdir64(DIR *folder)
{
    return (struct dirent64 *)readdir(folder);
}

void rewinddir(DIR *folder)
{
    pthread_mutex_lock(&lock);
    drop(folder);
    pthread_mutex_unlock(&lock);
    ((void (*)(DIR *))dlsym(RTLD_NEXT, "rewinddir"))(folder);
}

int closedir(DIR *folder)
{
    pthread_mutex_lock(&lock);
    drop(folder);
    pthread_mutex_unlock(&lock);
    return ((int (*)(DIR *))dlsym(RTLD_NEXT, "closedir"))(folder);
}
