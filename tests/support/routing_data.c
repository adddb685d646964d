/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "routing_data.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "models/network/matrix_file.h"

void *ess_test_scratch(size_t bytes) {
    void *memory = malloc(bytes > 0 ? bytes : 1);
    if (!memory) {
        fprintf(stderr, "no memory for a test\n");
        exit(2);
    }
    memset(memory, 0xA5, bytes); /* what is read before it is written shows */
    return memory;
}

void ess_test_matrix_init(struct ess_test_matrix *made, uint32_t size) {
    size_t entries = (size_t)size * size;
    made->rate = ess_test_scratch(entries * sizeof *made->rate);
    made->delay = ess_test_scratch(entries * sizeof *made->delay);
    made->up = ess_test_scratch(size * sizeof *made->up);
    made->down = ess_test_scratch(size * sizeof *made->down);
    for (size_t i = 0; i < entries; i++) {
        made->rate[i] = -1;
        made->delay[i] = -1;
    }
    for (uint32_t i = 0; i < size; i++) {
        made->up[i] = 0;
        made->down[i] = 0;
    }
    made->matrix = (struct ess_pair_matrix){size, made->rate, made->delay, made->up, made->down};
}

void ess_test_matrix_fini(struct ess_test_matrix *made) {
    free(made->rate);
    free(made->delay);
    free(made->up);
    free(made->down);
    *made = (struct ess_test_matrix){0};
}

void ess_test_matrix_set(struct ess_test_matrix *made, uint32_t from, uint32_t to,
    double rate_bytes_per_s, int64_t delay_ns) {
    made->rate[(size_t)from * made->matrix.size + to] = rate_bytes_per_s;
    made->delay[(size_t)from * made->matrix.size + to] = delay_ns;
}

void ess_test_matrix_random(struct ess_test_matrix *made, uint32_t size, double low, double high,
    bool symmetric, struct ess_random *random) {
    ess_test_matrix_init(made, size);
    for (uint32_t a = 0; a < size; a++) {
        for (uint32_t b = 0; b < a; b++) {
            int64_t delay_ns = 1000000 + (int64_t)ess_random_below(random, 199000000);
            double there = low + (high - low) * ess_random_unit(random);
            double back = symmetric ? there : low + (high - low) * ess_random_unit(random);
            ess_test_matrix_set(made, a, b, there, delay_ns);
            ess_test_matrix_set(made, b, a, back, delay_ns);
        }
    }
}

void ess_test_matrix_sites(struct ess_test_matrix *made, uint32_t size, uint32_t sites,
    double noise, struct ess_random *random) {
    double *x = ess_test_scratch(sites * sizeof *x), *y = ess_test_scratch(sites * sizeof *y);
    ess_test_matrix_init(made, size);
    for (uint32_t i = 0; i < sites; i++) {
        x[i] = ess_random_unit(random);
        y[i] = ess_random_unit(random);
    }
    for (uint32_t a = 0; a < size; a++) {
        for (uint32_t b = 0; b < a; b++) {
            uint32_t s = (uint32_t)((uint64_t)a * sites / size);
            uint32_t t = (uint32_t)((uint64_t)b * sites / size);
            double apart_ms = 5 + 100 * hypot(x[s] - x[t], y[s] - y[t]);
            double off = 1 + noise * (2 * ess_random_unit(random) - 1);
            double delay_ms = (s == t ? 0.1 : apart_ms) * off;
            double rate = (s == t ? 1.25e9 : 2.5e8 / (1 + apart_ms / 20)) / off;
            ess_test_matrix_set(made, a, b, rate, (int64_t)(delay_ms * 1e6));
            ess_test_matrix_set(made, b, a, rate, (int64_t)(delay_ms * 1e6));
        }
    }
    free(x);
    free(y);
}

/* A whole file as a string, or NULL. */
static char *read_whole(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = ess_test_scratch(4 << 20);
    size_t bytes = file ? fread(text, 1, (4 << 20) - 1, file) : 0;
    if (file) {
        fclose(file);
    }
    text[bytes] = '\0';
    if (bytes == 0) {
        free(text);
        return NULL;
    }
    return text;
}

static double cell(const cJSON *rows, uint32_t from, uint32_t to) {
    return cJSON_GetArrayItem(cJSON_GetArrayItem(rows, (int)from), (int)to)->valuedouble;
}

