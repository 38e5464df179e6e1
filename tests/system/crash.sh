#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Power cuts and failing disks: fixes and undos are interrupted at their calls, and the next start must leave all of the old or
# all of the new. A part of the points, chosen evenly, unless CRASH=all: then every one of them, for every case with a fix,
# which takes long. CRASH=CASE... names cases of tests/roots.
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
roots=$(cd "$(dirname "$0")/../roots" && pwd)
crash=$(dirname "$agentctl")/tests/crash
if [ ! -x "$crash" ]; then
        echo "ok 1 - crashes # SKIP the tracer is for x86_64"
        echo "1..1"
        exit
fi
# Thousands of trees are made; no disk has to see them, since what is asked is what the program asked of it.
if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ]; then
        export TMPDIR=/dev/shm
fi

fixes() { grep -lE '"fix(es)?":' "$roots"/*/case.json | xargs -n 1 dirname | xargs -n 1 basename; }
case ${CRASH:-} in
# One file; three under one boot loader; new directories; links; a file behind a link.
'') exec "$crash" "$agentctl" "$roots" --every=13 fix-engine-plain console-v25-el9 dns-v4-dhclient-no-hook kdump-fix-centos6 fstab-link-data-disk ;;
all) exec "$crash" "$agentctl" "$roots" $(fixes) ;;
# shellcheck disable=SC2086
*) exec "$crash" "$agentctl" "$roots" $CRASH ;;
esac
