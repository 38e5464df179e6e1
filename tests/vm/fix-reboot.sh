#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fix and the boots around it, in a virtual machine: a system with a data disk, two consoles and swap is mended, its clone
# starts without the disk, says what became of the fix, takes it back, and then does not start any more.
agentctl=${1:?use: $0 AGENTCTL}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../system/tap.sh"
. "$here/vm.sh"

vm_work=$tap_work
out=$vm_work/out
disk=$tap_work/disk
data=$tap_work/data

# job NAME: the folder of a job, with the program under test.
job() {
        mkdir -p "$tap_work/$1"
        install -m 755 "$here/jobs/$1" "$tap_work/$1/run"
        install -m 644 "$here/jobs/functions" "$tap_work/$1/functions"
        install -m 755 "$agentctl" "$tap_work/$1/agentctl"
        echo "$tap_work/$1"
}

# said FILE CODE: what a command of the job printed, and how it ended.
said() { [ "$(cat "$out/$1.code")" = "$2" ] || { head -c 4000 "$out/$1" "$out/$1.err"; return 1; }; }
says_nothing() { [ -e "$out/$1" ] && [ ! -s "$out/$1" ] || { cat "$out/$1"; return 1; }; }
# Without the results nothing else can be said.
came_back() { [ -f "$out/status" ] || { tap_done; exit 1; }; }
# holds FILE EXPRESSION: jq on a document of the job.
holds() { jq -e "$2" "$out/$1" >/dev/null || { head -c 4000 "$out/$1"; return 1; }; }
fails() { jq -e --arg key "$2" 'any(.findings[]; .key == $key and .outcome == "fail")' "$out/$1" >/dev/null || { jq -c '.findings[] | [.key, .outcome, .summary]' "$out/$1"; return 1; }; }
none_fails() { jq -e --arg areas "$2" '[.findings[] | select(.outcome == "fail" and (.area as $area | $areas | split(" ") | index($area)))] == []' "$out/$1" || { jq -c '.findings[] | select(.outcome == "fail") | [.key, .summary]' "$out/$1"; return 1; }; }
# states FILE CONSOLE FSTAB SWAP: what the history says of the three.
states() { holds "$1" "[.transactions[] | {(.transaction | split(\"-\")[1]): .state}] | add == {console: \"$2\", fstab: \"$3\", swap: \"$4\"}"; }
same_diffs() {
        local name
        for name in console fstab swap; do
                jq -j '.changes[].diff // empty' "$out/plan-$name.json" >"$tap_work/planned"
                jq -j '.changes[].diff // empty' "$out/fix-$name.json" >"$tap_work/applied"
                [ -s "$tap_work/planned" ] && diff -u "$tap_work/planned" "$tap_work/applied" || return 1
        done
}

if [ "$(id -u)" -ne 0 ]; then
        skip "a fix over a reboot" "making the image needs root"
        tap_done
        exit
fi

if ! image=$("$here/make-image" 2>"$tap_work/log"); then
        check "the image can be made" false
        tail -n 40 "$tap_work/log" | sed 's/^/# /'
        tap_done
        exit 1
fi
cp --sparse=always -- "$image" "$disk"
truncate -s 64M "$data"
mke2fs -q -t ext4 -U 1d6a3c1e-9d1b-4c55-8f0e-00000000000d "$data"

check "mending: the machine with its data disk does the job" vm_run "$(job mend)" "$disk" "$data"
came_back
cp -r "$out" "$tap_work/mended"
check "the system runs" said running 0
check "what is wrong: the clone waits for the data disk" fails before.json fstab-data-disk:/data
check "what is wrong: the clone waits for a disk that is gone" fails before.json fstab-data-disk:/gone
check "what is wrong: one console twice" fails before.json console-duplicate:next:/boot/grub/grub.cfg
check "what is wrong: swap" fails before.json swap-configured:UUID=1d6a3c1e-9d1b-4c55-8f0e-00000000000b
for name in console fstab swap; do
        check "fix $name" said "fix-$name.json" 0
done
check "the fix of fstab can be seen at once" holds fix-fstab.json '.state == "verified"'
check "that of the consoles waits for the reboot" holds fix-console.json '.state == "pending_reboot"'
check "that of swap, which is in use, waits for the reboot" holds fix-swap.json '.state == "pending_reboot"'
check "what the dry run showed is what was done" same_diffs
check "history: two wait" states history.json pending_reboot verified pending_reboot

check "the clone without its data disk starts, and does the job" vm_run "$(job settle)" "$disk"
came_back
check "the clone runs" said running 0
check "its command line has each console once" grep -qE 'console=tty0 console=ttyS0,115200n8' "$out/cmdline"
check "its command line has no other console" test "$(grep -oE 'console=' "$out/cmdline" | wc -l)" -eq 2
check "it uses no swap" says_nothing swaps
check "its initramfs looks for no swap" says_nothing resume
check "history: all are verified" states history.json verified verified verified
check "nothing of it fails any more" none_fails after.json "fstab swap console"
for n in 1 2 3; do
        check "undo, number $n" said "undo-$n.json" 0
done
check "history: all are undone" states history-undone.json undone undone undone
check "a fourth undo is refused" said undo-4.json 4
check "every file is what it was, byte, owner, mode and time" diff -u "$tap_work/mended/files" "$out/files"
check "the initramfs looks for swap again" grep -q 1d6a3c1e-9d1b-4c55-8f0e-00000000000b "$out/resume-undone"

# What the fix was good for.
emergency() {
        local code
        vm_job "$(job settle)"
        vm_stop_at='emergency mode|Emergency Shell' vm_start "$disk"
        code=$?
        [ $code -eq 3 ] || { echo "ended with $code"; tail -n 40 "$vm_work/console.log"; return 1; }
}
check "without the fix the clone ends in emergency mode" emergency

tap_done
