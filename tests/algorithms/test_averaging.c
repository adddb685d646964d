/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grid averaging on real vectors: exact on full grids, at the predicted rate on random ones, mass
 * kept, and every shard the mean of its reported set whatever dies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "averaging_world.h"
#include "base/random.h"
#include "ess_test.h"
#include "monitor.h"

static void placements(void) {
    static uint32_t seen[1000];
    uint32_t tried = 0, moved = 0;
    for (uint32_t cells = 1; cells < 1000; cells += cells < 70 ? 1 : 37, tried++) {
        struct ess_grid grid = {99, cells, 1, cells};
        for (uint32_t draw = 0; draw < 3; draw++) {
            memset(seen, 0, sizeof seen);
            for (uint32_t rank = 0; rank < cells; rank++) {
                uint32_t cell = ess_grid_cell(&grid, draw, rank);
                CU_ASSERT_FATAL(cell < cells && seen[cell]++ == 0);
                CU_ASSERT_FATAL(ess_grid_rank(&grid, draw, cell) == rank);
                CU_ASSERT(draw > 0 || cell == rank);
                moved += draw == 2 && cell != ess_grid_cell(&grid, 1, rank);
            }
        }
    }
    CU_ASSERT(moved > 5000);
    ess_test_note("%u sizes of grid, 3 draws each", tried);
}

/* Every rank is in exactly one line along each dimension, and its members agree on it. */
static void lines(void) {
    struct ess_grid grid = {5, 5, 3, 125};
    for (uint32_t draw = 0; draw < 3; draw++) {
        for (uint32_t rank = 0; rank < 90; rank++) {
            struct ess_line line, other;
            ess_grid_line(&grid, draw, draw, rank, 90, &line);
            CU_ASSERT_FATAL(line.count >= 1 && line.count <= 5);
            CU_ASSERT_FATAL(line.ranks[line.self] == rank);
            for (uint32_t i = 0; i < line.count; i++) {
                ess_grid_line(&grid, draw, draw, line.ranks[i], 90, &other);
                CU_ASSERT_FATAL(other.count == line.count && other.self == i);
                CU_ASSERT_FATAL(
                    memcmp(other.ranks, line.ranks, line.count * sizeof line.ranks[0]) == 0);
            }
        }
    }
}

static double mean_of(const struct ess_averaging_world *world,
    const struct ess_averaging_outcome *outcome, uint32_t round, uint64_t element) {
    double sum = 0;
    for (uint32_t rank = 0; rank < world->ranks; rank++) {
        sum += (double)ess_averaging_vector(world, outcome, round, rank)[element];
    }
    return sum / world->ranks;
}

static double variance_of(const struct ess_averaging_world *world,
    const struct ess_averaging_outcome *outcome, uint32_t round) {
    double sum = 0;
    for (uint64_t element = 0; element < world->elements; element++) {
        double mean = mean_of(world, outcome, round, element);
        for (uint32_t rank = 0; rank < world->ranks; rank++) {
            double away = (double)ess_averaging_vector(world, outcome, round, rank)[element] - mean;
            sum += away * away;
        }
    }
    return sum / world->ranks;
}

/* M^d ranks: the mean to the bit (whole numbers that divide), with the published counts. */
static void full_grid(uint32_t side, uint32_t dimensions, uint64_t seed, bool exact) {
    static struct ess_averaging_outcome outcome;
    struct ess_averaging_world world = {.seed = seed,
        .ranks = ess_grid_cells(side, dimensions),
        .elements = 8ULL * side,
        .side = side,
        .dimensions = dimensions,
        .shuffle = seed % 2 ? dimensions : 0};
    uint64_t bytes = world.elements * sizeof(float);
    ess_averaging_run(&world, &outcome);
    ESS_CHECK(outcome.violation[0] == '\0', "%u^%u: %s", side, dimensions, outcome.violation);
    CU_ASSERT_EQUAL(outcome.completed, world.ranks);
    for (uint32_t rank = 0; rank < world.ranks; rank++) {
        const float *result = ess_averaging_vector(&world, &outcome, dimensions, rank);
        CU_ASSERT_EQUAL(outcome.sends[rank], 2 * (side - 1) * dimensions);
        CU_ASSERT_EQUAL(outcome.sent_bytes[rank], 2 * bytes * dimensions * (side - 1) / side);
        for (uint64_t i = 0; i < world.elements; i++) {
            double mean = mean_of(&world, &outcome, 0, i);
            CU_ASSERT(exact ? (double)result[i] == mean
                            : fabs((double)result[i] - mean) <= 1e-5 * fabs(mean));
        }
    }
    CU_ASSERT_EQUAL(outcome.shards.whole, (uint64_t)dimensions * (world.ranks / side) * side);
    CU_ASSERT_EQUAL(outcome.shards.torn + outcome.shards.untouched + outcome.shards.shortened, 0);
    free(outcome.history);
}

