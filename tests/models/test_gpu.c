/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"
#include "models/machine/cpu.h"
#include "models/machine/gpu.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void names_are_unique_and_found(void) {
    for (size_t i = 0; i < ess_gpu_count; i++) {
        ESS_CHECK(ess_gpu_find(ess_gpu_table[i].name) == &ess_gpu_table[i], "%s stands twice",
            ess_gpu_table[i].name);
    }
    for (size_t i = 0; i < ess_cpu_count; i++) {
        ESS_CHECK(ess_cpu_find(ess_cpu_table[i].name) == &ess_cpu_table[i], "%s stands twice",
            ess_cpu_table[i].name);
    }
    CU_ASSERT_PTR_NULL(ess_gpu_find("rtx 4090"));
    CU_ASSERT_PTR_NULL(ess_gpu_find("RTX 409"));
    CU_ASSERT_PTR_NULL(ess_gpu_find(""));
    CU_ASSERT_PTR_NULL(ess_cpu_find("EPYC"));
}

static void a_known_row_holds(void) {
    const struct ess_gpu *gpu = ess_gpu_find("RTX 4090");
    ESS_CHECK(gpu != NULL, "no RTX 4090");
    CU_ASSERT_EQUAL(gpu->matrix_flop_per_s, 165.2e12);
    CU_ASSERT_EQUAL(gpu->fp32_flop_per_s, 82.6e12);
    CU_ASSERT_EQUAL(gpu->memory_bytes, 24LL * 1024 * 1024 * 1024);
    CU_ASSERT_EQUAL(gpu->memory_bytes_per_s, 1008e9);
    CU_ASSERT_EQUAL(gpu->power_w, 450);
    CU_ASSERT_DOUBLE_EQUAL(gpu->idle_power_w, 27, 1e-9);
    CU_ASSERT_DOUBLE_EQUAL(ess_cpu_find("Ryzen 9 7950X")->flop_per_s, 2.304e12, 1);
}

static void values_are_plausible(void) {
    for (size_t i = 0; i < ess_gpu_count; i++) {
        const struct ess_gpu *gpu = &ess_gpu_table[i];
        ESS_CHECK(gpu->fp32_flop_per_s > 1e12 && gpu->matrix_flop_per_s >= gpu->fp32_flop_per_s &&
                      gpu->matrix_flop_per_s < 1e16 && gpu->memory_bytes >= 8LL << 30 &&
                      gpu->memory_bytes_per_s > 5e10 && gpu->idle_power_w > 0 &&
                      gpu->idle_power_w < gpu->power_w,
            "%s", gpu->name);
    }
    for (size_t i = 0; i < ess_cpu_count; i++) {
        const struct ess_cpu *cpu = &ess_cpu_table[i];
        ESS_CHECK(cpu->flop_per_s > 1e11 && cpu->flop_per_s < 2e13 &&
                      cpu->memory_bytes_per_s > 1e10 && cpu->idle_power_w > 0 &&
                      cpu->idle_power_w < cpu->power_w,
            "%s", cpu->name);
    }
}

/* The fact table, read here on its own: fields by position, quotes only around later columns. */
enum { FIELDS = 9 };
enum { VENDOR, MODEL, SEGMENT, FP16, BF16, FP32, MEMORY, BANDWIDTH, POWER };

static void split(char *line, char *fields[FIELDS]) {
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = line;
        char *comma = strchr(line, ',');
        if (comma == NULL) {
            line += strlen(line);
            continue;
        }
        *comma = '\0';
        line = comma + 1;
    }
}

/* Same value up to one rounding: the table multiplies at compile time what is parsed here. */
static int same(double ours, double fact) {
    return ours == fact || (ours > fact * (1 - 1e-12) && ours < fact * (1 + 1e-12));
}

static void compare_row(const struct ess_gpu *gpu, char *fields[FIELDS], size_t *without_memory) {
    double fp32 = atof(fields[FP32]) * 1e12;
    double matrix = fields[FP16][0] != '\0' ? atof(fields[FP16]) * 1e12 : fp32;
    ESS_CHECK(same(gpu->matrix_flop_per_s, matrix), "%s: matrix rate", gpu->name);
    ESS_CHECK(fields[BF16][0] == '\0' || same(gpu->matrix_flop_per_s, atof(fields[BF16]) * 1e12),
        "%s: bf16 rate", gpu->name);
    ESS_CHECK(same(gpu->fp32_flop_per_s, fp32), "%s: fp32 rate", gpu->name);
    ESS_CHECK(
        same(gpu->memory_bytes_per_s, atof(fields[BANDWIDTH]) * 1e9), "%s: bandwidth", gpu->name);
    ESS_CHECK(same(gpu->power_w, atof(fields[POWER])), "%s: power", gpu->name);
    double share = strcmp(fields[SEGMENT], "datacentre") == 0 ? 0.12
                   : strcmp(fields[SEGMENT], "soc") == 0      ? 0.10
                                                              : 0.06;
    ESS_CHECK(same(gpu->idle_power_w, share * gpu->power_w), "%s: idle power", gpu->name);
    if (fields[MEMORY][0] == '\0') {
        *without_memory += 1;
        return;
    }
    ESS_CHECK(gpu->memory_bytes == (int64_t)atoi(fields[MEMORY]) << 30, "%s: memory", gpu->name);
}

static void compare_file(FILE *file) {
    char line[2048];
    size_t rows = 0, without_memory = 0;
    CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        char *fields[FIELDS];
        split(line, fields);
        ESS_CHECK(rows < ess_gpu_count, "the table lacks %s", fields[MODEL]);
        ESS_CHECK(strcmp(ess_gpu_table[rows].name, fields[MODEL]) == 0, "row %zu: %s is not %s",
            rows, ess_gpu_table[rows].name, fields[MODEL]);
        compare_row(&ess_gpu_table[rows], fields, &without_memory);
        rows++;
    }
    CU_ASSERT_EQUAL(rows, ess_gpu_count);
    CU_ASSERT_EQUAL(without_memory, 6); /* Apple's, whose memory is unified */
    ess_test_note("%zu rows agree, %zu of them without a figure for memory", rows, without_memory);
}

static void table_equals_the_facts(void) {
    char path[4096];
    const char *data = ess_test_data();
    if (data == NULL) {
        ess_test_skip("no real data (ESSAIM_DATA)");
        return;
    }
    snprintf(path, sizeof path, "%s/hosts/gpu-specs/gpus.csv", data);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        ess_test_skip("no hosts/gpu-specs/gpus.csv in the real data");
        return;
    }
    compare_file(file);
    fclose(file);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"names are unique and found", names_are_unique_and_found},
        {"a known row holds", a_known_row_holds},
        {"values are plausible", values_are_plausible},
        {"the table equals the facts", table_equals_the_facts},
        {NULL, NULL},
    };
    return ess_test_main("gpu", tests);
}
