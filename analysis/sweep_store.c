/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/sweep_store.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEMA_VERSION = 1, APPLICATION = 0x65737321 };

static const char schema[] =
    "CREATE TABLE sweep(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE axis(axis INTEGER PRIMARY KEY, pointer TEXT NOT NULL UNIQUE);"
    "CREATE TABLE axis_value(axis INTEGER NOT NULL, step INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(axis, step)) WITHOUT ROWID;"
    "CREATE TABLE metric(metric INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " unit TEXT NOT NULL, better TEXT NOT NULL);"
    "CREATE TABLE point(point INTEGER PRIMARY KEY, hash TEXT NOT NULL, state TEXT NOT NULL,"
    " reason TEXT);"
    "CREATE TABLE choice(point INTEGER NOT NULL, axis INTEGER NOT NULL, step INTEGER NOT NULL,"
    " PRIMARY KEY(point, axis)) WITHOUT ROWID;"
    "CREATE TABLE replication(point INTEGER NOT NULL, replication INTEGER NOT NULL,"
    " state TEXT NOT NULL, text TEXT, PRIMARY KEY(point, replication)) WITHOUT ROWID;"
    "CREATE TABLE value(point INTEGER NOT NULL, replication INTEGER NOT NULL,"
    " metric INTEGER NOT NULL, value REAL,"
    " PRIMARY KEY(point, replication, metric)) WITHOUT ROWID;"
    "CREATE VIEW result AS SELECT point, hash, replication, name AS metric, unit, value"
    " FROM value JOIN point USING(point) JOIN metric USING(metric);"
    "CREATE VIEW setting AS SELECT point, pointer, value"
    " FROM choice JOIN axis USING(axis) JOIN axis_value USING(axis, step);"
    "PRAGMA application_id=1702064929; PRAGMA user_version=1;";

enum statement { ADD_POINT, ADD_CHOICE, ADD_REPLICATION, ADD_METRIC, ADD_VALUE, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [ADD_POINT] = "INSERT OR IGNORE INTO point VALUES(?,?,?,?)",
    [ADD_CHOICE] = "INSERT OR IGNORE INTO choice VALUES(?,?,?)",
    [ADD_REPLICATION] = "INSERT OR IGNORE INTO replication VALUES(?,?,?,?)",
    [ADD_METRIC] = "INSERT OR IGNORE INTO metric VALUES(?,?,?,?)",
    [ADD_VALUE] = "INSERT OR IGNORE INTO value VALUES(?,?,?,?)",
};

struct ess_sweep_store {
    const struct ess_sweep_folder *folder;
    char *path;
    sqlite3 *database;
    sqlite3_stmt *prepared[STATEMENTS];
};

static bool fail(const struct ess_sweep_store *store) {
    fprintf(stderr, "%s: %s\n", store->path,
        store->database ? sqlite3_errmsg(store->database) : "out of memory");
    return false;
}

static bool execute(struct ess_sweep_store *store, const char *text) {
    return sqlite3_exec(store->database, text, NULL, NULL, NULL) == SQLITE_OK || fail(store);
}

/* ---- opening ----------------------------------------------------------------------------------
 */

