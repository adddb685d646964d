/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/metrics.h"

#include <math.h>

static double step_time(const struct ess_world_outcome *outcome) {
    return outcome->steps == 0
               ? NAN
               : (outcome->last_commit_s - outcome->begun_s) / (double)outcome->steps;
}

static double steps_per_hour(const struct ess_world_outcome *outcome) {
    if (isnan(outcome->begun_s) || outcome->judged_s <= 0) {
        return 0;
    }
    return 3600 * (double)outcome->steps / outcome->judged_s;
}

static double share(const struct ess_world_outcome *outcome, double part_s) {
    double all_s =
        outcome->computing_s + outcome->communicating_s + outcome->waiting_s + outcome->lost_s;
    return all_s > 0 ? part_s / all_s : NAN;
}

static double computing_share(const struct ess_world_outcome *outcome) {
    return share(outcome, outcome->computing_s);
}

static double communicating_share(const struct ess_world_outcome *outcome) {
    return share(outcome, outcome->communicating_s);
}

static double waiting_share(const struct ess_world_outcome *outcome) {
    return share(outcome, outcome->waiting_s);
}

static double lost_share(const struct ess_world_outcome *outcome) {
    return share(outcome, outcome->lost_s);
}

static double per_step(const struct ess_world_outcome *outcome, double total) {
    return outcome->steps == 0 ? NAN : total / (double)outcome->steps;
}

static double wan_bytes(const struct ess_world_outcome *outcome) {
    return per_step(outcome, outcome->wan_bytes);
}

static double energy(const struct ess_world_outcome *outcome) {
    return per_step(outcome, outcome->energy_j);
}

static double deaths(const struct ess_world_outcome *outcome) {
    return (double)outcome->deaths;
}

static double deaths_in_collective(const struct ess_world_outcome *outcome) {
    return (double)outcome->deaths_in_collective;
}

static double deaths_survived(const struct ess_world_outcome *outcome) {
    return (double)outcome->deaths_survived;
}

static double steps(const struct ess_world_outcome *outcome) {
    return (double)outcome->steps;
}

static double collective_time(const struct ess_world_outcome *outcome) {
    double sum_s = 0;
    for (uint64_t i = 0; i < outcome->steps; i++) {
        sum_s += outcome->step_records[i].collective_s;
    }
    return per_step(outcome, sum_s);
}

/* Repeats that all machines took part in at the first attempt: the bound is for these. */
static double time_over_bound(const struct ess_world_outcome *outcome) {
    double sum_s = 0;
    uint64_t count = 0;
    for (uint64_t i = 0; i < outcome->steps; i++) {
        const struct ess_world_step *step = &outcome->step_records[i];
        if (step->attempts == 1 && step->members == outcome->bound_members) {
            sum_s += step->collective_s;
            count++;
        }
    }
    return count > 0 && outcome->bound_s > 0 ? sum_s / (double)count / outcome->bound_s : NAN;
}

/* ---- plain transfers --------------------------------------------------------------------------
 */

static double transfer_time(const struct ess_world_outcome *outcome) {
    double sum_s = 0;
    size_t count = 0;
    for (size_t i = 0; i < outcome->plain_count; i++) {
        if (!isnan(outcome->plain[i].completion_s)) {
            sum_s += outcome->plain[i].completion_s;
            count++;
        }
    }
    return count > 0 ? sum_s / (double)count : NAN;
}

static double transfer_time_longest(const struct ess_world_outcome *outcome) {
    double longest_s = NAN;
    for (size_t i = 0; i < outcome->plain_count; i++) {
        longest_s = fmax(longest_s, outcome->plain[i].completion_s); /* NaN only where both are */
    }
    return longest_s;
}

static double transfer_goodput(const struct ess_world_outcome *outcome) {
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < outcome->plain_count; i++) {
        if (!isnan(outcome->plain[i].goodput_bytes_per_s)) {
            sum += outcome->plain[i].goodput_bytes_per_s;
            count++;
        }
    }
    return count > 0 ? sum / (double)count : NAN;
}

/* Jain, Chiu, Hawe 1984: (sum x)^2 / (n sum x^2). */
static double transfer_fairness(const struct ess_world_outcome *outcome) {
    double sum = 0, squares = 0;
    size_t count = 0;
    for (size_t i = 0; i < outcome->plain_count; i++) {
        double goodput = outcome->plain[i].goodput_bytes_per_s;
        if (!isnan(goodput)) {
            sum += goodput;
            squares += goodput * goodput;
            count++;
        }
    }
    return count > 1 && squares > 0 ? sum * sum / ((double)count * squares) : NAN;
}

static double transfer_bytes(const struct ess_world_outcome *outcome) {
    double sum = 0;
    for (size_t i = 0; i < outcome->plain_count; i++) {
        sum += outcome->plain[i].delivered_bytes;
    }
    return sum;
}

static double transfers_done(const struct ess_world_outcome *outcome) {
    size_t count = 0;
    for (size_t i = 0; i < outcome->plain_count; i++) {
        count += outcome->plain[i].state == ESS_WORLD_TRANSFER_DONE ||
                 outcome->plain[i].state == ESS_WORLD_TRANSFER_STOPPED;
    }
    return (double)count;
}

