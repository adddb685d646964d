/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#define EXACT_RANKS 64 /* a set of ranks fits a word */

struct ess_plan_post {
    uint32_t from, to, chunk, step;
    uint32_t chunk_count;
    uint32_t index; /* round at the end that posted */
    uint32_t next;  /* in its bucket, or in the list of free ones */
    bool receive;
};

/* Give each array its place in the block, and tell the size of all. */
static size_t lay_out(struct ess_plan_machine *machine, unsigned char *block) {
    size_t p = machine->ranks;
    size_t cells = 2 * p * machine->chunks; /* scratch that no plan uses is never touched */
    size_t open = p * machine->proof->window;
    size_t used = 0;
    struct {
        void *pointer;
        size_t size_bytes;
    } parts[] = {
        {&machine->weights, p * sizeof *machine->weights},
        {&machine->site_bytes,
            machine->proof->call.group->site_count * sizeof *machine->site_bytes},
        {&machine->cells, cells * sizeof *machine->cells},
        {&machine->state, p * sizeof *machine->state},
        {&machine->open, open * sizeof *machine->open},
        {&machine->ends, 2 * open * sizeof *machine->ends},
        {&machine->posts, 2 * open * sizeof *machine->posts},
        {&machine->buckets, machine->bucket_count * sizeof *machine->buckets},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        unsigned char *place = block ? block + used : NULL;
        memcpy(parts[i].pointer, &place, sizeof place);
        used += (parts[i].size_bytes + 15) / 16 * 16;
    }
    return used;
}

static bool is_exact(const struct ess_plan_machine *machine) {
    return machine->ranks <= EXACT_RANKS;
}

static bool exchanges(const struct ess_round *round) {
    return round->exchange && round->receive_from != ESS_NONE && round->send_to != ESS_NONE;
}

/* First chunk of what is received or sent, and how many. */
static uint32_t range_of(const struct ess_round *round, bool receive, uint32_t *chunk_count) {
    bool own = !receive && exchanges(round);
    *chunk_count = own ? round->send_chunk_count : round->chunk_count;
    return own ? round->send_chunk : round->chunk;
}

static bool is_complete(const struct ess_plan_rank *state, uint32_t index) {
    return index < state->base || state->complete >> (index - state->base) & 1;
}

static const char *region_name(enum ess_region region) {
    return region == ESS_REGION_SCRATCH ? "scratch" : "result";
}

/* Mark a cell as read by a posted end. Its value may not change before that end is finished. */
static bool claim_read(struct ess_plan_machine *machine, uint32_t rank, uint32_t index,
    enum ess_region region, uint32_t chunk, const char *verb) {
    struct ess_plan_cell *cell = ess_plan_cell_of(machine, rank, region, chunk);
    if (cell->count == 0) {
        return ess_plan_problem(machine->verdict,
            "rank %u, round %u %s chunk %u from its %s, which holds nothing yet", rank, index, verb,
            chunk, region_name(region));
    }
    if (cell->busy == ESS_PLAN_WRITING) {
        return ess_plan_problem(machine->verdict,
            "rank %u, round %u %s chunk %u while a receive of it is not finished", rank, index,
            verb, chunk);
    }
    cell->busy++;
    return true;
}

static bool claim_send(
    struct ess_plan_machine *machine, uint32_t rank, uint32_t index, uint32_t chunk) {
    const struct ess_round *round = ess_plan_open_round(machine, rank, index);
    if (round->send_source != ESS_REGION_INPUT) {
        return claim_read(machine, rank, index, round->send_source, chunk, "sends");
    }
    if (ess_plan_cell_of(machine, rank, ESS_REGION_RESULT, chunk)->count > 1) {
        return ess_plan_problem(machine->verdict,
            "rank %u, round %u sends chunk %u from its input, though its result holds a sum "
            "already",
            rank, index, chunk);
    }
    return true;
}

static bool claim_receive(
    struct ess_plan_machine *machine, uint32_t rank, uint32_t index, uint32_t chunk) {
    const struct ess_round *round = ess_plan_open_round(machine, rank, index);
    enum ess_region target = ess_plan_target_of(round);
    struct ess_plan_cell *cell = ess_plan_cell_of(machine, rank, target, chunk);
    if (round->sum && round->operand == ESS_REGION_INPUT && target == ESS_REGION_RESULT &&
        cell->count > 0) {
        return ess_plan_problem(machine->verdict,
            "rank %u, round %u adds to chunk %u from its input, though its result holds a sum "
            "already",
            rank, index, chunk);
    }
    if (round->sum && round->operand == target && cell->count == 0) {
        return ess_plan_problem(machine->verdict,
            "rank %u, round %u adds to chunk %u from its %s, which holds nothing yet", rank, index,
            chunk, region_name(target));
    }
    if (cell->busy != 0) {
        return ess_plan_problem(machine->verdict,
            "rank %u, round %u overwrites chunk %u while a %s of it is not finished", rank, index,
            chunk, cell->busy == ESS_PLAN_WRITING ? "receive" : "send");
    }
    if (round->sum && round->operand != ESS_REGION_INPUT && round->operand != target &&
        !claim_read(machine, rank, index, round->operand, chunk, "adds to")) {
        return false;
    }
    cell->busy = ESS_PLAN_WRITING;
    return true;
}

