/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/builder.h"
#include "models/availability/text.h"

#include <stdlib.h>
#include <string.h>

void ess_trace_builder_init(struct ess_trace_builder *builder, struct ess_trace_error *error) {
    memset(builder, 0, sizeof *builder);
    builder->error = error;
}

void ess_trace_builder_fini(struct ess_trace_builder *builder) {
    free(builder->rows);
    free(builder->hosts);
    free(builder->names);
    free(builder->table);
    ess_trace_builder_init(builder, builder->error);
}

/* Make room for `more` entries of `size` bytes; doubles, so that adding is O(1) on average. */
static int reserve(struct ess_trace_builder *builder, void **array, int64_t used, int64_t more,
    int64_t *capacity, size_t size) {
    int64_t wanted = *capacity;
    void *grown;
    if (used + more <= *capacity) {
        return 0;
    }
    while (wanted < used + more) {
        wanted = wanted ? 2 * wanted : 64;
    }
    grown = realloc(*array, (size_t)wanted * size);
    if (!grown) {
        return ess_trace_fail(builder->error, "no memory left", 14, "a smaller trace");
    }
    *array = grown;
    *capacity = wanted;
    return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t hash_name(const char *name, int64_t bytes) {
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int64_t i = 0; i < bytes; i++) {
        hash = (hash ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
    }
    return hash ^ (hash >> 32);
}

/* The place in the table of that name, or the free place where it belongs. */
static int64_t find_place(
    const struct ess_trace_builder *builder, const char *name, int64_t bytes) {
    uint64_t mask = (uint64_t)builder->table_size - 1;
    uint64_t place = hash_name(name, bytes) & mask;
    while (builder->table[place]) {
        const struct ess_trace_builder_host *host = &builder->hosts[builder->table[place] - 1];
        if (host->name_bytes == bytes &&
            memcmp(builder->names + host->name_offset, name, (size_t)bytes) == 0) {
            break;
        }
        place = (place + 1) & mask;
    }
    return (int64_t)place;
}

/* Keep the table at most half full. */
static int grow_table(struct ess_trace_builder *builder) {
    int64_t size = builder->table_size ? 2 * builder->table_size : 128;
    if (2 * (builder->host_count + 1) <= builder->table_size) {
        return 0;
    }
    free(builder->table);
    builder->table = calloc((size_t)size, sizeof *builder->table);
    builder->table_size = builder->table ? size : 0;
    if (!builder->table) {
        return ess_trace_fail(builder->error, "no memory left", 14, "a smaller trace");
    }
    for (int64_t i = 0; i < builder->host_count; i++) {
        const struct ess_trace_builder_host *host = &builder->hosts[i];
        int64_t place = find_place(builder, builder->names + host->name_offset, host->name_bytes);
        builder->table[place] = (int32_t)(i + 1);
    }
    return 0;
}

static int check_name(struct ess_trace_builder *builder, const char *name, int64_t bytes) {
    if (bytes == 0) {
        return ess_trace_fail(builder->error, "no name", 7, "the name of a host");
    }
    if (bytes > ESS_TRACE_NAME_BYTES_MAX) {
        return ess_trace_fail(builder->error, name, bytes, "a host name of at most %d bytes",
            ESS_TRACE_NAME_BYTES_MAX);
    }
    if (!ess_text_is_plain(name, bytes)) {
        return ess_trace_fail(
            builder->error, name, bytes, "a host name in UTF-8, without control characters");
    }
    return 0;
}

static int32_t add_host(struct ess_trace_builder *builder, const char *name, int64_t bytes) {
    struct ess_trace_builder_host *host;
    if (builder->host_count >= ESS_TRACE_HOSTS_MAX) {
        return ess_trace_fail(builder->error, name, bytes, "at most %d hosts", ESS_TRACE_HOSTS_MAX);
    }
    if (grow_table(builder) != 0 ||
        reserve(builder, (void **)&builder->hosts, builder->host_count, 1, &builder->host_capacity,
            sizeof *builder->hosts) != 0 ||
        reserve(builder, (void **)&builder->names, builder->names_used, bytes + 1,
            &builder->names_capacity, 1) != 0) {
        return -1;
    }
    host = &builder->hosts[builder->host_count];
    host->name_offset = builder->names_used;
    host->name_bytes = bytes;
    memcpy(builder->names + builder->names_used, name, (size_t)bytes);
    builder->names[builder->names_used + bytes] = 0;
    builder->names_used += bytes + 1;
    builder->table[find_place(builder, name, bytes)] = (int32_t)++builder->host_count;
    return (int32_t)(builder->host_count - 1);
}

int32_t ess_trace_builder_host(struct ess_trace_builder *builder, const char *name, int64_t bytes) {
    if (builder->table_size > 0) {
        int32_t found = builder->table[find_place(builder, name, bytes)];
        if (found) {
            return found - 1;
        }
    }
    if (check_name(builder, name, bytes) != 0) {
        return -1;
    }
    return add_host(builder, name, bytes);
}

int ess_trace_builder_row(
    struct ess_trace_builder *builder, int32_t host, int32_t up, int64_t start_ns, int64_t end_ns) {
    if (end_ns <= start_ns) {
        builder->repairs.reversed += end_ns < start_ns;
        builder->repairs.empty += end_ns == start_ns;
        return 0;
    }
    if (builder->row_count >= ESS_TRACE_ROWS_MAX) {
        return ess_trace_fail(
            builder->error, "more rows", 9, "at most %lld rows", (long long)ESS_TRACE_ROWS_MAX);
    }
    if (reserve(builder, (void **)&builder->rows, builder->row_count, 1, &builder->row_capacity,
            sizeof *builder->rows) != 0) {
        return -1;
    }
    builder->rows[builder->row_count++] = (struct ess_trace_row){start_ns, end_ns, host, up};
    return 0;
}

int ess_trace_builder_window(struct ess_trace_builder *builder, int64_t start_ns, int64_t end_ns) {
    if (builder->window_stated) {
        return ess_trace_fail(builder->error, "a second window", 15, "one window");
    }
    if (end_ns <= start_ns) {
        return ess_trace_fail(
            builder->error, "a window that ends before it begins", 35, "start < end");
    }
    builder->window_stated = 1;
    builder->window_start_ns = start_ns;
    builder->window_end_ns = end_ns;
    return 0;
}
