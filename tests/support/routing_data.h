/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ROUTING_DATA_H
#define ESS_ROUTING_DATA_H

/* Matrices for the tests of algorithms/routing: measured ones, and made ones of known shape. */

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "routing/matrix.h"

/* A matrix that owns its arrays. */
struct ess_test_matrix {
    struct ess_pair_matrix matrix;
    double *rate, *up, *down;
    int64_t *delay;
};

/* All pairs of `size` peers not measured, access unknown. Ends the program without memory. */
void ess_test_matrix_init(struct ess_test_matrix *made, uint32_t size);
void ess_test_matrix_fini(struct ess_test_matrix *made);

void ess_test_matrix_set(struct ess_test_matrix *made, uint32_t from, uint32_t to,
    double rate_bytes_per_s, int64_t delay_ns);

/* Rates uniform on low .. high in each direction for itself, or alike in both; delays 1 .. 200 ms,
 * alike in both. */
void ess_test_matrix_random(struct ess_test_matrix *made, uint32_t size, double low, double high,
    bool symmetric, struct ess_random *random);

/* `sites` clusters of equal size in a plane: 10 Gbit/s and about 0.1 ms within, between them
 * delays by distance up to some 100 ms and rates of 2 Gbit/s over (1 + delay / 20 ms), each pair
 * off by up to `noise` of its value. Member i is in site i * sites / size. */
void ess_test_matrix_sites(struct ess_test_matrix *made, uint32_t size, uint32_t sites,
    double noise, struct ess_random *random);

/* One of the matrices of dtfm.json, by name ("matrix_world_wide"), `copies` peers at each place
 * (2 Gbit/s, 10 ms within); false, with the test skipped, where published figures are missing. */
bool ess_test_matrix_dtfm(struct ess_test_matrix *made, const char *name, uint32_t copies);

/* Delays of regions from a square CSV or the ping files under ESSAIM_DATA: "aws" (round trips
 * halved) and "azure"; false, with the test skipped, where missing. */
bool ess_test_matrix_delays(struct ess_test_matrix *made, const char *which);

/* Scratch of a size that is asked for, freed by the caller. Ends the program without memory. */
void *ess_test_scratch(size_t bytes);

#endif
