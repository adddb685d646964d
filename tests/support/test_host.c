/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "test_host_parts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What happens in one instant: starts and ends of pauses, of a bounded number of posts. */
#define AT_ONCE_MAX 1000000

static char violation_text[512];

void __attribute__((format(printf, 2, 3)))
ess_host_violate(struct ess_host *host, const char *format, ...) {
    va_list arguments;
    if (host->outcome->violation) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(violation_text, sizeof violation_text, format, arguments);
    va_end(arguments);
    host->outcome->violation = violation_text;
}

/* ---- carrying out actions ----------------------------------------------------------------------
 */

/* Where the coordinator gave the group no layout the host makes one up, the same for all members:
 * whatever order, shares, trees and levels a group has, its plans must be exact. */
static struct ess_view with_layout(struct ess_host *host, const struct ess_view *view) {
    static struct ess_layout layout;
    static struct ess_plan_layout_store store;
    struct ess_view laid_out = *view;
    struct ess_random random;
    if (!view->group.layout && view->group.size > 0) {
        ess_random_init(&random, host->world->seed, view->epoch, "test host layouts");
        ess_plan_lay_out(&view->group, ESS_NONE, &random, &layout, &store);
        laid_out.group.layout = &layout;
    }
    return laid_out;
}

static const struct ess_view *keep_view(struct ess_host *host, const struct ess_view *view) {
    struct ess_view laid_out;
    struct ess_view *copy;
    if (view->epoch >= host->view_capacity) {
        uint32_t capacity = 2 * view->epoch + 16;
        host->views = realloc(host->views, capacity * sizeof(const struct ess_view *));
        memset(host->views + host->view_capacity, 0,
            (capacity - host->view_capacity) * sizeof(const struct ess_view *));
        host->view_capacity = capacity;
    }
    if (host->views[view->epoch]) {
        return host->views[view->epoch];
    }
    laid_out = with_layout(host, view);
    copy = malloc(sizeof *copy + ess_view_tail_bytes(&laid_out));
    ess_view_copy(&laid_out, copy, copy + 1);
    host->views[view->epoch] = copy;
    return copy;
}

static void send_item(
    struct ess_host *host, uint32_t from, uint32_t to, struct ess_host_item item) {
    host->peers[from].connected[to] = host->peers[to].connected[from] = true;
    item.peer = to;
    item.from = from;
    item.at_ns = ess_host_arrival(host, from, to);
    item.life = host->peers[to].life;
    item.from_life = host->peers[from].life;
    item.channel = host->channel[from][to];
    ess_host_push(host, item);
}

static void carry_out_report(struct ess_host *host, uint32_t id, const struct ess_report *report) {
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
        ess_host_check_committed(host, id, report);
    }
}

