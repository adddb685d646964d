/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/emulator/segments.h"

#include <linux/virtio_net.h>
#include <string.h>

/* RFC 791 and RFC 9293 */
enum { DEVICE_HEADER = sizeof(struct virtio_net_hdr), FLAG_FIN = 1, FLAG_PUSH = 8 };

static uint32_t get16(const unsigned char *at) {
    return (uint32_t)at[0] << 8 | at[1];
}

static void put16(unsigned char *at, uint32_t value) {
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

bool ess_segments_read(const unsigned char *packet, size_t bytes, struct ess_segments *segments) {
    struct virtio_net_hdr device;
    memset(segments, 0, sizeof *segments);
    if (bytes < DEVICE_HEADER + 20 || bytes > ESS_SEGMENTS_BYTES_MAX) {
        return false;
    }
    const unsigned char *ip = packet + DEVICE_HEADER;
    uint32_t length = (uint32_t)(bytes - DEVICE_HEADER), ip_header = (ip[0] & 15U) * 4;
    if (ip[0] >> 4 != 4 || ip_header < 20 || ip_header > length) {
        return false;
    }
    memcpy(&device, packet, sizeof device);
    memcpy(segments->from, ip + 12, 4);
    memcpy(segments->to, ip + 16, 4);
    segments->count = 1;
    segments->header_bytes = length;
    if ((device.gso_type & 127) == VIRTIO_NET_HDR_GSO_NONE || device.gso_size == 0) {
        return true;
    }
    if (length < ip_header + 20) {
        return false;
    }
    uint32_t header = ip_header + (uint32_t)(ip[ip_header + 12] >> 4) * 4;
    if (header > length) {
        return false;
    }
    segments->header_bytes = header;
    segments->payload_bytes = length - header;
    segments->segment_bytes = device.gso_size;
    segments->count = (segments->payload_bytes + device.gso_size - 1) / device.gso_size;
    return segments->count > 0;
}

uint32_t ess_segments_wire_bytes(
    const struct ess_segments *segments, uint32_t first, uint32_t last) {
    uint32_t begin = first * segments->segment_bytes, end = last * segments->segment_bytes;
    end = end < segments->payload_bytes ? end : segments->payload_bytes;
    return (last - first) * segments->header_bytes + (end - begin);
}

static void renew_ip_checksum(unsigned char *ip) {
    uint32_t sum = 0, header = (ip[0] & 15U) * 4;
    put16(ip + 10, 0);
    for (uint32_t i = 0; i < header; i += 2) {
        sum += get16(ip + i);
    }
    while (sum >> 16) {
        sum = (sum & 65535) + (sum >> 16);
    }
    put16(ip + 10, ~sum & 65535);
}

size_t ess_segments_cut(const unsigned char *packet, const struct ess_segments *segments,
    uint32_t first, uint32_t last, unsigned char *piece) {
    struct virtio_net_hdr device;
    uint32_t begin = first * segments->segment_bytes, end = last * segments->segment_bytes;
    end = end < segments->payload_bytes ? end : segments->payload_bytes;
    uint32_t total = segments->header_bytes + (end - begin);
    memcpy(piece, packet, DEVICE_HEADER + segments->header_bytes);
    memcpy(piece + DEVICE_HEADER + segments->header_bytes,
        packet + DEVICE_HEADER + segments->header_bytes + begin, end - begin);
    unsigned char *ip = piece + DEVICE_HEADER, *tcp = ip + (ip[0] & 15U) * 4;
    memcpy(&device, piece, sizeof device);
    if (last - first == 1) {
        device.gso_type = VIRTIO_NET_HDR_GSO_NONE;
        device.gso_size = 0;
    }
    memcpy(piece, &device, sizeof device);
    put16(ip + 2, total);
    put16(ip + 4, get16(ip + 4) + first);
    uint32_t sequence = (get16(tcp + 4) << 16 | get16(tcp + 6)) + begin;
    put16(tcp + 4, sequence >> 16);
    put16(tcp + 6, sequence & 65535);
    if (end < segments->payload_bytes) {
        tcp[13] &= (unsigned char)~(FLAG_FIN | FLAG_PUSH);
    }
    renew_ip_checksum(ip);
    return DEVICE_HEADER + total;
}
