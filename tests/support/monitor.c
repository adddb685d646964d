/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "monitor.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct post {
    uint64_t token;
    uint32_t epoch; /* of a transfer; UINT32_MAX for work */
    bool cancelled;
    /* What is written or read; the second is empty where there is none. */
    struct reach {
        struct ess_span span;
        bool writes;
    } reaches[2];
};

struct watched {
    int64_t now_ns;
    bool started, done, more;
    uint32_t view_epoch;
    uint64_t step_committed;
    uint64_t begun_step;
    uint64_t fetched_step;         /* in which the parameters were fetched last */
    uint64_t operations_committed; /* of step_committed, bit b: operation b */
    struct post *posts;
    uint32_t post_count, post_capacity;
};

struct agreement {
    uint32_t epoch, count; /* count 0: not committed by anyone yet */
};

struct ess_monitor {
    uint32_t peers;
    struct watched *watched;
    struct agreement *agreements;
    uint64_t agreement_capacity; /* index: step * 64 + operation */
    uint64_t operations;         /* that a whole step has; 0: not known yet */
    uint64_t group_step;         /* the last that a coordinator has committed */
    struct ess_monitor_counts counts;
    bool failed;
    char violation[256];
};

struct ess_monitor *ess_monitor_new(uint32_t peers) {
    struct ess_monitor *monitor = calloc(1, sizeof *monitor);
    monitor->peers = peers;
    monitor->watched = calloc(peers, sizeof *monitor->watched);
    return monitor;
}

void ess_monitor_free(struct ess_monitor *monitor) {
    if (!monitor) {
        return;
    }
    for (uint32_t peer = 0; peer < monitor->peers; peer++) {
        free(monitor->watched[peer].posts);
    }
    free(monitor->watched);
    free(monitor->agreements);
    free(monitor);
}

static void __attribute__((format(printf, 3, 4)))
violate(struct ess_monitor *monitor, uint32_t peer, const char *format, ...) {
    va_list arguments;
    int length;
    if (monitor->failed) {
        return;
    }
    monitor->failed = true;
    length = snprintf(monitor->violation, sizeof monitor->violation, "peer %" PRIu32 ": ", peer);
    va_start(arguments, format);
    vsnprintf(
        monitor->violation + length, sizeof monitor->violation - (size_t)length, format, arguments);
    va_end(arguments);
}

void ess_monitor_start(struct ess_monitor *monitor, uint32_t peer) {
    struct watched *watched = &monitor->watched[peer];
    struct post *posts = watched->posts;
    uint32_t capacity = watched->post_capacity;
    *watched = (struct watched){.now_ns = INT64_MIN, .posts = posts, .post_capacity = capacity};
}

/* ---- what is handed over ----------------------------------------------------------------------
 */

static void close_post(struct ess_monitor *monitor, uint32_t peer, const struct ess_event *event) {
    struct watched *watched = &monitor->watched[peer];
    monitor->counts.completions++;
    for (uint32_t i = 0; i < watched->post_count; i++) {
        struct post *post = &watched->posts[i];
        if (post->token != event->token) {
            continue;
        }
        if (post->cancelled != (event->reason == ESS_FAILURE_CANCELLED)) {
            violate(monitor, peer, "token %" PRIx64 " ended with reason %d, cancelled %d",
                event->token, (int)event->reason, (int)post->cancelled);
        }
        *post = watched->posts[--watched->post_count];
        return;
    }
    violate(monitor, peer, "an end without a post, token %" PRIx64, event->token);
}