/* The first column of the first row as a number; -1 where there is none or it cannot be asked. */
static int64_t ask_number(sqlite3 *database, const char *question) {
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    if (sqlite3_prepare_v2(database, question, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        number = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return number;
}

static bool insert_pair(
    struct ess_sweep_store *store, const char *table, const char *key, const char *value) {
    char *text = sqlite3_mprintf("INSERT INTO %s VALUES(%Q,%Q)", table, key, value);
    bool good = text && execute(store, text);
    sqlite3_free(text);
    return good;
}

static bool insert_axis(struct ess_sweep_store *store, size_t axis) {
    const struct ess_sweep_axis *from = &store->folder->sweep->axes[axis];
    char *text = sqlite3_mprintf("INSERT INTO axis VALUES(%d,%Q)", (int)axis, from->pointer);
    bool good = text && execute(store, text);
    sqlite3_free(text);
    for (size_t step = 0; good && step < from->count; step++) {
        text = sqlite3_mprintf(
            "INSERT INTO axis_value VALUES(%d,%d,%Q)", (int)axis, (int)step, from->values[step]);
        good = text && execute(store, text);
        sqlite3_free(text);
    }
    return good;
}

static bool make_schema(struct ess_sweep_store *store) {
    const struct ess_sweep *sweep = store->folder->sweep;
    char points[24];
    bool good;
    snprintf(points, sizeof points, "%zu", sweep->point_count);
    good = execute(store, "BEGIN IMMEDIATE") && execute(store, schema) &&
           insert_pair(store, "sweep", "name", sweep->name) &&
           insert_pair(store, "sweep", "identity", sweep->origin.identity) &&
           insert_pair(store, "sweep", "version", sweep->origin.version) &&
           insert_pair(store, "sweep", "points", points);
    for (size_t i = 0; good && i < sweep->axis_count; i++) {
        good = insert_axis(store, i);
    }
    return good && execute(store, "COMMIT");
}

static bool is_this_sweep(struct ess_sweep_store *store) {
    char *question = sqlite3_mprintf("SELECT count(*) FROM sweep WHERE key='identity' AND value=%Q",
        store->folder->sweep->origin.identity);
    int64_t count = question ? ask_number(store->database, question) : 0;
    sqlite3_free(question);
    return count == 1;
}

/* A database that is empty is new, or was being made when its maker was killed. */
static bool check_schema(struct ess_sweep_store *store, bool make) {
    int64_t tables = ask_number(store->database, "SELECT count(*) FROM sqlite_master");
    int64_t version = ask_number(store->database, "PRAGMA user_version");
    if (tables < 0) {
        return fail(store);
    }
    if (tables == 0 && version == 0 && make) {
        return make_schema(store);
    }
    if (ask_number(store->database, "PRAGMA application_id") != APPLICATION) {
        fprintf(
            stderr, "%s: is not a database of sweep results; nothing was touched\n", store->path);
        return false;
    }
    if (version > SCHEMA_VERSION) {
        fprintf(stderr,
            "%s: has schema version %d, made by a newer program; this one knows %d; nothing was "
            "touched\n",
            store->path, (int)version, SCHEMA_VERSION);
        return false;
    }
    if (!is_this_sweep(store)) {
        fprintf(
            stderr, "%s: holds the results of another sweep; nothing was touched\n", store->path);
        return false;
    }
    return true;
}

static struct ess_sweep_store *open_database(const struct ess_sweep_folder *folder, bool write) {
    struct ess_sweep_store *store = calloc(1, sizeof *store);
    int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
    if (!store) {
        fprintf(stderr, "%s: out of memory\n", folder->path);
        return NULL;
    }
    store->folder = folder;
    store->path = ess_sweep_folder_file(folder, "results.sqlite");
    if (!store->path || sqlite3_open_v2(store->path, &store->database, flags, NULL) != SQLITE_OK) {
        fail(store);
        ess_sweep_store_close(store);
        return NULL;
    }
    sqlite3_busy_timeout(store->database, 10000);
    if (!check_schema(store, write)) {
        ess_sweep_store_close(store);
        return NULL;
    }
    return store;
}

struct ess_sweep_store *ess_sweep_store_open(const struct ess_sweep_folder *folder) {
    struct ess_sweep_store *store = open_database(folder, true);
    for (size_t i = 0; store && i < STATEMENTS; i++) {
        if (sqlite3_prepare_v2(store->database, statements[i], -1, &store->prepared[i], NULL) !=
            SQLITE_OK) {
            fail(store);
            ess_sweep_store_close(store);
            return NULL;
        }
    }
    return store;
}

void ess_sweep_store_close(struct ess_sweep_store *store) {
    if (!store) {
        return;
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(store->prepared[i]);
    }
    sqlite3_close(store->database);
    free(store->path);
    free(store);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

bool ess_sweep_store_begin(struct ess_sweep_store *store) {
    return execute(store, "BEGIN IMMEDIATE");
}

bool ess_sweep_store_commit(struct ess_sweep_store *store) {
    return execute(store, "COMMIT");
}

/* Run a prepared statement with what is bound to it. */
static bool run(struct ess_sweep_store *store, enum statement which) {
    sqlite3_stmt *statement = store->prepared[which];
    bool good = sqlite3_step(statement) == SQLITE_DONE || fail(store);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return good;
}

static void bind_text(sqlite3_stmt *statement, int column, const char *text) {
    if (text) {
        sqlite3_bind_text(statement, column, text, -1, SQLITE_STATIC);
    }
}

static bool add_point(
    struct ess_sweep_store *store, size_t point, const struct ess_sweep_result *result) {
    sqlite3_stmt *statement = store->prepared[ADD_POINT];
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)point);
    bind_text(statement, 2, result->hash);
    bind_text(statement, 3, result->reason ? "failed" : "ok");
    bind_text(statement, 4, result->reason);
    return run(store, ADD_POINT);
}

static bool add_choices(struct ess_sweep_store *store, size_t point) {
    sqlite3_stmt *statement = store->prepared[ADD_CHOICE];
    size_t steps[ESS_SWEEP_AXES_MAX];
    ess_sweep_steps(store->folder->sweep, point, steps);
    for (size_t i = 0; i < store->folder->sweep->axis_count; i++) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)point);
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)i);
        sqlite3_bind_int64(statement, 3, (sqlite3_int64)steps[i]);
        if (!run(store, ADD_CHOICE)) {
            return false;
        }
    }
    return true;
}

