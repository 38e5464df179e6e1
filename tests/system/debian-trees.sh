#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Real Debian trees, judged as mounted images: every file as the packages made it.
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
. "$here/tap.sh"

packages=systemd-sysv,ifupdown,isc-dhcp-client,kdump-tools,grub2-common

outcome() { jq -e --arg key "$2" --arg outcome "$3" '.findings | map(select(.key == $key)) | length == 1 and .[0].outcome == $outcome' "$1"; }
nothing_unknown() {
        jq -r '.findings[] | select(.outcome == "unknown") | .key + ": " + .summary' "$1" | tee "$tap_work/unknown"
        [ ! -s "$tap_work/unknown" ]
}

for suite in bullseye bookworm trixie; do
        if [ "$(id -u)" -ne 0 ]; then
                skip "$suite: a real tree" "mmdebstrap needs root here"
                continue
        fi
        if ! tree=$("$here/make-tree" "$suite" "$packages" 2>"$tap_work/log"); then
                check "$suite: the tree can be made" cat "$tap_work/log"
                tap_failed=$((tap_failed + 1))
                continue
        fi
        judge() { "$agentctl" --json --root "$tree" ready >"$tap_work/$suite.json" 2>"$tap_work/err"; [ $? -le 3 ] && [ ! -s "$tap_work/err" ]; }
        check "$suite: is judged" judge
        check "$suite: is known for what it is" jq -e --arg suite "$suite" '.host.osId == "debian" and (.host.osName | contains($suite)) and .host.arch == "x86_64" and .host.live == false' "$tap_work/$suite.json"
done

tap_done
