/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/case.h"
#include "analysis/validation/case_route.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 1 + ESS_CASE_SITES_MAX, WORD_BYTES = 32 };

static const char *const congestion_names[] = {"TcpCubic", "TcpNewReno", "TcpBbr"};

/* One line, cut into words. */
struct words {
    uint32_t count;
    char word[WORDS_MAX][WORD_BYTES];
    uint32_t line;
    struct ess_case_error *error;
};

static int refuse(
    struct ess_case_error *error, uint32_t line, const char *found, const char *expected) {
    error->line = line;
    snprintf(error->found, sizeof error->found, "%s", found);
    snprintf(error->expected, sizeof error->expected, "%s", expected);
    return -1;
}

static int refuse_word(const struct words *words, uint32_t index, const char *expected) {
    const char *found = index < words->count ? words->word[index] : "the end of the line";
    return refuse(words->error, words->line, found, expected);
}

/* A decimal number within [low, high]. */
static int take(const struct words *words, uint32_t index, double low, double high,
    const char *expected, double *value) {
    char *end = NULL;
    if (index >= words->count) {
        return refuse_word(words, index, expected);
    }
    const char *word = words->word[index];
    *value = strtod(word, &end);
    /* strtod also reads hexadecimal, infinity and "nan", which no other tool would. */
    if (*end != 0 || word[strspn(word, "0123456789.eE+-")] != 0 || !isfinite(*value) ||
        *value < low || *value > high) {
        return refuse_word(words, index, expected);
    }
    return 0;
}

static int take_seconds(
    const struct words *words, uint32_t index, double low, const char *expected, int64_t *ns) {
    double value = 0;
    if (take(words, index, low, 1e6, expected, &value) != 0) {
        return -1;
    }
    *ns = (int64_t)floor(value * 1e9 + 0.5);
    return 0;
}

static int take_whole(const struct words *words, uint32_t index, double low, double high,
    const char *expected, uint64_t *whole) {
    double value = 0;
    if (take(words, index, low, high, expected, &value) != 0) {
        return -1;
    }
    *whole = (uint64_t)floor(value + 0.5);
    return 0;
}

static int take_index(const struct words *words, uint32_t index, uint32_t count,
    const char *expected, uint32_t *which) {
    uint64_t value = 0;
    if (count == 0) {
        return refuse_word(words, index, "the line `hosts` before this one");
    }
    if (take_whole(words, index, 0, (double)count - 1, expected, &value) != 0) {
        return -1;
    }
    *which = (uint32_t)value;
    return 0;
}

static int take_bytes(const struct words *words, uint32_t index, double low, uint64_t *bytes) {
    return take_whole(words, index, low, 1e15, "bytes, at most 1e15", bytes);
}

static int take_rate(const struct words *words, uint32_t index, uint64_t *rate_bits_per_s) {
    return take_whole(
        words, index, 1000, 1e13, "bits a second, from 1000 to 1e13", rate_bits_per_s);
}

static int read_hosts(const struct words *words, struct ess_case *network) {
    if (network->site_count > 0) {
        return refuse_word(words, 0, "one line `hosts` only");
    }
    if (words->count < 2) {
        return refuse_word(words, 1, "the number of hosts of each site");
    }
    for (uint32_t i = 1; i < words->count; i++) {
        uint64_t hosts = 0;
        if (take_whole(words, i, 0, ESS_CASE_HOSTS_MAX, "0 to 64 hosts a site", &hosts) != 0) {
            return -1;
        }
        network->site_hosts[network->site_count++] = (uint32_t)hosts;
        network->host_count += (uint32_t)hosts;
    }
    if (network->host_count < 2 || network->host_count > ESS_CASE_HOSTS_MAX) {
        return refuse_word(words, 0, "2 to 64 hosts in all");
    }
    return 0;
}

static int read_access(const struct words *words, struct ess_case *network) {
    if (take_rate(words, 1, &network->access_bits_per_s) != 0 ||
        take_seconds(words, 2, 0, "a delay in seconds", &network->access_delay_ns) != 0 ||
        take_bytes(words, 3, 1, &network->up_queue_bytes) != 0) {
        return -1;
    }
    return take_bytes(words, 4, 1, &network->down_queue_bytes);
}

