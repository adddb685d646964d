// SPDX-License-Identifier: GPL-3.0-or-later
// What the programs against SimGrid's S4U interface share: topologies, the arrival lists' random numbers, clocks, and the
// one line of JSON that tests/bench/bench.c reads. The topologies equal those of tests/bench/.
#pragma once
#include <simgrid/s4u.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <time.h>
#include <vector>
namespace sg4 = simgrid::s4u;

struct Wan {
    double bytes_per_s, one_way_s;
};

// Pair i < j of `sites`: 100 to 1000 Mbit/s and 5 to 80 ms of round trip, spread by two permutations.
static inline Wan wan_of(int i, int j, int sites) {
    int pairs = sites * (sites - 1) / 2, k = i * sites - i * (i + 1) / 2 + (j - i - 1);
    double rate = double((k * 37) % pairs) / (pairs - 1), delay = double((k * 53 + 11) % pairs) / (pairs - 1);
    return {(100.0 + 900.0 * rate) * 1e6 / 8.0, (5.0 + 75.0 * delay) * 1e-3 / 2.0};
}

// Processor time: SimGrid runs one thread here, and other programs on the machine then matter less.
static inline double now_s() {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

static inline void report(double value, double simulated_s, double operations, double setup_s) {
    printf("{\"value\":%.9g,\"simulated_s\":%.9f,\"operations\":%.0f,\"setup_s\":%.4f}\n", value, simulated_s, operations,
        setup_s);
}

// splitmix64
struct Random {
    uint64_t state;
    uint64_t next() {
        uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    double unit() { return double(next() >> 11) * 0x1.0p-53; }
    double normal() {
        double a = unit(), b = unit();
        return sqrt(-2 * log(a < 1e-300 ? 1e-300 : a)) * cos(2 * M_PI * b);
    }
};

// Hosts with a split-duplex access link each to a switch of unlimited capacity. rates[i] is host i's.
static inline sg4::NetZone* make_star(const std::string& name, const std::vector<double>& rates, double delay_s, int first,
    std::vector<sg4::Host*>& hosts, sg4::NetZone* parent) {
    auto* zone = sg4::create_star_zone(name);
    if (parent) zone->set_parent(parent);
    for (size_t i = 0; i < rates.size(); i++) {
        std::string id = std::to_string(first + int(i));
        auto* host = zone->create_host("h" + id, 1e9);
        auto* link = zone->create_split_duplex_link("l" + id, rates[i])->set_latency(delay_s);
        link->seal();
        zone->add_route(host->get_netpoint(), nullptr, nullptr, nullptr, {{link, sg4::LinkInRoute::Direction::UP}}, true);
        hosts.push_back(host);
    }
    if (parent) zone->create_router("r_" + name);
    return zone;
}

static inline void make_cluster(int count, std::vector<sg4::Host*>& hosts) {
    make_star("c", std::vector<double>(count, 125e6), 50e-6, 0, hosts, nullptr)->seal();
}

static inline simgrid::kernel::routing::NetPoint* gateway(const std::string& site) {
    return sg4::Engine::get_instance()->netpoint_by_name_or_null("r_" + site);
}

static inline void join_sites(sg4::NetZone* root, sg4::NetZone* a, sg4::NetZone* b, double bytes_per_s, double delay_s) {
    std::string from = a->get_name(), to = b->get_name();
    auto* link = root->create_split_duplex_link("wan_" + from + "_" + to, bytes_per_s)->set_latency(delay_s);
    link->seal();
    root->add_route(a->get_netpoint(), b->get_netpoint(), gateway(from), gateway(to),
        {{link, sg4::LinkInRoute::Direction::UP}}, true);
}

static inline void make_sites(int count, int sites, std::vector<sg4::Host*>& hosts) {
    auto* root = sg4::create_full_zone("world");
    std::vector<sg4::NetZone*> zones;
    int each = count / sites;
    for (int s = 0; s < sites; s++) {
        zones.push_back(
            make_star("s" + std::to_string(s), std::vector<double>(each, 125e6), 50e-6, s * each, hosts, root));
        zones.back()->seal();
    }
    for (int i = 0; i < sites; i++)
        for (int j = i + 1; j < sites; j++) {
            Wan wan = wan_of(i, j, sites);
            join_sites(root, zones[i], zones[j], wan.bytes_per_s, wan.one_way_s);
        }
    root->seal();
}

// Three levels, 16 x 8 x 8 = 1,024 hosts; routes are SimGrid's own (D mod k).
static inline void make_fat_tree(std::vector<sg4::Host*>& hosts) {
    sg4::FatTreeParams shape(3, {16, 8, 8}, {1, 16, 8}, {1, 1, 1});
    auto make_host = [](sg4::NetZone* zone, const std::vector<unsigned long>&, unsigned long id)
        -> std::pair<simgrid::kernel::routing::NetPoint*, simgrid::kernel::routing::NetPoint*> {
        return {zone->create_host("h" + std::to_string(id), 1e9)->get_netpoint(), nullptr};
    };
    auto* zone = sg4::create_fatTree_zone(
        "f", nullptr, shape, {make_host, nullptr, nullptr}, 125e6, 50e-6, sg4::Link::SharingPolicy::SPLITDUPLEX);
    zone->seal();
    hosts = sg4::Engine::get_instance()->get_all_hosts();
}
