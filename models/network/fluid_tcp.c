/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP in the fluid network: what its window, loss and acknowledgements do to the rate of a flow.
 *
 * A window's worth may leave at the speed of the links; what is beyond it waits a round trip. So a
 * flow with more left than is free of its window is held to window / round trip, by a class of that
 * cap, and one with less runs at what the links give. While it is held there is one event a round
 * trip in slow start, when the window grows, and one for all that is left otherwise. */
#include <math.h>

#include "models/network/fluid_state.h"
#include "models/network/transport.h"

#define NEARLY 0.99       /* a round trip that carried this part of its window was full */
#define SLACK_BYTES 1.0   /* rounding leaves of whole windows needs no round trip */
#define GROWTH_ROUNDS 8.0 /* a window that grows after slow start is looked at so often */

static double connections_of(const struct ess_fluid *fluid) {
    return (double)fluid->tcp->connections;
}

/* ---- a transfer on the links ------------------------------------------------------------------
 */

/* Until the acknowledgement of a window's first segments is back: the receiver answers several
 * segments at once, and the narrowest link takes its time with each. */
static int64_t round_trip_ns(const struct ess_fluid *fluid, const struct connection *connection) {
    const struct tcp_connection *tcp = &fluid->tcp_connections[connection - fluid->connections];
    double answered_s = (double)(fluid->tcp->segments_per_ack * tcp->law->wire_segment_bytes) /
                        connection->narrowest_bytes_per_s;
    return tcp->base_round_trip_ns + ess_fluid_tcp_queue_ns(fluid, connection) +
           (int64_t)(1e9 * answered_s);
}

static void set_filling(struct ess_fluid *fluid, struct tcp_connection *tcp, bool fills) {
    if (tcp->fills != fills) {
        tcp->fills = fills;
        fluid->fillers[tcp->narrowest_link] += fills ? 1 : (uint32_t)-1;
    }
}

/* Data both ways over one cable: acknowledgements wait in the queue behind data, come back in
 * bunches, and let the sender send in bunches, which fill and empty the queue by turns. A transfer
 * comes or goes on `link`; when the first one comes or the last one goes, both directions change.
 */
static void count_sender(struct ess_fluid *fluid, const struct tcp_connection *tcp, bool comes) {
    bool all = tcp->two_way_share == 1 && tcp->two_way_back == 1;
    uint32_t link = tcp->narrowest_link, back = link ^ 1;
    fluid->senders[link] += comes ? 1 : (uint32_t)-1;
    if (all || fluid->senders[back] == 0 || fluid->senders[link] != comes) {
        return;
    }
    for (int way = 0; way < 2; way++) {
        uint32_t at = way == 0 ? link : back;
        double share = way == 0 ? tcp->two_way_share : tcp->two_way_back;
        fluid->rate_share[at] = comes ? share : 1;
        if (fluid->cuts[at] == 0) {
            ess_sharing_set_capacity(fluid->sharing, at, ess_fluid_payload_capacity(fluid, at));
        }
    }
}

/* What of the window is free at this instant. */
static double free_now(const struct ess_fluid *fluid, const struct tcp_connection *tcp) {
    double window = connections_of(fluid) * tcp->window.bytes;
    int64_t since_ns = fluid->engine->now_ns - tcp->free_ns;
    if (since_ns >= tcp->round_trip_ns) {
        return window;
    }
    return fmin(window, tcp->free_bytes + window * ((double)since_ns / (double)tcp->round_trip_ns));
}

static double window_cap(const struct ess_fluid *fluid, const struct tcp_connection *tcp) {
    return connections_of(fluid) * tcp->window.bytes / (1e-9 * (double)tcp->round_trip_ns);
}

uint32_t ess_fluid_tcp_class(struct ess_fluid *fluid, uint32_t index) {
    const struct connection *connection = &fluid->connections[index];
    const struct tcp_connection *tcp = &fluid->tcp_connections[index];
    uint32_t links[ESS_PATH_LINKS_MAX], count;
    int64_t delay_ns;
    if (tcp->cap >= tcp->base_cap) {
        ess_sharing_class_retain(fluid->sharing, connection->class);
        return connection->class;
    }
    count = ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    return ess_sharing_class(fluid->sharing, links, count, tcp->weight, tcp->cap);
}

/* A window that the links cannot carry in a round trip ends slow start. Where way and queue end it
 * and more is to come than they hold, the queue overflows first, and the repair costs time. */
