/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Congestion control against what is known of it: the square-root law of loss, fair shares, bias by
 * round trip, who wins of BBR and CUBIC by the length of the queue. The ranges are wide where the
 * laws are approximate; each says by how much. */
#include "packet_rig.h"

/* Two sites of `pairs` hosts; access links are 40 times as fast as the WAN between them. */
static struct rig *open_dumbbell(
    uint32_t pairs, double wan_bytes_per_s, int64_t wan_ns, double queue_bytes) {
    struct rig *rig = open_rig(
        2, pairs, 40 * wan_bytes_per_s, 40 * wan_bytes_per_s, MS / 2, wan_bytes_per_s, wan_ns);
    rig->links[4 * pairs].queue_bytes = (int64_t)queue_bytes;
    rig->links[4 * pairs + 1].queue_bytes = (int64_t)queue_bytes;
    rig->settings.window_bytes = 64 << 20;
    return rig;
}

/* ---- random loss
 * ---------------------------------------------------------------------------------
 */

/* Packets a round trip at loss rate p, over 16 seeds' sum of segments and time. */
static double rate_at_loss(const char *law, double loss, double *round_trips) {
    double segments = 0;
    *round_trips = 0;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct rig *rig = open_dumbbell(1, 125e6, 19 * MS, 1e9);
        rig->links[4].loss = loss;
        rig->settings.seed = seed;
        start(rig, "linux", law);
        begin(rig, 0, 0, 1, 1e12, 1);
        run_until(rig, 120 * SECOND);
        segments += delivered(rig, 0, 1, 0) / 1448;
        *round_trips += 120 / 0.04;
        close_rig(rig);
    }
    return segments / *round_trips;
}

/* Mathis, Semke, Mahdavi, Ott, 1997: W = sqrt(3 / 2 p) where every packet counts (b = 1: Linux
 * counts bytes, whatever acknowledgements are delayed). Valid for small p without timeouts; the
 * mean with PRR and SACK lies within a quarter of it. */
static void reno_follows_mathis(void) {
    const double losses[] = {0.0005, 0.002, 0.008};
    for (uint32_t i = 0; i < 3; i++) {
        double rounds, window = rate_at_loss("reno", losses[i], &rounds);
        double expected = sqrt(1.5 / losses[i]);
        ess_test_note("p = %g: %.1f segments a round trip, Mathis %.1f, ratio %.3f", losses[i],
            window, expected, window / expected);
        CU_ASSERT(window / expected > 0.75 && window / expected < 1.25);
    }
}

/* Padhye, Firoiu, Towsley, Kurose, 1998, (30), with b = 1 and a timeout of 240 ms: includes
 * timeouts, and so is lower than Mathis; a SACK sender with a tail probe has fewer of them. */
static double pftk(double loss, double round_trip_s, double timeout_s) {
    double root = sqrt(2 * loss / 3);
    double often = fmin(1, 3 * sqrt(3 * loss / 8));
    return round_trip_s / (round_trip_s * root + timeout_s * often * loss * (1 + 32 * loss * loss));
}

static void reno_exceeds_pftk_at_high_loss(void) {
    double rounds, window = rate_at_loss("reno", 0.03, &rounds);
    double least = pftk(0.03, 0.04, 0.24), most = sqrt(1.5 / 0.03);
    ess_test_note(
        "p = 0.03: %.2f segments a round trip, PFTK %.2f, Mathis %.2f", window, least, most);
    CU_ASSERT(window > 0.9 * least && window < 1.3 * most);
}

/* RFC 9438, 5.2 (figure 5, C = 0.4): W = 1.054 (RTT^3 / p^3)^(1/4) where that exceeds Reno's. */
static void cubic_follows_its_response(void) {
    double rounds, loss = 0.0002, window = rate_at_loss("cubic", loss, &rounds);
    double expected = 1.054 * sqrt(sqrt(pow(0.04 / loss, 3)));
    double reno = sqrt(1.5 / loss);
    ess_test_note("p = %g: %.1f segments a round trip, CUBIC's law %.1f, Reno's %.1f", loss, window,
        expected, reno);
    CU_ASSERT(window > 0.7 * fmax(expected, reno) && window < 1.5 * fmax(expected, reno));
}

static void bbr_ignores_loss(void) {
    struct rig *rig = open_dumbbell(1, 12.5e6, 19 * MS, 5e5);
    rig->links[4].loss = 0.01;
    start(rig, "linux", "bbr");
    begin(rig, 0, 0, 1, 1e12, 1);
    run_until(rig, 20 * SECOND);
    ess_test_note("BBR at 1 %% of loss: %.3f of the link",
        delivered(rig, 0, 1, 0) / 20 / (12.5e6 * 1448 / 1500));
    CU_ASSERT(delivered(rig, 0, 1, 0) / 20 > 0.8 * 12.5e6 * 1448 / 1500);
    close_rig(rig);
}

/* ---- sharing
 * -------------------------------------------------------------------------------------
 */

static double jain(const double *rates, uint32_t count) {
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += rates[i];
        squares += rates[i] * rates[i];
    }
    return sum * sum / (count * squares);
}

