/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/folder.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every file this program may write into a results folder. */
static const char *const own_files[] = {"results.json", "run-info.json", "records.csv",
    "transfers.csv", "results.csv", "table.txt", "scenario.json"};
enum { OWN_FILES = sizeof own_files / sizeof own_files[0], SIBLING_TRIES = 100 };

static bool fails(char *error, size_t error_bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool fails(char *error, size_t error_bytes, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, error_bytes, format, arguments);
    va_end(arguments);
    return false;
}

/* printf into memory of its own; NULL when out of memory. */
static char *formatted(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *formatted(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

static bool is_own_file(const char *name) {
    for (size_t i = 0; i < OWN_FILES; i++) {
        if (strcmp(name, own_files[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The bytes of `path` before its last name: "a/b" -> 1, "/b" -> 1, "b" -> 0. */
static size_t parent_bytes(const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return 0;
    }
    while (slash > path && slash[-1] == '/') {
        slash--;
    }
    return slash == path ? 1 : (size_t)(slash - path);
}

static char *parent_of(const char *path) {
    size_t length = parent_bytes(path);
    return length == 0 ? strdup(".") : strndup(path, length);
}

static const char *last_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static char *without_trailing_slashes(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    return strndup(path, length);
}

/* Remove a folder that holds nothing but our own files; never descends. */
static bool remove_own_folder(const char *path) {
    for (size_t i = 0; i < OWN_FILES; i++) {
        char *file = formatted("%s/%s", path, own_files[i]);
        if (file != NULL) {
            unlink(file);
        }
        free(file);
    }
    return rmdir(path) == 0;
}

/* Look through an existing folder: empty, or ours as folder.h defines it? */
static bool check_content(const char *target, DIR *listing, char *error, size_t error_bytes) {
    bool has_results = false;
    bool has_run_info = false;
    size_t entries = 0;
    for (struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            continue;
        }
        if (!is_own_file(name)) {
            return fails(error, error_bytes,
                "%s: holds %s, which essaim did not write; move it away or choose another --out",
                target, name);
        }
        entries++;
        has_results = has_results || strcmp(name, "results.json") == 0;
        has_run_info = has_run_info || strcmp(name, "run-info.json") == 0;
    }
    if (entries > 0 && !(has_results && has_run_info)) {
        return fails(error, error_bytes,
            "%s: is not a results folder (results.json and run-info.json are not both there); "
            "choose another --out",
            target);
    }
    return true;
}

/* May the target be replaced? `exists` says whether there is anything. */
static bool check_target(const char *target, bool *exists, char *error, size_t error_bytes) {
    struct stat status;
    *exists = false;
    const char *name = last_name(target);
    if (*name == '\0' || strcmp(name, "/") == 0 || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0) {
        return fails(error, error_bytes, "'%s': is no name for a new results folder", target);
    }
    if (lstat(target, &status) != 0) {
        if (errno == ENOENT) {
            return true;
        }
        return fails(error, error_bytes, "%s: %s", target, strerror(errno));
    }
    *exists = true;
    if (!S_ISDIR(status.st_mode)) {
        return fails(
            error, error_bytes, "%s: exists and is not a folder; choose another --out", target);
    }
    DIR *listing = opendir(target);
    if (listing == NULL) {
        return fails(error, error_bytes, "%s: %s", target, strerror(errno));
    }
    bool ours = check_content(target, listing, error, error_bytes);
    closedir(listing);
    return ours;
}

/* The nearest parent that exists must be a folder one may write to. */
static bool check_parent(const char *target, char *error, size_t error_bytes) {
    char *path = parent_of(target);
    struct stat status;
    while (path != NULL && stat(path, &status) != 0) {
        if (errno != ENOENT) {
            fails(error, error_bytes, "%s: %s", path, strerror(errno));
            free(path);
            return false;
        }
        char *higher = parent_of(path);
        free(path);
        path = higher;
    }
    bool good = false;
    if (path == NULL) {
        fails(error, error_bytes, "%s: out of memory", target);
    } else if (!S_ISDIR(status.st_mode)) {
        fails(error, error_bytes, "%s: is not a folder, so %s cannot be made", path, target);
    } else if (access(path, W_OK | X_OK) != 0) {
        fails(error, error_bytes, "%s: may not be written to (%s)", path, strerror(errno));
    } else {
        good = true;
    }
    free(path);
    return good;
}

char *ess_folder_default_name(const char *scenario, unsigned long long seed) {
    char *name = formatted("results/%s-%llu", *scenario == '\0' ? "scenario" : scenario, seed);
    if (name == NULL) {
        return NULL;
    }
    char *first = name + strlen("results/");
    for (char *at = first; *at != '\0'; at++) {
        bool plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
                     (*at >= '0' && *at <= '9') || strchr("_-.", *at) != NULL;
        if (!plain || (*at == '.' && at == first)) {
            *at = '-';
        }
    }
    return name;
}

bool ess_folder_check(const char *target, char *error, size_t error_bytes) {
    bool exists;
    char *path = without_trailing_slashes(target);
    if (path == NULL) {
        return fails(error, error_bytes, "%s: out of memory", target);
    }
    bool good =
        check_target(path, &exists, error, error_bytes) && check_parent(path, error, error_bytes);
    free(path);
    return good;
}

/* Make the folders above `target` that are missing; folder->created_bytes remembers the highest. */
static bool make_parents(struct ess_folder *folder, char *error, size_t error_bytes) {
    size_t length = parent_bytes(folder->target);
    for (size_t end = 1; end <= length; end++) {
        if (end < length && folder->target[end] != '/') {
            continue;
        }
        char *path = strndup(folder->target, end);
        if (path == NULL) {
            return fails(error, error_bytes, "%s: out of memory", folder->target);
        }
        bool made = mkdir(path, 0777) == 0;
        int why = errno;
        free(path);
        if (made && folder->created_bytes == 0) {
            folder->created_bytes = end;
        }
        if (!made && why != EEXIST) {
            return fails(error, error_bytes, "%.*s: %s", (int)end, folder->target, strerror(why));
        }
    }
    return true;
}

/* A path beside the target under which nothing exists yet; the caller frees it. */
static char *sibling(const char *target, const char *purpose, int try) {
    size_t length = parent_bytes(target);
    const char *between = length == 0 || target[length - 1] == '/' ? "" : "/";
    return formatted("%.*s%s.%s.%s-%ld-%d", (int)length, target, between, last_name(target),
        purpose, (long)getpid(), try);
}

static bool make_partial(struct ess_folder *folder, char *error, size_t error_bytes) {
    for (int try = 0; try < SIBLING_TRIES; try++) {
        char *path = sibling(folder->target, "partial", try);
        if (path == NULL) {
            return fails(error, error_bytes, "%s: out of memory", folder->target);
        }
        if (mkdir(path, 0777) == 0) {
            folder->partial = path;
            return true;
        }
        int why = errno;
        free(path);
        if (why != EEXIST) {
            return fails(error, error_bytes, "%s: no folder can be made beside it (%s)",
                folder->target, strerror(why));
        }
    }
    return fails(error, error_bytes, "%s: too many unfinished folders beside it", folder->target);
}

bool ess_folder_open(
    struct ess_folder *folder, const char *target, char *error, size_t error_bytes) {
    *folder = (struct ess_folder){0};
    if (!ess_folder_check(target, error, error_bytes)) {
        return false;
    }
    folder->target = without_trailing_slashes(target);
    if (folder->target == NULL) {
        return fails(error, error_bytes, "%s: out of memory", target);
    }
    if (make_parents(folder, error, error_bytes) && make_partial(folder, error, error_bytes)) {
        return true;
    }
    ess_folder_abandon(folder);
    return false;
}

FILE *ess_folder_file(
    struct ess_folder *folder, const char *name, char *error, size_t error_bytes) {
    assert(is_own_file(name));
    char *path = formatted("%s/%s", folder->partial, name);
    FILE *file = path == NULL ? NULL : fopen(path, "wx");
    if (file == NULL) {
        fails(error, error_bytes, "%s: %s cannot be written (%s)", folder->target, name,
            strerror(errno));
    }
    free(path);
    return file;
}

bool ess_folder_close_file(FILE *file, const char *name, char *error, size_t error_bytes) {
    bool failed = ferror(file) != 0;
    errno = failed ? EIO : 0;
    /* Some file systems have nothing to synchronise and say so by EINVAL. */
    if (!failed) {
        failed = fflush(file) != 0 || (fsync(fileno(file)) != 0 && errno != EINVAL);
    }
    int why = errno;
    if (fclose(file) != 0 && !failed) {
        failed = true;
        why = errno;
    }
    return !failed || fails(error, error_bytes, "%s: writing failed (%s)", name, strerror(why));
}

/* Rename the existing target to a sibling of its own; the sibling's path, or NULL. */
static char *set_aside(const char *target) {
    for (int try = 0; try < SIBLING_TRIES; try++) {
        char *path = sibling(target, "replaced", try);
        struct stat status;
        if (path == NULL || (lstat(path, &status) != 0 && rename(target, path) == 0)) {
            return path;
        }
        free(path);
    }
    return NULL;
}

bool ess_folder_commit(struct ess_folder *folder, char *error, size_t error_bytes) {
    bool exists;
    char *aside = NULL;
    bool done = check_target(folder->target, &exists, error, error_bytes);
    if (done && exists) {
        aside = set_aside(folder->target);
        done = aside != NULL || fails(error, error_bytes, "%s: cannot be replaced (%s)",
                                    folder->target, strerror(errno));
    }
    if (done && rename(folder->partial, folder->target) != 0) {
        done = fails(error, error_bytes, "%s: cannot be put into place (%s)", folder->target,
            strerror(errno));
        if (aside != NULL && rename(aside, folder->target) != 0) {
            fails(error, error_bytes, "%s: cannot be put into place; the earlier results are in %s",
                folder->target, aside);
        }
    }
    if (done && aside != NULL && !remove_own_folder(aside)) {
        /* Someone wrote into the old folder meanwhile: theirs, so it stays, and nobody is misled.
         */
        fprintf(stderr, "essaim: %s: earlier results, not removed: they hold other files\n", aside);
    }
    free(aside);
    if (!done) {
        ess_folder_abandon(folder);
        return false;
    }
    free(folder->partial);
    free(folder->target);
    *folder = (struct ess_folder){0};
    return true;
}

void ess_folder_abandon(struct ess_folder *folder) {
    if (folder->partial != NULL) {
        remove_own_folder(folder->partial);
    }
    char *path = folder->created_bytes > 0 ? parent_of(folder->target) : NULL;
    /* rmdir removes only what is empty, so a parent others use by now stays. */
    while (path != NULL && strlen(path) >= folder->created_bytes && rmdir(path) == 0) {
        char *higher = parent_of(path);
        free(path);
        path = higher;
    }
    free(path);
    free(folder->partial);
    free(folder->target);
    *folder = (struct ess_folder){0};
}
