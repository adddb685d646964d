/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_CASE_H
#define ESS_VALIDATION_CASE_H

/* A network case: hosts, links and traffic that every tool can play (ns-3, SimGrid, Linux across
 * the emulator, our fluid and packet models), as lines of text. `#` begins a comment line.
 *
 *     hosts N0 N1 …                                   hosts of site 0, 1, …, numbered on and on
 *     access BPS ONEWAY_S UP_QUEUE DOWN_QUEUE         of every host, to its site's router
 *     wan SITE SITE BPS ONEWAY_S QUEUE LOSS           both directions, each with its own queue
 *     tcp TcpCubic|TcpNewReno|TcpBbr BUFFER           congestion control, socket buffers of all
 *     flow START_S FROM TO BYTES                      cold; 0 bytes: without end, until `stop`
 *     parallel START_S FROM TO BYTES CONNECTIONS      cold; the bytes in equal parts
 *     warm START_S FROM TO BYTES WARM_BYTES GAP_S     on a connection that has carried WARM_BYTES;
 *                                                     begins GAP_S after these have arrived
 *     ring BYTES                                      ring all-reduce over all hosts in order
 *     hierarchical BYTES                              reduce-scatter within each site, a ring over
 *                                                     the sites for each shard, all-gather within
 *     stop S                                          end of the simulation
 *     seed N                                          of losses
 *
 * BPS are bits a second, queues and sizes are bytes, times seconds, LOSS the probability that a
 * packet is lost, drawn for each direction. A queue holds what waits behind the packet in service.
 * Routes are those of fewest links. A message of an all-reduce leaves when the one before it in its
 * chain has been received whole (struct ess_case_play); all its connections are opened at 0, cold,
 * and each of the three parts of a hierarchical one has connections of its own.
 * A cold flow's time runs from START_S, so it includes the handshake; a warm one's from its first
 * byte.
 *
 * Numbers are kept exactly: whole bits a second, nanoseconds, and losses in parts of 10^9, so that
 * equal text, equal struct and equal hash are one and the same (case_text.h). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ESS_CASE_SITES_MAX = 16,
    ESS_CASE_HOSTS_MAX = 64,
    ESS_CASE_WANS_MAX = 32,
    ESS_CASE_TRANSFERS_MAX = 64,
    ESS_CASE_CONNECTIONS_MAX = 64, /* of one transfer */
    ESS_CASE_TEXT_MAX = 1 << 16    /* bytes of a text */
};

enum ess_case_congestion { ESS_CASE_CUBIC, ESS_CASE_NEWRENO, ESS_CASE_BBR };

struct ess_case_wan {
    uint32_t site[2];
    uint64_t rate_bits_per_s;
    int64_t delay_ns; /* one way */
    uint64_t queue_bytes;
    uint32_t loss_ppb; /* packets lost of 10^9 */
};

struct ess_case_transfer {
    int64_t start_ns;
    uint32_t from, to;
    uint64_t bytes;       /* 0: until the stop */
    uint32_t connections; /* 1 or more */
    uint64_t warm_bytes;  /* 0: cold */
    int64_t gap_ns;       /* of a warm one */
};

struct ess_case {
    uint32_t site_count, host_count, wan_count, transfer_count;
    uint32_t site_hosts[ESS_CASE_SITES_MAX];
    uint64_t access_bits_per_s;
    int64_t access_delay_ns;
    uint64_t up_queue_bytes, down_queue_bytes;
    struct ess_case_wan wans[ESS_CASE_WANS_MAX];
    enum ess_case_congestion congestion;
    uint64_t buffer_bytes;
    struct ess_case_transfer transfers[ESS_CASE_TRANSFERS_MAX];
    uint64_t ring_bytes, hierarchical_bytes; /* 0: none */
    int64_t stop_ns;
    uint64_t seed;
};

struct ess_case_error {
    uint32_t line; /* 0: the case as a whole */
    char found[96];
    char expected[160];
};

/* Read `bytes` bytes of text. Returns 0, or -1 with `error` filled; the case is then unspecified.
 * What it gives is safe to play: sites, hosts and sizes are in range and every pair that talks is
 * connected. O(bytes). */
int ess_case_parse(
    const char *text, size_t bytes, struct ess_case *network, struct ess_case_error *error);

/* The same of a file; `found` then names what could not be opened or was too long. */
int ess_case_read(const char *path, struct ess_case *network, struct ess_case_error *error);

/* The site of a host. O(sites). */
uint32_t ess_case_site_of(const struct ess_case *network, uint32_t host);

/* The name in the text form: "TcpCubic", "TcpNewReno", "TcpBbr". */
const char *ess_case_congestion_name(enum ess_case_congestion congestion);

#endif
