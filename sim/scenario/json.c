/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/scenario/json_syntax.h"
#include "sim/scenario/place.h"

/* ess_tree is never defined: a node is a cJSON under another name. */
static const cJSON *inside(const struct ess_tree *node) {
    return (const cJSON *)node;
}

static cJSON *inside_mutable(struct ess_tree *node) {
    return (cJSON *)node;
}

static struct ess_tree *outside(cJSON *node) {
    return (struct ess_tree *)node;
}

static void *require(void *memory) {
    if (memory == NULL) {
        fputs("essaim: out of memory while reading JSON\n", stderr);
        exit(1);
    }
    return memory;
}

/* ---- Duplicate keys ---- */

static int compare_keys(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

struct duplicate_search {
    const char *file;
    struct ess_diagnostics *diagnostics;
    struct ess_store *store;
    bool found;
};

static void complain_duplicate(
    struct duplicate_search *search, const struct ess_place *place, const char *key) {
    struct ess_place below = {place, key, 0};
    char *found = ess_store_print(search->store, "\"%s\" twice in one object", key);
    ess_diagnostics_add(search->diagnostics, search->file, ess_place_pointer(&below, search->store),
        "each key once", found, NULL, NULL);
    search->found = true;
}

/* Sorting keeps this O(n log n) for an object of a million keys. */
static void search_object(
    struct duplicate_search *search, const struct ess_place *place, const cJSON *object) {
    size_t count = (size_t)cJSON_GetArraySize(object), filled = 0;
    if (count < 2)
        return;
    const char **keys = require(malloc(count * sizeof *keys));
    for (const cJSON *child = object->child; child != NULL; child = child->next)
        keys[filled++] = child->string;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0 && (i == 1 || strcmp(keys[i - 2], keys[i]) != 0))
            complain_duplicate(search, place, keys[i]);
    free(keys);
}

/* Recursion is bounded by ESS_JSON_NESTING_MAX. */
static void search_duplicates(
    struct duplicate_search *search, const struct ess_place *place, const cJSON *node) {
    if (cJSON_IsObject(node))
        search_object(search, place, node);
    struct ess_place below = {place, NULL, 0};
    for (const cJSON *child = node->child; child != NULL; child = child->next) {
        below.key = child->string;
        if (child->child != NULL)
            search_duplicates(search, &below, child);
        below.index++;
    }
}

/* ---- Reading ---- */

static cJSON *parse_checked(
    const char *text, size_t bytes, const char *file, struct ess_diagnostics *diagnostics) {
    if (!ess_json_syntax_check(text, bytes, file, diagnostics))
        return NULL;
    /* The check accepts a subset of what cJSON does, so only memory can fail here. */
    cJSON *root = require(cJSON_ParseWithLength(text, bytes));
    struct duplicate_search search = {file, diagnostics, ess_store_new(), false};
    search_duplicates(&search, NULL, root);
    ess_store_free(search.store);
    if (!search.found)
        return root;
    cJSON_Delete(root);
    return NULL;
}

struct ess_tree *ess_tree_parse(
    const char *text, size_t bytes, const char *file, struct ess_diagnostics *diagnostics) {
    if (bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        bytes -= 3;
    }
    char *copy = require(malloc(bytes + 1));
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    cJSON *root = parse_checked(copy, bytes, file, diagnostics);
    free(copy);
    return outside(root);
}

static void complain_file(struct ess_diagnostics *diagnostics, const char *path,
    const char *expected, const char *found) {
    ess_diagnostics_add(diagnostics, path, "", expected, found, NULL, NULL);
}

static bool check_size(
    const char *path, size_t bytes_max, size_t bytes, struct ess_diagnostics *diagnostics) {
    if (bytes <= bytes_max)
        return true;
    char expected[64], found[64];
    snprintf(expected, sizeof expected, "a file of at most %zu bytes", bytes_max);
    snprintf(found, sizeof found, "%zu bytes", bytes);
    complain_file(diagnostics, path, expected, found);
    return false;
}

static bool check_file(
    const char *path, size_t bytes_max, size_t *bytes, struct ess_diagnostics *diagnostics) {
    struct stat status;
    if (stat(path, &status) != 0) {
        complain_file(diagnostics, path, "a file that can be read", strerror(errno));
        return false;
    }
    if (S_ISDIR(status.st_mode)) {
        complain_file(diagnostics, path, "a file", "a folder");
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        complain_file(diagnostics, path, "a regular file, whose size is known before it is read",
            "a pipe or a device");
        return false;
    }
    *bytes = (size_t)status.st_size;
    return check_size(path, bytes_max, *bytes, diagnostics);
}

