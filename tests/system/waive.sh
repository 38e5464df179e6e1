#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Waivers by the command line: what is written, what is refused, and that every answer follows.
# shellcheck disable=SC2016,SC2154
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/fix.bash"

make_root
place=$root/etc/ecs-guest-agent
key=fstab-data-disk:/data
ask() { local command=$1; shift; "$agentctl" --root "$root" "$command" "$@"; }
digest() { ask check --json fstab-data-disk | jq -r .digest; }
waived() { ask check --json fstab-data-disk | jq -e --arg key "$key" --arg reason "$1" --arg until "$2" '.counts.waived == 1 and .counts.fail == 0
        and (.findings[] | select(.key == $key) | .outcome == "fail" and .waived == {reason: $reason, until: $until})'; }
not_waived() { ask check --json fstab-data-disk | jq -e --arg key "$key" '.counts.waived == 0 and .counts.fail == 1 and (.findings[] | select(.key == $key) | .waived == null)'; }

check "the finding fails" exits 1 "$agentctl" --root "$root" check fstab-data-disk
before=$(digest)
check "waive" exits 0 "$agentctl" --root "$root" waive "$key" --reason "from its snapshot" --until 2027-01-31
check "it is said" grep -q "fstab-data-disk:/data is waived until 2027-01-31" "$tap_work/out"
check "nothing else is said" test ! -s "$tap_work/err"
check "the report has it" waived "from its snapshot" 2027-01-31
check "check ends with 0" exits 0 "$agentctl" --root "$root" check fstab-data-disk
check "the text shows reason and date" grep -qE 'waived +until 2027-01-31: from its snapshot' "$tap_work/out"
check "the head counts it" grep -qE '^0 critical, .* 1 waived$' "$tap_work/out"
check "explain shows it" eval 'ask explain fstab-data-disk | grep -q "waived until 2027-01-31: from its snapshot"'
oneline_ignores() { ! ask ready --oneline | grep -q "$key"; }
check "oneline ignores it" oneline_ignores
same_digest() { [ "$(digest)" = "$before" ]; }
check "the digest is that of what was judged" same_digest

state() { find "$place" -type f -exec sha256sum {} + | sort; }
state >"$tap_work/once"
check "the same again" exits 0 "$agentctl" --root "$root" waive "$key" --reason "from its snapshot" --until 2027-01-31
same_state() { state | diff "$tap_work/once" -; }
check "makes the same" same_state
check "another reason and date" exits 0 "$agentctl" --root "$root" waive "$key" --reason "for a day" --until 2026-01-31
check "take its place" waived "for a day" 2026-01-31
check "it does not apply the day after" exits 1 env SOURCE_DATE_EPOCH=1769904000 "$agentctl" --root "$root" check fstab-data-disk
check "which is said" grep -q "does not apply any more: it ended on 2026-01-31" "$tap_work/err"
check "and shown" grep -qE 'waived +only until 2026-01-31: for a day' "$tap_work/out"

state >"$tap_work/once"
refused() {
        refuses "$@" || return 1
        same_state
}
check "a probe that there is not" refused 4 "no probe is called that" "$agentctl" --root "$root" waive nosuch:/data --reason x --until 2027-01-31
check "an area is no key" refused 4 "no probe is called that" "$agentctl" --root "$root" waive fstab --reason x --until 2027-01-31
check "a control character" refused 4 "control character" "$agentctl" --root "$root" waive $'fstab-root:\n[fstab-root]' --reason x --until 2027-01-31
check "a reason of two lines" refused 4 "control character" "$agentctl" --root "$root" waive fstab-root --reason $'x\ny' --until 2027-01-31
check "no reason" refused 4 "gives no reason" "$agentctl" --root "$root" waive fstab-root --reason "" --until 2027-01-31
check "a day that is over" refused 4 "2026-01-30 is over" "$agentctl" --root "$root" waive fstab-root --reason x --until 2026-01-30
check "a day that there is not" refused 4 "no date" "$agentctl" --root "$root" waive fstab-root --reason x --until 2027-02-29
check "without a date" refused 2 "use: agentctl waive" "$agentctl" --root "$root" waive fstab-root --reason x
check "without a reason" refused 2 "use: agentctl waive" "$agentctl" --root "$root" waive fstab-root --until 2027-01-31
check "without a key" refused 2 "use: agentctl waive" "$agentctl" --root "$root" waive --reason x --until 2027-01-31
check "--remove takes no reason" refused 2 "use: agentctl waive" "$agentctl" --root "$root" waive --remove "$key" --reason x
check "nothing to remove" refused 4 "no waiver of 'fstab-root'" "$agentctl" --root "$root" waive --remove fstab-root
if [ "$(id -u)" -eq 0 ]; then
        chmod 755 "$tap_work"
        cp "$agentctl" "$tap_work/agentctl"
        check "not permitted" refused 4 "Permission denied" setpriv --reuid=65534 --clear-groups "$tap_work/agentctl" --root "$root" waive fstab-root --reason x --until 2027-01-31
fi

check "a key that nothing has is told" exits 0 "$agentctl" --root "$root" waive fstab-data-disk:/dat --reason x --until 2027-01-31
check "with those that there are" grep -q "nothing fails as 'fstab-data-disk:/dat' now; .*'fstab-data-disk:/data'" "$tap_work/err"

check "remove" exits 0 "$agentctl" --root "$root" waive --remove "$key"
check "it counts again" not_waived

# Whatever the umask, other users get the same verdict.
masked() { (umask 077 && rm -rf "$place" && ask waive "$key" --reason x --until 2027-01-31) && [ "$(stat -c %a "$place" "$place/waivers.d" "$place"/waivers.d/*.conf | tr '\n' ' ')" = "755 755 644 " ]; }
check "readable by all" masked
no_temporary() { ! find "$place" -name '.*' | grep .; }
check "no temporary file is left" no_temporary

if [ "$(id -u)" -eq 0 ]; then
        rm -rf "$place"
        check "not permitted to make the directory" refuses 4 "the waiver needs '/etc/ecs-guest-agent': Permission denied" setpriv --reuid=65534 --clear-groups "$tap_work/agentctl" --root "$root" waive fstab-root --reason x --until 2027-01-31
fi

tap_done
