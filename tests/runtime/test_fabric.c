/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The emulator's links to the nanosecond, its super-packets to the byte, its plans. */
#include "ess_test.h"

#include "runtime/emulator/fabric.h"
#include "runtime/emulator/lateness.h"
#include "runtime/emulator/segments.h"

#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICE_HEADER = sizeof(struct virtio_net_hdr), HEADERS = 40 };

/* A TCP packet of `payload` bytes from node 0 to node `to`, cut every `segment` bytes (0: plain).
 */
static size_t make_packet(unsigned char *packet, uint32_t to, uint32_t payload, uint16_t segment) {
    struct virtio_net_hdr device = {0};
    memset(packet, 0, DEVICE_HEADER + HEADERS);
    device.gso_type = segment > 0 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_NONE;
    device.gso_size = segment;
    memcpy(packet, &device, sizeof device);
    unsigned char *ip = packet + DEVICE_HEADER, *tcp = ip + 20;
    ip[0] = 0x45;
    ip[4] = 0x12;
    ip[5] = 0xff;
    memcpy(ip + 12, (unsigned char[]){198, 18, 0, 1}, 4);
    memcpy(ip + 16, (unsigned char[]){198, 18, 0, (unsigned char)(to + 1)}, 4);
    memcpy(tcp + 4, (unsigned char[]){0, 0, 0xff, 0xff}, 4);
    tcp[12] = 0x50;
    tcp[13] = 0x19; /* ACK, PSH, FIN */
    for (uint32_t i = 0; i < payload; i++) {
        packet[DEVICE_HEADER + HEADERS + i] = (unsigned char)i;
    }
    return DEVICE_HEADER + HEADERS + payload;
}

static void cuts_super_packets(void) {
    static unsigned char packet[ESS_SEGMENTS_BYTES_MAX], piece[ESS_SEGMENTS_BYTES_MAX];
    struct ess_segments segments, part;
    struct virtio_net_hdr device;
    size_t bytes = make_packet(packet, 1, 3500, 1000);
    ESS_CHECK(ess_segments_read(packet, bytes, &segments), "not read");
    CU_ASSERT_EQUAL(segments.count, 4);
    CU_ASSERT_EQUAL(ess_segments_wire_bytes(&segments, 0, 4), 3500 + 4 * HEADERS);
    CU_ASSERT_EQUAL(ess_segments_wire_bytes(&segments, 3, 4), 500 + HEADERS);
    size_t length = ess_segments_cut(packet, &segments, 1, 3, piece);
    CU_ASSERT_EQUAL(length, DEVICE_HEADER + HEADERS + 2000u);
    ESS_CHECK(ess_segments_read(piece, length, &part), "the piece is not read");
    CU_ASSERT_EQUAL(part.count, 2);
    const unsigned char *ip = piece + DEVICE_HEADER, *tcp = ip + 20;
    CU_ASSERT_EQUAL(ip[2] << 8 | ip[3], HEADERS + 2000);
    CU_ASSERT_EQUAL(ip[4] << 8 | ip[5], 0x12ff + 1);
    /* the sequence number goes up by the bytes before: 0xffff + 1000 */
    CU_ASSERT_EQUAL(tcp[4] << 24 | tcp[5] << 16 | tcp[6] << 8 | tcp[7], 0xffff + 1000);
    CU_ASSERT_EQUAL(tcp[13], 0x10); /* FIN and PSH are the last segment's */
    CU_ASSERT_EQUAL(piece[DEVICE_HEADER + HEADERS], (unsigned char)1000);
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2) {
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    }
    CU_ASSERT_EQUAL((sum & 0xffff) + (sum >> 16), 0xffff); /* RFC 791: the header's checksum */
    length = ess_segments_cut(packet, &segments, 3, 4, piece);
    memcpy(&device, piece, sizeof device);
    CU_ASSERT_EQUAL(device.gso_type, VIRTIO_NET_HDR_GSO_NONE);
    CU_ASSERT_EQUAL(tcp[13], 0x19);
    CU_ASSERT_EQUAL(length, DEVICE_HEADER + HEADERS + 500u);
    CU_ASSERT_FALSE(ess_segments_read(packet, DEVICE_HEADER + 19, &segments));
    packet[DEVICE_HEADER] = 0x60; /* IPv6 */
    CU_ASSERT_FALSE(ess_segments_read(packet, bytes, &segments));
}

