#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The configuration by the command line: it decides what blocks, and a broken one stops nothing.
# shellcheck disable=SC2016,SC2154
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/fix.bash"

make_root
place=$root/etc/ecs-guest-agent
ask() { local command=$1; shift; "$agentctl" --root "$root" "$command" "$@"; }
agentctl_conf=$tap_work/agent.conf
mkdir -p "$place"
verdict_is() { local wanted=$1; shift; [ "$("$agentctl" --root "$root" "$@" --json ready | jq -r .verdict)" = "$wanted" ]; }
cat >"$root/etc/fstab" <<'END'
UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 errors=remount-ro 0 1
/dev/vdb1 /data ext4 nofail 0 2
END
echo 'nameserver 100.100.2.136' >"$root/etc/resolv.conf"
check "warnings do not block" verdict_is ready
printf '[Agent]\nblock-on=warning\n' >"$agentctl_conf"
check "unless the configuration says so" verdict_is not_ready --config "$agentctl_conf"
check "oneline names what blocks" eval 'ask ready --oneline --config "$agentctl_conf" | grep -qE "^NOT-READY .* first="'
cp "$agentctl_conf" "$place/agent.conf"
check "also in the root that is judged" verdict_is not_ready
printf '[Agent]\nblock-on=critical\n' >"$agentctl_conf"
check "--config is read instead" verdict_is ready --config "$agentctl_conf"
check "a file that is not there" refuses 4 "cannot read" "$agentctl" --root "$root" --config "$tap_work/nosuch" check
check "a directory" refuses 4 "cannot be read" "$agentctl" --root "$root" --config "$tap_work" check
printf '[Agent]\nprofile=capture\nnosuch=1\n' >"$agentctl_conf"
check "an unknown key" exits 0 "$agentctl" --root "$root" --config "$agentctl_conf" check fstab-root
check "is named with file and line" grep -qF "$agentctl_conf:3: there is no key 'nosuch'" "$tap_work/err"
profile_is() { local wanted=$1; shift; [ "$("$agentctl" --root "$root" --config "$agentctl_conf" --json check "$@" 2>/dev/null | jq -r .profile)" = "$wanted" ]; }
check "the profile of the configuration" profile_is capture
check "the command line has the last word" profile_is boot --profile boot

tap_done