static void full_grids(void) {
    uint32_t runs = 0;
    for (uint64_t seed = 0; seed < 12; seed++, runs += 8) {
        full_grid(2, 1, seed, true);
        full_grid(2, 3, seed, true);
        full_grid(2, 5, seed, true);
        full_grid(4, 2, seed, true);
        full_grid(8, 2, seed, true);
        full_grid(4, 3, seed, true);
        full_grid(3, 3, seed, false);
        full_grid(7, 2, seed, false);
    }
    ess_test_note("%u averagings of 2 to 64 ranks, each with 2 (M - 1) d transfers and "
                  "2 n d (M - 1)/M bytes a rank",
        runs);
}

/* Any number of ranks, elements fewer than members among them: mass is kept in every round, and
 * variance never grows. */
static void incomplete_grids(void) {
    static struct ess_averaging_outcome outcome;
    struct ess_random random;
    uint32_t runs = 0;
    double worst = 0;
    ess_random_init(&random, 1, 0, "incomplete");
    for (; runs < 150; runs++) {
        struct ess_averaging_world world = {.seed = runs,
            .ranks = 1 + (uint32_t)ess_random_below(&random, 40),
            .elements = ess_random_below(&random, 30),
            .dimensions = 1 + runs % 3,
            .rounds = 1 + (uint32_t)ess_random_below(&random, 6),
            .shuffle = (uint32_t)ess_random_below(&random, 3)};
        ess_averaging_run(&world, &outcome);
        ESS_CHECK(outcome.violation[0] == '\0', "run %u: %s", runs, outcome.violation);
        CU_ASSERT_EQUAL(outcome.completed, world.ranks);
        CU_ASSERT_EQUAL(outcome.shards.torn + outcome.shards.shortened, 0);
        for (uint32_t round = 1; round <= outcome.rounds; round++) {
            for (uint64_t i = 0; i < world.elements; i++) {
                double was = mean_of(&world, &outcome, 0, i);
                double is = mean_of(&world, &outcome, round, i);
                worst = fmax(worst, fabs(is - was) / (1 + fabs(was)));
            }
            CU_ASSERT(variance_of(&world, &outcome, round) <=
                      variance_of(&world, &outcome, round - 1) * (1 + 1e-5) + 1e-3);
        }
        free(outcome.history);
    }
    /* Float32: six rounds, each at most 40 additions and a division. */
    CU_ASSERT(worst < 6 * 41 * 0x1p-24);
    ess_test_note("%u averagings, the mean moved by %.1e at most", runs, worst);
}

/* Lines of a draw with a member. */
static uint32_t count_lines(const struct ess_grid *grid, uint32_t round, uint32_t ranks) {
    uint32_t count = 0;
    for (uint32_t rank = 0; rank < ranks; rank++) {
        struct ess_line line;
        ess_grid_line(grid, 1 + round, round % grid->dimensions, rank, ranks, &line);
        count += line.self == 0;
    }
    return count;
}

/* Ranks drawn anew for each round: variance shrinks by (g - 1)/(N - 1) on average, round after
 * round. */