static void judge_event(struct ess_monitor *monitor, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event) {
    struct watched *watched = &monitor->watched[peer];
    monitor->counts.events++;
    if (watched->done) {
        violate(monitor, peer, "event %d after done", (int)event->kind);
    }
    if (event->now_ns < watched->now_ns) {
        violate(monitor, peer, "its clock ran backwards");
    }
    watched->now_ns = event->now_ns;
    if ((event->kind == ESS_EVENT_START) == watched->started) {
        violate(monitor, peer, "start must come first and once, event %d", (int)event->kind);
    }
    watched->started = true;
    if ((event->kind == ESS_EVENT_CONTINUE) != watched->more) {
        violate(monitor, peer, "event %d where 'continue' %s due", (int)event->kind,
            watched->more ? "was" : "was not");
    }
    if (event->kind == ESS_EVENT_DEADLINE && event->now_ns < deadline_ns) {
        violate(monitor, peer, "deadline handed over %" PRId64 " ns early",
            deadline_ns - event->now_ns);
    }
    if (event->kind == ESS_EVENT_FINISHED || event->kind == ESS_EVENT_FAILED) {
        close_post(monitor, peer, event);
    }
    if (event->kind == ESS_EVENT_VIEW) {
        if (event->view->epoch < watched->view_epoch) {
            violate(monitor, peer, "view of epoch %" PRIu32 " after %" PRIu32, event->view->epoch,
                watched->view_epoch);
        }
        watched->view_epoch = event->view->epoch;
    }
}

/* ---- what is wanted ---------------------------------------------------------------------------
 */

static bool overlap(const struct ess_span *a, const struct ess_span *b) {
    return a->region == b->region && a->size_bytes > 0 && b->size_bytes > 0 &&
           a->offset_bytes < b->offset_bytes + b->size_bytes &&
           b->offset_bytes < a->offset_bytes + a->size_bytes;
}

static bool clash(const struct post *a, const struct post *b) {
    for (int i = 0; i < 4; i++) {
        const struct reach *one = &a->reaches[i / 2], *other = &b->reaches[i % 2];
        if ((one->writes || other->writes) && overlap(&one->span, &other->span)) {
            return true;
        }
    }
    return false;
}

static void open_post(struct ess_monitor *monitor, uint32_t peer, struct post post) {
    struct watched *watched = &monitor->watched[peer];
    monitor->counts.posts++;
    for (uint32_t i = 0; i < watched->post_count; i++) {
        const struct post *other = &watched->posts[i];
        if (other->cancelled) {
            continue;
        }
        if (other->token == post.token) {
            violate(monitor, peer, "token %" PRIx64 " posted twice", post.token);
        }
        if (clash(other, &post)) {
            violate(monitor, peer,
                "spans of tokens %" PRIx64 " and %" PRIx64 " overlap and one writes", other->token,
                post.token);
        }
    }
    if (watched->post_count == watched->post_capacity) {
        watched->post_capacity = watched->post_capacity ? 2 * watched->post_capacity : 64;
        watched->posts = realloc(watched->posts, watched->post_capacity * sizeof *watched->posts);
    }
    watched->posts[watched->post_count++] = post;
}

static void cancel_posts(struct ess_monitor *monitor, uint32_t peer, uint32_t epoch) {
    struct watched *watched = &monitor->watched[peer];
    for (uint32_t i = 0; i < watched->post_count; i++) {
        if (watched->posts[i].epoch < epoch) {
            watched->posts[i].cancelled = true;
        }
    }
}

static struct agreement *agreement_of(struct ess_monitor *monitor, uint64_t index) {
    if (index >= monitor->agreement_capacity) {
        uint64_t capacity = 2 * index + 64;
        monitor->agreements = realloc(monitor->agreements, capacity * sizeof *monitor->agreements);
        memset(monitor->agreements + monitor->agreement_capacity, 0,
            (capacity - monitor->agreement_capacity) * sizeof *monitor->agreements);
        monitor->agreement_capacity = capacity;
    }
    return &monitor->agreements[index];
}

/* All peers must agree on the contributor set of each committed operation. */
static void judge_commit(
    struct ess_monitor *monitor, uint32_t peer, const struct ess_report *report) {
    struct agreement *agreement = agreement_of(monitor, report->step * 64 + report->operation);
    monitor->counts.commits++;
    if (agreement->count == 0) {
        *agreement = (struct agreement){report->epoch, report->count};
    }
    if (agreement->epoch != report->epoch || agreement->count != report->count) {
        violate(monitor, peer,
            "step %" PRIu64 " operation %" PRIu64 " committed with the set of epoch %" PRIu32
            " (%" PRIu32 "), elsewhere %" PRIu32 " (%" PRIu32 ")",
            report->step, report->operation, report->epoch, report->count, agreement->epoch,
            agreement->count);
    }
}

