/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_WORLD_WORLD_PARTS_H
#define ESS_WORLD_WORLD_PARTS_H

/* The parts of a world; only sim/world/ includes this.
 *
 *   agent.c        a peer on its host: steps it, carries out its actions, its clock and machine
 *   exchange.c     posted sends and receives: matching, transfers, their ends
 *   post_box.c     those that wait to be matched
 *   mail.c         control messages and views
 *   connections.c  what is kept per pair of hosts; breaking
 *   transfers.c    plain transfers
 *   link_changes.c links that follow a trace
 *   life.c         availability and scripted faults
 *   ledger.c       where the workers' time went, and step records
 *   world.c        building, running, the outcome */

#include "models/availability/mapping.h"
#include "models/machine/machine.h"
#include "models/network/link_trace.h"
#include "models/network/network.h"
#include "peer/peer.h"
#include "sim/engine/arena.h"
#include "sim/engine/local_clock.h"
#include "sim/world/post_box.h"
#include "sim/world/world.h"

enum event_kind {
    EVENT_NETWORK, /* and those after it */
    EVENT_LETTER = EVENT_NETWORK + ESS_NETWORK_EVENT_KINDS,
    EVENT_MACHINE,
    EVENT_DEADLINE,
    EVENT_POST_END,
    EVENT_RESET,
    EVENT_TRANSITION,
    EVENT_FAULT,
    EVENT_FAULT_OVER,
    EVENT_CUT_TIMEOUT,
    EVENT_TRANSFER_START,
    EVENT_TRANSFER_MEASURE,
    EVENT_TRANSFER_STOP,
    EVENT_TRANSFER_LOST,
    EVENT_LINK_STEP
};

/* Order within an instant: the world changes, then bytes arrive and rates settle, then peers are
 * told, and last what they wait for has not come. */
enum event_class { CLASS_CHANGE, CLASS_NETWORK, CLASS_SETTLE, CLASS_DELIVERY, CLASS_DEADLINE };

/* A send and a receive that have matched: their transfer, on its way. What its end needs stands
 * apart from what only its breaking needs, and is half a cache line. */
struct flight {
    uint64_t token[2]; /* [0] of the send, [1] of the receive */
    uint32_t pair;
    uint32_t epoch;
    uint32_t next, previous; /* of the pair; next also chains free ones */
};

struct flight_terms {
    uint64_t transfer; /* of the network */
    uint64_t operation;
    double bytes;
    uint32_t order[2]; /* of the two posts */
    uint32_t chunk, step;
};

/* A post that has failed, of which its peer is told when the event comes; until then a cancellation
 * may change the reason. */
struct failing {
    uint64_t token;
    ess_event_id event;
    uint32_t owner, other;
    uint32_t epoch;
    enum ess_failure reason;
    uint32_t next, previous; /* of the owner; next also chains free ones */
};

/* A post that is to be taken back, wherever it stands. */
struct posted {
    uint32_t order;
    uint32_t pair;
    uint32_t flight; /* UINT32_MAX: open */
    uint32_t receive;
};

/* A control message or view on its way. */
struct letter {
    uint32_t pair;
    uint32_t to_life;
    uint32_t channel; /* generation of the connection when it was sent */
    uint32_t next_free;
    struct view_copy *view;
    struct ess_message message;
};

struct view_copy {
    uint32_t
        references; /* agents that hold it, letters that carry it, and the world for the newest */
    struct ess_view view;
};

/* What is kept per ordered pair of hosts that have met, beside the network's connection. */
struct pair {
    uint32_t from, to;
    uint32_t next_of_from;    /* UINT32_MAX: last */
    uint32_t reverse;         /* the pair (to, from) */
    uint32_t generation : 31; /* counts breaks */
    uint32_t established : 1; /* something has travelled since the last break */
    uint32_t first_flight;    /* newest; UINT32_MAX: none */
    struct post_box boxes[2]; /* posts not matched yet: [0] sends of `from`, [1] receives of `to` */
    int64_t arrives_ns;       /* last letter: keeps the order */
};

/* Of a pair: letters without acknowledgements, their way back being cut `until_ns`; the first of
 * them. Rare, hence apart from the pairs. */
struct unanswered {
    int64_t until_ns, first_ns;
};

/* An event that reached a peer while it was paused. */
struct held_event {
    struct ess_event event;
    uint32_t epoch; /* end of a transfer: its own; else UINT32_MAX */
    uint8_t bytes[ESS_MESSAGE_BYTES_MAX];
    struct view_copy *view;
};

