/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_JSON_H
#define ESS_SCENARIO_JSON_H

/* JSON trees. The one file behind this header is the one file with cJSON. Every text passes
 * json_syntax.h first and is searched for duplicate keys after, and members are found by their
 * exact letters, so none of cJSON's leniency reaches a caller.
 *
 * A `struct ess_tree` is a node and everything below it. Nodes that are handed in (`put`,
 * `replace_element`) belong to the tree from then on. */

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/diagnostics.h"

struct ess_tree;

enum ess_tree_kind {
    ESS_TREE_NULL,
    ESS_TREE_BOOLEAN,
    ESS_TREE_NUMBER,
    ESS_TREE_STRING,
    ESS_TREE_ARRAY,
    ESS_TREE_OBJECT
};

/* Read strictly; NULL with the reasons in `diagnostics`, as from `file`. A byte order mark at the
 * front is passed over. The caller frees the tree. */
struct ess_tree *ess_tree_parse(
    const char *text, size_t bytes, const char *file, struct ess_diagnostics *diagnostics);

/* Read the regular file at `path`, which must not be larger than `bytes_max`: that is asked of the
 * file system before a byte is read. */
struct ess_tree *ess_tree_read_file(
    const char *path, size_t bytes_max, struct ess_diagnostics *diagnostics);

void ess_tree_free(struct ess_tree *tree);
struct ess_tree *ess_tree_copy(const struct ess_tree *tree);

enum ess_tree_kind ess_tree_kind(const struct ess_tree *node);
bool ess_tree_boolean(const struct ess_tree *node);
double ess_tree_number(const struct ess_tree *node);
const char *ess_tree_string(const struct ess_tree *node);

/* Children in the order of the file: `for (child = first(node); child != NULL; child =
 * next(child))`. `key` is NULL for elements of arrays. `size` is O(children). */
const struct ess_tree *ess_tree_first(const struct ess_tree *node);
const struct ess_tree *ess_tree_next(const struct ess_tree *node);
const char *ess_tree_key(const struct ess_tree *node);
size_t ess_tree_size(const struct ess_tree *node);

/* A member of an object by exact name, an element of an array; NULL where there is none. */
struct ess_tree *ess_tree_member(const struct ess_tree *object, const char *key);
struct ess_tree *ess_tree_element(const struct ess_tree *array, size_t index);

struct ess_tree *ess_tree_new_object(void);
struct ess_tree *ess_tree_new_string(const char *text);

/* Set a member (in place of one of that name, else at the end), replace an existing element. */
void ess_tree_put(struct ess_tree *object, const char *key, struct ess_tree *value);
void ess_tree_replace_element(struct ess_tree *array, size_t index, struct ess_tree *value);
void ess_tree_remove(struct ess_tree *object, const char *key);

/* Compact JSON; the caller frees the text. */
char *ess_tree_print(const struct ess_tree *node);

#endif
