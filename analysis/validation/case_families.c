/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/case_families.h"
#include "base/random.h"

#include <string.h>

typedef void (*draw_function)(struct ess_random *random, uint32_t index, struct ess_case *network);

static const int64_t MICROSECOND = 1000, MILLISECOND = 1000000, SECOND = 1000000000;
static const uint64_t MBIT = 1000000;

/* From low to high, see the header. */
static uint64_t scale(struct ess_random *random, uint64_t low, uint64_t high) {
    static const uint64_t tenths[] = {100, 126, 158, 200, 251, 316, 398, 501, 631, 794};
    uint64_t ladder[200] = {low}, power = 1;
    uint32_t count = 0;
    while (power <= high) {
        for (uint32_t i = 0; i < 10 && count < 200; i++) {
            uint64_t value = tenths[i] * power / 100;
            if (value >= low && value <= high) {
                ladder[count++] = value;
            }
        }
        power *= 10;
    }
    uint64_t value = ladder[ess_random_below(random, count)]; /* low where there is no tenth */
    value = value * (900 + ess_random_below(random, 201)) / 1000;
    return value < low ? low : value > high ? high : value;
}

static uint64_t between(struct ess_random *random, uint64_t low, uint64_t high) {
    return low + ess_random_below(random, high - low + 1);
}

static uint64_t one_of(struct ess_random *random, const uint64_t *values, uint64_t count) {
    return values[ess_random_below(random, count)];
}

/* Bytes on the way at `rate_bits_per_s` during one round trip. */
static uint64_t bdp_bytes(uint64_t rate_bits_per_s, int64_t rtt_ns) {
    return rate_bits_per_s / 8000 * (uint64_t)rtt_ns / 1000000;
}

/* A queue of half, one or two bandwidth-delay products, but never less than 20 packets. */
static uint64_t draw_queue(struct ess_random *random, uint64_t rate_bits_per_s, int64_t rtt_ns) {
    uint64_t bytes =
        bdp_bytes(rate_bits_per_s, rtt_ns) / 2 * (UINT64_C(1) << ess_random_below(random, 3));
    return bytes < 30000 ? 30000 : bytes;
}

static int64_t draw_rtt(struct ess_random *random, uint64_t low_ms, uint64_t high_ms) {
    return (int64_t)scale(random, low_ms * 1000, high_ms * 1000) * MICROSECOND;
}

static uint64_t draw_rate(struct ess_random *random, uint64_t low_mbit, uint64_t high_mbit) {
    return scale(random, low_mbit * 1000, high_mbit * 1000) * 1000;
}

/* Access links that are never the narrow place: 50 us each way. */
static void wide_access(struct ess_case *network, uint64_t rate_bits_per_s) {
    network->access_bits_per_s = rate_bits_per_s > 500 * MBIT ? 2 * rate_bits_per_s : 1000 * MBIT;
    network->access_delay_ns = 50 * MICROSECOND;
    network->up_queue_bytes = network->down_queue_bytes = UINT64_C(4) << 20;
}

static void begin(struct ess_random *random, struct ess_case *network) {
    memset(network, 0, sizeof *network);
    network->congestion = ess_random_below(random, 2) == 0 ? ESS_CASE_CUBIC : ESS_CASE_NEWRENO;
    network->buffer_bytes = UINT64_C(32) << 20;
    network->stop_ns = 1000 * SECOND;
    network->seed = 1 + ess_random_below(random, 1000000);
}

static void add_site(struct ess_case *network, uint32_t hosts) {
    network->site_hosts[network->site_count++] = hosts;
    network->host_count += hosts;
}

/* `rtt_ns` is that between hosts of the two sites, so access links are taken off. */
static struct ess_case_wan *join(struct ess_case *network, uint32_t from, uint32_t to,
    uint64_t rate_bits_per_s, int64_t rtt_ns, uint64_t queue_bytes) {
    struct ess_case_wan *wan = &network->wans[network->wan_count++];
    *wan = (struct ess_case_wan){
        {from, to}, rate_bits_per_s, rtt_ns / 2 - 2 * network->access_delay_ns, queue_bytes, 0};
    return wan;
}

static struct ess_case_transfer *add_flow(
    struct ess_case *network, uint32_t from, uint32_t to, uint64_t bytes) {
    struct ess_case_transfer *flow = &network->transfers[network->transfer_count++];
    *flow = (struct ess_case_transfer){0, from, to, bytes, 1, 0, 0};
    return flow;
}

