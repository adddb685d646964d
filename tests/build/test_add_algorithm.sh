#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# "Add an algorithm in three files": in a copy of the tree a plan, its test and a scenario are
# added, and nothing else; it builds, the test passes, the program knows the plan and runs it.
. tests/build/copy.sh
copy=$(copy_tree)
plan=algorithms/collective/plan_ring_copy.c
test=tests/algorithms/test_plan_ring_copy.c
scenario=scenarios/ring-copy.json
# The smallest scenario that names the ring is the model for the new one.
model=
models=$(grep -l '"ring"' scenarios/*.json 2>/dev/null)
[ -z "$models" ] || model=$(ls -S -r $models | head -n 1)

checksums() (
    cd "$copy" && sh tests/lint/files.sh | grep -vx -e "$plan" -e "$test" -e "$scenario" |
        tr '\n' '\0' | xargs -0 sha256sum
)
checksums >"$work/before"

add_three_files() {
    sed -e 's/\bring\b/ring_copy/g' -e 's/plan_ring\b/plan_ring_copy/g' \
        algorithms/collective/plan_ring.c >"$copy/$plan" &&
        cp tests/build/templates/test_plan_ring_copy.c "$copy/$test"
    [ -z "$model" ] || sed 's/"ring"/"ring_copy"/g' "$model" >"$copy/$scenario"
}
check "three files are added" add_three_files
check "the tree builds with them" make_in "$copy" all "build/${test%.c}"
test_passes() { (cd "$copy" && "build/${test%.c}"); }
check "the test of the plan passes" test_passes
is_listed() { (cd "$copy" && build/essaim list collective | grep -q ring_copy); }
check "the program lists the plan" is_listed
runs() {
    [ -n "$model" ] || { echo "no scenario of the tree names the plan \"ring\""; return 1; }
    (cd "$copy" && build/essaim run "$scenario" --replications 1 --format json --quiet \
        --out "$work/results" >"$work/printed.json") || return 1
    grep -q '"metrics"' "$work/printed.json" || { cat "$work/printed.json"; return 1; }
}
check "the scenario runs with the plan" runs
unchanged() { checksums | diff "$work/before" -; }
check "no other file changed" unchanged
finish add_algorithm
