/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sharing_reference.h"

#include <math.h>
#include <stdlib.h>

#define SLACK_NS 0x1p-10L
#define NOTHING_LEFT 1e-14L

struct filling {
    long double *used, *weight; /* per link: rate of frozen flows, weight of the others */
    bool *frozen;
};

static void freeze(struct reference *r, struct filling *filling, uint32_t flow, long double level) {
    struct reference_flow *f = &r->flows[flow];
    filling->frozen[flow] = true;
    f->rate_bytes_per_s = level * (long double)f->path.weight;
    for (uint32_t i = 0; i < f->path.count; i++) {
        filling->used[f->path.links[i]] += f->rate_bytes_per_s;
        filling->weight[f->path.links[i]] -= f->path.weight;
    }
}

static bool crosses(const struct reference_flow *f, uint32_t link) {
    for (uint32_t i = 0; i < f->path.count; i++)
        if (f->path.links[i] == link)
            return true;
    return false;
}

/* Raise the common level to where the next link is full or the next flow at its cap, and freeze
 * those it concerns. */
static void fill_once(struct reference *r, struct filling *filling) {
    long double level = INFINITY;
    uint32_t full = UINT32_MAX, capped = UINT32_MAX;
    for (uint32_t link = 0; link < r->link_count; link++) {
        if (filling->weight[link] <= 0)
            continue;
        long double at =
            fmaxl((r->capacity_bytes_per_s[link] - filling->used[link]) / filling->weight[link], 0);
        if (at < level) {
            level = at;
            full = link;
        }
    }
    for (uint32_t flow = 0; flow < r->flow_count; flow++) {
        const struct reference_path *path = &r->flows[flow].path;
        long double at = (long double)path->cap_bytes_per_s / path->weight;
        if (!filling->frozen[flow] && at < level) {
            level = at;
            capped = flow;
        }
    }
    if (capped != UINT32_MAX) {
        freeze(r, filling, capped, level);
        return;
    }
    for (uint32_t flow = 0; flow < r->flow_count; flow++)
        if (!filling->frozen[flow] && crosses(&r->flows[flow], full))
            freeze(r, filling, flow, level);
}

void reference_fill(struct reference *r) {
    struct filling filling = {calloc(r->link_count + 1, sizeof(long double)),
        calloc(r->link_count + 1, sizeof(long double)), calloc(r->flow_count + 1, sizeof(bool))};
    for (uint32_t flow = 0; flow < r->flow_count; flow++) {
        struct reference_flow *f = &r->flows[flow];
        f->rate_bytes_per_s = 0;
        filling.frozen[flow] = !f->active;
        for (uint32_t i = 0; f->active && i < f->path.count; i++)
            filling.weight[f->path.links[i]] += f->path.weight;
    }
    for (uint32_t flow = 0; flow < r->flow_count; flow++)
        while (!filling.frozen[flow])
            fill_once(r, &filling);
    free(filling.used);
    free(filling.weight);
    free(filling.frozen);
}

static bool nothing_left(const struct reference_flow *f) {
    return f->remaining_bytes <= NOTHING_LEFT * f->size_bytes;
}

int64_t reference_next(const struct reference *r) {
    int64_t next = INT64_MAX;
    for (uint32_t flow = 0; flow < r->flow_count; flow++) {
        const struct reference_flow *f = &r->flows[flow];
        if (!f->active)
            continue;
        if (nothing_left(f))
            return r->now_ns;
        long double wait_ns = ceill(f->remaining_bytes / f->rate_bytes_per_s * 1e9L - SLACK_NS);
        if (!(wait_ns < 1e18L))
            continue;
        int64_t due = r->now_ns + (wait_ns < 1 ? 1 : (int64_t)wait_ns);
        if (due < next)
            next = due;
    }
    return next;
}

void reference_advance(struct reference *r, int64_t now_ns) {
    long double seconds = (long double)(now_ns - r->now_ns) / 1e9L;
    r->now_ns = now_ns;
    for (uint32_t flow = 0; flow < r->flow_count; flow++) {
        struct reference_flow *f = &r->flows[flow];
        if (!f->active)
            continue;
        long double bytes = f->rate_bytes_per_s * seconds, slack = f->rate_bytes_per_s * 1e-9L;
        f->done = f->remaining_bytes - bytes <= slack * SLACK_NS || nothing_left(f);
        if (f->done) {
            bytes = f->remaining_bytes;
            f->done_ns = now_ns;
            f->active = false;
        }
        f->remaining_bytes -= bytes;
        for (uint32_t i = 0; r->carried_bytes != NULL && i < f->path.count; i++)
            r->carried_bytes[f->path.links[i]] += bytes;
    }
}