/* All operations of a committed step are committed, no more and no fewer than in other steps. */
static void judge_whole_step(struct ess_monitor *monitor, uint32_t peer) {
    const struct watched *watched = &monitor->watched[peer];
    if (watched->step_committed == 0) {
        return;
    }
    if (monitor->operations == 0) {
        monitor->operations = watched->operations_committed;
    }
    if (watched->operations_committed != monitor->operations) {
        violate(monitor, peer,
            "step %" PRIu64 " has committed operations %" PRIx64 ", others have %" PRIx64,
            watched->step_committed, watched->operations_committed, monitor->operations);
    }
}

/* A peer commits what it has begun, after the coordinator has, and the step after its last one:
 * where it has missed some, it must have fetched the parameters. */
static void judge_step(struct ess_monitor *monitor, uint32_t peer, uint64_t step) {
    struct watched *watched = &monitor->watched[peer];
    judge_whole_step(monitor, peer);
    if (step <= watched->step_committed) {
        violate(monitor, peer, "step %" PRIu64 " committed after %" PRIu64, step,
            watched->step_committed);
    }
    if (step != watched->step_committed + 1 && watched->fetched_step <= watched->step_committed) {
        violate(monitor, peer,
            "step %" PRIu64 " committed after %" PRIu64 " without fetching the parameters", step,
            watched->step_committed);
    }
    if (step != watched->begun_step) {
        violate(monitor, peer, "step %" PRIu64 " committed but %" PRIu64 " was begun", step,
            watched->begun_step);
    }
    if (step > monitor->group_step) {
        violate(monitor, peer, "step %" PRIu64 " committed before the group", step);
    }
    watched->step_committed = step;
    watched->operations_committed = 0;
}

static void judge_operation(
    struct ess_monitor *monitor, uint32_t peer, const struct ess_report *report) {
    struct watched *watched = &monitor->watched[peer];
    uint64_t bit = UINT64_C(1) << (report->operation % 64);
    if (report->step != watched->step_committed) {
        violate(
            monitor, peer, "operation of step %" PRIu64 " before the step's commit", report->step);
    }
    if (report->operation >= 64 || watched->operations_committed & bit) {
        violate(monitor, peer, "operation %" PRIu64 " committed twice", report->operation);
    }
    watched->operations_committed |= bit;
    judge_commit(monitor, peer, report);
}

static void judge_report(
    struct ess_monitor *monitor, uint32_t peer, const struct ess_report *report) {
    struct watched *watched = &monitor->watched[peer];
    switch (report->kind) {
    case ESS_REPORT_STEP_BEGUN:
        watched->begun_step = report->step;
        break;
    case ESS_REPORT_PARAMETERS_FETCHED:
        watched->fetched_step = report->step;
        break;
    case ESS_REPORT_STEP_COMMITTED:
        judge_step(monitor, peer, report->step);
        break;
    case ESS_REPORT_OPERATION_COMMITTED:
        judge_operation(monitor, peer, report);
        break;
    case ESS_REPORT_GROUP_STEP:
        monitor->group_step = report->step;
        break;
    default:
        break;
    }
}

/* A peer that says it has completed leaves nothing behind that could still write. */
static void judge_done(struct ess_monitor *monitor, uint32_t peer, enum ess_status status) {
    struct watched *watched = &monitor->watched[peer];
    watched->done = true;
    if (status != ESS_STATUS_COMPLETE) {
        return;
    }
    judge_whole_step(monitor, peer);
    for (uint32_t i = 0; i < watched->post_count; i++) {
        if (!watched->posts[i].cancelled) {
            violate(monitor, peer, "complete, but token %" PRIx64 " has not ended",
                watched->posts[i].token);
        }
    }
}

