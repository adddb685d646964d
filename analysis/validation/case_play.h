/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_CASE_PLAY_H
#define ESS_VALIDATION_CASE_PLAY_H

/* A case's traffic as connections and messages: what a tool has to do, without a case for any
 * kind of traffic.
 *
 * Messages of one connection are sent in the order of the list. A message is sent once its
 * connection stands and, where `after` names another, `gap_ns` after that one has been received
 * whole. That one was either received by the host which now sends (a chain of an all-reduce), or
 * it is the one before on the same connection (a warm transfer): the two ends then tell each other
 * by means of the tool's own. */

#include "analysis/validation/case.h"

struct ess_case_connection {
    uint32_t from, to;
    int64_t open_ns;
    uint32_t first_message, message_count; /* they stand together */
};

enum { ESS_CASE_NO_MESSAGE = -1, ESS_CASE_COLLECTIVE = -1 };

struct ess_case_message {
    uint32_t connection;
    uint64_t bytes; /* 0: without end */
    int32_t after;  /* a message, or ESS_CASE_NO_MESSAGE */
    int64_t gap_ns;
    int32_t transfer; /* an index of the case's, or ESS_CASE_COLLECTIVE */
    bool measured;    /* false: it warms the connection up */
};

struct ess_case_play {
    struct ess_case_connection *connections;
    struct ess_case_message *messages;
    uint32_t connection_count, message_count;
    uint32_t connection_room, message_room;
};

/* Returns 0, or -1 when out of memory. Free with _fini (also after -1). O(hosts^2) for a ring. */
int ess_case_play_init(struct ess_case_play *play, const struct ess_case *network);
void ess_case_play_fini(struct ess_case_play *play);

#endif
