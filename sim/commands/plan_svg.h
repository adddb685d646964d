/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_PLAN_SVG_H
#define ESS_COMMANDS_PLAN_SVG_H

/* A drawing of a plan's ring and trees, as SVG 1.1 that any browser shows. Each panel has all
 * machines on a circle, sites side by side and each in a colour (ten colours, then again from the
 * first). The ring's hops are arrows, as wide as their rate is to the fastest hop's; the slowest is
 * red. Each of the first trees has a panel and a colour of its own, and lines as wide as its share
 * is to the largest. */

#include <stdio.h>

#include "sim/commands/plan_view.h"

/* Coordinates are rounded to a tenth: the same bytes on every machine. O(hosts x trees). */
void ess_plan_svg(const struct ess_plan_view *view, FILE *out);

#endif
