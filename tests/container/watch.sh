#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# use: watch.sh SUITE
# What changes in the system is noticed within a second; what changes in the configuration with a reload; and what was fixed
# before a reboot is judged after it.
. "$(dirname "$0")/agent.sh"

disk_key=fstab-data-disk:/data
swap_key=swap-configured:stale:/swapfile

agent_open
agent_boot
check "ready before" verdict ready

# noticed WORDS COMMAND...: within a second (see there) the published report says so.
noticed() {
        local words=$1
        shift
        within "$(second)" "$@" || return 1
        echo "$words: $took" >>"$tap_work/times"
}
: >"$tap_work/times"

status_text() { property StatusText | grep -iF "Verdict: $1" || { property StatusText; return 1; }; }
# As an editor would: a line more, a new file over it, the file away, the file there.
edit_append() { echo "$data_disk" >>"$tree/etc/fstab"; }
edit_rename() { printf '%s\n' "$fstab" >"$tree/etc/fstab.new" && mv "$tree/etc/fstab.new" "$tree/etc/fstab"; }
edit_remove() { rm "$tree/etc/fstab"; }
edit_create() { printf '%s\n' "$fstab" "$data_disk" >"$tree/etc/fstab"; }
edit_link() { mv "$tree/etc/fstab" "$tree/etc/fstab.real" && ln -s fstab.real "$tree/etc/fstab"; }
edit_behind_link() { printf '%s\n' "$fstab" >"$tree/etc/fstab.real"; }
edit_append
check "a line is appended: not ready within a second" noticed append finding $disk_key fail
check "and so is the verdict" verdict not_ready
check "systemctl status says so" within "$(second)" status_text not_ready
edit_rename
check "another file is renamed over it: ready within a second" noticed rename no_finding $disk_key
edit_append
check "that one is watched as well" noticed append finding $disk_key fail
edit_remove
check "the file is removed" noticed remove no_finding $disk_key
edit_create
check "the file is made again" noticed create finding $disk_key fail
edit_link
sleep 0.5
edit_behind_link
check "what a link leads to is watched" noticed link no_finding $disk_key
rm "$tree/etc/fstab" "$tree/etc/fstab.real"
printf '%s\n' "$fstab" >"$tree/etc/fstab"

# After many scans in a row the daemon takes its time: each of these is measured with one that has none behind it.
fresh() { inside systemctl restart "$unit" && within 20000 is_published >/dev/null; }

# A directory in which a file may appear.
fresh
mkdir -p "$tree/etc/systemd/system/swap.target.wants"
printf '[Swap]\nWhat=/swapfile\n' >"$tree/etc/systemd/system/swapfile.swap"
ln -s ../swapfile.swap "$tree/etc/systemd/system/swap.target.wants/swapfile.swap"
check "a unit appears" noticed unit finding $swap_key fail
rm "$tree/etc/systemd/system/swapfile.swap" "$tree/etc/systemd/system/swap.target.wants/swapfile.swap"
check "and is gone" noticed unit no_finding $swap_key

# Many edits at once are one change in the end.
fresh
for i in $(seq 200); do
        echo "# $i" >>"$tree/etc/fstab"
done
echo "$data_disk" >>"$tree/etc/fstab"
check "two hundred edits and then one that matters" noticed burst finding $disk_key fail
measured "from an edit to the published verdict: $(sort -t: -k2n "$tap_work/times" | awk -F': ' '{ v[NR] = $2 } END { print v[1] " to " v[NR] " ms, median " v[int((NR + 1) / 2)] }')"

# The stream of changes; a reload does not end it.
fresh
inside_background agentctl watch >"$tap_work/watched" 2>&1
watcher=$!
within 3000 test -s "$tap_work/watched" >/dev/null
edit_rename
check "agentctl watch says what changed" within 10000 grep -q "$disk_key" "$tap_work/watched"

# What changes all the time costs little, and what it is in the end is seen.
: >"$tap_work/published"
end=$(($(now_us) + 8000000))
while [ "$(now_us)" -lt $end ]; do
        echo '# again' >>"$tree/etc/fstab"
        stat -c %i "$run/report.json" >>"$tap_work/published"
        sleep 0.05
done
few() { [ "$(uniq "$tap_work/published" | wc -l)" -le 20 ] || { echo "published $(uniq "$tap_work/published" | wc -l) times in 8 seconds"; return 1; }; }
check "a file that changes all the time is not judged all the time" few
edit_append
check "its last state is seen" within 20000 finding $disk_key fail
edit_rename
fresh

