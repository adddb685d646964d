// SPDX-License-Identifier: GPL-3.0-or-later
// Hosts go down and come back by a state profile each: up for 1 h, down for 10 min in the mean, exponential.
// Usage: churn HOSTS CHANGES_PER_HOST 0|1: with 1 a process is started anew on each host that comes back.
// The value is processor seconds, without the making of the profiles.
#include "common.hpp"

#include <memory>
#include <simgrid/kernel/ProfileBuilder.hpp>

using Profile = std::vector<simgrid::kernel::profile::DatedValue>;

static Profile draw_profile(int host, int changes, double& end_s) {
    Random random{uint64_t(host) * 7919 + 1};
    Profile profile;
    double at_s = 0;
    for (int k = 0; k < changes; k++) {
        double length_s = -log(1 - random.unit()) * (k % 2 ? 600. : 3600.);
        at_s += length_s;
        profile.emplace_back(length_s, k % 2 ? 1. : 0.);
    }
    end_s = std::max(end_s, at_s);
    return profile;
}

int main(int argc, char** argv) {
    sg4::Engine engine(&argc, argv);
    int count = atoi(argv[1]), changes = atoi(argv[2]), processes = atoi(argv[3]);
    std::vector<sg4::Host*> hosts;
    double begin_s = now_s(), end_s = 0;
    auto* zone = sg4::create_star_zone("c");
    for (int h = 0; h < count; h++) {
        std::string id = std::to_string(h);
        auto* host = zone->create_host("h" + id, 1e9);
        auto* link = zone->create_split_duplex_link("l" + id, 125e6)->set_latency(50e-6);
        auto profile = std::make_shared<Profile>(draw_profile(h, changes, end_s));
        auto given = std::make_shared<bool>(false);
        link->seal();
        zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, {{link, sg4::LinkInRoute::Direction::UP}}, true);
        host->set_state_profile(simgrid::kernel::profile::ProfileBuilder::from_callback(
            "p" + id,
            [profile, given](Profile& out) {
                if (!*given) out = *profile;
                *given = true;
            },
            -1));
        host->seal();
        hosts.push_back(host);
    }
    zone->seal();
    static double fired = 0;
    sg4::Host::on_state_change_cb([](const sg4::Host&) { fired++; });
    double built_s = now_s();
    for (int h = 0; processes && h < count; h++) {
        auto actor = sg4::Actor::create("w" + std::to_string(h), hosts[h], []() {
            while (true) sg4::this_actor::sleep_for(1e7);
        });
        actor->set_auto_restart(true);
        actor->daemonize();
    }
    engine.run_until(end_s + 1);
    report(now_s() - built_s, sg4::Engine::get_clock(), fired, built_s - begin_s);
}
