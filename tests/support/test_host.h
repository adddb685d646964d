/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_HOST_H
#define ESS_TEST_HOST_H

/* The test host: peers in one process, real bytes (float32), an order of deliveries that a seed
 * picks, and clocks with an offset and drift of their own. Every run is under the monitor, and
 * every committed value is compared with the sum over exactly the contributor set that was reported
 * for it.
 *
 * Peer 0 is the coordinator, 1 .. workers are workers. */

#include "monitor.h"
#include "peer/peer.h"

struct ess_fault {
    enum ess_fault_kind {
        ESS_FAULT_NONE,
        ESS_FAULT_CRASH,   /* the process dies; its connections are reset */
        ESS_FAULT_SILENCE, /* no packet in or out any more, and no reset */
        ESS_FAULT_PAUSE,   /* nothing is handed to it for `for_ns`, then it goes on */
        ESS_FAULT_CUT,     /* no packet between `peer` and `other` for `for_ns` */
        ESS_FAULT_RESET    /* the connection between `peer` and `other` breaks once */
    } kind;
    uint32_t peer, other;
    uint64_t
        after_events; /* of `peer`: takes place right after that many events were handed to it */
    int64_t at_ns;    /* used where after_events is 0 */
    int64_t for_ns;
    int64_t restart_ns; /* crash: a new life begins after this; 0: never */
};

#define ESS_TEST_FAULTS_MAX 16

struct ess_test_world {
    uint64_t seed;
    uint32_t workers, sites;
    uint32_t buckets, elements;
    uint64_t steps;
    bool rejoin;
    const char *plan, *recovery;
    /* A descriptor of the test's own in place of the named one, or NULL. */
    const struct ess_plan_type *own_plan;
    const struct ess_recovery_type *own_recovery;
    int64_t transport_timeout_ns; /* a connection that carries nothing for so long breaks */
    int64_t time_limit_ns;
    struct ess_fault faults[ESS_TEST_FAULTS_MAX];
    uint32_t fault_count;
    bool trace; /* print every event and report */
};

#define ESS_TEST_WORKERS_MAX 64

struct ess_test_outcome {
    const char *violation; /* of the contract or of a value; NULL: none. Valid until the next run */
    bool stuck;            /* the time limit was reached with a live peer not done */
    bool ended[1 + ESS_TEST_WORKERS_MAX]; /* done or dead */
    bool dead[1 + ESS_TEST_WORKERS_MAX];
    enum ess_status status[1 + ESS_TEST_WORKERS_MAX]; /* of those done */
    uint64_t events[1 + ESS_TEST_WORKERS_MAX];
    uint64_t committed[1 + ESS_TEST_WORKERS_MAX]; /* last step known to be committed */
    uint64_t values_checked;                      /* elements compared */
    uint64_t losses;                              /* members that the coordinator declared lost */
    struct ess_monitor_counts counts;
};

/* A small world with short times: heartbeats 100 ms, time-out 1 s. */
struct ess_test_world ess_test_world_default(void);

/* Run to the end. */
void ess_test_world_run(const struct ess_test_world *world, struct ess_test_outcome *outcome);

#endif