static int read_wan(const struct words *words, struct ess_case *network) {
    if (network->wan_count == ESS_CASE_WANS_MAX) {
        return refuse_word(words, 0, "at most 32 lines `wan`");
    }
    struct ess_case_wan *wan = &network->wans[network->wan_count];
    double loss = 0;
    for (uint32_t end = 0; end < 2; end++) {
        if (take_index(words, 1 + end, network->site_count, "a site", &wan->site[end]) != 0) {
            return -1;
        }
    }
    if (wan->site[0] == wan->site[1]) {
        return refuse_word(words, 2, "another site than the first");
    }
    if (take_rate(words, 3, &wan->rate_bits_per_s) != 0 ||
        take_seconds(words, 4, 0, "a delay in seconds", &wan->delay_ns) != 0 ||
        take_bytes(words, 5, 1, &wan->queue_bytes) != 0 ||
        take(words, 6, 0, 0.9, "a probability from 0 to 0.9", &loss) != 0) {
        return -1;
    }
    wan->loss_ppb = (uint32_t)floor(loss * 1e9 + 0.5);
    network->wan_count++;
    return 0;
}

static int read_tcp(const struct words *words, struct ess_case *network) {
    for (size_t i = 0; i < sizeof congestion_names / sizeof *congestion_names; i++) {
        if (words->count > 1 && strcmp(words->word[1], congestion_names[i]) == 0) {
            network->congestion = (enum ess_case_congestion)i;
            return take_bytes(words, 2, 4096, &network->buffer_bytes);
        }
    }
    return refuse_word(words, 1, "TcpCubic, TcpNewReno or TcpBbr");
}

/* The words that flow, parallel and warm begin with. */
static int read_transfer(const struct words *words, struct ess_case *network, uint64_t bytes_least,
    struct ess_case_transfer **made) {
    if (network->transfer_count == ESS_CASE_TRANSFERS_MAX) {
        return refuse_word(words, 0, "at most 64 transfers");
    }
    struct ess_case_transfer *transfer = &network->transfers[network->transfer_count++];
    transfer->connections = 1;
    if (take_seconds(words, 1, 0, "a start in seconds", &transfer->start_ns) != 0 ||
        take_index(words, 2, network->host_count, "a host", &transfer->from) != 0 ||
        take_index(words, 3, network->host_count, "a host", &transfer->to) != 0 ||
        take_bytes(words, 4, (double)bytes_least, &transfer->bytes) != 0) {
        return -1;
    }
    if (transfer->from == transfer->to) {
        return refuse_word(words, 3, "another host than the first");
    }
    *made = transfer;
    return 0;
}

static int read_flow(const struct words *words, struct ess_case *network) {
    struct ess_case_transfer *transfer = NULL;
    return read_transfer(words, network, 0, &transfer);
}

static int read_parallel(const struct words *words, struct ess_case *network) {
    struct ess_case_transfer *transfer = NULL;
    uint64_t connections = 0;
    if (read_transfer(words, network, ESS_CASE_CONNECTIONS_MAX, &transfer) != 0 ||
        take_whole(words, 5, 1, ESS_CASE_CONNECTIONS_MAX, "1 to 64 connections", &connections)) {
        return -1;
    }
    transfer->connections = (uint32_t)connections;
    return 0;
}

static int read_warm(const struct words *words, struct ess_case *network) {
    struct ess_case_transfer *transfer = NULL;
    if (read_transfer(words, network, 1, &transfer) != 0 ||
        take_bytes(words, 5, 1, &transfer->warm_bytes) != 0) {
        return -1;
    }
    return take_seconds(words, 6, 0, "a gap in seconds", &transfer->gap_ns);
}

static int read_ring(const struct words *words, struct ess_case *network) {
    return take_bytes(words, 1, ESS_CASE_HOSTS_MAX, &network->ring_bytes);
}

static int read_hierarchical(const struct words *words, struct ess_case *network) {
    /* A shard of a shard has a byte at least. */
    return take_bytes(
        words, 1, ESS_CASE_HOSTS_MAX * ESS_CASE_SITES_MAX, &network->hierarchical_bytes);
}

static int read_stop(const struct words *words, struct ess_case *network) {
    return take_seconds(words, 1, 1e-6, "an end in seconds", &network->stop_ns);
}

static int read_seed(const struct words *words, struct ess_case *network) {
    return take_whole(words, 1, 0, 9e15, "a whole number below 9e15", &network->seed);
}

/* `words` counts the keyword; 0 where the number varies. */
static const struct {
    const char *keyword;
    uint32_t words;
    int (*read)(const struct words *words, struct ess_case *network);
} lines[] = {{"hosts", 0, read_hosts}, {"access", 5, read_access}, {"wan", 7, read_wan},
    {"tcp", 3, read_tcp}, {"flow", 5, read_flow}, {"parallel", 6, read_parallel},
    {"warm", 7, read_warm}, {"ring", 2, read_ring}, {"hierarchical", 2, read_hierarchical},
    {"stop", 2, read_stop}, {"seed", 2, read_seed}};

