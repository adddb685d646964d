/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_FLUID_STATE_H
#define ESS_MODELS_NETWORK_FLUID_STATE_H

/* The inside of the fluid network, for fluid*.c alone. */

#include "models/network/delay_line.h"
#include "models/network/fluid.h"
#include "models/network/pair_table.h"
#include "models/network/sharing.h"
#include "models/network/tcp_window.h"
#include "models/network/transport.h"
#include "sim/engine/arena.h"

#define NO_SLOT UINT32_MAX

/* Kinds of events, from the network's first on. */
enum { EVENT_BEGIN, EVENT_EMPTY, EVENT_LINE, EVENT_LOOK };

struct connection {
    uint32_t from, to;
    uint32_t class; /* of its links, with the cap that always holds; NO_SLOT: none now (ideal) */
    uint32_t line;  /* of its delay, or NO_SLOT */
    bool warm;
    bool wan;
    bool busy; /* ideal: a transfer of it is, or has been since it was idle, on the links */
    uint32_t idle_before, idle_after; /* ideal: among those that are idle and have a class */
    int64_t delay_ns;
    int64_t ready_ns;     /* first byte of the last transfer begun: keeps the order */
    uint32_t first, last; /* transfers on the connection, the first one is on the links; NO_SLOT */
    double narrowest_bytes_per_s;
};

/* A transfer in its delay (not arrived; in a line, or event is set), or on its connection: on the
 * links (flow is set; under TCP an event may stand for its next round trip), without bytes and
 * about to end (event is set), or waiting behind others. */
struct transfer {
    uint32_t connection;
    uint32_t generation;
    bool arrived;
    uint32_t next;     /* behind it on the connection; also chains free slots */
    uint32_t previous; /* before it */
    double bytes;
    ess_event_id event;
    ess_sharing_flow_id flow;
    uint64_t user;
};

/* First bytes under way on the connections of one delay. */
struct line {
    int64_t delay_ns;
    bool scheduled; /* an event stands for the first of them */
    struct ess_delay_line queue;
};

/* What a link is now, other than the topology says. */
struct link_change {
    double bytes_per_s; /* below 0: as the topology says */
    int64_t extra_delay_ns;
};

/* The settings of connections of one congestion control and MTU, bytes in the network's units. */
struct fluid_law {
    const struct ess_transport_type *type;
    int64_t mtu_bytes;
    struct ess_transport_settings settings;
    int64_t wire_segment_bytes; /* of a full packet, headers included */
    double units;               /* of the network's bytes, for each byte of payload */
    struct fluid_law *next;
};

/* What TCP knows of a connection; of all its parallel connections, where not said otherwise. */
struct tcp_connection {
    const struct fluid_law *law;
    struct ess_tcp_window window; /* of one of the parallel connections */
    double loss;                  /* share of segments that the way loses */
    double base_cap;              /* of the connection's class, bytes/s; INFINITY */
    double burst_bytes;           /* window with which one starts anew when warm; INFINITY */
    double own_weight;            /* in shares of a full link, among connections of its kind */
    double weight;                /* and beside others, see fluid_mix.c */
    double two_way_share; /* of the narrowest link's rate, while data goes the other way too */
    double two_way_back;  /* of the rate of the other direction of its cable, then */
    uint32_t narrowest_link;
    bool open;          /* since its handshake the window lives on */
    bool can_overshoot; /* way and queue, not buffers, end its slow start */
    bool recovers;      /* slow start overshot: half of the link's rate until the next look */
    bool fills;         /* its transfer is one that keeps the narrowest link's queue standing */
    int64_t base_round_trip_ns; /* there and back, queues empty */
    int64_t idle_since_ns;
    int64_t round_trip_ns; /* of the present transfer, queues included */
    double round_bytes;    /* left of the transfer when its present round trip began */
    double cap;            /* bytes/s of its present class; INFINITY: the connection's own */
    double free_bytes;     /* of the window that may leave at once, as of free_ns: the rest is */
    int64_t free_ns;       /* under way and comes back in the course of a round trip */
};