/* One sender, one receiver, one wan link between. */
static void pair(
    struct ess_random *random, struct ess_case *network, uint64_t rate_bits_per_s, int64_t rtt_ns) {
    begin(random, network);
    wide_access(network, rate_bits_per_s);
    add_site(network, 1);
    add_site(network, 1);
    join(network, 0, 1, rate_bits_per_s, rtt_ns, draw_queue(random, rate_bits_per_s, rtt_ns));
}

struct range {
    uint64_t low, high;
};

/* A pair drawn in Mbit/s and milliseconds. One draw a statement: the order in which a call's
 * arguments are evaluated is the compiler's choice. */
static void draw_pair(
    struct ess_random *random, struct ess_case *network, struct range rate, struct range rtt) {
    int64_t rtt_ns = draw_rtt(random, rtt.low, rtt.high);
    uint64_t rate_bits_per_s = draw_rate(random, rate.low, rate.high);
    pair(random, network, rate_bits_per_s, rtt_ns);
}

static void draw_cold(struct ess_random *random, uint32_t index, struct ess_case *network) {
    /* Every fourth is small: there SimGrid's default is furthest off. */
    uint64_t bytes = scale(random, 10000, index % 4 == 0 ? 200000 : 100000000);
    draw_pair(random, network, (struct range){20, 1000}, (struct range){5, 160});
    add_flow(network, 0, 1, bytes);
}

static void draw_warm(struct ess_random *random, uint32_t index, struct ess_case *network) {
    int64_t rtt_ns = draw_rtt(random, 5, 160);
    pair(random, network, draw_rate(random, 20, 1000), rtt_ns);
    struct ess_case_transfer *flow = add_flow(network, 0, 1, scale(random, 10000, 20000000));
    flow->warm_bytes = scale(random, 100000, 10000000);
    /* At once, or after so long a pause that RFC 2861 lets the window decay. */
    flow->gap_ns = index % 2 == 0 ? rtt_ns / 2 + MILLISECOND
                                  : (int64_t)between(random, 1000, 3000) * MILLISECOND;
}

static void draw_window(struct ess_random *random, uint32_t index, struct ess_case *network) {
    (void)index;
    draw_pair(random, network, (struct range){100, 1000}, (struct range){20, 160});
    network->buffer_bytes = scale(random, 64000, 1000000);
    add_flow(network, 0, 1, network->buffer_bytes * between(random, 10, 40));
}

static void draw_parallel(struct ess_random *random, uint32_t index, struct ess_case *network) {
    (void)index;
    draw_pair(random, network, (struct range){50, 1000}, (struct range){10, 160});
    struct ess_case_transfer *flow = add_flow(network, 0, 1, scale(random, 2000000, 40000000));
    flow->connections = (uint32_t)between(random, 2, 16);
}

/* Sites in a mesh whose round trips lie within a factor below two, so that the direct link is also
 * the one of least delay. */
static void mesh(struct ess_random *random, struct ess_case *network, uint32_t sites,
    uint32_t hosts, int64_t access_delay_ns) {
    uint64_t rate = draw_rate(random, 50, 500);
    int64_t least_ns = draw_rtt(random, 10, 80);
    begin(random, network);
    wide_access(network, rate);
    network->access_delay_ns = access_delay_ns;
    for (uint32_t s = 0; s < sites; s++) {
        add_site(network, hosts);
    }
    for (uint32_t a = 0; a < sites; a++) {
        for (uint32_t b = a + 1; b < sites; b++) {
            int64_t rtt_ns = least_ns / 100 * (int64_t)between(random, 100, 190);
            rtt_ns += 4 * access_delay_ns;
            join(network, a, b, rate, rtt_ns, draw_queue(random, rate, rtt_ns));
        }
    }
}

/* A site without wan: homes behind one exchange, each with a slow access link. */
static void exchange(struct ess_random *random, struct ess_case *network, uint32_t hosts,
    uint64_t low_mbit, uint64_t high_mbit) {
    int64_t rtt_ns = draw_rtt(random, 5, 40);
    begin(random, network);
    add_site(network, hosts);
    network->access_bits_per_s = draw_rate(random, low_mbit, high_mbit);
    network->access_delay_ns = rtt_ns / 4;
    network->up_queue_bytes = draw_queue(random, network->access_bits_per_s, rtt_ns);
    network->down_queue_bytes = draw_queue(random, network->access_bits_per_s, rtt_ns);
}