static double transfers_failed(const struct ess_world_outcome *outcome) {
    size_t count = 0;
    for (size_t i = 0; i < outcome->plain_count; i++) {
        count += outcome->plain[i].state >= ESS_WORLD_TRANSFER_REFUSED;
    }
    return (double)count;
}

#define TRAINING ESS_SERVICE_BIT(ESS_SERVICE_TRAINING)
#define COLLECTIVES ESS_SERVICE_BIT(ESS_SERVICE_COLLECTIVES)
#define JOB (TRAINING | COLLECTIVES)
#define TRANSFERS ESS_SERVICE_BIT(ESS_SERVICE_TRANSFERS)

const struct ess_metric ess_metrics[] = {
    {"collective_time", "s", ESS_BETTER_LOWER, COLLECTIVES, "time",
        "mean over the committed repeats, each from its begin at the first machine to its end at "
        "the last",
        collective_time},
    {"time_over_bound", "1", ESS_BETTER_LOWER, COLLECTIVES, "over bound",
        "of repeats with all machines and without a loss: their time over the least that any "
        "schedule could take on these links",
        time_over_bound},
    {"step_time", "s", ESS_BETTER_LOWER, JOB, "time/step",
        "from the first step's begin to the last commit, divided by the committed steps",
        step_time},
    {"steps_per_hour", "1/h", ESS_BETTER_HIGHER, JOB, "steps/h",
        "committed steps over the time from the first step's begin to the end", steps_per_hour},
    {"computing_share", "1", ESS_BETTER_NEUTRAL, TRAINING, "computing",
        "of the workers' time while up: own work runs", computing_share},
    {"communicating_share", "1", ESS_BETTER_NEUTRAL, TRAINING, "communic.",
        "an all-reduce is in flight and nothing is computed", communicating_share},
    {"waiting_share", "1", ESS_BETTER_NEUTRAL, TRAINING, "waiting",
        "neither: barrier, joining, after a loss", waiting_share},
    {"lost_share", "1", ESS_BETTER_LOWER, TRAINING, "lost", "work that was given up", lost_share},
    {"wan_bytes", "B", ESS_BETTER_LOWER, JOB, "WAN/step",
        "bytes that crossed between sites, a committed step", wan_bytes},
    {"energy", "J", ESS_BETTER_LOWER, TRAINING, "energy/step",
        "of all workers' machines while up, a committed step", energy},
    {"deaths_survived", "count", ESS_BETTER_NEUTRAL, JOB, "survived",
        "members declared lost before the last commit: the job went on", deaths_survived},
    {"deaths", "count", ESS_BETTER_NEUTRAL, JOB, "deaths", "machines that went down with a worker",
        deaths},
    {"deaths_in_collective", "count", ESS_BETTER_NEUTRAL, JOB, "in coll.",
        "of these, with an all-reduce in flight", deaths_in_collective},
    {"steps", "count", ESS_BETTER_NEUTRAL, JOB, NULL, "committed", steps},
    {"transfer_time", "s", ESS_BETTER_LOWER, TRANSFERS, "time",
        "mean completion time of the transfers that were done, each from its start to its last "
        "byte's arrival",
        transfer_time},
    {"transfer_time_longest", "s", ESS_BETTER_LOWER, TRANSFERS, "longest", "of these, the longest",
        transfer_time_longest},
    {"transfer_goodput", "B/s", ESS_BETTER_HIGHER, TRANSFERS, "goodput",
        "mean of the transfers' own: bytes over completion time; of bulk ones what arrived while "
        "they were measured, over that time",
        transfer_goodput},
    {"transfer_fairness", "1", ESS_BETTER_HIGHER, TRANSFERS, "fairness",
        "Jain's index of these goodputs: 1 where all are equal, 1/n where one has everything",
        transfer_fairness},
    {"transfer_bytes", "B", ESS_BETTER_NEUTRAL, TRANSFERS, "delivered",
        "by all transfers, whether done or not", transfer_bytes},
    {"transfers_done", "count", ESS_BETTER_NEUTRAL, TRANSFERS, "done",
        "transfers that were done, or stopped as they should", transfers_done},
    {"transfers_failed", "count", ESS_BETTER_LOWER, TRANSFERS, "failed",
        "refused, reset or timed out", transfers_failed},
    {NULL, NULL, ESS_BETTER_NEUTRAL, 0, NULL, NULL, NULL},
};

enum { METRICS = sizeof ess_metrics / sizeof *ess_metrics };

const char *const *ess_metric_names(void) {
    static const char *const names[METRICS] = {"collective_time", "time_over_bound", "step_time",
        "steps_per_hour", "computing_share", "communicating_share", "waiting_share", "lost_share",
        "wan_bytes", "energy", "deaths_survived", "deaths", "deaths_in_collective", "steps",
        "transfer_time", "transfer_time_longest", "transfer_goodput", "transfer_fairness",
        "transfer_bytes", "transfers_done", "transfers_failed", NULL};
    return names;
}

bool ess_metric_applies(const struct ess_metric *metric, const struct ess_scenario *scenario) {
    const struct ess_scenario_training *job = scenario->training;
    unsigned services = scenario->transfer_count > 0 ? TRANSFERS : 0;
    if (job != NULL) {
        services |= job->collectives != NULL ? COLLECTIVES : TRAINING;
    }
    return (metric->services & services) != 0;
}