static bool add_replication(struct ess_sweep_store *store, size_t point, size_t number,
    const struct ess_sweep_replication *replication) {
    sqlite3_stmt *statement = store->prepared[ADD_REPLICATION];
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)point);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)number);
    bind_text(statement, 3, replication->state);
    bind_text(statement, 4, replication->text);
    return run(store, ADD_REPLICATION);
}

/* The metrics of one program version are the same in all results, so a place is a number. */
static bool add_metric(struct ess_sweep_store *store, size_t point, size_t number,
    const struct ess_sweep_metric *metric, size_t replications) {
    sqlite3_stmt *name = store->prepared[ADD_METRIC], *value = store->prepared[ADD_VALUE];
    sqlite3_bind_int64(name, 1, (sqlite3_int64)number);
    bind_text(name, 2, metric->name);
    bind_text(name, 3, metric->unit);
    bind_text(name, 4, metric->better);
    if (!run(store, ADD_METRIC)) {
        return false;
    }
    for (size_t r = 0; r < replications; r++) {
        sqlite3_bind_int64(value, 1, (sqlite3_int64)point);
        sqlite3_bind_int64(value, 2, (sqlite3_int64)r);
        sqlite3_bind_int64(value, 3, (sqlite3_int64)number);
        if (!isnan(metric->values[r])) {
            sqlite3_bind_double(value, 4, metric->values[r]);
        }
        if (!run(store, ADD_VALUE)) {
            return false;
        }
    }
    return true;
}

bool ess_sweep_store_add(
    struct ess_sweep_store *store, size_t point, const struct ess_sweep_result *result) {
    if (ess_sweep_store_has(store, point)) {
        return true;
    }
    if (!add_point(store, point, result) || !add_choices(store, point)) {
        return false;
    }
    for (size_t r = 0; r < result->replication_count; r++) {
        if (!add_replication(store, point, r, &result->replications[r])) {
            return false;
        }
    }
    for (size_t m = 0; m < result->metric_count; m++) {
        if (!add_metric(store, point, m, &result->metrics[m], result->replication_count)) {
            return false;
        }
    }
    return true;
}

bool ess_sweep_store_has(struct ess_sweep_store *store, size_t point) {
    char question[80];
    snprintf(question, sizeof question, "SELECT 1 FROM point WHERE point=%zu", point);
    return ask_number(store->database, question) == 1;
}

bool ess_sweep_store_remove(struct ess_sweep_store *store, size_t point) {
    static const char *const tables[] = {"value", "replication", "choice", "point"};
    char text[80];
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        snprintf(text, sizeof text, "DELETE FROM %s WHERE point=%zu", tables[i], point);
        if (!execute(store, text)) {
            return false;
        }
    }
    return true;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

static sqlite3_stmt *ask(struct ess_sweep_store *store, const char *question) {
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(store->database, question, -1, &statement, NULL) != SQLITE_OK) {
        fail(store);
    }
    return statement;
}

static char *text_of(sqlite3_stmt *statement, int column) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text ? strdup((const char *)text) : NULL;
}

