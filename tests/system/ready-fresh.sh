#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# agentctl ready --fresh and PrepareCapture: a verdict of now on a system that has nothing half done and holds nothing back,
# or a refusal; by the daemon as without it.
# shellcheck disable=SC2016,SC2154
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/fix.bash"
unset SOURCE_DATE_EPOCH
agentd=$(dirname "$agentctl")/agentd
call=$(dirname "$agentctl")/tests/varlink-call
run=$tap_work/run
socket=$run/io.ecsguest.Agent
undo_place=$root/var/lib/ecs-guest-agent/undo
lock=$root/var/lib/ecs-guest-agent/lock
daemon=

# A system, as a dump of it, with one thing to mend that only a reboot shows, and one that is mended at once.
make_dump() {
        local case=$roots/console-live-bios-leftover
        rm -rf --one-file-system -- "$root"
        cp -a "$roots/.bases/$(jq -r .base "$case/case.json")" "$root"
        cp -a "$case/root/." "$root"
        printf '%s\n' 'UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 errors=remount-ro 0 1' "$line_before" >"$root/etc/fstab"
        echo 'nameserver 100.100.2.136' >"$root/etc/resolv.conf"
}
alone() { "$agentctl" --root "$root" --assume-live "$@"; }
told() { "$agentctl" --socket "$socket" "$@"; }
begin() {
        rm -rf --one-file-system -- "$run"
        "$agentd" --root "$root" --run-directory "$run" --log=stderr >>"$tap_work/log" 2>&1 &
        daemon=$!
        for _ in $(seq 100); do
                told status --json 2>/dev/null | jq -e '.summary and .state == "idle"' >/dev/null && return 0
                sleep 0.1
        done
        cat "$tap_work/log"
        return 1
}
end() { [ -n "$daemon" ] || return 0; kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; daemon=; }
ended() { end; tap_clean; }
trap ended EXIT

# promises NAME COMMAND: the same ones, whoever keeps them.
same() { diff <("$1" --json ready --fresh | jq 'del(.time)') <("$1" --json ready | jq 'del(.time)'); }
not_older() {
        sed -i "s|^$line_before|$line_after|" "$root/etc/fstab"
        "$1" --json ready --fresh | jq -e '[.findings[] | select(.outcome == "fail" and .probe == "fstab-data-disk")] == []' >/dev/null || return 1
        sed -i "s|^$line_after|$line_before|" "$root/etc/fstab"
        "$1" --json ready --fresh | jq -e '.verdict == "not_ready" and any(.findings[]; .outcome == "fail" and .probe == "fstab-data-disk")' >/dev/null
}
pending() { alone fix console >/dev/null && [ "$(alone --json history | jq -r '.transactions[-1].state')" = pending_reboot ]; }
promises() {
        local name=$1 by=$2
        check "$name: as ready says" same "$by"
        check "$name: exit code" exits 1 "$by" ready --fresh
        check "$name: one line" eval '"$by" ready --fresh --oneline >"$tap_work/line"; [ $? -eq 1 ] && grep -qE "^NOT-READY .* digest=[0-9a-f]{12} crit=1 " "$tap_work/line"'
        check "$name: never older than the question" not_older "$by"
        check "$name: a fix that waits for a reboot" pending
        check "$name: is refused" refuses 4 "waits for a reboot: reboot first" "$by" ready --fresh
        check "$name: in one line, too" refuses 4 "waits for a reboot: reboot first" "$by" ready --fresh --oneline
        check "$name: but answered without --fresh" exits 1 "$by" ready
        check "$name: taken back" alone undo
        check "$name: it is answered again" exits 1 "$by" ready --fresh
        locked() { (exec 9<>"$lock" && flock 9 && exits 4 "$by" ready --fresh); }
        check "$name: while another one is at work, nothing is said" locked
}

make_dump
promises alone alone
check "without a fix there is nothing to settle, and nothing is left behind" eval 'make_dump && exits 1 alone ready --fresh && [ ! -e "$undo_place" ]'
if command -v strace >/dev/null && strace -f -o /dev/null true 2>/dev/null; then
        synced() { strace -f -e trace=syncfs,openat,openat2 -o "$tap_work/trace" "$agentctl" --root "$root" --assume-live ready --fresh >/dev/null; grep -q '^[0-9]* *syncfs(.*= 0' "$tap_work/trace"; }
        check "it has the disk written to" synced
        last() { awk '/syncfs\(/ { at = NR } /etc\/fstab/ || /"fstab"/ { read = NR } END { exit !(read && at > read) }' "$tap_work/trace"; }
        check "after everything was read" last
        unsynced() { strace -f -e trace=syncfs -e inject=syncfs:error=EIO -o /dev/null "$agentctl" --root "$root" --assume-live ready --fresh >"$tap_work/out" 2>"$tap_work/err"; [ $? -eq 4 ] && [ ! -s "$tap_work/out" ] && grep -q 'cannot be written to its disk' "$tap_work/err"; }
        check "what cannot be written is no verdict" unsynced
        plain() { strace -f -e trace=syncfs,sync -o "$tap_work/trace" "$agentctl" --root "$root" --assume-live ready >/dev/null; ! grep -q sync "$tap_work/trace"; }
        check "ready alone writes nothing" plain
