#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# use: fix.sh SUITE
# Fixes through the daemon, and what ends it in their middle: a restart, a signal that kills, a power cut. All of the old or
# all of the new, and a history that says which. ROUNDS (100) is how often it is killed.
. "$(dirname "$0")/agent.sh"

agent_open

# A fix with several files: a line of fstab, and swap units that start.
units=(unit-{10..59})
wants=$tree/etc/systemd/system/swap.target.wants
fstab_old="$fstab
$data_disk"
fstab_new="$fstab
$data_disk_fixed"
printf '%s\n' "$fstab_old" >"$tree/etc/fstab"
touch -d '2020-02-02 02:02:02.123456789 UTC' "$tree/etc/fstab"
mkdir -p "$wants"
for name in "${units[@]}"; do
        printf '[Swap]\nWhat=/%s\n' "$name" >"$tree/etc/systemd/system/$name.swap"
        ln -s "../$name.swap" "$wants/$name.swap"
done
agent_boot

# Everything that the fix may touch: names, types, modes, owners, times, contents. A link's time is not brought back.
picture() {
        (
                cd "$tree/etc" && stat -c '%n %F %a %u %g %y' fstab && cat fstab &&
                        find systemd/system -name '*.swap' -printf '%p %y %m %U %G %l\n' | sort
        ) | sha256sum | cut -c1-16
}
old=$(picture)
# old, new, or what may not be.
system() {
        local n
        n=$(find "$wants" -name '*.swap' 2>/dev/null | wc -l)
        if [ "$(picture)" = "$old" ]; then
                echo old
        elif [ "$(cat "$tree/etc/fstab")" = "$fstab_new" ] && [ "$n" -eq 0 ]; then
                echo new
        else
                echo neither
        fi
}
is() { [ "$(system)" = "$1" ] || { echo "the system is '$(system)', not '$1'"; cat "$tree/etc/fstab"; ls -l "$wants"; agentctl history; return 1; }; }

# By the daemon: agentctl is asked not to do it itself, and who writes the record is its worker.
check "somebody else may not" exits 4 inside_as 65534 agentctl fix --yes fstab
check "and nothing has changed" test "$(picture)" = "$old"
check "a plan changes nothing" exits 0 agentctl fix --dry-run fstab swap
check "and nothing has changed" test "$(picture)" = "$old"
check "fix fstab" exits 0 agentctl fix fstab
check "the bytes are right" same /etc/fstab "$fstab_new"
check "the history says verified" last_state verified
by_the_daemon() { [ "$(journal | jq -r .MESSAGE | grep -c -- -fstab)" -ge 1 ] || { journal | jq -r .MESSAGE; return 1; }; }
check "the daemon did it" within 10000 by_the_daemon
check "the published verdict follows" within "$(second)" verdict ready
check "undo" exits 0 agentctl undo
check "everything is as it was, times too" test "$(picture)" = "$old"
check "the published verdict follows" within "$(second)" verdict not_ready
check "fix fstab swap" exits 0 agentctl fix fstab swap
check "all of the new" is new
check "a second time there is nothing to do" exits 0 agentctl fix fstab swap
start=$(now_us)
check "undo of several" exits 0 agentctl undo
change_us=$(($(now_us) - start))
check "everything is as it was" is old

# Temporary files, of ours or of the record's.
no_leftovers() { ! find "$tree/etc" "$tree/var/lib/ecs-guest-agent" -xdev -name '.ecs-guest-agent-*' | grep .; }
no_worker_left() { [ "$(wc -l <"${container_groups[0]}/payload/system.slice/$unit/cgroup.procs")" -eq 1 ]; }
check "no temporary file is left" no_leftovers
check "no worker is left" within 10000 no_worker_left