struct ess_fluid {
    struct ess_engine *engine;
    struct ess_arena *arena;
    const struct ess_topology *topology;
    struct ess_fluid_settings settings;
    struct ess_sharing *sharing;
    uint32_t *cuts;              /* [link]: times cut */
    struct link_change *changes; /* [link]; NULL: no link has changed yet */
    struct connection *connections;
    size_t connection_capacity;
    struct ess_pair_table pairs; /* numbers the connections */
    struct transfer *transfers;
    size_t transfer_capacity;
    uint32_t transfer_count, first_free;
    struct line *lines;
    size_t line_capacity;
    uint32_t line_count;
    int64_t solved_ns;    /* the solver's present */
    double payload_share; /* of a link's capacity */
    /* Under the ideal transport (fluid_idle.c): connections in use, the most there ever were, and
     * those idle ones that keep their class, longest idle first. */
    uint32_t busy_count, busy_most, idle_count, idle_first, idle_last;
    /* Under TCP only: */
    const struct ess_transport_settings *tcp; /* NULL: ideal */
    struct tcp_connection *tcp_connections;
    size_t tcp_capacity;
    double *rate_share; /* [link]: of its capacity, less where data goes both ways; NULL: all */
    uint32_t *senders;  /* [link]: transfers on the links whose narrowest it is */
    uint32_t *fillers;  /* [link]: long transfers that keep its queue standing */
    struct fluid_law *laws;
    struct fluid_mix *mixes; /* [link]; NULL: all connections follow one law */
    uint32_t *mixed;         /* connections whose law has a share of its own */
    size_t mixed_capacity;
    uint32_t mixed_count;
};

/* fluid.c: bring the solver to the present. */
void ess_fluid_catch_up(struct ess_fluid *fluid);

/* fluid_connection.c: the line of a delay, found or made. */
uint32_t ess_fluid_line(struct ess_fluid *fluid, int64_t delay_ns);

/* fluid_idle.c, under the ideal transport only. See to the class of connection `index`, whose
 * transfer is about to go on the links; note that it may have none any more; give up the class of
 * an idle one; put it into the class that follows from its delay now. */
void ess_fluid_use(struct ess_fluid *fluid, uint32_t index);
void ess_fluid_rest(struct ess_fluid *fluid, uint32_t index);
void ess_fluid_forget(struct ess_fluid *fluid, uint32_t index);
void ess_fluid_reclass(struct ess_fluid *fluid, uint32_t index);

/* fluid_links.c: capacity of a link now, cuts left out of account, and
 * what of it carries payload; what changes have added to the
 * delay of a way; least capacity of a connection's way. */
double ess_fluid_capacity(const struct ess_fluid *fluid, uint32_t link);
double ess_fluid_payload_capacity(const struct ess_fluid *fluid, uint32_t link);
int64_t ess_fluid_extra_delay_ns(
    const struct ess_fluid *fluid, const uint32_t *links, uint32_t count);
double ess_fluid_narrowest(const struct ess_fluid *fluid, const struct connection *connection);

/* fluid_way.c, and from ess_fluid_tcp_start on fluid_tcp.c. Called under TCP only. */
void ess_fluid_tcp_init(struct ess_fluid *fluid);

/* fluid_law.c: what a connection of that congestion control over that way goes by. */
const struct fluid_law *ess_fluid_law(struct ess_fluid *fluid,
    const struct ess_transport_type *type, const uint32_t *links, uint32_t count);

/* fluid_mix.c: connection `index` may be one that takes a share of its own; its transfer is about
 * to go on the links, or has left them: whose weights depend on it change. */
void ess_fluid_mix_note(struct ess_fluid *fluid, uint32_t index);
void ess_fluid_mix_count(struct ess_fluid *fluid, uint32_t index, bool comes);

/* fluid_tcp.c: the class for the cap that holds a connection now, with a reference. */
uint32_t ess_fluid_tcp_class(struct ess_fluid *fluid, uint32_t index);

/* Fill in what TCP knows of new connection `index`, and the connection's class. */
void ess_fluid_tcp_connect(
    struct ess_fluid *fluid, uint32_t index, const uint32_t *links, uint32_t count);

/* What a new connection spends before its first byte leaves. */
int64_t ess_fluid_tcp_handshake_ns(
    const struct ess_fluid *fluid, const struct connection *connection);

/* The same again for a connection whose delays have changed; its old class is the caller's. */
void ess_fluid_tcp_set_way(struct ess_fluid *fluid, uint32_t index);

/* Mean wait in the standing queues of the way, one way, now. */
int64_t ess_fluid_tcp_queue_ns(const struct ess_fluid *fluid, const struct connection *connection);

/* Put the transfer in `slot`, the first of its connection, on the links. */
void ess_fluid_tcp_start(struct ess_fluid *fluid, uint32_t slot);

/* The next look at the transfer in `slot`, which is on the links. */
void ess_fluid_tcp_look(struct ess_fluid *fluid, uint32_t slot);

/* Connection `index` has been in use: its window is open. */
void ess_fluid_tcp_warm(struct ess_fluid *fluid, uint32_t index);

/* The delay of connection `index` or of its way back may have changed. */
void ess_fluid_tcp_renew(struct ess_fluid *fluid, uint32_t index);

/* The connection broke. */
void ess_fluid_tcp_close(struct ess_fluid *fluid, uint32_t index);

/* The transfer in `slot` was the one on the links and has left them; `left_bytes` undelivered. */
void ess_fluid_tcp_end(struct ess_fluid *fluid, uint32_t slot, double left_bytes);

#endif
