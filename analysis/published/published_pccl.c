/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PCCL: all-reduce over the public internet and on a local network (arXiv 2505.14065).
 *
 * Readings taken where the source leaves a choice: its bandwidth is bytes sent plus received by a
 * peer, 4 (n - 1) / n contributions in the time of an all-reduce; k concurrent all-reduces of 64
 * MiB, each on a connection of its own, are one all-reduce of k x 64 MiB whose chunks travel in
 * equal parts over k connections; the knee is the first number of connections after which the next
 * one brings less than a twentieth. Gloo's line on the local network is not simulated, nor are
 * protocol constants, probes and the stress test, which are other pieces' to check. */
#include <math.h>

#include "analysis/published/published.h"

#define PEERS 6
#define GIB_BYTES 1073741824.0
#define PART_BYTES 67108864.0 /* of one of the concurrent all-reduces */
#define KNEE_GAIN 1.05
#define SWEEP_ROW(k, size)                                                                         \
    {                                                                                              \
        "pccl-eu-west.json", {                                                                     \
            "/network/transport/connections=" #k, "/services/0/size=" size                         \
        }                                                                                          \
    }
#define LAN_ROW(peers)                                                                             \
    {                                                                                              \
        "pccl-lan.json", {                                                                         \
            "/sites/0/hosts/0/count=" #peers                                                       \
        }                                                                                          \
    }

enum { ONE, SWEEP, SWEEP_64 = SWEEP + 3, LAN = SWEEP + 6, SWEEP_ROWS = 6, LAN_ROWS = 3 };

/* 64 MiB for each connection. */
static const struct ess_published_run runs[] = {
    [ONE] = {"pccl-eu-west.json", {NULL}},
    [SWEEP] = SWEEP_ROW(8, "512 MiB"),
    SWEEP_ROW(16, "1 GiB"),
    SWEEP_ROW(32, "2 GiB"),
    [SWEEP_64] = SWEEP_ROW(64, "4 GiB"),
    SWEEP_ROW(100, "6400 MiB"),
    SWEEP_ROW(128, "8 GiB"),
    [LAN] = LAN_ROW(2),
    LAN_ROW(4),
    LAN_ROW(8),
    {NULL, {NULL}},
};

/* Gbit/s sent and received by a peer when an all-reduce of so many bytes takes `time_s`. */
static double both_ways(double bytes, double time_s) {
    return 4.0 * (PEERS - 1) / PEERS * bytes * 8 / time_s / 1e9;
}

static void add(struct ess_published *published, const char *figure, const char *name,
    const char *unit, double theirs, double ours, double share, const char *tolerance) {
    char text[96], words[96];
    struct ess_published_row row = {
        .name = text, .tolerance = words, .unit = unit, .published = theirs, .simulated = ours};
    snprintf(text, sizeof text, "pccl: %s", name);
    snprintf(words, sizeof words, "+-%.0f %%%s", 100 * share, tolerance);
    ess_published_add(published, figure, &row, (1 - share) * theirs, (1 + share) * theirs);
}

static void compare_one(struct ess_published *published, const struct ess_results *results) {
    static const char figure[] = "eu_west_1_connection";
    double time_s = ess_published_metric(results, "collective_time");
    add(published, figure, "EU-West, 1 connection, time", "s",
        ess_published_number(published, "eu_west_1_connection/time/value"), time_s, 0.2, "");
    add(published, "eu_west_1_connection_one_way_rate", "EU-West, 1 connection, one-way rate",
        "Gbit/s", ess_published_number(published, "eu_west_1_connection_one_way_rate/value"),
        both_ways(GIB_BYTES, time_s) / 2, 0.2, " (derived from the time)");
}

/* Number of the sweep's row where it stops growing. */
static size_t knee(const double *bandwidths) {
    size_t row = 0;
    while (row + 1 < SWEEP_ROWS && bandwidths[row + 1] > KNEE_GAIN * bandwidths[row]) {
        row++;
    }
    return row;
}