else
        skip "it has the disk written to" "no strace here"
fi

# What an interrupted run left is taken back, and judged afterwards.
if [ -x "$at_point" ]; then
        # Killed at each point, it is all of the old or all of the new that is judged, and nothing is left to be finished.
        interrupted() {
                local k n taken=0 verdict
                n=$("$at_point" list -- "$agentctl" --root "$root" --assume-live fix fstab-data-disk 2>/dev/null | wc -l)
                for ((k = 1; k <= n; k++)); do
                        make_dump
                        "$at_point" "$k" kill -- "$agentctl" --root "$root" --assume-live fix fstab-data-disk >/dev/null 2>&1
                        verdict=$(alone --json ready --fresh 2>"$tap_work/err" | jq -r .verdict)
                        ! grep -q 'was interrupted' "$tap_work/err" || taken=$((taken + 1))
                        if grep -qxF "$line_before" "$root/etc/fstab"; then [ "$verdict" = not_ready ]; else [ "$verdict" = unknown ] || [ "$verdict" = ready ]; fi || { echo "point $k: $verdict"; return 1; }
                        alone --json history 2>"$tap_work/err" | jq -e 'all(.transactions[]; .state != "applying" and .state != "applied")' >/dev/null && [ ! -s "$tap_work/err" ] || { echo "point $k is not finished"; return 1; }
                done
                [ "$taken" -gt 0 ]
        }
        check "an interrupted fix is taken back first, wherever it was" interrupted
fi

if [ "$(id -u)" -ne 0 ]; then
        skip "the daemon" "a server that is not root's is not believed"
        tap_done
        exit
fi
make_dump
check "a daemon" begin
promises daemon told
answers() { local words=$1; shift; "$call" "$socket" "$@" >"$tap_work/answer" 2>&1; grep -qF -- "$words" "$tap_work/answer" || { cat "$tap_work/answer"; return 1; }; }
check "PrepareCapture" answers '"oneline":"NOT-READY' PrepareCapture
check "one answer, with the digest, and no findings" eval '[ "$(wc -l <"$tap_work/answer")" -eq 1 ] && jq -e ".parameters | .digest == .summary.digest and .summary.profile == \"capture\" and (has(\"finding\") | not)" "$tap_work/answer"'
check "with more, each finding" eval '"$call" "$socket" PrepareCapture "{}" more >"$tap_work/answer" && [ "$(grep -c "\"finding\"" "$tap_work/answer")" -gt 5 ] && tail -n 1 "$tap_work/answer" | jq -e .parameters.oneline'
check "it takes no parameters" answers '"parameter":"names"' PrepareCapture '{"names":[]}'
# By the daemon, so that it knows at once.
digest=$("$call" "$socket" Plan '{"names":["console"]}' | jq -r .parameters.plan.digest)
check "pending" answers '"state":"pending_reboot"' Apply "{\"names\":[\"console\"],\"digest\":\"$digest\"}"
check "is Refused" answers 'io.ecsguest.Agent.Refused' PrepareCapture
check "with the reason" grep -q 'waits for a reboot' "$tap_work/answer"
check "undone" answers '"state":"undone"' Undo
check "is answered" answers '"digest":"sha256:' PrepareCapture
check "a lock that somebody holds is Busy" eval '(exec 9<>"$lock" && flock 9 && answers io.ecsguest.Agent.Busy PrepareCapture)'
if setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null; then
        chmod 755 "$tap_work" "$run"
        cp "$agentctl" "$call" "$tap_work"
        as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
        check "others are not permitted" eval 'as_nobody "$tap_work/varlink-call" "$socket" PrepareCapture | grep -q PermissionDenied'
        check "and are told what their verdict is" eval 'as_nobody "$tap_work/agentctl" --socket "$socket" ready --fresh >"$tap_work/out" 2>"$tap_work/err"; [ $? -eq 1 ] && grep -q "only root may settle" "$tap_work/err" && grep -q "fstab-data-disk" "$tap_work/out"'
fi
end
check "--fresh goes with ready alone" refuses 2 "takes no option --fresh" "$agentctl" check --fresh

tap_done
