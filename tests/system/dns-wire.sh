#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The path to a nameserver, measured for real: a network namespace of its own, a server that loses packets as broken
# networks do, and agentctl beside it. Needs root, for the namespace and for port 53.
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
if [ "${DNS_WIRE_INSIDE:-}" != yes ]; then
        if ! unshare -n true 2>/dev/null; then
                echo "ok 1 - dns-wire # SKIP cannot make a network namespace here"
                echo "1..1"
                exit 0
        fi
        exec env DNS_WIRE_INSIDE=yes unshare -n -- "$0" "$agentctl"
fi
. "$(dirname "$0")/tap.sh"

server=$(dirname "$agentctl")/tests/dns-server
address=192.0.2.53
other=2001:db8::53
root=$tap_work/root
cp -a "$(cd "$(dirname "$0")/../roots" && pwd)/.bases/centos7" "$root"
mkdir -p "$root/proc"
echo "btime 1700000000" >"$root/proc/stat"

check "bring up the namespace" ip link set lo up
ip address add "$address/32" dev lo
ip -6 address add "$other/128" dev lo nodad 2>/dev/null

server_id=
start() {
        coproc SERVER { exec "$server" "$1" "$2" 2>&1; }
        server_id=$SERVER_PID
        read -r -t 5 line <&"${SERVER[0]}" && [ "$line" = ready ]
}
stop() {
        [ -n "$server_id" ] && kill "$server_id" && wait "$server_id" 2>/dev/null
        server_id=
        return 0
}

# measure ADDRESS...: runs the probe against these nameservers; report and exit code are kept.
measure() {
        printf 'nameserver %s\n' "$@" >"$root/etc/resolv.conf"
        local begin=${EPOCHREALTIME/./}
        code=0
        "$agentctl" --json --root "$root" --assume-live --active check dns-wire >"$tap_work/report" || code=$?
        took=$(((${EPOCHREALTIME/./} - begin) / 1000))
        cat "$tap_work/report"
}
says() { jq -e "$1" "$tap_work/report" >/dev/null; }

# judges MODE ADDRESS OUTCOME SEVERITY SIGNATURE CODE [FILTER]
judges() {
        local key="dns-wire:$2"
        start "$2" "$1" || { echo "the server does not start"; return 1; }
        measure "$2"
        stop
        echo "exit code $code after $took ms"
        [ "$code" -eq "$6" ] && [ "$took" -lt 3500 ] &&
                says ".findings | length == 1 and .[0].key == \"$key\" and .[0].outcome == \"$3\" and .[0].severity == \"$4\" and .[0].facts.signature == \"$5\"" &&
                says ".findings[0] | ${7:-.line == 1}"
}

check "healthy" judges healthy $address pass warning healthy 0 \
        '(.facts.oneSocket | startswith("3 lookups, lost 0 A and 0 AAAA")) and (.facts.twoSockets | contains("lost 0 A and 0 AAAA"))'
check "every second packet of a flow is dropped" judges drop-second $address fail warning flowDrop 1 \
        '(.summary | contains("10 seconds")) and .required == "options single-request-reopen" and (.facts.oneSocketInSequence | contains("lost 0 A and 1 AAAA"))'
check "a packet is dropped while the first is unanswered" judges drop-unanswered $address fail warning race 1 \
        '(.summary | contains("5 seconds")) and .required == "options single-request-reopen" and (.facts.oneSocketInSequence | contains("lost 0 A and 0 AAAA"))'
check "AAAA is never answered" judges no-aaaa $address fail warning noAaaa 1 '.summary | contains("no cure")'
check "one packet is lost once: no verdict" judges lose-one $address unknown warning loss 3
check "REFUSED" judges refused $address fail note error 0 '.actual == "REFUSED"'
check "SERVFAIL" judges servfail $address fail note error 0 '.actual == "SERVFAIL"'
check "cut short, and TCP answers" judges truncated $address pass warning healthy 0 '.facts.tcp == "answers"'
check "cut short, and TCP does not answer" judges truncated-no-tcp $address fail warning truncatedNoTcp 1
check "forged answers are passed over" judges forged $address pass warning healthy 0
check "nothing is answered" judges silent $address unknown warning silent 3

nobody() { measure "$address"; [ "$code" -eq 3 ] && [ "$took" -lt 1000 ] && says '.findings[0].outcome == "unknown" and .findings[0].facts.signature == "unreachable"'; }
check "nobody listens" nobody

no_route() { measure 198.51.100.1; [ "$code" -eq 3 ] && says '.findings[0].facts.signature == "unreachable"'; }
check "no route" no_route

if [ -n "$(ip -6 address show dev lo to "$other")" ]; then
        check "IPv6" judges drop-second $other fail warning flowDrop 1
else
        skip "IPv6" "this kernel has none"
fi

several() {
        start "$address" healthy || return 1
        measure "$address" 127.0.0.1 198.51.100.1
        stop
        says '[.findings[] | .key] | sort == ["dns-wire:127.0.0.1", "dns-wire:192.0.2.53", "dns-wire:198.51.100.1"]'
}
check "each nameserver is judged" several

not_asked() {
        printf 'nameserver %s\n' "$address" >"$root/etc/resolv.conf"
        "$agentctl" --json --root "$root" --assume-live check dns-wire >"$tap_work/report" &&
                says '.findings[0].outcome == "skip"'
}
check "without --active nothing is sent" not_asked

stable() {
        start "$address" drop-second || return 1
        measure "$address" >/dev/null
        jq -r .digest "$tap_work/report" >"$tap_work/first"
        measure "$address" >/dev/null
        jq -r .digest "$tap_work/report" >"$tap_work/second"
        stop
        cmp "$tap_work/first" "$tap_work/second"
}
check "the same network gives the same digest" stable

tap_done
