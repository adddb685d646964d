/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network cases: the one text, its hash, the standard set, routes, plays. */
#include "ess_test.h"

#include "analysis/sha256.h"
#include "analysis/validation/case_families.h"
#include "analysis/validation/case_log.h"
#include "analysis/validation/case_play.h"
#include "analysis/validation/case_route.h"
#include "analysis/validation/case_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char small_case[] = "# a comment\n"
                                 "hosts 2 1\n"
                                 "access 1e9 5e-5 4000000 1000000\n"
                                 "wan 0 1 1e8 0.01 250000 1e-3\n"
                                 "tcp TcpCubic 33554432\n"
                                 "flow 0.5 0 2 1000000\n"
                                 "parallel 0 1 2 1001 4\n"
                                 "warm 0 0 1 5000 100000 1.5\n"
                                 "ring 3000\n"
                                 "stop 100\n"
                                 "seed 7\n";

static int parse(const char *text, struct ess_case *network, struct ess_case_error *error) {
    return ess_case_parse(text, strlen(text), network, error);
}

static void reads_and_prints(void) {
    static char text[ESS_CASE_TEXT_MAX];
    struct ess_case network, again;
    struct ess_case_error error;
    char hash[ESS_CASE_HASH_BYTES], hash_again[ESS_CASE_HASH_BYTES];
    ESS_CHECK(parse(small_case, &network, &error) == 0, "line %u: %s", error.line, error.found);
    CU_ASSERT_EQUAL(network.host_count, 3);
    CU_ASSERT_EQUAL(network.access_delay_ns, 50000);
    CU_ASSERT_EQUAL(network.wans[0].loss_ppb, 1000000);
    CU_ASSERT_EQUAL(network.transfers[1].connections, 4);
    CU_ASSERT_EQUAL(network.transfers[2].gap_ns, 1500000000);
    size_t bytes = ess_case_print(&network, text, sizeof text);
    ESS_CHECK(ess_case_parse(text, bytes, &again, &error) == 0, "%s", error.found);
    ess_case_hash(&network, hash);
    ess_case_hash(&again, hash_again);
    CU_ASSERT_STRING_EQUAL(hash, hash_again);
    again.wans[0].queue_bytes++;
    ess_case_hash(&again, hash_again);
    CU_ASSERT_STRING_NOT_EQUAL(hash, hash_again);
    CU_ASSERT_EQUAL(ess_case_print(&network, text, bytes), 0); /* no room for the end */
}

static void refuses_bad_text(void) {
    static const struct {
        const char *find, *replace;
        uint32_t line;
    } bad[] = {{"hosts 2 1", "hosts", 2}, {"hosts 2 1", "hosts 65 1", 2},
        {"hosts 2 1", "hosts 2 0x1", 2}, {"wan 0 1 1e8", "wan 0 0 1e8", 4},
        {"wan 0 1 1e8", "wan 0 1 nan", 4}, {"wan 0 1 1e8", "wan 0 1 inf", 4},
        {"wan 0 1 1e8", "wan 0 1 -1", 4}, {"wan 0 1 1e8", "wan 0 2 1e8", 4}, {"1e-3", "1", 4},
        {"TcpCubic", "TcpVegas", 5}, {"flow 0.5 0 2", "flow 0.5 0 3", 6},
        {"flow 0.5 0 2", "flow 0.5 2 2", 6}, {"1001 4", "1001 65", 7}, {"1001 4", "1 4", 7},
        {"stop 100", "stop 0", 10}, {"stop 100", "stop 100 100", 10}, {"seed", "sede", 11},
        {"hosts 2 1", "hosts 2 1\nhosts 2 1", 3}, {"wan 0 1", "# wan 0 1", 0},
        {"ring 3000", "hierarchical 90000", 0}, {"stop 100", "", 0}};
    struct ess_case network;
    struct ess_case_error error;
    char text[1024];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *at = strstr(small_case, bad[i].find);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - small_case), small_case, bad[i].replace,
            at + strlen(bad[i].find));
        ESS_CHECK(parse(text, &network, &error) != 0, "accepted \"%s\"", bad[i].replace);
        ESS_CHECK(error.line == bad[i].line, "\"%s\": line %u", bad[i].replace, error.line);
        CU_ASSERT_NOT_EQUAL(error.found[0], 0);
        CU_ASSERT_NOT_EQUAL(error.expected[0], 0);
    }
    ess_test_note("%zu wrong texts refused", sizeof bad / sizeof *bad);
}

