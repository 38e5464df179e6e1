#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The templates of packaging/fleet/oos: held to the format and to themselves, their shell text run as Cloud Assistant runs it (sh, a
# file, both outputs merged), and what it prints held to the rules of a tag. The service itself is not here.
# shellcheck disable=SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../system/tap.sh"
agentctl=$(realpath "$agentctl")
templates=$here/../../packaging/fleet/oos
capture=$templates/ecs-guest-agent-capture.yml
tag=$templates/ecs-guest-agent-tag-fleet.yml
read_oos=$here/read-oos
fails() { ! "$@"; }

for template in "$templates"/*.yml; do
        check "${template##*/}: what it refers to is there" "$read_oos" "$template"
        # Each of these mistakes must be seen.
        for mistake in 's/{{ instanceId }}/{{ instance }}/' 's/{{ ACS::TaskLoopItem }}/{{ regionId }.}/' 's/OOS-2019-06-01/OOS-2019-06-02/' \
                's/^  OOSAssumeRole:/  another:\n    Type: String\n  OOSAssumeRole:/' 's/^      regionId:/      RegionID:/' \
                's/^    Type: Json/    Type: Map/' 's/^RamRole:/RamRole: a\nRamRole:/'; do
                sed "$mistake" "$template" >"$tap_work/broken.yml"
                cmp -s "$template" "$tap_work/broken.yml" || check "${template##*/}: '$mistake' is noticed" fails "$read_oos" "$tap_work/broken.yml"
        done
done

"$read_oos" "$capture" waitUntilReady Properties commandContent tries=3 interval=0.1 >"$tap_work/capture"
"$read_oos" "$tag" tagInstance Properties commandContent >"$tap_work/tag"
for script in capture tag; do
        check "$script: shellcheck has nothing to say" shellcheck -s sh "$tap_work/$script"
done

# An agentctl that judges a tree of ours, or does what a case wants.
mkdir -p "$tap_work/bin" "$tap_work/without"
agent() {
        printf '#!/bin/sh\n%s\n' "$1" >"$tap_work/bin/agentctl"
        chmod +x "$tap_work/bin/agentctl"
}
# Cloud Assistant is root.
user() { printf '#!/bin/sh\necho %s\n' "$1" >"$tap_work/bin/id"; chmod +x "$tap_work/bin/id"; }
user 0
judge() { agent "exec '$agentctl' --root '$tap_work/tree' --no-daemon \"\$@\""; }
tree() {
        rm -rf "$tap_work/tree"
        cp -a "$here/../roots/.bases/debian12" "$tap_work/tree"
        echo 'nameserver 100.100.2.136' >"$tap_work/tree/etc/resolv.conf"
        echo 'UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 errors=remount-ro 0 1' >"$tap_work/tree/etc/fstab"
}
data_disk() { echo "/dev/vdb1 ${1:-/data} ext4 defaults 0 2" >>"$tap_work/tree/etc/fstab"; }

# prints CODE PATTERN SCRIPT: one line that fits a tag, and this exit code.
prints() {
        local code=0
        env PATH="${path:-$tap_work/bin:$PATH}" sh "$tap_work/$3" >"$tap_work/printed" 2>&1 || code=$?
        cat "$tap_work/printed"
        [ "$code" -eq "$1" ] && grep -qE "^$2\$" "$tap_work/printed" && fits_tag "$tap_work/printed"
}
# Printable ASCII, 1 to 128, no line feed even at the end, and none of what a tag must not hold.
fits_tag() {
        local size
        size=$(wc -c <"$1")
        [ "$size" -ge 1 ] && [ "$size" -le 128 ] && [ "$(LC_ALL=C tr -d '\040-\176' <"$1" | wc -c)" -eq 0 ] &&
                ! grep -qE '^(acs:|aliyun)|https?://' "$1"
}
printf 'READY\n' >"$tap_work/line-feed"
check "a line feed would be noticed" fails fits_tag "$tap_work/line-feed"
printf '%0129d' 0 >"$tap_work/long"
check "129 characters would be noticed" fails fits_tag "$tap_work/long"

tree
judge
check "ready: capture goes on" prints 0 'READY ecs-guest-agent/.* digest=[0-9a-f]{12} .*' capture
check "ready: the tag says so" prints 0 'READY ecs-guest-agent/.* digest=[0-9a-f]{12} .*' tag
data_disk
check "not ready: capture fails" prints 1 'NOT-READY ecs-guest-agent/.* crit=1 .*first=fstab-data-disk:/data' capture
check "not ready: the tag says so, and the command succeeds" prints 0 'NOT-READY ecs-guest-agent/.*' tag
tree
data_disk "/$(printf 'very-long%.0s' {1..30})"
check "a long path of the guest's: still a tag" prints 0 'NOT-READY ecs-guest-agent/.*' tag
tree
data_disk '/https://acs:\040\011'
check "a hostile path of the guest's: still a tag" prints 0 'NOT-READY ecs-guest-agent/.*' tag

