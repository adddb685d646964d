/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"
#include "ess_test.h"
#include "models/machine/machine.h"
#include "sim/engine/arena.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* 1 TFLOP/s at full efficiency: 1,000 FLOP a nanosecond; 2 bytes a nanosecond. */
static const struct ess_machine_settings plain = {
    .peak_flop_per_s = 1e12,
    .efficiency = 1,
    .memory_bytes_per_s = 2e9,
    .memory_bytes = 24LL << 30,
    .base_power_w = 60,
    .idle_power_w = 21,
    .active_power_w = 350,
};

static struct ess_arena arena;

static struct ess_machine up_at(int64_t now_ns) {
    struct ess_machine machine;
    ess_arena_init(&arena, 0);
    ess_machine_init(&machine, &arena, &plain, 0);
    CU_ASSERT(ess_machine_boot(&machine, now_ns));
    return machine;
}

static void expect_finish(struct ess_machine *machine, int64_t at_ns, uint64_t expected) {
    uint64_t token = 0;
    CU_ASSERT_EQUAL(ess_machine_next_finish(machine), at_ns);
    CU_ASSERT(ess_machine_finish(machine, at_ns, &token));
    CU_ASSERT_EQUAL(token, expected);
}

static void durations_are_rounded_up(void) {
    struct ess_machine machine = up_at(0);
    CU_ASSERT_EQUAL(ess_machine_work_ns(&machine, 0), 0);
    CU_ASSERT_EQUAL(ess_machine_work_ns(&machine, 1000), 1);
    CU_ASSERT_EQUAL(ess_machine_work_ns(&machine, 1001), 2);
    CU_ASSERT_EQUAL(ess_machine_work_ns(&machine, 3e12), 3000000000);
    CU_ASSERT_EQUAL(ess_machine_arithmetic_ns(&machine, 7), 4);
    CU_ASSERT_EQUAL(ess_machine_work_ns(&machine, 1e300), (int64_t)1 << 62);
    machine.settings.efficiency = 0.5;
    CU_ASSERT_EQUAL(ess_machine_work_ns(&machine, 3e12), 6000000000);
    ess_arena_fini(&arena);
}

/* Three items handed in together finish at the partial sums of their durations. */
static void work_is_first_in_first_out(void) {
    struct ess_machine machine = up_at(100);
    uint64_t token;
    CU_ASSERT_EQUAL(ess_machine_next_finish(&machine), ESS_MACHINE_NEVER);
    ess_machine_start_work(&machine, 100, 5000, 1);
    ess_machine_start_work(&machine, 102, 20000, 2);
    ess_machine_start_work(&machine, 103, 1000, 3);
    CU_ASSERT_FALSE(ess_machine_finish(&machine, 104, &token));
    expect_finish(&machine, 105, 1);
    CU_ASSERT_FALSE(ess_machine_finish(&machine, 105, &token));
    expect_finish(&machine, 125, 2);
    expect_finish(&machine, 126, 3);
    CU_ASSERT_EQUAL(ess_machine_next_finish(&machine), ESS_MACHINE_NEVER);
    CU_ASSERT_EQUAL(ess_machine_busy_ns(&machine, 200), 26);
    ess_arena_fini(&arena);
}

static void arithmetic_runs_beside_work(void) {
    struct ess_machine machine = up_at(0);
    uint64_t token;
    ess_machine_start_work(&machine, 0, 50000, 1);
    ess_machine_start_arithmetic(&machine, 10, 40, 2);
    ess_machine_start_arithmetic(&machine, 10, 40, 3);
    expect_finish(&machine, 30, 2);
    /* A tie: compute comes first, then arithmetic, both at 50. */
    expect_finish(&machine, 50, 1);
    expect_finish(&machine, 50, 3);
    CU_ASSERT_FALSE(ess_machine_finish(&machine, 50, &token));
    CU_ASSERT_EQUAL(ess_machine_busy_ns(&machine, 60), 50);
    ess_arena_fini(&arena);
}

static void work_without_operations_finishes_at_once(void) {
    struct ess_machine machine = up_at(7);
    ess_machine_start_work(&machine, 7, 0, 9);
    expect_finish(&machine, 7, 9);
    ess_arena_fini(&arena);
}

/* 30 ns of work, paused twice for 1,000 and 5 ns: finishes exactly 1,005 ns later. */
static void pauses_keep_what_remains(void) {
    struct ess_machine machine = up_at(0);
    uint64_t token;
    ess_machine_start_work(&machine, 0, 30000, 1);
    CU_ASSERT(ess_machine_pause(&machine, 10));
    CU_ASSERT_FALSE(ess_machine_pause(&machine, 11));
    CU_ASSERT_EQUAL(ess_machine_next_finish(&machine), ESS_MACHINE_NEVER);
    CU_ASSERT_FALSE(ess_machine_finish(&machine, 500, &token));
    ess_machine_start_work(&machine, 600, 4000, 2);
    CU_ASSERT(ess_machine_resume(&machine, 1010));
    CU_ASSERT_EQUAL(ess_machine_next_finish(&machine), 1030);
    CU_ASSERT(ess_machine_pause(&machine, 1030));
    CU_ASSERT(ess_machine_resume(&machine, 1035));
    expect_finish(&machine, 1035, 1);
    expect_finish(&machine, 1039, 2);
    CU_ASSERT_EQUAL(ess_machine_busy_ns(&machine, 1039), 34);
    CU_ASSERT_EQUAL(ess_machine_lost_ns(&machine), 0);
    ess_arena_fini(&arena);
}

