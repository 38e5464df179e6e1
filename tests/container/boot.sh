#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# use: boot.sh SUITE
# The package in a system with systemd: what it installs, how it starts, what it publishes and says, and what it does with its
# configuration and with the fixes of the boot before.
. "$(dirname "$0")/agent.sh"

agent_open

# In the tree, before any boot.
offline() { container_chroot "$@"; }
enabled() { [ "$(offline systemctl is-enabled "$1")" = enabled ]; }
complete() { [ -z "$(offline dpkg --audit)" ] && [ "$(offline dpkg-query -W -f '${db:Status-Status}' ecs-guest-agent)" = installed ]; }
check "the package is installed with only its dependencies" complete
check "the service is enabled" enabled "$unit"
check "the socket is enabled" enabled ecs-guest-agent.socket
check "undo records are for root alone" test "$(stat -c %a:%U "$tree/var/lib/ecs-guest-agent/undo" 2>/dev/null || echo 700:root)" = 700:root

agent_boot
measured "from nothing to a booted system $booted_in ms"

no_unit_of_ours_failed() { ! inside systemctl --failed --no-legend --plain | grep ecs-guest-agent; }
# The report is for other programs: every field of the interface.
valid='
  .schema == "io.ecsguest.report/1" and (.agent.version | type == "string") and .host.root == "/" and .host.live == true
  and (.host | has("osId") and has("osVersion") and has("osName") and has("kernel") and has("arch") and has("bootId")
       and has("instanceId") and has("instanceType") and has("regionId") and has("imageId"))
  and (.profile == "boot" or .profile == "capture") and (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"))
  and (.digest | test("^sha256:[0-9a-f]{64}$")) and (.verdict | IN("ready", "not_ready", "unknown"))
  and ([.counts[]] | all(type == "number")) and (.counts | keys == ["fail", "pass", "skip", "unknown", "waived"])
  and ([.findings[] | select(.outcome == "pass" and .waived == null)] | length) == .counts.pass
  and (.findings | length > 10 and all(
       (.probe | type == "string") and (.area | type == "string") and (.key | type == "string")
       and (.outcome | IN("pass", "fail", "skip", "unknown")) and (.severity | IN("critical", "warning", "note"))
       and (.summary | type == "string" and length > 0) and (.reason | type == "string") and has("path") and has("line")
       and has("actual") and has("required") and has("fixer") and has("guestosItem") and has("waived") and (.facts | type == "object")))'
status_says_verdict() { inside systemctl status --no-pager "$unit" | grep -E 'Status: "Verdict: ready' || { inside systemctl status --no-pager "$unit"; return 1; }; }
check "the system runs" test "$(inside systemctl is-system-running)" = running
check "no unit of ours has failed" no_unit_of_ours_failed
check "the service was started once" test "$(property NRestarts)" = 0
check "the socket listens" test "$(property ActiveState ecs-guest-agent.socket)" = active
check "report.json is valid" holds "$valid"
check "report.json is readable by all" test "$(stat -c %a:%u:%g "$run/report.json")" = 644:0:0
check "the directory is root's" test "$(stat -c %a:%u:%g "$run")" = 755:0:0
check "nothing is wrong in this system" verdict ready
check "systemctl status shows the verdict" status_says_verdict

# Nothing waits: not by the order of units, nor in fact (below).
waiters() { property Before | tr ' ' '\n' | grep -vxE 'shutdown\.target|' || true; }
nothing_waits() { [ -z "$(waiters)" ] || { echo "these wait for it:"; waiters; return 1; }; }
check "no unit waits for the service" nothing_waits

# The journal.
all_have_ids() { [ -n "$(journal)" ] && ! journal | jq -ce 'select((.MESSAGE_ID // "" | test("^[0-9a-f]{32}$")) | not) | .MESSAGE'; }
in_catalog() {
        local id
        for id in $(journal | jq -r .MESSAGE_ID | sort -u); do
                inside journalctl --dump-catalog "$id" | grep -q . || { echo "$id is in no catalog"; return 1; }
        done
}
# Times and pids aside, what a line is.
lines() { journal | jq -c '[.MESSAGE_ID, .MESSAGE, .PRIORITY]'; }
twice() { lines | sort | uniq -d; }
says_nothing_twice() { [ -n "$(lines)" ] && [ -z "$(twice)" ] || { echo "logged twice:"; twice; return 1; }; }
check "each entry of the journal has a MESSAGE_ID" all_have_ids
check "each MESSAGE_ID is in the catalog" in_catalog
check "nothing is logged twice" says_nothing_twice

# agentctl, with the daemon and without. systemd gives the daemon a /proc of its own, in which the kernel's boot id is seen and
# not the one that systemd-nspawn made for the container.
without_time() { jq -S 'del(.time, .host.bootId?)' "$1"; }
same_json() {
        agentctl "$@" --json >"$tap_work/a"
        agentctl --no-daemon "$@" --json >"$tap_work/b"
        holds .schema "$tap_work/a" && diff <(without_time "$tap_work/a") <(without_time "$tap_work/b")
}
same_text() { diff <(agentctl "$@" 2>&1; echo $?) <(agentctl --no-daemon "$@" 2>&1; echo $?); }
published_is_same() { agentctl check --json >"$tap_work/a"; diff <(without_time "$run/report.json") <(without_time "$tap_work/a"); }
status_is() { agentctl status | grep -iE "$1" || { agentctl status; return 1; }; }
check "agentctl status" agentctl status
check "agentctl status: no configuration is broken" test "$(agentctl status 2>&1 | grep -c agent.conf)" = 0
for command in check ready history; do
        check "agentctl $command: the same without the daemon" same_text $command
        check "agentctl $command --json: the same without the daemon" same_json $command
done
check "agentctl check says what is published" published_is_same
check "somebody else may read" inside_as 65534 agentctl ready
check "somebody else sees the history" inside_as 65534 agentctl history

# A restart of the same system says that it stopped and started, and of the findings nothing.
echo "$data_disk" >>"$tree/etc/fstab"
within 100000 verdict not_ready >/dev/null
said_of_disk() { journal | jq -r .MESSAGE | grep -c '/data'; }
once=$(said_of_disk)
inside systemctl restart "$unit"
check "after a restart: active, with a verdict" within 100000 is_published
sleep 0.5
check "what fails is in the journal" test "$once" -ge 1
check "a restart does not log the findings again" test "$(said_of_disk)" -eq "$once"

# Idle is asleep: no timer, no polling. A busy system may still have had something to say.
switches() { awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$container_leader/root/proc/$(main_pid)/status"; }
asleep() {
        local before after try
        for try in 1 2 3; do
                before=$(switches)
                sleep 5
                after=$(switches)
                [ "$before" != "$after" ] || return 0
        done
        echo "$((after - before)) context switches in 5 seconds"
        return 1
}
sleep 1
check "five idle seconds without a wake-up" asleep
measured "PSS $(awk '/^Pss:/ { print $2 }' "/proc/$container_leader/root/proc/$(main_pid)/smaps_rollup") KiB, of it $(awk '/^Private_Dirty:/ { print $2 }' "/proc/$container_leader/root/proc/$(main_pid)/smaps_rollup") KiB private and dirty"

# Stops cleanly, and says nothing wrong.
inside systemctl stop "$unit" >/dev/null 2>&1
check "it stops without a complaint" test "$(property Result):$(property ExecMainStatus)" = success:0
check "whoever asks by the socket starts it again" exits 0 agentctl status
check "it runs" within 100000 is_active
container_halt

# A first scan that takes long.
mkdir -p "$tree/etc/systemd/system/$unit.d"
printf '[Service]\nExecStartPre=/bin/sleep 20\n' >"$tree/etc/systemd/system/$unit.d/slow.conf"
reached() { [ "$(property ActiveState multi-user.target)" = active ]; }
check "a boot in which the service is slow" container_boot starting running degraded
check "the boot does not wait for it" within 15000 reached
check "it was still starting then" test "$(property ActiveState)" = activating
container_halt
rm "$tree/etc/systemd/system/$unit.d/slow.conf"

tap_done