static bool claim_range(
    struct ess_plan_machine *machine, uint32_t rank, uint32_t index, bool receive) {
    uint32_t chunk_count;
    uint32_t chunk = range_of(ess_plan_open_round(machine, rank, index), receive, &chunk_count);
    for (uint32_t i = 0; i < chunk_count; i++) {
        if (!(receive ? claim_receive : claim_send)(machine, rank, index, chunk + i)) {
            return false;
        }
    }
    return true;
}

static uint64_t range_bytes(
    const struct ess_plan_case *proof, uint32_t chunk, uint32_t chunk_count) {
    uint64_t first, elements;
    ess_plan_call_range(proof->plan, proof->settings, &proof->call, proof->elements, chunk,
        chunk_count, &first, &elements);
    return elements * proof->element_bytes;
}

/* Both ends are posted. The values are taken at once: until the send is finished they cannot
 * change, and the receiver's cells are its own. */
static void match(struct ess_plan_machine *machine, const struct ess_plan_post *post,
    uint32_t send_index, uint32_t receive_index) {
    const struct ess_group *group = machine->proof->call.group;
    enum ess_region source = ess_plan_open_round(machine, post->from, send_index)->send_source;
    enum ess_region target =
        ess_plan_target_of(ess_plan_open_round(machine, post->to, receive_index));
    const struct ess_plan_cell *from = ess_plan_cell_of(machine, post->from, source, post->chunk);
    struct ess_plan_cell *to = ess_plan_cell_of(machine, post->to, target, post->chunk);
    bool input = source == ESS_REGION_INPUT;
    uint64_t size_bytes = range_bytes(machine->proof, post->chunk, post->chunk_count);
    uint32_t site = group->members[post->from].site;
    for (uint32_t i = 0; i < post->chunk_count; i++) {
        to[i].incoming = input ? machine->weights[post->from] : from[i].value;
        to[i].incoming_count = input ? 1 : from[i].count;
    }
    machine->ends[machine->end_count++] = (struct ess_plan_end){post->from, send_index, false};
    machine->ends[machine->end_count++] = (struct ess_plan_end){post->to, receive_index, true};
    machine->state[post->from].messages++;
    machine->state[post->from].size_bytes += size_bytes;
    if (site != group->members[post->to].site) {
        machine->site_bytes[site] += size_bytes;
    }
}

/* A copy from the own input has no other end, and may finish at once. */
static void post_copy(struct ess_plan_machine *machine, uint32_t rank, uint32_t index) {
    const struct ess_round *round = ess_plan_open_round(machine, rank, index);
    struct ess_plan_cell *to =
        ess_plan_cell_of(machine, rank, ess_plan_target_of(round), round->chunk);
    for (uint32_t i = 0; i < round->chunk_count; i++) {
        to[i].incoming = machine->weights[rank];
        to[i].incoming_count = 1;
    }
    machine->ends[machine->end_count++] = (struct ess_plan_end){rank, index, true};
}

static bool same_label(const struct ess_plan_post *a, const struct ess_plan_post *b) {
    return a->from == b->from && a->to == b->to && a->chunk == b->chunk && a->step == b->step;
}

static uint32_t *bucket_of(struct ess_plan_machine *machine, const struct ess_plan_post *post) {
    uint64_t key = (uint64_t)post->from << 32 ^ (uint64_t)post->to << 20 ^
                   (uint64_t)post->chunk << 8 ^ post->step;
    key *= UINT64_C(0x9e3779b97f4a7c15);
    return &machine->buckets[key >> 32 & (machine->bucket_count - 1)];
}

/* The open post with the label of `made`, taken out; or NULL, with `made` added. */
static const struct ess_plan_post *pair_off(
    struct ess_plan_machine *machine, struct ess_plan_post made) {
    uint32_t *link = bucket_of(machine, &made);
    uint32_t place;
    while (*link != ESS_NONE && !same_label(&machine->posts[*link], &made)) {
        link = &machine->posts[*link].next;
    }
    if (*link == ESS_NONE) {
        place = machine->free_post;
        machine->free_post = machine->posts[place].next;
        made.next = ESS_NONE;
        machine->posts[place] = made;
        *link = place;
        return NULL;
    }
    place = *link;
    *link = machine->posts[place].next;
    machine->posts[place].next = machine->free_post;
    machine->free_post = place;
    return &machine->posts[place];
}

