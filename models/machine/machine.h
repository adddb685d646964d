/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_MACHINE_MACHINE_H
#define ESS_MODELS_MACHINE_MACHINE_H

/* One host's machine: its state, the work it does, the energy it takes.
 *
 * State: down, up or paused (its owner took it back for a while; nothing runs, nothing is lost).
 *
 * Work. Two lanes, each first in first out with one item running at a time:
 *   compute:    duration = flop / (peak_flop_per_s * efficiency)
 *   arithmetic: duration = bytes touched / memory_bytes_per_s  (reduce, copy, quantise)
 * each rounded up to integer nanoseconds when the item is handed in. An item keeps what remains of
 * it over a pause; a crash discards it. Simplification: the lanes do not slow each other, so
 * arithmetic on buffers is somewhat too cheap while a kernel bound by memory runs beside it.
 *
 * Energy. Piecewise constant in the state and exact:
 *   E = base_power_w * (time up or paused) + active_power_w * (time some lane ran)
 *     + idle_power_w * (the rest of the time up or paused)
 * from integer nanosecond counters. A machine that is down takes nothing. Known bias: a busy GPU is
 * charged its rated power whatever its efficiency, which is high for work bound by memory, by
 * perhaps a third. Check value: 350 W GPU, 21 W idle, 60 W base, 10 s up of which 4 s busy:
 * 60 * 10 + 350 * 4 + 21 * 6 = 2,126 J.
 *
 * The machine knows no engine. Every call takes the present time, which never goes back, and after
 * every call that may change it the owner asks ess_machine_next_finish and (re)schedules one event.
 * Times are simulated nanoseconds. */

#include "models/machine/cpu.h"
#include "models/machine/gpu.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ess_arena;

/* next_finish when nothing will finish. */
#define ESS_MACHINE_NEVER INT64_MAX

enum ess_machine_state { ESS_MACHINE_DOWN, ESS_MACHINE_UP, ESS_MACHINE_PAUSED };

struct ess_machine_settings {
    double peak_flop_per_s;
    double efficiency; /* in (0, 1]: the share of the peak that the job's kernels reach */
    double memory_bytes_per_s;
    int64_t memory_bytes;
    double base_power_w;   /* of the host without its GPU */
    double idle_power_w;   /* of the GPU (or CPU) while nothing runs */
    double active_power_w; /* while something runs */
};

struct ess_machine_item {
    uint64_t token;
    int64_t duration_ns;
};

struct ess_machine_lane {
    struct ess_machine_item *items; /* ring */
    size_t capacity;
    size_t first;
    size_t count;
    int64_t remaining_ns; /* of the first item, as of machine.since_ns */
    int64_t busy_ns;      /* time this lane has run, as of machine.since_ns */
    int64_t lost_ns;      /* run time of items that were discarded before they finished */
};

enum { ESS_MACHINE_COMPUTE, ESS_MACHINE_ARITHMETIC, ESS_MACHINE_LANES };

struct ess_machine {
    struct ess_machine_settings settings;
    struct ess_arena *arena;
    struct ess_machine_lane lanes[ESS_MACHINE_LANES];
    enum ess_machine_state state;
    int64_t since_ns; /* all counters hold up to here */
    int64_t powered_ns;
    int64_t active_ns;
};

/* Settings for a host with this GPU: peak is the matrix rate. */
struct ess_machine_settings ess_machine_settings_of_gpu(
    const struct ess_gpu *gpu, double efficiency, double base_power_w);

/* Settings for a host that computes on its processor and has `memory_bytes` of main memory. */
struct ess_machine_settings ess_machine_settings_of_cpu(
    const struct ess_cpu *cpu, double efficiency, double base_power_w, int64_t memory_bytes);

/* A machine that is down at `now_ns`. Rates and efficiency must be positive and finite, powers not
 * negative (asserted). Queued items live in `arena`. */
void ess_machine_init(struct ess_machine *machine, struct ess_arena *arena,
    const struct ess_machine_settings *settings, int64_t now_ns);

/* How long an item takes when nothing is before it; saturates at 2^62 ns. */
int64_t ess_machine_work_ns(const struct ess_machine *machine, double flop);
int64_t ess_machine_arithmetic_ns(const struct ess_machine *machine, double bytes);

/* Hand in an item; `token` comes back from ess_machine_finish. The machine must not be down
 * (asserted); while paused the item waits. O(1) amortised. */
void ess_machine_start_work(
    struct ess_machine *machine, int64_t now_ns, double flop, uint64_t token);
void ess_machine_start_arithmetic(
    struct ess_machine *machine, int64_t now_ns, double bytes, uint64_t token);

/* When the next item finishes if nothing else happens; ESS_MACHINE_NEVER if none will. O(1). */
int64_t ess_machine_next_finish(const struct ess_machine *machine);

/* Take one item that finishes exactly now, compute before arithmetic; the next of its lane starts.
 * False when none does, so call it until false. A finish time must not be passed over (asserted in
 * every call). O(1). */
bool ess_machine_finish(struct ess_machine *machine, int64_t now_ns, uint64_t *token);

/* Changes of state; false, and nothing happens, when the present state does not allow it:
 * boot down -> up (with empty lanes), pause up -> paused, resume paused -> up, crash up or
 * paused -> down (all items are discarded, what ran of them is counted as lost). An item that
 * would finish at this very instant is kept by pause and discarded by crash. */
bool ess_machine_boot(struct ess_machine *machine, int64_t now_ns);
bool ess_machine_pause(struct ess_machine *machine, int64_t now_ns);
bool ess_machine_resume(struct ess_machine *machine, int64_t now_ns);
bool ess_machine_crash(struct ess_machine *machine, int64_t now_ns);

/* Discard all items but stay in the present state (a job was aborted); counted as lost. */
void ess_machine_discard(struct ess_machine *machine, int64_t now_ns);

/* Energy since init, in joules. */
double ess_machine_energy_j(const struct ess_machine *machine, int64_t now_ns);

/* Time the compute lane has run, and how much of it went into items that were discarded. */
int64_t ess_machine_busy_ns(const struct ess_machine *machine, int64_t now_ns);
int64_t ess_machine_lost_ns(const struct ess_machine *machine);

/* By how many bytes `needed_bytes` exceeds the machine's memory; 0 when it fits. */
int64_t ess_machine_memory_shortfall(
    const struct ess_machine_settings *settings, int64_t needed_bytes);

#endif
