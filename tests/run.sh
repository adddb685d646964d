#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [--label TEXT] --logs FOLDER PROGRAM…: run test programs, sum up what they counted.
#
# A program closes with `NAME: N passed, N failed, N skipped`. One that dies, hangs, or does not
# say its counts is one failure. Quiet on success: a line a program and the notes of its proofs;
# the whole output on failure. The last line is `[TEXT: ]N passed, N failed, N skipped`.
set -eu
: "${TEST_TIMEOUT_S:=300}"
: "${TEST_JOBS:=$(nproc)}"

label= logs= one=
while [ $# -gt 0 ]; do
    case $1 in
    --label) label="$2: " && shift 2 ;;
    --logs) logs=$2 && shift 2 ;;
    --one) one=$2 && shift 2 ;;
    *) break ;;
    esac
done
[ -n "$logs" ] || { echo "run.sh: --logs FOLDER is missing" >&2; exit 2; }
counts_line='[0-9]\{1,\} passed, [0-9]\{1,\} failed, [0-9]\{1,\} skipped$'

run_one() {
    name=$(basename "$(dirname "$one")")/$(basename "$one")
    log=$logs/$(echo "$name" | tr / -)
    runner=
    case $one in *.sh) runner=sh ;; esac
    status=0
    timeout -k 5 "$TEST_TIMEOUT_S" $runner "$one" </dev/null >"$log.log" 2>&1 || status=$?
    set -- $(sed -n "s/^..*: \($counts_line\)/\1/p" "$log.log" | tail -n 1 | tr -cd '0-9 \n')
    why=
    if [ $# -ne 3 ]; then
        set -- 0 1 0
        why="ended without its counts, exit status $status"
    elif [ "$status" -ne 0 ] && [ "$2" -eq 0 ]; then
        set -- "$1" 1 "$3"
        why="counted no failure, but exit status $status"
    fi
    [ "$status" -ne 124 ] || why="still running after $TEST_TIMEOUT_S s"
    if [ "$2" -gt 0 ]; then
        {
            echo "FAILED $name${why:+ ($why)}: $1 passed, $2 failed, $3 skipped; its output:"
            sed 's/^/    /' "$log.log"
        } >"$log.report"
    else
        {
            echo "$name: $1 passed, $2 failed, $3 skipped"
            sed -n 's/^      /    /p' "$log.log"
        } >"$log.report"
    fi
    cat "$log.report"
    echo "$name $1 $2 $3" >"$log.counts"
}

if [ -n "$one" ]; then
    run_one
    exit 0
fi
[ $# -gt 0 ] || { echo "run.sh: no test programs" >&2; exit 1; }
rm -rf "$logs"
mkdir -p "$logs"
export TEST_TIMEOUT_S UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
printf '%s\0' "$@" | xargs -0 -n 1 -P "$TEST_JOBS" sh "$0" --logs "$logs" --one
# A worker that vanished without its counts is a failure as well, hence the number expected.
status=0
cat "$logs"/*.counts | awk -v label="$label" -v expected=$# '
    { passed += $2; failed += $3; skipped += $4; if ($3 > 0) broken = broken " " $1 }
    END {
        failed += expected - NR
        if (failed > 0) print "failed in:" broken
        printf "%s%d passed, %d failed, %d skipped\n", label, passed, failed, skipped
        exit failed > 0
    }' >"$logs/summed" || status=1
tail -n 1 "$logs/summed" >"$logs/summary"
cat "$logs/summed"
exit $status