/* The set is a promise: references are kept by hash. The same digest must come from every compiler
 * and level of optimisation; it changes only where the cases are meant to change. */
static void standard_set_is_fixed(void) {
    static char text[ESS_CASE_TEXT_MAX], back[ESS_CASE_TEXT_MAX];
    struct ess_sha256 sha;
    char digest[ESS_SHA256_TEXT_BYTES], hash[ESS_CASE_HASH_BYTES];
    uint32_t chosen = 0, count = ess_case_standard_count();
    ess_sha256_init(&sha);
    for (uint32_t i = 0; i < count; i++) {
        struct ess_case network, again;
        struct ess_case_error error;
        ess_case_draw(ESS_CASE_STANDARD_SEED, i, &network);
        size_t bytes = ess_case_print(&network, text, sizeof text);
        ess_sha256_add(&sha, text, bytes);
        ESS_CHECK(ess_case_parse(text, bytes, &again, &error) == 0, "case %u: %s", i, error.found);
        CU_ASSERT_EQUAL(ess_case_print(&again, back, sizeof back), bytes);
        CU_ASSERT_EQUAL(memcmp(text, back, bytes), 0);
        ess_case_hash(&network, hash);
        chosen += ess_case_is_for_choosing(hash) ? 1 : 0;
    }
    ess_sha256_end(&sha, digest);
    ess_test_note("%u cases, %u of them for choosing; digest %.16s", count, chosen, digest);
    CU_ASSERT(count >= 150);
    CU_ASSERT(4 * chosen > count && 4 * chosen < 3 * count);
    CU_ASSERT_NSTRING_EQUAL(digest, "5c261800cea035d7", 16);
}

static void routes_by_fewest_links(void) {
    struct ess_case network;
    struct ess_case_error error;
    struct ess_case_route route;
    ESS_CHECK(parse("hosts 1 1 1 0\naccess 1e9 0.001 1000 1000\nwan 0 3 1e8 0.01 1000 0\n"
                    "wan 1 3 2e7 0.02 1000 0.01\nwan 2 0 1e8 0.5 1000 0\ntcp TcpBbr 100000\n"
                    "flow 0 0 1 5\nstop 1\n",
                  &network, &error) == 0,
        "%s", error.found);
    CU_ASSERT(ess_case_route(&network, 0, 1, &route));
    CU_ASSERT_EQUAL(route.count, 4);
    CU_ASSERT_EQUAL(route.link[0], 0); /* the uplink of host 0 */
    CU_ASSERT_EQUAL(route.link[1], 6); /* wan 0 forwards */
    CU_ASSERT_EQUAL(route.link[2], 9); /* wan 1 backwards */
    CU_ASSERT_EQUAL(route.link[3], 4); /* the downlink of host 1 */
    CU_ASSERT_EQUAL(route.delay_ns, 32000000);
    CU_ASSERT_EQUAL(route.rate_bits_per_s, 20000000);
    CU_ASSERT_EQUAL(route.loss_ppb, 10000000);
    CU_ASSERT(ess_case_route(&network, 2, 0, &route));
    CU_ASSERT_EQUAL(route.count, 3);
}

/* Play with links of no delay and messages of one time unit each: the rounds of an all-reduce. */
static uint32_t rounds_of(const struct ess_case_play *play, uint64_t *bytes) {
    uint32_t done = 0, rounds = 0;
    int64_t *when = calloc(play->message_count, sizeof *when);
    *bytes = 0;
    while (when && done < play->message_count && rounds < 1000) {
        rounds++;
        for (uint32_t m = 0; m < play->message_count; m++) {
            int32_t after = play->messages[m].after;
            bool free_to_go = after < 0 || (when[after] > 0 && when[after] < rounds);
            uint32_t connection = play->messages[m].connection;
            bool first = m == play->connections[connection].first_message;
            if (when[m] == 0 && free_to_go && (first || when[m - 1] > 0)) {
                when[m] = rounds;
                *bytes += play->messages[m].bytes;
                done++;
            }
        }
    }
    free(when);
    return rounds;
}

