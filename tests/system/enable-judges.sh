#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What enabling makes, held against systemctl(1): the same unit in two copies of a tree, enabled by 'agentctl fix' in one and by
# 'systemctl --root enable' in the other, must end with the same links. And 'systemctl disable' of a swap unit likewise.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"

roots=$(cd "$(dirname "$0")/../roots" && pwd)
units=usr/lib/systemd/system
configuration=etc/systemd/system

# tree NAME DIRECTORY: a case's tree with its skeleton, without the links that enable anything of kdump.
tree() {
        local case=$roots/$1 base
        base=$(jq -r '.base // empty' "$case/case.json")
        mkdir -p "$2"
        [ -z "$base" ] || cp -a "$roots/.bases/$base/." "$2"
        cp -a "$case/root/." "$2"
        find "$2/$configuration" -type l -name 'kdump*' -delete 2>/dev/null
        mkdir -p "$2/$configuration"
}

# links DIRECTORY: "PATH -> TARGET" of all that systemd reads; a target by where it leads inside the tree.
links() {
        (cd "$1/$configuration" && find . -type l | sort | while read -r link; do
                target=$(readlink "$link")
                case $target in
                /*) target=$(realpath -m "$1$target") ;;
                *) target=$(realpath -m "$(dirname "$link")/$target") ;;
                esac
                echo "$link -> ${target#"$(realpath "$1")"}"
        done)
}

# same UNIT TREE: enables it in two copies, and compares.
same() {
        local unit=$1 ours=$tap_work/ours theirs=$tap_work/theirs
        rm -rf "$ours" "$theirs"
        cp -a "$2" "$ours"
        cp -a "$2" "$theirs"
        systemctl --root "$theirs" enable "$unit" || return 1
        "$agentctl" --json --root "$ours" fix kdump-service >"$tap_work/plan" || { cat "$tap_work/plan"; return 1; }
        links "$ours" >"$tap_work/a"
        links "$theirs" >"$tap_work/b"
        grep -q "/$unit -> " "$tap_work/b" && diff "$tap_work/a" "$tap_work/b"
}

# is_enabled UNIT TREE WANTED: what systemctl makes of our links.
is_enabled() {
        [ "$(systemctl --root "$2" is-enabled "$1")" = "$3" ] || { systemctl --root "$2" is-enabled "$1"; return 1; }
}

if ! command -v systemctl >/dev/null; then
        skip "links as systemctl makes them" "there is no systemctl here"
        tap_done
        exit
fi

# The fixtures' own units.
for case in kdump-centos7 kdump-alinux2 kdump-rhel8 kdump-anolis8 kdump-alinux3 kdump-openeuler kdump-rhel9 kdump-rhel10 \
        kdump-sles15 kdump-debian12 kdump-ubuntu2404; do
        unit=kdump.service
        [[ $case == *debian* || $case == *ubuntu* ]] && unit=kdump-tools.service
        tree "$case" "$tap_work/$case"
        check "$case: $unit" same "$unit" "$tap_work/$case"
        check "$case: systemctl calls it enabled" is_enabled "$unit" "$tap_work/ours" enabled
done

# What no fixture has: every kind of link, and units that go with it.
tree kdump-rhel9 "$tap_work/all"
cat >"$tap_work/all/$units/kdump.service" <<'END'
[Unit]
Description=Crash recovery kernel arming
[Service]
Type=oneshot
ExecStart=/usr/bin/kdumpctl start
[Install]
# a comment \
WantedBy=multi-user.target \
  rescue.target
WantedBy=
WantedBy=multi-user.target "graphical.target"
RequiredBy=sysinit.target
Alias=crash.service kdump.service
Also=kdump-early.service
[Unit]
Description=Crash recovery kernel arming
[Service]
Type=oneshot
ExecStart=/usr/bin/kdumpctl start
[Install]
# a comment \
WantedBy=multi-user.target \
  rescue.target
WantedBy=
WantedBy=multi-user.target "graphical.target"
RequiredBy=sysinit.target
Alias=crash.service kdump.service
Also=kdump-early.service
END
cat >"$tap_work/all/$units/kdump-early.service" <<'END'
[Service]
ExecStart=/bin/true
[Install]
WantedBy=sysinit.target
Also=kdump.service
END
check "every setting of [Install]" same kdump.service "$tap_work/all"

tree kdump-rhel9 "$tap_work/own"
mv "$tap_work/own/$units/kdump.service" "$tap_work/own/$configuration/kdump.service"
check "a unit of the administrator" same kdump.service "$tap_work/own"

refused() {
        cp -a "$1" "$tap_work/refused.tree"
        exits 4 "$agentctl" --root "$tap_work/refused.tree" fix kdump-service &&
                diff -r --no-dereference "$1" "$tap_work/refused.tree"
}
tree kdump-rhel9 "$tap_work/masked"
ln -s /dev/null "$tap_work/masked/$configuration/kdump.service"
check "a mask stays" refused "$tap_work/masked"

# Swap units: nothing but the links goes, and nothing is masked.
swap_off() {
        local ours=$tap_work/swap-ours theirs=$tap_work/swap-theirs
        tree swap-unit "$ours"
        tree swap-unit "$theirs"
        systemctl --root "$theirs" disable dev-vda2.swap || return 1
        "$agentctl" --json --root "$ours" fix swap-configured >"$tap_work/plan" || { cat "$tap_work/plan"; return 1; }
        links "$ours" >"$tap_work/a"
        links "$theirs" >"$tap_work/b"
        diff "$tap_work/a" "$tap_work/b" && is_enabled dev-vda2.swap "$ours" disabled
}
check "a swap unit is disabled as systemctl does it" swap_off

tap_done
