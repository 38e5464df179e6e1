#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# use: packages.sh SUITE
# A newer package over an older one, its removal, its purge: what the administrator wrote and what can be undone stays as long
# as the package manual says.
. "$(dirname "$0")/agent.sh"

agent_open
echo "$data_disk" >>"$tree/etc/fstab"
touch -d '2020-02-02 02:02:02.123456789 UTC' "$tree/etc/fstab"
original=$(sha256sum <"$tree/etc/fstab")

# newer NAME VERSION: the same package, as a later release of it would be: another version, and another default configuration.
newer() {
        rm -rf "$tap_work/unpacked"
        dpkg-deb -R "$tree/root/agent.deb" "$tap_work/unpacked"
        sed -i "s/^Version: .*/&$2/" "$tap_work/unpacked/DEBIAN/control"
        if [ -f "$tap_work/unpacked/etc/ecs-guest-agent/agent.conf" ]; then
                echo '# A comment of a later release.' >>"$tap_work/unpacked/etc/ecs-guest-agent/agent.conf"
        fi
        dpkg-deb --root-owner-group -b "$tap_work/unpacked" "$tree/root/$1"
}
newer newer.deb +later1 >"$tap_work/log" 2>&1 || give_up "a later package can be made"
version() { inside dpkg-query -W -f '${Version}' ecs-guest-agent; }
agent_boot

check "a fix before the upgrade" exits 0 agentctl fix fstab
transaction=$(agentctl history --json | jq -r '.transactions[-1].transaction')
mkdir -p "$tree/etc/ecs-guest-agent/agent.conf.d" "$tree/etc/ecs-guest-agent/waivers.d"
printf '[Agent]\nblock-on=warning\n' >"$tree/etc/ecs-guest-agent/agent.conf.d/90-mine.conf"
[ ! -f "$tree/etc/ecs-guest-agent/agent.conf" ] || echo '# mine' >>"$tree/etc/ecs-guest-agent/agent.conf"
check "a waiver before the upgrade" exits 0 agentctl waive swap-configured:stale:/swapfile --reason 'a test' --until 2099-12-31
configuration() { (cd "$tree/etc/ecs-guest-agent" && find . -type f ! -name '*.dpkg-*' | sort | xargs sha256sum); }
configured=$(configuration)
history=$(agentctl history --json | jq -c '[.transactions[] | [.transaction, .state]]')
pid=$(main_pid)

kept() { diff <(echo "$configured") <(configuration) && [ "$(agentctl history --json | jq -c '[.transactions[] | [.transaction, .state]]')" = "$history" ]; }
enabled() { [ "$(inside systemctl is-enabled "$1" 2>&1)" = enabled ]; }
check "upgrade" inside dpkg --force-confold --install /root/newer.deb
check "it is the later version" test "$(version)" = "$(dpkg-deb -f "$tree/root/newer.deb" Version)"
check "the service runs" within 100000 is_published
check "the daemon was restarted" test "$(main_pid)" != "$pid"
check "configuration and undo records are kept" kept
check "what the administrator left unwritten is not asked" test ! -e "$tree/etc/ecs-guest-agent/agent.conf.dpkg-new"
check "agentctl finds it" exits 0 agentctl status

# An administrator's decisions last.
inside systemctl disable --now "$unit" ecs-guest-agent.socket >/dev/null 2>&1
check "the older package again, over a disabled service" inside dpkg --force-confold --force-downgrade --install /root/agent.deb
check "it stays disabled" test "$(inside systemctl is-enabled "$unit" 2>&1)" = disabled
check "it is not started" test "$(property ActiveState)" = inactive
check "agentctl does without" exits 0 agentctl history
inside systemctl enable --now ecs-guest-agent.socket "$unit" >/dev/null 2>&1
check "enabled again" within 100000 is_published

check "remove" inside dpkg --remove ecs-guest-agent
# Debhelper of bullseye leaves links to /dev/null until the purge.
gone() { [ -z "$(inside systemctl list-units --all --no-legend --plain 'ecs-guest-agent*' | grep -vE 'not-found|masked')" ] && [ ! -e "$tree/usr/bin/agentctl" ] && [ ! -e "$tree/usr/libexec/ecs-guest-agent/agentd" ]; }
check "program and units are gone" gone
check "no process of it is left" test -z "$(inside sh -c 'cat /proc/[0-9]*/comm' 2>/dev/null | grep agentd)"
check "the socket is gone" test ! -S "$run/io.ecsguest.Agent"
check "the link in the registry is gone" test ! -L "/proc/$container_leader/root/run/varlink/registry/io.ecsguest.Agent"
check "the configuration is kept" diff <(echo "$configured") <(configuration)
check "the undo record is kept" test -f "$tree/var/lib/ecs-guest-agent/undo/$transaction/record.json"
check "install after remove" inside dpkg --force-confold --install /root/agent.deb
check "the service runs" within 20000 is_published
check "enabled" enabled "$unit"
check "what was kept is used" exits 0 agentctl undo "$transaction"
check "and what was there before is back" test "$(sha256sum <"$tree/etc/fstab")" = "$original"

check "purge" inside dpkg --purge ecs-guest-agent
check "nothing of the package is known" test -z "$(inside dpkg-query -W -f '${db:Status-Status}' ecs-guest-agent 2>/dev/null | grep -v not-installed)"
# What it leaves, if anything, is said in its manual.
leftovers() { find "$tree/etc" "$tree/usr" "$tree/var" -xdev -path "*ecs-guest-agent*" ! -path "*/var/lib/ecs-guest-agent*" ! -path '*/etc/ecs-guest-agent/agent.conf.d*' ! -path '*/etc/ecs-guest-agent/waivers.d*' ! -path '*/etc/ecs-guest-agent'; }
check "no file of it is left, but for what others wrote" test -z "$(leftovers)"
check "no enabled unit is left" test -z "$(find "$tree/etc/systemd" -name 'ecs-guest-agent*')"
check "the system runs" inside systemctl is-system-running

tap_done
