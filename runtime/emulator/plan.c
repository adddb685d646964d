/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/emulator/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Segments that pass as one take at most this long at the narrowest link: a burst that arrives at
 * once is then no longer than other errors of the emulator. */
static const uint64_t PIECE_NS = 200000;
static const uint64_t SEGMENT_BITS = 12000;

int ess_emulator_plan_link(struct ess_emulator_plan *plan, struct ess_emulator_link link) {
    if (plan->link_count == ESS_EMULATOR_LINKS_MAX || link.delay_ns < 0 ||
        link.loss_ppb > 1000000000) {
        return -1;
    }
    plan->links[plan->link_count] = link;
    return (int)plan->link_count++;
}

int ess_emulator_plan_route(struct ess_emulator_plan *plan, uint32_t from, uint32_t to,
    const uint32_t *links, uint32_t count) {
    uint64_t narrowest = UINT64_MAX;
    if (from >= plan->node_count || to >= plan->node_count || from == to || count == 0 ||
        count > ESS_EMULATOR_HOPS_MAX) {
        return -1;
    }
    struct ess_emulator_route *route = &plan->routes[from][to];
    for (uint32_t i = 0; i < count; i++) {
        if (links[i] >= plan->link_count) {
            return -1;
        }
        route->link[i] = (uint16_t)links[i];
        uint64_t rate = plan->links[links[i]].rate_bits_per_s;
        narrowest = rate < narrowest ? rate : narrowest;
    }
    uint64_t segments = narrowest / 1000 * PIECE_NS / 1000000 / SEGMENT_BITS;
    route->piece_segments = segments < 1 ? 1 : segments > 40 ? 40 : (uint32_t)segments;
    route->count = count;
    return 0;
}

static int parse_route(const char *rest, struct ess_emulator_plan *plan) {
    uint32_t numbers[2 + ESS_EMULATOR_HOPS_MAX + 1], count = 0;
    int used = 0;
    while (count < 2 + ESS_EMULATOR_HOPS_MAX + 1 &&
           sscanf(rest, "%" SCNu32 "%n", &numbers[count], &used) == 1) {
        rest += used;
        count++;
    }
    if (count < 3 || rest[strspn(rest, " \r")] != 0) {
        return -1;
    }
    return ess_emulator_plan_route(plan, numbers[0], numbers[1], numbers + 2, count - 2);
}

static int parse_line(const char *line, struct ess_emulator_plan *plan) {
    struct ess_emulator_link link;
    char word[16];
    int used = 0;
    if (sscanf(line, "%15s%n", word, &used) != 1 || word[0] == '#') {
        return 0;
    }
    if (strcmp(word, "nodes") == 0) {
        return sscanf(line + used, "%" SCNu32, &plan->node_count) == 1 && plan->node_count >= 2 &&
                       plan->node_count <= ESS_EMULATOR_NODES_MAX
                   ? 0
                   : -1;
    }
    if (strcmp(word, "seed") == 0) {
        return sscanf(line + used, "%" SCNu64, &plan->seed) == 1 ? 0 : -1;
    }
    if (strcmp(word, "link") == 0) {
        int found = sscanf(line + used, "%" SCNu64 " %" SCNd64 " %" SCNu64 " %" SCNu32,
            &link.rate_bits_per_s, &link.delay_ns, &link.queue_bytes, &link.loss_ppb);
        return found == 4 && ess_emulator_plan_link(plan, link) >= 0 ? 0 : -1;
    }
    return strcmp(word, "route") == 0 ? parse_route(line + used, plan) : -1;
}

int ess_emulator_plan_parse(
    const char *text, struct ess_emulator_plan *plan, char *problem, size_t room) {
    char line[256];
    memset(plan, 0, sizeof *plan);
    for (unsigned number = 1; *text; number++) {
        size_t length = strcspn(text, "\n");
        size_t kept = length < sizeof line - 1 ? length : sizeof line - 1;
        memcpy(line, text, kept);
        line[kept] = 0;
        if (kept < length || parse_line(line, plan) != 0) {
            snprintf(problem, room, "line %u: found \"%.80s\", expected nodes, seed, link or route",
                number, line);
            return -1;
        }
        text += length + (text[length] == '\n');
    }
    if (plan->node_count < 2) {
        snprintf(problem, room, "found no line nodes, expected at least two nodes");
        return -1;
    }
    return 0;
}
