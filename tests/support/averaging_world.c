/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "averaging_world.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "averaging_judge.h"
#include "base/random.h"
#include "kernels/reduce.h"
#include "monitor.h"

enum { POSTS_MAX = 256, TIMEOUT_MS = 1000 };
static const int64_t ms = 1000000;

enum item_kind { ITEM_START, ITEM_MESSAGE, ITEM_TRANSFER, ITEM_END, ITEM_DEADLINE, ITEM_RESET };

struct item {
    int64_t at_ns;
    uint64_t order;
    enum item_kind kind;
    uint32_t rank, from;
    uint64_t number; /* post serial, deadline generation, connection generation */
    struct ess_message message;
};

struct post {
    bool open, ending;
    enum ess_action_kind kind; /* send, receive, arithmetic */
    enum ess_failure reason;
    uint64_t serial;
    uint64_t partner; /* serial of the post that it is matched with, 0: none */
    uint32_t other;
    uint64_t token;
    struct ess_transfer transfer;
    struct ess_arithmetic arithmetic;
    float *bytes; /* what arrived; owned */
};

struct peer {
    bool alive, done;
    void *state;
    int64_t offset_ns;
    int64_t start_ns; /* what comes before waits */
    uint64_t deadline_generation;
    uint64_t events;
    float *regions[ESS_REGION_COUNT];
    struct post posts[POSTS_MAX];
};

struct host {
    const struct ess_averaging_world *world;
    struct ess_averaging_outcome *outcome;
    struct ess_averaging_judge *judge;
    const struct ess_averaging_type *type;
    struct ess_random random;
    int64_t now_ns;
    uint64_t order, serial;
    struct item *heap;
    size_t heap_count, heap_capacity;
    struct peer *peers;
    uint32_t ids[ESS_AVERAGING_RANKS_MAX];
    uint64_t connection[ESS_AVERAGING_RANKS_MAX][ESS_AVERAGING_RANKS_MAX];
    int64_t last_arrival_ns[ESS_AVERAGING_RANKS_MAX][ESS_AVERAGING_RANKS_MAX];
    bool struck[ESS_AVERAGING_FAULTS_MAX];
    struct ess_monitor *monitor;
    struct ess_actions actions;
};

static void __attribute__((format(printf, 2, 3)))
violate(struct host *host, const char *format, ...) {
    va_list arguments;
    if (host->outcome->violation[0] != '\0') {
        return;
    }
    va_start(arguments, format);
    vsnprintf(host->outcome->violation, sizeof host->outcome->violation, format, arguments);
    va_end(arguments);
}

/* ---- order ------------------------------------------------------------------------------------
 */

static bool before(const struct item *a, const struct item *b) {
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->order < b->order;
}

static void push(struct host *host, struct item item) {
    size_t i = host->heap_count++;
    if (host->heap_count > host->heap_capacity) {
        host->heap_capacity = host->heap_capacity ? 2 * host->heap_capacity : 256;
        host->heap = realloc(host->heap, host->heap_capacity * sizeof *host->heap);
    }
    item.order = host->order++;
    for (; i > 0 && before(&item, &host->heap[(i - 1) / 2]); i = (i - 1) / 2) {
        host->heap[i] = host->heap[(i - 1) / 2];
    }
    host->heap[i] = item;
}

static struct item pop(struct host *host) {
    struct item top = host->heap[0], last = host->heap[--host->heap_count];
    size_t i = 0;
    while (2 * i + 1 < host->heap_count) {
        size_t child = 2 * i + 1;
        if (child + 1 < host->heap_count && before(&host->heap[child + 1], &host->heap[child])) {
            child++;
        }
        if (!before(&host->heap[child], &last)) {
            break;
        }
        host->heap[i] = host->heap[child];
        i = child;
    }
    host->heap[i] = last;
    return top;
}

/* Mostly short, sometimes twenty times as long: deliveries overtake each other. */
static int64_t random_delay(struct host *host) {
    int64_t delay_ns = 1 + (int64_t)ess_random_below(&host->random, (uint64_t)ms);
    return ess_random_below(&host->random, 8) == 0 ? 20 * delay_ns : delay_ns;
}

/* ---- posts ------------------------------------------------------------------------------------
 */

static float *place_of(struct host *host, uint32_t rank, const struct ess_span *span) {
    return host->peers[rank].regions[span->region] + span->offset_bytes / sizeof(float);
}

