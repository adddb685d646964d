/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_PACKET_PARTS_H
#define ESS_MODELS_PACKET_PARTS_H

/* The parts of a packet network; only models/packet/ includes this.
 *
 *   packet.c      the network, connections and transfers: what the world calls
 *   link.c        queues, serialisation, loss: packets from hop to hop
 *   sender.c      what a sender sends, and its timers
 *   round_trip.c  round trips and the retransmission timer's length (RFC 6298)
 *   score.c       what is known of each segment in flight, in counts and flags
 *   receiver.c    reassembly, acknowledgements, receive window
 *   profile_*.c   what a sender makes of an acknowledgement, by implementation
 *   congestion_*.c
 *
 * Nothing is allocated for a packet. A link's packets lie in one ring in the order in which they
 * arrive at its far end; one event stands for the first of them. */

#include "base/random.h"
#include "models/network/pair_table.h"
#include "models/packet/congestion.h"
#include "models/packet/packet.h"
#include "models/packet/profile.h"
#include "sim/engine/arena.h"

#define NONE UINT32_MAX

enum kind { KIND_OPEN, KIND_ACCEPT, KIND_GREET, KIND_DATA, KIND_ACKNOWLEDGE };

enum { BLOCKS_MOST = 4 };

/* Ranges [begin, end) that a selective acknowledgement reports, newest first. */
struct blocks {
    uint32_t count;
    uint32_t next_free;
    uint64_t begin[BLOCKS_MOST], end[BLOCKS_MOST];
};

/* A packet on a link, or in its queue. */
struct flying {
    int64_t start_ns;  /* leaves the queue */
    int64_t at_ns;     /* its last bit is at the far end */
    int64_t stamp_ns;  /* when it was sent; of an acknowledgement: the stamp it echoes */
    uint64_t sequence; /* first byte; of an acknowledgement: next byte expected */
    uint64_t window;   /* of an acknowledgement: bytes the receiver has room for */
    uint32_t connection;
    uint32_t life;   /* of the connection when it was sent */
    uint32_t bytes;  /* payload */
    uint32_t blocks; /* index, or NONE */
    uint32_t wire_bytes;
    uint16_t hop; /* links of its way already behind it */
    uint8_t kind;
    bool lost; /* will not arrive */
};

struct link {
    double ns_per_byte;
    int64_t delay_ns;
    int64_t free_ns;    /* the last packet has left the queue and the card */
    int64_t last_at_ns; /* of the packet that entered last */
    uint64_t queue_bytes, waiting_bytes;
    struct flying *ring;
    size_t capacity;       /* power of two */
    uint32_t first, count; /* in the ring */
    uint32_t waiting;      /* the last so many have not started */
    uint32_t cuts;
    double loss;
    int64_t jitter_ns;
    struct ess_random *draws; /* NULL where nothing is drawn */
    uint64_t carried_bytes;
    ess_event_id event; /* at the arrival of the first packet */
};

/* A segment in flight. */
enum {
    SEGMENT_SACKED = 1,        /* the receiver has it, out of order */
    SEGMENT_LOST = 2,          /* held to be lost */
    SEGMENT_RETRANSMITTED = 4, /* after it was held to be lost, and that copy is not known lost */
    SEGMENT_REPEATED = 8,      /* ever sent twice: no round trip can be told (Karn) */
};

struct segment {
    uint64_t begin;
    int64_t sent_ns;       /* last */
    uint64_t delivered;    /* by the connection when it was sent */
    int64_t delivered_ns;  /* when that count was reached */
    int64_t first_sent_ns; /* start of the sending interval of the rate sample */
    uint32_t bytes;
    uint32_t run; /* sacked: at least so many segments from here on are */
    uint8_t flags;
    bool limited; /* the sender had nothing else to send */
};

/* A retransmission under way: oldest first, stale where the segment was sent again since. */
struct repetition {
    uint64_t segment;
    int64_t sent_ns;
};

enum sender_state { CLOSED, OPENING, ESTABLISHED };
enum recovery_state { IN_ORDER, DISORDER, RECOVERY, TIMED_OUT };

/* Proportional rate reduction. */
struct reduction {
    uint64_t delivered, out, flight;
};

/* A transfer: bytes [begin, end) of its connection's stream. */
struct transfer {
    uint32_t connection, generation;
    uint32_t next, previous; /* on the connection; next also chains free slots */
    bool written;            /* in the stream */
    uint64_t begin, end;
    uint64_t user;
    ess_event_id event; /* its start, where that is to come */
};

