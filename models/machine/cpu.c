/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/machine/cpu.h"
#include <string.h>

#define IDLE_SHARE 0.2

#define CPU(name, cores, base_ghz, flop_per_cycle, gigabytes_per_s, watts)                         \
    {                                                                                              \
        name, (cores) * (base_ghz)*1e9 * (flop_per_cycle), (gigabytes_per_s)*1e9, watts,           \
            (watts)*IDLE_SHARE                                                                     \
    }

/* Cores, base clock in GHz, fp32 operations a cycle and core, memory bandwidth in GB/s, watts. */
const struct ess_cpu ess_cpu_table[] = {
    CPU("Core i7-10700", 8, 2.9, 32, 46.9, 65),         /* 2 channels of DDR4-2933 */
    CPU("Core i5-12400", 6, 2.5, 32, 76.8, 65),         /* 2 channels of DDR5-4800 */
    CPU("Ryzen 7 5800X", 8, 3.8, 32, 51.2, 105),        /* 2 channels of DDR4-3200 */
    CPU("Ryzen 9 7950X", 16, 4.5, 32, 83.2, 170),       /* 2 channels of DDR5-5200 */
    CPU("Xeon E5-2680 v4", 14, 2.4, 32, 76.8, 120),     /* 4 channels of DDR4-2400 */
    CPU("Xeon Platinum 8380", 40, 2.3, 64, 204.8, 270), /* 8 channels of DDR4-3200 */
    CPU("EPYC 7763", 64, 2.45, 32, 204.8, 280),         /* 8 channels of DDR4-3200 */
    CPU("EPYC 9654", 96, 2.4, 32, 460.8, 360),          /* 12 channels of DDR5-4800 */
    CPU("Raspberry Pi 5", 4, 2.4, 16, 17.1, 12), /* 32 bits of LPDDR4X-4267; power estimated */
};

const size_t ess_cpu_count = sizeof ess_cpu_table / sizeof *ess_cpu_table;

const struct ess_cpu *ess_cpu_find(const char *name) {
    for (size_t i = 0; i < ess_cpu_count; i++) {
        if (strcmp(ess_cpu_table[i].name, name) == 0) {
            return &ess_cpu_table[i];
        }
    }
    return NULL;
}