static struct post *post_called(struct host *host, uint32_t rank, uint64_t serial) {
    for (uint32_t i = 0; i < POSTS_MAX; i++) {
        struct post *post = &host->peers[rank].posts[i];
        if (post->open && post->serial == serial) {
            return post;
        }
    }
    return NULL;
}

static void end_post(struct host *host, uint32_t rank, struct post *post, enum ess_failure reason) {
    post->reason = reason;
    if (!post->ending) {
        post->ending = true;
        push(host, (struct item){.at_ns = host->now_ns + random_delay(host),
                       .kind = ITEM_END,
                       .rank = rank,
                       .number = post->serial});
    }
}

static bool match(const struct post *a, uint32_t a_rank, const struct post *b, uint32_t b_rank) {
    return b->open && !b->ending && b->partner == 0 && b->kind != ESS_ACTION_ARITHMETIC &&
           a->kind != b->kind && a->other == b_rank && b->other == a_rank &&
           a->transfer.operation == b->transfer.operation &&
           a->transfer.epoch == b->transfer.epoch && a->transfer.chunk == b->transfer.chunk &&
           a->transfer.step == b->transfer.step;
}

static void look_for_partner(struct host *host, uint32_t rank, struct post *post) {
    struct peer *other = &host->peers[post->other];
    for (uint32_t i = 0; i < POSTS_MAX; i++) {
        struct post *candidate = &other->posts[i];
        if (match(post, rank, candidate, post->other)) {
            bool sends = post->kind == ESS_ACTION_SEND;
            post->partner = candidate->serial;
            candidate->partner = post->serial;
            push(host, (struct item){.at_ns = host->now_ns + random_delay(host),
                           .kind = ITEM_TRANSFER,
                           .rank = sends ? rank : post->other,
                           .from = sends ? post->other : rank,
                           .number = sends ? post->serial : candidate->serial});
            return;
        }
    }
}

/* A post leaves the pair that it is matched in; the other one waits anew. */
static void part(struct host *host, struct post *post) {
    struct post *partner = post->partner ? post_called(host, post->other, post->partner) : NULL;
    post->partner = 0;
    if (partner && !partner->ending) {
        partner->partner = 0;
    }
}

static void open_post(struct host *host, uint32_t rank, const struct ess_action *action) {
    struct peer *peer = &host->peers[rank];
    struct post *post = peer->posts;
    while (post < peer->posts + POSTS_MAX && post->open) {
        post++;
    }
    if (post == peer->posts + POSTS_MAX) {
        violate(host, "rank %u: too many posts", rank);
        return;
    }
    *post = (struct post){.open = true,
        .kind = action->kind,
        .serial = ++host->serial,
        .token = action->token,
        .other = rank};
    if (action->kind == ESS_ACTION_ARITHMETIC) {
        post->arithmetic = action->arithmetic;
        end_post(host, rank, post, ESS_FAILURE_NONE);
        return;
    }
    post->transfer = action->transfer;
    post->other = action->peer - 100;
    look_for_partner(host, rank, post);
}

/* Both posted: the bytes leave the sender, and both ends will hear of it. */
static void transfer(struct host *host, const struct item *item) {
    struct post *sender = post_called(host, item->rank, item->number);
    struct post *receiver =
        sender && sender->partner ? post_called(host, item->from, sender->partner) : NULL;
    uint64_t size_bytes;
    if (!receiver || sender->ending || receiver->ending || !host->peers[item->rank].alive ||
        !host->peers[item->from].alive) {
        return;
    }
    size_bytes = sender->transfer.span.size_bytes;
    if (size_bytes != receiver->transfer.span.size_bytes) {
        violate(host, "ranks %u and %u differ in the size of a transfer", item->rank, item->from);
        return;
    }
    receiver->bytes = malloc(size_bytes + 1);
    memcpy(receiver->bytes, place_of(host, item->rank, &sender->transfer.span), size_bytes);
    end_post(host, item->rank, sender, ESS_FAILURE_NONE);
    end_post(host, item->from, receiver, ESS_FAILURE_NONE);
}

static void receive_bytes(struct host *host, uint32_t rank, const struct post *post) {
    const struct ess_span *span = &post->transfer.span;
    struct ess_span operand = *span;
    uint64_t count = span->size_bytes / sizeof(float);
    operand.region = post->transfer.operand_region;
    if (post->transfer.combine == ESS_COMBINE_SUM) {
        ess_kernel_sum(ESS_ELEMENT_FLOAT32, place_of(host, rank, &operand), post->bytes, count,
            place_of(host, rank, span));
    } else {
        ess_kernel_copy(ESS_ELEMENT_FLOAT32, post->bytes, count, place_of(host, rank, span));
    }
}

