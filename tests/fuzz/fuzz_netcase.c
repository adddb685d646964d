/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a network case: an error that says what was found and expected, or a case that
 * prints, comes back the same, has routes and can be played. The same bytes as what a tool said. */
#include "analysis/validation/case.h"
#include "analysis/validation/case_families.h"
#include "analysis/validation/case_play.h"
#include "analysis/validation/case_route.h"
#include "analysis/validation/case_text.h"
#include "analysis/validation/outcome.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void demand(int holds) {
    if (!holds) {
        abort();
    }
}

static void check_play(const struct ess_case *network) {
    struct ess_case_play play;
    struct ess_case_route route;
    demand(ess_case_play_init(&play, network) == 0);
    demand(play.connection_count <= play.connection_room);
    demand(play.message_count <= play.message_room);
    for (uint32_t c = 0; c < play.connection_count; c++) {
        const struct ess_case_connection *connection = &play.connections[c];
        demand(connection->from != connection->to && connection->message_count > 0);
        demand(ess_case_route(network, connection->from, connection->to, &route));
        demand(route.count >= 2 && route.rate_bits_per_s > 0);
        for (uint32_t i = 0; i < route.count; i++) {
            demand(route.link[i] < ess_case_link_count(network));
        }
    }
    for (uint32_t m = 0; m < play.message_count; m++) {
        const struct ess_case_message *message = &play.messages[m];
        demand(message->after < (int32_t)play.message_count);
        demand(message->connection < play.connection_count);
        demand(message->after < 0 || play.messages[message->after].bytes > 0);
    }
    ess_case_play_fini(&play);
}

static void check_outcome(const uint8_t *data, size_t size_bytes, const struct ess_case *network) {
    struct ess_case_outcome outcome;
    char *text = malloc(size_bytes + 1);
    demand(text != NULL);
    memcpy(text, data, size_bytes);
    text[size_bytes] = 0;
    if (ess_case_outcome_parse(text, &outcome) == 0) {
        for (int m = 0; m < ESS_CASE_METRICS; m++) {
            ess_case_outcome_value(network, &outcome, (enum ess_case_metric)m);
        }
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    static char text[ESS_CASE_TEXT_MAX], back[ESS_CASE_TEXT_MAX];
    struct ess_case network, again;
    struct ess_case_error error;
    if (ess_case_parse((const char *)data, size_bytes, &network, &error) != 0) {
        demand(error.found[0] != 0 || error.expected[0] != 0);
    } else {
        size_t bytes = ess_case_print(&network, text, sizeof text);
        demand(bytes > 0);
        demand(ess_case_parse(text, bytes, &again, &error) == 0);
        demand(ess_case_print(&again, back, sizeof back) == bytes);
        demand(memcmp(text, back, bytes) == 0);
        check_play(&network);
    }
    check_outcome(data, size_bytes, &network);
    return 0;
}