/* Six equal flows, started in turn: Jain's index over the last 40 s, and a full link. */
static void equals_are_equal(void) {
    for (const struct ess_congestion_type *const *law = ess_congestion_registry; *law; law++) {
        struct rig *rig = open_dumbbell(6, 6.25e6, 9 * MS, 125000);
        double before[6], rates[6], sum = 0;
        start(rig, "linux", (*law)->name);
        for (uint32_t i = 0; i < 6; i++) {
            begin(rig, i * 37 * MS, i, 6 + i, 1e12, i + 1);
        }
        run_until(rig, 20 * SECOND);
        for (uint32_t i = 0; i < 6; i++) {
            before[i] = delivered(rig, i, 6 + i, 0);
        }
        run_until(rig, 60 * SECOND);
        for (uint32_t i = 0; i < 6; i++) {
            rates[i] = (delivered(rig, i, 6 + i, 0) - before[i]) / 40;
            sum += rates[i];
        }
        ess_test_note("%s: Jain %.3f, %.4f of the link", (*law)->name, jain(rates, 6),
            sum / (6.25e6 * 1448 / 1500));
        CU_ASSERT(jain(rates, 6) > 0.85);
        CU_ASSERT(sum > 0.95 * 6.25e6 * 1448 / 1500 && sum < 1.001 * 6.25e6 * 1448 / 1500);
        CU_ASSERT(is_conserved(rig));
        close_rig(rig);
    }
}

/* The flow of the shorter round trip gets more: Reno's shares go at least as the round trips. */
static void round_trips_bias(void) {
    struct rig *rig = open_dumbbell(2, 6.25e6, 4 * MS, 60000);
    double ratio;
    rig->hosts[0].delay_ns = 20 * MS;
    start(rig, "linux", "reno");
    begin(rig, 0, 0, 2, 1e12, 1);
    begin(rig, 0, 1, 3, 1e12, 2);
    run_until(rig, 60 * SECOND);
    ratio = delivered(rig, 1, 3, 0) / delivered(rig, 0, 2, 0);
    ess_test_note("round trips of 49 and 10 ms and up to 10 ms of queue: shares 1 : %.2f", ratio);
    CU_ASSERT(ratio > 2 && ratio < 25);
    close_rig(rig);
}

/* BBR keeps two products of rate and round trip in flight: it crowds out CUBIC where the queue is
 * shorter than that, and has somewhat less than half where it is much longer, since its least round
 * trip then holds CUBIC's queue (Cardwell et al., 2016; Ware et al., IMC 2019). Shares of the last
 * 40 s of 120. */
static void bbr_and_cubic(void) {
    const double queues[] = {0.5, 16};
    double shares[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct rig *rig = open_dumbbell(2, 6.25e6, 9 * MS, queues[i] * 6.25e6 * 0.02);
        double bbr, cubic;
        start(rig, "linux", "bbr");
        ess_packet_set_law(
            rig->packet, ess_packet_connection(rig->packet, 1, 3, 0), ess_congestion_find("cubic"));
        begin(rig, 0, 0, 2, 1e12, 1);
        begin(rig, 0, 1, 3, 1e12, 2);
        run_until(rig, 80 * SECOND);
        bbr = delivered(rig, 0, 2, 0);
        cubic = delivered(rig, 1, 3, 0);
        run_until(rig, 120 * SECOND);
        bbr = delivered(rig, 0, 2, 0) - bbr;
        cubic = delivered(rig, 1, 3, 0) - cubic;
        shares[i] = bbr / (bbr + cubic);
        ess_test_note("queue of %g products: BBR has %.2f", queues[i], shares[i]);
        close_rig(rig);
    }
    CU_ASSERT(shares[0] > 0.6);
    CU_ASSERT(shares[1] > 0.2 && shares[1] < 0.5);
}

/* k connections between the same hosts against one: about k shares of k + 1. */
static void parallel_connections(void) {
    struct rig *rig = open_dumbbell(2, 6.25e6, 9 * MS, 125000);
    double many = 0, one;
    start(rig, "linux", "cubic");
    for (uint32_t channel = 0; channel < 4; channel++) {
        add(rig, (struct deed){.at_ns = 13 * MS * channel,
                     .kind = BEGIN,
                     .a = 0,
                     .b = 2,
                     .channel = channel,
                     .amount = 1e12,
                     .user = channel + 1});
    }
    begin(rig, 0, 1, 3, 1e12, 9);
    run_until(rig, 60 * SECOND);
    for (uint32_t channel = 0; channel < 4; channel++) {
        many += delivered(rig, 0, 2, channel);
    }
    one = delivered(rig, 1, 3, 0);
    ess_test_note("four connections against one: %.2f of the link", many / (many + one));
    CU_ASSERT(many / (many + one) > 0.65 && many / (many + one) < 0.92);
    close_rig(rig);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"Reno follows Mathis", reno_follows_mathis},
        {"Reno at high loss", reno_exceeds_pftk_at_high_loss},
        {"CUBIC follows its response function", cubic_follows_its_response},
        {"BBR ignores loss", bbr_ignores_loss},
        {"equals are equal", equals_are_equal},
        {"round trips bias", round_trips_bias},
        {"BBR and CUBIC", bbr_and_cubic},
        {"parallel connections", parallel_connections},
        {NULL, NULL},
    };
    return ess_test_main("congestion control", tests);
}