static void rate(uint32_t side, uint32_t ranks) {
    enum { ROUNDS = 4, RUNS = 250, ELEMENTS = 8 };
    static struct ess_averaging_outcome outcome;
    static float values[64 * ELEMENTS];
    double ratios[RUNS] = {0}, sum = 0, squares = 0, ours = 0, paper = 0, mean, error;
    struct ess_random random;
    ess_random_init(&random, ranks, 0, "rate");
    for (uint32_t run = 0; run < RUNS; run++) {
        struct ess_averaging_world world = {.seed = run,
            .ranks = ranks,
            .elements = ELEMENTS,
            .side = side,
            .dimensions = 2,
            .rounds = ROUNDS,
            .shuffle = 1,
            .values = values};
        struct ess_grid grid = {run, side, 2, side * side};
        double our_factor = 1, paper_factor = 1;
        for (uint32_t i = 0; i < ranks * ELEMENTS; i++) {
            values[i] = (float)(ess_random_unit(&random) + ess_random_unit(&random));
        }
        ess_averaging_run(&world, &outcome);
        ESS_CHECK(outcome.violation[0] == '\0', "run %u: %s", run, outcome.violation);
        for (uint32_t round = 0; round < ROUNDS; round++) {
            double g = count_lines(&grid, round, ranks), n = ranks;
            our_factor *= (g - 1) / (n - 1);
            paper_factor *= (g - 1) / n + g / (n * n);
        }
        ratios[run] = variance_of(&world, &outcome, ROUNDS) / variance_of(&world, &outcome, 0);
        sum += ratios[run];
        ours += our_factor / RUNS;
        paper += paper_factor / RUNS;
        free(outcome.history);
    }
    mean = sum / RUNS;
    for (uint32_t run = 0; run < RUNS; run++) {
        squares += (ratios[run] - mean) * (ratios[run] - mean);
    }
    error = sqrt(squares / (RUNS - 1) / RUNS);
    ess_test_note("%u ranks on %u x %u, 4 rounds: variance x %.3e +- %.1e; (g-1)/(N-1): %.3e, "
                  "paper: %.3e",
        ranks, side, side, mean, error, ours, paper);
    CU_ASSERT(fabs(mean - ours) <= 4 * error);
}

static void rates(void) {
    rate(4, 9);
    rate(5, 14);
    rate(6, 30);
}

/* Broken connections between the living cost time, and nothing else. */
static void resets(void) {
    static struct ess_averaging_outcome outcome;
    struct ess_random random;
    uint32_t broken = 0;
    ess_random_init(&random, 3, 0, "resets");
    for (uint32_t run = 0; run < 150; run++) {
        struct ess_averaging_world world = {.seed = run,
            .ranks = 16,
            .elements = 20,
            .side = 4,
            .dimensions = 2,
            .fault_count = ESS_AVERAGING_FAULTS_MAX};
        for (uint32_t i = 0; i < world.fault_count; i++, broken++) {
            uint32_t rank = (uint32_t)ess_random_below(&random, 16);
            world.faults[i] = (struct ess_averaging_fault){ESS_AVERAGING_RESET, rank,
                (rank + 1 + (uint32_t)ess_random_below(&random, 15)) % 16,
                ess_random_below(&random, 60)};
        }
        ess_averaging_run(&world, &outcome);
        ESS_CHECK(outcome.violation[0] == '\0', "run %u: %s", run, outcome.violation);
        CU_ASSERT_EQUAL(outcome.completed, 16);
        CU_ASSERT_EQUAL(outcome.shards.whole, 32);
        free(outcome.history);
    }
    ess_test_note("150 averagings, %u connections broken, every shard whole", broken);
}

static void add(struct ess_averaging_shards *sum, const struct ess_averaging_shards *shards) {
    sum->whole += shards->whole;
    sum->untouched += shards->untouched;
    sum->shortened += shards->shortened;
    sum->torn += shards->torn;
    sum->torn_by_living += shards->torn_by_living;
}

static void note_shards(uint32_t runs, const struct ess_averaging_shards *shards) {
    ess_test_note("%u averagings; shards: %llu whole, %llu whole but for the dead, %llu untouched, "
                  "%llu torn, %llu of them with a live owner",
        runs, (unsigned long long)shards->whole, (unsigned long long)shards->shortened,
        (unsigned long long)shards->untouched, (unsigned long long)shards->torn,
        (unsigned long long)shards->torn_by_living);
}

