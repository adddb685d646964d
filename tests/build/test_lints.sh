#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each lint sees what it is there for: one violation at a time is planted in a copy of the tree.
. tests/build/copy.sh
copy=$(copy_tree)
archive=build/libessaim_algorithms.a

lint() (
    cd "$copy" || exit
    case $1 in
    purity) sh tests/lint/purity.sh $archive ;;
    *) sh "tests/lint/$1.sh" ;;
    esac
)

# plant FILE: the standard input becomes FILE, below the licence line of its folder
plant() {
    # Plants stand at the end of a pipe, where a variable would be lost.
    echo "$1" >"$work/planted"
    case $1 in
    algorithms/*) licence=Apache-2.0 ;;
    *) licence=GPL-3.0-or-later ;;
    esac
    {
        echo "/* SPDX-License-Identifier: $licence */"
        cat
    } >"$copy/$1"
}
is_planted() {
    planted=$(cat "$work/planted")
}

# caught LINT PATTERN: LINT fails, and says PATTERN about the planted file
caught() {
    status=0
    is_planted
    lint "$1" >"$work/findings" 2>&1 || status=$?
    rm "$copy/$planted"
    cat "$work/findings"
    [ "$status" -eq 1 ] && grep "$(basename "${planted%.*}")" "$work/findings" | grep -q -- "$2"
}

compiled_and_caught() {
    make_in "$copy" $archive >"$work/make" 2>&1 || {
        cat "$work/make"
        return 1
    }
    caught purity "$1"
}

refused_by_compiler() {
    is_planted
    ! make_in "$copy" "build/${planted%.c}.o" >"$work/make" 2>&1 || return 1
    rm "$copy/$planted"
    cat "$work/make"
    grep -q "$1" "$work/make"
}

silent() {
    is_planted
    for name in purity floors style; do
        lint $name
    done 2>&1 | grep "$(basename "$planted")" && return 1
    rm "$copy/$planted"
}

lines() {
    awk -v count="$1" -v text="$2" 'BEGIN { while (count-- > 0) print text }'
}

policy=algorithms/base/planted.c
{
    printf 'int ess_planted(int x);\nint ess_planted(int x) {\n' && lines 68 '    x++;' && echo '}'
} | plant $policy
make_in "$copy" $archive >/dev/null 2>&1
check "a function of 70 lines that breaks no rule is left alone" silent

plant $policy <<'END'
long time(long *seconds);
END
check "time is refused by the compiler" refused_by_compiler 'poisoned "time"'
plant $policy <<'END'
long ess_clock(long *seconds) __asm__("time");
long ess_planted(void);
long ess_planted(void) { return ess_clock(0); }
END
check "time under another name is seen in the archive" compiled_and_caught 'uses time'
plant $policy <<'END'
int ess_planted(void);
int ess_planted(void) { static int calls; return ++calls; }
END
check "a variable that outlives a call" compiled_and_caught '\.bss'
plant $policy <<'END'
int ess_planted(void);
int ess_planted(void) { static int calls = 3; return ++calls; }
END
check "a variable with a first value" compiled_and_caught '\.data'
plant $policy <<'END'
int planted_sum(void);
int planted_sum(void) { return 1; }
END
check "a public name without ess_" compiled_and_caught 'does not begin with ess_'
printf '#ifdef SIMULATED\n#endif\n' | plant $policy
check "conditional compilation in a policy" caught purity ':2: conditional'
echo '#include <stdio.h>' | plant $policy
check "a system header in a policy" caught purity ':2: includes <stdio.h>'
echo '#include "../models/machine/gpu.h"' | plant $policy
check "a policy that looks out of its folder" caught purity ':2: includes "\.\./'

echo '#include "collective/plan.h"' | plant $policy
check "the base includes a collective" caught floors ':2: algorithms/base/ may not'
echo '#include "sim/scenario/scenario.h"' | plant models/machine/planted.h
check "a model includes the scenario" caught floors ':2: models/ may not'
echo '#include "collective/plan.h"' | plant models/machine/planted.h
check "a model includes a collective" caught floors ':2: models/ may not'
echo '#include "sim/engine/engine.h"' | plant analysis/planted.c
check "a finding includes the engine" caught floors ':2: analysis/ may not'
echo '#include "no/such.h"' | plant sim/planted.c
check "a header that is nowhere" caught floors ':2: includes "no/such.h"'
echo '#include <cjson/cJSON.h>' | plant models/machine/planted.c
check "a second reader of JSON" caught floors ':2: includes cjson/cJSON.h'
echo '#include <gsl/gsl_rng.h>' | plant sim/planted.c
check "GSL outside its folders" caught floors ':2: includes gsl/gsl_rng.h'

{ echo 'int ess_planted(int x) {' && lines 69 '    x++;' && echo '}'; } | plant sim/planted.c
check "a function of 71 lines" caught style ':2: the function ess_planted has 71 lines'
{ printf 'static int long_list(int first,\n    int second) {\n' && lines 69 '' && echo '}'; } |
    plant sim/planted.c
check "a long function whose head takes two lines" caught style 'long_list has 72 lines'
lines 500 '' | plant sim/planted.c
check "a file of 501 lines" caught style ':501: the file has 501 lines'
printf 'int x; /* %s */\n' "$(lines 100 x | tr -d '\n')" | plant sim/planted.c
check "a long line" caught style ':2: the line has 113 characters'
printf '\tint x;\n' | plant sim/planted.c
check "a tab" caught style ':2: a tab'
printf '/* TO%s: later */\n' DO | plant sim/planted.c
check "a mark of unfinished work" caught style ':2: unfinished work'
echo 'int x;' | plant sim/planted.h
check "a header without guard" caught style ':1: no header guard'
printf '#ifndef ESS_BASE_PARAMETER_H\n#define ESS_BASE_PARAMETER_H\n#endif\n' | plant sim/planted.h
check "a guard that another header has" caught style ':1: the guard ESS_BASE_PARAMETER_H is that'
mkdir -p "$copy/runtime"
echo 'int x;' | plant runtime/planted.c
sed -i 's/Apache-2.0/GPL-3.0-or-later/' "$copy/runtime/planted.c"
check "the licence of another folder" caught style ':1: no line SPDX-License-Identifier: Apache'
finish lints
