/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/machine/gpu.h"
#include <string.h>

/* Assumed shares of the rated power that an idle GPU takes (see the header). */
#define BOARD 0.06
#define DATACENTRE 0.12
#define ON_CHIP 0.10

#define GPU(name, matrix_tflop, fp32_tflop, memory_gib, gigabytes_per_s, watts, idle_share)        \
    {                                                                                              \
        name, (matrix_tflop)*1e12, (fp32_tflop)*1e12, (int64_t)(memory_gib) << 30,                 \
            (gigabytes_per_s)*1e9, watts, (watts) * (idle_share)                                   \
    }

/* In the order of the fact table. Columns: dense matrix rate and fp32 rate in TFLOP/s, memory in
 * GiB, its bandwidth in GB/s, rated power in watts. */
const struct ess_gpu ess_gpu_table[] = {
    GPU("RTX 3060 12GB", 25.5, 12.7, 12, 360, 170, BOARD),
    GPU("RTX 3060 Ti", 32.4, 16.2, 8, 448, 200, BOARD),
    GPU("RTX 3070", 40.6, 20.3, 8, 448, 220, BOARD),
    GPU("RTX 3080 10GB", 59.5, 29.8, 10, 760, 320, BOARD),
    GPU("RTX 3080 Ti", 68.2, 34.1, 12, 912, 350, BOARD),
    GPU("RTX 3090", 71.0, 35.6, 24, 936, 350, BOARD),
    GPU("RTX 3090 Ti", 80.0, 40.0, 24, 1008, 450, BOARD),
    GPU("RTX 4060", 30.2, 15.1, 8, 272, 115, BOARD),
    GPU("RTX 4060 Ti 8GB", 44.1, 22.1, 8, 288, 160, BOARD),
    GPU("RTX 4070", 58.3, 29.1, 12, 504, 200, BOARD),
    GPU("RTX 4070 Ti", 80.2, 40.1, 12, 504, 285, BOARD),
    GPU("RTX 4080", 97.5, 48.7, 16, 717, 320, BOARD),
    GPU("RTX 4080 SUPER", 104.4, 52.2, 16, 736, 320, BOARD),
    GPU("RTX 4090", 165.2, 82.6, 24, 1008, 450, BOARD),
    GPU("RTX 5060", 38.4, 19.2, 8, 448, 145, BOARD),
    GPU("RTX 5060 Ti 16GB", 47.4, 23.7, 16, 448, 180, BOARD),
    GPU("RTX 5070", 61.7, 30.9, 12, 672, 250, BOARD),
    GPU("RTX 5070 Ti", 87.9, 43.9, 16, 896, 300, BOARD),
    GPU("RTX 5080", 112.6, 56.3, 16, 960, 360, BOARD),
    GPU("RTX 5090", 209.5, 104.8, 32, 1792, 575, BOARD),
    GPU("RTX 2080", 40.3, 10.1, 8, 448, 215, BOARD),
    GPU("RTX 2080 Ti", 53.8, 13.4, 11, 616, 250, BOARD),
    GPU("GTX 1080 Ti", 11.3, 11.3, 11, 484, 250, BOARD),
    GPU("RTX A6000", 154.8, 38.7, 48, 768, 300, BOARD),
    GPU("RTX 6000 Ada", 364.2, 91.1, 48, 960, 300, BOARD),
    GPU("P100 SXM2 16GB", 21.2, 10.6, 16, 732, 300, DATACENTRE),
    GPU("V100 PCIe 16GB", 112, 14.0, 16, 900, 250, DATACENTRE),
    GPU("V100 SXM2 32GB", 125, 15.7, 32, 900, 300, DATACENTRE),
    GPU("T4", 65, 8.1, 16, 320, 70, DATACENTRE),
    GPU("A10", 125, 31.2, 24, 600, 150, DATACENTRE),
    GPU("A10G", 70, 31.5, 24, 600, 300, DATACENTRE),
    GPU("A40", 149.7, 37.4, 48, 696, 300, DATACENTRE),
    GPU("A100 PCIe 40GB", 312, 19.5, 40, 1555, 250, DATACENTRE),
    GPU("A100 SXM4 40GB", 312, 19.5, 40, 1555, 400, DATACENTRE),
    GPU("A100 PCIe 80GB", 312, 19.5, 80, 1935, 300, DATACENTRE),
    GPU("A100 SXM4 80GB", 312, 19.5, 80, 2039, 400, DATACENTRE),
    GPU("L4", 121, 30.3, 24, 300, 72, DATACENTRE),
    GPU("L40", 181, 90.5, 48, 864, 300, DATACENTRE),
    GPU("L40S", 362, 91.6, 48, 864, 350, DATACENTRE),
    GPU("H100 PCIe 80GB", 756, 51.2, 80, 2000, 350, DATACENTRE),
    GPU("H100 SXM5 80GB", 989, 67, 80, 3350, 700, DATACENTRE),
    GPU("GH200 96GB", 989, 67, 96, 4000, 1000, DATACENTRE),
    GPU("H200 SXM", 989, 67, 141, 4800, 700, DATACENTRE),
    GPU("B200 SXM", 2250, 80, 180, 8000, 1000, DATACENTRE),
    GPU("MI210", 181.0, 22.6, 64, 1638, 300, DATACENTRE),
    GPU("MI250X", 383.0, 47.9, 128, 3277, 560, DATACENTRE),
    GPU("MI300X", 1307.4, 163.4, 192, 5300, 750, DATACENTRE),
    GPU("MI325X", 1307.4, 163.4, 256, 6000, 1000, DATACENTRE),
    GPU("RX 7900 XTX", 122.8, 61.4, 24, 960, 355, BOARD),
    GPU("M1", 2.6, 2.6, 8, 68, 15, ON_CHIP),
    GPU("M1 Max", 10.4, 10.4, 32, 400, 60, ON_CHIP),
    GPU("M2 Ultra", 27.2, 27.2, 64, 800, 150, ON_CHIP),
    GPU("M3 Max", 14.2, 14.2, 48, 400, 90, ON_CHIP),
    GPU("M4", 4.6, 4.6, 16, 120, 22, ON_CHIP),
    GPU("M4 Max", 18.4, 18.4, 48, 546, 100, ON_CHIP),
};

const size_t ess_gpu_count = sizeof ess_gpu_table / sizeof *ess_gpu_table;

const struct ess_gpu *ess_gpu_find(const char *name) {
    for (size_t i = 0; i < ess_gpu_count; i++) {
        if (strcmp(ess_gpu_table[i].name, name) == 0) {
            return &ess_gpu_table[i];
        }
    }
    return NULL;
}
