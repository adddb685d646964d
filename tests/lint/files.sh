#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# files.sh: the files of the tree, one a line, those not yet committed included.
# A copy without git, or one that git refuses to read for its owner's sake, is listed by find, which
# leaves out what .gitignore names.
set -eu
export LC_ALL=C
list_by_git() {
    [ -e .git ] && git ls-files --cached --others --exclude-standard 2>/dev/null
}
list_by_find() {
    find . \( -path ./.git -o -path ./build -o -path ./results \) -prune -o -type f -print |
        sed 's|^\./||'
}
files=$(list_by_git || list_by_find)
echo "$files" | sort | while IFS= read -r file; do
    # A file deleted but not yet committed is listed by git.
    [ ! -f "$file" ] || echo "$file"
done
