#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# varlinkctl of trixie against our texts and our server; and the text against what agentctl prints.
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
. "$here/tap.sh"

top=$here/../..
packages=systemd-sysv,ifupdown,isc-dhcp-client,kdump-tools,grub2-common

# fields TYPE: those that the text gives it, one a line.
fields() { awk -v head="type $1 (" '$0 == head { on = 1; next } /^\)/ { on = 0 } on && !/^ *#/ { sub(/^ */, ""); sub(/:.*/, ""); print }' "$top/agent/varlink/io.ecsguest.Agent.varlink"; }
same_fields() { [ -n "$(fields "$1")" ] && diff <(fields "$1") <("$agentctl" list --json | jq -r "$2 | keys_unsorted[]"); }

check "the fields of a probe" same_fields Probe '.probes[0]'
check "the fields of a fixer" same_fields Fixer '.fixers[0]'

if [ "$(id -u)" -ne 0 ]; then
        skip "varlinkctl" "mmdebstrap needs root here"
        tap_done
        exit
fi
if ! tree=$("$here/make-tree" trixie "$packages" 2>"$tap_work/log"); then
        check "the tree of trixie can be made" false
        sed 's/^/# /' "$tap_work/log" | tail -n 20
        tap_done
        exit
fi

validate() { chroot "$tree" /usr/bin/varlinkctl validate-idl; }
invalid() { ! validate; }
for file in "$top"/agent/varlink/*.varlink; do
        check "varlinkctl takes ${file##*/}" validate <"$file"
done
# It does look.
check "varlinkctl refuses what is none" invalid < <(sed 's/^error Busy ()/error Busy/' "$top/agent/varlink/io.ecsguest.Agent.varlink")

# The wire. The server stands outside of the tree, and its socket inside.
place=$(mktemp -d "$tree/run/varlinkctl.XXXXXXXX")
inside=${place#"$tree"}
chmod 755 "$place"
"$(dirname "$agentctl")/tests/varlink-server" "$place/agent" >"$tap_work/served" 2>&1 &
server=$!
finish() {
        kill "$server" 2>/dev/null
        rm -rf --one-file-system -- "$place"
        rm -rf "$tap_work"
}
trap finish EXIT
for _ in $(seq 100); do [ -S "$place/agent" ] && break; sleep 0.1; done
chmod 666 "$place/agent"

# Connecting to a path needs /proc, in a mount namespace of its own.
ctl_as() { timeout 60 unshare --mount --propagation private bash -c 'mount --bind /proc "$2/proc" && exec chroot --userspec="$1" "$2" /usr/bin/varlinkctl "${@:3}"' bash "$1:$1" "$tree" "${@:2}"; }
ctl() { ctl_as 0 "$@"; }
says() { grep -qF -- "$1" <("${@:2}" 2>&1) || { echo "'$1' is not in:"; "${@:2}"; return 1; }; }
is() { diff <(printf '%s\n' "$1") <("${@:2}"); }
json() { diff <(jq -cn "$1") <("${@:2}" | jq -c .); }
stream() { ctl call --more "$inside/agent" io.ecsguest.Agent.Check '{}' | jq -c --seq . | tr -d '\036'; }
heard() { for _ in $(seq 50); do [ "$(cat "$tap_work/served")" = "$1" ] && return; sleep 0.1; done; cat "$tap_work/served"; return 1; }

check "info" says "https://example.org/" ctl info "$inside/agent"
check "list-interfaces" is $'io.ecsguest.Agent\norg.varlink.service' ctl list-interfaces "$inside/agent"
check "list-methods" says "io.ecsguest.Agent.Subscribe" ctl list-methods "$inside/agent" io.ecsguest.Agent
check "introspect" says "same system, same digest" ctl introspect "$inside/agent" io.ecsguest.Agent
check "introspect of the service" says "ExpectedMore" ctl introspect "$inside/agent" org.varlink.service
check "call; broken bytes are repaired" json '{state: "a\ufffd\ufffdb/\u0001"}' ctl -j call "$inside/agent" io.ecsguest.Agent.Status '{}'
check "call --more" is "$({ for i in $(seq 0 99); do echo "{\"finding\":{\"line\":$i}}"; done; echo '{"summary":{"verdict":"ready"}}'; })" stream
check "a stream without --more" says "org.varlink.service.ExpectedMore" ctl call "$inside/agent" io.ecsguest.Agent.Check '{}'
check "an error of the interface" says "io.ecsguest.Agent.StalePlan" ctl call "$inside/agent" io.ecsguest.Agent.Apply '{}'
check "the same, expected" ctl call --graceful=io.ecsguest.Agent.StalePlan "$inside/agent" io.ecsguest.Agent.Apply '{}'
check "a parameter that is not known" says "org.varlink.service.InvalidParameter" ctl call "$inside/agent" io.ecsguest.Agent.Status '{"a":1}'
check "a method that is not known" says "org.varlink.service.MethodNotFound" ctl call "$inside/agent" io.ecsguest.Agent.Nothing '{}'
check "somebody else" says "org.varlink.service.PermissionDenied" ctl_as 1000 call "$inside/agent" io.ecsguest.Agent.Undo '{}'
check "call --oneway" ctl call --oneway "$inside/agent" io.ecsguest.Agent.Undo '{}'
check "and it was done once" heard undo

tap_done
