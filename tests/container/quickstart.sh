#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# use: quickstart.sh SUITE
# "packaging/quickstart --install" where systemd runs: by root, and then once more by a user with sudo. What it needs is there,
# and nothing else is; there is no network, so that it cannot have been fetched. What it changes is listed below.
. "$(dirname "$0")/agent.sh"

if [ "$(id -u)" -ne 0 ]; then
        skip "$suite" "containers need root"
        tap_done
        exit
fi
top=$(cd "$agent_here/../.." && pwd)
# listed PURPOSE: what install-dependencies would install there.
listed() { sed -n "s/^$1 apt-get //p" "$top/packaging/dependencies" | tr ' ' ',' | names last; }
made=$("$agent_here/../system/make-tree" "$suite" "systemd-sysv,dbus,sudo,$({ listed build; listed package; } | sort -u | paste -sd,)" 2>"$tap_work/log") ||
        give_up "$suite: the tree can be made"
container_open "$made" || give_up "$suite: the tree can be copied"
printf '%s\n' "$fstab" >"$tree/etc/fstab"
container_chroot useradd --create-home --shell /bin/bash someone >"$tap_work/log" 2>&1 || give_up "$suite: a user can be added"
echo 'someone ALL=(ALL) NOPASSWD: ALL' >"$tree/etc/sudoers.d/someone"
source=$tree/home/someone/ecs-guest-agent
mkdir "$source"
tar -C "$top" --exclude=./.git --exclude='./build*' --exclude=./tests -cf - . | tar -C "$source" -xf -
container_chroot chown -R someone:someone "${source#"$tree"}" >"$tap_work/log" 2>&1
container_boot >"$tap_work/log" 2>&1 || give_up "$suite: the container boots"

# Each file and what is known of it without reading it; of a directory only that it is there, and whose.
files() { find "$tree" -xdev \( -type d -printf '%P %y %m %U:%G\n' -o -printf '%P %y %m %U:%G %s %T@ %C@ %l\n' \) | sort; }
accounts() { sort "$tree"/etc/passwd "$tree"/etc/group "$tree"/etc/gshadow; cut -d: -f1,2 "$tree/etc/shadow" | sort; }
# quickstart [COMMAND...]: by whom. Nobody waits for a good compiler here; build-package has what it makes with all it can.
quickstart() {
        inside "$@" env --chdir="${source#"$tree"}" DEB_BUILD_OPTIONS=noopt ./packaging/quickstart --install >"$tap_work/said" 2>"$tap_work/told" && return
        cat "$tap_work/told" "$tap_work/said"
        return 1
}
told() { grep -F -- "$1" "$tap_work/told" || { cat "$tap_work/told"; return 1; }; }
said() { grep -E -- "$1" "$tap_work/said" || { cat "$tap_work/said"; return 1; }; }
enabled() { [ "$(inside systemctl is-enabled "$1")" = enabled ] && [ "$(property ActiveState "$1")" = active ]; }
check_started() {
        local name
        check "$1: which package was installed is told" told 'Installed ecs-guest-agent_'
        check "$1: and that the service was started" told 'Started ecs-guest-agent.service'
        check "$1: the verdict is printed" said '^(READY|NOT READY|[0-9]+ critical)'
        for name in "$unit" ecs-guest-agent.socket ecs-guest-agent-report.path ecs-guest-agent-instance.path ecs-guest-agent-report.timer; do
                check "$1: $name is active, and will be after a boot" enabled "$name"
        done
        check "$1: the service has a verdict" within 30000 is_published
        check "$1: the daemon is what says it" exits 0 agentctl status
        check "$1: nothing is left in /tmp" test -z "$(inside find /tmp /var/tmp -mindepth 1 ! -path '*/systemd-private-*' ! -name '.*-unix')"
}

files >"$tap_work/before"
accounts >"$tap_work/accounts"
quickstart >"$tap_work/log" 2>&1 || give_up "root: it succeeds"
check_started root
pid=$(main_pid)

# The package's own files, what dpkg, apt and systemd keep of it, and the user of the reporter.
allowed() {
        inside dpkg -L ecs-guest-agent | sed 's,^/\.*,,'
        # Where /lib is a link to usr/lib.
        inside dpkg -L ecs-guest-agent | sed -n 's,^/lib,usr/lib,p'
}
changed() { files | diff "$tap_work/before" - | sed -n 's/^[<>] \([^ ]*\) .*/\1/p' | sort -u; }
changed_else() {
        changed >"$tap_work/changed"
        [ -s "$tap_work/changed" ] || return 1
        ! grep -vxFf <(allowed) "$tap_work/changed" | grep -vE -e '^var/lib/(dpkg|apt|ecs-guest-agent)(/|$)' -e '^var/cache/(apt|man)/' \
                -e '^var/log/(apt|ecs-guest-agent|journal)(/|$)' -e '^var/log/dpkg[.]log$' -e '^var/lib/systemd/catalog/database$' \
                -e '^etc/(passwd|group|shadow|gshadow)-?$' -e '^etc/[.]pwd[.]lock$' \
                -e '^(etc/systemd/system|var/lib/systemd/deb-systemd-helper-enabled)/((multi-user|sockets|timers)[.]target[.]wants(/ecs-guest-agent.*)?|ecs-guest-agent.*)$'
}
one_user_more() { diff "$tap_work/accounts" <(accounts) | grep '^[<>]' | grep -v '^> ecs-guest-agent:'; [ "$(accounts | grep -c ecs-guest-agent)" -eq 4 ]; }
check "nothing else of the system is changed" changed_else
check "the user of the reporter is the only one that is new" one_user_more

check "a user with sudo: it succeeds" quickstart setpriv --reuid someone --regid someone --init-groups env HOME=/home/someone
check_started "a user with sudo"
check "the daemon is another one" test "$(main_pid)" != "$pid"
check "nothing else of the system is changed" changed_else
check "no user more" one_user_more
check "it judges without root" said 'READY'

tap_done
