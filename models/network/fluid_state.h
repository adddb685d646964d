/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_FLUID_STATE_H
#define ESS_MODELS_NETWORK_FLUID_STATE_H

/* The inside of the fluid network, for fluid*.c alone. */

#include "models/network/delay_line.h"
#include "models/network/fluid.h"
#include "models/network/pair_table.h"
#include "models/network/sharing.h"
#include "sim/engine/arena.h"

#define NO_SLOT UINT32_MAX

struct connection {
    uint32_t from, to;
    uint32_t class;
    uint32_t line; /* of its delay, or NO_SLOT */
    bool warm;
    bool wan;
    int64_t delay_ns;
    int64_t ready_ns;     /* first byte of the last transfer begun: keeps the order */
    uint32_t first, last; /* transfers on the connection, the first one is on the links; NO_SLOT */
    double narrowest_bytes_per_s;
};

/* A transfer in its delay (not arrived; in a line, or event is set), or on its connection: on the
 * links (flow is set), without bytes and about to end (event is set), or waiting behind others. */
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
    int64_t solved_ns;       /* the solver's present */
    int64_t completion_ns;   /* when the event below is due */
    ess_event_id completion; /* the event at the solver's next completion */
};

/* fluid.c: bring the solver to the present; the line of a delay, found or made. */
void ess_fluid_catch_up(struct ess_fluid *fluid);
uint32_t ess_fluid_line(struct ess_fluid *fluid, int64_t delay_ns);

/* fluid_links.c: capacity of a link now, cuts left out of account; what changes have added to the
 * delay of a way; least capacity of a connection's way. */
double ess_fluid_capacity(const struct ess_fluid *fluid, uint32_t link);
int64_t ess_fluid_extra_delay_ns(
    const struct ess_fluid *fluid, const uint32_t *links, uint32_t count);
double ess_fluid_narrowest(const struct ess_fluid *fluid, const struct connection *connection);

#endif