static int read_line(const struct words *words, struct ess_case *network) {
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (strcmp(words->word[0], lines[i].keyword) == 0) {
            if (lines[i].words > 0 && words->count > lines[i].words) {
                return refuse_word(words, lines[i].words, "the end of the line");
            }
            return lines[i].read(words, network);
        }
    }
    return refuse_word(words, 0,
        "hosts, access, wan, tcp, flow, parallel, warm, ring, hierarchical, stop or seed");
}

/* Cut a line at its blanks. */
static int split(const char *line, size_t bytes, struct words *words) {
    words->count = 0;
    for (size_t at = 0; at < bytes;) {
        size_t begin = at;
        while (at < bytes && line[at] != ' ' && line[at] != '\t' && line[at] != '\r') {
            at++;
        }
        if (at == begin) {
            at++;
            continue;
        }
        if (words->count == WORDS_MAX || at - begin >= WORD_BYTES) {
            return refuse(
                words->error, words->line, "too many or too long words", "17 of 31 bytes");
        }
        memcpy(words->word[words->count], line + begin, at - begin);
        words->word[words->count++][at - begin] = 0;
    }
    return 0;
}

static int check_pair(
    const struct ess_case *network, uint32_t from, uint32_t to, struct ess_case_error *error) {
    struct ess_case_route route;
    char found[64];
    if (ess_case_route(network, from, to, &route)) {
        return 0;
    }
    snprintf(found, sizeof found, "hosts %u and %u without a way", from, to);
    return refuse(error, 0, found, "lines `wan` that join their sites");
}

static int check_hierarchy(const struct ess_case *network, struct ess_case_error *error) {
    for (uint32_t s = 0; s < network->site_count; s++) {
        if (network->site_hosts[s] != network->site_hosts[0] || network->site_hosts[s] == 0) {
            return refuse(error, 0, "sites of unequal size under `hierarchical`",
                "as many hosts in each site");
        }
    }
    return 0;
}

static int check_whole(const struct ess_case *network, struct ess_case_error *error) {
    bool collective = network->ring_bytes > 0 || network->hierarchical_bytes > 0;
    if (network->site_count == 0 || network->access_bits_per_s == 0 || network->buffer_bytes == 0 ||
        network->stop_ns == 0) {
        return refuse(error, 0, "a case that says too little", "hosts, access, tcp and stop");
    }
    if (network->transfer_count == 0 && !collective) {
        return refuse(error, 0, "no traffic", "flow, parallel, warm, ring or hierarchical");
    }
    if (network->hierarchical_bytes > 0 && check_hierarchy(network, error) != 0) {
        return -1;
    }
    for (uint32_t h = 1; collective && h < network->host_count; h++) {
        if (check_pair(network, 0, h, error) != 0) {
            return -1;
        }
    }
    for (uint32_t i = 0; i < network->transfer_count; i++) {
        const struct ess_case_transfer *transfer = &network->transfers[i];
        if (check_pair(network, transfer->from, transfer->to, error) != 0) {
            return -1;
        }
    }
    return 0;
}

int ess_case_parse(
    const char *text, size_t bytes, struct ess_case *network, struct ess_case_error *error) {
    struct words words = {.line = 0, .error = error};
    memset(network, 0, sizeof *network);
    network->seed = 1;
    for (size_t at = 0; at < bytes;) {
        const char *end = memchr(text + at, '\n', bytes - at);
        size_t length = end ? (size_t)(end - text) - at : bytes - at;
        words.line++;
        if (split(text + at, text[at] == '#' ? 0 : length, &words) != 0 ||
            (words.count > 0 && read_line(&words, network) != 0)) {
            return -1;
        }
        at += length + 1;
    }
    return check_whole(network, error);
}

int ess_case_read(const char *path, struct ess_case *network, struct ess_case_error *error) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(ESS_CASE_TEXT_MAX);
    size_t bytes = file && text ? fread(text, 1, ESS_CASE_TEXT_MAX, file) : 0;
    int status = -1;
    if (!file || !text || ferror(file)) {
        refuse(error, 0, path, "a file that can be read");
    } else if (bytes == ESS_CASE_TEXT_MAX) {
        refuse(error, 0, path, "a file of less than 64 KiB");
    } else {
        status = ess_case_parse(text, bytes, network, error);
    }
    if (file) {
        fclose(file);
    }
    free(text);
    return status;
}

uint32_t ess_case_site_of(const struct ess_case *network, uint32_t host) {
    uint32_t site = 0;
    for (uint32_t first = 0; site + 1 < network->site_count; site++) {
        first += network->site_hosts[site];
        if (host < first) {
            break;
        }
    }
    return site;
}

const char *ess_case_congestion_name(enum ess_case_congestion congestion) {
    return congestion_names[congestion];
}
