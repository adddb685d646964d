/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_JSON_SYNTAX_H
#define ESS_SCENARIO_JSON_SYNTAX_H

/* Strict JSON (RFC 8259) checked before cJSON sees a byte, since cJSON takes more than JSON and
 * tells less than where. Beyond the grammar this refuses what would change on its way into memory:
 * non-finite numbers (1e999), whole numbers above 2^53, "\u0000", lone surrogates, and what would
 * exhaust it: nesting deeper than ESS_JSON_NESTING_MAX, numbers longer than 60 characters. */

#include <stdbool.h>
#include <stddef.h>

#include "sim/scenario/diagnostics.h"

#define ESS_JSON_NESTING_MAX 64
#define ESS_JSON_NUMBER_BYTES_MAX 60

/* True when `text` (`bytes` long, followed by a NUL) is a single JSON value. Otherwise the first
 * error of the grammar, and every number or escape refused before it, is in `diagnostics` with
 * line, column (in characters, from 1) and a caret. O(bytes), no recursion. */
bool ess_json_syntax_check(
    const char *text, size_t bytes, const char *file, struct ess_diagnostics *diagnostics);

#endif