static void check_links(struct ess_fluid *fluid, uint32_t index, double left, bool was_slow) {
    const struct connection *connection = &fluid->connections[index];
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    double link_rate = fluid->payload_share * connection->narrowest_bytes_per_s;
    struct ess_tcp_progress none = {.full = false};
    if (tcp->window.slow_start && left > tcp->free_bytes + SLACK_BYTES &&
        window_cap(fluid, tcp) >= link_rate) {
        ess_tcp_window_acked(&tcp->window, &tcp->law->settings, &none);
    }
    tcp->recovers = was_slow && !tcp->window.slow_start && tcp->window.until_loss_bytes > 0 &&
                    tcp->can_overshoot && left > connections_of(fluid) * tcp->window.most_bytes;
}

/* The class in which a transfer goes on with `left` bytes, and the time until its next look. The
 * caller gives the class back once the flow is in it. */
static uint32_t choose_class(
    struct ess_fluid *fluid, uint32_t index, double left, int64_t *look_ns) {
    const struct connection *connection = &fluid->connections[index];
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    double link_rate = fluid->payload_share * connection->narrowest_bytes_per_s;
    double until_loss = connections_of(fluid) * fmax(tcp->window.until_loss_bytes, 0);
    bool ends_in_window = left <= tcp->free_bytes + SLACK_BYTES;
    double window = connections_of(fluid) * tcp->window.bytes, rounds = 0;
    double cap = window_cap(fluid, tcp);
    bool held = !ends_in_window && cap < link_rate;
    if (tcp->recovers) {
        held = true;
        cap = link_rate / 2;
        rounds = ceil(2 * tcp->law->settings.overshoot);
    } else if (held) {
        bool grows = tcp->window.bytes < ess_tcp_window_limit(&tcp->window);
        rounds = tcp->window.slow_start ? 1 : ceil((left - tcp->free_bytes - SLACK_BYTES) / window);
        rounds = grows ? fmin(rounds, GROWTH_ROUNDS) : rounds;
    }
    if (left > until_loss && until_loss > 0) {
        double soonest = fmax(1, until_loss / (link_rate * 1e-9 * (double)tcp->round_trip_ns));
        rounds = rounds > 0 ? fmin(rounds, soonest) : soonest;
    }
    *look_ns = rounds > 0 ? (int64_t)ceil(rounds * (double)tcp->round_trip_ns) : 0;
    tcp->cap = held ? cap : INFINITY;
    set_filling(fluid, tcp, !held && !ends_in_window && !tcp->window.slow_start);
    return ess_fluid_tcp_class(fluid, index);
}

static void schedule_look(struct ess_fluid *fluid, uint32_t slot, int64_t look_ns) {
    fluid->transfers[slot].event = ESS_EVENT_NONE;
    if (look_ns > 0) {
        fluid->transfers[slot].event =
            ess_engine_schedule(fluid->engine, fluid->engine->now_ns + look_ns,
                fluid->settings.event_class, fluid->settings.event_kind + EVENT_LOOK, slot, 0);
    }
}

void ess_fluid_tcp_start(struct ess_fluid *fluid, uint32_t slot) {
    struct transfer *transfer = &fluid->transfers[slot];
    uint32_t index = transfer->connection, class;
    const struct connection *connection = &fluid->connections[index];
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    int64_t look_ns;
    tcp->round_trip_ns = round_trip_ns(fluid, connection);
    if (!tcp->open) {
        tcp->open = true;
        ess_tcp_window_open(&tcp->window, &tcp->law->settings, tcp->window.most_bytes,
            tcp->window.steady_bytes, tcp->loss);
        tcp->free_bytes = connections_of(fluid) * tcp->window.bytes;
    } else {
        ess_tcp_window_idle(&tcp->window, &tcp->law->settings,
            fluid->engine->now_ns - tcp->idle_since_ns, tcp->round_trip_ns);
        if (fluid->engine->now_ns > tcp->idle_since_ns) {
            ess_tcp_window_restart(&tcp->window, &tcp->law->settings, tcp->burst_bytes);
        }
        tcp->free_bytes = free_now(fluid, tcp);
    }
    tcp->free_ns = fluid->engine->now_ns;
    tcp->round_bytes = transfer->bytes;
    ess_fluid_mix_count(fluid, index, true);
    check_links(fluid, index, transfer->bytes, tcp->window.slow_start);
    class = choose_class(fluid, index, transfer->bytes, &look_ns);
    count_sender(fluid, tcp, true);
    transfer->flow = ess_sharing_start(
        fluid->sharing, class, transfer->bytes, (uint64_t)transfer->generation << 32 | slot);
    ess_sharing_class_release(fluid->sharing, class);
    schedule_look(fluid, slot, look_ns);
}