/* One rank dies after each of its events in turn, loudly or silently. All others complete, and
 * every shard is the mean of its set; what is torn was an owner's that died while it gave. */
static void death_after_every_event(void) {
    static struct ess_averaging_outcome outcome;
    struct ess_averaging_shards shards = {0};
    uint32_t runs = 0;
    for (uint32_t variant = 0; variant < 8; variant++) {
        struct ess_averaging_world world = {.seed = variant / 2,
            .ranks = variant % 2 ? 4 : 6,
            .elements = 12,
            .side = variant % 2 ? 2 : 3,
            .dimensions = 2};
        uint64_t events;
        ess_averaging_run(&world, &outcome);
        events = outcome.events[1];
        free(outcome.history);
        world.fault_count = 1;
        for (uint64_t k = 1; k < 2 * events; k++, runs++) {
            world.faults[0] = (struct ess_averaging_fault){
                k % 2 ? ESS_AVERAGING_CRASH : ESS_AVERAGING_SILENCE, 1, 0, 1 + k / 2};
            ess_averaging_run(&world, &outcome);
            ESS_CHECK(outcome.violation[0] == '\0', "variant %u, death after event %llu: %s",
                variant, (unsigned long long)(1 + k / 2), outcome.violation);
            ESS_CHECK(outcome.completed + outcome.died == world.ranks, "variant %u, event %llu",
                variant, (unsigned long long)(1 + k / 2));
            add(&shards, &outcome.shards);
            free(outcome.history);
        }
    }
    CU_ASSERT(shards.shortened > 0 && shards.untouched > 0 && shards.torn > 0);
    CU_ASSERT_EQUAL(shards.torn_by_living, 0);
    note_shards(runs, &shards);
}

/* Up to 16 faults of all kinds: all who live complete, and every shard is the mean of its set. */
static void many_faults(void) {
    static struct ess_averaging_outcome outcome;
    struct ess_averaging_shards shards = {0};
    struct ess_random random;
    uint32_t died = 0, runs = 0;
    ess_random_init(&random, 4, 0, "faults");
    for (; runs < 200; runs++) {
        struct ess_averaging_world world = {.seed = runs,
            .ranks = 2 + (uint32_t)ess_random_below(&random, 30),
            .elements = 1 + ess_random_below(&random, 40),
            .dimensions = 1 + runs % 3,
            .rounds = 1 + (uint32_t)ess_random_below(&random, 5),
            .shuffle = runs % 2,
            .fault_count = 1 + (uint32_t)ess_random_below(&random, ESS_AVERAGING_FAULTS_MAX)};
        for (uint32_t i = 0; i < world.fault_count; i++) {
            uint32_t rank = (uint32_t)ess_random_below(&random, world.ranks);
            world.faults[i] = (struct ess_averaging_fault){
                (enum ess_averaging_fault_kind)ess_random_below(&random, 3), rank,
                (rank + 1) % world.ranks, ess_random_below(&random, 80)};
        }
        ess_averaging_run(&world, &outcome);
        ESS_CHECK(outcome.violation[0] == '\0', "run %u: %s", runs, outcome.violation);
        ESS_CHECK(outcome.completed + outcome.died == world.ranks, "run %u: %u of %u", runs,
            outcome.completed, world.ranks);
        died += outcome.died;
        add(&shards, &outcome.shards);
        free(outcome.history);
    }
    note_shards(runs, &shards);
    ess_test_note("%u ranks died", died);
}

/* A death costs its lines one timeout a round, and those that they meet next nothing more. */
static void one_timeout_a_round(void) {
    static struct ess_averaging_outcome outcome;
    struct ess_averaging_world world = {
        .seed = 1, .ranks = 27, .elements = 27, .side = 3, .dimensions = 3};
    int64_t without_ns;
    ess_averaging_run(&world, &outcome);
    without_ns = outcome.end_ns;
    free(outcome.history);
    world.fault_count = 1;
    world.faults[0] = (struct ess_averaging_fault){ESS_AVERAGING_SILENCE, 13, 0, 1};
    ess_averaging_run(&world, &outcome);
    CU_ASSERT_EQUAL(outcome.completed, 26);
    CU_ASSERT_EQUAL(outcome.shards.torn, 0);
    ess_test_note("%.3f s without, %.3f s with one silent rank of 27, timeout 1 s, 3 rounds",
        (double)without_ns / 1e9, (double)outcome.end_ns / 1e9);
    free(outcome.history);
}