struct range {
    uint64_t begin, end;
};

struct connection {
    uint32_t from, to;
    uint32_t channels;                /* of the pair, kept in its channel 0 */
    uint32_t next_of_pair;            /* the same hosts' next channel; NONE: last */
    uint32_t path, forward, backward; /* into path_links: so many there, then so many back */
    uint32_t life;                    /* counts breaks */
    int64_t delay_ns;
    const struct ess_congestion_type *law;
    bool wan;
    uint8_t state;    /* enum sender_state */
    uint8_t recovery; /* enum recovery_state */
    bool recovery_point_active;
    bool partial_seen;
    bool limited; /* the window, not the sender, held back what could be sent */

    /* The stream. */
    uint64_t written;     /* end of what there is to send */
    uint32_t first, last; /* transfers not delivered or not begun */
    int64_t last_start_ns;

    /* Sender: segments first_segment .. next_segment - 1 are in flight. */
    struct ess_window window;
    struct segment *segments;
    size_t segment_capacity;
    uint64_t first_segment, next_segment;
    uint64_t sacked_bytes, lost_bytes, repeated_bytes;
    uint64_t highest_sacked; /* segment number + 1; 0: none */
    uint64_t lost_up_to;     /* all unsacked segments below are held to be lost */
    uint64_t repeat_from;    /* no segment below waits for retransmission */
    uint64_t recovery_point;
    uint32_t duplicates;
    uint32_t part_bytes;  /* acknowledged, not yet a segment */
    uint64_t peer_window; /* bytes from window.acked on that the receiver takes */
    struct reduction reduction;
    struct repetition *repetitions;
    size_t repetition_capacity;
    uint64_t repetition_first, repetition_next;
    int64_t delivered_sent_ns;  /* latest sending time of what has arrived */
    uint64_t delivered_segment; /* which it was */
    int64_t delivered_round_trip_ns;

    /* Delivery rate. */
    uint64_t delivered;
    int64_t delivered_ns, first_sent_ns;
    uint64_t limited_until; /* delivered count up to which samples are limited by the sender */

    /* Round trips and timers; a deadline of INT64_MAX is off. */
    int64_t variance_ns, timeout_ns;
    bool measured;
    int64_t opened_ns;
    uint32_t opening_tries;
    int64_t last_sent_ns;
    uint64_t peak_bytes, peak_until; /* most in flight until that byte is acknowledged */
    uint64_t probe_point;            /* a probe is out until this byte is acknowledged; 0: none */
    int64_t deadline_ns, probe_ns, reorder_ns, pace_ns;
    int64_t timer_at_ns; /* of the event below */
    ess_event_id timer;
    ess_event_id pace;

    /* Receiver. */
    uint64_t expected;
    uint64_t acknowledged; /* last sent */
    int64_t echo_ns;
    uint32_t unacknowledged; /* packets since the last acknowledgement */
    uint32_t quick_left;
    int64_t delayed_at_ns; /* INT64_MAX: none due */
    ess_event_id delayed;
    struct range *islands; /* beyond `expected`, in order, disjoint */
    size_t island_capacity;
    uint32_t island_count;
    uint32_t recent_count;
    struct range recent[BLOCKS_MOST]; /* islands as last touched, newest first */
    uint64_t receive_window;
    int64_t tune_ns; /* begin of the present measurement */
    uint64_t tune_expected;
};

/* What an acknowledgement did to the score, for the profile. */
struct arrival {
    uint64_t sequence;
    uint64_t acked_before;
    uint64_t newly_sacked_bytes;
    bool repetition_acked; /* in order, a segment that was sent again */
    /* Of what is newly delivered and was sent once: when the first and the last were sent; 0: none
     */
    int64_t first_sent_ns, last_sent_ns;
    struct ess_acknowledgement ack;
};

struct ess_packet {
    struct ess_engine *engine;
    struct ess_arena *arena;
    const struct ess_topology *topology;
    struct ess_packet_settings settings;
    const struct ess_profile_type *profile;
    struct link *links;
    struct ess_pair_table pairs; /* from + channel * hosts, to */
    struct connection *connections;
    size_t connection_capacity;
    uint32_t *path_links;
    size_t path_capacity;
    uint32_t path_count;
    struct transfer *transfers;
    size_t transfer_capacity;
    uint32_t transfer_count, free_transfer;
    struct blocks *blocks;
    size_t block_capacity;
    uint32_t block_count, free_block;
    struct ess_packet_counts counts;
};