static bool read_metrics(struct ess_sweep_store *store, struct ess_sweep_table *table) {
    sqlite3_stmt *rows;
    table->metric_count = (size_t)ask_number(store->database, "SELECT count(*) FROM metric");
    if (table->metric_count > UINT32_MAX) {
        return false; /* no count at all: the question failed */
    }
    table->metrics = calloc(table->metric_count + 1, sizeof *table->metrics);
    rows = ask(store, "SELECT name, unit, better FROM metric ORDER BY metric");
    for (size_t i = 0; table->metrics && i < table->metric_count; i++) {
        if (sqlite3_step(rows) == SQLITE_ROW) {
            table->metrics[i].name = text_of(rows, 0);
            table->metrics[i].unit = text_of(rows, 1);
            table->metrics[i].better = text_of(rows, 2);
        }
    }
    sqlite3_finalize(rows);
    return rows && table->metrics;
}

static bool read_points(struct ess_sweep_store *store, struct ess_sweep_table *table) {
    size_t axes = store->folder->sweep->axis_count;
    sqlite3_stmt *rows;
    table->point_count = (size_t)ask_number(store->database, "SELECT count(*) FROM point");
    if (table->point_count > UINT32_MAX) {
        return false; /* no count at all: the question failed */
    }
    table->points = calloc(table->point_count + 1, sizeof *table->points);
    rows = ask(store, "SELECT point, reason, (SELECT count(*) FROM replication"
                      " WHERE replication.point=point.point) FROM point ORDER BY point");
    for (size_t i = 0; table->points && i < table->point_count; i++) {
        struct ess_sweep_table_point *point = &table->points[i];
        if (sqlite3_step(rows) != SQLITE_ROW ||
            sqlite3_column_int64(rows, 0) >= (sqlite3_int64)store->folder->sweep->point_count) {
            break;
        }
        point->point = (size_t)sqlite3_column_int64(rows, 0);
        point->reason = text_of(rows, 1);
        point->replication_count = (size_t)sqlite3_column_int64(rows, 2);
        point->steps = calloc(axes, sizeof *point->steps);
        if (point->steps) {
            ess_sweep_steps(store->folder->sweep, point->point, point->steps);
        }
        if (table->replication_count < point->replication_count) {
            table->replication_count = point->replication_count;
        }
    }
    sqlite3_finalize(rows);
    return rows && table->points;
}

static bool read_values(struct ess_sweep_store *store, struct ess_sweep_table *table) {
    size_t cells = table->metric_count * table->replication_count, at = 0;
    sqlite3_stmt *rows;
    table->values = calloc(table->point_count * cells + 1, sizeof *table->values);
    if (!table->values) {
        return false;
    }
    for (size_t i = 0; i < table->point_count * cells; i++) {
        table->values[i] = NAN;
    }
    rows = ask(store, "SELECT point, replication, metric, value FROM value"
                      " WHERE value IS NOT NULL ORDER BY point, replication, metric");
    while (rows && sqlite3_step(rows) == SQLITE_ROW) {
        size_t point = (size_t)sqlite3_column_int64(rows, 0);
        size_t replication = (size_t)sqlite3_column_int64(rows, 1);
        size_t metric = (size_t)sqlite3_column_int64(rows, 2);
        while (at < table->point_count && table->points[at].point < point) {
            at++;
        }
        if (at < table->point_count && replication < table->replication_count &&
            metric < table->metric_count) {
            table->values[at * cells + metric * table->replication_count + replication] =
                sqlite3_column_double(rows, 3);
        }
    }
    sqlite3_finalize(rows);
    return rows != NULL;
}

bool ess_sweep_table_read(struct ess_sweep_table *table, const struct ess_sweep_folder *folder) {
    struct ess_sweep_store *store = open_database(folder, false);
    bool good;
    memset(table, 0, sizeof *table);
    if (!store) {
        return false;
    }
    good = read_metrics(store, table) && read_points(store, table) && read_values(store, table);
    if (!good) {
        fprintf(stderr, "%s: cannot be read\n", store->path);
        ess_sweep_table_free(table);
    }
    ess_sweep_store_close(store);
    return good;
}

void ess_sweep_table_free(struct ess_sweep_table *table) {
    for (size_t i = 0; i < table->metric_count && table->metrics; i++) {
        free((char *)(uintptr_t)table->metrics[i].name);
        free((char *)(uintptr_t)table->metrics[i].unit);
        free((char *)(uintptr_t)table->metrics[i].better);
    }
    for (size_t i = 0; i < table->point_count && table->points; i++) {
        free(table->points[i].reason);
        free(table->points[i].steps);
    }
    free(table->metrics);
    free(table->points);
    free(table->values);
    memset(table, 0, sizeof *table);
}
