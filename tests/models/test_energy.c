/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"
#include "ess_test.h"
#include "models/machine/machine.h"
#include "sim/engine/arena.h"
#include <math.h>

#define SECOND ((int64_t)1000000000)

static const struct ess_machine_settings settings = {
    .peak_flop_per_s = 1e12,
    .efficiency = 0.5,
    .memory_bytes_per_s = 1e9,
    .memory_bytes = 1 << 30,
    .base_power_w = 60,
    .idle_power_w = 21,
    .active_power_w = 350,
};

static struct ess_arena arena;

static struct ess_machine new_machine(void) {
    struct ess_machine machine;
    ess_arena_init(&arena, 0);
    ess_machine_init(&machine, &arena, &settings, 0);
    return machine;
}

static void finish_all(struct ess_machine *machine, int64_t now_ns) {
    uint64_t token;
    CU_ASSERT_EQUAL(ess_machine_next_finish(machine), now_ns);
    while (ess_machine_finish(machine, now_ns, &token)) {}
}

/* The check value of machine.h: 10 s up of which 4 s busy. */
static void busy_and_idle_time_are_charged(void) {
    struct ess_machine machine = new_machine();
    ess_machine_boot(&machine, 0);
    ess_machine_start_work(&machine, 3 * SECOND, 2e12, 1);
    finish_all(&machine, 7 * SECOND);
    CU_ASSERT_DOUBLE_EQUAL(ess_machine_energy_j(&machine, 10 * SECOND), 2126, 1e-9);
    ess_arena_fini(&arena);
}

static void a_machine_that_is_down_takes_nothing(void) {
    struct ess_machine machine = new_machine();
    CU_ASSERT_EQUAL(ess_machine_energy_j(&machine, 100 * SECOND), 0);
    ess_machine_boot(&machine, 100 * SECOND);
    ess_machine_crash(&machine, 110 * SECOND);
    double energy_j = ess_machine_energy_j(&machine, 110 * SECOND);
    CU_ASSERT_DOUBLE_EQUAL(energy_j, 81 * 10, 1e-9);
    CU_ASSERT_EQUAL(ess_machine_energy_j(&machine, 999 * SECOND), energy_j);
    ess_arena_fini(&arena);
}

/* 2 s of the 4 s of work, 5 s paused (idle power), the other 2 s, 1 s idle. */
static void a_paused_machine_idles(void) {
    struct ess_machine machine = new_machine();
    ess_machine_boot(&machine, 0);
    ess_machine_start_work(&machine, 0, 2e12, 1);
    ess_machine_pause(&machine, 2 * SECOND);
    CU_ASSERT_DOUBLE_EQUAL(ess_machine_energy_j(&machine, 7 * SECOND), 410 * 2 + 81 * 5, 1e-9);
    ess_machine_resume(&machine, 7 * SECOND);
    finish_all(&machine, 9 * SECOND);
    CU_ASSERT_DOUBLE_EQUAL(ess_machine_energy_j(&machine, 10 * SECOND), 410 * 4 + 81 * 6, 1e-9);
    ess_arena_fini(&arena);
}

/* Work over 0..4 s and arithmetic over 2..6 s: active for 6 s, not for 8. */
static void lanes_that_overlap_are_charged_once(void) {
    struct ess_machine machine = new_machine();
    ess_machine_boot(&machine, 0);
    ess_machine_start_work(&machine, 0, 2e12, 1);
    ess_machine_start_arithmetic(&machine, 2 * SECOND, 4e9, 2);
    finish_all(&machine, 4 * SECOND);
    finish_all(&machine, 6 * SECOND);
    CU_ASSERT_DOUBLE_EQUAL(ess_machine_energy_j(&machine, 10 * SECOND), 410 * 6 + 81 * 4, 1e-9);
    ess_arena_fini(&arena);
}

