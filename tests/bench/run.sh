#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh: builds the drivers for other tools where these are installed, then runs the bench.
# BUILD is the build folder; BENCH_* are explained in bench.c. Nothing is installed.
set -eu
BUILD=${BUILD:-build}
peers=$BUILD/peers
mkdir -p "$peers"
if echo '#include <simgrid/s4u.hpp>' | g++ -std=c++17 -E -x c++ - >/dev/null 2>&1; then
    make --no-print-directory -s -C tests/peers/simgrid OUT="$(cd "$peers" && pwd)"
else
    echo "bench: SimGrid is not installed (make bench-deps)"
    rm -f "$peers"/sg_*
fi
flags=$(pkg-config --cflags ns3-core 2>/dev/null || true)
if echo '#include <ns3/core-module.h>' | g++ -std=c++17 $flags -E -x c++ - >/dev/null 2>&1; then
    make --no-print-directory -s -C tests/peers/ns3 OUT="$(cd "$peers" && pwd)" \
        LIBRARIES="$(cd "$BUILD" && pwd)"
else
    echo "bench: ns-3 is not installed (make bench-deps)"
    rm -f "$peers/ns3_netcase"
fi
echo "bench: $(date -u '+%Y-%m-%d %H:%M UTC'), $(nproc) processors," \
    "load $(cut -d' ' -f1-3 /proc/loadavg), $(${CC:-gcc} --version | head -n 1)"
exec "$BUILD/tests/bench/bench" "$BUILD/tests/bench" "$peers" "$BUILD/bench.json"
