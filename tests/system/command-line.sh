#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a user types: bad input gets one sentence and its exit code, results go to stdout, nothing else does.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"

roots=$(cd "$(dirname "$0")/../roots" && pwd)
root=$tap_work/root
cp -a "$roots/.bases/centos7" "$root"

check "an unknown command" refuses 2 "no command is called 'chekc'" "$agentctl" chekc
check "an unknown name" refuses 2 "no probe or area is called 'nosuch'" "$agentctl" --root "$root" check nosuch
check "an unknown option" refuses 2 "no option is called --nosuch" "$agentctl" --nosuch
check "an unknown letter" refuses 2 "no option is called -x" "$agentctl" -x ready
check "an option without its argument" refuses 2 "--root takes an argument" "$agentctl" ready --root
check "an argument too many" refuses 2 "--json takes no argument" "$agentctl" --json=x ready
check "an unknown profile" refuses 2 "no profile is called 'x'" "$agentctl" check --profile x
check "an unknown report format" refuses 2 "no report format is called 'pdf'" "$agentctl" --root "$root" report --format pdf
check "an option of another command" refuses 2 "takes no option --oneline" "$agentctl" list --oneline
check "explain wants a name" refuses 2 "explain NAME" "$agentctl" explain
check "ready takes no names" refuses 2 "use: agentctl ready" "$agentctl" ready dns
check "json and oneline" refuses 2 "exclude each other" "$agentctl" --json --oneline ready
check "--system-disk without --root" refuses 2 "goes with --root" "$agentctl" --system-disk /dev/vda check
check "a root that is not there" refuses 4 "cannot open the root" "$agentctl" --root "$root/nosuch" check
check "a root that is a file" refuses 4 "cannot open the root" "$agentctl" --root "$root/etc/os-release" ready
check "an empty root name" refuses 4 "cannot open the root" "$agentctl" --root "" check
check "control characters of a name are escaped" refuses 2 '\x1b[31m' "$agentctl" check $'\033[31m'
check "help" exits 0 "$agentctl" --help
check "help by its letter" exits 0 "$agentctl" -h
check "version" exits 0 "$agentctl" --version

# As nobody, where we may become that.
unprivileged=()
[ "$(id -u)" -ne 0 ] || unprivileged=(setpriv --reuid=65534 --regid=65534 --clear-groups)
closed() {
        local status=0
        mkdir -p "$tap_work/closed" && chmod 755 "$tap_work" && chmod 0 "$tap_work/closed"
        # The program may lie where nobody else looks.
        cp "$agentctl" "$tap_work/agentctl"
        refuses 4 "cannot open the root" "${unprivileged[@]}" "$tap_work/agentctl" --root "$tap_work/closed" ready || status=1
        chmod 700 "$tap_work/closed"
        return $status
}
check "a root that we may not look into" closed

full() { "$@" >/dev/full 2>"$tap_work/err"; [ $? -eq 4 ] && grep -q 'cannot write the result' "$tap_work/err"; }
check "a full disk behind stdout is an error" full "$agentctl" list
check "a full disk behind the help is an error" full "$agentctl" --help
check "a full disk behind the version is an error" full "$agentctl" --version
unheard() { "$@" >&- 2>"$tap_work/err"; [ $? -eq 4 ] && grep -q 'cannot write the result' "$tap_work/err"; }
check "no stdout at all is an error" unheard "$agentctl" --json --root "$root" check

one_document() { "$@" 2>/dev/null | jq -es 'length == 1' >/dev/null; }
for command in "check" "ready" "list" "list probes" "explain dns" "report"; do
        options=(--root "$root")
        [[ $command == list* ]] && options=()
        # shellcheck disable=SC2086
        check "--json prints one document: $command" one_document "$agentctl" --json "${options[@]}" $command
done

schema() { "$agentctl" --json list | jq -e '.schema == "io.ecsguest.list/1" and (.probes | length > 0) and (.probes | all(has("id") and has("area") and has("title") and has("severity") and has("offline") and has("live") and has("active") and has("profiles") and has("guestosItem") and has("fixers")))'; }
check "list has the contract's fields" schema

stable() {
        "$agentctl" --json --root "$root" ready | jq 'del(.time)' >"$tap_work/a"
        "$agentctl" --json --root "$root" ready | jq 'del(.time)' >"$tap_work/b"
        [ -s "$tap_work/a" ] && cmp "$tap_work/a" "$tap_work/b"
}
check "two runs give the same report and digest" stable

digest_changes() {
        local before after
        before=$("$agentctl" --json --root "$root" ready | jq -r .digest)
        echo "/dev/vdz1 /data ext4 defaults 0 0" >>"$root/etc/fstab"
        after=$("$agentctl" --json --root "$root" ready | jq -r .digest)
        [ "$before" != "$after" ]
}
check "another system has another digest" digest_changes

same_codes() {
        local code format
        "$agentctl" --root "$root" "$@" >/dev/null 2>&1
        code=$?
        for format in --json --no-color; do
                exits $code "$agentctl" "$format" --root "$root" "$@" || return 1
        done
}
check "the exit code is the same in every format: check" same_codes check
check "the exit code is the same in every format: ready" same_codes ready

oneline() {
        local long
        long=/$(printf 'd%.0s' {1..200})
        echo "UUID=0b7a5d0e-5a0e-4a39-a40c-0123456789ab $long ext4 defaults 0 0" >"$root/etc/fstab"
        "$agentctl" --root "$root" ready --oneline >"$tap_work/line"
        [ "$(wc -l <"$tap_work/line")" -eq 1 ] && [ "$(wc -c <"$tap_work/line")" -le 129 ] &&
                grep -qE '^NOT-READY ecs-guest-agent/[0-9]+\.[0-9]+ digest=[0-9a-f]{12} crit=[0-9]+ warn=[0-9]+' "$tap_work/line"
}
check "oneline is one line of at most 128 bytes" oneline

no_escapes() { ! "$@" 2>/dev/null | grep -q $'\033'; }
check "no colour without a terminal" no_escapes "$agentctl" --root "$root" check

terminal() { script -qec "$1" /dev/null </dev/null | grep -q $'\033\['; }
check "colour on a terminal" terminal "env -u NO_COLOR TERM=xterm $agentctl --root $root check"
no_terminal_color() { ! terminal "$1"; }
check "NO_COLOR is honoured" no_terminal_color "env NO_COLOR=1 TERM=xterm $agentctl --root $root check"
check "--no-color is honoured" no_terminal_color "env -u NO_COLOR TERM=xterm $agentctl --no-color --root $root check"

echo "UUID=0b7a5d0e-5a0e-4a39-a40c-0123456789ab /data ext4 defaults 0 0" >"$root/etc/fstab"
folded() {
        script -qec "stty cols 60; env NO_COLOR=1 TERM=xterm $agentctl --root $root check" /dev/null </dev/null | tr -d '\r' >"$tap_work/folded"
        # The head stays as it is.
        sed 1,3d "$tap_work/folded" | awk 'length > 60 { bad = 1 } END { exit bad || NR < 20 }'
}
check "findings are folded to the width of a terminal" folded
one_line_each() {
        local n
        n=$("$agentctl" --json --root "$root" check | jq '.findings | length')
        [ "$("$agentctl" --root "$root" check | grep -cE '^[A-Za-z]+ +[a-z-]+  ')" -eq "$n" ]
}
check "elsewhere a finding is one line" one_line_each

tap_done
