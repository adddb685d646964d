// SPDX-License-Identifier: GPL-3.0-or-later
// Plays a network case (analysis/validation/case.h) on SimGrid's flow models. Usage: sg_netcase CASE.txt RUN [--cfg=…]
//
// SimGrid knows no connections, queues, losses or congestion controls: each message is a transfer of its own, and a message
// that follows another on a connection may overlap with it, as bytes in flight do.
#include "common.hpp"
#include "tests/peers/played_case.hpp"

static std::vector<sg4::Host*> build(const ess_case& network, sg4::Engine& engine) {
    std::vector<sg4::Host*> hosts;
    std::vector<sg4::NetZone*> zones;
    auto* root = sg4::create_floyd_zone("world");
    int first = 0;
    for (uint32_t s = 0; s < network.site_count; s++) {
        std::vector<double> rates(network.site_hosts[s], double(network.access_bits_per_s) / 8);
        zones.push_back(
            make_star("s" + std::to_string(s), rates, double(network.access_delay_ns) * 1e-9, first, hosts, root));
        zones.back()->seal();
        first += int(network.site_hosts[s]);
    }
    for (uint32_t w = 0; w < network.wan_count; w++) {
        const ess_case_wan& wan = network.wans[w];
        join_sites(root, zones[wan.site[0]], zones[wan.site[1]], double(wan.rate_bits_per_s) / 8,
            double(wan.delay_ns) * 1e-9);
    }
    root->seal();
    return hosts;
}

int main(int argc, char** argv) {
    sg4::Engine engine(&argc, argv);
    if (argc < 2) {
        fprintf(stderr, "usage: sg_netcase CASE.txt RUN [--cfg=...]\n");
        return 2;
    }
    PlayedCase played(argv[1], argc > 2 ? argv[2] : nullptr);
    std::vector<sg4::Host*> hosts = build(played.network, engine);
    std::vector<sg4::SemaphorePtr> received;
    for (uint32_t m = 0; m < played.play.message_count; m++) received.push_back(sg4::Semaphore::create(0));
    for (uint32_t m = 0; m < played.play.message_count; m++) {
        const ess_case_message& message = played.play.messages[m];
        const ess_case_connection& connection = played.play.connections[message.connection];
        auto* from = hosts[connection.from];
        auto* to = hosts[connection.to];
        sg4::Actor::create("m", from, [&, m, from, to]() {
            if (connection.open_ns > 0) sg4::this_actor::sleep_until(double(connection.open_ns) * 1e-9);
            if (message.after >= 0) {
                received[message.after]->acquire();
                if (message.gap_ns > 0) sg4::this_actor::sleep_for(double(message.gap_ns) * 1e-9);
            }
            double bytes = message.bytes ? double(message.bytes) : 1e15;
            played.begin(m, sg4::Engine::get_clock());
            auto transfer = sg4::Comm::sendto_init(from, to)->set_payload_size(uint64_t(bytes));
            transfer->start();
            if (message.bytes == 0) {
                sg4::this_actor::sleep_until(played.stop_s());
                played.log.got_bytes[message.connection] += uint64_t(bytes - transfer->get_remaining());
                transfer->cancel();
                return;
            }
            transfer->wait();
            played.log.got_bytes[message.connection] += message.bytes;
            played.receive(m, sg4::Engine::get_clock());
            for (size_t waiting = 0; waiting < played.dependents[m].size(); waiting++) received[m]->release();
        });
    }
    engine.run_until(played.stop_s() + 1);
    played.print("SimGrid", "3.32", played.stop_s(), 0);
    return 0;
}
