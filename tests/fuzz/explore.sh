#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# explore.sh SECONDS FOLDER PROGRAM…: run each libFuzzer program for SECONDS, from its corpus.
# New inputs and findings go to FOLDER; one worth keeping is copied to the corpus by hand.
set -eu
seconds=$1
folder=$2
shift 2
status=0
for program; do
    name=$(basename "$program")
    name=${name#fuzz_}
    mkdir -p "$folder/$name" "tests/fuzz/corpus/$name"
    echo "fuzz $name for $seconds s"
    "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$folder/$name-" "$folder/$name" "tests/fuzz/corpus/$name" \
        >"$folder/$name.log" 2>&1 || {
        tail -n 40 "$folder/$name.log"
        echo "fuzz $name: FAILED; the input is $(ls -t "$folder/$name-"* | head -n 1)"
        status=1
        continue
    }
    grep -E 'number_of_executed_units|cov: ' "$folder/$name.log" | tail -n 2
done
exit $status