static void do_arithmetic(
    struct host *host, uint32_t rank, const struct ess_arithmetic *arithmetic) {
    struct ess_span from = arithmetic->to;
    uint64_t count = from.size_bytes / sizeof(float);
    float *to = place_of(host, rank, &arithmetic->to);
    from.region = arithmetic->from_region;
    if (arithmetic->kind == ESS_ARITHMETIC_SCALE) {
        ess_kernel_average(ESS_ELEMENT_FLOAT32, to, count, arithmetic->divisor, to);
    } else {
        ess_kernel_copy(ESS_ELEMENT_FLOAT32, place_of(host, rank, &from), count, to);
    }
}

/* ---- connections and deaths -------------------------------------------------------------------
 */

static void send_message(struct host *host, uint32_t from, const struct ess_action *action) {
    uint32_t to = action->peer - 100;
    int64_t at_ns = host->now_ns + random_delay(host);
    int64_t *last_ns = &host->last_arrival_ns[from][to];
    *last_ns = at_ns > *last_ns ? at_ns : *last_ns;
    push(host, (struct item){.at_ns = *last_ns,
                   .kind = ITEM_MESSAGE,
                   .rank = to,
                   .from = from,
                   .number = host->connection[from][to],
                   .message = action->message});
}

/* Messages on their way are lost, open posts between the two fail, live ends are told. */
static void break_connection(struct host *host, uint32_t a, uint32_t b) {
    for (uint32_t side = 0; side < 2; side++) {
        uint32_t rank = side ? b : a, other = side ? a : b;
        host->connection[rank][other]++;
        for (uint32_t i = 0; i < POSTS_MAX; i++) {
            struct post *post = &host->peers[rank].posts[i];
            if (post->open && !post->ending && post->other == other && rank != other) {
                end_post(host, rank, post, ESS_FAILURE_RESET);
            }
        }
        push(host, (struct item){.at_ns = host->now_ns + random_delay(host),
                       .kind = ITEM_RESET,
                       .rank = rank,
                       .from = other});
    }
}

static void strike(struct host *host, const struct ess_averaging_fault *fault) {
    struct peer *peer = &host->peers[fault->rank];
    if (fault->kind == ESS_AVERAGING_RESET) {
        break_connection(host, fault->rank, fault->other);
        return;
    }
    if (peer->done || !peer->alive) {
        return;
    }
    peer->alive = false;
    host->outcome->died++;
    for (uint32_t other = 0; other < host->world->ranks; other++) {
        if (fault->kind == ESS_AVERAGING_CRASH && other != fault->rank) {
            break_connection(host, fault->rank, other);
        }
        host->connection[fault->rank][other]++;
    }
}

/* ---- steps ------------------------------------------------------------------------------------
 */

static void cancel(struct host *host, uint32_t rank, uint32_t epoch) {
    for (uint32_t i = 0; i < POSTS_MAX; i++) {
        struct post *post = &host->peers[rank].posts[i];
        if (post->open && post->kind != ESS_ACTION_ARITHMETIC && post->transfer.epoch < epoch) {
            if (!post->ending) {
                part(host, post);
            }
            end_post(host, rank, post, ESS_FAILURE_CANCELLED);
        }
    }
}

static void carry_out(struct host *host, uint32_t rank, const struct ess_action *action) {
    switch (action->kind) {
    case ESS_ACTION_MESSAGE:
        send_message(host, rank, action);
        break;
    case ESS_ACTION_SEND:
    case ESS_ACTION_RECEIVE:
    case ESS_ACTION_ARITHMETIC:
        open_post(host, rank, action);
        break;
    case ESS_ACTION_CANCEL:
        cancel(host, rank, action->epoch);
        break;
    case ESS_ACTION_REPORT:
        ess_averaging_judge_report(
            host->judge, rank, &action->report, host->peers[rank].regions[ESS_REGION_INPUT]);
        break;
    case ESS_ACTION_DONE:
        host->peers[rank].done = true;
        host->outcome->end_ns = host->now_ns;
        host->outcome->completed += action->status == ESS_STATUS_COMPLETE;
        break;
    default:
        violate(host, "rank %u: action %d", rank, (int)action->kind);
    }
}