/* All hops together carry 2 (N - 1) times the vector; 60 MB of that are enough. */
static uint64_t draw_vector(struct ess_random *random, uint32_t hosts) {
    uint64_t most = 60000000 / (2 * (hosts - 1));
    return scale(random, 300000, most < 16000000 ? most : 16000000);
}

static void draw_ring(struct ess_random *random, uint32_t index, struct ess_case *network) {
    uint32_t sites = 1 + index % 4;
    uint32_t hosts = (uint32_t)between(random, 1, sites < 4 ? 3 : 2);
    int64_t access_ns = index % 8 < 4 ? 50 * MICROSECOND : 1250 * MICROSECOND;
    if (sites == 1) {
        exchange(random, network, 2 + 2 * hosts, 50, 500);
    } else {
        mesh(random, network, sites, hosts, access_ns);
    }
    network->ring_bytes = draw_vector(random, network->host_count);
}

static void draw_hierarchical(struct ess_random *random, uint32_t index, struct ess_case *network) {
    uint32_t sites = 2 + index % 3;
    uint32_t hosts = sites == 4 ? 2 : (uint32_t)between(random, 2, 3);
    mesh(random, network, sites, hosts, index % 2 == 0 ? 50 * MICROSECOND : 1250 * MICROSECOND);
    network->hierarchical_bytes = draw_vector(random, network->host_count);
}

static void draw_loss(struct ess_random *random, uint32_t index, struct ess_case *network) {
    static const uint64_t losses_ppb[] = {100000, 300000, 1000000, 3000000, 10000000};
    uint32_t loss_ppb = (uint32_t)one_of(random, losses_ppb, 5);
    if (index % 6 == 5) {
        mesh(random, network, 4, 1, 50 * MICROSECOND);
        network->ring_bytes = scale(random, 1000000, 4000000);
        loss_ppb = index % 12 == 5 ? 100000 : 1000000;
    } else {
        draw_pair(random, network, (struct range){20, 200}, (struct range){5, 160});
        if (index % 6 == 4) {
            add_flow(network, 0, 1, 0);
            network->stop_ns = 5 * SECOND;
            loss_ppb = loss_ppb < 1000000 ? 1000000 : loss_ppb;
        } else {
            add_flow(network, 0, 1, scale(random, 200000, 4000000));
        }
    }
    for (uint32_t w = 0; w < network->wan_count; w++) {
        network->wans[w].loss_ppb = loss_ppb;
    }
}

/* About 50 MB together. */
static int64_t draw_stop(uint64_t rate_bits_per_s, int64_t most_ns) {
    int64_t stop_ns =
        (int64_t)(UINT64_C(400000000) * 1000 / (rate_bits_per_s / 1000)) * MICROSECOND;
    return stop_ns > most_ns ? most_ns : stop_ns;
}

static void draw_dumbbell(struct ess_random *random, uint32_t index, struct ess_case *network) {
    uint64_t rate = draw_rate(random, 20, 200);
    int64_t rtt_ns = draw_rtt(random, 10, 80);
    uint32_t pairs = (uint32_t)between(random, 2, index % 2 == 0 ? 4 : 8);
    begin(random, network);
    wide_access(network, rate);
    add_site(network, pairs);
    add_site(network, pairs);
    join(network, 0, 1, rate, rtt_ns, draw_queue(random, rate, rtt_ns));
    for (uint32_t i = 0; i < pairs; i++) {
        add_flow(network, i, pairs + i, 0)->start_ns =
            (int64_t)between(random, 0, 200) * MILLISECOND;
    }
    network->stop_ns = draw_stop(rate, 10 * SECOND);
}

