#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# use: varlink.sh SUITE
# Programs that speak Varlink with the running service: systemd's own where the suite has it, and those that only sit there.
. "$(dirname "$0")/agent.sh"

socket=/run/ecs-guest-agent/io.ecsguest.Agent
link=/run/varlink/registry/io.ecsguest.Agent

agent_open
echo "$data_disk" >>"$tree/etc/fstab"
agent_boot

check "the link in the registry leads to the socket" inside test "$link" -ef "$socket"

# One connection each, held open, with nothing said.
sit() { inside_background setpriv --reuid "$1" --regid "$1" --clear-groups -- perl -MIO::Socket::UNIX -e '
        my @all;
        for (1 .. $ARGV[1]) { push @all, IO::Socket::UNIX->new(Peer => $ARGV[0]) // last }
        $| = 1;
        print scalar(@all), "\n$$\n";
        sleep 60;' "$socket" "$2"; }
sit 65534 65 >"$tap_work/sitting"
sitter=$!
within 100000 test -s "$tap_work/sitting" >/dev/null
check "65 connections of somebody who says nothing" grep -qx 65 "$tap_work/sitting"
start=$(now_us)
check "root is answered" exits 1 agentctl check
measured "agentctl check beside 65 idle connections: $((($(now_us) - start) / 1000)) ms"
check "a second user is answered" exits 0 inside_as 65533 agentctl status
check "a fix goes through" exits 0 agentctl fix fstab
check "and its undo" exits 0 agentctl undo
inside kill "$(sed -n 2p "$tap_work/sitting")"
wait "$sitter" 2>/dev/null

# One that says half a word: cut off, and nobody else minds.
half() { inside_as 65534 perl -MIO::Socket::UNIX -e '
        my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die;
        syswrite $s, "{\"method\":\"io.ecsguest.Agent.Status\"";
        alarm 60;
        my $n = sysread $s, my $byte, 1;
        exit(defined $n && $n == 0 ? 0 : 1);' "$socket"; }
broken() { inside_as 65534 perl -MIO::Socket::UNIX -e '
        my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die;
        syswrite $s, "\xff\xfe\0";
        alarm 60;
        my $n = sysread $s, my $byte, 1;
        exit(defined $n && $n == 0 ? 0 : 1);' "$socket"; }
check "what is no message is cut off" broken
check "half a message is cut off, in the end" half
check "the service goes on" exits 0 agentctl status

if ! inside varlinkctl --version >/dev/null 2>&1; then
        skip "varlinkctl" "$suite's systemd has none; trixie's is used"
        tap_done
        exit
fi

ctl() { inside timeout 60 varlinkctl "$@"; }
says() { grep -qF -- "$1" <("${@:2}" 2>&1) || { echo "'$1' is not in:"; "${@:2}" 2>&1 | head -n 40; return 1; }; }
stream() { ctl call --more "$@" | jq -c --seq . | tr -d '\036'; }
check "info" says "ecs-guest-agent" ctl info "$socket"
check "info by the link" says "io.ecsguest.Agent" ctl info "$link"
check "list-interfaces" says "io.ecsguest.Agent" ctl list-interfaces "$socket"
check "list-methods" says "io.ecsguest.Agent.Subscribe" ctl list-methods "$socket" io.ecsguest.Agent
check "introspect" says "method Apply" ctl introspect "$socket" io.ecsguest.Agent
check "introspect of the service" says "GetInfo" ctl introspect "$socket" org.varlink.service
valid_text() { ctl call -j "$socket" org.varlink.service.GetInterfaceDescription '{"interface":"io.ecsguest.Agent"}' | jq -r .description >"$tree/root/text" && ctl validate-idl /root/text; }
check "validate-idl takes what it serves" valid_text

for method in Describe Ready Status History; do
        check "call $method" ctl -j call "$socket" "io.ecsguest.Agent.$method" '{}'
done
check "call Ready: not ready" says '"not_ready"' ctl -j call "$socket" io.ecsguest.Agent.Ready '{}'
check "call Check without --more" says ExpectedMore ctl call "$socket" io.ecsguest.Agent.Check '{}'
# Put together, the stream is the report.
as_report() { stream "$socket" io.ecsguest.Agent.Check '{}' | jq -sS '(.[-1].summary) + {findings: [.[] | .finding | select(. != null)]} | del(.time, .host.bootId)'; }
same_as_report() {
        as_report >"$tap_work/a"
        agentctl --no-daemon check --json | jq -S 'del(.time, .host.bootId)' >"$tap_work/b"
        holds '.findings | length > 10' "$tap_work/a" && diff "$tap_work/a" "$tap_work/b"
}
check "call --more Check: what agentctl says" same_as_report
check "call Check of an area" says '"fstab-data-disk"' stream "$socket" io.ecsguest.Agent.Check '{"names":["fstab"]}'
check "a name that there is not" says NoSuchName stream "$socket" io.ecsguest.Agent.Check '{"names":["nothing"]}'
check "a parameter that there is not" says InvalidParameter ctl call "$socket" io.ecsguest.Agent.Status '{"a":1}'

digest() { ctl -j call "$socket" io.ecsguest.Agent.Plan '{"names":["fstab"]}' | jq -r .plan.digest; }
planned=$(digest)
apply() { "${@:2}" varlinkctl call "$socket" io.ecsguest.Agent.Apply "{\"digest\":\"$1\",\"names\":[\"fstab\"]}"; }
before=$(sha256sum <"$tree/etc/fstab")
check "Apply by somebody else" says PermissionDenied apply "$planned" inside_as 65534
check "Undo by somebody else" says PermissionDenied inside_as 65534 varlinkctl call "$socket" io.ecsguest.Agent.Undo '{}'
echo '# somebody was here' >>"$tree/etc/fstab"
check "Apply of a plan for another system" says StalePlan apply "$planned" inside
check "nothing was done" grep -qxF "$data_disk" "$tree/etc/fstab"
sed -i '$d' "$tree/etc/fstab"
check "Apply" says verified apply "$(digest)" inside
check "it is done" grep -qxF "$data_disk_fixed" "$tree/etc/fstab"
check "Undo" says undone ctl call "$socket" io.ecsguest.Agent.Undo '{}'
check "it is undone" test "$(sha256sum <"$tree/etc/fstab")" = "$before"
check "Undo, once more" says Refused ctl call "$socket" io.ecsguest.Agent.Undo '{}'
applied_in_steps() { stream "$socket" io.ecsguest.Agent.Apply "{\"digest\":\"$(digest)\",\"names\":[\"fstab\"]}" | tail -n 1 | jq -e '.plan.state == "verified"'; }
check "call --more Apply" applied_in_steps
check "call --oneway Undo" ctl call --oneway "$socket" io.ecsguest.Agent.Undo '{}'
undone() { [ "$(sha256sum <"$tree/etc/fstab")" = "$before" ]; }
check "and it was done" within 100000 undone

# The daemon as a program, with no service: varlinkctl starts it.
check "exec: the same program for one connection" says '"verdict"' ctl -j call "$(inside readlink -f /usr/libexec/ecs-guest-agent/agentd)" io.ecsguest.Agent.Ready '{}'

# Changes, as they come.
inside_background varlinkctl call --more "$socket" io.ecsguest.Agent.Subscribe '{}' >"$tap_work/stream" 2>&1
subscriber=$!
within 3000 test -s "$tap_work/stream" >/dev/null
sed -i '$d' "$tree/etc/fstab"
heard() { tr -d '\036' <"$tap_work/stream" | jq -se 'length >= 2 and any(.[-1].changes[]; .key == "fstab-data-disk:/data")'; }
check "Subscribe: a change, as it comes" within 10000 heard
kill "$subscriber" 2>/dev/null
wait "$subscriber" 2>/dev/null

tap_done