# begin: what is to be done from here, in the background: old becomes new, new becomes old.
begin() {
        local before
        before=$(system)
        case $before in
        old) set -- agentctl fix fstab swap ;;
        new) set -- agentctl undo ;;
        *) return 1 ;;
        esac
        inside_background "$@" >"$tap_work/client" 2>&1
        client=$!
}
# end_client: waits for it, and leaves its exit code in $client_code.
client_is_gone() { ! kill -0 "$client" 2>/dev/null; }
end_client() {
        if ! within 60000 client_is_gone; then
                kill "$client"
                echo "agentctl hangs:"
                cat "$tap_work/client"
                return 1
        fi
        wait "$client"
        client_code=$?
}
# Microseconds, without a process: nothing ever comes out of this pipe.
exec {never}<> <(:)
pause() { local left=$1; read -r -t "$((left / 1000000)).$(printf %06d $((left % 1000000)))" -u "$never" || true; }
# Without a process, since this must be as fast as what it looks at. The newest record is the one that is at work.
at_work() {
        local records=("$tree"/var/lib/ecs-guest-agent/undo/*) state=
        IFS= read -r -d '' state 2>/dev/null <"${records[-1]}/state.json"
        [[ $state == *'"applying"'* || $state == *'"undoing"'* ]]
} 2>/dev/null
at_work_or_over() { at_work || client_is_gone; }
# Which numbers come is the same in each run.
RANDOM=4
upto() { pause $(((RANDOM * 32768 + RANDOM) % ($1 + 1))); }
# somewhere ROUND: in what a change takes, from the call to a little after its end; every second time in what it writes.
somewhere() {
        if (($1 % 2)); then
                upto $((change_us * 5 / 4))
        else
                until at_work_or_over; do :; done
                upto $write_us
        fi
}

# consistent: all of the old or all of the new, and the history says the same.
consistent() {
        local state now
        is_active && agentctl history --json >"$tap_work/history" || { cat "$tap_work/history"; return 1; }
        now=$(system)
        state=$(jq -r '.transactions[-1].state' "$tap_work/history")
        case $now:$state in
        new:verified | new:applied | old:undone | old:failed) ;;
        *)
                echo "the system is '$now', the last transaction '$state'"
                is old
                return 1
                ;;
        esac
        ! grep -E '"state" *: *"(applying|undoing)"' "$tap_work/history"
}

# settled: that, soon; nothing lies around; and what agentctl answered is so. It may have lost the daemon.
settled() {
        local now
        within 45000 consistent && no_leftovers || return 1
        [ "$took" -le "$slowest" ] || slowest=$took
        now=$(system)
        if [ "$client_code" -eq 0 ] && ! grep -q "$([ "$now" = new ] && echo verified || echo undone)" "$tap_work/client"; then
                echo "the system is '$now', and agentctl said:"
                cat "$tap_work/client"
                return 1
        fi
        exits "$([ "$now" = new ] && echo 0 || echo 1)" agentctl check
}

# interrupt N NAME COMMAND...: so many times begins a change, does something to it, and looks at what is left.
interrupt() {
        local n=$1 name=$2 round hit=0 new=0 slowest=0
        shift 2
        for round in $(seq "$n"); do
                find_daemon
                begin || { echo "round $round cannot begin"; is old; return 1; }
                somewhere "$round"
                at_work && hit=$((hit + 1))
                "$@" >"$tap_work/interrupt.log" 2>&1 || { echo "round $round: $*"; cat "$tap_work/interrupt.log"; return 1; }
                end_client && settled || { echo "round $round of $n: agentctl ended with ${client_code:-}"; cat "$tap_work/client"; return 1; }
                [ "$(system)" != new ] || new=$((new + 1))
        done
        echo "$name: $n times, $hit of them in the middle of a change; $new ended with the new; consistent after at most $slowest ms" >>"$tap_work/interrupted"
        # What never hits shows nothing.
        [ "$hit" -ge $((n / 20)) ] || { echo "only $hit of $n came into a change"; return 1; }
}

# The processes of the service by their numbers out here. Who the daemon is, is asked before it is killed.
members=${container_groups[0]}/payload/system.slice/$unit/cgroup.procs
find_daemon() {
        local pid
        for pid in $(cat "$members"); do
                [ "$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)" != "$container_leader" ] || daemon=$pid
        done
}
kill_daemon() { kill -KILL "$daemon"; }
kill_workers() {
        local pids pid
        mapfile -t pids <"$members"
        for pid in "${pids[@]}"; do
                [ "$pid" = "$daemon" ] || kill -KILL "$pid" 2>/dev/null || true
        done
}
kill_all() { local pids; mapfile -t pids <"$members"; kill -KILL "${pids[@]}" 2>/dev/null || true; }
kill_client() { kill -KILL "$client" 2>/dev/null || true; }
restart() { inside systemctl restart "$unit"; }
power_cut() { kill -KILL "$container_nspawn" "$container_leader"; wait "$container_nspawn"; container_nspawn=; agent_boot; }

# How long the writing takes.
begin
until at_work_or_over; do :; done
start=$(now_us)
while at_work; do :; done
write_us=$(($(now_us) - start))
check "a fix in the background" end_client
begin
check "and its undo" end_client
measured "agentctl undo of $((${#units[@]} + 1)) files takes $((change_us / 1000)) ms, the writing of a fix $((write_us / 1000)) ms"

# As it is installed: systemd starts it again.
pid=$(main_pid)
find_daemon
kill_daemon
back() { is_published && [ "$(main_pid)" != "$pid" ]; }
check "killed, it is started again" within 15000 back
measured "killed, the daemon is back with a verdict after $took ms"

# And as often as we like, at once.
mkdir -p "$tree/run" "$tree/etc/systemd/system/$unit.d"
printf '[Service]\nRestartSec=20ms\n' >"$tree/etc/systemd/system/$unit.d/test.conf"
inside systemctl daemon-reload

n=$(((rounds + 2) / 3))
: >"$tap_work/interrupted"
check "the daemon is killed in the middle" interrupt $n "daemon killed" kill_daemon
check "its workers are killed in the middle" interrupt $n "workers killed" kill_workers
check "all of its processes are killed" interrupt $n "all killed" kill_all
check "agentctl is killed in the middle" interrupt $((rounds / 10 + 1)) "agentctl killed" kill_client
check "it is restarted in the middle" interrupt $((rounds / 5)) "restarted" restart
# That a worker was lost (f25c6e26...) is so.
unexpected() { journal -p err | jq -r 'select(.MESSAGE_ID != "f25c6e26ab304fcd92cf2056655d2560") | .MESSAGE'; }
nothing_unexpected() { [ -z "$(unexpected)" ] || { unexpected; return 1; }; }
check "no other error is in the journal" nothing_unexpected
check "the power is cut in the middle" interrupt $((rounds / 20 + 1)) "power cut" power_cut
while read -r line; do measured "$line"; done <"$tap_work/interrupted"
check "no temporary file is left" no_leftovers

tap_done
