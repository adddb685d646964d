#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# determinism.sh --binaries "ESSAIM…" SCENARIO…: the same scenario and seed must give the same
# results.json, byte for byte, from every binary (compilers, optimisation) and number of workers.
set -eu
export LC_ALL=C
[ "${1:-}" = --binaries ] || { echo "determinism.sh: --binaries is missing" >&2; exit 2; }
binaries=$2
shift 2
: "${SEED:=7}"
: "${REPLICATIONS:=2}"
[ $# -gt 0 ] || { echo "determinism: no scenarios"; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run BINARY JOBS SCENARIO FOLDER: leaves FOLDER/results.json and FOLDER/printed.json
run() {
    mkdir -p "$4"
    "$1" run "$3" --seed "$SEED" --replications "$REPLICATIONS" --jobs "$2" --format json --quiet \
        --out "$4/out" >"$4/printed.json" 2>"$4/errors" || {
        echo "determinism: $1 run $3 --jobs $2 failed:"
        cat "$4/errors"
        return 1
    }
    find "$4/out" -name results.json -exec cp '{}' "$4/results.json" ';' 2>/dev/null || true
    [ -s "$4/results.json" ] || { echo "determinism: $1 wrote no results.json for $3"; return 1; }
}

same() {
    cmp -s "$1" "$2" && return
    echo "determinism: $3 differs from the first run in $(basename "$1"):"
    diff "$1" "$2" | cut -c 1-200 | head -n 10
    return 1
}

count=0
for scenario; do
    first=
    for binary in $binaries; do
        for jobs in 1 2; do
            folder=$work/$count
            run "$binary" "$jobs" "$scenario" "$folder"
            what="$binary run $scenario --jobs $jobs"
            if [ -n "$first" ]; then
                same "$first/results.json" "$folder/results.json" "$what"
                same "$first/printed.json" "$folder/printed.json" "$what"
            else
                first=$folder
            fi
            count=$((count + 1))
        done
    done
done
echo "determinism: $count runs of $# scenarios, equal bytes"