/* Messages that no peer sent, with the right length and often the right operation: each is passed
 * over or believed, and the contract is kept. */
static void strangers(void) {
    const struct ess_averaging_type *type = ess_averaging_registry[0];
    static const uint32_t peers[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    static struct ess_actions actions;
    uint64_t settings[16];
    uint8_t bytes[20] = {0};
    struct ess_averaging_config config = {settings, 4, 9, peers, 7, 1, 100, 4};
    void *state = malloc(type->state_bytes);
    struct ess_monitor *monitor = ess_monitor_new(1);
    struct ess_event event = {.kind = ESS_EVENT_START};
    struct ess_random random;
    const uint32_t sent = 100000;
    ess_random_init(&random, 5, 0, "strangers");
    ess_parameters_set_defaults(type->parameters, settings);
    type->init(state, &config);
    ess_monitor_start(monitor, 0);
    for (uint32_t i = 0; i < sent; i++) {
        enum ess_step_result result = ESS_MORE;
        while (result == ESS_MORE) {
            actions.count = 0;
            result = type->step(state, &event, &actions);
            ess_monitor_step(monitor, 0, 0, &event, &actions, result);
            event.kind = ESS_EVENT_CONTINUE;
        }
        bytes[0] = (uint8_t)ess_random_below(&random, 7);
        bytes[1] = (uint8_t)ess_random_below(&random, 5);
        bytes[2] = (uint8_t)ess_random_below(&random, 4);
        bytes[3] = (uint8_t)ess_random_below(&random, 3);
        bytes[4] = i % 16 ? 7 : 8; /* the operation */
        memset(bytes + 12, (int)ess_random_below(&random, 256), 8);
        event = (struct ess_event){.kind = ESS_EVENT_MESSAGE,
            .peer = (uint32_t)ess_random_below(&random, 9),
            .bytes = bytes,
            .size = i % 64 ? 20 : (uint32_t)ess_random_below(&random, 21)};
        CU_ASSERT_FATAL(result == ESS_WAIT);
    }
    CU_ASSERT_PTR_NULL(ess_monitor_violation(monitor));
    ess_test_note("%u messages", sent);
    ess_monitor_free(monitor);
    free(state);
}

static void refusals(void) {
    const struct ess_averaging_type *type = ess_averaging_registry[0];
    uint64_t settings[16];
    ess_parameters_set_defaults(type->parameters, settings);
    CU_ASSERT_FATAL(type->settings_bytes <= sizeof settings);
    CU_ASSERT_PTR_NULL(type->check(settings));
    CU_ASSERT_PTR_NULL(type->refuse(settings, 4096));
    CU_ASSERT_PTR_NOT_NULL(type->refuse(settings, 4097)); /* 64 x 64 */
    ess_parameter_set(&type->parameters[0], 1, settings);
    CU_ASSERT_PTR_NOT_NULL(type->check(settings));
    ess_parameter_set(&type->parameters[0], 64, settings);
    ess_parameter_set(&type->parameters[1], 8, settings);
    CU_ASSERT_PTR_NOT_NULL(type->check(settings));
}

int main(void) {
    static const struct ess_test tests[] = {
        {"placements are permutations with an inverse", placements},
        {"lines: one for each rank and dimension", lines},
        {"full grids: the mean, with the published counts", full_grids},
        {"incomplete grids: mass is kept", incomplete_grids},
        {"ranks drawn anew: the predicted rate", rates},
        {"broken connections leave no trace", resets},
        {"a death after every event", death_after_every_event},
        {"many deaths and broken connections", many_faults},
        {"one timeout a round for a silent rank", one_timeout_a_round},
        {"messages of strangers", strangers},
        {"settings that fit no grid are refused", refusals},
        {NULL, NULL},
    };
    return ess_test_main("averaging", tests);
}