static void crashes_discard_work(void) {
    struct ess_machine machine = up_at(0);
    ess_machine_start_work(&machine, 0, 10000, 1);
    ess_machine_start_work(&machine, 0, 50000, 2);
    ess_machine_start_arithmetic(&machine, 0, 1000, 3);
    expect_finish(&machine, 10, 1);
    CU_ASSERT(ess_machine_crash(&machine, 22));
    CU_ASSERT_FALSE(ess_machine_crash(&machine, 22));
    CU_ASSERT_FALSE(ess_machine_pause(&machine, 22));
    CU_ASSERT_FALSE(ess_machine_resume(&machine, 22));
    CU_ASSERT_EQUAL(ess_machine_next_finish(&machine), ESS_MACHINE_NEVER);
    CU_ASSERT_EQUAL(ess_machine_lost_ns(&machine), 12);
    CU_ASSERT(ess_machine_boot(&machine, 40));
    CU_ASSERT_FALSE(ess_machine_boot(&machine, 41));
    ess_machine_start_work(&machine, 41, 1000, 4);
    expect_finish(&machine, 42, 4);
    CU_ASSERT_EQUAL(ess_machine_busy_ns(&machine, 99), 23);
    ess_arena_fini(&arena);
}

static void discarding_keeps_the_machine_up(void) {
    struct ess_machine machine = up_at(0);
    ess_machine_start_work(&machine, 0, 10000, 1);
    ess_machine_start_work(&machine, 0, 10000, 2);
    ess_machine_discard(&machine, 4);
    CU_ASSERT_EQUAL(machine.state, ESS_MACHINE_UP);
    CU_ASSERT_EQUAL(ess_machine_lost_ns(&machine), 4);
    ess_machine_start_work(&machine, 6, 1000, 3);
    expect_finish(&machine, 7, 3);
    ess_arena_fini(&arena);
}

/* The ring wraps and grows at every fill level; order must survive. */
static void long_queues_keep_their_order(void) {
    struct ess_machine machine = up_at(0);
    struct ess_random stream;
    ess_random_init(&stream, 1, 0, "queue");
    uint64_t handed_in = 0, finished = 0, token;
    int64_t now_ns = 0;
    size_t longest = 0;
    while (finished < 20000) {
        bool filling = finished / 2000 % 2 == 0;
        if (ess_random_below(&stream, 10) < (filling ? 6U : 4U)) {
            ess_machine_start_work(&machine, now_ns, 1000.0 * (double)(handed_in % 5), handed_in);
            handed_in++;
        } else if (handed_in > finished) {
            now_ns = ess_machine_next_finish(&machine);
            CU_ASSERT(ess_machine_finish(&machine, now_ns, &token));
            CU_ASSERT_EQUAL(token, finished);
            finished++;
        }
        size_t count = machine.lanes[ESS_MACHINE_COMPUTE].count;
        longest = count > longest ? count : longest;
    }
    /* Time passed only while the lane ran, so all of it was busy. */
    CU_ASSERT_EQUAL(ess_machine_busy_ns(&machine, now_ns), now_ns);
    ess_test_note("%llu items, %zu waiting at most", (unsigned long long)finished, longest);
    ess_arena_fini(&arena);
}

/* In a child, since it aborts: the owner's event came too late. */
static void passing_over_a_finish_is_an_error(void) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(1);
        }
        struct ess_machine machine = up_at(0);
        ess_machine_start_work(&machine, 0, 5000, 1);
        ess_machine_pause(&machine, 6);
        _exit(0);
    }
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFSIGNALED(status));
    CU_ASSERT_EQUAL(WTERMSIG(status), SIGABRT);
}

static void lack_of_memory_is_told_in_bytes(void) {
    CU_ASSERT_EQUAL(ess_machine_memory_shortfall(&plain, 0), 0);
    CU_ASSERT_EQUAL(ess_machine_memory_shortfall(&plain, 24LL << 30), 0);
    CU_ASSERT_EQUAL(ess_machine_memory_shortfall(&plain, (24LL << 30) + 3), 3);
    CU_ASSERT_EQUAL(ess_machine_memory_shortfall(&plain, INT64_MAX), INT64_MAX - (24LL << 30));
}

static void settings_come_from_the_tables(void) {
    const struct ess_gpu *gpu = ess_gpu_find("RTX 3090");
    struct ess_machine_settings settings = ess_machine_settings_of_gpu(gpu, 0.4, 80);
    CU_ASSERT_EQUAL(settings.peak_flop_per_s, gpu->matrix_flop_per_s);
    CU_ASSERT_EQUAL(settings.memory_bytes, gpu->memory_bytes);
    CU_ASSERT_EQUAL(settings.active_power_w, 350);
    CU_ASSERT_EQUAL(settings.efficiency, 0.4);
    settings = ess_machine_settings_of_cpu(ess_cpu_find("EPYC 7763"), 0.6, 120, 256LL << 30);
    CU_ASSERT_EQUAL(settings.memory_bytes, 256LL << 30);
    CU_ASSERT_EQUAL(settings.memory_bytes_per_s, 204.8e9);
    CU_ASSERT_EQUAL(settings.base_power_w, 120);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"durations are rounded up", durations_are_rounded_up},
        {"work is first in first out", work_is_first_in_first_out},
        {"arithmetic runs beside work", arithmetic_runs_beside_work},
        {"work without operations finishes at once", work_without_operations_finishes_at_once},
        {"pauses keep what remains", pauses_keep_what_remains},
        {"crashes discard work", crashes_discard_work},
        {"discarding keeps the machine up", discarding_keeps_the_machine_up},
        {"long queues keep their order", long_queues_keep_their_order},
        {"passing over a finish is an error", passing_over_a_finish_is_an_error},
        {"lack of memory is told in bytes", lack_of_memory_is_told_in_bytes},
        {"settings come from the tables", settings_come_from_the_tables},
        {NULL, NULL},
    };
    return ess_test_main("machine", tests);
}
