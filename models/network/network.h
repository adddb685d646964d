/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_NETWORK_H
#define ESS_MODELS_NETWORK_NETWORK_H

/* A network that a world hosts: transfers over connections between the hosts of a topology. One
 * model a file, network_NAME.c, that ends with its descriptor; what the functions promise is said
 * in fluid.h, whose names they have, and where a model differs, in its own header.
 *
 * The engine's world begins with a struct ess_network: handlers find the state there. */

#include "models/network/link_traits.h"
#include "models/network/topology.h"
#include "sim/engine/engine.h"

struct ess_profile_type;
struct ess_congestion_type;
struct ess_transport_type;
struct ess_transport_settings;

struct ess_network_settings {
    double window_bytes;                          /* of a connection; 0: the model's own */
    const struct ess_transport_type *transport;   /* of the fluid model; NULL: ideal */
    const struct ess_transport_settings *tcp;     /* of a transport that is not ideal; kept */
    const double *send_buffer_bytes;              /* fluid: [host], kept, or NULL (fluid.h) */
    const double *receive_buffer_bytes;           /* fluid: [host], kept, or NULL */
    const struct ess_profile_type *profile;       /* of a model of packets */
    const struct ess_congestion_type *congestion; /* of a model of packets */
    const struct ess_link_traits *traits;         /* [link], kept; NULL: nothing special */
    uint64_t seed;                                /* of what is drawn by chance, with the next */
    uint32_t replication;                         /* of the world: another draws other losses */
    uint32_t event_kind; /* ESS_NETWORK_EVENT_KINDS of the engine from here on */
    uint8_t event_class;
    void (*finished)(void *world, uint64_t user);
};

enum { ESS_NETWORK_EVENT_KINDS = 5 }; /* as many as any model needs */

/* Work that a model counts beside the engine's events; 0 where it has none of it. */
struct ess_network_statistics {
    uint64_t updates, steps;
};

struct ess_network_type {
    const char *name;
    const char *summary; /* with its limits */
    const char *source;
    bool has_packets; /* takes a profile and a congestion control */
    /* Which of the traits of links it looks at. */
    bool uses_queue, uses_loss, uses_mtu, uses_jitter;
    bool draws; /* loss and jitter, for each packet: replications differ. Else they act by a mean */
    void *(*open)(struct ess_engine *engine, struct ess_arena *arena,
        const struct ess_topology *topology, const struct ess_network_settings *settings);
    void (*close)(void *state);
    uint32_t (*connection)(void *state, uint32_t a, uint32_t b);
    uint32_t (*further)(void *state, uint32_t a, uint32_t b);
    void (*warm)(void *state, uint32_t connection);
    /* The connection, not open yet, follows this congestion control: one that the model knows. */
    void (*govern)(void *state, uint32_t connection, const char *congestion_control);
    int64_t (*delay_ns)(const void *state, uint32_t connection);
    bool (*is_wan)(const void *state, uint32_t connection);
    int64_t (*message_ns)(const void *state, uint32_t connection, double bytes);
    uint64_t (*begin)(
        void *state, uint32_t connection, double bytes, int64_t start_ns, uint64_t user);
    double (*delivered)(void *state, uint64_t id);
    void (*cancel)(void *state, uint64_t id);
    void (*break_pair)(void *state, uint32_t a, uint32_t b);
    /* Cut one direction of a link, or heal it; cuts are counted. A connection whose data or whose
     * acknowledgements go that way comes to a stand: in a model of packets when its window is full,
     * in a fluid one at once. */
    void (*cut)(void *state, uint32_t link, bool cut);
    void (*set_link)(void *state, uint32_t link, double bytes_per_s, int64_t extra_delay_ns);
    double (*wan_bytes)(const void *state);
    struct ess_network_statistics (*statistics)(const void *state);
};

struct ess_network {
    void *state; /* first: handlers find it through the world */
    const struct ess_network_type *type;
};

/* All models, ended by NULL; in the order of their names. */
extern const struct ess_network_type *const ess_network_registry[];

static inline uint32_t ess_network_connection(
    const struct ess_network *network, uint32_t a, uint32_t b) {
    return network->type->connection(network->state, a, b);
}

static inline int64_t ess_network_delay_ns(const struct ess_network *network, uint32_t connection) {
    return network->type->delay_ns(network->state, connection);
}

static inline bool ess_network_is_wan(const struct ess_network *network, uint32_t connection) {
    return network->type->is_wan(network->state, connection);
}

static inline int64_t ess_network_message_ns(
    const struct ess_network *network, uint32_t connection, double bytes) {
    return network->type->message_ns(network->state, connection, bytes);
}

static inline uint64_t ess_network_begin(const struct ess_network *network, uint32_t connection,
    double bytes, int64_t start_ns, uint64_t user) {
    return network->type->begin(network->state, connection, bytes, start_ns, user);
}

static inline void ess_network_cancel(const struct ess_network *network, uint64_t id) {
    network->type->cancel(network->state, id);
}

static inline void ess_network_break(const struct ess_network *network, uint32_t a, uint32_t b) {
    network->type->break_pair(network->state, a, b);
}

static inline void ess_network_cut(const struct ess_network *network, uint32_t link, bool cut) {
    network->type->cut(network->state, link, cut);
}

static inline uint32_t ess_network_open(const struct ess_network *network, uint32_t a, uint32_t b) {
    return network->type->further(network->state, a, b);
}

static inline void ess_network_warm(const struct ess_network *network, uint32_t connection) {
    network->type->warm(network->state, connection);
}

static inline void ess_network_govern(
    const struct ess_network *network, uint32_t connection, const char *congestion_control) {
    network->type->govern(network->state, connection, congestion_control);
}

static inline double ess_network_delivered(const struct ess_network *network, uint64_t id) {
    return network->type->delivered(network->state, id);
}

static inline void ess_network_set_link(
    const struct ess_network *network, uint32_t link, double bytes_per_s, int64_t extra_delay_ns) {
    network->type->set_link(network->state, link, bytes_per_s, extra_delay_ns);
}

#endif
