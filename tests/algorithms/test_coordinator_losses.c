/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom the coordinator declares lost, and when: the very instant that the detector says, however
 * many come and go; and it is not woken more often than there is something to hear or to lose. */
#include "base/random.h"
#include "ess_test.h"
#include "peer/coordinator.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

struct settings {
    int64_t period_ns, timeout_ns, reset_grace_ns;
};

static int64_t period_ns(const void *settings) {
    return ((const struct settings *)settings)->period_ns;
}

static int64_t lost_at_ns(const void *settings, const struct ess_watch *watch) {
    const struct settings *s = settings;
    int64_t silent_ns = watch->heard_ns + s->timeout_ns;
    if (watch->reset_ns == ESS_TIME_NEVER || watch->reset_ns + s->reset_grace_ns > silent_ns) {
        return silent_ns;
    }
    return watch->reset_ns + s->reset_grace_ns;
}

static const struct ess_detector_type detector = {
    .name = "test", .period_ns = period_ns, .lost_at_ns = lost_at_ns};

enum { PEERS_MAX = 400 };

/* The coordinator, kept waiting for more founders than there are, and what should be known of each
 * peer. */
struct trial {
    struct ess_random random;
    struct settings settings;
    struct ess_policies policies;
    struct ess_job job;
    struct ess_peer_config config;
    struct ess_coordinator *coordinator;
    struct ess_actions *actions;
    int64_t now_ns;
    bool present[PEERS_MAX];
    uint32_t incarnation[PEERS_MAX];
    struct ess_watch watch[PEERS_MAX];
    int64_t next_beat_ns[PEERS_MAX];
    uint64_t messages, deadlines, losses;
};

static void step(struct trial *trial, struct ess_event event) {
    enum ess_step_result result = ESS_MORE;
    event.now_ns = trial->now_ns;
    while (result == ESS_MORE) {
        trial->actions->count = 0;
        result = ess_coordinator_step(trial->coordinator, &event, trial->actions);
        event = (struct ess_event){.kind = ESS_EVENT_CONTINUE, .now_ns = trial->now_ns};
    }
}

static void say(struct trial *trial, uint32_t peer, enum ess_control_kind kind) {
    static struct ess_actions message;
    const struct ess_control control = {.kind = kind, .incarnation = trial->incarnation[peer]};
    message.count = 0;
    ess_control_add(&message, 0, &control);
    step(trial, (struct ess_event){
                    .kind = ESS_EVENT_MESSAGE,
                    .peer = peer,
                    .bytes = message.items[0].message.bytes,
                    .size = message.items[0].message.size_bytes,
                });
    ess_watch_heard(&trial->watch[peer], trial->now_ns);
    trial->next_beat_ns[peer] = trial->now_ns + trial->settings.period_ns;
    trial->messages++;
}

static void check(struct trial *trial) {
    int64_t first_ns = INT64_MAX;
    for (uint32_t peer = 1; peer < trial->config.peer_capacity; peer++) {
        int64_t lost_ns = lost_at_ns(&trial->settings, &trial->watch[peer]);
        bool held = trial->coordinator->candidates[peer].standing != ESS_ABSENT;
        if (trial->present[peer] && lost_ns <= trial->now_ns) {
            trial->present[peer] = false;
            trial->losses++;
        }
        ESS_CHECK(held == trial->present[peer], "peer %u at %lld ns: %s", peer,
            (long long)trial->now_ns, held ? "still held" : "lost");
        if (trial->present[peer] && lost_ns < first_ns) {
            first_ns = lost_ns;
        }
    }
    int64_t next_ns = ess_coordinator_next_deadline(trial->coordinator);
    ESS_CHECK(next_ns <= first_ns && next_ns > trial->now_ns, "deadline %lld, loss %lld",
        (long long)next_ns, (long long)first_ns);
}

/* Up to `until_ns`, with the deadlines on the way. */
static void pass_time(struct trial *trial, int64_t until_ns) {
    for (;;) {
        int64_t next_ns = ess_coordinator_next_deadline(trial->coordinator);
        if (next_ns > until_ns) {
            break;
        }
        trial->now_ns = next_ns > trial->now_ns ? next_ns : trial->now_ns;
        do {
            step(trial, (struct ess_event){.kind = ESS_EVENT_DEADLINE});
            trial->deadlines++;
        } while (ess_coordinator_next_deadline(trial->coordinator) <= trial->now_ns);
        check(trial);
    }
    trial->now_ns = until_ns;
}

static void join(struct trial *trial, uint32_t peer) {
    trial->incarnation[peer]++;
    trial->present[peer] = true;
    say(trial, peer, ESS_CONTROL_JOIN);
}

