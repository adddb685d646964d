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
        ESS_FAULT_RESET,   /* the connection between `peer` and `other` breaks once */
        ESS_FAULT_STOP     /* the owner asks the peer to leave */
    } kind;
    uint32_t peer, other;
    uint64_t
        after_events; /* of `peer`: takes place right after that many events were handed to it */
    int64_t at_ns;    /* used where after_events is 0 */
    int64_t for_ns;
    int64_t restart_ns; /* crash: a new life begins after this; 0: never */
};

#define ESS_TEST_FAULTS_MAX 64

/* A breach of the contract by the host, on purpose: the monitor must see each. */
enum ess_breach {
    ESS_BREACH_NONE,
    ESS_BREACH_END_TWICE,       /* a transfer's end is handed over twice */
    ESS_BREACH_END_MISSING,     /* a computation's end is never handed over */
    ESS_BREACH_AFTER_DONE,      /* an event after the done action */
    ESS_BREACH_DEADLINE_EARLY,  /* a deadline before its time */
    ESS_BREACH_VIEW_BACKWARDS,  /* a view of a lower epoch than the one before */
    ESS_BREACH_CLOCK_BACKWARDS, /* a message with a lower time than the event before */
    ESS_BREACH_CANCEL_FINISHED, /* a cancelled transfer that ends as finished */
    ESS_BREACH_COUNT
};

struct ess_test_world {
    uint64_t seed;
    uint32_t workers, sites;
    uint32_t buckets, elements;
    uint64_t steps;
    bool rejoin;
    uint32_t minimum_workers; /* 0: 1 */
    uint32_t late_workers;    /* the last so many start at late_start_ns, and are no founders */
    int64_t late_start_ns;
    uint32_t stripes;      /* 0: 4 where the elements divide by it, else 1 */
    uint32_t window;       /* 0: 2 to 8, by the seed */
    uint32_t operations;   /* 0: 2 */
    int64_t segment_bytes; /* 0: vectors are not cut */
    int64_t open_rounds;   /* of all operations; 0: as many as their windows */
    enum ess_breach breach;
    const char *plan, *recovery;
    const char *selection; /* with its default settings; NULL: `plan` does every operation */
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
