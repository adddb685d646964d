/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_host.h"

#include "base/random.h"
#include "sim/engine/local_clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_MAX (1 + ESS_TEST_WORKERS_MAX)
#define MS INT64_C(1000000)

enum item_kind {
    ITEM_START,
    ITEM_MESSAGE,
    ITEM_VIEW,
    ITEM_TRANSFER, /* both posted: takes place */
    ITEM_END,      /* the end of a post reaches its peer */
    ITEM_WORK,
    ITEM_DEADLINE,
    ITEM_RESET,
    ITEM_FAULT,
    ITEM_HEAL
};

/* Something that will happen. Small copies, so that nothing points into freed peers. */
struct item {
    int64_t at_ns;
    uint64_t order;
    enum item_kind kind;
    uint32_t peer, from;
    uint32_t life; /* of `peer` when it was made: later lives must not get it */
    uint32_t from_life;
    uint32_t channel; /* generation of the connection it travels on */
    uint64_t number;  /* token, fault index, deadline generation, post */
    struct ess_message message;
    const struct ess_view *view;
};

struct post {
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

struct peer {
    bool alive, done, silent;
    uint32_t life;
    int64_t resumes_ns; /* paused until then */
    struct ess_peer_config config;
    void *state;
    struct ess_local_clock clock;
    uint64_t deadline_generation;
    float *regions[3];
    bool connected[PEERS_MAX];
};

struct host {
    const struct ess_test_world *world;
    struct ess_test_outcome *outcome;
    struct ess_random random;
    int64_t now_ns;
    uint64_t order;
    struct item *heap;
    size_t heap_count, heap_capacity;
    struct peer peers[PEERS_MAX];
    uint32_t peer_count;
    struct ess_job job;
    struct ess_policies policies;
    struct post *posts;
    size_t post_count, post_capacity;
    const struct ess_view **views; /* by epoch */
    uint32_t view_capacity;
    int64_t channel_free_ns[PEERS_MAX][PEERS_MAX]; /* keeps each direction in order */
    uint32_t channel[PEERS_MAX][PEERS_MAX];
    int64_t cut_until_ns[PEERS_MAX][PEERS_MAX];
    bool anything_committed;
    float *reference; /* the parameters as the commits say */
    uint64_t reference_step[ESS_BUCKETS_MAX];
    struct ess_monitor *monitor;
    struct ess_actions actions;
};

static char violation_text[512];

static void __attribute__((format(printf, 2, 3)))
violate(struct host *host, const char *format, ...) {
    va_list arguments;
    if (host->outcome->violation) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(violation_text, sizeof violation_text, format, arguments);
    va_end(arguments);
    host->outcome->violation = violation_text;
}

/* ---- the order of things ----------------------------------------------------------------------
 */

static bool before(const struct item *a, const struct item *b) {
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void push_in_order(struct host *host, struct item item) {
    size_t i = host->heap_count++;
    if (host->heap_count > host->heap_capacity) {
        host->heap_capacity = 2 * host->heap_capacity + 64;
        host->heap = realloc(host->heap, host->heap_capacity * sizeof *host->heap);
    }
    while (i > 0 && before(&item, &host->heap[(i - 1) / 2])) {
        host->heap[i] = host->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    host->heap[i] = item;
}

static void push(struct host *host, struct item item) {
    item.order = host->order++;
    push_in_order(host, item);
}

/* Put off; among things of one instant it keeps its place. */
static void put_off(struct host *host, const struct item *item, int64_t at_ns) {
    struct item later = *item;
    later.at_ns = at_ns;
    push_in_order(host, later);
}

static struct item pop(struct host *host) {
    struct item top = host->heap[0];
    struct item last = host->heap[--host->heap_count];
    size_t i = 0;
    for (size_t child = 1; child < host->heap_count; child = 2 * i + 1) {
        child += child + 1 < host->heap_count && before(&host->heap[child + 1], &host->heap[child]);
        if (before(&last, &host->heap[child])) {
            break;
        }
        host->heap[i] = host->heap[child];
        i = child;
    }
    host->heap[i] = last;
    return top;
}

/* Mostly short, sometimes long: what makes deliveries overtake each other. */
static int64_t random_delay(struct host *host) {
    uint64_t draw = ess_random_below(&host->random, 100);
    int64_t limit = draw < 80 ? 2 * MS : draw < 97 ? 10 * MS : 60 * MS;
    return 1 + (int64_t)ess_random_below(&host->random, (uint64_t)limit);
}

/* ---- clocks -----------------------------------------------------------------------------------
 */

static int64_t local_time(const struct peer *peer, int64_t now_ns) {
    return ess_local_clock_read(&peer->clock, now_ns);
}

/* ---- connections ------------------------------------------------------------------------------
 */

static bool cut(const struct host *host, uint32_t a, uint32_t b) {
    return host->now_ns < host->cut_until_ns[a][b] || host->peers[a].silent ||
           host->peers[b].silent;
}

/* When something sent now from a to b arrives: in order, and after a cut has healed (TCP repeats).
 */
static int64_t arrival(struct host *host, uint32_t from, uint32_t to) {
    int64_t at_ns = host->now_ns + random_delay(host);
    if (at_ns < host->cut_until_ns[from][to]) {
        at_ns = host->cut_until_ns[from][to] + random_delay(host);
    }
    if (at_ns <= host->channel_free_ns[from][to]) {
        at_ns = host->channel_free_ns[from][to] + 1;
    }
    host->channel_free_ns[from][to] = at_ns;
    return at_ns;
}

static void end_post(struct host *host, size_t index, enum ess_failure reason, int64_t at_ns) {
    struct post *post = &host->posts[index];
    post->reason = reason;
    if (post->ending) {
        return;
    }
    post->ending = true;
    push(host, (struct item){.at_ns = at_ns,
                   .kind = ITEM_END,
                   .peer = post->peer,
                   .from = post->other,
                   .life = host->peers[post->peer].life,
                   .number = post->token});
}

static void break_connection(struct host *host, uint32_t a, uint32_t b) {
    host->channel[a][b]++;
    host->channel[b][a]++;
    for (size_t i = 0; i < host->post_count; i++) {
        struct post *post = &host->posts[i];
        bool between =
            (post->peer == a && post->other == b) || (post->peer == b && post->other == a);
        if (post->open && !post->ending && !post->arithmetic && !post->compute && between) {
            end_post(host, i, ESS_FAILURE_RESET, host->now_ns + random_delay(host));
        }
    }
    for (int side = 0; side < 2; side++) {
        uint32_t peer = side ? b : a;
        push(host, (struct item){.at_ns = host->now_ns + random_delay(host),
                       .kind = ITEM_RESET,
                       .peer = peer,
                       .from = side ? a : b,
                       .life = host->peers[peer].life});
    }
    host->peers[a].connected[b] = host->peers[b].connected[a] = false;
}

/* ---- values -----------------------------------------------------------------------------------
 */

/* What a peer contributes: small whole numbers, so that float sums are exact in any order. */
static float contribution(uint32_t peer, uint64_t step, uint64_t element) {
    return (float)((peer * 37 + step * 101 + element * 13) % 509);
}

static float *bytes_of(struct peer *peer, const struct ess_span *span) {
    return peer->regions[span->region] + span->offset_bytes / sizeof(float);
}

static uint64_t fingerprint(const float *values, uint64_t size_bytes) {
    const unsigned char *bytes = (const unsigned char *)values;
    uint64_t hash = 1469598103934665603u;
    for (uint64_t i = 0; i < size_bytes; i++) {
        hash = (hash ^ bytes[i]) * 1099511628211u;
    }
    return hash;
}

static void check_committed(struct host *host, uint32_t peer_id, const struct ess_report *report) {
    struct peer *peer = &host->peers[peer_id];
    const struct ess_view *view = host->views[report->epoch];
    struct ess_span span =
        ess_job_bucket(&host->job, ESS_REGION_RESULT, (uint32_t)report->operation);
    const float *values = bytes_of(peer, &span);
    uint64_t first = span.offset_bytes / sizeof(float);
    uint32_t contributors = ess_view_contributors(view, report->step);
    if (contributors != report->count) {
        violate(host, "peer %u: reports %u contributors, its view has %u", peer_id, report->count,
            contributors);
    }
    for (uint64_t i = 0; i < span.size_bytes / sizeof(float); i++) {
        float sum = 0;
        for (uint32_t rank = 0; rank < view->group.size; rank++) {
            if (ess_view_contributes(view, rank, report->step)) {
                sum += contribution(view->group.members[rank].peer, report->step, first + i);
            }
        }
        host->outcome->values_checked++;
        if (values[i] != sum) {
            violate(host,
                "peer %u step %" PRIu64 " element %" PRIu64 ": committed %g, the set sums to %g",
                peer_id, report->step, first + i, (double)values[i], (double)sum);
            return;
        }
        if (host->reference_step[report->operation] < report->step) {
            host->reference[first + i] += sum / (float)contributors;
        }
    }
    if (host->reference_step[report->operation] < report->step) {
        host->reference_step[report->operation] = report->step;
    }
}

/* ---- carrying out actions ---------------------------------------------------------------------
 */

static size_t add_post(struct host *host, struct post post) {
    for (size_t i = 0; i < host->post_count; i++) {
        if (!host->posts[i].open) {
            host->posts[i] = post;
            return i;
        }
    }
    if (host->post_count == host->post_capacity) {
        host->post_capacity = 2 * host->post_capacity + 64;
        host->posts = realloc(host->posts, host->post_capacity * sizeof *host->posts);
    }
    host->posts[host->post_count] = post;
    return host->post_count++;
}

static bool same_transfer(const struct ess_transfer *a, const struct ess_transfer *b) {
    return a->operation == b->operation && a->epoch == b->epoch && a->chunk == b->chunk &&
           a->step == b->step;
}

static void schedule_transfer(struct host *host, size_t receive) {
    struct post *post = &host->posts[receive];
    push(host, (struct item){.at_ns = host->now_ns + random_delay(host),
                   .kind = ITEM_TRANSFER,
                   .peer = post->peer,
                   .from = post->other,
                   .life = host->peers[post->peer].life,
                   .from_life = host->peers[post->other].life,
                   .channel = host->channel[post->other][post->peer],
                   .number = post->token});
}

static size_t find_post(const struct host *host, uint32_t peer, uint64_t token) {
    for (size_t i = 0; i < host->post_count; i++) {
        if (host->posts[i].open && host->posts[i].peer == peer && host->posts[i].token == token) {
            return i;
        }
    }
    return SIZE_MAX;
}

static size_t find_match(const struct host *host, const struct post *post) {
    for (size_t i = 0; i < host->post_count; i++) {
        const struct post *other = &host->posts[i];
        if (other->open && !other->ending && !other->matched && !other->arithmetic &&
            !other->compute && other->receive != post->receive && other->peer == post->other &&
            other->other == post->peer && same_transfer(&other->transfer, &post->transfer)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void post_transfer(struct host *host, uint32_t id, const struct ess_action *action) {
    struct post post = {
        .open = true,
        .peer = id,
        .other = action->peer,
        .receive = action->kind == ESS_ACTION_RECEIVE,
        .token = action->token,
        .transfer = action->transfer,
    };
    size_t index = add_post(host, post), match, send, receive;
    host->peers[id].connected[action->peer] = true;
    host->peers[action->peer].connected[id] = true;
    if (!host->peers[action->peer].alive && !host->peers[action->peer].silent) {
        end_post(host, index, ESS_FAILURE_RESET, host->now_ns + random_delay(host));
        return;
    }
    match = find_match(host, &post);
    if (match == SIZE_MAX) {
        return;
    }
    host->posts[index].matched = host->posts[match].matched = true;
    send = post.receive ? match : index;
    receive = post.receive ? index : match;
    if (host->posts[send].transfer.span.size_bytes !=
        host->posts[receive].transfer.span.size_bytes) {
        violate(host, "peers %u and %u disagree on a transfer's size", id, action->peer);
    }
    host->posts[send].fingerprint = fingerprint(
        bytes_of(&host->peers[host->posts[send].peer], &host->posts[send].transfer.span),
        host->posts[send].transfer.span.size_bytes);
    schedule_transfer(host, receive);
}

static void post_work(struct host *host, uint32_t id, const struct ess_action *action) {
    struct post post = {
        .open = true,
        .peer = id,
        .other = id,
        .compute = action->kind == ESS_ACTION_COMPUTE,
        .arithmetic = action->kind == ESS_ACTION_ARITHMETIC,
        .token = action->token,
    };
    if (post.compute) {
        post.work = action->work;
    } else {
        post.sum = action->arithmetic;
    }
    add_post(host, post);
    push(host, (struct item){.at_ns = host->now_ns + random_delay(host),
                   .kind = ITEM_WORK,
                   .peer = id,
                   .life = host->peers[id].life,
                   .number = action->token});
}

static const struct ess_view *keep_view(struct host *host, const struct ess_view *view) {
    struct ess_view *copy;
    struct ess_member *members;
    struct ess_site_span *sites;
    if (view->epoch >= host->view_capacity) {
        uint32_t capacity = 2 * view->epoch + 16;
        host->views = realloc(host->views, capacity * sizeof *host->views);
        memset(host->views + host->view_capacity, 0,
            (capacity - host->view_capacity) * sizeof *host->views);
        host->view_capacity = capacity;
    }
    if (host->views[view->epoch]) {
        return host->views[view->epoch];
    }
    copy = malloc(
        sizeof *copy + view->group.size * sizeof *members + view->group.site_count * sizeof *sites);
    members = (struct ess_member *)(void *)(copy + 1);
    sites = (struct ess_site_span *)(void *)(members + view->group.size);
    *copy = *view;
    memcpy(members, view->group.members, view->group.size * sizeof *members);
    memcpy(sites, view->group.sites, view->group.site_count * sizeof *sites);
    copy->group.members = members;
    copy->group.sites = sites;
    host->views[view->epoch] = copy;
    return copy;
}

static void send_item(struct host *host, uint32_t from, uint32_t to, struct item item) {
    host->peers[from].connected[to] = host->peers[to].connected[from] = true;
    item.peer = to;
    item.from = from;
    item.at_ns = arrival(host, from, to);
    item.life = host->peers[to].life;
    item.from_life = host->peers[from].life;
    item.channel = host->channel[from][to];
    push(host, item);
}

static void cancel_posts(struct host *host, uint32_t id, uint32_t epoch) {
    for (size_t i = 0; i < host->post_count; i++) {
        struct post *post = &host->posts[i];
        if (!post->open || post->peer != id || post->arithmetic || post->compute ||
            post->transfer.epoch >= epoch) {
            continue;
        }
        end_post(host, i, ESS_FAILURE_CANCELLED, host->now_ns + random_delay(host));
    }
}

static void carry_out_report(struct host *host, uint32_t id, const struct ess_report *report) {
    if (host->world->trace) {
        printf("%12.3f ms peer %u report %d step %" PRIu64 " op %" PRIu64 " epoch %u\n",
            (double)host->now_ns / 1e6, id, (int)report->kind, report->step, report->operation,
            report->epoch);
    }
    if (report->kind == ESS_REPORT_STEP_COMMITTED) {
        host->outcome->committed[id] = report->step;
        host->anything_committed = true;
    }
    host->outcome->losses += report->kind == ESS_REPORT_MEMBER_LOST;
    if (report->kind == ESS_REPORT_GROUP_STEP) {
        host->anything_committed = true;
    }
    if (report->kind == ESS_REPORT_OPERATION_COMMITTED) {
        check_committed(host, id, report);
    }
}

static void carry_out(struct host *host, uint32_t id) {
    for (uint32_t i = 0; i < host->actions.count; i++) {
        const struct ess_action *action = &host->actions.items[i];
        switch (action->kind) {
        case ESS_ACTION_MESSAGE:
            send_item(host, id, action->peer,
                (struct item){.kind = ITEM_MESSAGE, .message = action->message});
            break;
        case ESS_ACTION_VIEW:
            send_item(host, id, action->peer,
                (struct item){.kind = ITEM_VIEW, .view = keep_view(host, action->view)});
            break;
        case ESS_ACTION_SEND:
        case ESS_ACTION_RECEIVE:
            post_transfer(host, id, action);
            break;
        case ESS_ACTION_CANCEL:
            cancel_posts(host, id, action->epoch);
            break;
        case ESS_ACTION_COMPUTE:
        case ESS_ACTION_ARITHMETIC:
            post_work(host, id, action);
            break;
        case ESS_ACTION_REPORT:
            carry_out_report(host, id, &action->report);
            break;
        case ESS_ACTION_DONE:
            host->outcome->status[id] = action->status;
            break;
        }
    }
}

/* ---- faults -----------------------------------------------------------------------------------
 */

static void start_life(struct host *host, uint32_t id);

static void drop_posts(struct host *host, uint32_t id) {
    for (size_t i = 0; i < host->post_count; i++) {
        if (host->posts[i].open && host->posts[i].peer == id) {
            host->posts[i].open = false;
        }
    }
}

static void end_life(struct host *host, uint32_t id) {
    struct peer *peer = &host->peers[id];
    peer->alive = false;
    peer->life++;
    free(peer->state);
    peer->state = NULL;
    drop_posts(host, id);
}

static void crash(struct host *host, const struct ess_fault *fault) {
    if (!host->peers[fault->peer].alive) {
        return;
    }
    host->outcome->dead[fault->peer] = true;
    end_life(host, fault->peer);
    for (uint32_t other = 0; other < host->peer_count; other++) {
        if (other != fault->peer && host->peers[fault->peer].connected[other]) {
            break_connection(host, fault->peer, other);
        }
    }
    if (fault->restart_ns > 0) {
        push(host, (struct item){.at_ns = host->now_ns + fault->restart_ns,
                       .kind = ITEM_START,
                       .peer = fault->peer,
                       .life = host->peers[fault->peer].life});
    }
}

static void strike(struct host *host, const struct ess_fault *fault) {
    struct peer *peer = &host->peers[fault->peer];
    int64_t until_ns = host->now_ns + fault->for_ns;
    if (host->world->trace) {
        printf("%12.3f ms FAULT %d on %u\n", (double)host->now_ns / 1e6, (int)fault->kind,
            fault->peer);
    }
    switch (fault->kind) {
    case ESS_FAULT_NONE:
        break;
    case ESS_FAULT_CRASH:
        crash(host, fault);
        break;
    case ESS_FAULT_SILENCE:
        if (peer->alive) {
            host->outcome->dead[fault->peer] = true;
            end_life(host, fault->peer);
            peer->silent = true;
        }
        break;
    case ESS_FAULT_PAUSE:
        peer->resumes_ns = until_ns > peer->resumes_ns ? until_ns : peer->resumes_ns;
        break;
    case ESS_FAULT_CUT:
        host->cut_until_ns[fault->peer][fault->other] = until_ns;
        host->cut_until_ns[fault->other][fault->peer] = until_ns;
        if (fault->for_ns > host->world->transport_timeout_ns) {
            push(host, (struct item){.at_ns = host->now_ns + host->world->transport_timeout_ns,
                           .kind = ITEM_HEAL,
                           .peer = fault->peer,
                           .from = fault->other});
        }
        break;
    case ESS_FAULT_RESET:
        break_connection(host, fault->peer, fault->other);
        break;
    }
}

/* ---- events -----------------------------------------------------------------------------------
 */

static void schedule_deadline(struct host *host, uint32_t id) {
    struct peer *peer = &host->peers[id];
    int64_t deadline_ns = ess_peer_next_deadline(peer->state);
    int64_t at_ns;
    peer->deadline_generation++;
    if (deadline_ns == ESS_TIME_NEVER) {
        return;
    }
    at_ns = ess_local_clock_reaches(&peer->clock, deadline_ns);
    push(host, (struct item){.at_ns = at_ns > host->now_ns ? at_ns : host->now_ns,
                   .kind = ITEM_DEADLINE,
                   .peer = id,
                   .life = peer->life,
                   .number = peer->deadline_generation});
}

static void strike_after_event(struct host *host, uint32_t id) {
    for (uint32_t i = 0; i < host->world->fault_count; i++) {
        const struct ess_fault *fault = &host->world->faults[i];
        if (fault->peer == id && fault->after_events > 0 &&
            fault->after_events == host->outcome->events[id]) {
            strike(host, fault);
        }
    }
}

static void hand_over(struct host *host, uint32_t id, struct ess_event event) {
    struct peer *peer = &host->peers[id];
    enum ess_step_result result = ESS_MORE;
    event.now_ns = local_time(peer, host->now_ns);
    while (result == ESS_MORE) {
        int64_t deadline_ns = ess_peer_next_deadline(peer->state);
        host->actions.count = 0;
        result = ess_peer_step(peer->state, &event, &host->actions);
        ess_monitor_step(host->monitor, id, deadline_ns, &event, &host->actions, result);
        carry_out(host, id);
        event = (struct ess_event){.now_ns = event.now_ns, .kind = ESS_EVENT_CONTINUE};
    }
    host->outcome->events[id]++;
    if (result == ESS_DONE) {
        peer->done = true;
        end_life(host, id);
        return;
    }
    schedule_deadline(host, id);
    strike_after_event(host, id);
}

static void start_life(struct host *host, uint32_t id) {
    struct peer *peer = &host->peers[id];
    size_t elements = host->world->elements;
    peer->alive = true;
    peer->done = false;
    host->outcome->dead[id] = false;
    peer->config.incarnation++;
    peer->state = malloc(ess_peer_state_bytes(&peer->config));
    ess_peer_init(peer->state, &peer->config);
    for (int region = 0; region < 3; region++) {
        for (size_t i = 0; i < elements; i++) {
            /* The initial parameters, zero, are known to all; once something is committed they are
             * of no use, and must be fetched. */
            bool initial = region == ESS_REGION_PARAMETERS && !host->anything_committed;
            peer->regions[region][i] = initial ? 0.0f : 12345.0f;
        }
    }
    ess_monitor_start(host->monitor, id);
    hand_over(host, id, (struct ess_event){.kind = ESS_EVENT_START});
}

static void do_transfer(struct host *host, const struct item *item) {
    size_t receive = find_post(host, item->peer, item->number), send;
    struct post *to, *from;
    float *target;
    const float *source, *operand;
    if (receive == SIZE_MAX || !host->posts[receive].matched || host->posts[receive].ending ||
        host->peers[item->from].life != item->from_life ||
        host->channel[item->from][item->peer] != item->channel) {
        return;
    }
    to = &host->posts[receive];
    for (send = 0; send < host->post_count; send++) {
        from = &host->posts[send];
        if (from->open && !from->ending && from->matched && !from->receive &&
            from->peer == item->from && from->other == item->peer &&
            same_transfer(&from->transfer, &to->transfer)) {
            break;
        }
    }
    if (send == host->post_count) {
        return; /* the sender has cancelled: the receiver's post stays, as in the contract */
    }
    if (cut(host, item->from, item->peer)) {
        put_off(host, item, host->now_ns + 5 * MS);
        return;
    }
    from = &host->posts[send];
    source = bytes_of(&host->peers[item->from], &from->transfer.span);
    if (fingerprint(source, from->transfer.span.size_bytes) != from->fingerprint) {
        violate(host, "peer %u changed bytes that it had posted to be sent", item->from);
    }
    target = bytes_of(&host->peers[item->peer], &to->transfer.span);
    operand = host->peers[item->peer].regions[to->transfer.operand_region] +
              to->transfer.span.offset_bytes / sizeof(float);
    for (uint64_t i = 0; i < to->transfer.span.size_bytes / sizeof(float); i++) {
        target[i] = to->transfer.combine == ESS_COMBINE_SUM ? operand[i] + source[i] : source[i];
    }
    to->open = false;
    /* The sender learns of it later than the receiver. */
    end_post(host, send, ESS_FAILURE_NONE, host->now_ns + random_delay(host));
    hand_over(host, item->peer,
        (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = item->from, .token = item->number});
}

static void do_work(struct host *host, const struct item *item) {
    size_t index = find_post(host, item->peer, item->number);
    struct peer *peer = &host->peers[item->peer];
    struct post post;
    uint64_t first, count;
    float *values;
    if (index == SIZE_MAX) {
        return;
    }
    post = host->posts[index];
    host->posts[index].open = false;
    values = bytes_of(peer, post.compute ? &post.work.produces : &post.sum.to);
    first = (post.compute ? post.work.produces : post.sum.to).offset_bytes / sizeof(float);
    count = (post.compute ? post.work.produces : post.sum.to).size_bytes / sizeof(float);
    for (uint64_t i = 0; i < count; i++) {
        if (post.compute) {
            values[i] = contribution(item->peer, post.work.step, first + i);
        } else if (post.sum.kind == ESS_ARITHMETIC_ZERO) {
            values[i] = 0;
        } else if (post.sum.kind == ESS_ARITHMETIC_COPY) {
            values[i] = peer->regions[post.sum.from_region][first + i];
        } else {
            peer->regions[ESS_REGION_PARAMETERS][first + i] += values[i] / (float)post.sum.divisor;
        }
    }
    hand_over(host, item->peer,
        (struct ess_event){.kind = ESS_EVENT_FINISHED, .peer = item->peer, .token = item->number});
}

/* A cut that outlasted the transport's patience: both ends give the connection up. What they post
 * meanwhile fails after the same time again, while the cut lasts. */
static void give_up(struct host *host, const struct item *item) {
    if (host->now_ns >= host->cut_until_ns[item->peer][item->from]) {
        return;
    }
    break_connection(host, item->peer, item->from);
    push(host, (struct item){.at_ns = host->now_ns + host->world->transport_timeout_ns,
                   .kind = ITEM_HEAL,
                   .peer = item->peer,
                   .from = item->from});
}

static bool is_deliverable(struct host *host, const struct item *item) {
    const struct peer *peer = &host->peers[item->peer];
    bool travels = item->kind == ITEM_MESSAGE || item->kind == ITEM_VIEW;
    if (!peer->alive || peer->life != item->life) {
        return false;
    }
    if (item->kind == ITEM_DEADLINE && item->number != peer->deadline_generation) {
        return false;
    }
    return !travels || (host->channel[item->from][item->peer] == item->channel &&
                           !host->peers[item->from].silent && !peer->silent);
}

static enum ess_failure take_end(struct host *host, const struct item *item) {
    struct post *post = &host->posts[find_post(host, item->peer, item->number)];
    post->open = false;
    return post->reason;
}

static void deliver(struct host *host, const struct item *item) {
    struct ess_event event = {.peer = item->from, .token = item->number};
    switch (item->kind) {
    case ITEM_MESSAGE:
        event.kind = ESS_EVENT_MESSAGE;
        event.bytes = item->message.bytes;
        event.size = item->message.size_bytes;
        break;
    case ITEM_VIEW:
        event.kind = ESS_EVENT_VIEW;
        event.view = item->view;
        break;
    case ITEM_END:
        event.reason = take_end(host, item);
        event.kind = event.reason == ESS_FAILURE_NONE ? ESS_EVENT_FINISHED : ESS_EVENT_FAILED;
        break;
    case ITEM_RESET:
        event.kind = ESS_EVENT_RESET;
        break;
    case ITEM_DEADLINE:
        event.kind = ESS_EVENT_DEADLINE;
        break;
    case ITEM_TRANSFER:
        do_transfer(host, item);
        return;
    case ITEM_WORK:
        do_work(host, item);
        return;
    default:
        return;
    }
    hand_over(host, item->peer, event);
}

static void happen(struct host *host, const struct item *item) {
    struct peer *peer = &host->peers[item->peer];
    if (item->kind == ITEM_FAULT) {
        strike(host, &host->world->faults[item->number]);
        return;
    }
    if (item->kind == ITEM_HEAL) {
        give_up(host, item);
        return;
    }
    if (item->kind == ITEM_START) {
        if (!peer->alive && !peer->silent && peer->life == item->life) {
            start_life(host, item->peer);
        }
        return;
    }
    if (!is_deliverable(host, item)) {
        return;
    }
    if (host->now_ns < peer->resumes_ns) {
        put_off(host, item, peer->resumes_ns);
        return;
    }
    deliver(host, item);
}

/* ---- a run ------------------------------------------------------------------------------------
 */

#define FIND(registry, wanted, result)                                                             \
    for (size_t i_ = 0; registry[i_]; i_++) {                                                      \
        if (strcmp(registry[i_]->name, wanted) == 0) {                                             \
            result = registry[i_];                                                                 \
        }                                                                                          \
    }

struct detector_settings {
    int64_t period_ns, timeout_ns, reset_grace_ns;
};

static struct detector_settings fast_detector = {100 * MS, 1000 * MS, 300 * MS};
static int64_t training_settings = 1;

static void choose_policies(struct host *host) {
    const struct ess_test_world *world = host->world;
    struct ess_policies *policies = &host->policies;
    FIND(ess_detector_registry, "timeout", policies->detector)
    FIND(ess_training_registry, "data_parallel", policies->training)
    FIND(ess_plan_registry, world->plan, policies->plan)
    FIND(ess_recovery_registry, world->recovery, policies->recovery)
    policies->plan = world->own_plan ? world->own_plan : policies->plan;
    policies->recovery = world->own_recovery ? world->own_recovery : policies->recovery;
    policies->detector_settings = &fast_detector;
    policies->training_settings = &training_settings;
    ess_parameters_set_defaults(ess_peer_registry[0]->parameters, &policies->peer);
    policies->peer.retry_delay_ns = 50 * MS;
    policies->peer.patience_ns = 5000 * MS;
    policies->peer.suspicion_limit_ns = 1500 * MS;
    policies->peer.operations = 2;
    policies->peer.window = 2 + (int64_t)(world->seed % 7);
}

static void describe_job(struct host *host) {
    const struct ess_test_world *world = host->world;
    host->job = (struct ess_job){
        .steps = world->steps,
        .elements = world->elements,
        .element_bytes = sizeof(float),
        .buckets = world->buckets,
        .state_bytes = world->elements * sizeof(float),
        .stripes = 1,
        .work_flop = 1,
        .minimum_workers = 1,
        .founders = world->workers,
        .formation_ns = 2000 * MS,
    };
    /* Stripes are cut in bytes; keep them whole floats. */
    if (world->elements % 4 == 0 && world->elements > 0) {
        host->job.stripes = 4;
    }
}

static void prepare_peers(struct host *host) {
    const struct ess_test_world *world = host->world;
    host->peer_count = world->workers + 1;
    for (uint32_t id = 0; id < host->peer_count; id++) {
        struct peer *peer = &host->peers[id];
        peer->config = (struct ess_peer_config){
            .self = id,
            .coordinator = 0,
            .peer_capacity = host->peer_count,
            .site = id % world->sites,
            .rejoin = world->rejoin,
            .job = &host->job,
            .policies = &host->policies,
        };
        peer->clock.offset_ns = (int64_t)ess_random_below(&host->random, 1000000) * MS;
        peer->clock.drift_ppm = (int64_t)ess_random_below(&host->random, 101) - 50;
        for (int region = 0; region < 3; region++) {
            peer->regions[region] = calloc(world->elements + 1, sizeof(float));
        }
        push(host, (struct item){.kind = ITEM_START, .peer = id});
    }
    for (uint32_t i = 0; i < world->fault_count; i++) {
        if (world->faults[i].after_events == 0 && world->faults[i].kind != ESS_FAULT_NONE) {
            push(host, (struct item){.at_ns = world->faults[i].at_ns,
                           .kind = ITEM_FAULT,
                           .peer = world->faults[i].peer,
                           .number = i});
        }
    }
}

/* All who completed the job hold the parameters that the commits say, to the bit. */
static void judge_end(struct host *host) {
    for (uint32_t id = 0; id < host->peer_count; id++) {
        struct peer *peer = &host->peers[id];
        host->outcome->ended[id] = !peer->alive;
        /* A coordinator whose workers are all gone waits for others, as it should. */
        if (peer->alive && id > 0) {
            host->outcome->stuck = true;
        }
        if (id == 0 || !peer->done || host->outcome->status[id] != ESS_STATUS_COMPLETE) {
            continue;
        }
        for (uint32_t i = 0; i < host->world->elements; i++) {
            if (peer->regions[ESS_REGION_PARAMETERS][i] != host->reference[i]) {
                violate(host, "peer %u ends with parameter %u = %g, the commits give %g", id, i,
                    (double)peer->regions[ESS_REGION_PARAMETERS][i], (double)host->reference[i]);
                break;
            }
        }
    }
    if (ess_monitor_violation(host->monitor)) {
        violate(host, "%s", ess_monitor_violation(host->monitor));
    }
    host->outcome->counts = ess_monitor_counts(host->monitor);
}

static void dispose(struct host *host) {
    for (uint32_t id = 0; id < host->peer_count; id++) {
        free(host->peers[id].state);
        for (int region = 0; region < 3; region++) {
            free(host->peers[id].regions[region]);
        }
    }
    for (uint32_t epoch = 0; epoch < host->view_capacity; epoch++) {
        free((void *)(uintptr_t)host->views[epoch]);
    }
    free(host->views);
    free(host->heap);
    free(host->posts);
    free(host->reference);
    ess_monitor_free(host->monitor);
    free(host);
}

struct ess_test_world ess_test_world_default(void) {
    return (struct ess_test_world){
        .seed = 1,
        .workers = 3,
        .sites = 2,
        .buckets = 2,
        .elements = 16,
        .steps = 2,
        .plan = "ring",
        .recovery = "retry",
        .transport_timeout_ns = 600 * MS,
        .time_limit_ns = 120000 * MS,
    };
}

void ess_test_world_run(const struct ess_test_world *world, struct ess_test_outcome *outcome) {
    struct host *host = calloc(1, sizeof *host);
    memset(outcome, 0, sizeof *outcome);
    host->world = world;
    host->outcome = outcome;
    host->monitor = ess_monitor_new(world->workers + 1);
    host->reference = calloc(world->elements + 1, sizeof(float));
    ess_random_init(&host->random, world->seed, 0, "test host");
    choose_policies(host);
    describe_job(host);
    prepare_peers(host);
    while (host->heap_count > 0 && !outcome->violation) {
        struct item item = pop(host);
        if (item.at_ns > world->time_limit_ns) {
            break;
        }
        host->now_ns = item.at_ns;
        happen(host, &item);
        if (ess_monitor_violation(host->monitor)) {
            violate(host, "%s", ess_monitor_violation(host->monitor));
        }
    }
    judge_end(host);
    dispose(host);
}