/* One peer does what it might; those that are up beat when they must. */
static void act(struct trial *trial, uint32_t peer, uint64_t dice) {
    if (!trial->present[peer]) { /* NOLINT(bugprone-branch-clone): it also joins anew, below */
        join(trial, peer);
    } else if (dice < 10) {
        say(trial, peer, ESS_CONTROL_LEAVE);
        trial->present[peer] = false;
    } else if (dice < 40) {
        step(trial, (struct ess_event){.kind = ESS_EVENT_RESET, .peer = peer});
        ess_watch_reset(&trial->watch[peer], trial->now_ns);
        trial->next_beat_ns[peer] = dice < 25 ? INT64_MAX : trial->now_ns + SECOND / 2;
    } else if (dice < 45) {
        trial->next_beat_ns[peer] = INT64_MAX; /* silent from now on */
    } else if (dice < 50) {
        join(trial, peer); /* a new life, the old one not having been missed */
    } else if (trial->next_beat_ns[peer] != INT64_MAX) {
        say(trial, peer, ESS_CONTROL_HEARTBEAT);
    }
}

static void beat(struct trial *trial) {
    for (uint32_t peer = 1; peer < trial->config.peer_capacity; peer++) {
        if (trial->present[peer] && trial->next_beat_ns[peer] <= trial->now_ns) {
            say(trial, peer, ESS_CONTROL_HEARTBEAT);
        }
    }
}

static void begin(struct trial *trial, uint32_t peers, struct settings settings) {
    memset(trial, 0, sizeof *trial);
    trial->settings = settings;
    trial->policies.detector = &detector;
    trial->policies.detector_settings = &trial->settings;
    trial->policies.peer.suspicion_limit_ns = SECOND;
    trial->job.founders = UINT32_MAX;
    trial->job.minimum_workers = UINT32_MAX;
    trial->job.formation_ns = SECOND;
    trial->config = (struct ess_peer_config){
        .peer_capacity = peers, .job = &trial->job, .policies = &trial->policies, .incarnation = 1};
    trial->actions = calloc(1, sizeof *trial->actions);
    trial->coordinator =
        ess_coordinator_init(calloc(1, ess_coordinator_bytes(&trial->config)), &trial->config);
    ess_random_init(&trial->random, peers, 0, "losses");
}

static void end(struct trial *trial) {
    free(trial->coordinator);
    free(trial->actions);
}

static void losses_come_when_the_detector_says(void) {
    static const struct settings cases[] = {
        {2 * SECOND, 10 * SECOND, 2 * SECOND},
        {2 * SECOND, 3 * SECOND, SECOND / 10},
        {3600 * SECOND, 43200 * SECOND, 2 * SECOND},
        {2 * SECOND, 10 * SECOND, 20 * SECOND},
    };
    static const uint32_t sizes[] = {2, 17, 150};
    static struct trial trial;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            begin(&trial, sizes[j], cases[i]);
            for (int round = 0; round < 4000; round++) {
                int64_t most_ns = 8 * cases[i].period_ns / sizes[j];
                uint32_t peer = 1 + (uint32_t)ess_random_below(&trial.random, sizes[j] - 1);
                pass_time(&trial,
                    trial.now_ns + 1 + (int64_t)ess_random_below(&trial.random, (uint64_t)most_ns));
                beat(&trial);
                act(&trial, peer, ess_random_below(&trial.random, 100));
                check(&trial);
            }
            ess_test_note("case %zu, %u peers: %llu messages, %llu losses, %llu deadlines", i,
                sizes[j], (unsigned long long)trial.messages, (unsigned long long)trial.losses,
                (unsigned long long)trial.deadlines);
            CU_ASSERT(trial.losses > 100);
            end(&trial);
        }
    }
}

/* All are well: the coordinator looks through them once in about the time-out, not once for each.
 */
static void the_well_cost_few_deadlines(void) {
    static struct trial trial;
    begin(&trial, PEERS_MAX, (struct settings){2 * SECOND, 10 * SECOND, 2 * SECOND});
    for (uint32_t peer = 1; peer < PEERS_MAX; peer++) {
        pass_time(&trial, trial.now_ns + SECOND / 300);
        join(&trial, peer);
    }
    while (trial.now_ns < 1000 * SECOND) {
        pass_time(&trial, trial.now_ns + SECOND / 100);
        beat(&trial);
    }
    CU_ASSERT(trial.deadlines <= 1000 / 7);
    CU_ASSERT_EQUAL(trial.losses, 0);
    ess_test_note("%llu messages, %llu deadlines", (unsigned long long)trial.messages,
        (unsigned long long)trial.deadlines);
    end(&trial);
}

/* All fall silent at once: all are lost at their own times, and more than fit one call at once. */
static void all_at_once(void) {
    static struct trial trial;
    begin(&trial, PEERS_MAX, (struct settings){2 * SECOND, 10 * SECOND, 2 * SECOND});
    for (uint32_t peer = 1; peer < PEERS_MAX; peer++) {
        pass_time(&trial, trial.now_ns + (peer < 200 ? 0 : SECOND / 300));
        join(&trial, peer);
    }
    pass_time(&trial, 100 * SECOND);
    CU_ASSERT_EQUAL(trial.losses, PEERS_MAX - 1);
    end(&trial);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"losses come when the detector says", losses_come_when_the_detector_says},
        {"the well cost few deadlines", the_well_cost_few_deadlines},
        {"all at once", all_at_once},
        {NULL, NULL},
    };
    return ess_test_main("coordinator losses", tests);
}
