/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/case_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int ess_case_log_init(
    struct ess_case_log *log, const struct ess_case *network, const struct ess_case_play *play) {
    memset(log, 0, sizeof *log);
    log->network = network;
    log->play = play;
    log->begun_ns = malloc((play->message_count + 1) * sizeof *log->begun_ns);
    log->received_ns = malloc((play->message_count + 1) * sizeof *log->received_ns);
    log->got_bytes = calloc(play->connection_count + 1, sizeof *log->got_bytes);
    if (!log->begun_ns || !log->received_ns || !log->got_bytes) {
        return -1;
    }
    for (uint32_t m = 0; m < play->message_count; m++) {
        log->begun_ns[m] = log->received_ns[m] = -1;
        log->unfinished += play->messages[m].bytes > 0 ? 1 : 0;
        log->endless = log->endless || play->messages[m].bytes == 0;
    }
    return 0;
}

void ess_case_log_fini(struct ess_case_log *log) {
    free(log->begun_ns);
    free(log->received_ns);
    free(log->got_bytes);
    memset(log, 0, sizeof *log);
}

void ess_case_log_receive(struct ess_case_log *log, uint32_t message, int64_t now_ns) {
    if (log->received_ns[message] < 0) {
        log->received_ns[message] = now_ns;
        log->unfinished--;
    }
}

bool ess_case_log_finished(const struct ess_case_log *log) {
    return log->unfinished == 0 && !log->endless;
}

/* Nanoseconds of a transfer (or of the collective), or -1. */
static int64_t duration_of(
    const struct ess_case_log *log, int32_t transfer, int64_t start_ns, bool warm) {
    int64_t begun_ns = start_ns, end_ns = -1;
    for (uint32_t m = 0; m < log->play->message_count; m++) {
        const struct ess_case_message *message = &log->play->messages[m];
        if (message->transfer != transfer || !message->measured) {
            continue;
        }
        if (log->received_ns[m] < 0) {
            return -1;
        }
        begun_ns = warm ? log->begun_ns[m] : begun_ns;
        end_ns = log->received_ns[m] > end_ns ? log->received_ns[m] : end_ns;
    }
    return end_ns < 0 ? -1 : end_ns - begun_ns;
}

static uint64_t bytes_of(const struct ess_case_log *log, int32_t transfer) {
    uint64_t bytes = 0;
    for (uint32_t c = 0; c < log->play->connection_count; c++) {
        uint32_t first = log->play->connections[c].first_message;
        if (log->play->messages[first].transfer == transfer) {
            bytes += log->got_bytes[c];
        }
    }
    return bytes;
}

static void print_seconds(FILE *file, const char *key, int64_t ns) {
    fprintf(file, "\"%s\":%.9f", key, ns < 0 ? -1 : (double)ns * 1e-9);
}

static void print_flow(const struct ess_case_log *log, uint32_t index, int64_t end_ns, FILE *file) {
    const struct ess_case_transfer *flow = &log->network->transfers[index];
    int64_t ns = duration_of(log, (int32_t)index, flow->start_ns, flow->warm_bytes > 0);
    /* What warmed the connection up is not counted. */
    double bytes = (double)(ns > 0 ? flow->bytes : bytes_of(log, (int32_t)index));
    int64_t busy_ns = ns > 0 ? ns : end_ns - flow->start_ns;
    fprintf(file, "{");
    print_seconds(file, "start", flow->start_ns);
    fprintf(
        file, ",\"src\":%u,\"dst\":%u,\"bytes\":%" PRIu64 ",", flow->from, flow->to, flow->bytes);
    print_seconds(file, "fct_s", ns);
    fprintf(file, ",\"goodput_bps\":%.0f}", busy_ns > 0 ? 8e9 * bytes / (double)busy_ns : 0);
}

void ess_case_log_print(const struct ess_case_log *log, int64_t end_ns, FILE *file) {
    if (log->network->ring_bytes > 0 || log->network->hierarchical_bytes > 0) {
        print_seconds(file, "ring_s", duration_of(log, ESS_CASE_COLLECTIVE, 0, false));
        fprintf(file, ",");
    }
    fprintf(file, "\"flows\":[");
    for (uint32_t i = 0; i < log->network->transfer_count; i++) {
        fputs(i > 0 ? "," : "", file);
        print_flow(log, i, end_ns, file);
    }
    fprintf(file, "]");
}
