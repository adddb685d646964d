// SPDX-License-Identifier: GPL-3.0-or-later
// Random flows at random times between random hosts, sizes lognormal (median 1 MB, sigma 1.5), splitmix64 seed 42.
// Usage: flows sites|fattree FLOWS WINDOW_S [--cfg=…]: 1,024 hosts.
//        flows bottleneck ARRIVALS: see tests/bench/measure_flows.c.  The value is processor seconds.
#include "common.hpp"

#include <algorithm>

struct Flow {
    double start_s;
    int from, to;
    uint64_t bytes;
};

static std::vector<Flow> random_flows(long count, double window_s, int hosts) {
    std::vector<Flow> flows(count);
    Random random{42};
    for (auto& flow : flows) {
        flow.start_s = random.unit() * window_s;
        flow.from = int(random.next() % uint64_t(hosts));
        do flow.to = int(random.next() % uint64_t(hosts));
        while (flow.to == flow.from);
        flow.bytes = uint64_t(std::max(1.0, 1e6 * exp(1.5 * random.normal())));
    }
    std::sort(flows.begin(), flows.end(), [](const Flow& x, const Flow& y) { return x.start_s < y.start_s; });
    return flows;
}

static const int LONG_FLOWS = 256;

// 256 senders of 125 MB/s and a quick one behind a link that holds 256.5 of them.
static void make_bottleneck(std::vector<sg4::Host*>& hosts) {
    std::vector<double> senders(LONG_FLOWS, 125e6), receivers(LONG_FLOWS + 1, 1.25e9);
    senders.push_back(1.25e9);
    auto* root = sg4::create_full_zone("world");
    auto* from = make_star("s0", senders, 1e-6, 0, hosts, root);
    auto* to = make_star("s1", receivers, 1e-6, LONG_FLOWS + 1, hosts, root);
    from->seal();
    to->seal();
    join_sites(root, from, to, (LONG_FLOWS + 0.5) * 125e6, 1e-6);
    root->seal();
}

static std::vector<Flow> bottleneck_flows(long arrivals) {
    std::vector<Flow> flows;
    for (int i = 0; i < LONG_FLOWS; i++)
        flows.push_back({0, i, LONG_FLOWS + 1 + i, uint64_t(125e6 * 0.01 * double(arrivals))});
    for (long k = 0; k < arrivals; k++)
        flows.push_back({0.01 * double(k) + 0.001, LONG_FLOWS, 2 * LONG_FLOWS + 1, 620000});
    return flows;
}

int main(int argc, char** argv) {
    sg4::Engine engine(&argc, argv);
    std::string platform = argv[1];
    long count = atol(argv[2]);
    std::vector<sg4::Host*> hosts;
    std::vector<Flow> flows;
    double begin_s = now_s();
    if (platform == "bottleneck") {
        make_bottleneck(hosts);
        flows = bottleneck_flows(count);
    } else {
        if (platform == "sites")
            make_sites(1024, 8, hosts);
        else
            make_fat_tree(hosts);
        flows = random_flows(count, atof(argv[3]), int(hosts.size()));
    }
    double built_s = now_s();
    sg4::Actor::create("source", hosts[0], [&]() {
        std::vector<sg4::CommPtr> transfers;
        transfers.reserve(flows.size());
        for (auto& flow : flows) {
            double wait_s = flow.start_s - sg4::Engine::get_clock();
            if (wait_s > 0) sg4::this_actor::sleep_for(wait_s);
            transfers.push_back(sg4::Comm::sendto_async(hosts[flow.from], hosts[flow.to], flow.bytes));
        }
        for (auto& transfer : transfers) transfer->wait();
    });
    engine.run();
    report(now_s() - built_s, sg4::Engine::get_clock(), double(count), built_s - begin_s);
}
