/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_PUBLISHED_RUN_H
#define ESS_COMMANDS_PUBLISHED_RUN_H

/* Runs what a published source asks for, and compares. */

#include "analysis/published/published.h"

/* The folder of published figures: ESSAIM_PUBLISHED, else ../shared/published; NULL where it does
 * not exist. */
const char *ess_published_folder(void);

/* Run the source's scenarios of the folder `scenarios`, each with the settings that it asks for,
 * with up to `jobs` processes at a time, and compare with the source's file in `folder`. NULL after
 * messages on stderr; what could not be run alone is told there and missed in the comparison. */
struct ess_published *ess_published_conduct(
    const struct ess_published_type *type, const char *folder, const char *scenarios, int64_t jobs);

#endif