/* Two links in a row, 8 Mbit/s = 1 byte a microsecond. */
static struct ess_fabric *two_links(uint64_t queue_bytes, uint32_t loss_ppb) {
    static struct ess_emulator_plan plan;
    uint32_t links[] = {0, 1};
    memset(&plan, 0, sizeof plan);
    plan.node_count = 3;
    plan.seed = 5;
    ess_emulator_plan_link(&plan, (struct ess_emulator_link){8000000, 1000000, queue_bytes, 0});
    ess_emulator_plan_link(&plan, (struct ess_emulator_link){16000000, 2000000, 1000000, loss_ppb});
    CU_ASSERT_EQUAL(ess_emulator_plan_route(&plan, 0, 1, links, 2), 0);
    return ess_fabric_new(&plan);
}

static int64_t take_due(struct ess_fabric *fabric) {
    struct ess_fabric_packet *packet = ess_fabric_take(fabric, INT64_MAX);
    int64_t due_ns = packet ? packet->due_ns : -1;
    free(packet);
    return due_ns;
}

static void keeps_time_and_queue(void) {
    static unsigned char packet[ESS_SEGMENTS_BYTES_MAX];
    struct ess_fabric *fabric = two_links(2000, 0);
    size_t bytes = make_packet(packet, 1, 960, 0); /* 1000 bytes on the wire: 1 ms, then 0.5 ms */
    for (int i = 0; i < 5; i++) {
        ess_fabric_enter(fabric, 0, packet, bytes, 0);
    }
    /* The packet in service and 2000 bytes behind it: three are taken, 2000 waiting refuse none,
     * more than 2000 do. */
    CU_ASSERT_EQUAL(ess_fabric_counts(fabric).entered, 5);
    CU_ASSERT_EQUAL(ess_fabric_counts(fabric).dropped_by_queue, 2);
    CU_ASSERT_EQUAL(ess_fabric_next_ns(fabric), 2000000);
    CU_ASSERT_PTR_NULL(ess_fabric_take(fabric, 4499999));
    CU_ASSERT_EQUAL(take_due(fabric), 1000000 + 1000000 + 500000 + 2000000);
    CU_ASSERT_EQUAL(take_due(fabric), 5500000);
    CU_ASSERT_EQUAL(take_due(fabric), 6500000);
    CU_ASSERT_EQUAL(take_due(fabric), -1);
    /* To a node without a route, to nobody, not IP. */
    bytes = make_packet(packet, 2, 10, 0);
    ess_fabric_enter(fabric, 0, packet, bytes, 0);
    bytes = make_packet(packet, 200, 10, 0);
    ess_fabric_enter(fabric, 0, packet, bytes, 0);
    ess_fabric_enter(fabric, 0, packet, 3, 0);
    CU_ASSERT_EQUAL(ess_fabric_counts(fabric).without_route, 3);
    CU_ASSERT_EQUAL(ess_fabric_next_ns(fabric), INT64_MAX);
    ess_fabric_free(fabric);
}

/* A super-packet of 10 segments into a queue for 4 more: 5 pass, and one by one, since a segment
 * takes more than 0.2 ms. */
static void drops_within_super_packets(void) {
    static unsigned char packet[ESS_SEGMENTS_BYTES_MAX];
    struct ess_fabric *fabric = two_links(4000, 0);
    size_t bytes = make_packet(packet, 1, 9600, 960);
    ess_fabric_enter(fabric, 0, packet, bytes, 0);
    CU_ASSERT_EQUAL(ess_fabric_counts(fabric).entered, 10);
    CU_ASSERT_EQUAL(ess_fabric_counts(fabric).dropped_by_queue, 5);
    for (int64_t i = 1; i <= 5; i++) {
        CU_ASSERT_EQUAL(take_due(fabric), i * 1000000 + 1000000 + 500000 + 2000000);
    }
    CU_ASSERT_EQUAL(take_due(fabric), -1);
    CU_ASSERT_EQUAL(ess_fabric_counts(fabric).delivered, 5);
    ess_fabric_free(fabric);
}

