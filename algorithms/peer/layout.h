/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_LAYOUT_H
#define ESS_PEER_LAYOUT_H

/* What the coordinator computes for a group beside its members: the order of the ring, shares of a
 * butterfly, packed trees, levels of sites (struct ess_layout). Only what the plan follows; from
 * what it was told of the network.
 *
 * The ring is mended where few members have come or gone, and made anew otherwise. Trees, shares
 * and levels are made anew for each view. Where nothing is known of the network, or what is known
 * does not connect all members, the trees are one chain in the members' order and the rest plain.
 *
 * Simplification: the time that this takes is not charged to the coordinator. */

#include "peer/config.h"

struct ess_layout_maker; /* stands in the caller's memory */

/* Bytes, aligned as for a double: 0 where the policies ask for no layout; O(capacity^2) with trees,
 * levels or sites to be found. */
size_t ess_layout_maker_bytes(const struct ess_peer_config *config);

/* Prepare `memory`; NULL where ess_layout_maker_bytes() is 0. */
struct ess_layout_maker *ess_layout_maker_init(void *memory, const struct ess_peer_config *config);

/* Put members in an order in which all levels are contiguous. keys[i] = site << 32 | peer, sorted;
 * on return the upper halves are numbers of sites in which members with equal ones are neighbours.
 * Does nothing where sites are as told and no level is asked for. O(members^2). */
void ess_layout_maker_sort(struct ess_layout_maker *maker, uint64_t *keys, uint32_t count);

/* The layout of a group whose members and sites are filled in; NULL for none. Valid until the next
 * call. */
const struct ess_layout *ess_layout_maker_make(
    struct ess_layout_maker *maker, const struct ess_group *group);

#endif