static void asking_changes_nothing(void) {
    struct ess_machine machine = new_machine();
    ess_machine_boot(&machine, 0);
    ess_machine_start_work(&machine, 0, 2e12, 1);
    double first = ess_machine_energy_j(&machine, 3 * SECOND);
    CU_ASSERT_EQUAL(ess_machine_energy_j(&machine, 3 * SECOND), first);
    CU_ASSERT_DOUBLE_EQUAL(ess_machine_energy_j(&machine, 1 * SECOND), 410, 1e-9);
    CU_ASSERT_EQUAL(ess_machine_next_finish(&machine), 4 * SECOND);
    ess_arena_fini(&arena);
}

/* A plain integral beside the machine's own: power by state, added step by step. */
struct reference {
    double energy_j;
    int64_t last_ns;
    double power_w;
};

static double power_of(const struct ess_machine *machine) {
    if (machine->state == ESS_MACHINE_DOWN) {
        return 0;
    }
    bool busy = ess_machine_next_finish(machine) != ESS_MACHINE_NEVER;
    return settings.base_power_w + (busy ? settings.active_power_w : settings.idle_power_w);
}

static void do_something(struct ess_machine *machine, struct ess_random *stream, int64_t now_ns) {
    uint64_t token;
    while (ess_machine_finish(machine, now_ns, &token)) {}
    double amount = ess_random_unit(stream) * 1e12;
    switch (ess_random_below(stream, 8)) {
    case 0:
        ess_machine_boot(machine, now_ns);
        break;
    case 1:
        ess_machine_pause(machine, now_ns);
        break;
    case 2:
        ess_machine_resume(machine, now_ns);
        break;
    case 3:
        if (ess_random_below(stream, 4) == 0) {
            ess_machine_crash(machine, now_ns);
        }
        break;
    case 4:
        if (machine->state != ESS_MACHINE_DOWN) {
            ess_machine_start_arithmetic(machine, now_ns, amount * 1e-3, 0);
        }
        break;
    case 5:
        if (machine->state != ESS_MACHINE_DOWN) {
            ess_machine_start_work(machine, now_ns, amount, 0);
        }
        break;
    default:
        break;
    }
}

static void random_lives_agree_with_a_plain_integral(void) {
    enum { STEPS = 100000 };
    struct ess_machine machine = new_machine();
    struct ess_random stream;
    struct reference reference = {0};
    ess_random_init(&stream, 4, 0, "lives");
    int64_t now_ns = 0;
    for (int i = 0; i < STEPS; i++) {
        int64_t later_ns = now_ns + (int64_t)ess_random_below(&stream, 2 * (uint64_t)SECOND);
        int64_t finish_ns = ess_machine_next_finish(&machine);
        now_ns = finish_ns < later_ns ? finish_ns : later_ns;
        reference.energy_j += reference.power_w * (double)(now_ns - reference.last_ns) * 1e-9;
        reference.last_ns = now_ns;
        do_something(&machine, &stream, now_ns);
        reference.power_w = power_of(&machine);
    }
    double energy_j = ess_machine_energy_j(&machine, now_ns);
    double error = fabs(energy_j - reference.energy_j) / reference.energy_j;
    CU_ASSERT(error < 1e-11);
    CU_ASSERT(energy_j > 1e6);
    ess_test_note("100,000 steps over %.0f s: %.0f J, relative difference %.1e",
        (double)now_ns * 1e-9, energy_j, error);
    ess_arena_fini(&arena);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"busy and idle time are charged", busy_and_idle_time_are_charged},
        {"a machine that is down takes nothing", a_machine_that_is_down_takes_nothing},
        {"a paused machine idles", a_paused_machine_idles},
        {"lanes that overlap are charged once", lanes_that_overlap_are_charged_once},
        {"asking changes nothing", asking_changes_nothing},
        {"random lives agree with a plain integral", random_lives_agree_with_a_plain_integral},
        {NULL, NULL},
    };
    return ess_test_main("energy", tests);
}
