#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# determinism.sh sees a difference: it is given programs that write results as they please.
. tests/build/copy.sh

# program NAME EXPRESSION: a stand-in whose results hold EXPRESSION, which may use $jobs and $seed
program() {
    cat >"$work/$1" <<END
#!/bin/sh
while [ \$# -gt 0 ]; do
    case \$1 in --jobs) jobs=\$2 ;; --seed) seed=\$2 ;; --out) out=\$2 ;; esac
    shift
done
mkdir -p "\$out/deeper" && echo "$2" | tee "\$out/deeper/results.json"
END
    chmod +x "$work/$1"
}
program steady '{\"seed\": $seed}'
program steady_too '{\"seed\": $seed}'
program other '{\"seed\": 1$seed}'
program jobs '{\"jobs\": $jobs}'
printf '#!/bin/sh\nexit 0\n' >"$work/mute"
chmod +x "$work/mute"

equal() { sh tests/build/determinism.sh --binaries "$1" one.json two.json; }
differs() { ! equal "$1"; }
check "equal results pass" equal "$work/steady $work/steady_too"
check "another binary's results differ" differs "$work/steady $work/other"
check "the number of workers shows" differs "$work/jobs"
check "no results at all" differs "$work/mute"
finish determinism
