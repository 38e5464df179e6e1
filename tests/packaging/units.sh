#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The units as they are installed: by systemd's own judgement of three releases, and by the list of what 219 knows.
# shellcheck disable=SC2016,SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
. "$here/../system/tap.sh"

packages=systemd-sysv,ifupdown,isc-dhcp-client,kdump-tools,grub2-common # a tree that tests/system makes as well
stage=$tap_work/stage
most=3.0 # exposure of the daemon
most_reporter=1.5

check "what is installed can be staged" env DESTDIR="$stage" meson install --no-rebuild --only-changed -C "$(dirname "$agentctl")"
service=$(find "$stage" -name ecs-guest-agent.service)
units=$tap_work/units
mkdir -p "$units"
cp -r "$service" "${service%.service}.socket" "$service.d" "${service%.service}"-report.* "${service%.service}"-instance.path "$units/"

# verify wants a program that is there; and no service can be judged by its commands alone.
check "SIGHUP is what reloads" grep -qx 'ExecReload=/bin/kill -HUP $MAINPID' "$units/ecs-guest-agent.service"
sed -i -e 's,^ExecStart=.*/ecs-guest-agent/agentd$,ExecStart=/bin/true,' -e 's,^ExecReload=/bin/kill,ExecReload=/bin/true,' "$units/ecs-guest-agent.service"
sed -i -e 's,^ExecStart=.*/ecs-guest-agent/agent-reporter$,ExecStart=/bin/true,' "$units/ecs-guest-agent-report.service"
check "the service of the reporter starts it" grep -qx 'ExecStart=/bin/true' "$units/ecs-guest-agent-report.service"
check "as a user of its own" grep -qx "User=ecs-guest-agent" "$units/ecs-guest-agent-report.service"
check "the service starts agentd" grep -qx 'ExecStart=/bin/true' "$units/ecs-guest-agent.service"

# Where systemd is older there are no drop-ins, and all the rest.
installed() { meson introspect --installed "$1" | jq -r 'keys[] | split("/")[-1]' | sort; }
without() { meson setup "$tap_work/older" "$here/../.." -Dtests=false -Dhardening=no && diff <(installed "$tap_work/older") <(installed "$(dirname "$agentctl")" | grep -vxE '(hardening|hardening-report|spread)[.]conf'); }
check "the drop-ins, and only those, can be left out" without

# What each line assigns, as "Section Name".
assignments() { awk -F= '/^\[/ { gsub(/[][]/, ""); section = $0; next } /^[A-Za-z]+=/ { print section, $1 }' "$@"; }
known() { ! assignments "$1" | grep -vxFf "$here/floor-directives.txt"; }
for name in .service .socket -report.service -report.path -instance.path -report.timer; do
        check "$name: there is something to judge" test "$(assignments "$units/ecs-guest-agent$name" | wc -l)" -gt 3
        check "$name: systemd 219 knows every directive" known "$units/ecs-guest-agent$name"
done
printf '[Service]\nProtectClock=yes\n' >"$tap_work/newer"
unknown() { ! known "$1"; }
check "a newer one would be seen" unknown "$tap_work/newer"

# The agent is not waited for: multi-user.target would, if the service had its default dependencies.
check "nothing waits for it at boot" grep -qx 'DefaultDependencies=no' "$units/ecs-guest-agent.service"
check "the socket is for everybody" grep -qx 'SocketMode=0666' "$units/ecs-guest-agent.socket"

# in_tree ROOT COMMAND...: systemd of bullseye wants to know its own control group.
in_tree() {
        local root=$1
        shift
        if [ "$root" = / ]; then
                "$@"
        else
                unshare --mount --propagation private \
                        bash -c 'mount --rbind /proc "$1/proc" && mount --rbind /sys "$1/sys" && exec chroot "$@"' bash "$root" "$@"
        fi
}
place_in() {
        place=$(mktemp -d "$1/tmp/units.XXXXXXXX") && cp -r "$units/." "$place/" && inside=/tmp/${place##*/}
}
verify() {
        local said
        said=$(in_tree "$1" systemd-analyze verify --man=no "$inside"/ecs-guest-agent{.service,.socket,-report.service,-report.path,-instance.path,-report.timer} 2>&1) || { echo "$said"; return 1; }
        # What it says of other units of a bare tree is not ours.
        ! grep -F ecs-guest-agent <<<"$said"
}
exposure() { in_tree "$1" env SYSTEMD_PAGER=cat systemd-analyze security --offline=true --no-pager "$inside/ecs-guest-agent${2:-}.service" | sed -n 's/^.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p'; }
at_most() {
        local level
        level=$(exposure "$1" "${3:-}")
        echo "exposure '$level', at most $2 wanted"
        awk -v level="$level" -v most="$2" 'BEGIN { exit !(level != "" && level + 0 <= most) }'
}
exposed() { ! at_most "$@"; }

judge_in() {
        local name=$1 root=$2
        place_in "$root" || return 1
        check "$name: verify is content" verify "$root"
        if in_tree "$root" systemd-analyze security --help 2>&1 | grep -q -- --offline; then
                check "$name: exposure at most $most" at_most "$root" "$most"
                echo "# $name: exposure $(exposure "$root")"
                check "$name: that of the reporter at most $most_reporter" at_most "$root" "$most_reporter" -report
                echo "# $name: exposure of the reporter $(exposure "$root" -report)"
                rm "$place/ecs-guest-agent.service.d/hardening.conf" "$place/ecs-guest-agent-report.service.d/hardening.conf"
                check "$name: and so it is there" exposed "$root" "$most_reporter" -report
                check "$name: which is what the drop-in does" exposed "$root" "$most"
        fi
        printf 'Nosuch=1\n' >>"$place/ecs-guest-agent.socket"
        check "$name: verify does look" eval "! verify '$root'"
        rm -rf --one-file-system -- "$place"
}

judge_in "this system" /
for suite in bullseye bookworm trixie; do
        if [ "$(id -u)" -ne 0 ]; then
                skip "$suite" "mmdebstrap needs root here"
        elif tree=$("$here/../system/make-tree" "$suite" "$packages" 2>"$tap_work/log"); then
                judge_in "$suite" "$tree"
        else
                check "$suite: the tree can be made" false
                sed 's/^/# /' "$tap_work/log" | tail -n 20
        fi
done

tap_done
