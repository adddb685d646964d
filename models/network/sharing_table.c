/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/sharing_table.h"

#include <assert.h>
#include <stdlib.h>

#include "models/network/sharing_memory.h"

static void insert(struct sharing_table *table, uint64_t key, int32_t value) {
    uint64_t at = sharing_table_mix(key) & table->mask;
    while (table->slots[at].value >= 0)
        at = (at + 1) & table->mask;
    table->slots[at] = (struct sharing_slot){key, value};
    table->count++;
}

/* Twice the slots; at most half of them are ever taken, so runs stay short. */
static void grow(struct sharing_table *table) {
    struct sharing_table old = *table;
    int32_t slots = old.slots == NULL ? 64 : ess_sharing_more_room((int32_t)(old.mask + 1));
    table->slots = ess_sharing_resize(NULL, slots, sizeof *table->slots);
    for (int32_t i = 0; i < slots; i++)
        table->slots[i] = (struct sharing_slot){0, -1};
    table->mask = (uint64_t)slots - 1;
    table->count = 0;
    for (uint64_t at = 0; old.slots != NULL && at <= old.mask; at++)
        if (old.slots[at].value >= 0)
            insert(table, old.slots[at].key, old.slots[at].value);
    ess_sharing_table_fini(&old);
}

void ess_sharing_table_add(struct sharing_table *table, uint64_t key, int32_t value) {
    assert(value >= 0);
    if (table->slots == NULL || 2 * (table->count + 1) > table->mask + 1)
        grow(table);
    insert(table, key, value);
}

void ess_sharing_table_remove(struct sharing_table *table, uint64_t key, int32_t value) {
    uint64_t hole = sharing_table_mix(key) & table->mask;
    while (table->slots[hole].value != value || table->slots[hole].key != key) {
        assert(table->slots[hole].value >= 0);
        hole = (hole + 1) & table->mask;
    }
    table->count--;
    /* Close the run: whoever may stand in the hole (its home is not between hole and slot) does. */
    for (uint64_t at = (hole + 1) & table->mask; table->slots[at].value >= 0;
         at = (at + 1) & table->mask) {
        uint64_t home = sharing_table_mix(table->slots[at].key) & table->mask;
        if (((at - home) & table->mask) < ((at - hole) & table->mask))
            continue;
        table->slots[hole] = table->slots[at];
        hole = at;
    }
    table->slots[hole].value = -1;
}

void ess_sharing_table_fini(struct sharing_table *table) {
    free(table->slots);
}