static void loses_as_often_as_told(void) {
    static unsigned char packet[ESS_SEGMENTS_BYTES_MAX];
    struct ess_fabric *fabric = two_links(1000000, 100000000);
    enum { PACKETS = 20000 };
    size_t bytes = make_packet(packet, 1, 10, 0);
    for (int64_t i = 0; i < PACKETS; i++) {
        ess_fabric_enter(fabric, 0, packet, bytes, i * 1000000);
        while (take_due(fabric) >= 0) {}
    }
    struct ess_fabric_counts counts = ess_fabric_counts(fabric);
    ess_test_note("%d packets at 10 %% of loss: %u lost", PACKETS, (unsigned)counts.lost);
    CU_ASSERT_EQUAL(counts.lost + counts.delivered, PACKETS);
    CU_ASSERT(counts.lost > 2000 - 5 * 43 && counts.lost < 2000 + 5 * 43); /* 5 deviations */
    ess_fabric_free(fabric);
}

static void reads_plans(void) {
    static struct ess_emulator_plan plan;
    char problem[256];
    static const char *const bad[] = {"nodes 1\n", "link 1 2 3\n", "nodes 2\nroute 0 1 0\n",
        "nodes 2\nlink 1 2 3 0\nroute 0 2 0\n", "nodes 2\nlink 1 2 3 0\nroute 0 1 0 x\n",
        "nodes 2\nlink 1 -2 3 0\n", "nodes 2\nlinc 1 2 3 0\n", "",
        "nodes 2\nlink 1 2 3 1000000001\n"};
    CU_ASSERT_EQUAL(ess_emulator_plan_parse("# x\nnodes 3\nseed 9\nlink 100000000 5000000 64000 7\n"
                                            "link 1000000000 0 64000 0\nroute 0 2 1 0\n",
                        &plan, problem, sizeof problem),
        0);
    CU_ASSERT_EQUAL(plan.links[0].loss_ppb, 7);
    CU_ASSERT_EQUAL(plan.routes[0][2].count, 2);
    CU_ASSERT_EQUAL(plan.routes[0][2].link[0], 1);
    CU_ASSERT_EQUAL(plan.routes[0][2].piece_segments, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        problem[0] = 0;
        CU_ASSERT_EQUAL(ess_emulator_plan_parse(bad[i], &plan, problem, sizeof problem), -1);
        CU_ASSERT_PTR_NOT_NULL(strstr(problem, "expected"));
    }
}

static void counts_lateness(void) {
    struct ess_lateness lateness = {0};
    CU_ASSERT_EQUAL(ess_lateness_quantile_us(&lateness, 0.99), 0);
    for (int i = 0; i < 98; i++) {
        ess_lateness_add(&lateness, -5000);
    }
    ess_lateness_add(&lateness, 250500);
    ess_lateness_add(&lateness, INT64_C(1) << 40);
    CU_ASSERT_EQUAL(ess_lateness_quantile_us(&lateness, 0.5), 0);
    CU_ASSERT_EQUAL(ess_lateness_quantile_us(&lateness, 0.99), 250);
    CU_ASSERT_EQUAL(ess_lateness_quantile_us(&lateness, 1), ESS_LATENESS_BINS - 1);
}

int main(void) {
    static const struct ess_test tests[] = {{"cuts super-packets", cuts_super_packets},
        {"time and queue", keeps_time_and_queue},
        {"drops within super-packets", drops_within_super_packets},
        {"random loss", loses_as_often_as_told}, {"plans", reads_plans},
        {"lateness", counts_lateness}, {NULL, NULL}};
    return ess_test_main("emulated links", tests);
}
