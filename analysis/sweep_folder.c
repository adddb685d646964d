/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/sweep_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = ESS_SHA256_TEXT_BYTES, HASH_DIGITS = ESS_SHA256_TEXT_BYTES - 1 };

void ess_sweep_identity(const struct ess_sweep *sweep, char (*hashes)[ESS_SHA256_TEXT_BYTES],
    char text[ESS_SHA256_TEXT_BYTES]) {
    struct ess_sha256 hash;
    ess_sha256_init(&hash);
    ess_sha256_add_text(&hash, sweep->name);
    for (size_t i = 0; i < sweep->axis_count; i++) {
        ess_sha256_add_text(&hash, sweep->axes[i].pointer);
        for (size_t k = 0; k < sweep->axes[i].count; k++) {
            ess_sha256_add_text(&hash, sweep->axes[i].values[k]);
        }
        ess_sha256_add_text(&hash, "");
    }
    for (size_t i = 0; i < sweep->point_count; i++) {
        ess_sha256_add(&hash, &sweep->grid[i], sizeof sweep->grid[i]);
        ess_sha256_add_text(&hash, hashes[i]);
    }
    ess_sha256_end(&hash, text);
}

char *ess_sweep_folder_file(const struct ess_sweep_folder *folder, const char *name) {
    size_t bytes = strlen(folder->path) + strlen(name) + 2;
    char *path = malloc(bytes);
    if (path) {
        snprintf(path, bytes, "%s/%s", folder->path, name);
    }
    return path;
}

