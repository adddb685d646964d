#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# generate_registries.sh KIND FOLDER: print the C source of the registry of KIND.
# Every FOLDER/KIND_NAME.c ends with `const struct ess_KIND_type ess_KIND_NAME`; the registry is the
# NULL-ended array of their addresses, in byte order of the file names.
set -eu
kind=$1
folder=$2
export LC_ALL=C
names=$(for file in "$folder/$kind"_*.c; do
    [ -e "$file" ] && basename "$file" .c
done | sort)
echo "/* Generated from the files $folder/${kind}_*.c; do not edit. */"
echo "#include <stddef.h>"
echo "struct ess_${kind}_type;"
for name in $names; do
    echo "extern const struct ess_${kind}_type ess_$name;"
done
echo "extern const struct ess_${kind}_type *const ess_${kind}_registry[];"
echo "const struct ess_${kind}_type *const ess_${kind}_registry[] = {"
for name in $names; do
    echo "    &ess_$name,"
done
echo "    NULL,"
echo "};"