static void plays_all_reduces(void) {
    struct ess_case network;
    struct ess_case_error error;
    struct ess_case_play play;
    uint64_t bytes = 0;
    char text[512];
    for (uint32_t sites = 2; sites <= 4; sites++) {
        for (uint32_t hierarchical = 0; hierarchical < 2; hierarchical++) {
            uint32_t hosts = 3, all = sites * hosts;
            snprintf(text, sizeof text,
                "hosts 3 3%s%s\naccess 1e9 0 1000 1000\nwan 0 1 1e8 0 1000 0\n"
                "%s%stcp TcpCubic 100000\n%s 36000\nstop 1\n",
                sites > 2 ? " 3" : "", sites > 3 ? " 3" : "",
                sites > 2 ? "wan 0 2 1e8 0 1000 0\n" : "",
                sites > 3 ? "wan 0 3 1e8 0 1000 0\n" : "", hierarchical ? "hierarchical" : "ring");
            ESS_CHECK(parse(text, &network, &error) == 0, "%s", error.found);
            ESS_CHECK(ess_case_play_init(&play, &network) == 0, "memory");
            uint32_t rounds = rounds_of(&play, &bytes);
            /* ring: 2 (N - 1) rounds, 2 (N - 1) times the vector in all; hierarchical: 2 (h - 1)
             * within the sites around 2 (s - 1) over them */
            uint32_t expected = hierarchical ? 2 * (hosts - 1) + 2 * (sites - 1) : 2 * (all - 1);
            uint64_t carried = hierarchical
                                   ? 36000 * (2 * (uint64_t)(hosts - 1) * sites + 2 * (sites - 1))
                                   : 36000 * 2 * (uint64_t)(all - 1);
            CU_ASSERT_EQUAL(rounds, expected);
            CU_ASSERT_EQUAL(bytes, carried);
            ess_case_play_fini(&play);
        }
    }
}

static void logs_transfers(void) {
    struct ess_case network;
    struct ess_case_error error;
    struct ess_case_play play;
    struct ess_case_log log;
    char *text = NULL;
    size_t bytes = 0;
    ESS_CHECK(parse(small_case, &network, &error) == 0, "%s", error.found);
    network.ring_bytes = 0;
    ESS_CHECK(ess_case_play_init(&play, &network) == 0, "memory");
    ESS_CHECK(ess_case_log_init(&log, &network, &play) == 0, "memory");
    CU_ASSERT_EQUAL(play.connection_count, 6);
    CU_ASSERT_EQUAL(play.message_count, 7);
    CU_ASSERT_EQUAL(play.messages[1].bytes, 251); /* 1001 in four parts */
    CU_ASSERT_EQUAL(play.messages[2].bytes, 250);
    ess_case_log_receive(&log, 0, 2500000000);
    log.got_bytes[1] = 100;
    ess_case_log_receive(&log, 5, 3000000000);
    log.begun_ns[6] = 4500000000;
    ess_case_log_receive(&log, 6, 5000000000);
    FILE *file = open_memstream(&text, &bytes);
    ESS_CHECK(file != NULL, "memory");
    ess_case_log_print(&log, 10000000000, file);
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"fct_s\":2.000000000,\"goodput_bps\":4000000}"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"fct_s\":-1.000000000,\"goodput_bps\":80}"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"fct_s\":0.500000000,\"goodput_bps\":80000}"));
    CU_ASSERT_EQUAL(log.unfinished, 4);
    free(text);
    ess_case_log_fini(&log);
    ess_case_play_fini(&play);
}

int main(void) {
    static const struct ess_test tests[] = {{"text and struct are one", reads_and_prints},
        {"bad text is refused with its line", refuses_bad_text},
        {"the standard set is fixed", standard_set_is_fixed},
        {"routes of fewest links", routes_by_fewest_links},
        {"all-reduces have their rounds and bytes", plays_all_reduces},
        {"times and goodputs of transfers", logs_transfers}, {NULL, NULL}};
    return ess_test_main("network cases", tests);
}