bool ess_test_matrix_dtfm(struct ess_test_matrix *made, const char *name, uint32_t copies) {
    const char *folder = getenv("ESSAIM_PUBLISHED");
    char path[1024], *text;
    cJSON *root, *entry;
    const cJSON *rates, *delays;
    uint32_t places;
    snprintf(path, sizeof path, "%s/dtfm.json", folder ? folder : "../shared/published");
    text = read_whole(path);
    root = text ? cJSON_Parse(text) : NULL;
    free(text);
    if (!root) {
        ess_test_skip("no %s", path);
        return false;
    }
    entry =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(root, "published"), name);
    rates = cJSON_GetObjectItemCaseSensitive(entry, "rate_gbit_s");
    delays = cJSON_GetObjectItemCaseSensitive(entry, "delay_ms");
    places = (uint32_t)cJSON_GetArraySize(rates);
    ess_test_matrix_init(made, places * copies);
    for (uint32_t a = 0; a < places * copies; a++) {
        for (uint32_t b = 0; b < places * copies; b++) {
            ess_test_matrix_set(made, a, b, cell(rates, a / copies, b / copies) * 1e9 / 8,
                (int64_t)(cell(delays, a / copies, b / copies) * 1e6));
        }
    }
    cJSON_Delete(root);
    return true;
}

/* The next line, ended in place; NULL at the end. */
static char *next_line(char **rest) {
    char *line = *rest, *end;
    if (!line || !*line) {
        return NULL;
    }
    end = strchr(line, '\n');
    *rest = end ? end + 1 : NULL;
    if (end) {
        *end = '\0';
    }
    return line;
}

/* Rows and columns are not in the same order: places go by their names. */
static bool read_azure(struct ess_test_matrix *made, const char *text) {
    const struct ess_matrix_form form = {.pairs = false, .zero_allowed = true};
    struct ess_matrix table;
    struct ess_file_error error;
    if (!ess_matrix_read(text, strlen(text), &form, &table, &error)) {
        return false;
    }
    ess_test_matrix_init(made, table.count);
    for (uint32_t from = 0; from < table.count; from++) {
        for (uint32_t to = 0; to < table.count; to++) {
            double round_trip_ms = table.values[(size_t)from * table.count + to];
            if (from != to && !isnan(round_trip_ms)) {
                ess_test_matrix_set(made, from, to, -1, (int64_t)(round_trip_ms * 5e5));
            }
        }
    }
    ess_matrix_fini(&table);
    return true;
}

enum { AWS_REGIONS = 19 };
static const char *const aws_regions[AWS_REGIONS] = {"af-south-1", "ap-east-1", "ap-northeast-1",
    "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
    "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "me-south-1", "sa-east-1", "us-east-1",
    "us-east-2", "us-west-1", "us-west-2"};

/* Lines of one source: least/average/most/deviation:region, round trips in ms. */
static void read_pings(struct ess_test_matrix *made, uint32_t from, char *text) {
    char *rest = text;
    for (char *line = next_line(&rest); line; line = next_line(&rest)) {
        const char *average = strchr(line, '/'), *region = strchr(line, ':');
        for (uint32_t to = 0; average && region && to < AWS_REGIONS; to++) {
            if (to != from && strcmp(region + 1, aws_regions[to]) == 0) {
                ess_test_matrix_set(made, from, to, -1, (int64_t)(strtod(average + 1, NULL) * 5e5));
            }
        }
    }
}

bool ess_test_matrix_delays(struct ess_test_matrix *made, const char *which) {
    const char *data = ess_test_data();
    bool azure = strcmp(which, "azure") == 0, found = data != NULL;
    char path[1024];
    if (!azure) {
        ess_test_matrix_init(made, AWS_REGIONS);
    }
    for (uint32_t i = 0; found && i < (azure ? 1 : AWS_REGIONS); i++) {
        char *text;
        snprintf(path, sizeof path, "%s/network/%s%s%s", data,
            azure ? "azure-regions-rtt/latency.csv" : "aws-regions-ping/2020_06_05/",
            azure ? "" : aws_regions[i], azure ? "" : ".dat");
        text = read_whole(path);
        found = text != NULL;
        if (!found) {
            break;
        }
        if (azure) {
            found = read_azure(made, text);
        } else {
            read_pings(made, i, text);
        }
        free(text);
    }
    if (!found) {
        ess_test_skip("no network delays under ESSAIM_DATA");
        if (!azure) {
            ess_test_matrix_fini(made);
        }
        return false;
    }
    return true;
}
