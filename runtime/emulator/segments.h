/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_EMULATOR_SEGMENTS_H
#define ESS_EMULATOR_SEGMENTS_H

/* Packets as a TUN device with IFF_VNET_HDR gives them: a header that says how to cut, then an IPv4
 * packet, which for TCP may stand for many segments (a super-packet). Reading and writing one costs
 * about as much as a single segment, so the emulator passes them on in pieces. A piece is again
 * such a packet. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ESS_SEGMENTS_BYTES_MAX = 70000 };

struct ess_segments {
    uint32_t count;         /* 1 for a plain packet */
    uint32_t header_bytes;  /* IP and TCP, of each segment; all bytes of a plain packet */
    uint32_t segment_bytes; /* payload of each but the last */
    uint32_t payload_bytes; /* of all; 0 for a plain packet */
    uint8_t from[4], to[4]; /* addresses */
};

/* Read the headers of `bytes` bytes. False where it is no IPv4 packet or makes no sense. */
bool ess_segments_read(const unsigned char *packet, size_t bytes, struct ess_segments *segments);

/* Bytes on the wire of the segments [first, last). */
uint32_t ess_segments_wire_bytes(
    const struct ess_segments *segments, uint32_t first, uint32_t last);

/* Write segments [first, last) to `piece` (room for ESS_SEGMENTS_BYTES_MAX). Returns its bytes. The
 * IP checksum is made anew, the TCP checksum stays to be filled in by the receiving kernel, as the
 * device's header says. */
size_t ess_segments_cut(const unsigned char *packet, const struct ess_segments *segments,
    uint32_t first, uint32_t last, unsigned char *piece);

#endif
