/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/outcome.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What follows "KEY": within [text, end); NULL where it is not there. */
static const char *value_of(const char *text, const char *end, const char *key) {
    char pattern[64];
    int length = snprintf(pattern, sizeof pattern, "\"%s\":", key);
    const char *at = strstr(text, pattern);
    if (!at || at >= end || length < 0) {
        return NULL;
    }
    at += length;
    return at + strspn(at, " ");
}

static double number_of(const char *text, const char *end, const char *key, double otherwise) {
    const char *at = value_of(text, end, key);
    char *after = NULL;
    double value = at ? strtod(at, &after) : otherwise;
    return at && after == at ? otherwise : value;
}

static void copy_word(const char *text, const char *end, const char *key, char *word, size_t room) {
    const char *at = value_of(text, end, key);
    size_t length = 0;
    if (at && *at == '"') {
        at++;
        length = strcspn(at, "\"\n");
        length = length < room - 1 ? length : room - 1;
        memcpy(word, at, length);
    }
    word[length] = 0;
}

/* The last line that begins with a brace. */
static const char *find_line(const char *text) {
    const char *found = NULL;
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (*line == '{') {
            found = line;
        }
    }
    return found;
}

static int parse_flows(const char *at, const char *end, struct ess_case_outcome *outcome) {
    while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
        const char *close = memchr(at, '}', (size_t)(end - at));
        if (!close || outcome->flows == ESS_CASE_TRANSFERS_MAX) {
            return -1;
        }
        outcome->flow[outcome->flows].start_s = number_of(at, close, "start", (double)NAN);
        outcome->flow[outcome->flows].seconds = number_of(at, close, "fct_s", -1);
        outcome->flow[outcome->flows].goodput_bits_per_s =
            number_of(at, close, "goodput_bps", (double)NAN);
        outcome->flows++;
        at = close;
    }
    return 0;
}

int ess_case_outcome_parse(const char *text, struct ess_case_outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    const char *line = find_line(text);
    if (!line) {
        return -1;
    }
    const char *end = line + strcspn(line, "\n");
    const char *flows = value_of(line, end, "flows");
    const char *head_end = flows ? flows : end;
    copy_word(line, head_end, "tool", outcome->tool, sizeof outcome->tool);
    copy_word(line, head_end, "version", outcome->version, sizeof outcome->version);
    outcome->collective_s = number_of(line, head_end, "ring_s", -1);
    return flows ? parse_flows(flows, end, outcome) : 0;
}

double ess_case_outcome_number(const char *text, const char *key) {
    const char *line = find_line(text);
    return line ? number_of(line, line + strcspn(line, "\n"), key, (double)NAN) : (double)NAN;
}

static double seconds_of(const struct ess_case *network, const struct ess_case_outcome *outcome) {
    double first_s = INFINITY, last_s = -1;
    if (network->transfer_count == 0) {
        return outcome->collective_s;
    }
    if (network->transfer_count == 1) {
        return outcome->flow[0].seconds;
    }
    for (uint32_t i = 0; i < network->transfer_count; i++) {
        double start_s = outcome->flow[i].start_s;
        if (isnan(start_s)) {
            start_s = (double)network->transfers[i].start_ns * 1e-9;
        }
        if (outcome->flow[i].seconds < 0) {
            return -1;
        }
        first_s = fmin(first_s, start_s);
        last_s = fmax(last_s, start_s + outcome->flow[i].seconds);
    }
    return last_s - first_s;
}

static double goodput_of(const struct ess_case_outcome *outcome, uint32_t from, uint32_t to) {
    double sum = 0;
    for (uint32_t i = from; i < to; i++) {
        sum += outcome->flow[i].goodput_bits_per_s;
    }
    return sum;
}

double ess_case_outcome_value(const struct ess_case *network,
    const struct ess_case_outcome *outcome, enum ess_case_metric metric) {
    uint32_t flows = network->transfer_count;
    double value = (double)NAN;
    if (outcome->flows != flows || !ess_case_has_metric(network, metric)) {
        return value;
    }
    if (metric == ESS_CASE_SECONDS) {
        value = seconds_of(network, outcome);
    } else if (metric == ESS_CASE_AGGREGATE) {
        value = goodput_of(outcome, 0, flows);
    } else {
        value = goodput_of(outcome, 0, flows / 2) / goodput_of(outcome, flows / 2, flows);
    }
    return value > 0 && isfinite(value) ? value : (double)NAN;
}
