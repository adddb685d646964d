/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/emulator/fabric.h"
#include "base/random.h"
#include "runtime/emulator/segments.h"

#include <stdlib.h>
#include <string.h>

/* All packets on a link, first in, first out; their due times do not go down. */
struct link {
    double ns_per_byte;
    int64_t free_ns;
    struct ess_fabric_packet *head, *tail;
    struct ess_random losses;
};

/* The links that carry something, the one whose first packet is due first at the root. */
struct ess_fabric {
    struct ess_emulator_plan plan;
    struct link links[ESS_EMULATOR_LINKS_MAX];
    uint32_t heap[ESS_EMULATOR_LINKS_MAX], heap_count;
    struct ess_fabric_counts counts;
    unsigned char piece[ESS_SEGMENTS_BYTES_MAX];
};

struct ess_fabric *ess_fabric_new(const struct ess_emulator_plan *plan) {
    struct ess_fabric *fabric = calloc(1, sizeof *fabric);
    if (!fabric) {
        return NULL;
    }
    fabric->plan = *plan;
    for (uint32_t i = 0; i < plan->link_count; i++) {
        uint64_t rate = plan->links[i].rate_bits_per_s;
        fabric->links[i].ns_per_byte = rate > 0 ? 8e9 / (double)rate : 0;
        ess_random_init(&fabric->links[i].losses, plan->seed, i, "emulated loss");
    }
    return fabric;
}

void ess_fabric_free(struct ess_fabric *fabric) {
    for (uint32_t i = 0; fabric && i < fabric->plan.link_count; i++) {
        while (fabric->links[i].head) {
            struct ess_fabric_packet *next = fabric->links[i].head->next;
            free(fabric->links[i].head);
            fabric->links[i].head = next;
        }
    }
    free(fabric);
}

static int64_t due_of(const struct ess_fabric *fabric, uint32_t position) {
    return fabric->links[fabric->heap[position]].head->due_ns;
}

static void swap(struct ess_fabric *fabric, uint32_t a, uint32_t b) {
    uint32_t link = fabric->heap[a];
    fabric->heap[a] = fabric->heap[b];
    fabric->heap[b] = link;
}

static void rise(struct ess_fabric *fabric, uint32_t at) {
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (due_of(fabric, parent) <= due_of(fabric, at)) {
            return;
        }
        swap(fabric, at, parent);
        at = parent;
    }
}

static void sink(struct ess_fabric *fabric, uint32_t at) {
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= fabric->heap_count) {
            return;
        }
        if (child + 1 < fabric->heap_count && due_of(fabric, child + 1) < due_of(fabric, child)) {
            child++;
        }
        if (due_of(fabric, at) <= due_of(fabric, child)) {
            return;
        }
        swap(fabric, at, child);
        at = child;
    }
}

static void append(struct ess_fabric *fabric, uint32_t number, struct ess_fabric_packet *packet) {
    struct link *link = &fabric->links[number];
    packet->next = NULL;
    if (link->head) {
        link->tail->next = packet;
        link->tail = packet;
        return;
    }
    link->head = link->tail = packet;
    fabric->heap[fabric->heap_count++] = number;
    rise(fabric, fabric->heap_count - 1);
}

static struct ess_fabric_packet *remove_first(struct ess_fabric *fabric) {
    struct link *link = &fabric->links[fabric->heap[0]];
    struct ess_fabric_packet *packet = link->head;
    link->head = packet->next;
    if (!link->head) {
        fabric->heap[0] = fabric->heap[--fabric->heap_count];
    }
    sink(fabric, 0);
    return packet;
}

/* When a segment that arrives at `at_ns` has been sent; -1 where it is dropped or lost. */
static int64_t serve(struct ess_fabric *fabric, uint32_t number, int64_t at_ns, uint32_t bytes) {
    const struct ess_emulator_link *plan = &fabric->plan.links[number];
    struct link *link = &fabric->links[number];
    int64_t begin_ns = link->free_ns > at_ns ? link->free_ns : at_ns;
    double waiting_ns = (double)(begin_ns - at_ns);
    if (plan->rate_bits_per_s == 0 || waiting_ns > (double)plan->queue_bytes * link->ns_per_byte) {
        fabric->counts.dropped_by_queue++;
        return -1;
    }
    link->free_ns = begin_ns + (int64_t)((double)bytes * link->ns_per_byte + 0.5);
    if (plan->loss_ppb > 0 && ess_random_below(&link->losses, 1000000000) < plan->loss_ppb) {
        fabric->counts.lost++;
        return -1;
    }
    return link->free_ns;
}

