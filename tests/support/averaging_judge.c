/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "averaging_judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collective/plan.h"

struct ess_averaging_judge {
    const struct ess_averaging_world *world;
    struct ess_averaging_outcome *outcome;
    struct ess_grid grid;
    uint64_t
        *sets; /* as reported: [round x ranks + rank] x ESS_LINE_MAX + shard; 0: not reported */
};

static void __attribute__((format(printf, 2, 3)))
violate(struct ess_averaging_judge *judge, const char *format, ...) {
    va_list arguments;
    if (judge->outcome->violation[0] != '\0') {
        return;
    }
    va_start(arguments, format);
    vsnprintf(judge->outcome->violation, sizeof judge->outcome->violation, format, arguments);
    va_end(arguments);
}

struct ess_averaging_judge *ess_averaging_judge_new(
    const struct ess_averaging_world *world, struct ess_averaging_outcome *outcome) {
    struct ess_averaging_judge *judge = calloc(1, sizeof *judge);
    uint32_t side = world->side;
    judge->world = world;
    judge->outcome = outcome;
    /* Side 0: the least that has room. */
    for (side = side ? side : 2; ess_grid_cells(side, world->dimensions) < world->ranks;) {
        side++;
    }
    judge->grid = (struct ess_grid){
        world->seed, side, world->dimensions, ess_grid_cells(side, world->dimensions)};
    judge->sets =
        calloc((size_t)outcome->rounds * world->ranks * ESS_LINE_MAX, sizeof *judge->sets);
    return judge;
}

static void line_of(
    const struct ess_averaging_judge *judge, uint32_t round, uint32_t rank, struct ess_line *line) {
    uint32_t shuffle = judge->world->shuffle;
    ess_grid_line(&judge->grid, shuffle ? 1 + round / shuffle : 0, round % judge->world->dimensions,
        rank, judge->world->ranks, line);
}

static uint64_t *set_of(
    const struct ess_averaging_judge *judge, uint32_t round, uint32_t rank, uint32_t shard) {
    return &judge->sets[((size_t)round * judge->world->ranks + rank) * ESS_LINE_MAX + shard];
}

static float *vector_of(const struct ess_averaging_judge *judge, uint32_t round, uint32_t rank) {
    return judge->outcome->history +
           ((size_t)round * judge->world->ranks + rank) * judge->world->elements;
}

static uint32_t count_of(uint64_t set) {
    return (uint32_t)__builtin_popcountll(set);
}

static void shard_range(const struct ess_averaging_judge *judge, const struct ess_line *line,
    uint32_t shard, uint64_t *first, uint64_t *count) {
    uint64_t elements = judge->world->elements;
    uint32_t shards = line->count < elements ? line->count : (uint32_t)elements;
    ess_plan_range(elements, shards, shard, 1, first, count);
}

/* Mean of an element over a set, of the vectors before `round`. */
static double mean_of(const struct ess_averaging_judge *judge, const struct ess_line *line,
    uint32_t round, uint64_t set, uint64_t element) {
    double sum = 0;
    for (uint32_t place = 0; place < line->count; place++) {
        if (set >> place & 1) {
            sum += (double)vector_of(judge, round, line->ranks[place])[element];
        }
    }
    return sum / count_of(set);
}

void ess_averaging_judge_report(struct ess_averaging_judge *judge, uint32_t rank,
    const struct ess_report *report, const float *vector) {
    uint32_t round = (uint32_t)report->step, shard = report->epoch;
    uint64_t set = report->operation, first, count;
    struct ess_line line;
    if (report->kind != ESS_REPORT_SHARD_AVERAGED || round >= judge->outcome->rounds) {
        violate(judge, "rank %u: report %d of round %u", rank, (int)report->kind, round);
        return;
    }
    line_of(judge, round, rank, &line);
    shard_range(judge, &line, shard, &first, &count);
    if (!(set >> line.self & 1) || set >> (line.count - 1) > 1 || count_of(set) != report->count ||
        *set_of(judge, round, rank, shard) != 0) {
        violate(judge, "rank %u round %u shard %u: set %llx, divisor %u", rank, round, shard,
            (unsigned long long)set, report->count);
        return;
    }
    *set_of(judge, round, rank, shard) = set;
    for (uint64_t i = first; i < first + count; i++) {
        double expected = mean_of(judge, &line, round, set, i);
        vector_of(judge, round + 1, rank)[i] = vector[i];
        /* The sum is rounded once a member, the quotient once. */
        if (!(fabs((double)vector[i] - expected) <= 1e-5 * (1 + fabs(expected)) * line.count)) {
            violate(judge, "rank %u round %u element %llu: %g instead of %g", rank, round,
                (unsigned long long)i, (double)vector[i], expected);
            return;
        }
    }
}

/* All who adopt a mean have the same set and the same bits, and are in that set. */
static void judge_shard(struct ess_averaging_judge *judge, uint32_t round,
    const struct ess_line *line, uint32_t shard) {
    struct ess_averaging_shards *shards = &judge->outcome->shards;
    uint64_t set = 0, adopted = 0, reported = 0, first, count;
    const float *bits = NULL;
    shard_range(judge, line, shard, &first, &count);
    for (uint32_t place = 0; place < line->count; place++) {
        uint64_t own = *set_of(judge, round, line->ranks[place], shard);
        const float *vector = vector_of(judge, round + 1, line->ranks[place]) + first;
        reported |= (uint64_t)(own != 0) << place;
        if (count_of(own) < 2) {
            continue;
        }
        adopted |= UINT64_C(1) << place;
        if (bits && (own != set || memcmp(bits, vector, count * sizeof *bits) != 0)) {
            violate(judge, "round %u shard %u: two means", round, shard);
        }
        bits = vector;
        set = own;
    }
    if (adopted == 0) {
        shards->untouched++;
    } else if (adopted == set) {
        shards->whole++;
    } else if ((set & reported) == adopted) {
        shards->shortened++;
    } else {
        shards->torn++;
        shards->torn_by_living += reported >> shard & 1;
    }
}

void ess_averaging_judge_end(struct ess_averaging_judge *judge) {
    for (uint32_t round = 0; round < judge->outcome->rounds; round++) {
        for (uint32_t rank = 0; rank < judge->world->ranks; rank++) {
            struct ess_line line;
            line_of(judge, round, rank, &line);
            for (uint32_t shard = 0; line.self == 0 && shard < line.count; shard++) {
                if (shard < judge->world->elements) {
                    judge_shard(judge, round, &line, shard);
                }
            }
        }
    }
    free(judge->sets);
    free(judge);
}