/* The shape: monotone within a hundredth (1: yes), where the knee is, how level the plateau. */
static void compare_shape(struct ess_published *published, const double *connections,
    const double *theirs, const double *ours) {
    static const char figure[] = "eu_west_connection_sweep";
    size_t there = knee(theirs), here = knee(ours);
    struct ess_published_row monotone = {.name = "pccl: sweep is monotone (1: yes)",
        .tolerance = "exact",
        .unit = "1",
        .published = 1,
        .simulated = 1};
    struct ess_published_row at = {.name = "pccl: sweep, connections at the knee",
        .tolerance = "one step of the sweep",
        .unit = "count",
        .published = connections[there],
        .simulated = connections[here]};
    struct ess_published_row plateau = {.name = "pccl: sweep, 64 to 128, most over least",
        .tolerance = "1 to 1.05",
        .unit = "1",
        .published = fmax(theirs[3], fmax(theirs[4], theirs[5])) /
                     fmin(theirs[3], fmin(theirs[4], theirs[5])),
        .simulated = fmax(ours[3], fmax(ours[4], ours[5])) / fmin(ours[3], fmin(ours[4], ours[5]))};
    for (size_t row = 1; row < SWEEP_ROWS; row++) {
        monotone.simulated = ours[row] > 0.99 * ours[row - 1] ? monotone.simulated : 0;
    }
    ess_published_add(published, figure, &monotone, 1, 1);
    ess_published_add(published, figure, &at, connections[there > 0 ? there - 1 : 0],
        connections[there + 1 < SWEEP_ROWS ? there + 1 : there]);
    ess_published_add(published, figure, &plateau, 1, 1.05);
}

static void compare_sweep(
    struct ess_published *published, const struct ess_results *const *results) {
    static const char figure[] = "eu_west_connection_sweep";
    double connections[SWEEP_ROWS], theirs[SWEEP_ROWS], ours[SWEEP_ROWS];
    char text[64];
    for (size_t row = 0; row < SWEEP_ROWS; row++) {
        snprintf(text, sizeof text, "%s/connections/%zu", figure, row);
        connections[row] = ess_published_number(published, text);
        snprintf(text, sizeof text, "%s/bandwidth_tx_plus_rx/%zu", figure, row);
        theirs[row] = ess_published_number(published, text);
        ours[row] = both_ways(
            connections[row] * PART_BYTES, ess_published_metric(results[row], "collective_time"));
        snprintf(text, sizeof text, "sweep, %.0f connections", connections[row]);
        add(published, figure, text, "Gbit/s", theirs[row], ours[row], 0.25, "");
    }
    compare_shape(published, connections, theirs, ours);
}

static void compare_64(struct ess_published *published, const struct ess_results *results) {
    static const char figure[] = "eu_west_64_concurrent";
    double time_s = ess_published_metric(results, "collective_time");
    double theirs_s = ess_published_number(published, "eu_west_64_concurrent/time/value");
    double bytes =
        1e9 * ess_published_number(published, "eu_west_64_concurrent/contribution_total/value");
    add(published, figure, "EU-West, 64 concurrent, time", "s", theirs_s, time_s, 0.2, "");
    add(published, "headline", "headline, western Europe", "Gbit/s",
        ess_published_number(published, "headline/western_europe/value"), both_ways(bytes, time_s),
        0.1, "");
}

static void compare_lan(struct ess_published *published, const struct ess_results *const *results) {
    char text[64];
    for (size_t row = 0; row < LAN_ROWS; row++) {
        double peers, theirs;
        snprintf(text, sizeof text, "lan_throughput/world_size/%zu", row);
        peers = ess_published_number(published, text);
        snprintf(text, sizeof text, "lan_throughput/pccl/%zu", row);
        theirs = ess_published_number(published, text);
        snprintf(text, sizeof text, "LAN, %.0f peers, bytes over time", peers);
        add(published, "lan_throughput", text, "MB/s", theirs,
            GIB_BYTES / 1e6 / ess_published_metric(results[row], "collective_time"), 0.15, "");
    }
}

static void compare(struct ess_published *published, const struct ess_results *const *results) {
    compare_one(published, results[ONE]);
    compare_sweep(published, results + SWEEP);
    compare_64(published, results[SWEEP_64]);
    compare_lan(published, results + LAN);
}

const struct ess_published_type ess_published_pccl = {
    .name = "pccl",
    .summary = "PCCL's all-reduce: one connection, a sweep over connections, a local network; "
               "protocol constants and the stress test are not compared",
    .runs = runs,
    .compare = compare,
};
