#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a console fix leaves behind, as GRUB's own tools, two shells and Augeas read it: the wanted consoles are there in their
# order, nothing else means anything else than before, and undo brings back every byte.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"

roots=$(cd "$(dirname "$0")/../roots" && pwd)
case_json() { jq -r "$2" "$roots/$1/case.json"; }

make_tree() {
        local case=$1 tree=$2 base
        base=$(case_json "$case" '.base // empty')
        mkdir -p "$tree"
        [ -z "$base" ] || cp -a "$roots/.bases/$base/." "$tree/"
        cp -a "$roots/$case/root/." "$tree/"
}

# The consoles of a command line, in their order; what is behind "--" is init's.
consoles() { printf '%s\n' "${1%% -- *}" | tr -s ' \t' '\n\n' | grep '^console=' | paste -sd ' '; }

env_value() { grub-editenv "$1" list | sed -n "s/^$2=//p"; }

# GRUB's tool, told to set the same value, writes the same bytes.
same_as_editenv() {
        local before=$1 after=$2
        cp "$before" "$tap_work/env" || return 1
        grub-editenv "$tap_work/env" set "kernelopts=$(env_value "$after" kernelopts)" || return 1
        cmp "$tap_work/env" "$after"
}

# Every other variable is what it was.
only_kernelopts() {
        local before=$1 after=$2
        diff <(grub-editenv "$before" list | grep -v '^kernelopts=') <(grub-editenv "$after" list | grep -v '^kernelopts=')
}

env_is_right() {
        [ "$(stat -c %s "$2")" -eq 1024 ] || { echo "not 1024 bytes"; return 1; }
        only_kernelopts "$1" "$2" && same_as_editenv "$1" "$2" && has_consoles "$(env_value "$2" kernelopts)"
}

# The two that the platform reads, the screen first; other ports may stand beside them.
has_consoles() {
        case " $(consoles "$1") " in
        *" console=tty"[01]" "*"console=ttyS0"* | *" console=tty0 "*"console=ttyAMA0,115200n8 ") ;;
        *) echo "the consoles of '$1'"; return 1 ;;
        esac
        [ "$(consoles "$1" | tr ' ' '\n' | sed 's/=\([a-zA-Z]*\).*/=\1/' | sort | uniq -d)" = "" ] || { echo "a type twice in '$1'"; return 1; }
}

# Takes words of console= out of a file that is no more than text here.
without_consoles() { sed -E "s/[ \t]*['\"]?console=[^ \t'\"]*(['\"]\\\\?[^ \t]*)?//g" "$1"; }

menu_is_right() {
        grub-script-check "$1" && grub-script-check "$2" || return 1
        diff <(without_consoles "$1") <(without_consoles "$2")
}

# Every variable that a shell has after reading what grub-mkconfig reads.
shell_values() {
        local tree=$1 shell=$2 file
        (
                cd "$tree" || exit 1
                # What a variable is made of by a command of the host is not in question.
                set -- ./etc/default/grub
                for file in ./etc/default/grub.d/*.cfg; do
                        [ ! -f "$file" ] || set -- "$@" "$file"
                done
                env -i PATH=/usr/bin:/bin "$shell" -c 'for file; do . "$file"; done 2>/dev/null; set' "$shell" "$@" | grep '^GRUB_'
        )
}

shell_is_right() {
        local before=$1 after=$2 shell
        for shell in dash bash; do
                diff <(shell_values "$before" $shell | grep -v '^GRUB_CMDLINE_LINUX') \
                        <(shell_values "$after" $shell | grep -v '^GRUB_CMDLINE_LINUX') || return 1
                # Spaced words of both variables, as grub-mkconfig puts them behind each other.
                has_consoles "$(env -i sh -c '. "$1"; printf "%s %s" "$GRUB_CMDLINE_LINUX" "$GRUB_CMDLINE_LINUX_DEFAULT"' sh \
                        <(shell_values "$after" $shell | grep '^GRUB_CMDLINE_LINUX'))" || return 1
        done
        [ -z "$(tail -c 1 "$after/etc/default/grub")" ] || cmp <(tail -c 1 "$before/etc/default/grub") <(tail -c 1 "$after/etc/default/grub")
}

augeas() {
        local tree=$1 lens=$2 path=$3
        augtool --root "$tree" --noautoload --noload --transform "$lens incl $path" <<END | grep -v "^/files$path/#comment"
load
print /files$path
print /augeas/files$path/error
END
}

# Augeas understands the file, and only nodes that match the pattern differ.
augeas_agrees() {
        local before=$1 after=$2 lens=$3 path=$4 pattern=$5
        augeas "$before" "$lens" "$path" >"$tap_work/before"
        augeas "$after" "$lens" "$path" >"$tap_work/after"
        [ "$(grep -c '^/files' "$tap_work/after")" -gt 2 ] || { echo "Augeas cannot read it"; cat "$tap_work/after"; return 1; }
        ! diff "$tap_work/before" "$tap_work/after" | grep '^[<>]' | grep -vE "$pattern"
}

judge_file() {
        local case=$1 before=$2 after=$3 path=$4
        case $path in
        */grubenv) check "$case: grub-editenv agrees with $path" env_is_right "$before$path" "$after$path" ;;
        */grub.cfg) check "$case: grub-script-check takes $path" menu_is_right "$before$path" "$after$path" ;;
        /etc/default/grub*)
                check "$case: shells read $path" shell_is_right "$before" "$after"
                [ ! -f "$before$path" ] ||
                        check "$case: Augeas sees one change in $path" augeas_agrees "$before" "$after" Shellvars.lns "$path" ' /files/etc/default/grub[^ ]*/GRUB_CMDLINE_LINUX(_DEFAULT)? ='
                ;;
        */grub.conf)
                check "$case: Augeas sees consoles only in $path" augeas_agrees "$before" "$after" Grub.lns "$path" '/kernel\[?[0-9]*\]?/console'
                ;;
        esac
}