static bool join(char path[PATH_MAX], const char *folder, const char *name) {
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

/* ---- making -----------------------------------------------------------------------------------
 */

static bool say(const char *path, const char *what) {
    fprintf(stderr, "%s: %s\n", path, what);
    return false;
}

static bool write_definition(const char *folder, const struct ess_sweep *sweep,
    char (*hashes)[ESS_SHA256_TEXT_BYTES], const char *version) {
    char path[PATH_MAX], identity[ESS_SHA256_TEXT_BYTES];
    struct ess_sweep_origin origin = {version, identity, (int64_t)sweep->point_count};
    FILE *file;
    bool good;
    file = join(path, folder, "sweep.json") ? fopen(path, "w") : NULL;
    if (!file) {
        return false;
    }
    ess_sweep_identity(sweep, hashes, identity);
    ess_sweep_write(sweep, &origin, file);
    good = fflush(file) == 0 && !ferror(file);
    good &= fclose(file) == 0;
    file = good && join(path, folder, "points.txt") ? fopen(path, "w") : NULL;
    if (!file) {
        return false;
    }
    for (size_t i = 0; i < sweep->point_count; i++) {
        fprintf(file, "%s\n", hashes[i]);
    }
    good = fflush(file) == 0 && !ferror(file);
    return fclose(file) == 0 && good;
}

static bool make_below(const char *folder, const char *name) {
    char path[PATH_MAX];
    return join(path, folder, name) && mkdir(path, 0777) == 0;
}

static void remove_made(const char *folder) {
    static const char *const names[] = {"sweep.json", "points.txt", "points", "partial"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (join(path, folder, names[i]) && unlink(path) != 0) {
            rmdir(path);
        }
    }
    rmdir(folder);
}

static bool make_parents(const char *path) {
    char copy[PATH_MAX];
    if (snprintf(copy, sizeof copy, "%s", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            return false;
        }
        *slash = '/';
    }
    return true;
}

static bool make_new(const char *path, const struct ess_sweep *sweep,
    char (*hashes)[ESS_SHA256_TEXT_BYTES], const char *version) {
    char made[PATH_MAX];
    int error;
    if (snprintf(made, sizeof made, "%s.partial-%ld", path, (long)getpid()) > PATH_MAX - 80) {
        return say(path, "the path is too long");
    }
    if (!make_parents(path) || mkdir(made, 0777) != 0) {
        return say(path, strerror(errno));
    }
    if (make_below(made, "points") && make_below(made, "partial") &&
        write_definition(made, sweep, hashes, version) && rename(made, path) == 0) {
        return true;
    }
    error = errno;
    remove_made(made);
    return say(path, strerror(error));
}

/* "sweep.json" is there; is it this sweep's? */
static bool check_same(const char *path, const char *definition, const struct ess_sweep *sweep,
    char (*hashes)[ESS_SHA256_TEXT_BYTES], const char *version) {
    char identity[ESS_SHA256_TEXT_BYTES];
    struct ess_diagnostics diagnostics;
    struct ess_sweep *other;
    bool same;
    ess_diagnostics_init(&diagnostics);
    other = ess_sweep_read(definition, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    ess_sweep_identity(sweep, hashes, identity);
    same = other && other->origin.identity && strcmp(other->origin.identity, identity) == 0;
    if (other && !same) {
        bool made_by_this = other->origin.version && strcmp(other->origin.version, version) == 0;
        fprintf(stderr,
            "%s: holds another sweep, \"%s\"%s%s%s; nothing was touched: choose another --out\n",
            path, other->name, made_by_this ? "" : ", made by version ",
            made_by_this || !other->origin.version ? "" : other->origin.version,
            made_by_this ? " with other points" : "");
    }
    ess_sweep_free(other);
    return same;
}

bool ess_sweep_folder_make(const char *path, const struct ess_sweep *sweep,
    char (*hashes)[ESS_SHA256_TEXT_BYTES], const char *version) {
    char definition[PATH_MAX];
    struct dirent *entry;
    size_t entries = 0;
    DIR *listing = opendir(path);
    if (!listing) {
        return errno == ENOENT ? make_new(path, sweep, hashes, version)
                               : say(path, strerror(errno));
    }
    while ((entry = readdir(listing)) != NULL) {
        entries += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(listing);
    if (entries == 0) {
        return make_new(path, sweep, hashes, version);
    }
    if (!join(definition, path, "sweep.json") || access(definition, F_OK) != 0) {
        return say(path, "holds files and is no sweep's folder; nothing was touched: choose "
                         "another --out");
    }
    return check_same(path, definition, sweep, hashes, version);
}

/* ---- opening ----------------------------------------------------------------------------------
 */

static bool is_hash(const char *text) {
    return strspn(text, "0123456789abcdef") == HASH_DIGITS && text[HASH_DIGITS] == '\n';
}

static bool read_hashes(struct ess_sweep_folder *folder) {
    size_t count = folder->sweep->point_count, i = 0;
    char *path = ess_sweep_folder_file(folder, "points.txt");
    char line[LINE_BYTES + 2];
    FILE *file = path ? fopen(path, "r") : NULL;
    bool good = file != NULL;
    free(path);
    folder->hashes = calloc(count, sizeof *folder->hashes);
    while (good && folder->hashes && fgets(line, sizeof line, file)) {
        good = i < count && is_hash(line);
        if (good) {
            memcpy(folder->hashes[i++], line, HASH_DIGITS);
        }
    }
    if (file) {
        fclose(file);
    }
    return good && folder->hashes && i == count;
}

struct order {
    const char *hash;
    uint32_t point;
};

static int compare_orders(const void *left, const void *right) {
    const struct order *a = left, *b = right;
    int order = strcmp(a->hash, b->hash);
    return order ? order : (a->point > b->point) - (a->point < b->point);
}

/* Two combinations may resolve to one scenario: that is run once. */
static bool find_first(struct ess_sweep_folder *folder) {
    size_t count = folder->sweep->point_count;
    struct order *orders = calloc(count, sizeof *orders);
    folder->first = calloc(count, sizeof *folder->first);
    if (!orders || !folder->first) {
        free(orders);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        orders[i] = (struct order){folder->hashes[i], (uint32_t)i};
    }
    qsort(orders, count, sizeof *orders, compare_orders);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && strcmp(orders[i - 1].hash, orders[i].hash) == 0;
        folder->first[orders[i].point] =
            same ? folder->first[orders[i - 1].point] : orders[i].point;
    }
    free(orders);
    return true;
}

static bool load(struct ess_sweep_folder *folder) {
    char identity[ESS_SHA256_TEXT_BYTES];
    struct ess_diagnostics diagnostics;
    char *path = ess_sweep_folder_file(folder, "sweep.json");
    if (!path || access(path, R_OK) != 0) {
        free(path);
        return say(folder->path, "is no sweep's folder: there is no sweep.json to read");
    }
    ess_diagnostics_init(&diagnostics);
    folder->sweep = ess_sweep_read(path, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    free(path);
    if (!folder->sweep) {
        return false;
    }
    if (!folder->sweep->origin.identity) {
        return say(folder->path, "its sweep.json is a definition, not a sweep's folder");
    }
    if (!read_hashes(folder)) {
        return say(folder->path, "its points.txt is missing or damaged");
    }
    ess_sweep_identity(folder->sweep, folder->hashes, identity);
    if (strcmp(identity, folder->sweep->origin.identity) != 0) {
        return say(folder->path, "its sweep.json and points.txt are not of one sweep");
    }
    return find_first(folder) || say(folder->path, "out of memory");
}

bool ess_sweep_folder_open(struct ess_sweep_folder *folder, const char *path) {
    size_t length = strlen(path);
    memset(folder, 0, sizeof *folder);
    folder->lock = -1;
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    folder->path = strndup(path, length);
    if (!folder->path || !load(folder)) {
        ess_sweep_folder_close(folder);
        return false;
    }
    return true;
}

void ess_sweep_folder_close(struct ess_sweep_folder *folder) {
    if (folder->lock >= 0) {
        close(folder->lock);
    }
    ess_sweep_free(folder->sweep);
    free(folder->hashes);
    free(folder->first);
    free(folder->path);
    memset(folder, 0, sizeof *folder);
    folder->lock = -1;
}

bool ess_sweep_folder_lock(struct ess_sweep_folder *folder) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char *path = ess_sweep_folder_file(folder, "lock");
    int error;
    folder->lock = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
    error = errno;
    free(path);
    if (folder->lock < 0) {
        fprintf(stderr, "%s: cannot be written: %s\n", folder->path, strerror(error));
        return false;
    }
    if (fcntl(folder->lock, F_SETLK, &lock) == 0) {
        return true;
    }
    error = errno;
    if (error == EACCES || error == EAGAIN) {
        fcntl(folder->lock, F_GETLK, &lock);
        fprintf(stderr, "%s: process %ld is at work on this sweep\n", folder->path,
            lock.l_type == F_UNLCK ? 0L : (long)lock.l_pid);
    } else {
        fprintf(stderr, "%s: cannot be locked: %s\n", folder->path, strerror(error));
    }
    return false;
}

/* ---- results ----------------------------------------------------------------------------------
 */

static bool point_path(const struct ess_sweep_folder *folder, const char *hash, const char *suffix,
    char path[PATH_MAX]) {
    return snprintf(path, PATH_MAX, "%s/points/%.2s/%s.json%s", folder->path, hash, hash, suffix) <
           PATH_MAX;
}

bool ess_sweep_folder_has(const struct ess_sweep_folder *folder, size_t point) {
    char path[PATH_MAX];
    return point_path(folder, folder->hashes[point], "", path) && access(path, F_OK) == 0;
}

enum ess_sweep_point_state ess_sweep_folder_read(const struct ess_sweep_folder *folder,
    size_t point, struct ess_sweep_result **result, struct ess_diagnostics *diagnostics) {
    struct ess_sweep_result *read;
    enum ess_sweep_point_state state;
    char path[PATH_MAX];
    bool newer;
    if (!ess_sweep_folder_has(folder, point)) {
        return ESS_SWEEP_POINT_MISSING;
    }
    point_path(folder, folder->hashes[point], "", path);
    read = ess_sweep_result_read(path, folder->hashes[point], &newer, diagnostics);
    if (!read) {
        return newer ? ESS_SWEEP_POINT_NEWER : ESS_SWEEP_POINT_UNREADABLE;
    }
    state = read->reason ? ESS_SWEEP_POINT_FAILED : ESS_SWEEP_POINT_DONE;
    if (result) {
        *result = read;
    } else {
        ess_sweep_result_free(read);
    }
    return state;
}

static bool make_hash_folder(const struct ess_sweep_folder *folder, const char *hash) {
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/points/%.2s", folder->path, hash) < PATH_MAX &&
           (mkdir(path, 0777) == 0 || errno == EEXIST);
}

int ess_sweep_folder_put(
    const struct ess_sweep_folder *folder, const struct ess_sweep_result *result) {
    char partial[PATH_MAX], path[PATH_MAX], machine[256] = "";
    FILE *file;
    int error = 0;
    gethostname(machine, sizeof machine - 1);
    if (!point_path(folder, result->hash, "", path) ||
        snprintf(partial, sizeof partial, "%s/partial/%s.%s.%ld", folder->path, result->hash,
            machine, (long)getpid()) >= PATH_MAX) {
        return ENAMETOOLONG;
    }
    file = fopen(partial, "w");
    if (!file) {
        return errno;
    }
    ess_sweep_result_write(result, file);
    if (fflush(file) != 0 || ferror(file)) {
        error = errno ? errno : EIO;
    }
    if (fclose(file) != 0 && !error) {
        error = errno;
    }
    if (!error && (!make_hash_folder(folder, result->hash) || rename(partial, path) != 0)) {
        error = errno;
    }
    if (error) {
        unlink(partial);
    }
    return error;
}

int ess_sweep_folder_set_aside(
    const struct ess_sweep_folder *folder, size_t point, const char *suffix) {
    char from[PATH_MAX], to[PATH_MAX];
    if (!point_path(folder, folder->hashes[point], "", from) ||
        !point_path(folder, folder->hashes[point], suffix, to)) {
        return ENAMETOOLONG;
    }
    return rename(from, to) == 0 ? 0 : errno;
}

void ess_sweep_folder_sweep_partial(const struct ess_sweep_folder *folder) {
    char *path = ess_sweep_folder_file(folder, "partial");
    DIR *listing = path ? opendir(path) : NULL;
    struct dirent *entry;
    while (listing && (entry = readdir(listing)) != NULL) {
        /* Only names that a writer here gives: a digest and more. */
        if (strspn(entry->d_name, "0123456789abcdef") >= HASH_DIGITS) {
            unlinkat(dirfd(listing), entry->d_name, 0);
        }
    }
    if (listing) {
        closedir(listing);
    }
    free(path);
}
