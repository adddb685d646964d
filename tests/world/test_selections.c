/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Selection as a policy of a run: a run under a selection is, transfer for transfer and nanosecond
 * for nanosecond, the run of the plan that it chooses. */
#include "world_case.h"

/* What plans differ in. */
struct sight {
    uint64_t transfers;
    double last_commit_s;
};

static struct sight run_of(
    const char *plan, const char *selection, int hosts, int64_t parameters, int buckets) {
    struct world_case c = {.hosts = {hosts},
        .collective = plan,
        .selection = selection,
        .parameters = parameters,
        .buckets = buckets,
        .steps = 3};
    struct ess_world_outcome outcome;
    struct sight sight;
    run_world(&c, 0, NULL, NULL, &outcome);
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
    CU_ASSERT_EQUAL(outcome.steps, 3);
    sight = (struct sight){outcome.transfers, outcome.last_commit_s};
    ess_world_outcome_fini(&outcome);
    return sight;
}

/* `selection` on vectors of so many elements (of 2 bytes) chooses `plan`, whatever is configured.
 */
static void chooses(const char *selection, int hosts, int64_t parameters, const char *plan) {
    const char *configured = strcmp(plan, "binomial") == 0 ? "ring" : "binomial";
    struct sight chosen = run_of(configured, selection, hosts, parameters, 2);
    struct sight wanted = run_of(plan, NULL, hosts, parameters, 2);
    struct sight other = run_of(configured, NULL, hosts, parameters, 2);
    ESS_CHECK(chosen.transfers == wanted.transfers && chosen.last_commit_s == wanted.last_commit_s,
        "%s, %d hosts, %" PRId64 " elements: %" PRIu64 " transfers, %.9f s; %s %" PRIu64 ", %.9f s",
        selection, hosts, parameters, chosen.transfers, chosen.last_commit_s, plan,
        wanted.transfers, wanted.last_commit_s);
    CU_ASSERT(chosen.transfers != other.transfers || chosen.last_commit_s != other.last_commit_s);
    ess_test_note("%s, %d hosts, 2 x %" PRId64 " B: %s, %" PRIu64 " transfers", selection, hosts,
        parameters, plan, chosen.transfers);
}

/* Its table has recursive doubling for short vectors, Rabenseifner or a ring for longer ones. */
static void open_mpi(void) {
    chooses("\"open_mpi\"", 8, 2000, "recursive_doubling");
    chooses("\"open_mpi\"", 8, 100000, "rabenseifner");
    chooses("\"open_mpi\"", 6, 4, "ring");
    chooses("\"open_mpi\"", 3, 100000, "ring");
}

static void mpich(void) {
    chooses("\"mpich\"", 8, 4, "recursive_doubling");
    chooses("\"mpich\"", 8, 100000, "halving_doubling");
    chooses("\"mpich\"", 6, 100000, "halving_doubling");
}

/* What the settings say of the network decides: with long delays few turns, with short ones few
 * bytes. */
static void cost_model(void) {
    const char *far = "{\"name\":\"cost_model\",\"delay\":\"1 s\",\"rate\":\"10 Gbit/s\"}";
    const char *near = "{\"name\":\"cost_model\",\"delay\":\"0 s\",\"rate\":\"10 kbit/s\","
                       "\"segment\":\"16 KiB\"}";
    struct sight shared = run_of("ring", far, 8, 100000, 2);
    chooses(far, 2, 100000, "recursive_doubling");
    /* Its shares are equal where it is chosen, by rate where it is configured. */
    CU_ASSERT_EQUAL(shared.transfers, run_of("butterfly", NULL, 8, 100000, 2).transfers);
    chooses(near, 7, 700000, "chain");
}

static void fixed(void) {
    struct sight said = run_of("ring", "\"fixed\"", 4, 100000, 2);
    struct sight unsaid = run_of("ring", NULL, 4, 100000, 2);
    CU_ASSERT_EQUAL(said.transfers, unsaid.transfers);
    CU_ASSERT_EQUAL(said.last_commit_s, unsaid.last_commit_s);
}

/* Plans that need another number of streams than the configured one. */
static void streams(void) {
    struct sight sight = run_of("packed_trees", "\"open_mpi\"", 6, 100000, 6);
    CU_ASSERT(sight.transfers > 0);
    sight = run_of("double_tree", "\"mpich\"", 6, 100000, 6);
    CU_ASSERT(sight.transfers > 0);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"fixed is what there was", fixed},
        {"Open MPI's table switches with the size", open_mpi},
        {"MPICH's rules switch with the size", mpich},
        {"the cost model goes by its delay and rate", cost_model},
        {"plans of several streams configured", streams},
        {NULL, NULL},
    };
    return ess_test_main("selections in a world", tests);
}
