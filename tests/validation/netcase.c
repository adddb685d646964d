/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes and explains network cases.
 *
 *     netcase write FOLDER [SEED]    every case of the standard set as FOLDER/HASH.txt
 *     netcase list [SEED]            a line a case: number, hash, half, family, runs
 *     netcase hash CASE.txt          the hash of a case
 *     netcase emulation CASE.txt     the links and routes of a case, as the emulator reads them */
#include "analysis/validation/case_families.h"
#include "analysis/validation/case_route.h"
#include "analysis/validation/case_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *half_of(const char *hash) {
    return ess_case_is_for_choosing(hash) ? "chosen" : "reported";
}

static int write_case(const char *folder, const struct ess_case_family *family,
    const struct ess_case *network, const char *hash) {
    static char text[ESS_CASE_TEXT_MAX];
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.txt", folder, hash);
    FILE *file = fopen(path, "w");
    if (!file || ess_case_print(network, text, sizeof text) == 0) {
        perror(path);
        return 1;
    }
    fprintf(file, "# %s: %s\n", family->name, family->summary);
    fprintf(file, "# half: %s (parameters are chosen on even hashes, reported on odd ones)\n",
        half_of(hash));
    fputs(text, file);
    return fclose(file) == 0 ? 0 : 1;
}

static int write_all(const char *folder, uint64_t seed) {
    int status = 0;
    uint32_t count = ess_case_standard_count();
    mkdir(folder, 0777); /* what is wrong with it is told by the first file */
    for (uint32_t i = 0; i < count && status == 0; i++) {
        struct ess_case network;
        char hash[ESS_CASE_HASH_BYTES];
        const struct ess_case_family *family = ess_case_draw(seed, i, &network);
        ess_case_hash(&network, hash);
        status = write_case(folder, family, &network, hash);
    }
    if (status == 0) {
        printf("%u cases of seed %" PRIu64 " written to %s\n", count, seed, folder);
    }
    return status;
}

static int list_all(uint64_t seed) {
    for (uint32_t i = 0; i < ess_case_standard_count(); i++) {
        struct ess_case network;
        char hash[ESS_CASE_HASH_BYTES];
        const struct ess_case_family *family = ess_case_draw(seed, i, &network);
        ess_case_hash(&network, hash);
        printf("%u %s %s %s %u\n", i, hash, half_of(hash), family->name, family->runs);
    }
    return 0;
}

static void print_emulation(const struct ess_case *network) {
    struct ess_case_route route;
    printf("nodes %u\nseed %" PRIu64 "\n", network->host_count, network->seed);
    for (uint32_t i = 0; i < ess_case_link_count(network); i++) {
        struct ess_case_link link = ess_case_link(network, i);
        printf("link %" PRIu64 " %" PRId64 " %" PRIu64 " %u\n", link.rate_bits_per_s, link.delay_ns,
            link.queue_bytes, link.loss_ppb);
    }
    for (uint32_t from = 0; from < network->host_count; from++) {
        for (uint32_t to = 0; to < network->host_count; to++) {
            if (from != to && ess_case_route(network, from, to, &route)) {
                printf("route %u %u", from, to);
                for (uint32_t i = 0; i < route.count; i++) {
                    printf(" %u", route.link[i]);
                }
                printf("\n");
            }
        }
    }
}

static int explain(const char *what, const char *path) {
    struct ess_case network;
    struct ess_case_error error;
    char hash[ESS_CASE_HASH_BYTES];
    if (ess_case_read(path, &network, &error) != 0) {
        fprintf(stderr, "%s:%u: found %s, expected %s\n", path, error.line, error.found,
            error.expected);
        return 2;
    }
    if (strcmp(what, "hash") == 0) {
        ess_case_hash(&network, hash);
        printf("%s %s\n", hash, half_of(hash));
    } else {
        print_emulation(&network);
    }
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "list") == 0) {
        return list_all(argc > 2 ? strtoull(argv[2], NULL, 10) : ESS_CASE_STANDARD_SEED);
    }
    if (strcmp(what, "write") == 0 && argc > 2) {
        return write_all(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : ESS_CASE_STANDARD_SEED);
    }
    if ((strcmp(what, "hash") == 0 || strcmp(what, "emulation") == 0) && argc > 2) {
        return explain(what, argv[2]);
    }
    fprintf(
        stderr, "usage: netcase write FOLDER [SEED] | list [SEED] | hash CASE | emulation CASE\n");
    return 2;
}