/* Two sites of senders, near and far, meet at a router and share the link behind it. */
static void draw_unequal(struct ess_random *random, uint32_t index, struct ess_case *network) {
    uint64_t rate = draw_rate(random, 20, 50);
    bool drawn = index % 2 == 1;
    int64_t near_ns = drawn ? draw_rtt(random, 6, 20) : 10 * MILLISECOND;
    int64_t far_ns = drawn ? draw_rtt(random, 40, 160) : 70 * MILLISECOND;
    uint32_t flows = index % 4 < 2 ? 1 : 2;
    begin(random, network);
    wide_access(network, rate);
    add_site(network, flows);
    add_site(network, flows);
    add_site(network, 0);
    add_site(network, 2 * flows);
    int64_t shared_ns = 2 * MILLISECOND; /* of the round trip, on the link that is shared */
    join(network, 0, 2, 1000 * MBIT, near_ns - shared_ns, UINT64_C(4) << 20);
    join(network, 1, 2, 1000 * MBIT, far_ns - shared_ns, UINT64_C(4) << 20);
    join(network, 2, 3, rate, shared_ns + 4 * network->access_delay_ns,
        draw_queue(random, rate, far_ns));
    for (uint32_t i = 0; i < 2 * flows; i++) {
        add_flow(network, i, 2 * flows + i, 0);
    }
    network->stop_ns = 10 * SECOND;
}

static void draw_incast(struct ess_random *random, uint32_t index, struct ess_case *network) {
    uint32_t senders = (uint32_t)between(random, 4, index % 2 == 0 ? 8 : 16);
    exchange(random, network, senders + 1, 100, 350);
    network->down_queue_bytes = scale(random, 64000, 512000);
    uint64_t bytes = scale(random, 32000, 1000000);
    for (uint32_t i = 0; i < senders; i++) {
        add_flow(network, i, senders, bytes);
    }
}

const struct ess_case_family ess_case_families[] = {
    {"cold", "one transfer on a new connection", 32, 3},
    {"warm", "one transfer on a connection that has carried others, at once or after 1 to 3 s", 18,
        3},
    {"windows", "one transfer that the socket buffers limit", 12, 3},
    {"parallel", "one transfer over 2 to 16 connections", 12, 5},
    {"loss", "transfers and small rings with random loss of 1e-4 to 1e-2", 30, 16},
    {"dumbbell", "2 to 8 pairs over one narrow link", 16, 5},
    {"unequal", "flows of unequal round trips over one narrow link", 18, 5},
    {"incast", "4 to 16 senders to one receiver", 14, 16},
    {"ring", "ring all-reduce of 2 to 8 hosts in 1 to 4 sites", 28, 3},
    {"hierarchical", "hierarchical all-reduce of 4 to 9 hosts in 2 to 4 sites", 10, 3},
    {NULL, NULL, 0, 0}};

static const draw_function draws[] = {draw_cold, draw_warm, draw_window, draw_parallel, draw_loss,
    draw_dumbbell, draw_unequal, draw_incast, draw_ring, draw_hierarchical};

uint32_t ess_case_standard_count(void) {
    uint32_t count = 0;
    for (const struct ess_case_family *family = ess_case_families; family->name; family++) {
        count += family->cases;
    }
    return count;
}

const struct ess_case_family *ess_case_draw(
    uint64_t seed, uint32_t number, struct ess_case *network) {
    const struct ess_case_family *family = ess_case_families;
    struct ess_random random;
    uint32_t index = number;
    while (index >= family->cases) {
        index -= family->cases;
        family++;
    }
    ess_random_init(&random, seed, number, "validation case");
    draws[family - ess_case_families](&random, index, network);
    return family;
}

void ess_case_jitter(struct ess_case *network, uint32_t run) {
    struct ess_random random;
    if (run == 0) {
        return;
    }
    ess_random_init(&random, network->seed, run, "validation jitter");
    network->access_delay_ns += (int64_t)ess_random_below(&random, 10000);
    network->seed += 1000003 * (uint64_t)run;
    for (uint32_t i = 0; i < network->transfer_count; i++) {
        network->transfers[i].start_ns += (int64_t)ess_random_below(&random, 20000000);
    }
}

bool ess_case_has_metric(const struct ess_case *network, enum ess_case_metric metric) {
    bool endless = network->transfer_count > 0 && network->transfers[0].bytes == 0;
    if (metric == ESS_CASE_SECONDS) {
        return !endless;
    }
    if (metric == ESS_CASE_AGGREGATE) {
        return endless;
    }
    /* Flows of equal round trips have no ratio worth comparing: which is ahead is chance. */
    return endless && network->site_count == 4;
}

const char *ess_case_metric_name(enum ess_case_metric metric) {
    static const char *const names[] = {"seconds", "aggregate", "ratio"};
    return names[metric];
}
