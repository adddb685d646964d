/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_WORLD_WORLD_H
#define ESS_WORLD_WORLD_H

/* One world: a checked scenario made into hosts, links, routes and machines, with a peer of
 * algorithms/ on each host, run to its end. The simulated host of the contract
 * (algorithms/base/contract.h). */

#include "base/contract.h"
#include "models/availability/trace.h"
#include "sim/engine/engine.h"
#include "sim/scenario/scenario.h"

/* For a judge that reads along: called after each ess_peer_step(). `event` NULL: a new life begins.
 */
typedef void ess_world_observer(void *context, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event, const struct ess_actions *actions, enum ess_step_result result);

struct ess_world_options {
    uint32_t replication;
    const struct ess_trace *trace; /* what the scenario names, read; NULL where it names none */
    ess_world_observer *observer;  /* or NULL */
    void *observer_context;
};

/* One committed step, as the coordinator saw it. */
struct ess_world_step {
    uint64_t step;
    double time_s;     /* simulated time of the commit */
    double duration_s; /* since the commit before, or since the first step began */
    uint32_t members, contributors;
    uint32_t attempts; /* views under which it was tried, at least 1 */
    uint32_t losses;   /* members declared lost during it */
    double wan_bytes;  /* that crossed between sites during it */
    /* From the begin of its first operation at the first rank to the end of its last operation at
     * the last rank; with attempts that failed and what lies between operations. */
    double collective_s;
};

/* How a plain transfer went. */
enum ess_world_transfer_state {
    ESS_WORLD_TRANSFER_WAITING, /* the world ended before its start */
    ESS_WORLD_TRANSFER_RUNNING, /* the world ended before it did */
    ESS_WORLD_TRANSFER_DONE,
    ESS_WORLD_TRANSFER_STOPPED,  /* bulk, at its stop */
    ESS_WORLD_TRANSFER_REFUSED,  /* an end was down */
    ESS_WORLD_TRANSFER_RESET,    /* an end crashed, or its connections were reset */
    ESS_WORLD_TRANSFER_TIMED_OUT /* an end vanished, or the way was cut for too long */
};

struct ess_world_transfer {
    enum ess_world_transfer_state state;
    double begun_s, ended_s;    /* NaN where it has not */
    double completion_s;        /* from its start to the last byte's arrival; done ones, else NaN */
    double goodput_bytes_per_s; /* done: bytes / completion time; stopped: what arrived from
                                   measure_from to stop over that time; else NaN */
    double delivered_bytes;     /* in all */
};

/* Why a world ended. */
enum ess_world_end {
    ESS_WORLD_JOB_COMPLETE,
    ESS_WORLD_DURATION,
    ESS_WORLD_PARAMETERS_LOST, /* nobody is left who holds the model */
    ESS_WORLD_NOBODY_LEFT,     /* every host is gone for good */
    ESS_WORLD_COORDINATOR_LOST,
    ESS_WORLD_EVENT_BOUND,
    ESS_WORLD_WALL_BOUND
};

struct ess_world_outcome {
    enum ess_world_end end;
    double ended_s;
    double begun_s; /* first step began; NaN where none did */
    double
        judged_s;   /* time that counts for rates: from begun_s to the end of the job or duration */
    uint64_t steps; /* committed */
    double last_commit_s;
    /* Seconds summed over all workers while their machines were up. */
    double computing_s, communicating_s, waiting_s, lost_s;
    double wan_bytes;              /* at the last commit */
    double energy_j;               /* at the last commit */
    uint64_t deaths;               /* of machines with a worker on them */
    uint64_t deaths_in_collective; /* of these, with an all-reduce in flight */
    uint64_t deaths_survived;      /* members declared lost before the last commit */
    uint64_t events, step_calls, transfers, messages;
    uint64_t solver_updates;             /* resolutions of the network's rates */
    uint64_t solver_steps;               /* links looked at by them */
    struct ess_world_step *step_records; /* [steps]; freed by ess_world_outcome_fini */
    struct ess_world_transfer *plain;    /* [plain_count], as in the scenario; freed likewise */
    size_t plain_count;
    size_t step_capacity;
    /* Least time of the collective on these links, by whoever runs the world and knows it
     * (sim/commands/collective_bound.h); 0: not known. */
    double bound_s;
    uint32_t bound_members; /* machines that it is for */
};

/* Build and run. Deterministic in (scenario, replication, trace). Returns false with `error` filled
 * (trace cannot be mapped, a path is too long) before anything ran. */
bool ess_world_run(const struct ess_scenario *scenario, const struct ess_world_options *options,
    struct ess_world_outcome *outcome, struct ess_trace_error *error);

/* Whether replications of the scenario with this trace (NULL: none) are different worlds: by the
 * trace's mapping, or by losses and jitter that the network draws for packets. Where they are not,
 * one of them is all there is to observe. */
bool ess_world_varies(const struct ess_scenario *scenario, const struct ess_trace *trace);

void ess_world_outcome_fini(struct ess_world_outcome *outcome);

/* A word or two for how a transfer went: "done", "timed out". */
const char *ess_world_transfer_state_text(enum ess_world_transfer_state state);

/* Words for an end, to print. */
const char *ess_world_end_text(enum ess_world_end end);

#endif