/* Where a worker's time of the present step went. */
enum activity { COMPUTING, COMMUNICATING, WAITING, ACTIVITIES };

struct ledger {
    int64_t since_ns;
    bool up;
    bool has_work;              /* on its machine, of the job; agent.c says so */
    uint32_t operations_active; /* all-reduces in flight */
    uint32_t operations_begun;  /* in this attempt */
    int64_t step_ns[ACTIVITIES];
    int64_t total_ns[ACTIVITIES];
    int64_t lost_ns;
};

/* What each event looks at stands in the first two lines of memory. */
struct agent {
    _Alignas(64) void *state;
    bool alive; /* a peer runs here */
    bool paused;
    bool silent; /* the machine vanished without a word */
    uint32_t life;
    struct ess_local_clock clock;
    int64_t deadline_local_ns; /* what the pending deadline event was made for, on its clock */
    ess_event_id deadline_event;
    uint32_t posts; /* of it, open or matched */
    uint32_t first_pair;
    uint32_t coordinator_pair; /* to the coordinator, once they have met; UINT32_MAX: not yet */
    /* The pair of the last send [0] and receive [1]: a plan's neighbours seldom change. */
    struct {
        uint32_t other, pair;
    } recent[2];
    struct ledger ledger;
    uint32_t first_failing; /* UINT32_MAX: none */
    ess_event_id machine_event;
    struct ess_peer_config config;
    struct ess_machine machine;
    struct view_copy *view;
    struct held_event *held;
    size_t held_count, held_capacity;
};

/* What decides whether a host is up; life.c's. */
struct fate {
    struct ess_trace_cursor replay; /* of the availability map */
    struct ess_trace_interval up;   /* when it is to be up, now or next; if has_up */
    bool has_up;
    bool wanted;        /* by the trace */
    uint32_t held_down; /* crash and silence faults that hold it down */
};

/* A plain transfer; number i is that of the scenario and of the outcome. */
struct plain_transfer {
    uint32_t from, to;
    uint32_t first_part, part_count, parts_left;
    uint32_t active_at; /* place among the active ones */
    bool doomed;        /* an end has vanished: it is only waited for */
    double unmeasured_bytes;
};

/* One connection of it. */
struct transfer_part {
    uint32_t transfer;
    uint32_t connection;
    uint64_t flow; /* the network's transfer; 0: none */
    double flow_bytes;
    double carried_bytes; /* by flows that have ended */
};

/* One direction of a link that follows a trace. */
struct link_play {
    struct ess_link_player player;
    struct ess_link_step step; /* the next one, for which an event stands */
    uint32_t link;
    int64_t own_delay_ns;
};

struct ess_world {
    struct ess_network network; /* first: the network's handlers find it here */
    struct ess_engine engine;
    struct ess_arena arena;
    const struct ess_scenario *scenario;
    const struct ess_world_options *options;
    struct ess_world_outcome *outcome;
    struct ess_topology topology;
    struct ess_job job;
    const struct ess_pair_matrix *declared; /* to the coordinator; NULL where it needs nothing */
    struct ess_policies policies;
    struct ess_chooser chooser;
    struct ess_trace_map map;
    struct agent *agents; /* [hosts + 1], the last is the coordinator's */
    struct fate *fates;   /* [hosts + 1] */
    uint32_t agent_count, coordinator;
    bool has_map;

    struct flight *flights;
    struct flight_terms *flight_terms; /* [flight] */
    size_t flight_capacity, flight_terms_capacity;
    uint32_t flight_count, free_flight;
    uint32_t posts_made;
    struct failing *failing;
    size_t failing_capacity;
    uint32_t failing_count, free_failing;
    struct posted *posted; /* scratch */
    size_t posted_capacity;

    struct letter *letters;
    size_t letter_capacity;
    uint32_t letter_count, free_letter;
    struct view_copy *newest_view;

    struct pair *pairs; /* by the network's connection index */
    size_t pair_capacity;
    struct unanswered *unanswered; /* by pair, as far as any was cut */
    size_t unanswered_capacity;
    int64_t *cut_until_ns;                     /* [link] */
    bool has_cuts;                             /* a link has been cut */
    int64_t checked_from_ns, checked_until_ns; /* the last cut that connections are held against */

    struct plain_transfer *transfers;
    struct transfer_part *transfer_parts;
    uint32_t *active_transfers; /* [active_count]: begun and not ended */
    uint32_t active_count, transfers_left;
    struct link_play *link_plays;

