/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/halving.h"

struct ess_halving ess_halving_of(const struct ess_group *group, uint32_t rank) {
    struct ess_halving halving = {.levels = 0};
    while (group->size >> halving.levels > 1) {
        halving.levels++;
    }
    halving.folded = group->size - (UINT32_C(1) << halving.levels);
    if (rank < 2 * halving.folded) {
        halving.number = rank / 2;
        halving.is_folded = rank % 2 == 1;
        halving.has_partner = rank % 2 == 0;
    } else {
        halving.number = rank - halving.folded;
    }
    return halving;
}

uint32_t ess_halving_rank(const struct ess_halving *halving, uint32_t number) {
    return number < halving->folded ? 2 * number : number + halving->folded;
}

void ess_halving_exchange(const struct ess_halving *halving, uint32_t step, enum ess_region source,
    struct ess_round *round) {
    bool halves = step < halving->levels;
    uint32_t half = UINT32_C(1) << (halves ? halving->levels - 1 - step : step - halving->levels);
    uint32_t partner = halving->number ^ half;
    uint32_t own = halving->number & ~(half - 1);
    uint32_t other = partner & ~(half - 1);
    round->exchange = true;
    round->receive_from = round->send_to = ess_halving_rank(halving, partner);
    round->chunk = halves ? own : other;
    round->send_chunk = halves ? other : own;
    round->chunk_count = round->send_chunk_count = half;
    round->sum = halves;
    round->operand = round->send_source = source;
}
