# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: the agent's package in a container of a suite, and what may be said of it.
# shellcheck shell=bash disable=SC2154

suite=${1:?use: $0 SUITE}
agent_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$agent_here/../system/tap.sh"
. "$agent_here/container.sh"
. "$agent_here/names.sh"

unit=ecs-guest-agent.service
rounds=${ROUNDS:-100}

# What stays as it is in each fix. The root of a container is no device.
fstab='# /etc/fstab: static file system information.
rootfs / auto defaults 0 0'
data_disk='UUID=1d6a3c1e-9d1b-4c55-8f0e-00000000000d /data ext4 defaults 0 2'
data_disk_fixed='UUID=1d6a3c1e-9d1b-4c55-8f0e-00000000000d /data ext4 defaults,nofail 0 2'

# give_up WORDS: without this nothing else can be said.
give_up() {
        check "$1" false
        [ ! -f "$tap_work/log" ] || tail -n 60 "$tap_work/log" | sed 's/^/# /'
        [ ! -f "$tap_work/console" ] || tail -n 30 "$tap_work/console" | sed 's/^/# /'
        tap_done
        exit 1
}

# PACKAGE in the environment is tried in place of the one that is built here.
# agent_open: a copy of the suite's tree with systemd, and the package in it, with what it depends on and nothing else.
agent_open() {
        local depends made
        if [ "$(id -u)" -ne 0 ]; then
                skip "$suite" "containers need root"
                tap_done
                exit
        fi
        package=${PACKAGE:-$("$agent_here/build-package" "$suite" 2>"$tap_work/log")}
        [ -f "$package" ] || give_up "$suite: the package can be built"
        depends=$(dpkg-deb -f "$package" Pre-Depends Depends | sed 's/^[A-Za-z-]*://' | names first | sort -u | paste -sd,)
        made=$("$agent_here/../system/make-tree" "$suite" "systemd-sysv,dbus${depends:+,$depends}" 2>"$tap_work/log") ||
                give_up "$suite: the tree can be made"
        container_open "$made" || give_up "$suite: the tree can be copied"
        printf '%s\n' "$fstab" >"$tree/etc/fstab"
        cp -- "$package" "$tree/root/agent.deb"
        container_chroot dpkg --install /root/agent.deb >"$tap_work/log" 2>&1 || give_up "$suite: the package can be installed"
        mv "$tap_work/log" "$tap_work/installed"
}

# agent_boot: until the service has published its verdict.
agent_boot() {
        container_boot >"$tap_work/log" 2>&1 || give_up "$suite: the container boots"
        within 30000 is_published >>"$tap_work/log" 2>&1 || {
                inside journalctl --no-pager -u "$unit" | tail -n 40 >>"$tap_work/log" 2>&1
                give_up "$suite: a verdict is published after the boot"
        }
}

# The milliseconds within which something has to be noticed: a second, or more on a machine so slow or so busy just now that
# a scan by hand takes more than the twentieth part of one. What it took is printed in any case.
second() {
        local start scan
        start=$(now_us)
        inside agentctl --no-daemon check >/dev/null 2>&1
        scan=$((($(now_us) - start) / 1000))
        echo $((scan <= 50 ? 1000 : scan * 20))
}

agentctl() { inside agentctl "$@"; }
property() { inside systemctl show --value -p "$1" "${2:-$unit}"; }
is_active() { [ "$(property ActiveState)" = active ] || { inside systemctl status --no-pager -l "$unit"; return 1; }; }
is_published() { is_active && [ -s "$run/report.json" ]; }
main_pid() { property MainPID; }

# holds EXPRESSION [FILE]: jq, on the published report where no file is named.
holds() { jq -e "$1" "${2:-$run/report.json}" >/dev/null || { head -c 4000 "${2:-$run/report.json}"; return 1; }; }
# finding KEY OUTCOME: what the published report says of it.
finding() { jq -e --arg key "$1" --arg outcome "$2" 'any(.findings[]; .key == $key and .outcome == $outcome)' "$run/report.json" >/dev/null || { jq -c '.findings[] | [.key, .outcome, .summary]' "$run/report.json"; return 1; }; }
no_finding() { jq -e --arg key "$1" 'all(.findings[]; .key != $key or .outcome == "pass")' "$run/report.json" >/dev/null || { jq -c '.findings[] | [.key, .outcome, .summary]' "$run/report.json"; return 1; }; }
verdict() { holds ".verdict == \"$1\""; }

# journal [OPTION...]: what the agent said in this boot, one object a line.
journal() { inside journalctl --sync >/dev/null 2>&1; inside journalctl --no-pager -b -o json SYSLOG_IDENTIFIER=ecs-guest-agent "$@"; }

# same FILE CONTENT: byte for byte.
same() { printf '%s\n' "$2" | diff - "$tree$1"; }

# states: each transaction of the history and its state, oldest first.
states() { agentctl history --json | jq -r '.transactions[] | .state' | paste -sd' '; }
last_state() { [ "$(agentctl history --json | jq -r '.transactions[-1].state')" = "$1" ] || { agentctl history; return 1; }; }

# measured WORDS: printed by tests/run.
measured() { echo "# measured $suite: $*"; }
