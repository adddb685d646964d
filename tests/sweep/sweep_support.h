/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TESTS_SWEEP_SUPPORT_H
#define ESS_TESTS_SWEEP_SUPPORT_H

/* For tests of sweeps from outside: the built program, a folder of the test's own, a small sweep,
 * and the content of a database as one digest. */

#include "ess_test.h"

#include <libgen.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/sha256.h"

struct sweep_place {
    char program[PATH_MAX]; /* the built program */
    char folder[PATH_MAX];  /* of this test */
    char said[1 << 18];     /* both streams of the last command */
};

static struct sweep_place place;

/* The program stands two folders above the test: BUILD/essaim for BUILD/tests/sweep/test_X. */
static inline bool sweep_place_find(void) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) {
        return false;
    }
    path[length] = '\0';
    snprintf(
        place.program, sizeof place.program, "%.4000s/essaim", dirname(dirname(dirname(path))));
    snprintf(place.folder, sizeof place.folder, "/tmp/essaim-sweep-XXXXXX");
    return access(place.program, X_OK) == 0 && mkdtemp(place.folder) &&
           setenv("E", place.program, 1) == 0 && setenv("T", place.folder, 1) == 0;
}

/* Run a shell command in which $E is the program and $T the folder: its exit status, or 1000 + the
 * signal that ended it. */
__attribute__((format(printf, 1, 2))) static inline int sh(const char *format, ...) {
    char command[8192], whole[9000], path[PATH_MAX + 8];
    va_list arguments;
    size_t length = 0;
    int status;
    FILE *file;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    fflush(NULL);
    snprintf(whole, sizeof whole, "{ %s\n} >\"$T.said\" 2>&1 </dev/null", command);
    status = system(whole); /* NOLINT(cert-env33-c): the commands are the tests' own */
    snprintf(path, sizeof path, "%s.said", place.folder);
    file = fopen(path, "r");
    if (file) {
        length = fread(place.said, 1, sizeof place.said - 1, file);
        fclose(file);
    }
    place.said[length] = '\0';
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline bool says(const char *text) {
    bool found = strstr(place.said, text) != NULL;
    if (!found) {
        ess_test_note("it does not say \"%s\" but: %.600s", text, place.said);
    }
    return found;
}

static inline void put_file(const char *name, const char *text) {
    char path[PATH_MAX + 64];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", place.folder, name);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT(fputs(text, file) >= 0);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

/* A scenario of a few milliseconds and its trace, as $T/small.json. */
static inline void put_scenario(void) {
    put_file("small.json",
        "{\"name\": \"small\", \"duration\": \"1 min\",\n"
        " \"sites\": [{\"name\": \"a\", \"hosts\": [{\"count\": 2, \"gpu\": \"RTX 4090\","
        " \"up\": \"100 Mbit/s\", \"down\": \"500 Mbit/s\"}]},\n"
        "  {\"name\": \"b\", \"hosts\": [{\"count\": 1, \"gpu\": \"RTX 4090\","
        " \"up\": \"100 Mbit/s\", \"down\": \"500 Mbit/s\"}]}],\n"
        " \"wan\": {\"links\": [{\"from\": \"a\", \"to\": \"b\", \"rate\": \"50 Mbit/s\","
        " \"delay\": \"10 ms\"}]},\n"
        " \"availability\": {\"trace\": \"t.csv\"},\n"
        " \"services\": [{\"kind\": \"training\", \"parameters\": 1e6, \"tokens_per_step\": 50000,"
        " \"buckets\": 2}],\n"
        " \"measure\": {\"replications\": 2},\n"
        " \"compare\": {\"/policies/recovery\": [\"retry\", \"continue\"]}}\n");
    put_file("t.csv", "host,start,end\nx,0,500\ny,0,31\ny,40,500\nz,0,77\nz,90,500\n");
}

/* Remove what the test made. */
static inline void sweep_place_leave(void) {
    sh("rm -rf \"$T\"");
    sh("rm -f \"$T.said\"; true");
}

static inline void add_row(struct ess_sha256 *hash, sqlite3_stmt *row) {
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const unsigned char *text = sqlite3_column_text(row, i);
        ess_sha256_add_text(hash, text ? (const char *)text : "\x01");
    }
}

static inline bool add_query(struct ess_sha256 *hash, sqlite3 *database, const char *query) {
    sqlite3_stmt *rows = NULL;
    bool good = sqlite3_prepare_v2(database, query, -1, &rows, NULL) == SQLITE_OK;
    while (good && sqlite3_step(rows) == SQLITE_ROW) {
        add_row(hash, rows);
    }
    sqlite3_finalize(rows);
    return good;
}

/* Digest of all rows of all tables of $T/NAME/results.sqlite in the order in which a dump lists
 * them, after an integrity check; false where there is no such database. */
static inline bool digest_database(const char *name, char text[ESS_SHA256_TEXT_BYTES]) {
    static const char *const tables[] = {"sweep", "axis", "axis_value", "metric", "point", "choice",
        "replication", "value", "sqlite_master"};
    char path[PATH_MAX + 64], query[80];
    struct ess_sha256 hash;
    sqlite3 *database = NULL;
    bool good;
    snprintf(path, sizeof path, "%s/%s/results.sqlite", place.folder, name);
    good = sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    ess_sha256_init(&hash);
    good = good && add_query(&hash, database, "PRAGMA integrity_check");
    for (size_t i = 0; good && i < sizeof tables / sizeof *tables; i++) {
        snprintf(
            query, sizeof query, i == 8 ? "SELECT sql FROM %s" : "SELECT * FROM %s", tables[i]);
        good = add_query(&hash, database, query);
    }
    sqlite3_close(database);
    ess_sha256_end(&hash, text);
    return good;
}

static inline bool same_database(const char *left, const char *right) {
    char digests[2][ESS_SHA256_TEXT_BYTES];
    return digest_database(left, digests[0]) && digest_database(right, digests[1]) &&
           strcmp(digests[0], digests[1]) == 0;
}

#endif
