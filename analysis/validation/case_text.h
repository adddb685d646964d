/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_CASE_TEXT_H
#define ESS_VALIDATION_CASE_TEXT_H

/* The one text of a case, and its hash. */

#include "analysis/validation/case.h"

enum { ESS_CASE_HASH_BYTES = 13 }; /* 12 hexadecimal digits and the end */

/* Write the case in canonical form: lines in the order of case.h, numbers without rounding, no
 * comments. Reading it back gives the same struct. Returns its length, or 0 where `room` bytes are
 * too few (ESS_CASE_TEXT_MAX are enough for any case). */
size_t ess_case_print(const struct ess_case *network, char *text, size_t room);

/* The first 12 digits of SHA-256 of the canonical text. */
void ess_case_hash(const struct ess_case *network, char hash[ESS_CASE_HASH_BYTES]);

/* Parameters of our models are chosen on the cases with an even hash and reported on the others:
 * true for those that may be looked at. */
bool ess_case_is_for_choosing(const char *hash);

#endif