/* What the transfer carried since its last look counts for the window. */
static void acknowledge(
    struct ess_fluid *fluid, struct tcp_connection *tcp, double left, double flight, bool full) {
    double count = connections_of(fluid);
    struct ess_tcp_progress progress = {
        .acked_bytes = (tcp->round_bytes - left) / count,
        .flight_bytes = flight / count,
        .full = full,
    };
    if (!tcp->window.slow_start && tcp->window.bytes < ess_tcp_window_limit(&tcp->window)) {
        progress.growth_bytes = tcp->law->type->growth_bytes(
            &tcp->law->settings, 1e-9 * (double)tcp->round_trip_ns, tcp->window.bytes);
    }
    ess_tcp_window_acked(&tcp->window, &tcp->law->settings, &progress);
    tcp->round_bytes = left;
}

void ess_fluid_tcp_look(struct ess_fluid *fluid, uint32_t slot) {
    struct transfer *transfer = &fluid->transfers[slot];
    struct tcp_connection *tcp = &fluid->tcp_connections[transfer->connection];
    double left, window = connections_of(fluid) * tcp->window.bytes;
    int64_t look_ns;
    uint32_t class;
    bool full, was_slow;
    transfer->event = ESS_EVENT_NONE;
    ess_fluid_catch_up(fluid);
    if (!ess_sharing_alive(fluid->sharing, transfer->flow)) {
        return; /* it is done at this very instant */
    }
    left = ess_sharing_remaining(fluid->sharing, transfer->flow);
    full = !(tcp->cap < INFINITY) || tcp->round_bytes - left >= NEARLY * window;
    was_slow = tcp->window.slow_start;
    acknowledge(fluid, tcp, left, window, full);
    set_filling(fluid, tcp, false); /* its own queue is not one that it waits in */
    tcp->round_trip_ns = round_trip_ns(fluid, &fluid->connections[transfer->connection]);
    tcp->free_bytes = connections_of(fluid) * tcp->window.bytes;
    tcp->free_ns = fluid->engine->now_ns;
    check_links(fluid, transfer->connection, left, was_slow);
    class = choose_class(fluid, transfer->connection, left, &look_ns);
    ess_sharing_set_class(fluid->sharing, transfer->flow, class);
    ess_sharing_class_release(fluid->sharing, class);
    schedule_look(fluid, slot, look_ns);
    ess_engine_request_settle(fluid->engine);
}

void ess_fluid_tcp_end(struct ess_fluid *fluid, uint32_t slot, double left_bytes) {
    struct transfer *transfer = &fluid->transfers[slot];
    struct tcp_connection *tcp = &fluid->tcp_connections[transfer->connection];
    double burst = tcp->round_bytes - left_bytes;
    ess_engine_cancel(fluid->engine, transfer->event);
    transfer->event = ESS_EVENT_NONE;
    if (tcp->cap < INFINITY) {
        tcp->free_ns = fluid->engine->now_ns; /* held: what left was just what came back */
    } else {
        tcp->free_bytes = fmax(tcp->free_bytes - burst, 0);
    }
    acknowledge(
        fluid, tcp, left_bytes, connections_of(fluid) * tcp->window.bytes - tcp->free_bytes, true);
    count_sender(fluid, tcp, false);
    ess_fluid_mix_count(fluid, transfer->connection, false);
    set_filling(fluid, tcp, false);
    tcp->idle_since_ns = fluid->engine->now_ns;
}

void ess_fluid_tcp_close(struct ess_fluid *fluid, uint32_t index) {
    fluid->tcp_connections[index].open = false;
}

/* An open connection's window after slow start, none of it in use. */
void ess_fluid_tcp_warm(struct ess_fluid *fluid, uint32_t index) {
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    struct ess_tcp_progress none = {.full = false};
    if (!tcp->open) {
        ess_tcp_window_open(&tcp->window, &tcp->law->settings, tcp->window.most_bytes,
            tcp->window.steady_bytes, tcp->loss);
        ess_tcp_window_acked(&tcp->window, &tcp->law->settings, &none);
        tcp->open = true;
        tcp->round_trip_ns = tcp->base_round_trip_ns;
    }
    tcp->idle_since_ns = INT64_MAX; /* not idle at all, whenever its next transfer comes */
    tcp->free_bytes = connections_of(fluid) * tcp->window.bytes;
    tcp->free_ns = fluid->engine->now_ns;
}

void ess_fluid_tcp_renew(struct ess_fluid *fluid, uint32_t index) {
    struct connection *connection = &fluid->connections[index];
    uint32_t old, first = connection->first;
    bool flows = first != NO_SLOT && fluid->transfers[first].flow;
    if (flows) {
        ess_fluid_mix_count(fluid, index, false);
    }
    old = connection->class;
    ess_fluid_tcp_set_way(fluid, index);
    if (flows) {
        ess_fluid_mix_count(fluid, index, true);
        ess_engine_cancel(fluid->engine, fluid->transfers[first].event);
        ess_fluid_tcp_look(fluid, first); /* takes the flow out of its old class */
    }
    ess_sharing_class_release(fluid->sharing, old);
}
