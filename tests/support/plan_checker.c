/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan_checker.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The executor's tokens hold 23 bits of a round's index. */
#define ROUNDS_MAX 0x7fffffu

struct label {
    uint32_t peer, chunk, step;
    uint32_t owner; /* 2 rank + receive + 1, 0: free */
};

/* A round that reads or writes the result, or the scratch, of a chunk. */
struct touch {
    uint32_t round;
    uint32_t previous; /* touch of that chunk before, or ESS_NONE */
    bool writes;
};

struct survey {
    const struct ess_plan_case *proof;
    struct ess_plan_verdict *verdict;
    uint32_t chunks, rounds_max, label_mask;
    uint64_t sends, receives; /* sums of hashes of all labels: equal when they pair off */
    struct label *labels;
    uint32_t *after; /* [round] of the rank at hand */
    uint32_t *last;  /* [chunk of the result, then of the scratch] its last touch, or ESS_NONE */
    uint32_t touch_count, touch_room;
    struct touch *touches; /* of the rank at hand */
};

bool ess_plan_problem(struct ess_plan_verdict *verdict, const char *format, ...) {
    va_list arguments;
    if (verdict->problem[0]) {
        return false;
    }
    va_start(arguments, format);
    vsnprintf(verdict->problem, sizeof verdict->problem, format, arguments);
    va_end(arguments);
    return false;
}

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t label_hash(uint32_t from, uint32_t to, uint32_t chunk, uint32_t step) {
    return mix(mix((uint64_t)from << 32 | to) + ((uint64_t)chunk << 32 | step));
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

/* The round as the plan describes it; fields it forgets to write hold garbage that shows. */
static struct ess_round ask(const struct ess_plan_case *proof, uint32_t rank, uint32_t index) {
    struct ess_round round;
    memset(&round, 0xa5, sizeof round);
    round.sum = round.exchange = round.into_scratch = false;
    proof->plan->round(proof->settings, &proof->call, rank, index, &round);
    return round;
}

static uint32_t rounds_of(const struct ess_plan_case *proof, uint32_t rank) {
    return proof->plan->rounds(proof->settings, &proof->call, rank);
}

/* Consecutive, none missing; of one size but for one element, unless the plan cuts them itself. */
static bool check_chunks(struct survey *survey) {
    const struct ess_plan_case *proof = survey->proof;
    uint64_t next = 0, first, count, most = 0, least = UINT64_MAX;
    for (uint32_t chunk = 0; chunk < survey->chunks; chunk++) {
        ess_plan_call_range(
            proof->plan, proof->settings, &proof->call, proof->elements, chunk, 1, &first, &count);
        if (count > proof->elements) {
            return ess_plan_problem(
                survey->verdict, "chunk %u ends before it begins, or past the vector", chunk);
        }
        if (first != next) {
            return ess_plan_problem(survey->verdict, "chunk %u begins at element %llu, not at %llu",
                chunk, (unsigned long long)first, (unsigned long long)next);
        }
        next = first + count;
        most = count > most ? count : most;
        least = count < least ? count : least;
    }
    if (next != proof->elements || (!proof->plan->chunk_first && most - least > 1)) {
        return ess_plan_problem(survey->verdict,
            "%u chunks of %llu to %llu elements end at %llu of %llu", survey->chunks,
            (unsigned long long)least, (unsigned long long)most, (unsigned long long)next,
            (unsigned long long)proof->elements);
    }
    return true;
}

static enum ess_region target_of(const struct ess_round *round) {
    return round->into_scratch ? ESS_REGION_SCRATCH : ESS_REGION_RESULT;
}

static bool is_range(const struct survey *survey, const struct ess_round *round, bool receive) {
    uint32_t chunk_count;
    uint32_t chunk = range_of(round, receive, &chunk_count);
    return chunk_count > 0 && chunk < survey->chunks && chunk_count <= survey->chunks - chunk;
}

/* What an exchange sends is read while what it receives is written. */
static bool overlaps(const struct ess_round *round) {
    return exchanges(round) && round->send_source == target_of(round) &&
           round->send_chunk < round->chunk + round->chunk_count &&
           round->chunk < round->send_chunk + round->send_chunk_count;
}

static bool is_readable(enum ess_region region) {
    return region == ESS_REGION_INPUT || region == ESS_REGION_RESULT ||
           region == ESS_REGION_SCRATCH;
}

/* What is wrong with what a round receives, or NULL. */
static const char *receive_fault(
    const struct survey *survey, uint32_t rank, const struct ess_round *round) {
    if (round->receive_from == ESS_NONE) {
        return NULL;
    }
    if (round->receive_from >= survey->proof->call.group->size) {
        return "receives from no rank of the group";
    }
    if (round->receive_from == rank && round->sum) {
        return "adds to what it should copy from its input";
    }
    return round->sum && !is_readable(round->operand) ? "adds to neither input, result nor scratch"
                                                      : NULL;
}

/* The same of what it sends. */
static const char *send_fault(
    const struct survey *survey, uint32_t rank, const struct ess_round *round) {
    bool passes_on = round->receive_from != ESS_NONE && !round->exchange;
    if (round->send_to == ESS_NONE) {
        return NULL;
    }
    if (round->send_to >= survey->proof->call.group->size || round->send_to == rank) {
        return "sends to no other rank of the group";
    }
    if (passes_on) {
        return round->send_source == target_of(round) ? NULL : "does not pass on what it receives";
    }
    return is_readable(round->send_source) ? NULL : "sends neither input, result nor scratch";
}

static bool check_fields(
    struct survey *survey, uint32_t rank, uint32_t index, const struct ess_round *round) {
    const char *what = receive_fault(survey, rank, round);
    what = what ? what : send_fault(survey, rank, round);
    if (round->after != ESS_NONE && round->after >= index) {
        what = "waits for a round that is not earlier";
    } else if ((round->receive_from != ESS_NONE && !is_range(survey, round, true)) ||
               (round->send_to != ESS_NONE && !is_range(survey, round, false))) {
        what = "names no chunk, or one that does not exist";
    } else if (round->exchange && !exchanges(round)) {
        what = "exchanges, but does not both send and receive";
    } else if (overlaps(round)) {
        what = "sends what its exchange overwrites";
    }
    return !what || ess_plan_problem(survey->verdict, "rank %u, round %u, chunk %u: %s", rank,
                        index, round->chunk, what);
}

/* Within a rank and direction a label may occur once; over all ranks sends and receives pair off,
 * of as many chunks. */
static bool add_label(
    struct survey *survey, uint32_t rank, const struct ess_round *round, bool receive) {
    uint32_t chunk_count;
    struct label label = {
        receive ? round->receive_from : round->send_to,
        range_of(round, receive, &chunk_count),
        receive ? round->receive_step : round->send_step,
        2 * rank + receive + 1,
    };
    uint32_t from = receive ? label.peer : rank;
    uint32_t to = receive ? rank : label.peer;
    uint64_t hash = label_hash(from, to, label.chunk, label.step);
    uint32_t slot = (uint32_t)hash & survey->label_mask;
    *(receive ? &survey->receives : &survey->sends) += mix(hash + chunk_count);
    /* What an earlier rank left counts as free, so that nothing is cleared between ranks. */
    for (; survey->labels[slot].owner > 2 * rank; slot = (slot + 1) & survey->label_mask) {
        if (memcmp(&survey->labels[slot], &label, sizeof label) == 0) {
            return ess_plan_problem(survey->verdict,
                "rank %u %s chunk %u, step %u %s rank %u twice", rank,
                receive ? "receives" : "sends", label.chunk, label.step, receive ? "from" : "to",
                label.peer);
        }
    }
    survey->labels[slot] = label;
    return true;
}

static bool comes_after(const struct survey *survey, uint32_t later, uint32_t earlier) {
    while (later != ESS_NONE && later > earlier) {
        later = survey->after[later];
    }
    return later == earlier;
}

/* Earlier touches are in order among themselves: of a later one only those matter that stand
 * behind the last write, and that write. */
static bool touch(
    struct survey *survey, uint32_t rank, uint32_t index, uint32_t cell, bool writes) {
    struct touch made = {index, survey->last[cell], writes};
    if (survey->touch_count == survey->touch_room) {
        survey->touch_room = 2 * survey->touch_room + 64;
        survey->touches = realloc(survey->touches, survey->touch_room * sizeof *survey->touches);
        if (!survey->touches) {
            abort();
        }
    }
    survey->last[cell] = survey->touch_count;
    survey->touches[survey->touch_count++] = made;
    for (uint32_t i = made.previous; i != ESS_NONE; i = survey->touches[i].previous) {
        const struct touch *before = &survey->touches[i];
        if ((writes || before->writes) && !comes_after(survey, index, before->round)) {
            return ess_plan_problem(survey->verdict,
                "rank %u, %schunk %u: round %u %s what round %u %s, and does not wait for it", rank,
                cell < survey->chunks ? "" : "scratch of ", cell % survey->chunks, index,
                writes ? "overwrites" : "reads", before->round,
                before->writes ? "receives" : "reads");
        }
        if (before->writes) {
            return true;
        }
    }
    return true;
}

static bool touch_range(struct survey *survey, uint32_t rank, uint32_t index,
    enum ess_region region, uint32_t chunk, uint32_t chunk_count, bool writes) {
    uint32_t cell = chunk + (region == ESS_REGION_SCRATCH ? survey->chunks : 0);
    for (uint32_t i = 0; i < chunk_count; i++) {
        if (!touch(survey, rank, index, cell + i, writes)) {
            return false;
        }
    }
    return true;
}

static bool touch_received(
    struct survey *survey, uint32_t rank, uint32_t index, const struct ess_round *round) {
    bool reads =
        round->sum && round->operand != ESS_REGION_INPUT && round->operand != target_of(round);
    return (!reads || touch_range(survey, rank, index, round->operand, round->chunk,
                          round->chunk_count, false)) &&
           touch_range(
               survey, rank, index, target_of(round), round->chunk, round->chunk_count, true);
}

/* Two rounds that touch one chunk of the result or scratch, one of them writing, must be ordered by
 * `after`. What a round passes on it has received, so that its receive speaks for both. */
static bool check_order(
    struct survey *survey, uint32_t rank, uint32_t index, const struct ess_round *round) {
    bool writes = round->receive_from != ESS_NONE;
    bool reads = round->send_to != ESS_NONE && round->send_source != ESS_REGION_INPUT &&
                 (!writes || exchanges(round));
    uint32_t chunk_count;
    uint32_t chunk = range_of(round, false, &chunk_count);
    survey->after[index] = round->after;
    return (!reads ||
               touch_range(survey, rank, index, round->send_source, chunk, chunk_count, false)) &&
           (!writes || touch_received(survey, rank, index, round));
}

static bool check_rank(struct survey *survey, uint32_t rank) {
    uint32_t rounds = rounds_of(survey->proof, rank);
    survey->touch_count = 0;
    memset(survey->last, 0xff, 2 * survey->chunks * sizeof *survey->last); /* ESS_NONE */
    for (uint32_t index = 0; index < rounds; index++) {
        struct ess_round round = ask(survey->proof, rank, index);
        if (!check_fields(survey, rank, index, &round) ||
            (round.send_to != ESS_NONE && !add_label(survey, rank, &round, false)) ||
            (round.receive_from != ESS_NONE && round.receive_from != rank &&
                !add_label(survey, rank, &round, true)) ||
            !check_order(survey, rank, index, &round)) {
            return false;
        }
    }
    return true;
}

static bool has_partner(
    const struct survey *survey, uint32_t rank, const struct ess_round *round, bool receive) {
    uint32_t peer = receive ? round->receive_from : round->send_to;
    uint32_t step = receive ? round->receive_step : round->send_step;
    uint32_t rounds = rounds_of(survey->proof, peer);
    uint32_t chunk_count, other_count;
    uint32_t chunk = range_of(round, receive, &chunk_count);
    for (uint32_t index = 0; index < rounds; index++) {
        struct ess_round other = ask(survey->proof, peer, index);
        if ((receive ? other.send_to : other.receive_from) == rank &&
            (receive ? other.send_step : other.receive_step) == step &&
            range_of(&other, !receive, &other_count) == chunk && other_count == chunk_count) {
            return true;
        }
    }
    return false;
}

static bool name_end(struct survey *survey, uint32_t rank, uint32_t index,
    const struct ess_round *round, bool receive) {
    uint32_t chunk_count;
    uint32_t chunk = range_of(round, receive, &chunk_count);
    uint32_t peer = receive ? round->receive_from : round->send_to;
    if (peer == ESS_NONE || peer == rank || has_partner(survey, rank, round, receive)) {
        return true;
    }
    return ess_plan_problem(survey->verdict,
        "rank %u, round %u %s chunk %u (%u of them), step %u %s rank %u, which never %s it", rank,
        index, receive ? "receives" : "sends", chunk, chunk_count,
        receive ? round->receive_step : round->send_step, receive ? "from" : "to", peer,
        receive ? "sends" : "receives");
}

/* Only once something is known to be wrong, so it may be slow. */
static bool name_the_odd_one(struct survey *survey) {
    for (uint32_t rank = 0; rank < survey->proof->call.group->size; rank++) {
        uint32_t rounds = rounds_of(survey->proof, rank);
        for (uint32_t index = 0; index < rounds; index++) {
            struct ess_round round = ask(survey->proof, rank, index);
            if (!name_end(survey, rank, index, &round, false) ||
                !name_end(survey, rank, index, &round, true)) {
                return false;
            }
        }
    }
    return ess_plan_problem(survey->verdict, "sends and receives do not pair off");
}

static bool check_sizes(struct survey *survey) {
    const struct ess_plan_case *proof = survey->proof;
    survey->chunks = proof->plan->chunks(proof->settings, &proof->call);
    if (survey->chunks == 0) {
        return ess_plan_problem(survey->verdict, "the vector is cut into no chunk");
    }
    for (uint32_t rank = 0; rank < proof->call.group->size; rank++) {
        uint32_t rounds = rounds_of(proof, rank);
        if ((rounds > 0 && proof->call.group->size == 1) || rounds > ROUNDS_MAX) {
            return ess_plan_problem(survey->verdict, "rank %u of %u has %u rounds", rank,
                proof->call.group->size, rounds);
        }
        survey->rounds_max = rounds > survey->rounds_max ? rounds : survey->rounds_max;
    }
    return true;
}

bool ess_plan_check_rounds(const struct ess_plan_case *proof, struct ess_plan_verdict *verdict) {
    struct survey survey = {.proof = proof, .verdict = verdict};
    size_t rounds;
    verdict->problem[0] = '\0';
    if (!check_sizes(&survey)) {
        return false;
    }
    rounds = survey.rounds_max + (size_t)1;
    for (survey.label_mask = 1; survey.label_mask < 4 * rounds; survey.label_mask *= 2) {}
    survey.labels = calloc(survey.label_mask, sizeof *survey.labels);
    survey.label_mask--;
    survey.after = calloc(rounds, sizeof *survey.after);
    survey.last = calloc(2 * (size_t)survey.chunks, sizeof *survey.last);
    if (!survey.labels || !survey.after || !survey.last) {
        abort();
    }
    if (check_chunks(&survey)) {
        for (uint32_t rank = 0; rank < proof->call.group->size && check_rank(&survey, rank);
             rank++) {}
    }
    if (!verdict->problem[0] && survey.sends != survey.receives) {
        name_the_odd_one(&survey);
    }
    free(survey.labels);
    free(survey.after);
    free(survey.last);
    free(survey.touches);
    return !verdict->problem[0];
}
