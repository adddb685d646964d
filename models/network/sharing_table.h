/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_TABLE_H
#define ESS_MODELS_NETWORK_SHARING_TABLE_H

/* A hash table from 64-bit keys to indices >= 0; open addressing, linear probing. A key may stand
 * in it more than once with different values (keys that are themselves hashes); the candidates then
 * lie in the run of taken slots that begins at sharing_table_mix(key) & mask.
 *
 * Nothing ever iterates over the table, so its order decides nothing. */

#include <stddef.h>
#include <stdint.h>

struct sharing_slot {
    uint64_t key;
    int32_t value; /* -1: free */
};

struct sharing_table {
    struct sharing_slot *slots; /* NULL: none yet */
    uint64_t mask;              /* slots - 1 */
    uint64_t count;
};

static inline uint64_t sharing_table_mix(uint64_t key) {
    key *= 0x9e3779b97f4a7c15u;
    return key ^ (key >> 32);
}

/* The one value of a key that stands in the table at most once, or -1. */
static inline int32_t sharing_table_find(const struct sharing_table *table, uint64_t key) {
    if (table->slots == NULL)
        return -1;
    for (uint64_t at = sharing_table_mix(key) & table->mask;; at = (at + 1) & table->mask) {
        const struct sharing_slot *slot = &table->slots[at];
        if (slot->value < 0 || slot->key == key)
            return slot->value;
    }
}

void ess_sharing_table_add(struct sharing_table *table, uint64_t key, int32_t value);

/* The pair must be there. */
void ess_sharing_table_remove(struct sharing_table *table, uint64_t key, int32_t value);
void ess_sharing_table_fini(struct sharing_table *table);

#endif