static void strike_after(struct host *host, uint32_t rank) {
    for (uint32_t i = 0; i < host->world->fault_count; i++) {
        const struct ess_averaging_fault *fault = &host->world->faults[i];
        if (!host->struck[i] && fault->rank == rank &&
            fault->after_events <= host->peers[rank].events) {
            host->struck[i] = true;
            strike(host, fault);
        }
    }
}

static void hand_over(struct host *host, uint32_t rank, struct ess_event event) {
    struct peer *peer = &host->peers[rank];
    enum ess_step_result result;
    if (!peer->alive || peer->done) {
        return;
    }
    event.now_ns = host->now_ns + peer->offset_ns;
    peer->events++;
    do {
        int64_t deadline_ns = host->type->next_deadline(peer->state);
        host->actions.count = 0;
        result = host->type->step(peer->state, &event, &host->actions);
        ess_monitor_step(host->monitor, rank, deadline_ns, &event, &host->actions, result);
        for (uint32_t i = 0; i < host->actions.count; i++) {
            carry_out(host, rank, &host->actions.items[i]);
        }
        event = (struct ess_event){.kind = ESS_EVENT_CONTINUE, .now_ns = event.now_ns};
    } while (result == ESS_MORE);
    peer->deadline_generation++;
    if (!peer->done && host->type->next_deadline(peer->state) != ESS_TIME_NEVER) {
        push(host, (struct item){.at_ns = host->type->next_deadline(peer->state) - peer->offset_ns,
                       .kind = ITEM_DEADLINE,
                       .rank = rank,
                       .number = peer->deadline_generation});
    }
    strike_after(host, rank);
}

static void take_end(struct host *host, const struct item *item) {
    struct post *slot = post_called(host, item->rank, item->number);
    struct post post = *slot;
    bool finished = post.reason == ESS_FAILURE_NONE;
    slot->open = false;
    if (host->peers[item->rank].alive && finished) {
        if (post.kind == ESS_ACTION_ARITHMETIC) {
            do_arithmetic(host, item->rank, &post.arithmetic);
        } else if (post.kind == ESS_ACTION_RECEIVE) {
            receive_bytes(host, item->rank, &post);
        } else {
            host->outcome->sends[item->rank]++;
            host->outcome->sent_bytes[item->rank] += post.transfer.span.size_bytes;
        }
    }
    free(post.bytes);
    hand_over(host, item->rank,
        (struct ess_event){.kind = finished ? ESS_EVENT_FINISHED : ESS_EVENT_FAILED,
            .peer = 100 + post.other,
            .token = post.token,
            .reason = post.reason});
}

static void happen(struct host *host, const struct item *item) {
    struct peer *peer = &host->peers[item->rank];
    if (item->at_ns <= peer->start_ns && item->kind != ITEM_START) {
        struct item later = *item;
        later.at_ns = peer->start_ns + 1;
        push(host, later);
        return;
    }
    switch (item->kind) {
    case ITEM_START:
        hand_over(host, item->rank, (struct ess_event){.kind = ESS_EVENT_START});
        break;
    case ITEM_MESSAGE:
        if (item->number == host->connection[item->from][item->rank]) {
            hand_over(host, item->rank,
                (struct ess_event){.kind = ESS_EVENT_MESSAGE,
                    .peer = 100 + item->from,
                    .bytes = item->message.bytes,
                    .size = item->message.size_bytes});
        }
        break;
    case ITEM_TRANSFER:
        transfer(host, item);
        break;
    case ITEM_END:
        take_end(host, item);
        break;
    case ITEM_DEADLINE:
        if (item->number == peer->deadline_generation) {
            hand_over(host, item->rank, (struct ess_event){.kind = ESS_EVENT_DEADLINE});
        }
        break;
    case ITEM_RESET:
        hand_over(host, item->rank,
            (struct ess_event){.kind = ESS_EVENT_RESET, .peer = 100 + item->from});
        break;
    }
}

/* ---- a world ----------------------------------------------------------------------------------
 */

static void set(const struct ess_averaging_type *type, const char *key, double value, void *to) {
    for (const struct ess_parameter *p = type->parameters; p->key; p++) {
        if (strcmp(p->key, key) == 0) {
            ess_parameter_set(p, value, to);
        }
    }
}

