/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_HOST_PARTS_H
#define ESS_TEST_HOST_PARTS_H

/* The parts of the test host, each in its own file; only test_host*.c include this. */

#include "base/random.h"
#include "plan_teams.h"
#include "sim/engine/local_clock.h"
#include "test_host.h"

#define ESS_HOST_PEERS_MAX (1 + ESS_TEST_WORKERS_MAX)
#define ESS_HOST_MS INT64_C(1000000)

enum ess_host_item_kind {
    ESS_ITEM_START,
    ESS_ITEM_MESSAGE,
    ESS_ITEM_VIEW,
    ESS_ITEM_TRANSFER, /* both posted: takes place */
    ESS_ITEM_END,      /* the end of a post reaches its peer */
    ESS_ITEM_WORK,
    ESS_ITEM_DEADLINE,
    ESS_ITEM_RESET,
    ESS_ITEM_STOP,
    ESS_ITEM_FAULT,
    ESS_ITEM_HEAL
};

/* Something that will happen. Small copies, so that nothing points into freed peers. */
struct ess_host_item {
    int64_t at_ns;
    uint64_t order;
    enum ess_host_item_kind kind;
    uint32_t peer, from;
    uint32_t life; /* of `peer` when it was made: later lives must not get it */
    uint32_t from_life;
    uint32_t channel; /* generation of the connection it travels on */
    uint64_t number;  /* token, fault index, deadline generation, post */
    struct ess_message message;
    const struct ess_view *view;
};

struct ess_host_post {
    bool open, matched;
    bool ending; /* its end is on the way to the peer, and is still changed by a cancellation */
    enum ess_failure reason;
    uint32_t peer, other;
    bool receive, arithmetic, compute;
    uint64_t token;
    struct ess_transfer transfer;
    struct ess_work work;
    struct ess_arithmetic sum;
    uint64_t fingerprint; /* of the sender's bytes when matched */
};

struct ess_host_peer {
    bool alive, done, silent;
    uint32_t life;
    int64_t resumes_ns; /* paused until then */
    struct ess_peer_config config;
    void *state;
    struct ess_local_clock clock;
    uint64_t deadline_generation;
    float *regions[ESS_REGION_COUNT];
    bool connected[ESS_HOST_PEERS_MAX];
};

struct ess_host {
    const struct ess_test_world *world;
    struct ess_test_outcome *outcome;
    struct ess_random random;
    int64_t now_ns;
    uint64_t order;
    struct ess_host_item *heap;
    size_t heap_count, heap_capacity;
    struct ess_host_peer peers[ESS_HOST_PEERS_MAX];
    uint32_t peer_count;
    struct ess_job job;
    struct ess_policies policies;
    struct ess_plan_defaults plan_settings;
    struct ess_plan_defaults selection_settings;
    struct ess_chooser chooser;
    struct ess_host_post *posts;
    size_t post_count, post_capacity;
    const struct ess_view **views; /* by epoch */
    uint32_t view_capacity;
    /* By sender and receiver: when the last of what is on its way arrives, which keeps order. */
    int64_t channel_free_ns[ESS_HOST_PEERS_MAX][ESS_HOST_PEERS_MAX];
    uint32_t channel[ESS_HOST_PEERS_MAX][ESS_HOST_PEERS_MAX];
    int64_t cut_until_ns[ESS_HOST_PEERS_MAX][ESS_HOST_PEERS_MAX];
    bool anything_committed;
    float *reference; /* the parameters as the commits say */
    uint64_t reference_step[ESS_BUCKETS_MAX];
    struct ess_monitor *monitor;
    struct ess_actions actions;
};

/* test_host.c */
/* The first violation counts. */
void __attribute__((format(printf, 2, 3)))
ess_host_violate(struct ess_host *host, const char *format, ...);
/* One event, and the `continue` that follow from it: step the peer, carry out what it wants. */
void ess_host_hand_over(struct ess_host *host, uint32_t id, struct ess_event event);

/* test_host_order.c */
/* Let it happen at item.at_ns, after all that is already due at that instant. */
void ess_host_push(struct ess_host *host, struct ess_host_item item);
/* Put off; among things of one instant it keeps its place. */
void ess_host_put_off(struct ess_host *host, const struct ess_host_item *item, int64_t at_ns);
/* Take the first thing out. */
struct ess_host_item ess_host_pop(struct ess_host *host);
/* Mostly short, sometimes long: what makes deliveries overtake each other. */
int64_t ess_host_random_delay(struct ess_host *host);

/* test_host_connections.c */
bool ess_host_is_cut(const struct ess_host *host, uint32_t a, uint32_t b);
/* When something sent now arrives: in order, and after a cut has healed (TCP repeats). */
int64_t ess_host_arrival(struct ess_host *host, uint32_t from, uint32_t to);
/* What is on its way is lost, the posts between the two fail, and both are told. */
void ess_host_break_connection(struct ess_host *host, uint32_t a, uint32_t b);
/* ESS_ITEM_HEAL: the transport has waited long enough for a cut to heal. */
void ess_host_give_up(struct ess_host *host, const struct ess_host_item *item);

/* test_host_values.c */
/* What a peer contributes: small whole numbers, so that float sums are exact in any order. */
float ess_host_contribution(uint32_t peer, uint64_t step, uint64_t element);
float *ess_host_bytes(struct ess_host_peer *peer, const struct ess_span *span);
uint64_t ess_host_fingerprint(const float *values, uint64_t size_bytes);
/* Hold a committed result against the sum over the set reported for it. */
void ess_host_check_committed(
    struct ess_host *host, uint32_t peer_id, const struct ess_report *report);
/* All who completed the job hold the parameters that the commits say, to the bit. */
void ess_host_judge_end(struct ess_host *host);

/* test_host_exchange.c */
/* The post in slot `index` ends at `at_ns`; a later call before that changes the reason. */
void ess_host_end_post(struct ess_host *host, size_t index, enum ess_failure reason, int64_t at_ns);
void ess_host_post_transfer(struct ess_host *host, uint32_t id, const struct ess_action *action);
void ess_host_post_work(struct ess_host *host, uint32_t id, const struct ess_action *action);
void ess_host_cancel_posts(struct ess_host *host, uint32_t id, uint32_t epoch);
/* Of a peer that is no more. */
void ess_host_drop_posts(struct ess_host *host, uint32_t id);
/* ESS_ITEM_END, ESS_ITEM_TRANSFER, ESS_ITEM_WORK: close the post and do what it asked for. */
enum ess_failure ess_host_take_end(struct ess_host *host, const struct ess_host_item *item);
void ess_host_transfer(struct ess_host *host, const struct ess_host_item *item);
void ess_host_work(struct ess_host *host, const struct ess_host_item *item);

/* test_host_faults.c */
void ess_host_end_life(struct ess_host *host, uint32_t id);
/* Faults take place. */
void ess_host_strike(struct ess_host *host, const struct ess_fault *fault);
void ess_host_strike_after_event(struct ess_host *host, uint32_t id);

#endif