static void send_piece(struct ess_fabric *fabric, const struct ess_fabric_packet *like,
    const unsigned char *data, size_t bytes, int64_t sent_ns) {
    uint32_t number = fabric->plan.routes[like->from][like->to].link[like->hop];
    struct ess_fabric_packet *packet = malloc(sizeof *packet + bytes);
    if (!packet) {
        return; /* one more lost packet: the traffic's ends cope with it */
    }
    *packet = (struct ess_fabric_packet){.from = like->from,
        .to = like->to,
        .hop = like->hop,
        .bytes = (uint32_t)bytes,
        .due_ns = sent_ns + fabric->plan.links[number].delay_ns};
    memcpy(packet->data, data, bytes);
    append(fabric, number, packet);
}

/* All segments of a packet pass its link; what is left of it goes on in runs without a gap, none
 * longer than the route's pieces. */
static void pass(struct ess_fabric *fabric, const struct ess_fabric_packet *place,
    const unsigned char *data, size_t bytes, const struct ess_segments *segments, int64_t at_ns) {
    const struct ess_emulator_route *route = &fabric->plan.routes[place->from][place->to];
    uint32_t first = 0;
    int64_t sent_ns = -1;
    for (uint32_t i = 0; i <= segments->count; i++) {
        int64_t departed_ns = -1;
        if (i < segments->count) {
            departed_ns = serve(fabric, route->link[place->hop], at_ns,
                ess_segments_wire_bytes(segments, i, i + 1));
        }
        bool ends = departed_ns < 0 || i - first == route->piece_segments;
        if (ends && i > first) {
            bool whole = first == 0 && i == segments->count;
            size_t length =
                whole ? bytes : ess_segments_cut(data, segments, first, i, fabric->piece);
            send_piece(fabric, place, whole ? data : fabric->piece, length, sent_ns);
            first = i;
        }
        if (departed_ns < 0) {
            first = i + 1;
        }
        sent_ns = departed_ns;
    }
}

void ess_fabric_enter(struct ess_fabric *fabric, uint32_t from, const unsigned char *data,
    size_t bytes, int64_t now_ns) {
    struct ess_segments segments;
    struct ess_fabric_packet place = {.from = from};
    bool good = ess_segments_read(data, bytes, &segments);
    place.to = good ? segments.to[3] - 1U : UINT32_MAX;
    if (!good || place.to >= fabric->plan.node_count ||
        fabric->plan.routes[from][place.to].count == 0) {
        fabric->counts.without_route++;
        return;
    }
    fabric->counts.entered += segments.count;
    pass(fabric, &place, data, bytes, &segments, now_ns);
}

struct ess_fabric_packet *ess_fabric_take(struct ess_fabric *fabric, int64_t until_ns) {
    while (fabric->heap_count > 0 && due_of(fabric, 0) <= until_ns) {
        struct ess_fabric_packet *packet = remove_first(fabric);
        struct ess_segments segments;
        bool good = ess_segments_read(packet->data, packet->bytes, &segments);
        packet->hop++;
        if (packet->hop == fabric->plan.routes[packet->from][packet->to].count) {
            fabric->counts.delivered += segments.count;
            return packet;
        }
        if (good) {
            pass(fabric, packet, packet->data, packet->bytes, &segments, packet->due_ns);
        }
        free(packet);
    }
    return NULL;
}

int64_t ess_fabric_next_ns(const struct ess_fabric *fabric) {
    return fabric->heap_count > 0 ? due_of(fabric, 0) : INT64_MAX;
}

struct ess_fabric_counts ess_fabric_counts(const struct ess_fabric *fabric) {
    return fabric->counts;
}