static void post(struct ess_plan_machine *machine, uint32_t rank, uint32_t index, bool receive) {
    const struct ess_round *round = ess_plan_open_round(machine, rank, index);
    const struct ess_plan_post *mate;
    struct ess_plan_post made = {
        .from = receive ? round->receive_from : rank,
        .to = receive ? rank : round->send_to,
        .step = receive ? round->receive_step : round->send_step,
        .index = index,
        .receive = receive,
    };
    made.chunk = range_of(round, receive, &made.chunk_count);
    if (!claim_range(machine, rank, index, receive)) {
        return;
    }
    if (receive && made.from == rank) {
        post_copy(machine, rank, index);
        return;
    }
    mate = pair_off(machine, made);
    if (!mate) {
        return;
    }
    if (mate->receive == receive) {
        ess_plan_problem(machine->verdict, "rank %u, round %u: label in use (chunk %u, step %u)",
            rank, index, made.chunk, made.step);
        return;
    }
    if (mate->chunk_count != made.chunk_count) {
        ess_plan_problem(machine->verdict,
            "rank %u, round %u: %u chunks from chunk %u on, of which the other end has %u", rank,
            index, made.chunk_count, made.chunk, mate->chunk_count);
        return;
    }
    match(machine, &made, receive ? mate->index : index, receive ? index : mate->index);
}

/* Post the first of a round: its receive, else its send; both of an exchange. */
static void begin(struct ess_plan_machine *machine, uint32_t rank, uint32_t index) {
    const struct ess_round *round = ess_plan_open_round(machine, rank, index);
    struct ess_plan_rank *state = &machine->state[rank];
    if (round->receive_from != ESS_NONE) {
        post(machine, rank, index, true);
    }
    if (round->send_to != ESS_NONE && (round->receive_from == ESS_NONE || round->exchange)) {
        post(machine, rank, index, false);
    }
    if (round->receive_from == ESS_NONE && round->send_to == ESS_NONE) {
        state->complete |= UINT64_C(1) << (index - state->base);
    }
}

/* One end of a round is finished: what comes next of the round? */
static void go_on(struct ess_plan_machine *machine, uint32_t rank, uint32_t index, bool receive) {
    const struct ess_round *round = ess_plan_open_round(machine, rank, index);
    struct ess_plan_rank *state = &machine->state[rank];
    uint64_t bit = UINT64_C(1) << (index - state->base);
    if (exchanges(round)) {
        state->complete |= state->half & bit;
        state->half |= bit;
    } else if (receive && round->send_to != ESS_NONE) {
        post(machine, rank, index, false);
    } else {
        state->complete |= bit;
    }
}

static void open_rounds(struct ess_plan_machine *machine, uint32_t rank) {
    struct ess_plan_rank *state = &machine->state[rank];
    const struct ess_plan_case *proof = machine->proof;
    while (state->complete & 1) {
        state->base++;
        state->complete >>= 1;
        state->waiting >>= 1;
        state->half >>= 1;
    }
    while (state->opened < state->rounds && state->opened - state->base < proof->window) {
        proof->plan->round(proof->settings, &proof->call, rank, state->opened,
            ess_plan_open_round(machine, rank, state->opened));
        state->waiting |= UINT64_C(1) << (state->opened - state->base);
        state->opened++;
    }
}

/* Post whatever the rank's open rounds allow. */
static void settle(struct ess_plan_machine *machine, uint32_t rank) {
    struct ess_plan_rank *state = &machine->state[rank];
    do {
        open_rounds(machine, rank);
        for (uint32_t i = 0; i < machine->proof->window && !machine->verdict->problem[0]; i++) {
            const struct ess_round *round = ess_plan_open_round(machine, rank, state->base + i);
            if (!(state->waiting >> i & 1) ||
                (round->after != ESS_NONE && !is_complete(state, round->after))) {
                continue;
            }
            state->waiting &= ~(UINT64_C(1) << i);
            begin(machine, rank, state->base + i);
        }
        /* Empty rounds complete while we look, which opens others. */
    } while (state->complete & 1 && !machine->verdict->problem[0]);
}

/* What a round adds to, at one rank and chunk. */
static struct ess_plan_cell operand_of(
    const struct ess_plan_machine *machine, const struct ess_plan_end *end, uint32_t chunk) {
    const struct ess_round *round = ess_plan_open_round(machine, end->rank, end->index);
    if (!round->sum) {
        return (struct ess_plan_cell){.count = 0};
    }
    if (round->operand == ESS_REGION_INPUT) {
        return (struct ess_plan_cell){.value = machine->weights[end->rank], .count = 1};
    }
    return *ess_plan_cell_of(machine, end->rank, round->operand, chunk);
}

