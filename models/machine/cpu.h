/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_MACHINE_CPU_H
#define ESS_MODELS_MACHINE_CPU_H

/* Processors by name, for hosts without a GPU.
 *
 * Approximate, derived from vendors' product pages: flop_per_s = cores x base clock x fp32
 * operations a cycle and core (a fused multiply-add counts two; 16 for two 128-bit units, 32 for
 * two 256-bit, 64 for two 512-bit). Real clocks lie above the base clock for few cores and below it
 * under wide vectors. memory_bytes_per_s = channels x 8 bytes x transfers a second at the fastest
 * memory officially supported; power_w is the rated thermal power. idle_power_w is no vendor
 * figure: assumed one fifth of power_w. Check value: Ryzen 9 7950X, 16 x 4.5 GHz x 32 = 2.304
 * TFLOP/s. */

#include <stddef.h>
#include <stdint.h>

struct ess_cpu {
    const char *name;
    double flop_per_s; /* fp32 */
    double memory_bytes_per_s;
    double power_w;
    double idle_power_w;
};

extern const struct ess_cpu ess_cpu_table[];
extern const size_t ess_cpu_count;

/* The processor of exactly this name ("EPYC 7763"), or NULL. O(table). */
const struct ess_cpu *ess_cpu_find(const char *name);

#endif
