/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_FLUID_TCP_RIG_H
#define ESS_TEST_FLUID_TCP_RIG_H

/* The rig of fluid_rig.h with a TCP. From host 0 to 1: 12.5 MB/s, 20 ms one way. */

#include "fluid_rig.h"
#include "models/network/transport.h"

extern const struct ess_transport_type ess_transport_bbr, ess_transport_cubic, ess_transport_reno;

enum { LINKS = 2 * (HOSTS + WAN_LINKS), WAN_0 = 2 * HOSTS };
#define INITIAL 14480.0
#define SHARE (1448.0 / 1500)
/* Until the acknowledgement of two segments of 1,500 bytes at 12.5 MB/s is back. */
#define ROUND_S (0.04 + 3000 / 12.5e6)

static struct ess_transport_settings tcp; /* of the next rig */
static struct ess_link_traits traits[LINKS];

/* CUBIC's defaults, with buffers that limit nothing. */
static inline void reset_tcp(void) {
    ess_parameters_set_defaults(ess_transport_cubic.parameters, &tcp);
    tcp.send_buffer_bytes = tcp.receive_buffer_bytes = 1000000000;
    for (uint32_t link = 0; link < LINKS; link++) {
        traits[link] = (struct ess_link_traits){
            .queue_bytes = ESS_LINK_QUEUE_UNSET, .mtu_bytes = ESS_LINK_MTU_BYTES};
    }
}

static inline struct ess_fluid_settings tcp_settings(const struct ess_transport_type *type) {
    return (struct ess_fluid_settings){
        .window_bytes = INFINITY, .transport = type, .tcp = &tcp, .traits = traits};
}

static inline struct rig *open_tcp(void) {
    return open_rig_with(tcp_settings(&ess_transport_cubic));
}

/* Ends within 20 us of `expected_s`: looks are rounded to nanoseconds, caps to what they are. */
static inline bool ends_near(const struct rig *rig, uint64_t user, double expected_s) {
    double end_s = 1e-9 * (double)end_of(rig, user);
    bool good = fabs(end_s - expected_s) <= 20e-6;
    if (!good) {
        ess_test_note("user %llu ended at %.6f s, expected %.6f s", (unsigned long long)user, end_s,
            expected_s);
    }
    return good;
}

#endif
