/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_MACHINE_GPU_H
#define ESS_MODELS_MACHINE_GPU_H

/* Graphics processors by name: what the vendors' data sheets say of each.
 *
 * Sources: vendors' data sheets and architecture papers, as collected in the project's
 * public-domain fact table gpu-specs/gpus.csv, against which a test compares every row.
 *
 * Decisions.
 * - matrix_flop_per_s is the dense fp16/bf16 tensor rate with fp32 accumulation, without sparsity.
 *   Where a GPU has no such units (GTX 1080 Ti, whose fp16 runs at 1/64 rate, and Apple's), it is
 *   the fp32 rate: a training job would run in fp32 there.
 * - memory_bytes reads the data sheets' "GB" as GiB, as graphics memory is sold. (H200 and B200
 *   are nearer to 10^9; the error is at most 7 %.) Apple's memory is unified and sold in several
 *   sizes: the smallest sold with that GPU is used, all of it, though the system needs a part.
 * - memory_bytes_per_s reads GB/s as 10^9 bytes a second.
 * - power_w is the board's or module's rated power; Apple's is a package estimate.
 * - idle_power_w is no vendor figure. Assumed: 6 % of power_w for consumer and workstation boards,
 *   12 % for datacentre ones (whose memory is kept at speed), 10 % for systems on a chip. Typical
 *   readings of idle boards lie between half and twice that. */

#include <stddef.h>
#include <stdint.h>

struct ess_gpu {
    const char *name;
    double matrix_flop_per_s;
    double fp32_flop_per_s;
    int64_t memory_bytes;
    double memory_bytes_per_s;
    double power_w;
    double idle_power_w;
};

extern const struct ess_gpu ess_gpu_table[];
extern const size_t ess_gpu_count;

/* The GPU of exactly this name ("RTX 4090"), or NULL. O(table). */
const struct ess_gpu *ess_gpu_find(const char *name);

#endif