enum event_kind { EVENT_LINK, EVENT_TIMER, EVENT_DELAYED, EVENT_BEGIN };
/* EVENT_TIMER's argument: the sender's timer, or its pacing. */
enum { TIMER_SENDER, TIMER_PACE };

static inline struct ess_packet *ess_packet_of(void *world) {
    return *(struct ess_packet **)world;
}

static inline int64_t earlier_ns(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline uint64_t less_bytes(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static inline struct segment *segment_at(const struct connection *connection, uint64_t number) {
    return &connection->segments[number & (connection->segment_capacity - 1)];
}

ess_event_id ess_packet_schedule(struct ess_packet *packet, int64_t at_ns, enum event_kind kind,
    uint32_t subject, uint64_t argument);

/* link.c */
void ess_link_init(struct ess_packet *packet, uint32_t index);
void ess_link_enter(struct ess_packet *packet, uint32_t index, struct flying *flying);
void ess_link_clear(struct ess_packet *packet, uint32_t index);
void ess_link_set(
    struct ess_packet *packet, uint32_t index, double bytes_per_s, int64_t extra_delay_ns);
uint64_t ess_link_waiting_bytes(struct ess_packet *packet, uint32_t index);
void ess_link_arrivals(void *world, uint32_t index, uint64_t argument);
/* Put a packet of a connection on the first link of its way. */
void ess_link_send(struct ess_packet *packet, uint32_t index, struct flying *flying);

/* sender.c */
void ess_sender_establish(struct ess_packet *packet, uint32_t index, int64_t round_trip_ns);
void ess_sender_open(struct ess_packet *packet, uint32_t index);
void ess_sender_accepted(struct ess_packet *packet, uint32_t index, const struct flying *flying);
void ess_sender_acknowledged(
    struct ess_packet *packet, uint32_t index, const struct flying *flying);
void ess_sender_send(struct ess_packet *packet, uint32_t index);
void ess_sender_reset(struct ess_packet *packet, uint32_t index);
void ess_sender_timer(void *world, uint32_t index, uint64_t argument);
/* Send one segment again, or new; whatever the window says. False where there is none. */
void ess_sender_repeat(struct ess_packet *packet, struct connection *connection, uint64_t number);
bool ess_sender_send_new(struct ess_packet *packet, struct connection *connection);
uint64_t ess_sender_in_flight(const struct connection *connection);
/* Start the retransmission timer anew, or stop it where all is acknowledged. */
void ess_sender_restart_timer(struct ess_packet *packet, struct connection *connection);
void ess_sender_arm(struct ess_packet *packet, struct connection *connection);

/* round_trip.c */
void ess_round_trip_measured(struct connection *connection, int64_t sample_ns);
void ess_round_trip_timeout(struct connection *connection);

/* score.c */
void ess_score_push(struct ess_packet *packet, struct connection *connection, uint32_t bytes);
void ess_score_acknowledge(
    struct ess_packet *packet, struct connection *connection, struct arrival *arrival);
void ess_score_sack(struct ess_packet *packet, struct connection *connection,
    const struct blocks *blocks, struct arrival *arrival);
void ess_score_mark_lost(struct connection *connection, uint64_t number);
/* The copy sent again is held to be lost too. */
void ess_score_mark_lost_again(struct connection *connection, uint64_t number);
void ess_score_mark_all_lost(struct connection *connection);
void ess_score_repeat(struct ess_packet *packet, struct connection *connection, uint64_t number);
/* The first segment that is held to be lost and was not sent again; next_segment: none. */
uint64_t ess_score_next_lost(struct connection *connection);
bool ess_score_below_three_sacked(const struct connection *connection, uint64_t *number);
void ess_score_clear(struct connection *connection);

/* receiver.c */
void ess_receiver_data(struct ess_packet *packet, uint32_t index, const struct flying *flying);
void ess_receiver_delayed(void *world, uint32_t index, uint64_t argument);
void ess_receiver_reset(struct ess_packet *packet, uint32_t index);

/* packet.c */
uint32_t ess_packet_take_blocks(struct ess_packet *packet);
void ess_packet_dispose(struct ess_packet *packet, const struct flying *flying);
void ess_packet_arrived(struct ess_packet *packet, const struct flying *flying);
/* Hand on the transfers that `expected` has passed. */
void ess_packet_deliver(struct ess_packet *packet, uint32_t index);

#endif
