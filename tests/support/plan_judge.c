/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has become of a plan when nothing can finish any more. */
#include <stdio.h>

#include "plan_machine.h"

/* The peer for which the lowest open round of a rank waits. That round waits for no other round,
 * since all earlier ones are complete. */
static uint32_t waits_for(const struct ess_plan_machine *machine, uint32_t rank, bool *receive) {
    const struct ess_round *round = ess_plan_open_round(machine, rank, machine->state[rank].base);
    *receive = round->receive_from != ESS_NONE &&
               ess_plan_cell_of(machine, rank, ess_plan_target_of(round), round->chunk)->busy ==
                   ESS_PLAN_WRITING;
    return *receive ? round->receive_from : round->send_to;
}

static bool is_stuck(const struct ess_plan_machine *machine, uint32_t rank) {
    return machine->state[rank].base < machine->state[rank].rounds;
}

/* Follow who waits for whom until the way closes, or ends at a rank that has done all its rounds.
 */
static void explain(struct ess_plan_machine *machine, uint32_t rank) {
    char way[320];
    size_t used = 0;
    bool receive;
    uint32_t first;
    /* As many hops as ranks lead onto the circle, if there is one. */
    for (uint32_t hop = 0; hop < machine->ranks && is_stuck(machine, rank); hop++) {
        rank = waits_for(machine, rank, &receive);
    }
    first = rank;
    for (uint32_t hop = 0; hop < 6 && is_stuck(machine, rank); hop++) {
        uint32_t peer = waits_for(machine, rank, &receive);
        used += (size_t)snprintf(way + used, sizeof way - used, "%srank %u (round %u) %s rank %u",
            hop ? ", " : "", rank, machine->state[rank].base,
            receive ? "waits to receive from" : "waits to send to", peer);
        rank = peer;
        if (rank == first || used > sizeof way - 80) {
            break;
        }
    }
    ess_plan_problem(machine->verdict, "deadlock with a window of %u: %s%s", machine->proof->window,
        used ? way : "a rank waits for one that has done all its rounds",
        used && rank == first ? ": a circle" : "");
}

static struct ess_plan_range range_with(struct ess_plan_range range, uint64_t value) {
    range.least = value < range.least ? value : range.least;
    range.most = value > range.most ? value : range.most;
    return range;
}

static void count(struct ess_plan_machine *machine) {
    struct ess_plan_counts counts = {
        .rank_messages = {UINT64_MAX, 0},
        .rank_bytes = {UINT64_MAX, 0},
        .site_bytes = {UINT64_MAX, 0},
    };
    for (uint32_t rank = 0; rank < machine->ranks; rank++) {
        const struct ess_plan_rank *state = &machine->state[rank];
        counts.messages += state->messages;
        counts.size_bytes += state->size_bytes;
        counts.rank_messages = range_with(counts.rank_messages, state->messages);
        counts.rank_bytes = range_with(counts.rank_bytes, state->size_bytes);
    }
    for (uint32_t site = 0; site < machine->proof->call.group->site_count; site++) {
        counts.between_sites_bytes += machine->site_bytes[site];
        counts.site_bytes = range_with(counts.site_bytes, machine->site_bytes[site]);
    }
    machine->verdict->counts = counts;
}

/* The shard that holds an element, as ess_plan_range() cuts the vector. */
static uint32_t shard_of(const struct ess_plan_machine *machine, uint64_t element) {
    uint64_t share = machine->proof->elements / machine->ranks;
    uint64_t longer = machine->proof->elements % machine->ranks;
    if (element < longer * (share + 1)) {
        return (uint32_t)(element / (share + 1));
    }
    return (uint32_t)(longer + (element - longer * (share + 1)) / share);
}

/* Shards that a chunk touches; false where it has no element. */
static bool shards_of(
    const struct ess_plan_machine *machine, uint32_t chunk, uint32_t *first, uint32_t *last) {
    const struct ess_plan_case *proof = machine->proof;
    uint64_t element, count;
    ess_plan_call_range(
        proof->plan, proof->settings, &proof->call, proof->elements, chunk, 1, &element, &count);
    *first = *last = 0;
    if (count == 0) {
        return false;
    }
    *first = shard_of(machine, element);
    *last = shard_of(machine, element + count - 1);
    return true;
}

/* What a chunk's result must be. */
struct wanted {
    uint32_t first, last; /* ranks that must hold it */
    uint64_t value;       /* of which contributions */
    uint32_t contributions;
};

static bool is_wanted_anywhere(struct ess_plan_machine *machine, uint32_t chunk) {
    uint64_t first, count;
    const struct ess_plan_case *proof = machine->proof;
    ess_plan_call_range(
        proof->plan, proof->settings, &proof->call, proof->elements, chunk, 1, &first, &count);
    return count > 0 || !proof->plan->chunk_first;
}

/* Which ranks must end with which contributions to a chunk; false: none. */
static bool wanted_of(struct ess_plan_machine *machine, uint32_t chunk, struct wanted *wanted) {
    const struct ess_call *call = &machine->proof->call;
    uint32_t first, last;
    *wanted = (struct wanted){
        .last = machine->ranks - 1, .value = machine->weights[call->root], .contributions = 1};
    switch (call->primitive) {
    case ESS_ALL_REDUCE:
    case ESS_REDUCE:
        wanted->value = machine->whole;
        wanted->contributions = machine->ranks;
        break;
    case ESS_REDUCE_SCATTER:
    case ESS_ALL_GATHER:
        if (!shards_of(machine, chunk, &first, &last)) {
            return false;
        }
        if (call->primitive == ESS_ALL_GATHER) {
            wanted->value = machine->weights[first];
            return first == last ||
                   ess_plan_problem(machine->verdict,
                       "chunk %u lies in the shards of ranks %u to %u", chunk, first, last);
        }
        *wanted = (struct wanted){
            .first = first, .last = last, .value = machine->whole, .contributions = machine->ranks};
        break;
    default:
        break;
    }
    if (call->primitive == ESS_REDUCE || call->primitive == ESS_SEND) {
        wanted->first = wanted->last = call->primitive == ESS_SEND ? call->target : call->root;
    }
    return is_wanted_anywhere(machine, chunk);
}

static void judge_chunk(struct ess_plan_machine *machine, uint32_t chunk) {
    struct wanted wanted;
    if (!wanted_of(machine, chunk, &wanted)) {
        return;
    }
    for (uint32_t rank = wanted.first; rank <= wanted.last; rank++) {
        struct ess_plan_cell *cell = ess_plan_cell_of(machine, rank, ESS_REGION_RESULT, chunk);
        if (cell->count != wanted.contributions || cell->value != wanted.value) {
            ess_plan_problem(machine->verdict,
                "rank %u ends with %u contributions (set %#llx) to chunk %u, not with %u (%#llx)",
                rank, cell->count, (unsigned long long)cell->value, chunk, wanted.contributions,
                (unsigned long long)wanted.value);
            return;
        }
    }
}

void ess_plan_machine_judge(struct ess_plan_machine *machine) {
    for (uint32_t rank = 0; rank < machine->ranks; rank++) {
        if (is_stuck(machine, rank)) {
            explain(machine, rank);
            return;
        }
    }
    /* In a group of one there is nothing to do but a copy, which is the executor's. */
    for (uint32_t chunk = 0; chunk < machine->chunks && machine->ranks > 1; chunk++) {
        judge_chunk(machine, chunk);
    }
    count(machine);
}
