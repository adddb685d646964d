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
    bool writes;
    struct ess_span span;
};

struct watched {
    int64_t now_ns;
    bool started, done, more;
    uint32_t view_epoch;
    uint64_t step_committed;
    uint64_t begun_step;
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
        if ((other->writes || post.writes) && overlap(&other->span, &post.span)) {
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

static void judge_report(
    struct ess_monitor *monitor, uint32_t peer, const struct ess_report *report) {
    struct watched *watched = &monitor->watched[peer];
    switch (report->kind) {
    case ESS_REPORT_STEP_BEGUN:
        watched->begun_step = report->step;
        break;
    case ESS_REPORT_STEP_COMMITTED:
        if (watched->step_committed && report->step != watched->step_committed + 1 &&
            report->step <= watched->step_committed) {
            violate(monitor, peer, "step %" PRIu64 " committed after %" PRIu64, report->step,
                watched->step_committed);
        }
        if (report->step != watched->begun_step) {
            violate(monitor, peer, "step %" PRIu64 " committed but %" PRIu64 " was begun",
                report->step, watched->begun_step);
        }
        watched->step_committed = report->step;
        break;
    case ESS_REPORT_OPERATION_COMMITTED:
        if (report->step != watched->step_committed) {
            violate(monitor, peer, "operation of step %" PRIu64 " before the step's commit",
                report->step);
        }
        judge_commit(monitor, peer, report);
        break;
    default:
        break;
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
        post.epoch = action->transfer.epoch;
        post.span = action->transfer.span;
        post.writes = action->kind == ESS_ACTION_RECEIVE;
        open_post(monitor, peer, post);
        break;
    case ESS_ACTION_COMPUTE:
        post.span = action->work.produces;
        post.writes = true;
        open_post(monitor, peer, post);
        break;
    case ESS_ACTION_ARITHMETIC:
        post.span = action->arithmetic.to;
        post.writes = action->arithmetic.kind != ESS_ARITHMETIC_APPLY; /* reads `to`, then */
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
        watched->done = true;
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
