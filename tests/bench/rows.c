/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rows.h"

#include <stddef.h>

/* SimGrid's quickest setting of the models that say the same as ours: no cross traffic, small
 * stacks, CM02; and its default, LV08 with cross traffic. */
#define BEST " --cfg=network/model:CM02 --cfg=network/crosstraffic:0 --cfg=contexts/stack-size:64"
#define SIMGRID(command)                                                                           \
    {                                                                                              \
        {"SimGrid", command BEST, false, false}, {                                                 \
            NULL, NULL, false, false                                                               \
        }                                                                                          \
    }
#define SIMGRID_AND_DEFAULT(command)                                                               \
    {                                                                                              \
        {"SimGrid", command BEST, false, false}, {                                                 \
            "SimGrid default", command, true, false                                                \
        }                                                                                          \
    }
#define OTHER_QUEUES(arguments)                                                                    \
    {                                                                                              \
        {"binary heap", "measure_queue heap " arguments, false, true},                             \
            {"calendar queue", "measure_queue calendar " arguments, false, true}, {                \
            "indexed heap", "measure_queue indexed " arguments, false, true                        \
        }                                                                                          \
    }

/* With as many receives posted ahead as lets it take our time, and with blocking calls, which are
 * quicker to simulate and take longer. */
#define SIMGRID_AND_BLOCKING(command, blocking)                                                    \
    {                                                                                              \
        {"SimGrid", command BEST, false, false}, {                                                 \
            "SimGrid blocking", blocking BEST, true, false                                         \
        }                                                                                          \
    }
/* The packet model with ns-3's profile plays what ns-3 plays. */
#define MODEL_CASE "../validation/model_case packet ns3 "
#define NS3(file)                                                                                  \
    {                                                                                              \
        {"ns-3", "ns3_netcase " file, false, false}, {                                             \
            NULL, NULL, false, false                                                               \
        }                                                                                          \
    }
#define NO_PEERS                                                                                   \
    {                                                                                              \
        {NULL, NULL, false, false}, {                                                              \
            NULL, NULL, false, false                                                               \
        }                                                                                          \
    }
/* What a repair is held against: ordering all peers anew. */
#define FIRST_PLAN(kind)                                                                           \
    {                                                                                              \
        {"first plan", "measure_routing plan " kind " 1000", false, true}, {                       \
            NULL, NULL, false, false                                                               \
        }                                                                                          \
    }
#define NO_GOAL .goal_kind = BENCH_GOAL_NONE
#define AT_MOST(value) .goal_kind = BENCH_GOAL_AT_MOST, .goal = (value)
#define RATIO(value) .goal_kind = BENCH_GOAL_RATIO, .goal = (value)
#define AT_MOST(value) .goal_kind = BENCH_GOAL_AT_MOST, .goal = (value)
#define MEMORY_RATIO(value) .memory_kind = BENCH_GOAL_RATIO, .memory_goal = (value)
#define MEMORY_AT_MOST(value) .memory_kind = BENCH_GOAL_AT_MOST, .memory_goal = (value)

