/* SPDX-License-Identifier: GPL-3.0-or-later */
/* realpath is POSIX's X/Open part. */
#define _XOPEN_SOURCE 700
#include "sim/scenario/include.h"

#include <stdlib.h>
#include <string.h>

/* The files being read, innermost first. */
struct chain {
    const struct chain *outer;
    const char *path; /* as shown */
    char *identity;   /* without links and dots */
    size_t depth;
};

struct inclusion {
    struct ess_reader *reader;
    struct ess_origins *origins;
    struct ess_tree *merged;
    size_t files;
    bool failed;
};

/* ---- Laying one tree over another ---- */

static void merge(struct inclusion *inclusion, struct ess_tree *below, const struct ess_tree *over,
    const char *pointer, const char *file) {
    struct ess_store *store = inclusion->origins->store;
    for (const struct ess_tree *item = ess_tree_first(over); item != NULL;
         item = ess_tree_next(item)) {
        const char *key = ess_tree_key(item);
        struct ess_tree *present = ess_tree_member(below, key);
        const char *here = ess_pointer_below(pointer, key, store);
        bool objects = present != NULL && ess_tree_kind(present) == ESS_TREE_OBJECT &&
                       ess_tree_kind(item) == ESS_TREE_OBJECT;
        if (objects) {
            merge(inclusion, present, item, here, file);
            continue;
        }
        ess_tree_put(below, key, ess_tree_copy(item));
        ess_origins_add(inclusion->origins, here, file, here);
    }
}

/* ---- Files ---- */

static void complain(struct inclusion *inclusion, const char *file, const char *place,
    const char *expected, const char *found) {
    ess_diagnostics_add(inclusion->reader->diagnostics, file, place, expected, found, NULL, NULL);
    inclusion->failed = true;
}

/* "a.json -> b.json -> a.json" */
static const char *describe_cycle(
    struct ess_store *store, const struct chain *chain, const char *again, const char *identity) {
    const char *text = again;
    for (; chain != NULL; chain = chain->outer) {
        text = ess_store_print(store, "%s -> %s", chain->path, text);
        if (chain->identity != NULL && strcmp(chain->identity, identity) == 0)
            break;
    }
    return text;
}

static bool is_cycle(const struct chain *chain, const char *identity) {
    for (; chain != NULL; chain = chain->outer)
        if (chain->identity != NULL && strcmp(chain->identity, identity) == 0)
            return true;
    return false;
}

static const char *beside(struct ess_store *store, const char *file, const char *relative) {
    const char *slash = strrchr(file, '/');
    if (relative[0] == '/' || slash == NULL)
        return relative;
    return ess_store_print(store, "%.*s%s", (int)(slash - file + 1), file, relative);
}

static void include_file(struct inclusion *inclusion, const char *path, const struct chain *outer);

static void include_one(struct inclusion *inclusion, const struct chain *chain,
    const struct ess_tree *item, const char *place) {
    struct ess_store *store = inclusion->reader->store;
    if (ess_tree_kind(item) != ESS_TREE_STRING) {
        complain(inclusion, chain->path, place, "the path of a scenario file",
            ess_reader_describe(inclusion->reader, item));
        return;
    }
    const char *path = beside(store, chain->path, ess_tree_string(item));
    char *identity = realpath(path, NULL);
    if (identity != NULL && is_cycle(chain, identity))
        complain(inclusion, chain->path, place, "no cycle of includes",
            describe_cycle(store, chain, path, identity));
    else if (chain->depth + 1 > ESS_SCENARIO_INCLUDE_DEPTH_MAX)
        complain(inclusion, chain->path, place,
            ess_store_print(
                store, "at most %d includes within another", ESS_SCENARIO_INCLUDE_DEPTH_MAX),
            "one more");
    else
        include_file(inclusion, ess_store_text(store, path), chain);
    free(identity);
}

static void include_all(
    struct inclusion *inclusion, const struct chain *chain, const struct ess_tree *list) {
    if (ess_tree_kind(list) != ESS_TREE_ARRAY) {
        complain(inclusion, chain->path, "/include", "an array of paths",
            ess_reader_describe(inclusion->reader, list));
        return;
    }
    size_t index = 0;
    for (const struct ess_tree *item = ess_tree_first(list); item != NULL;
         item = ess_tree_next(item))
        include_one(inclusion, chain, item,
            ess_store_print(inclusion->reader->store, "/include/%zu", index++));
}

/* Merge `tree`, a file's own content, which is the function's to free. */
static void merge_file(struct inclusion *inclusion, struct ess_tree *tree, const char *path) {
    if (ess_tree_kind(tree) == ESS_TREE_OBJECT) {
        ess_tree_remove(tree, "include");
        merge(inclusion, inclusion->merged, tree, "", path);
    }
    ess_tree_free(tree);
}

static bool check_object(
    struct inclusion *inclusion, const struct ess_tree *tree, const char *path) {
    if (ess_tree_kind(tree) == ESS_TREE_OBJECT)
        return true;
    complain(inclusion, path, "", "an object", ess_reader_describe(inclusion->reader, tree));
    return false;
}

static void include_file(struct inclusion *inclusion, const char *path, const struct chain *outer) {
    if (++inclusion->files > ESS_SCENARIO_FILES_MAX) {
        complain(inclusion, path, "",
            ess_store_print(inclusion->reader->store, "at most %d files in one scenario",
                ESS_SCENARIO_FILES_MAX),
            "one more");
        return;
    }
    struct ess_tree *tree =
        ess_tree_read_file(path, ESS_SCENARIO_FILE_BYTES_MAX, inclusion->reader->diagnostics);
    if (tree == NULL) {
        inclusion->failed = true;
        return;
    }
    struct chain chain = {outer, path, realpath(path, NULL), outer == NULL ? 0 : outer->depth + 1};
    if (check_object(inclusion, tree, path)) {
        const struct ess_tree *list = ess_tree_member(tree, "include");
        if (list != NULL)
            include_all(inclusion, &chain, list);
    }
    merge_file(inclusion, tree, path);
    free(chain.identity);
}

/* ---- Entry points ---- */

/* What is missing from the whole document is reported for the file that was asked for. */
static void note_root(struct inclusion *inclusion, const char *path) {
    ess_origins_add(inclusion->origins, "", path, "");
}

static struct ess_tree *finish(struct inclusion *inclusion) {
    if (!inclusion->failed)
        return inclusion->merged;
    inclusion->reader->errors++;
    ess_tree_free(inclusion->merged);
    return NULL;
}

struct ess_tree *ess_include_file(
    struct ess_reader *reader, const char *path, struct ess_origins *origins) {
    struct inclusion inclusion = {reader, origins, ess_tree_new_object(), 0, false};
    note_root(&inclusion, path);
    include_file(&inclusion, path, NULL);
    return finish(&inclusion);
}

struct ess_tree *ess_include_text(struct ess_reader *reader, const char *text, size_t bytes,
    const char *name, struct ess_origins *origins) {
    struct inclusion inclusion = {reader, origins, ess_tree_new_object(), 0, false};
    note_root(&inclusion, name);
    struct ess_tree *tree = ess_tree_parse(text, bytes, name, reader->diagnostics);
    inclusion.failed = tree == NULL;
    if (tree != NULL && check_object(&inclusion, tree, name) &&
        ess_tree_member(tree, "include") != NULL)
        complain(&inclusion, name, "/include", "no include, since this text is not a file",
            "the key \"include\"");
    if (tree != NULL)
        merge_file(&inclusion, tree, name);
    return finish(&inclusion);
}
