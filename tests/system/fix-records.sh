#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The agent's own records as somebody may have left them: links, foreign owners, broken files, transactions that never were.
agentctl=${1:?use: $0 AGENTCTL}
# Hundreds of trees are made, and no disk has to see them.
if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ]; then
        export TMPDIR=/dev/shm
fi
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/fix.bash"
is_root=no
[ "$(id -u)" -ne 0 ] || is_root=yes

fstab=$root/etc/fstab
state=$root/var/lib/ecs-guest-agent
outside=$tap_work/outside
canary=$tap_work/canary

# Undo.
edited() {
        make_root
        exits 0 fix || return 1
        "$@" || return 1
        remember
        exits 4 undo || return 1
        untouched
}
append() { echo "# edited since" >>"$fstab"; }
check "undo refuses what was edited since" edited append
shows() { cat "$tap_work/out" "$tap_work/err" | grep -qF "# edited since"; }
check "and shows the difference" shows
check "undo refuses what was removed since" edited rm -f "$fstab"
check "undo refuses another mode since" edited chmod 0600 "$fstab"
replace_by_link() { mv "$fstab" "$root/etc/table" && ln -s table "$fstab"; }
check "undo refuses what became a link since" edited replace_by_link
[ $is_root = no ] || check "undo refuses another owner since" edited chown 12:34 "$fstab"
attribute() { "$tool" xattr "$fstab" user.note 61; }
if : >"$tap_work/probe" && "$tool" xattr "$tap_work/probe" user.note 61 2>/dev/null; then
        check "undo refuses another attribute since" edited attribute
else
        skip "undo refuses another attribute since" "no extended attributes on this file system"
fi

twice() { make_root && exits 0 fix && exits 0 undo && remember && exits 4 undo && untouched; }
check "a second undo has nothing to undo" twice
nothing() { make_root && remember && exits 4 undo && untouched; }
check "undo where nothing was fixed" nothing
no_history() { make_root && remember && exits 0 "$agentctl" --root "$root" history && untouched; }
check "history where nothing was fixed writes nothing" no_history
unknown() { make_root && exits 0 fix && remember && exits 4 undo "$1" && untouched; }
check "undo of an unknown transaction" unknown 20200101T000000Z-nothing
for name in ../../../etc / . .. '' ../undo/x 'a/b'; do
        hostile_name() { make_root && exits 0 fix && remember && { undo "$1" >"$tap_work/out" 2>&1; code=$?; [ $code -eq 4 ] || [ $code -eq 2 ]; } && untouched; }
        check "undo of '$name'" hostile_name "$name"
done
two_transactions() {
        local first
        make_root
        remember_system
        exits 0 fix || return 1
        first=$("$agentctl" --json --root "$root" history | jq -r '.transactions[0].transaction')
        printf '%s\n' '/dev/vdc1 /more ext4 defaults 0 2' >>"$fstab"
        exits 0 fix || return 1
        # The first one's file was changed since: by the second.
        remember
        exits 4 undo "$first" && untouched
}
check "undo of the first of two fixes of one file is refused" two_transactions
by_name() {
        make_root
        remember_system
        exits 0 fix || return 1
        exits 0 undo "$("$agentctl" --json --root "$root" history | jq -r '.transactions[0].transaction')" && system_untouched
}
check "undo by the transaction's name" by_name

# What stands where the records should be.
canary_untouched() { [ "$(cat "$canary" 2>/dev/null)" = canary ] && [ -z "$(ls -A "$outside")" ]; }
planted() {
        make_root
        rm -rf "$outside" "$canary"
        mkdir "$outside"
        echo canary >"$canary"
        mkdir -p "$root/var/lib"
        "$@" || return 1
        remember
        fix >"$tap_work/out" 2>"$tap_work/err"
        local code=$?
        canary_untouched || { echo "outside was written"; return 1; }
        [ $code -eq 4 ] || { echo "exit code $code"; cat "$tap_work/out" "$tap_work/err"; return 1; }
        untouched
}
link_state() { ln -s "$outside" "$state"; }
check "the records' directory is a link out of the root" planted link_state
link_inside() { mkdir "$root/elsewhere" && ln -s /elsewhere "$state"; }
check "the records' directory is a link" planted link_inside
link_undo() { mkdir -m 0755 "$state" && ln -s "$outside" "$state/undo"; }
check "undo is a link out of the root" planted link_undo
file_state() { : >"$state"; }
check "the records' directory is a file" planted file_state
file_undo() { mkdir "$state" && : >"$state/undo"; }
check "undo is a file" planted file_undo
open_undo() { mkdir "$state" && mkdir "$state/undo" && chmod 0777 "$state/undo"; }
check "undo is writable by all" planted open_undo
open_state() { mkdir "$state" && chmod 0777 "$state"; }
check "the records' directory is writable by all" planted open_state
if [ $is_root = yes ]; then
        foreign_undo() { mkdir -p "$state/undo" && chmod 0700 "$state/undo" && chown 12:34 "$state/undo"; }
        check "undo belongs to somebody else" planted foreign_undo