judge_case() {
        local case=$1 before=$tap_work/before-tree after=$tap_work/after-tree path status options=()
        rm -rf "$before" "$after"
        make_tree "$case" "$before"
        cp -a "$before" "$after"
        [ "$(case_json "$case" .live)" != true ] || options+=(--assume-live)
        "$agentctl" --root "$after" "${options[@]}" fix console >"$tap_work/fix" 2>&1
        status=$?
        check "$case: fixed" [ "$status" -eq "$(case_json "$case" .fix.exit)" ]
        while read -r path; do
                judge_file "$case" "$before" "$after" "$path"
                n_files=$((n_files + 1))
        done < <(case_json "$case" '.fix.changed[]')
        "$agentctl" --root "$after" "${options[@]}" undo >"$tap_work/undo" 2>&1
        # The record of it stays.
        rm -r "${after:?}/var/lib/ecs-guest-agent"
        (cd "$after" && rmdir --ignore-fail-on-non-empty -p var/lib 2>/dev/null)
        check "$case: undone" diff -r --no-dereference "$before" "$after"
}

n_files=0
for case in "$roots"/console-*; do
        case=${case##*/}
        # What has a set-up is made by the runner of the golden roots alone; what is fixed in part has other tests.
        [ "$(case_json "$case" '(.fix.state == "pending_reboot") and (.setup | not) and .fix.exit == 0')" != true ] || judge_case "$case"
done
check "files of all kinds were judged" [ "$n_files" -gt 40 ]

# The judges can say no.
tree=$tap_work/self-test
make_tree console-v25-el8 "$tree"
fails() { ! "$@"; }
check "self-test: grub-editenv sees another size" fails env_is_right "$tree/boot/grub2/grubenv" <(head -c 1000 "$tree/boot/grub2/grubenv")
check "self-test: an unchanged grubenv is not right" fails env_is_right "$tree/boot/grub2/grubenv" "$tree/boot/grub2/grubenv"
check "self-test: an unchanged template is not right" fails shell_is_right "$tree" "$tree"
make_tree console-v25-el7-bios "$tree"
sed "s/ro crashkernel/ro 'crashkernel/" "$tree/boot/grub2/grub.cfg" >"$tap_work/broken"
check "self-test: grub-script-check sees an open quote" fails menu_is_right "$tree/boot/grub2/grub.cfg" "$tap_work/broken"
sed "s/ro crashkernel/rw crashkernel/" "$tree/boot/grub2/grub.cfg" >"$tap_work/broken"
check "self-test: another word of an entry is seen" fails menu_is_right "$tree/boot/grub2/grub.cfg" "$tap_work/broken"
cp -a "$tree" "$tap_work/self-test-2"
sed -i 's/GRUB_TIMEOUT=.*/GRUB_TIMEOUT=9/' "$tap_work/self-test-2/etc/default/grub"
check "self-test: Augeas sees another variable" fails augeas_agrees "$tree" "$tap_work/self-test-2" Shellvars.lns /etc/default/grub ' /files/etc/default/grub[^ ]*/GRUB_CMDLINE_LINUX(_DEFAULT)? ='
tap_done
