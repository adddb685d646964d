// SPDX-License-Identifier: GPL-3.0-or-later
// Ring all-reduce: 2 (N - 1) steps, each rank sends a chunk to its right neighbour and receives one from its left.
// With WINDOW 1 a step begins when the send and the receive of the step before have ended, as with blocking calls. With
// more, WINDOW receives are posted ahead and a send waits only for the chunk that it passes on, as in our executor: its
// delay passes while the send before still flows.
// Usage: ring cluster|sites|inter N BYTES WINDOW [--cfg=…]. The value is processor seconds.
#include "common.hpp"

#include <deque>

int main(int argc, char** argv) {
    sg4::Engine engine(&argc, argv);
    std::string platform = argv[1];
    int count = atoi(argv[2]);
    uint64_t chunk = uint64_t(atof(argv[3]) / count);
    int window = atoi(argv[4]);
    std::vector<sg4::Host*> hosts;
    double begin_s = now_s();
    if (platform == "cluster")
        make_cluster(count, hosts);
    else
        make_sites(count, 8, hosts);
    std::vector<sg4::Host*> order = hosts;
    for (int r = 0; platform == "inter" && r < count; r++) order[r] = hosts[(r % 8) * (count / 8) + r / 8];
    double built_s = now_s();
    std::vector<sg4::Mailbox*> boxes(count);
    for (int r = 0; r < count; r++) boxes[r] = sg4::Mailbox::by_name("m" + std::to_string(r));
    static int payload;
    static double messages = 0;
    for (int r = 0; r < count; r++)
        sg4::Actor::create("r" + std::to_string(r), order[r], [&, r]() {
            int steps = 2 * (count - 1), posted = 0;
            void* got;
            std::deque<sg4::CommPtr> receives;
            for (int step = 0; step < steps; step++) {
                for (; posted < steps && posted < step + window; posted++)
                    receives.push_back(boxes[r]->get_async<int>((int**)&got));
                auto send = boxes[(r + 1) % count]->put_init(&payload, chunk);
                if (window > 1)
                    send->detach();
                else
                    send->start();
                receives.front()->wait();
                receives.pop_front();
                if (window == 1) send->wait();
                messages++;
            }
        });
    engine.run();
    report(now_s() - built_s, sg4::Engine::get_clock(), messages, built_s - begin_s);
}