fi
# Where the lock lies is learnt from a run.
make_root
fix >/dev/null 2>&1
lock=$(cd "$root" && find . -name '*lock*' -type f | head -n 1)
link_lock() { mkdir -p -m 0755 "$state" && mkdir -m 0700 "$state/undo" && ln -s "$canary" "$root/$lock"; }
fifo_lock() { mkdir -p -m 0755 "$state" && mkdir -m 0700 "$state/undo" && mkfifo "$root/$lock"; }
directory_lock() { mkdir -p -m 0755 "$state" && mkdir -m 0700 "$state/undo" && mkdir "$root/$lock"; }
if [ -n "$lock" ]; then
        check "the lock is a link out of the root" planted link_lock
        check "the lock is a FIFO" planted fifo_lock
        check "the lock is a directory" planted directory_lock
        held() {
                make_root
                mkdir -p -m 0755 "$state" && mkdir -m 0700 "$state/undo"
                (umask 077 && : >"$root/$lock")
                remember
                ( exec 9<>"$root/$lock" && flock 9 && exits 4 timeout 20 "$agentctl" --root "$root" fix fstab-data-disk ) && untouched
        }
        check "the lock is held by somebody else" held
else
        skip "locks" "no lock file is left by a fix"
fi

# Broken records: no crash, and either the old bytes come back or nothing changes.
run_undo() {
        undo >"$tap_work/out" 2>"$tap_work/err"
        local code=$?
        [ $code -le 4 ] && [ $code -ne 2 ] || { echo "$1: exit code $code"; cat "$tap_work/out" "$tap_work/err"; return 1; }
        is_old "$fstab" || is_new "$fstab" || { echo "$1: neither old nor new"; cat "$fstab"; return 1; }
        [ $code -ne 0 ] || system_untouched || { echo "$1: undone, and not as it was"; return 1; }
        "$agentctl" --json --root "$root" history >"$tap_work/out" 2>"$tap_work/err"
        code=$?
        [ $code -le 4 ] && [ $code -ne 2 ] || { echo "$1: history ends with $code"; cat "$tap_work/err"; return 1; }
}
record_files() { find "$state/undo" -type f ! -name '*lock*' | sort; }
broken() {
        local file size at bad=0 n=0 how
        make_root
        remember_system
        fix >/dev/null 2>&1 || return 1
        rm -rf "$tap_work/mended"
        cp -a "$root" "$tap_work/mended"
        for file in $(record_files); do
                size=$(stat -c %s "$file")
                for how in empty garbage gone directory fifo link $(seq 0 $((1 + size / 24)) "$size"); do
                        rm -rf --one-file-system -- "$root"
                        cp -a "$tap_work/mended" "$root"
                        case $how in
                        empty) : >"$file" ;;
                        garbage) head -c 4096 /dev/urandom >"$file" ;;
                        gone) rm "$file" ;;
                        directory) rm "$file" && mkdir "$file" ;;
                        fifo) rm "$file" && mkfifo "$file" ;;
                        link) rm "$file" && ln -s /etc/passwd "$file" ;;
                        *) at=$how; [ $((n % 2)) -eq 0 ] && truncate -s "$at" "$file" || printf '\377' | dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null ;;
                        esac
                        n=$((n + 1))
                        run_undo "${file##*/} $how" || bad=1
                done
        done
        echo "$n broken records"
        [ $bad -eq 0 ] && [ $n -gt 10 ]
}
check "broken records" broken

# A transaction that an image brought along: it can name anything, and must not get out of the root.
forged() {
        local file bad=0 path
        for path in /../../../../../../../../../..$canary ../../../../../../../../../..$canary "$canary" /etc/../../../../../../../../..$canary; do
                make_root
                rm -rf "$outside" && mkdir "$outside"
                echo canary >"$canary"
                fix >/dev/null 2>&1
                for file in $(record_files); do
                        sed -i "s#\"$(printf /etc/fstab | base64 -w 0)\"#\"$(printf %s "$path" | base64 -w 0)\"#g" "$file"
                done
                grep -rqF "$(printf %s "$path" | base64 -w 0)" "$state/undo" || { echo "not forged"; bad=1; }
                undo >"$tap_work/out" 2>"$tap_work/err"
                [ $? -eq 4 ] || { echo "exit code not 4"; bad=1; }
                canary_untouched || { echo "outside was written"; bad=1; }
        done
        return $bad
}
check "a forged transaction does not leave the root" forged
many() {
        local i
        make_root
        fix >/dev/null 2>&1 || return 1
        for ((i = 0; i < 3000; i++)); do mkdir -m 0700 "$state/undo/20200101T000000Z-x$i"; done
        timeout 20 "$agentctl" --root "$root" history >/dev/null 2>&1
        [ $? -le 4 ] || return 1
        timeout 20 "$agentctl" --root "$root" undo >/dev/null 2>&1
        [ $? -le 4 ]
}
check "thousands of empty transactions" many

tap_done
