#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cluster.sh: a sweep of 200 points as a job array of a real Slurm on this machine, one of them
# failing; then points lost, resumed as another array, merged: the database of the local run.
#
# Slurm (slurm-wlm, munge) is installed where this may be done; the script that starts it on one
# machine is found by ESSAIM_SLURM (default ../shared/slurm/slurm-one-machine.sh). Where either is
# missing: skipped, with a message.
set -eu
BUILD=${BUILD:-build}
script=${ESSAIM_SLURM:-../shared/slurm/slurm-one-machine.sh}

skip() {
    echo "cluster: skipped: $1"
    echo "cluster: 0 passed, 0 failed, 1 skipped"
    exit 0
}
fail() {
    echo "cluster: FAILED: $1"
    echo "cluster: 0 passed, 1 failed, 0 skipped"
    exit 1
}
[ -f "$script" ] || skip "there is no $script"
if ! { command -v sbatch && command -v munged; } >/dev/null; then
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || skip "Slurm is not installed"
    { apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends slurm-wlm munge; } >/dev/null 2>&1 ||
        skip "Slurm cannot be installed"
fi
command -v sqlite3 >/dev/null || skip "sqlite3, which dumps databases, is not installed"

essaim=$PWD/$BUILD/essaim
work=$(mktemp -d)
slurm=$work/slurm
stop() {
    bash "$script" stop "$slurm" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap stop EXIT
mkdir "$slurm"
SLOTS=8 bash "$script" start "$slurm" >"$work/start" 2>&1 || skip "Slurm does not start here: $(
    tail -n 1 "$work/start")"
export SLURM_CONF="$slurm/slurm.conf"

# 199 small worlds, and one that takes far longer than its limit.
cat >"$work/world.json" <<'END'
{"name": "small", "duration": "1 min",
 "sites": [{"name": "a", "hosts": [{"count": 2, "gpu": "RTX 4090",
                                    "up": "100 Mbit/s", "down": "500 Mbit/s"}]}],
 "services": [{"kind": "training", "parameters": 1e6, "tokens_per_step": 50000, "buckets": 2}],
 "bounds": {"wall": "1 h"}}
END
exclude=
for seed in $(seq 2 199); do
    exclude="$exclude${exclude:+, }{\"/duration\": \"300 d\", \"/seed\": $seed}"
done
cat >"$work/sweep.json" <<END
{"name": "cluster", "scenario": "world.json",
 "vary": {"/duration": ["1 min", "300 d"], "/seed": {"from": 1, "to": 199, "steps": 199}},
 "exclude": [$exclude],
 "limits": {"wall": "2 s"}}
END

# Wait until no job is left, at most 300 s.
wait_for_jobs() {
    tries=0
    while [ -n "$(squeue -h)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || fail "jobs do not end: $(squeue | head -5)"
        sleep 0.5
    done
}
dump() {
    sqlite3 "$1/results.sqlite" .dump
}

cd "$work"
began=$(date +%s)
"$essaim" sweep sweep.json --quiet --out local >/dev/null 2>&1 && fail "no point failed locally"
"$essaim" sweep sweep.json --slurm --chunk 10 --out array || fail "it cannot be submitted"
wait_for_jobs
"$essaim" sweep status array | tee status | tail -n 1
grep -q "199 done, 1 failed, 0 missing" status || fail "the array left other results"
grep -q "took longer than 2 s" status || fail "the failure has no reason"
dump local >local.dump
dump array >array.dump
cmp local.dump array.dump || fail "the array's database differs from the local one"

# Lose some points and the database; only the tasks concerned are submitted again.
for line in 3 4 77 150; do
    hash=$(sed -n ${line}p array/points.txt)
    rm "array/points/$(echo "$hash" | cut -c 1-2)/$hash.json"
done
rm array/results.sqlite
"$essaim" sweep resume array --slurm --chunk 10 | tee submitted
grep -q "(3 tasks)" submitted || fail "other tasks than those with missing points were submitted"
wait_for_jobs
dump array >array.dump
cmp local.dump array.dump || fail "the resumed array's database differs from the local one"
echo "cluster: 200 points as an array of 20 tasks, one failing, 4 lost and resumed," \
    "$(wc -l <local.dump) lines of dump equal to the local run's, $(($(date +%s) - began)) s"
echo "cluster: 1 passed, 0 failed, 0 skipped"
