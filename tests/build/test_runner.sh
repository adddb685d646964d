#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# tests/run.sh counts what programs say, and counts as a failure one that says nothing.
. tests/build/copy.sh

program() {
    printf '#!/bin/sh\n%s\n' "$2" >"$work/$1"
    chmod +x "$work/$1"
}
program good 'echo "      a note"; echo "  quiet"; echo "good: 3 passed, 0 failed, 1 skipped"'
program good_too 'echo "good too: 3 passed, 0 failed, 1 skipped"'
program bad 'echo "  FAILED it"; echo "bad: 1 passed, 2 failed, 0 skipped"; exit 1'
program dies 'kill -SEGV $$'
program late 'echo "late: 4 passed, 0 failed, 0 skipped"; exit 9'
program mute 'exit 0'
program hangs 'sleep 60'

# run EXIT-STATUS LAST-LINE PROGRAM…
run() {
    expected=$1
    last=$2
    shift 2
    status=0
    TEST_TIMEOUT_S=2 sh tests/run.sh --logs "$work/logs" "$@" >"$work/text" 2>&1 || status=$?
    cat "$work/text"
    [ "$status" -eq "$expected" ] && [ "$(tail -n 1 "$work/text")" = "$last" ] &&
        [ "$(grep -c '^[0-9]* passed' "$work/text")" -eq 1 ]
}
says() { grep -q "$1" "$work/text"; }

check "counts are summed" run 0 "6 passed, 0 failed, 2 skipped" "$work/good" "$work/good_too"
check "a program that passes shows its notes alone" says '^    a note$'
quiet() { ! says quiet; }
check "and not the rest of its output" quiet
check "failures are summed" run 1 "4 passed, 2 failed, 1 skipped" "$work/good" "$work/bad"
check "a program that fails shows its output" says 'FAILED it'
check "a crash is a failure" run 1 "0 passed, 1 failed, 0 skipped" "$work/dies"
check "a crash after the counts is a failure" run 1 "4 passed, 1 failed, 0 skipped" "$work/late"
check "a program without counts is a failure" run 1 "0 passed, 1 failed, 0 skipped" "$work/mute"
check "a program that hangs is a failure" run 1 "0 passed, 1 failed, 0 skipped" "$work/hangs"
check "and is said to hang" says 'still running after 2 s'
check "no program at all is a failure" run 1 "0 passed, 1 failed, 0 skipped" "$work/absent"
finish runner
