/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How flows share a bottleneck (qos.json): k / (k + m) for k against m flows of one kind, shares
 * in proportion to 1 / round trip under Reno, and BBR beside CUBIC.
 *
 * Reading taken: the closed form of parallel flows is "exact under max-min" for the fluid model,
 * and within 15 % for packets; unequal round trips have the latter in both. The source's scavengers
 * (LEDBAT), queue disciplines and code points are other pieces' to check. */
#include <math.h>

#include "analysis/published/published.h"

#define SHARE_ROW(model, k, m)                                                                     \
    {                                                                                              \
        "qos-parallel.json", {                                                                     \
            "/network/model=" model, "/services/0/transfers/0/connections=" #k,                    \
                "/services/0/transfers/1/connections=" #m                                          \
        }                                                                                          \
    }

#define BBR_ROW(queue, others)                                                                     \
    {                                                                                              \
        "qos-bbr.json", {                                                                          \
            "/wan/links/0/queue_bytes=" queue, "/services/0/transfers/1/connections=" #others      \
        }                                                                                          \
    }

enum {
    PARALLEL,
    PACKET_PARALLEL = PARALLEL + 3,
    UNEQUAL = PACKET_PARALLEL + 3,
    PACKET_UNEQUAL,
    BBR
};

static const struct ess_published_run runs[] = {
    [PARALLEL] = SHARE_ROW("fluid", 64, 1),
    SHARE_ROW("fluid", 16, 1),
    SHARE_ROW("fluid", 64, 4),
    [PACKET_PARALLEL] = SHARE_ROW("packet", 64, 1),
    SHARE_ROW("packet", 16, 1),
    SHARE_ROW("packet", 64, 4),
    [UNEQUAL] = {"qos-unequal.json", {"/network/transport=reno"}},
    [PACKET_UNEQUAL] = {"qos-unequal.json",
        {"/network/model=packet", "/network/congestion_control=reno"}},
    [BBR] = BBR_ROW("200 kB", 1),
    BBR_ROW("200 kB", 4),
    BBR_ROW("200 kB", 16),
    BBR_ROW("1600 kB", 1),
    BBR_ROW("1600 kB", 16),
    {NULL, {NULL}},
};

/* Of two transfers' goodputs the first's part. */
static double share(const struct ess_results *results, const char *first, const char *second) {
    double a = ess_published_goodput(results, first), b = ess_published_goodput(results, second);
    return a / (a + b);
}

static void add_share(struct ess_published *published, const char *name, double theirs, double ours,
    double slack, const char *tolerance) {
    char text[96], words[32];
    struct ess_published_row row = {
        .name = text, .tolerance = words, .unit = "1", .published = theirs, .simulated = ours};
    snprintf(text, sizeof text, "qos: %s", name);
    snprintf(words, sizeof words, "%s", tolerance);
    ess_published_add(published, "parallel_flow_share", &row, theirs * (1 - slack),
        fmin(theirs * (1 + slack), 1));
}

static void compare_parallel(
    struct ess_published *published, const struct ess_results *const *results) {
    static const char *const keys[] = {"64 against 1", "16 against 1", "64 against 4"};
    char text[64];
    for (int row = 0; row < 3; row++) {
        double theirs;
        snprintf(text, sizeof text, "parallel_flow_share/%s", keys[row]);
        theirs = ess_published_number(published, text);
        snprintf(text, sizeof text, "share of %s, fluid", keys[row]);
        /* The file gives four digits. */
        add_share(published, text, theirs, share(results[PARALLEL + row], "many", "few"), 1e-4,
            "exact (to its 4 digits)");
        snprintf(text, sizeof text, "share of %s, packet", keys[row]);
        add_share(published, text, theirs, share(results[PACKET_PARALLEL + row], "many", "few"),
            0.15, "+-15 %");
    }
}

/* The band is the source's own; the fluid model is not compared, since it has the figure built in.
 */
static void compare_bbr(struct ess_published *published, const struct ess_results *const *results) {
    static const char *const names[] = {"1 CUBIC, queue of 4 products", "4 CUBIC, 4 products",
        "16 CUBIC, 4 products", "1 CUBIC, 32 products", "16 CUBIC, 32 products"};
    double theirs = ess_published_number(
        published, "bbr_v1_share/share of one BBR flow against any number of CUBIC flows up to 16");
    for (int row = 0; row < 5; row++) {
        char text[96];
        struct ess_published_row entry = {.name = text,
            .tolerance = "0.30 to 0.50",
            .unit = "1",
            .published = theirs,
            .simulated = share(results[row], "bbr", "cubic")};
        snprintf(text, sizeof text, "qos: BBR beside %s, packet", names[row]);
        ess_published_add(published, "bbr_v1_share", &entry, 0.3, 0.5);
    }
}

static void compare(struct ess_published *published, const struct ess_results *const *results) {
    double theirs = (1 / 20.0) / (1 / 20.0 + 1 / 40.0); /* the source gives the formula alone */
    compare_parallel(published, results);
    add_share(published, "share of 20 ms against 40 ms, Reno, fluid", theirs,
        share(results[UNEQUAL], "near", "far"), 0.15, "+-15 %");
    add_share(published, "share of 20 ms against 40 ms, Reno, packet", theirs,
        share(results[PACKET_UNEQUAL], "near", "far"), 0.15, "+-15 %");
    compare_bbr(published, results + BBR);
}

const struct ess_published_type ess_published_qos = {
    .name = "qos",
    .summary =
        "shares of a full link: parallel flows, unequal round trips, BBR; queue disciplines and "
        "scavengers are not compared",
    .runs = runs,
    .compare = compare,
};