# How often it asks: the count is in a file.
counted() {
        rm -f "$tap_work/count"
        agent "echo x >>'$tap_work/count'; if [ \"\$(wc -l <'$tap_work/count')\" -ge $1 ]; then echo 'READY ecs-guest-agent/1.0 digest=0'; else echo 'NOT-READY ecs-guest-agent/1.0'; exit 1; fi"
}
asked() { [ "$(wc -l <"$tap_work/count")" -eq "$1" ]; }
counted 2
check "what becomes ready is waited for" prints 0 'READY ecs-guest-agent/.*' capture
check "and asked no more than needed" asked 2
counted 100
check "what does not become ready is not waited for without end" prints 1 'NOT-READY .*' capture
check "but asked as often as was wanted" asked 3
agent 'echo UNKNOWN ecs-guest-agent/1.0; exit 3'
check "unknown is not ready" prints 3 'UNKNOWN .*' capture
agent 'echo something; echo "agentctl: refused" >&2; exit 4'
check "what is refused is no verdict: capture" prints 4 'REFUSED ecs-guest-agent exit=4' capture
check "what is no verdict is an error: tag" prints 0 'ERROR ecs-guest-agent exit=4' tag
agent 'echo something; exit 2'
check "an agent that does not know --fresh is an error" prints 2 'ERROR ecs-guest-agent exit=2' capture
agent "echo \"\$*\" >>'$tap_work/asked'; echo 'READY ecs-guest-agent/1.0 digest=0'"
asks() { rm -f "$tap_work/asked"; prints 0 'READY .*' "$1" && [ "$(cat "$tap_work/asked")" = "$2" ]; }
check "capture: it is the handshake that is asked for" asks capture '--no-color ready --fresh --oneline'
check "tag: it is the verdict" asks tag '--no-color ready --oneline'
user 1000
check "who is not root gets no handshake, and no image" prints 4 'REFUSED ecs-guest-agent exit=4' capture
user 0

# The handshake itself, where a fix is being made: its lock is held.
tree
judge
data_disk
"$agentctl" --root "$tap_work/tree" --no-daemon fix --yes fstab >"$tap_work/fixed" 2>&1
making() { exec 9<"$tap_work/tree/var/lib/ecs-guest-agent/lock" && flock 9; }
check "a fix that is being made" making
check "has a capture refused" prints 4 'REFUSED ecs-guest-agent exit=4' capture
exec 9<&-
check "until it is done" prints 0 'READY ecs-guest-agent/.* digest=[0-9a-f]{12} .*' capture
cp "$tap_work/printed" "$tap_work/line"
for program in sh sleep id; do ln -s "$(command -v "$program")" "$tap_work/without/$program"; done
if ! [ -e /usr/bin/agentctl ] && ! [ -e /usr/local/bin/agentctl ]; then
        path=$tap_work/without check "no agent is an error" prints 0 'ERROR ecs-guest-agent exit=127' tag
fi

# The selectors, by jq itself, on what the action gives out.
verdict() {
        local got
        got=$(printf '{"invocationOutput":"%s"}' "$1" | jq -r "$("$read_oos" "$capture" waitUntilReady Outputs verdict ValueSelector)") || return 1
        # The selector of the next task has it put into its text.
        got=$(echo '{"RequestId":"1"}' | jq -r "$("$read_oos" "$capture" checkVerdict Properties PropertySelector waitUntilReady.verdict="$got")") || return 1
        echo "$got"
        [ "$got" = "$2" ]
}
check "READY is READY" verdict 'READY ecs-guest-agent/1.0 digest=1a2b3c4d5e6f warn=0' READY
for line in NOT-READY UNKNOWN; do
        check "$line is that" verdict "$line ecs-guest-agent/1.0 digest=1a2b3c4d5e6f" $line
done
check "REFUSED is that" verdict 'REFUSED ecs-guest-agent exit=4' REFUSED
for line in 'ERROR ecs-guest-agent exit=127' '' 'READY' ' READY ecs-guest-agent/' 'REFUSED' 'x\" | \"READY'; do
        check "'$line' is an error" verdict "$line" ERROR
done
tagged() { "$read_oos" "$capture" createImage Properties tags 0 Value waitUntilReady.line="$1"; }
check "the line, with its digest, is the tag of the image" eval '[ "$(tagged "$(cat "$tap_work/line")")" = "$(cat "$tap_work/line")" ] && grep -q " digest=[0-9a-f]" "$tap_work/line"'

tap_done
