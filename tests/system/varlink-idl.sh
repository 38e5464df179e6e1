#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The descriptions of the Varlink interfaces, by systemd's own parser, and against what agentctl prints.
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
        skip "varlinkctl validate-idl" "mmdebstrap needs root here"
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

tap_done