/* At most `bytes_max` + 1 bytes, so that a file which grew after it was measured is noticed. */
static char *read_bytes(const char *path, size_t bytes_max, size_t *bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    size_t room = (*bytes < bytes_max ? *bytes : bytes_max) + 1;
    char *text = require(malloc(room));
    *bytes = fread(text, 1, room, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (!failed)
        return text;
    free(text);
    errno = EIO;
    return NULL;
}

struct ess_tree *ess_tree_read_file(
    const char *path, size_t bytes_max, struct ess_diagnostics *diagnostics) {
    size_t bytes;
    if (!check_file(path, bytes_max, &bytes, diagnostics))
        return NULL;
    size_t measured = bytes;
    char *text = read_bytes(path, bytes_max, &bytes);
    if (text == NULL) {
        complain_file(diagnostics, path, "a file that can be read", strerror(errno));
        return NULL;
    }
    struct ess_tree *tree = NULL;
    if (bytes > measured)
        complain_file(diagnostics, path, "a file that stands still", "one that grew while read");
    else
        tree = ess_tree_parse(text, bytes, path, diagnostics);
    free(text);
    return tree;
}

/* ---- Trees ---- */

void ess_tree_free(struct ess_tree *tree) {
    cJSON_Delete(inside_mutable(tree));
}

struct ess_tree *ess_tree_copy(const struct ess_tree *tree) {
    return outside(require(cJSON_Duplicate(inside(tree), 1)));
}

enum ess_tree_kind ess_tree_kind(const struct ess_tree *node) {
    const cJSON *item = inside(node);
    if (cJSON_IsObject(item))
        return ESS_TREE_OBJECT;
    if (cJSON_IsArray(item))
        return ESS_TREE_ARRAY;
    if (cJSON_IsString(item))
        return ESS_TREE_STRING;
    if (cJSON_IsNumber(item))
        return ESS_TREE_NUMBER;
    return cJSON_IsBool(item) ? ESS_TREE_BOOLEAN : ESS_TREE_NULL;
}

bool ess_tree_boolean(const struct ess_tree *node) {
    return cJSON_IsTrue(inside(node)) != 0;
}

double ess_tree_number(const struct ess_tree *node) {
    return inside(node)->valuedouble;
}

const char *ess_tree_string(const struct ess_tree *node) {
    return inside(node)->valuestring;
}

const struct ess_tree *ess_tree_first(const struct ess_tree *node) {
    return outside(inside(node)->child);
}

const struct ess_tree *ess_tree_next(const struct ess_tree *node) {
    return outside(inside(node)->next);
}

const char *ess_tree_key(const struct ess_tree *node) {
    return inside(node)->string;
}

size_t ess_tree_size(const struct ess_tree *node) {
    return (size_t)cJSON_GetArraySize(inside(node));
}

struct ess_tree *ess_tree_member(const struct ess_tree *object, const char *key) {
    return outside(cJSON_GetObjectItemCaseSensitive(inside(object), key));
}

struct ess_tree *ess_tree_element(const struct ess_tree *array, size_t index) {
    cJSON *child = inside(array)->child;
    while (child != NULL && index > 0) {
        child = child->next;
        index--;
    }
    return outside(child);
}

struct ess_tree *ess_tree_new_object(void) {
    return outside(require(cJSON_CreateObject()));
}

struct ess_tree *ess_tree_new_string(const char *text) {
    return outside(require(cJSON_CreateString(text)));
}

void ess_tree_put(struct ess_tree *object, const char *key, struct ess_tree *value) {
    cJSON *owner = inside_mutable(object);
    bool replace = cJSON_GetObjectItemCaseSensitive(owner, key) != NULL;
    cJSON_bool done =
        replace ? cJSON_ReplaceItemInObjectCaseSensitive(owner, key, inside_mutable(value))
                : cJSON_AddItemToObject(owner, key, inside_mutable(value));
    require(done ? owner : NULL);
}

void ess_tree_replace_element(struct ess_tree *array, size_t index, struct ess_tree *value) {
    cJSON *owner = inside_mutable(array);
    cJSON *item = inside_mutable(ess_tree_element(array, index));
    require(cJSON_ReplaceItemViaPointer(owner, item, inside_mutable(value)) ? owner : NULL);
}

void ess_tree_remove(struct ess_tree *object, const char *key) {
    cJSON_DeleteItemFromObjectCaseSensitive(inside_mutable(object), key);
}

char *ess_tree_print(const struct ess_tree *node) {
    return require(cJSON_PrintUnformatted(inside(node)));
}