/* Put what came where it belongs, and see that no contribution is lost or comes twice. */
static void take_in(
    struct ess_plan_machine *machine, const struct ess_plan_end *end, uint32_t chunk) {
    const struct ess_round *round = ess_plan_open_round(machine, end->rank, end->index);
    enum ess_region target = ess_plan_target_of(round);
    struct ess_plan_cell *cell = ess_plan_cell_of(machine, end->rank, target, chunk);
    struct ess_plan_cell operand = operand_of(machine, end, chunk);
    uint64_t value = operand.value + cell->incoming;
    uint32_t contributions = operand.count + cell->incoming_count;
    cell->busy = 0;
    if (round->sum && round->operand != ESS_REGION_INPUT && round->operand != target) {
        ess_plan_cell_of(machine, end->rank, round->operand, chunk)->busy--;
    }
    if (is_exact(machine) && operand.value & cell->incoming) {
        ess_plan_problem(machine->verdict,
            "rank %u, round %u adds contributions to chunk %u that it holds: set %#llx twice",
            end->rank, end->index, chunk, (unsigned long long)(operand.value & cell->incoming));
        return;
    }
    if (target == ESS_REGION_RESULT &&
        (is_exact(machine) ? cell->value & ~value : cell->count > contributions)) {
        ess_plan_problem(machine->verdict,
            "rank %u, round %u replaces %u contributions to chunk %u by %u others", end->rank,
            end->index, cell->count, chunk, contributions);
        return;
    }
    cell->value = value;
    cell->count = contributions;
}

void ess_plan_machine_finish(struct ess_plan_machine *machine, uint32_t which) {
    struct ess_plan_end end = machine->ends[which];
    const struct ess_round *round = ess_plan_open_round(machine, end.rank, end.index);
    bool reads = round->send_source != ESS_REGION_INPUT;
    uint32_t chunk_count;
    uint32_t chunk = range_of(round, end.receive, &chunk_count);
    machine->ends[which] = machine->ends[--machine->end_count];
    for (uint32_t i = 0; i < chunk_count; i++) {
        if (end.receive) {
            take_in(machine, &end, chunk + i);
        } else if (reads) {
            ess_plan_cell_of(machine, end.rank, round->send_source, chunk + i)->busy--;
        }
    }
    if (machine->verdict->problem[0]) {
        return;
    }
    go_on(machine, end.rank, end.index, end.receive);
    settle(machine, end.rank);
}

static void fill(struct ess_plan_machine *machine, uint64_t seed) {
    const struct ess_plan_case *proof = machine->proof;
    uint32_t post_count = 2 * machine->ranks * proof->window;
    struct ess_random random;
    ess_random_init(&random, seed, 0, "plan checker weights");
    for (uint32_t rank = 0; rank < machine->ranks; rank++) {
        machine->weights[rank] = is_exact(machine) ? UINT64_C(1) << rank : ess_random_u64(&random);
        machine->whole += machine->weights[rank];
        machine->state[rank].rounds = proof->plan->rounds(proof->settings, &proof->call, rank);
    }
    for (uint32_t i = 0; i < post_count; i++) {
        machine->posts[i].next = i + 1 < post_count ? i + 1 : ESS_NONE;
    }
    memset(machine->buckets, 0xff, machine->bucket_count * sizeof *machine->buckets);
}

void ess_plan_machine_init(struct ess_plan_machine *machine, const struct ess_plan_case *proof,
    uint64_t seed, struct ess_plan_verdict *verdict) {
    *machine = (struct ess_plan_machine){
        .proof = proof,
        .verdict = verdict,
        .ranks = proof->call.group->size,
        .chunks = proof->plan->chunks(proof->settings, &proof->call),
        .bucket_count = 1,
    };
    while (machine->bucket_count < 2 * proof->window * machine->ranks) {
        machine->bucket_count *= 2;
    }
    machine->block_bytes = lay_out(machine, NULL);
    machine->block = calloc(1, machine->block_bytes);
    if (!machine->block) {
        abort();
    }
    lay_out(machine, machine->block);
    fill(machine, seed);
    for (uint32_t rank = 0; rank < machine->ranks && !verdict->problem[0]; rank++) {
        settle(machine, rank);
    }
}

void ess_plan_machine_fini(struct ess_plan_machine *machine) {
    free(machine->block);
}

void ess_plan_machine_copy(const struct ess_plan_machine *from, struct ess_plan_machine *to) {
    unsigned char *block = to->block ? to->block : malloc(from->block_bytes);
    if (!block) {
        abort();
    }
    memcpy(block, from->block, from->block_bytes);
    *to = *from;
    to->block = block;
    lay_out(to, block);
}
