/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/utf8.h"

/* ---- Putting a value at a pointer ---- */

/* The index that `segment` is of an array of `size`, or SIZE_MAX. */
static size_t element_index(const char *segment, size_t size) {
    size_t length = strlen(segment);
    bool plain = length > 0 && length < 10 && strspn(segment, "0123456789") == length &&
                 (segment[0] != '0' || length == 1);
    size_t index = plain ? strtoul(segment, NULL, 10) : SIZE_MAX;
    return index < size ? index : SIZE_MAX;
}

/* The child of `node` that `segment` names; made where an object lacks it. NULL with the reason. */
static struct ess_tree *step_down(struct ess_tree *node, const char *segment,
    struct ess_store *store, const char **expected, const char **found) {
    enum ess_tree_kind kind = ess_tree_kind(node);
    if (kind == ESS_TREE_OBJECT) {
        if (ess_tree_member(node, segment) == NULL)
            ess_tree_put(node, segment, ess_tree_new_object());
        return ess_tree_member(node, segment);
    }
    if (kind != ESS_TREE_ARRAY) {
        *expected = "an object or an array above the last segment";
        *found = ess_store_print(store, "another value above \"%s\"", segment);
        return NULL;
    }
    size_t size = ess_tree_size(node), index = element_index(segment, size);
    if (index != SIZE_MAX)
        return ess_tree_element(node, index);
    *expected = ess_store_print(store, "an index below %zu", size);
    *found = ess_store_print(store, "\"%s\"", segment);
    return NULL;
}

static bool put_here(struct ess_tree *node, const char *segment, struct ess_tree *value,
    struct ess_store *store, const char **expected, const char **found) {
    if (ess_tree_kind(node) == ESS_TREE_OBJECT) {
        ess_tree_put(node, segment, value);
        return true;
    }
    if (step_down(node, segment, store, expected, found) == NULL)
        return false;
    ess_tree_replace_element(node, element_index(segment, ess_tree_size(node)), value);
    return true;
}

bool ess_tree_put_at(struct ess_tree *root, const char *pointer, struct ess_tree *value,
    struct ess_store *store, const char **expected, const char **found) {
    const char *cursor = pointer;
    struct ess_tree *node = root;
    *expected = "a JSON pointer such as \"/measure/replications\"";
    *found = ess_store_print(store, "\"%s\"", pointer);
    for (size_t depth = 0; node != NULL && depth < 32; depth++) {
        char *segment;
        if (!ess_pointer_next(&cursor, store, &segment))
            break;
        if (*cursor != '\0') {
            node = step_down(node, segment, store, expected, found);
            continue;
        }
        if (put_here(node, segment, value, store, expected, found))
            return true;
        break;
    }
    ess_tree_free(value);
    return false;
}

/* ---- Settings ---- */

static bool is_utf8(const char *text) {
    size_t length = strlen(text);
    while (length > 0) {
        size_t sequence = ess_utf8_sequence(text, length);
        if (sequence == 0)
            return false;
        text += sequence;
        length -= sequence;
    }
    return true;
}

static void complain(
    struct ess_reader *reader, const char *place, const char *expected, const char *found) {
    ess_diagnostics_add(reader->diagnostics, ESS_SETTINGS_FILE, place, expected, found, NULL, NULL);
    reader->errors++;
}

/* The value as a tree, or NULL after a complaint. */
static struct ess_tree *parse_value(struct ess_reader *reader, const char *text) {
    if (strchr("{[\"", text[0]) != NULL && text[0] != '\0') {
        struct ess_tree *tree =
            ess_tree_parse(text, strlen(text), ESS_SETTINGS_FILE, reader->diagnostics);
        reader->errors += tree == NULL;
        return tree;
    }
    struct ess_diagnostics unheard;
    ess_diagnostics_init(&unheard);
    struct ess_tree *tree = ess_tree_parse(text, strlen(text), ESS_SETTINGS_FILE, &unheard);
    ess_diagnostics_fini(&unheard);
    return tree != NULL ? tree : ess_tree_new_string(text);
}

static const char *apply_one(struct ess_reader *reader, const char *setting, struct ess_tree *root,
    struct ess_origins *origins) {
    const char *equals = strchr(setting, '=');
    if (equals == NULL || setting[0] != '/' || !is_utf8(setting)) {
        complain(reader, "", "\"/json/pointer=value\" in UTF-8",
            ess_store_print(reader->store, "\"%s\"", setting));
        return NULL;
    }
    const char *pointer = ess_store_print(reader->store, "%.*s", (int)(equals - setting), setting);
    struct ess_tree *value = parse_value(reader, equals + 1);
    const char *expected, *found;
    if (value == NULL)
        return NULL;
    if (!ess_tree_put_at(root, pointer, value, reader->store, &expected, &found)) {
        complain(reader, pointer, expected, found);
        return NULL;
    }
    ess_origins_add(origins, pointer, ESS_SETTINGS_FILE, pointer);
    return pointer;
}

size_t ess_settings_apply(struct ess_reader *reader, const char *const *settings, size_t count,
    struct ess_tree *root, struct ess_origins *origins, const char **pointers) {
    size_t applied = 0;
    for (size_t i = 0; i < count; i++) {
        const char *pointer = apply_one(reader, settings[i], root, origins);
        if (pointer != NULL)
            pointers[applied++] = pointer;
    }
    return applied;
}