static struct ess_span elsewhere(struct ess_span span, enum ess_region region) {
    span.region = region;
    return span;
}

static void describe_transfer(struct post *post, const struct ess_action *action) {
    const struct ess_transfer *transfer = &action->transfer;
    post->epoch = transfer->epoch;
    post->reaches[0] = (struct reach){transfer->span, action->kind == ESS_ACTION_RECEIVE};
    /* The operand may be the written span itself. */
    if (action->kind == ESS_ACTION_RECEIVE && transfer->combine != ESS_COMBINE_COPY) {
        post->reaches[1].span = elsewhere(transfer->span, transfer->operand_region);
    }
}

static void describe_arithmetic(struct post *post, const struct ess_arithmetic *sum) {
    bool apply = sum->kind == ESS_ARITHMETIC_APPLY;
    post->reaches[0] = (struct reach){sum->to, !apply};
    if (apply) {
        /* It writes the parameters, and is taken for a reader: the end of a send of them may still
         * be on its way to a peer that was told of the commit, which says that the other end has
         * all it wanted. The test host sees bytes that change before they are sent. */
        post->reaches[1].span = elsewhere(sum->to, ESS_REGION_PARAMETERS);
    }
    if (sum->kind == ESS_ARITHMETIC_COPY) {
        post->reaches[1].span = elsewhere(sum->to, sum->from_region);
    }
}

static void judge_action(
    struct ess_monitor *monitor, uint32_t peer, const struct ess_action *action) {
    struct watched *watched = &monitor->watched[peer];
    struct post post = {.token = action->token, .epoch = UINT32_MAX};
    monitor->counts.actions++;
    if (watched->done) {
        violate(monitor, peer, "action %d after done", (int)action->kind);
    }
    switch (action->kind) {
    case ESS_ACTION_SEND:
    case ESS_ACTION_RECEIVE:
        describe_transfer(&post, action);
        open_post(monitor, peer, post);
        break;
    case ESS_ACTION_COMPUTE:
        post.reaches[0] = (struct reach){action->work.produces, true};
        open_post(monitor, peer, post);
        break;
    case ESS_ACTION_ARITHMETIC:
        describe_arithmetic(&post, &action->arithmetic);
        open_post(monitor, peer, post);
        break;
    case ESS_ACTION_CANCEL:
        cancel_posts(monitor, peer, action->epoch);
        break;
    case ESS_ACTION_REPORT:
        judge_report(monitor, peer, &action->report);
        break;
    case ESS_ACTION_MESSAGE:
        if (action->message.size_bytes > ESS_MESSAGE_BYTES_MAX || action->message.size_bytes == 0) {
            violate(monitor, peer, "message of %" PRIu32 " bytes", action->message.size_bytes);
        }
        break;
    case ESS_ACTION_VIEW:
        break;
    case ESS_ACTION_DONE:
        judge_done(monitor, peer, action->status);
        break;
    }
}

void ess_monitor_step(struct ess_monitor *monitor, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event, const struct ess_actions *actions, enum ess_step_result result) {
    struct watched *watched = &monitor->watched[peer];
    judge_event(monitor, peer, deadline_ns, event);
    if (actions->count > ESS_ACTIONS_CAPACITY) {
        violate(monitor, peer, "%" PRIu32 " actions", actions->count);
        return;
    }
    for (uint32_t i = 0; i < actions->count; i++) {
        judge_action(monitor, peer, &actions->items[i]);
    }
    watched->more = result == ESS_MORE;
    if ((result == ESS_DONE) != watched->done) {
        violate(monitor, peer, "the result and the done action disagree");
    }
}

const char *ess_monitor_violation(const struct ess_monitor *monitor) {
    return monitor->failed ? monitor->violation : NULL;
}

uint32_t ess_monitor_open_posts(const struct ess_monitor *monitor, uint32_t peer) {
    return monitor->watched[peer].post_count;
}

struct ess_monitor_counts ess_monitor_counts(const struct ess_monitor *monitor) {
    return monitor->counts;
}
