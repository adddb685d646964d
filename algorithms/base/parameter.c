/* SPDX-License-Identifier: Apache-2.0 */
#include "base/parameter.h"

#include <string.h>

static int holds_double(enum ess_parameter_kind kind) {
    return kind == ESS_PARAMETER_REAL || kind == ESS_PARAMETER_RATE || kind == ESS_PARAMETER_WORK;
}

void ess_parameter_set(const struct ess_parameter *parameter, double value, void *settings) {
    char *field = (char *)settings + parameter->offset;
    int64_t whole = (int64_t)value;
    if (holds_double(parameter->kind)) {
        memcpy(field, &value, sizeof value);
        return;
    }
    memcpy(field, &whole, sizeof whole);
}

double ess_parameter_get(const struct ess_parameter *parameter, const void *settings) {
    const char *field = (const char *)settings + parameter->offset;
    double value;
    int64_t whole;
    if (holds_double(parameter->kind)) {
        memcpy(&value, field, sizeof value);
        return value;
    }
    memcpy(&whole, field, sizeof whole);
    return (double)whole;
}

void ess_parameters_set_defaults(const struct ess_parameter *table, void *settings) {
    if (!table) {
        return;
    }
    for (const struct ess_parameter *p = table; p->key; p++) {
        ess_parameter_set(p, p->default_value, settings);
    }
}
