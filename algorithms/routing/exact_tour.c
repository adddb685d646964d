/* SPDX-License-Identifier: Apache-2.0 */
#include "routing/exact_tour.h"

/* Costs of all hops, then per subset of the members 1 .. n - 1 and last member: the worth of the
 * best way from member 0 through the subset, and the member before the last. */
struct table {
    uint32_t count;
    bool dearest;
    double limit;
    double hops[ESS_EXACT_MAX][ESS_EXACT_MAX];
    double *worth;
    uint8_t *before;
};

static const double nowhere = 1e300;

size_t ess_exact_bytes(uint32_t count) {
    size_t entries = (size_t)(count - 1) << (count - 1);
    return count < 2 ? 0 : entries * (sizeof(double) + 1);
}

static double extend(const struct table *table, double worth, uint32_t from, uint32_t to) {
    double hop = table->hops[from][to];
    if (hop > table->limit || worth >= nowhere) {
        return nowhere;
    }
    if (table->dearest) {
        return hop > worth ? hop : worth;
    }
    return worth + hop;
}

static void fill(struct table *table) {
    uint32_t others = table->count - 1;
    for (uint32_t set = 1; set < UINT32_C(1) << others; set++) {
        for (uint32_t last = 0; last < others; last++) {
            size_t entry = set * (size_t)others + last;
            uint32_t rest = set & ~(UINT32_C(1) << last);
            table->worth[entry] = nowhere;
            table->before[entry] = 0;
            if (rest == set) {
                continue;
            }
            if (rest == 0) {
                table->worth[entry] = extend(table, 0, 0, last + 1);
            }
            for (uint32_t before = 0; before < others; before++) {
                double worth;
                if (!(rest >> before & 1)) {
                    continue;
                }
                worth = extend(
                    table, table->worth[rest * (size_t)others + before], before + 1, last + 1);
                if (worth < table->worth[entry]) {
                    table->worth[entry] = worth;
                    table->before[entry] = (uint8_t)before;
                }
            }
        }
    }
}

/* Walk back from the best last member; members by their place among the sorted ones. */
static double walk_back(const struct table *table, uint32_t *places) {
    uint32_t others = table->count - 1, set = (UINT32_C(1) << others) - 1, last = 0;
    double best = nowhere;
    for (uint32_t i = 0; i < others; i++) {
        double worth = extend(table, table->worth[set * (size_t)others + i], i + 1, 0);
        if (worth < best) {
            best = worth;
            last = i;
        }
    }
    places[0] = 0;
    for (uint32_t place = others; place > 0; place--) {
        uint32_t before = table->before[set * (size_t)others + last];
        places[place] = last + 1;
        set &= ~(UINT32_C(1) << last);
        last = before;
    }
    return best;
}

static void sort_members(uint32_t *members, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        uint32_t member = members[i], place = i;
        for (; place > 0 && members[place - 1] > member; place--) {
            members[place] = members[place - 1];
        }
        members[place] = member;
    }
}

double ess_exact_tour(const struct ess_tour_costs *costs, double limit, bool dearest,
    uint32_t *order, uint32_t count, void *scratch, uint64_t *work) {
    struct table table = {.count = count, .dearest = dearest, .limit = limit};
    uint32_t members[ESS_EXACT_MAX], places[ESS_EXACT_MAX];
    double best;
    if (count < 2) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        members[i] = order[i];
    }
    sort_members(members, count);
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < count; b++) {
            table.hops[a][b] = a == b ? nowhere : ess_tour_hop(costs, members[a], members[b]);
        }
    }
    table.worth = scratch;
    table.before = (uint8_t *)(table.worth + ((size_t)(count - 1) << (count - 1)));
    fill(&table);
    *work += ((uint64_t)count << (count - 1)) * count / 4;
    best = walk_back(&table, places);
    if (best >= nowhere) {
        return -1;
    }
    for (uint32_t i = 0; i < count; i++) {
        order[i] = members[places[i]];
    }
    return best;
}
