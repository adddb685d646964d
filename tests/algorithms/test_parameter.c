/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/parameter.h"
#include "ess_test.h"

struct settings {
    int64_t period_ns;
    double rate_bytes_per_s;
};

static const struct ess_parameter table[] = {
    {"period", ESS_PARAMETER_TIME, 1e9, 1, 1e12, "how often", offsetof(struct settings, period_ns)},
    {"rate", ESS_PARAMETER_RATE, 12.5e6, 1, 1e12, "how fast",
        offsetof(struct settings, rate_bytes_per_s)},
    ESS_PARAMETER_END,
};

static void defaults_are_written(void) {
    struct settings settings = {0};
    ess_parameters_set_defaults(table, &settings);
    CU_ASSERT_EQUAL(settings.period_ns, 1000000000);
    CU_ASSERT_EQUAL(settings.rate_bytes_per_s, 12.5e6);
}

static void values_are_read_back(void) {
    struct settings settings = {0};
    ess_parameter_set(&table[0], 5e6, &settings);
    CU_ASSERT_EQUAL(settings.period_ns, 5000000);
    CU_ASSERT_EQUAL(ess_parameter_get(&table[0], &settings), 5e6);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"defaults are written in base units", defaults_are_written},
        {"values are read back", values_are_read_back},
        {NULL, NULL},
    };
    return ess_test_main("parameter", tests);
}