# A configuration that is broken: the rest goes on.
pid=$(main_pid)
mkdir -p "$tree/etc/ecs-guest-agent/agent.conf.d"
printf '[Agent]\nblock-on=warning\nnonsense=1\nreport-mode=abc\n' >"$tree/etc/ecs-guest-agent/agent.conf.d/50-test.conf"
inside systemctl reload "$unit"
status_shows() { agentctl status 2>&1 | grep -iF -- "$1" || { agentctl status; return 1; }; }
conf_warned() { journal -p warning | jq -r .MESSAGE | grep -F "50-test.conf:$1"; }
check "an unknown key: a warning with file and line" within 10000 conf_warned 3
check "a bad value: a warning with file and line" within 10000 conf_warned 4
check "agentctl status shows them" within 10000 status_shows '50-test.conf:3'
check "it is the same process" test "$(main_pid)" = "$pid"
check "it is active" is_active
echo '/swapfile none swap sw 0 0' >>"$tree/etc/fstab"
check "what is right in it counts: a warning blocks" within 10000 verdict not_ready
check "the stream goes on" within 10000 grep -q "swapfile" "$tap_work/watched"
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
head -c 2000000 /dev/zero >"$tree/etc/ecs-guest-agent/agent.conf.d/60-test.conf"
mkdir "$tree/etc/ecs-guest-agent/agent.conf.d/70-test.conf"
mkfifo "$tree/etc/ecs-guest-agent/agent.conf.d/80-test.conf"
inside systemctl reload "$unit"
sleep 0.5
check "too long, a directory, a pipe: it runs on" within 10000 is_active
check "it is still the same process" test "$(main_pid)" = "$pid"
printf '[Agent]\nreport-mode=0600\n' >"$tree/etc/ecs-guest-agent/agent.conf.d/50-test.conf"
rm -rf "$tree"/etc/ecs-guest-agent/agent.conf.d/[678]0-test.conf
inside systemctl reload "$unit"
mode_is() { [ "$(stat -c %a "$run/report.json")" = "$1" ]; }
check "report-mode= takes effect with a reload" within 10000 mode_is 600
check "a warning blocks no longer" within 10000 verdict ready
rm "$tree/etc/ecs-guest-agent/agent.conf.d/50-test.conf"

# What may be mended without being asked: what is named, at the boot.
container_halt
swap_line='/swapfile none swap sw 0 0'
printf '%s\n' "$fstab" "$data_disk" "$swap_line" >"$tree/etc/fstab"
agent_boot
check "nothing is mended that is not named" same /etc/fstab "$fstab"$'\n'"$data_disk"$'\n'"$swap_line"
check "the history is empty" test -z "$(states)"
container_halt
printf '[Agent]\nautofix=fstab\n' >"$tree/etc/ecs-guest-agent/agent.conf.d/50-test.conf"
agent_boot
check "autofix=fstab mends fstab" within 20000 same /etc/fstab "$fstab"$'\n'"$data_disk_fixed"$'\n'"$swap_line"
check "and that alone" within 10000 finding $swap_key fail
check "the verdict is that of after" within 10000 verdict ready
check "the history has it" test "$(states)" = verified
check "it can be taken back" agentctl undo
sleep 1
check "and is not done again at once" same /etc/fstab "$fstab"$'\n'"$data_disk"$'\n'"$swap_line"
rm "$tree/etc/ecs-guest-agent/agent.conf.d/50-test.conf"
container_halt

# What waits for a reboot: a boot loader's configuration. For these two systemd gives the daemon a /proc of its own, in which
# it would see the boot id of the machine below, which does not change.
mkdir -p "$tree/etc/systemd/system/$unit.d"
printf '[Service]\nProtectKernelTunables=no\nProtectControlGroups=no\n' >"$tree/etc/systemd/system/$unit.d/zz-boot-id.conf"
printf '%s\n' "$fstab" >"$tree/etc/fstab"
cp -r "$agent_here"/../roots/console-debian12-duplicate/root/boot "$agent_here"/../roots/console-debian12-duplicate/root/etc "$tree/"
agent_boot
check "fix console waits for the reboot" agentctl fix console
check "the history says so" last_state pending_reboot
check "and so does the status" status_shows 'next boot'
inside systemctl restart "$unit"
within 20000 is_published >/dev/null
check "a restart of the daemon is no reboot" last_state pending_reboot
container_halt
agent_boot
# By the daemon: nobody asked before.
check "the next boot settles it" within 20000 grep -q '"verified"' "$tree"/var/lib/ecs-guest-agent/undo/*-console/state.json
check "the history says so" last_state verified
check "agentctl undo" agentctl undo
check "fix console again" agentctl fix console
container_halt
# Somebody puts the old file back, or the boot loader's own tools make it anew.
cp "$agent_here"/../roots/console-debian12-duplicate/root/boot/grub/grub.cfg "$tree/boot/grub/grub.cfg"
agent_boot
failed_in_journal() { journal | jq -r .MESSAGE | grep -i fail | grep -F console; }
check "what did not last has failed" within 20000 last_state failed
check "the journal says so" within 10000 failed_in_journal

tap_done