static void carry_out(struct ess_host *host, uint32_t id) {
    for (uint32_t i = 0; i < host->actions.count; i++) {
        const struct ess_action *action = &host->actions.items[i];
        switch (action->kind) {
        case ESS_ACTION_MESSAGE:
            send_item(host, id, action->peer,
                (struct ess_host_item){.kind = ESS_ITEM_MESSAGE, .message = action->message});
            break;
        case ESS_ACTION_VIEW:
            send_item(host, id, action->peer,
                (struct ess_host_item){
                    .kind = ESS_ITEM_VIEW, .view = keep_view(host, action->view)});
            break;
        case ESS_ACTION_SEND:
        case ESS_ACTION_RECEIVE:
            ess_host_post_transfer(host, id, action);
            break;
        case ESS_ACTION_CANCEL:
            ess_host_cancel_posts(host, id, action->epoch);
            break;
        case ESS_ACTION_COMPUTE:
        case ESS_ACTION_ARITHMETIC:
            ess_host_post_work(host, id, action);
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

/* ---- events ------------------------------------------------------------------------------------
 */

static int64_t local_time(const struct ess_host_peer *peer, int64_t now_ns) {
    return ess_local_clock_read(&peer->clock, now_ns);
}

static void schedule_deadline(struct ess_host *host, uint32_t id) {
    struct ess_host_peer *peer = &host->peers[id];
    int64_t deadline_ns = ess_peer_next_deadline(peer->state);
    int64_t at_ns;
    peer->deadline_generation++;
    if (deadline_ns == ESS_TIME_NEVER) {
        return;
    }
    at_ns = ess_local_clock_reaches(&peer->clock, deadline_ns);
    if (host->world->breach == ESS_BREACH_DEADLINE_EARLY) {
        at_ns -= 5 * ESS_HOST_MS;
    }
    ess_host_push(host, (struct ess_host_item){.at_ns = at_ns > host->now_ns ? at_ns : host->now_ns,
                            .kind = ESS_ITEM_DEADLINE,
                            .peer = id,
                            .life = peer->life,
                            .number = peer->deadline_generation});
}

static enum ess_step_result step(
    struct ess_host *host, uint32_t id, const struct ess_event *event) {
    struct ess_host_peer *peer = &host->peers[id];
    int64_t deadline_ns = ess_peer_next_deadline(peer->state);
    enum ess_step_result result;
    host->actions.count = 0;
    result = ess_peer_step(peer->state, event, &host->actions);
    ess_monitor_step(host->monitor, id, deadline_ns, event, &host->actions, result);
    return result;
}

void ess_host_hand_over(struct ess_host *host, uint32_t id, struct ess_event event) {
    struct ess_host_peer *peer = &host->peers[id];
    enum ess_step_result result = ESS_MORE;
    event.now_ns = local_time(peer, host->now_ns);
    if (host->world->breach == ESS_BREACH_CLOCK_BACKWARDS && event.kind == ESS_EVENT_MESSAGE) {
        event.now_ns -= 500 * ESS_HOST_MS;
    }
    while (result == ESS_MORE) {
        result = step(host, id, &event);
        carry_out(host, id);
        event = (struct ess_event){.now_ns = event.now_ns, .kind = ESS_EVENT_CONTINUE};
    }
    host->outcome->events[id]++;
    if (result == ESS_DONE) {
        if (host->world->breach == ESS_BREACH_AFTER_DONE) {
            event.kind = ESS_EVENT_DEADLINE;
            step(host, id, &event);
        }
        peer->done = true;
        ess_host_end_life(host, id);
        return;
    }
    schedule_deadline(host, id);
    ess_host_strike_after_event(host, id);
}

static void start_life(struct ess_host *host, uint32_t id) {
    struct ess_host_peer *peer = &host->peers[id];
    size_t elements = host->world->elements;
    peer->alive = true;
    peer->done = false;
    host->outcome->dead[id] = false;
    peer->config.incarnation++;
    peer->state = malloc(ess_peer_state_bytes(&peer->config));
    ess_peer_init(peer->state, &peer->config);
    for (int region = 0; region < ESS_REGION_COUNT; region++) {
        for (size_t i = 0; i < elements; i++) {
            /* The initial parameters, zero, are known to all; once something is committed they are
             * of no use, and must be fetched. */
            bool initial = region == ESS_REGION_PARAMETERS && !host->anything_committed;
            peer->regions[region][i] = initial ? 0.0f : 12345.0f;
        }
    }
    ess_monitor_start(host->monitor, id);
    ess_host_hand_over(host, id, (struct ess_event){.kind = ESS_EVENT_START});
}

static bool is_deliverable(struct ess_host *host, const struct ess_host_item *item) {
    const struct ess_host_peer *peer = &host->peers[item->peer];
    bool travels = item->kind == ESS_ITEM_MESSAGE || item->kind == ESS_ITEM_VIEW;
    if (!peer->alive || peer->life != item->life) {
        return false;
    }
    if (item->kind == ESS_ITEM_DEADLINE && item->number != peer->deadline_generation) {
        return false;
    }
    return !travels || (host->channel[item->from][item->peer] == item->channel &&
                           !host->peers[item->from].silent && !peer->silent);
}

static void deliver(struct ess_host *host, const struct ess_host_item *item) {
    struct ess_event event = {.peer = item->from, .token = item->number};
    switch (item->kind) {
    case ESS_ITEM_MESSAGE:
        event.kind = ESS_EVENT_MESSAGE;
        event.bytes = item->message.bytes;
        event.size = item->message.size_bytes;
        break;
    case ESS_ITEM_VIEW:
        event.kind = ESS_EVENT_VIEW;
        event.view = item->view;
        break;
    case ESS_ITEM_END:
        event.reason = ess_host_take_end(host, item);
        event.kind = event.reason == ESS_FAILURE_NONE ? ESS_EVENT_FINISHED : ESS_EVENT_FAILED;
        break;
    case ESS_ITEM_RESET:
        event.kind = ESS_EVENT_RESET;
        break;
    case ESS_ITEM_STOP:
        event.kind = ESS_EVENT_STOP;
        break;
    case ESS_ITEM_DEADLINE:
        event.kind = ESS_EVENT_DEADLINE;
        break;
    case ESS_ITEM_TRANSFER:
        ess_host_transfer(host, item);
        return;
    case ESS_ITEM_WORK:
        ess_host_work(host, item);
        return;
    default:
        return;
    }
    ess_host_hand_over(host, item->peer, event);
    if (host->world->breach == ESS_BREACH_VIEW_BACKWARDS && item->kind == ESS_ITEM_VIEW &&
        host->peers[item->peer].alive && event.view->epoch > 1) {
        event.view = host->views[event.view->epoch - 1];
        ess_host_hand_over(host, item->peer, event);
    }
}

static void happen(struct ess_host *host, const struct ess_host_item *item) {
    struct ess_host_peer *peer = &host->peers[item->peer];
    if (item->kind == ESS_ITEM_FAULT) {
        ess_host_strike(host, &host->world->faults[item->number]);
        return;
    }
    if (item->kind == ESS_ITEM_HEAL) {
        ess_host_give_up(host, item);
        return;
    }
    if (item->kind == ESS_ITEM_START) {
        if (!peer->alive && !peer->silent && peer->life == item->life) {
            start_life(host, item->peer);
        }
        return;
    }
    if (!is_deliverable(host, item)) {
        return;
    }
    if (host->now_ns < peer->resumes_ns) {
        ess_host_put_off(host, item, peer->resumes_ns);
        return;
    }
    deliver(host, item);
}

/* ---- a run -------------------------------------------------------------------------------------
 */

struct detector_settings {
    int64_t period_ns, timeout_ns, reset_grace_ns;
};

extern const struct ess_detector_type ess_detector_timeout;
extern const struct ess_training_type ess_training_data_parallel;
static const struct detector_settings fast_detector = {
    100 * ESS_HOST_MS, 1000 * ESS_HOST_MS, 300 * ESS_HOST_MS};
static const int64_t training_settings = 1;

static const struct ess_plan_type *find_plan(const char *name) {
    size_t i = 0;
    while (strcmp(ess_plan_registry[i]->name, name) != 0) {
        i++;
    }
    return ess_plan_registry[i];
}

static const struct ess_recovery_type *find_recovery(const char *name) {
    size_t i = 0;
    while (strcmp(ess_recovery_registry[i]->name, name) != 0) {
        i++;
    }
    return ess_recovery_registry[i];
}

static void choose_selection(struct ess_host *host, const char *name) {
    const struct ess_selection_type *selection;
    size_t i = 0;
    if (!name) {
        return;
    }
    while (strcmp(ess_selection_registry[i]->name, name) != 0) {
        i++;
    }
    selection = ess_selection_registry[i];
    ess_parameters_set_defaults(selection->parameters, host->selection_settings.bytes);
    ess_chooser_init(&host->chooser, selection, host->selection_settings.bytes);
    host->policies.chooser = &host->chooser;
}

static void choose_policies(struct ess_host *host) {
    const struct ess_test_world *world = host->world;
    struct ess_policies *policies = &host->policies;
    policies->detector = &ess_detector_timeout;
    policies->training = &ess_training_data_parallel;
    policies->plan = world->own_plan ? world->own_plan : find_plan(world->plan);
    policies->recovery = world->own_recovery ? world->own_recovery : find_recovery(world->recovery);
    policies->detector_settings = &fast_detector;
    policies->training_settings = &training_settings;
    ess_parameters_set_defaults(policies->plan->parameters, host->plan_settings.bytes);
    policies->plan_settings = host->plan_settings.bytes;
    choose_selection(host, world->selection);
    ess_parameters_set_defaults(ess_peer_registry[0]->parameters, &policies->peer);
    policies->peer.segment_bytes = world->segment_bytes;
    policies->peer.open_rounds = world->open_rounds;
    policies->peer.retry_delay_ns = 50 * ESS_HOST_MS;
    policies->peer.patience_ns = 5000 * ESS_HOST_MS;
    policies->peer.suspicion_limit_ns = 1500 * ESS_HOST_MS;
    policies->peer.operations = world->operations ? world->operations : 2;
    policies->peer.window = world->window ? world->window : 2 + (int64_t)(world->seed % 7);
}

static void describe_job(struct ess_host *host) {
    const struct ess_test_world *world = host->world;
    host->job = (struct ess_job){
        .steps = world->steps,
        .elements = world->elements,
        .element_bytes = sizeof(float),
        .buckets = world->buckets,
        .state_bytes = world->elements * sizeof(float),
        .stripes = 1,
        .work_flop = 1,
        .minimum_workers = world->minimum_workers ? world->minimum_workers : 1,
        .founders = world->workers - world->late_workers,
        .formation_ns = 2000 * ESS_HOST_MS,
    };
    /* Stripes are cut in bytes; keep them whole floats. */
    if (world->elements % 4 == 0 && world->elements > 0) {
        host->job.stripes = 4;
    }
    if (world->stripes) {
        assert(world->elements % world->stripes == 0);
        host->job.stripes = world->stripes;
    }
}

static void prepare_peers(struct ess_host *host) {
    const struct ess_test_world *world = host->world;
    host->peer_count = world->workers + 1;
    for (uint32_t id = 0; id < host->peer_count; id++) {
        struct ess_host_peer *peer = &host->peers[id];
        peer->config = (struct ess_peer_config){
            .self = id,
            .coordinator = 0,
            .peer_capacity = host->peer_count,
            .site = id % world->sites,
            .rejoin = world->rejoin,
            .job = &host->job,
            .policies = &host->policies,
        };
        peer->clock.offset_ns = (int64_t)ess_random_below(&host->random, 1000000) * ESS_HOST_MS;
        peer->clock.drift_ppm = (int64_t)ess_random_below(&host->random, 101) - 50;
        for (int region = 0; region < ESS_REGION_COUNT; region++) {
            peer->regions[region] = calloc(world->elements + 1, sizeof(float));
        }
        ess_host_push(host,
            (struct ess_host_item){.kind = ESS_ITEM_START,
                .peer = id,
                .at_ns = id > world->workers - world->late_workers ? world->late_start_ns : 0});
    }
    for (uint32_t i = 0; i < world->fault_count; i++) {
        if (world->faults[i].after_events == 0 && world->faults[i].kind != ESS_FAULT_NONE) {
            ess_host_push(host, (struct ess_host_item){.at_ns = world->faults[i].at_ns,
                                    .kind = ESS_ITEM_FAULT,
                                    .peer = world->faults[i].peer,
                                    .number = i});
        }
    }
}

static void dispose(struct ess_host *host) {
    for (uint32_t id = 0; id < host->peer_count; id++) {
        free(host->peers[id].state);
        for (int region = 0; region < ESS_REGION_COUNT; region++) {
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
        .transport_timeout_ns = 600 * ESS_HOST_MS,
        .time_limit_ns = 120000 * ESS_HOST_MS,
    };
}

void ess_test_world_run(const struct ess_test_world *world, struct ess_test_outcome *outcome) {
    struct ess_host *host = calloc(1, sizeof *host);
    uint32_t at_once = 0;
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
        struct ess_host_item item = ess_host_pop(host);
        if (item.at_ns > world->time_limit_ns) {
            break;
        }
        at_once = item.at_ns == host->now_ns ? at_once + 1 : 0;
        if (at_once > AT_ONCE_MAX) {
            ess_host_violate(host, "peer %u: events without end in one instant", item.peer);
        }
        host->now_ns = item.at_ns;
        happen(host, &item);
        if (ess_monitor_violation(host->monitor)) {
            ess_host_violate(host, "%s", ess_monitor_violation(host->monitor));
        }
    }
    ess_host_judge_end(host);
    dispose(host);
}
