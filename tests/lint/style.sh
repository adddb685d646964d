#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# style.sh: what the layout tool cannot see. Lines of at most 100 characters, files of at most 500
# lines (600 in tests/), functions of at most 70, the licence line, header guards, no tabs in C, no
# marks of unfinished work.
set -eu
export LC_ALL=C
files=$(sh tests/lint/files.sh | grep -E '\.(c|h|sh)$|^Makefile$|^\.ci/run$')
awk '
    function report(line, what) { print file ":" line ": " what; bad = 1 }
    function finish() {
        if (!file) return
        if (is_c && lines > (file ~ /^tests\// ? 600 : 500))
            report(lines, "the file has " lines " lines")
        if (!licensed) report(1, "no line SPDX-License-Identifier: " licence " at the top")
        if (file ~ /\.h$/) check_guard()
    }
    function check_guard() {
        if (guard !~ /^ESS_.*_H$/) report(1, "no header guard named ESS_..._H")
        else if (defined != guard) report(1, "the guard " guard " is not defined at once")
        else if (guard in guards) report(1, "the guard " guard " is that of " guards[guard])
        else if (last !~ /^#endif/) report(lines, "does not end with the #endif of its guard")
        guards[guard] = file
    }
    FNR == 1 {
        finish()
        file = FILENAME
        is_c = file ~ /\.[ch]$/
        licence = file ~ /^(algorithms|runtime)\// ? "Apache-2.0" : "GPL-3.0-or-later"
        expected = "SPDX-License-Identifier: " licence
        expected = is_c ? "/* " expected " */" : "# " expected
        licensed = directives = start = statement = 0
        guard = defined = ""
    }
    $0 == expected && (FNR == 1 || (FNR == 2 && !is_c)) { licensed = 1 }
    {
        lines = FNR
        last = $0
        width = $0
        gsub(/[\200-\277]/, "", width) # one character may take several bytes
        if (length(width) > 100) report(FNR, "the line has " length(width) " characters")
        # Written apart so that this file does not find itself.
        if ($0 ~ /(^|[^A-Za-z])(TO[D]O|FIXM[E]|XX[X])([^A-Za-z]|$)/) report(FNR, "unfinished work")
    }
    !is_c { next }
    /\t/ { report(FNR, "a tab") }
    /^[ ]*#/ {
        directives++
        if (directives == 1 && $1 == "#ifndef") guard = $2
        if (directives == 2 && $1 == "#define") defined = $2
    }
    # clang-format puts the first line of a definition and its last brace, and nothing else of it,
    # in column one.
    /^[A-Za-z_]/ { statement = FNR; name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
    /\) \{$/ && statement && !start { start = statement }
    /^\}/ {
        if (start && FNR - start + 1 > 70)
            report(start, "the function " name " has " FNR - start + 1 " lines")
        start = statement = 0
    }
    END { finish(); exit bad }' $files
