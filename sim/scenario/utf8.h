/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_UTF8_H
#define ESS_SCENARIO_UTF8_H

#include <stddef.h>

/* Bytes of the well-formed UTF-8 sequence at the front of `bytes` (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF): 1 to 4, or 0 where there is none. */
size_t ess_utf8_sequence(const char *bytes, size_t available);

#endif
