// SPDX-License-Identifier: GPL-3.0-or-later
// A case as the drivers for other tools play it: read, jittered, turned into messages; what arrived when; and the one line
// of JSON that analysis/validation/outcome.h reads.
#pragma once
extern "C" {
#include "analysis/validation/case.h"
#include "analysis/validation/case_families.h"
#include "analysis/validation/case_log.h"
#include "analysis/validation/case_play.h"
}

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

struct PlayedCase {
    ess_case network;
    ess_case_play play;
    ess_case_log log;
    std::vector<std::vector<uint32_t>> dependents; // of each message

    PlayedCase(const char* path, const char* run) {
        ess_case_error error;
        if (ess_case_read(path, &network, &error) != 0) {
            fprintf(stderr, "%s:%u: found %s, expected %s\n", path, error.line, error.found, error.expected);
            exit(2);
        }
        ess_case_jitter(&network, run ? uint32_t(atoi(run)) : 0);
        if (ess_case_play_init(&play, &network) != 0 || ess_case_log_init(&log, &network, &play) != 0) abort();
        dependents.resize(play.message_count);
        for (uint32_t m = 0; m < play.message_count; m++)
            if (play.messages[m].after >= 0) dependents[play.messages[m].after].push_back(m);
    }
    ~PlayedCase() {
        ess_case_log_fini(&log);
        ess_case_play_fini(&play);
    }

    static int64_t ns_of(double s) { return int64_t(std::floor(s * 1e9 + 0.5)); }
    void begin(uint32_t m, double now_s) { log.begun_ns[m] = ns_of(now_s); }
    void receive(uint32_t m, double now_s) { ess_case_log_receive(&log, m, ns_of(now_s)); }
    bool finished() const { return ess_case_log_finished(&log); }
    double stop_s() const { return double(network.stop_ns) * 1e-9; }

    void print(const char* tool, const char* version, double simulated_s, double packets) const {
        struct timespec cpu;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
        double cpu_s = double(cpu.tv_sec) + 1e-9 * double(cpu.tv_nsec);
        printf("{\"tool\":\"%s\",\"version\":\"%s\",\"simulated_s\":%.9f,\"cpu_s\":%.3f,\"value\":%.6f,", tool, version,
            simulated_s, cpu_s, cpu_s);
        if (packets > 0) printf("\"link_pkts\":%.0f,", packets);
        ess_case_log_print(&log, ns_of(simulated_s), stdout);
        printf("}\n");
    }
};