const struct bench_row bench_rows[] = {
    {"ring, one site, 256", "messages/s", BENCH_RATE, 1, "measure_ring cluster 256",
        SIMGRID("sg_ring cluster 256 100000000 1"), NO_GOAL},
    {"ring, one site, 1,024", "messages/s", BENCH_RATE, 1, "measure_ring cluster 1024",
        SIMGRID_AND_DEFAULT("sg_ring cluster 1024 100000000 1"), RATIO(10), MEMORY_RATIO(1)},
    {"ring, one site, 4,096", "s", BENCH_TIME, 1, "measure_ring cluster 4096",
        SIMGRID("sg_ring cluster 4096 100000000 1"), RATIO(20), .is_long = true},
    {"ring, 8 sites contiguous, 1,024", "s", BENCH_TIME, 1, "measure_ring sites 1024",
        SIMGRID_AND_BLOCKING("sg_ring sites 1024 100000000 16", "sg_ring sites 1024 100000000 1"),
        RATIO(12)},
    {"ring, every hop over the WAN, 1,024", "s", BENCH_TIME, 1, "measure_ring inter 1024",
        SIMGRID("sg_ring inter 1024 100000000 2"), RATIO(25)},
    {"10,000 random flows in 10 s, saturated WAN", "us/flow", BENCH_PER, 1e6,
        "measure_flows sites 10000 10", SIMGRID_AND_DEFAULT("sg_flows sites 10000 10"), RATIO(100)},
    {"fat tree, 100,000 flows in 10 s", "s", BENCH_TIME, 1, "measure_fattree 100000 10",
        SIMGRID("sg_flows fattree 100000 10"), RATIO(50)},
    {"fat tree, 100,000 flows in 3 s (80 % load)", "s", BENCH_TIME, 1, "measure_fattree 100000 3",
        NO_PEERS, NO_GOAL},
    {"fat tree, 100,000 flows in 2 s (overload)", "s", BENCH_TIME, 1, "measure_fattree 100000 2",
        NO_PEERS, .is_long = true},
    {"10,000 arrivals, each moves the bottleneck", "s", BENCH_TIME, 1,
        "measure_flows bottleneck 10000", SIMGRID("sg_flows bottleneck 10000"), RATIO(1)},
    {"packets: 8 flows of CUBIC over 200 Mbit/s, 20 s", "s", BENCH_TIME, 1,
        MODEL_CASE "tests/bench/dumbbell.txt", NS3("tests/bench/dumbbell.txt"), RATIO(10)},
    {"packets: ring of 8, two sites, 5 MB", "s", BENCH_TIME, 1, MODEL_CASE "tests/bench/ring.txt",
        NS3("tests/bench/ring.txt"), RATIO(10)},
    {"state changes, 10,000 machines x 1,000", "s", BENCH_TIME, 1,
        "measure_churn machines 10000 1000", SIMGRID("sg_churn 10000 1000 0"), RATIO(5),
        MEMORY_AT_MOST(100)},
    {"state changes, 10,000 x 100, a process restarted", "s", BENCH_TIME, 1,
        "measure_churn peers 10000 100", SIMGRID("sg_churn 10000 100 1"), RATIO(20)},
    {"16,384 ranks, first 200 ring steps", "s", BENCH_TIME, 1, "measure_ring cluster 16384 200",
        NO_PEERS, MEMORY_AT_MOST(2147)},
    {"sweep: dispatch of a point", "ms/point", BENCH_PER, 1e3, "measure_sweep 1000 1", NO_PEERS,
        AT_MOST(2)},
    {"sweep: dispatch of a point, two jobs", "ms/point", BENCH_PER, 1e3, "measure_sweep 1000 2",
        NO_PEERS, AT_MOST(2)},
    {"event queue, 1,000 pending", "ns", BENCH_TIME, 1, "measure_queue essaim 1000 5000000",
        OTHER_QUEUES("1000 5000000"), RATIO(1 / 1.3)},
    {"event queue, 100,000 pending", "ns", BENCH_TIME, 1, "measure_queue essaim 100000 5000000",
        OTHER_QUEUES("100000 5000000"), RATIO(1 / 1.3)},
    /* Two turns of the whole queue: a queue that sorts late has done its sorting by then. */
    {"event queue, 10 million pending", "ns", BENCH_TIME, 1,
        "measure_queue essaim 10000000 20000000", OTHER_QUEUES("10000000 20000000"),
        RATIO(1 / 1.3)},
    {"ring order by sum, 1,000 peers", "s", BENCH_TIME, 1, "measure_routing plan sum 1000",
        NO_PEERS, AT_MOST(1)},
    {"ring order by bottleneck, 1,000 peers", "s", BENCH_TIME, 1,
        "measure_routing plan bottleneck 1000", NO_PEERS, AT_MOST(1)},
    {"ring by sum after a loss or join, 1,000 peers", "s", BENCH_TIME, 1,
        "measure_routing repair sum 1000", FIRST_PLAN("sum"), RATIO(10)},
    {"ring by bottleneck after a loss or join, 1,000 peers", "s", BENCH_TIME, 1,
        "measure_routing repair bottleneck 1000", FIRST_PLAN("bottleneck"), RATIO(10)},
    {"8 spanning trees, 1,000 peers", "s", BENCH_TIME, 1, "measure_routing trees 8 1000", NO_PEERS,
        NO_GOAL},
    {.name = NULL},
};
