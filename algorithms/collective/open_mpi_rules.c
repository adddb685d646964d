/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/open_mpi_rules.h"

#include <stddef.h>

/* One row: below so many ranks and so many bytes, that algorithm. Rows are in order, the first that
 * fits counts; 0 stands for no bound. */
struct rule {
    uint32_t ranks_below;
    uint32_t bytes_below;
    uint32_t algorithm;
};

static const struct rule commutative_rules[] = {
    {4, 8, 4},
    {4, 4096, 3},
    {4, 8192, 4},
    {4, 16384, 3},
    {4, 65536, 4},
    {4, 262144, 5},
    {4, 0, 6},
    {8, 16, 4},
    {8, 8192, 3},
    {8, 0, 6},
    {16, 8192, 3},
    {16, 0, 6},
    {32, 64, 5},
    {32, 4096, 3},
    {32, 0, 6},
    {64, 128, 5},
    {64, 0, 6},
    {128, 262144, 3},
    {128, 0, 6},
    {256, 131072, 2},
    {256, 262144, 3},
    {256, 0, 6},
    {512, 4096, 2},
    {512, 0, 6},
    {2048, 2048, 2},
    {2048, 16384, 3},
    {2048, 0, 6},
    {4096, 2048, 2},
    {4096, 4096, 5},
    {4096, 16384, 3},
    {4096, 0, 6},
    {0, 2048, 2},
    {0, 16384, 5},
    {0, 32768, 3},
    {0, 0, 6},
};

static const struct rule ordered_rules[] = {
    {4, 131072, 3},
    {4, 0, 1},
    {8, 0, 3},
    {16, 1048576, 3},
    {16, 0, 2},
    {128, 0, 3},
    {256, 131072, 2},
    {256, 524288, 3},
    {256, 0, 2},
    {512, 4096, 2},
    {512, 524288, 3},
    {512, 0, 2},
    {0, 2048, 2},
    {0, 0, 3},
};

enum ess_open_mpi_all_reduce ess_open_mpi_all_reduce(
    uint32_t ranks, uint64_t size_bytes, bool commutative) {
    const struct rule *rule = commutative ? commutative_rules : ordered_rules;
    /* The last row of each table has no bounds. */
    while ((rule->ranks_below != 0 && ranks >= rule->ranks_below) ||
           (rule->bytes_below != 0 && size_bytes >= rule->bytes_below)) {
        rule++;
    }
    return (enum ess_open_mpi_all_reduce)rule->algorithm;
}
