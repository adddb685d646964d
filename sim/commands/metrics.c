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

const struct ess_metric ess_metrics[] = {
    {"step_time", "s", ESS_BETTER_LOWER, "time/step",
        "from the first step's begin to the last commit, divided by the committed steps",
        step_time},
    {"steps_per_hour", "1/h", ESS_BETTER_HIGHER, "steps/h",
        "committed steps over the time from the first step's begin to the end", steps_per_hour},
    {"computing_share", "1", ESS_BETTER_NEUTRAL, "computing",
        "of the workers' time while up: own work runs", computing_share},
    {"communicating_share", "1", ESS_BETTER_NEUTRAL, "communic.",
        "an all-reduce is in flight and nothing is computed", communicating_share},
    {"waiting_share", "1", ESS_BETTER_NEUTRAL, "waiting", "neither: barrier, joining, after a loss",
        waiting_share},
    {"lost_share", "1", ESS_BETTER_LOWER, "lost", "work that was given up", lost_share},
    {"wan_bytes", "B", ESS_BETTER_LOWER, "WAN/step",
        "bytes that crossed between sites, a committed step", wan_bytes},
    {"energy", "J", ESS_BETTER_LOWER, "energy/step",
        "of all workers' machines while up, a committed step", energy},
    {"deaths_survived", "count", ESS_BETTER_NEUTRAL, "survived",
        "members declared lost before the last commit: the job went on", deaths_survived},
    {"deaths", "count", ESS_BETTER_NEUTRAL, "deaths", "machines that went down with a worker",
        deaths},
    {"deaths_in_collective", "count", ESS_BETTER_NEUTRAL, "in coll.",
        "of these, with an all-reduce in flight", deaths_in_collective},
    {"steps", "count", ESS_BETTER_NEUTRAL, NULL, "committed", steps},
    {NULL, NULL, ESS_BETTER_NEUTRAL, NULL, NULL, NULL},
};

enum { METRICS = sizeof ess_metrics / sizeof *ess_metrics };

const char *const *ess_metric_names(void) {
    static const char *const names[METRICS] = {"step_time", "steps_per_hour", "computing_share",
        "communicating_share", "waiting_share", "lost_share", "wan_bytes", "energy",
        "deaths_survived", "deaths", "deaths_in_collective", "steps", NULL};
    return names;
}
