/* Lists every folder backwards: loaded before the C library, for tests that must lean on no order. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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