/* Starts are up to half a timeout apart. */
static void add_peer(struct host *host, uint32_t rank, const void *settings) {
    const struct ess_averaging_world *world = host->world;
    struct peer *peer = &host->peers[rank];
    struct ess_averaging_config config = {.settings = settings,
        .rank = rank,
        .ranks = world->ranks,
        .peers = host->ids,
        .operation = 7,
        .seed = world->seed,
        .elements = world->elements,
        .element_bytes = sizeof(float)};
    peer->alive = true;
    peer->state = malloc(host->type->state_bytes);
    peer->offset_ns = (int64_t)ess_random_below(&host->random, 1000000000000);
    for (uint32_t region = 0; region < ESS_REGION_COUNT; region++) {
        peer->regions[region] = calloc(world->elements + 1, sizeof(float));
    }
    memcpy(peer->regions[ESS_REGION_INPUT], host->outcome->history + rank * world->elements,
        world->elements * sizeof(float));
    host->type->init(peer->state, &config);
    ess_monitor_start(host->monitor, rank);
    peer->start_ns = (int64_t)ess_random_below(&host->random, TIMEOUT_MS / 2 * (uint64_t)ms);
    push(host, (struct item){.at_ns = peer->start_ns, .kind = ITEM_START, .rank = rank});
}

static void init_history(struct host *host) {
    const struct ess_averaging_world *world = host->world;
    struct ess_averaging_outcome *outcome = host->outcome;
    size_t vector = (size_t)world->ranks * world->elements;
    outcome->rounds = world->rounds ? world->rounds : world->dimensions;
    outcome->history = malloc((outcome->rounds + 1) * vector * sizeof(float) + 1);
    for (size_t i = 0; i < (outcome->rounds + 1) * vector; i++) {
        outcome->history[i] = NAN;
    }
    for (size_t i = 0; i < vector; i++) {
        outcome->history[i] = world->values
                                  ? world->values[i]
                                  : (float)(4096 * (int)ess_random_below(&host->random, 100));
    }
}

static void free_host(struct host *host) {
    for (uint32_t rank = 0; rank < host->world->ranks; rank++) {
        struct peer *peer = &host->peers[rank];
        for (uint32_t region = 0; region < ESS_REGION_COUNT; region++) {
            free(peer->regions[region]);
        }
        host->outcome->events[rank] = peer->events;
        free(peer->state);
    }
    free(host->peers);
    free(host->heap);
    ess_monitor_free(host->monitor);
}

void ess_averaging_run(
    const struct ess_averaging_world *world, struct ess_averaging_outcome *outcome) {
    static struct host host;
    uint64_t settings[16];
    host = (struct host){.world = world, .outcome = outcome, .type = ess_averaging_registry[0]};
    memset(outcome, 0, sizeof *outcome);
    ess_parameters_set_defaults(host.type->parameters, settings);
    set(host.type, "side", world->side, settings);
    set(host.type, "dimensions", world->dimensions, settings);
    set(host.type, "rounds", world->rounds, settings);
    set(host.type, "shuffle", world->shuffle, settings);
    set(host.type, "timeout", (double)(TIMEOUT_MS * ms), settings);
    ess_random_init(&host.random, world->seed, 0, "averaging");
    host.peers = calloc(world->ranks, sizeof *host.peers);
    host.monitor = ess_monitor_new(world->ranks);
    init_history(&host);
    host.judge = ess_averaging_judge_new(world, outcome);
    for (uint32_t rank = 0; rank < world->ranks; rank++) {
        host.ids[rank] = 100 + rank;
        add_peer(&host, rank, settings);
    }
    while (host.heap_count > 0 && host.outcome->violation[0] == '\0') {
        struct item item = pop(&host);
        host.now_ns = item.at_ns;
        happen(&host, &item);
    }
    while (host.heap_count > 0) { /* free what was on its way */
        struct item item = pop(&host);
        struct post *post =
            item.kind == ITEM_END ? post_called(&host, item.rank, item.number) : NULL;
        free(post ? post->bytes : NULL);
    }
    if (ess_monitor_violation(host.monitor)) {
        violate(&host, "%s", ess_monitor_violation(host.monitor));
    }
    ess_averaging_judge_end(host.judge);
    free_host(&host);
}

const float *ess_averaging_vector(const struct ess_averaging_world *world,
    const struct ess_averaging_outcome *outcome, uint32_t round, uint32_t rank) {
    return outcome->history + ((size_t)round * world->ranks + rank) * world->elements;
}
