/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The orders in which a plan is performed: one that a seed picks, or all of them. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "plan_machine.h"

#define ENDS_MAX 64 /* a set of ends fits a word */

bool ess_plan_check_run(
    const struct ess_plan_case *proof, uint64_t seed, struct ess_plan_verdict *verdict) {
    struct ess_plan_machine machine;
    struct ess_random random;
    verdict->problem[0] = '\0';
    ess_random_init(&random, seed, 0, "plan checker order");
    ess_plan_machine_init(&machine, proof, seed, verdict);
    while (machine.end_count > 0 && !verdict->problem[0]) {
        uint64_t which = (uint64_t)ess_random_u32(&random) * machine.end_count >> 32;
        ess_plan_machine_finish(&machine, (uint32_t)which);
    }
    if (!verdict->problem[0]) {
        ess_plan_machine_judge(&machine);
    }
    ess_plan_machine_fini(&machine);
    return !verdict->problem[0];
}

/* A state is named by the set of ends that have finished; were the values in it to depend on their
 * order, two ways to it would give different digests. */
struct known {
    uint64_t done;
    uint64_t digest;
};

struct level {
    struct ess_plan_machine machine;
    uint64_t done;
    uint32_t next; /* end to try */
};

struct search {
    struct ess_plan_verdict *verdict;
    uint64_t states, states_max, mask;
    struct known *known; /* done = 0: free */
    uint32_t *first_end; /* [rank] number of its first round */
    uint8_t *numbers;    /* [2 (first_end[rank] + round) + receive] */
    struct level levels[ENDS_MAX + 1];
};

/* Number the ends; false when there are too many. */
static bool number_ends(struct search *search, const struct ess_plan_case *proof) {
    uint32_t p = proof->call.group->size;
    uint32_t rounds = 0, ends = 0;
    struct ess_round round;
    search->first_end = calloc(p + (size_t)1, sizeof *search->first_end);
    for (uint32_t rank = 0; rank < p; rank++) {
        search->first_end[rank] = rounds;
        rounds += proof->plan->rounds(proof->settings, &proof->call, rank);
    }
    search->first_end[p] = rounds;
    search->numbers = calloc(2 * (size_t)rounds + 1, sizeof *search->numbers);
    for (uint32_t rank = 0; rank < p; rank++) {
        uint32_t first = search->first_end[rank];
        for (uint32_t i = 0; i < search->first_end[rank + 1] - first && ends <= ENDS_MAX; i++) {
            proof->plan->round(proof->settings, &proof->call, rank, i, &round);
            search->numbers[2 * (first + i)] = (uint8_t)ends;
            ends += round.send_to != ESS_NONE;
            search->numbers[2 * (first + i) + 1] = (uint8_t)ends;
            ends += round.receive_from != ESS_NONE;
        }
    }
    return ends <= ENDS_MAX ||
           ess_plan_problem(search->verdict, "too many transfers for all orders");
}

static uint64_t digest_of(const struct ess_plan_machine *machine) {
    size_t cells = 2 * (size_t)machine->ranks * machine->chunks;
    uint64_t digest = 0;
    for (size_t cell = 0; cell < cells; cell++) {
        digest = (digest ^ machine->cells[cell].value) * UINT64_C(0x9e3779b97f4a7c15);
        digest ^= digest >> 29;
    }
    return digest;
}

/* Whether the state is new. */
static bool remember(struct search *search, uint64_t done, uint64_t digest) {
    uint64_t slot = done * UINT64_C(0x9e3779b97f4a7c15) >> 32 & search->mask;
    while (search->known[slot].done && search->known[slot].done != done) {
        slot = (slot + 1) & search->mask;
    }
    if (search->known[slot].done) {
        if (search->known[slot].digest != digest) {
            ess_plan_problem(search->verdict, "values depend on the order of delivery");
        }
        return false;
    }
    if (++search->states > search->states_max) {
        return ess_plan_problem(
            search->verdict, "more than %llu states", (unsigned long long)search->states_max);
    }
    search->known[slot] = (struct known){done, digest};
    return true;
}

/* Try the next end of a level; whether that led to a state not seen before, one level on. */
static bool descend(struct search *search, struct level *level) {
    struct level *below = level + 1;
    const struct ess_plan_end *end = &level->machine.ends[level->next];
    uint32_t number =
        search->numbers[2 * (search->first_end[end->rank] + end->index) + end->receive];
    ess_plan_machine_copy(&level->machine, &below->machine);
    ess_plan_machine_finish(&below->machine, level->next++);
    below->done = level->done | UINT64_C(1) << number;
    below->next = 0;
    return !search->verdict->problem[0] &&
           remember(search, below->done, digest_of(&below->machine));
}

static void visit_all(struct search *search) {
    uint32_t depth = 0;
    while (!search->verdict->problem[0]) {
        struct level *level = &search->levels[depth];
        if (level->next < level->machine.end_count) {
            depth += descend(search, level);
            continue;
        }
        if (level->machine.end_count == 0) {
            ess_plan_machine_judge(&level->machine);
        }
        if (depth == 0) {
            return;
        }
        depth--;
    }
}

bool ess_plan_check_orders(
    const struct ess_plan_case *proof, uint64_t states_max, struct ess_plan_verdict *verdict) {
    struct search *search = calloc(1, sizeof *search);
    verdict->problem[0] = '\0';
    search->verdict = verdict;
    search->states_max = states_max;
    for (search->mask = 1; search->mask < 2 * states_max; search->mask *= 2) {}
    search->known = calloc(search->mask, sizeof *search->known);
    search->mask--;
    if (number_ends(search, proof)) {
        ess_plan_machine_init(&search->levels[0].machine, proof, 0, verdict);
        visit_all(search);
    }
    verdict->states = search->states;
    for (uint32_t depth = 0; depth <= ENDS_MAX; depth++) {
        ess_plan_machine_fini(&search->levels[depth].machine);
    }
    free(search->known);
    free(search->numbers);
    free(search->first_end);
    free(search);
    return !verdict->problem[0];
}