    /* The step under way, as the coordinator reports it. */
    double message_wan_bytes;
    double step_begun_s, step_wan_bytes;
    uint32_t step_losses, step_attempts;
    int64_t step_first_ns, step_last_ns; /* of its operations: first begin, last end */
    uint64_t losses;
    bool ended;
    bool coordinator_lost; /* for good: a new one would know nothing of the job */
    struct ess_actions actions;
};

/* agent.c */
void ess_agent_boot(struct ess_world *world, uint32_t peer);
void ess_agent_depart(struct ess_world *world, uint32_t peer, bool silently);
void ess_agent_pause(struct ess_world *world, uint32_t peer);
void ess_agent_resume(struct ess_world *world, uint32_t peer);
/* The end of a transfer of `epoch`, which a cancellation may still overtake while the peer is
 * paused. */
void ess_agent_hand_over_end(
    struct ess_world *world, uint32_t peer, struct ess_event event, uint32_t epoch);
void ess_agent_cancel_held(struct ess_world *world, uint32_t peer, uint32_t epoch);
void ess_agent_hand_over(
    struct ess_world *world, uint32_t peer, struct ess_event event, struct view_copy *view);
void ess_agent_register(struct ess_world *world);

/* exchange.c */
void ess_exchange_init(struct ess_world *world);
void ess_exchange_post(struct ess_world *world, uint32_t owner, const struct ess_action *action);
void ess_exchange_cancel(struct ess_world *world, uint32_t owner, uint32_t epoch);
void ess_exchange_drop_all(struct ess_world *world, uint32_t owner);
void ess_exchange_fail_with(struct ess_world *world, uint32_t owner, uint32_t other, int64_t at_ns);
void ess_exchange_finished(void *context, uint64_t user);

/* mail.c */
void ess_mail_register(struct ess_world *world);
void ess_mail_message(
    struct ess_world *world, uint32_t from, uint32_t to, const struct ess_message *message);
void ess_mail_view(
    struct ess_world *world, uint32_t from, uint32_t to, const struct ess_view *view);
void ess_mail_dispose(struct ess_world *world);
void ess_view_release(struct view_copy *copy);

/* declared.c: the matrix, in the world's arena, or NULL. The topology is built. O(hosts^2). */
const struct ess_pair_matrix *ess_world_declare(struct ess_world *world);

/* connections.c */
void ess_connections_register(struct ess_world *world);
/* The pair, found or made (which may move the pairs); its number stays. */
uint32_t ess_connections_pair(struct ess_world *world, uint32_t from, uint32_t to);
/* Something travels over it. */
void ess_connections_establish(struct ess_world *world, uint32_t pair);
void ess_connections_break(struct ess_world *world, uint32_t a, uint32_t b);
void ess_connections_break_all(struct ess_world *world, uint32_t peer);
int64_t ess_connections_cut_until(struct ess_world *world, uint32_t from, uint32_t to);

/* transfers.c */
void ess_transfers_init(struct ess_world *world);
void ess_transfers_finished(void *context, uint64_t user); /* passes posts on to exchange.c */
void ess_transfers_reset(struct ess_world *world, uint32_t host);
void ess_transfers_host_silent(struct ess_world *world, uint32_t host);
void ess_transfers_check_cuts(struct ess_world *world);
void ess_transfers_close(struct ess_world *world);

/* link_changes.c */
void ess_link_changes_init(struct ess_world *world);
/* [link], in the world's arena; NULL where no link has any. */
const struct ess_link_traits *ess_link_changes_traits(struct ess_world *world);
/* Whether the network draws losses or jitter for the packets of some link. */
bool ess_link_changes_are_drawn(const struct ess_scenario *scenario);

/* life.c */
/* The link carries nothing until then. */
void ess_life_note_outage(struct ess_world *world, uint32_t link, int64_t until_ns);
bool ess_life_init(struct ess_world *world, struct ess_trace_error *error);
bool ess_life_is_over(const struct ess_world *world);

/* ledger.c */
void ess_ledger_advance(struct ess_world *world, uint32_t peer);
void ess_ledger_boot(struct ess_world *world, uint32_t peer);
void ess_ledger_death(struct ess_world *world, uint32_t peer);
void ess_ledger_report(struct ess_world *world, uint32_t peer, const struct ess_action *action);
void ess_ledger_close(struct ess_world *world);

#endif
