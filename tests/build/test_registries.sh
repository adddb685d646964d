#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every registry lists exactly the descriptors of its files, each under the name of its file, and a
# deleted file vanishes. The kinds are read from the registries that the build has generated.
. tests/build/copy.sh

kind_of() { basename "$1" .c | sed 's/^registry_//'; }
# The header that defines the type of a kind's descriptors, as an #include line.
header_of() {
    grep -rl --include='*.h' "^struct ess_$1_type {" algorithms models sim analysis | head -n 1
}
stems_of() { sed -n "s/^extern const struct ess_$1_type ess_$1_\([a-z0-9_]*\);\$/\1/p" "$2"; }

# A name is written as its file stem, or with "-" or " " where the stem has "_".
write_program() {
    echo '#include <stdio.h>'
    echo '#include <string.h>'
    echo "#include \"$(header_of "$1" | sed 's,^algorithms/,,')\""
    echo "extern const struct ess_$1_type *const ess_$1_registry[];"
    echo 'int main(void) {'
    echo '    const char *const stems[] = {'
    stems_of "$1" "$2" | sed 's/.*/        "&",/'
    echo '    };'
    echo '    size_t count = sizeof stems / sizeof stems[0];'
    echo '    int status = 0;'
    echo '    for (size_t i = 0; i < count; i++) {'
    echo "        const char *name = ess_$1_registry[i] ? ess_$1_registry[i]->name : \"(end)\";"
    echo '        char stem[256];'
    echo '        snprintf(stem, sizeof stem, "%s", name);'
    echo "        for (char *c = stem; *c; c++) *c = *c == '-' || *c == ' ' ? '_' : *c;"
    echo '        if (strcmp(stem, stems[i]) != 0) {'
    echo "            printf(\"$1_%s.c: its descriptor has the name '%s'\\\\n\", stems[i], name);"
    echo '            status = 1;'
    echo '        }'
    echo '    }'
    echo "    if (ess_$1_registry[count]) { printf(\"too long\\\\n\"); status = 1; }"
    echo '    return status;'
    echo '}'
}

names_are_stems() {
    write_program "$1" "$2" >"$work/$1.c"
    archives=$BUILD/libessaim_algorithms.a
    case $2 in
    */algorithms/*) ;;
    *) archives="$BUILD/libessaim_program.a $archives" ;;
    esac
    $CC -std=c17 -Ialgorithms -I. -o "$work/$1" "$work/$1.c" $archives \
        $(sed -n "s|^LIBRARIES = ||p" Makefile) && "$work/$1"
}

for registry in "$BUILD"/generated/registry_*.c "$BUILD"/generated/algorithms/registry_*.c; do
    kind=$(kind_of "$registry")
    if [ -z "$(stems_of "$kind" "$registry")" ]; then
        note "$kind: no descriptor yet"
        continue
    fi
    check "each $kind has the name of its file" names_are_stems "$kind" "$registry"
    note "$kind: $(stems_of "$kind" "$registry" | tr '\n' ' ')"
done

# Stems are file names, so two equal names need two equal stems, which the check above excludes.
copy=$(copy_tree)
victim=$(cd "$copy" && ls algorithms/collective/plan_*.c | tail -n 1)
stem=$(basename "$victim" .c)
vanishes() {
    make_in "$copy" build/libessaim_algorithms.a || return 1
    nm "$copy/build/libessaim_algorithms.a" | grep -q " ess_$stem\$" || {
        echo "$stem was not there before"
        return 1
    }
    rm "$copy/$victim"
    make_in "$copy" build/libessaim_algorithms.a || return 1
    ! nm "$copy/build/libessaim_algorithms.a" | grep "ess_$stem\$"
}
check "a deleted plan vanishes from registry and archive" vanishes
two_names_differ() {
    sed "s/ess_$stem\b/ess_plan_other/" "$victim" >"$copy/algorithms/collective/plan_other.c"
    make_in "$copy" build/libessaim_algorithms.a && (
        cd "$copy" && BUILD=build &&
            ! names_are_stems plan build/generated/algorithms/registry_plan.c
    )
}
check "a descriptor that has another's name is seen" two_names_differ
finish registries
