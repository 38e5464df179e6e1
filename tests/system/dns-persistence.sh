#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whether the option lasts, for real: Debian trees as clients in a network of their own, with dnsmasq for DHCP and DNS.
# A lease is renewed under dhclient, NetworkManager, resolvconf, openresolv and dhcpcd, first without agentctl's fix, where
# the option goes, then with it, where it has to stay. And what it is all for: a server that drops the second packet.
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
here=$(cd "$(dirname "$0")" && pwd)

# Libraries that agentctl needs and a small Debian has not.
libraries=libjson-c5,libssl3
if [ "${DNS_PERSISTENCE_INSIDE:-}" != yes ]; then
        if [ "$(id -u)" -ne 0 ] || ! unshare --net --mount true 2>/dev/null; then
                echo "ok 1 - dns-persistence # SKIP only root makes namespaces and trees here"
                echo "1..1"
                exit 0
        fi
        declare -A packages=(
                [networkmanager]=dbus,dhcpcd-base,dnsmasq-base,ifupdown,iproute2,isc-dhcp-client,$libraries,network-manager
                [resolvconf]=dnsmasq-base,ifupdown,iproute2,isc-dhcp-client,$libraries,resolvconf
                [openresolv]=dhcpcd-base,dnsmasq-base,ifupdown,iproute2,$libraries,openresolv
                [resolved]=iproute2,$libraries,systemd-resolved,systemd-sysv
        )
        for name in "${!packages[@]}"; do
                tree=$("$here/make-tree" bookworm "${packages[$name]}") || { echo "not ok 1 - the tree $name can be made"; echo "1..1"; exit 1; }
                export "DNS_PERSISTENCE_${name^^}=$tree"
        done
        # Nothing outlives this: the first process of the namespace takes all others with it.
        exec timeout --kill-after=5 600 \
                unshare --net --mount --propagation private --uts --pid --fork --kill-child --mount-proc \
                env DNS_PERSISTENCE_INSIDE=yes "$0" "$agentctl"
fi
. "$here/tap.sh"
server_tool=$(dirname "$agentctl")/tests/dns-server

# Roots are not below $tap_work, which is removed with everything in it.
mount -t tmpfs tmpfs /run || exit 1
roots=/run/roots
mkdir -p "$roots" /run/netns
ip netns add client
ip link add name server0 type veth peer name eth0 netns client
ip address add 192.0.2.1/24 dev server0
ip link set lo up
ip link set server0 up

# new_root NAME TREE: a writable copy of a tree, with what a kernel has to offer; sets $root.
new_root() {
        root=$roots/$1
        mkdir -p "$root" "$roots/$1.upper" "$roots/$1.work"
        mount -t overlay overlay -o "lowerdir=$2,upperdir=$roots/$1.upper,workdir=$roots/$1.work" "$root" || return
        mount -t proc proc "$root/proc"
        nsenter --net=/run/netns/client mount -t sysfs -o ro sysfs "$root/sys"
        mount -t tmpfs tmpfs "$root/run"
        mount -t tmpfs tmpfs "$root/dev"
        mknod "$root/dev/null" c 1 3
        mknod "$root/dev/zero" c 1 5
        mknod "$root/dev/random" c 1 8
        mknod "$root/dev/urandom" c 1 9
        chmod 666 "$root"/dev/*
        ln -s /proc/self/fd "$root/dev/fd"
        cp "$agentctl" "$root/usr/bin/agentctl"
        nsenter --net=/run/netns/client ip address flush dev eth0
        nsenter --net=/run/netns/client ip link set lo up
        nsenter --net=/run/netns/client ip link set eth0 up
        # What each hook of dhclient saw, after all the others.
        [ ! -d "$root/etc/dhcp/dhclient-exit-hooks.d" ] || echo 'echo "$reason" >>/run/reasons' >"$root/etc/dhcp/dhclient-exit-hooks.d/zz-reasons"
}

inside() { nsenter --net=/run/netns/client chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# begin COMMAND...: a daemon inside; end_all ends them, the last first.
daemons=()
begin() {
        nsenter --net=/run/netns/client chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" >>"$tap_work/daemons.log" 2>&1 &
        daemons+=($!)
}
end_all() {
        while [ ${#daemons[@]} -gt 0 ]; do
                kill "${daemons[-1]}" 2>/dev/null
                wait "${daemons[-1]}" 2>/dev/null
                unset "daemons[-1]"
        done
}

# within SECONDS COMMAND...: whether it succeeds in that time.
within() {
        local end=$((SECONDS + $1))
        shift
        until "$@" >/dev/null 2>&1; do
                [ $SECONDS -lt $end ] || { echo "not in time: $*"; return 1; }
                sleep 0.2
        done
}

# The nameserver and DHCP server, which asks for a renewal every few seconds. serve DOMAIN
new_root server "$DNS_PERSISTENCE_NETWORKMANAGER"
server_root=$root
server=
serve() {
        [ -z "$server" ] || { kill "$server"; wait "$server" 2>/dev/null; }
        chroot "$server_root" dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= --log-facility=/run/log \
                --interface=server0 --bind-interfaces --no-resolv --no-hosts --host-record=name.test,192.0.2.77 \
                --dhcp-range=192.0.2.10,192.0.2.99,120 --dhcp-option=option:T1,4 --dhcp-option=option:T2,100 --dhcp-authoritative \
                --no-ping --leasefile-ro --log-dhcp --domain="$1" &
        server=$!
}
serves() { [ "$(grep -c DHCPACK "$server_root/run/log")" -gt "$1" ]; }

in_force() { grep -Eq '^options[[:blank:]](.*[[:blank:]])?single-request-reopen' "$root/etc/resolv.conf"; }
once() { [ "$(grep -c single-request-reopen "$root/etc/resolv.conf")" -eq 1 ]; }
written() { grep -q '^nameserver 192.0.2.1$' "$root/etc/resolv.conf" && grep -q "$1" "$root/etc/resolv.conf"; }
by_hand() { echo "options single-request-reopen" >>"$(readlink -f "$root/etc/resolv.conf")" && in_force; }
resolves() { inside getent hosts name.test | grep '192.0.2.77'; }
show() { echo "-- $root/etc/resolv.conf"; cat "$root/etc/resolv.conf"; }

# A renewed lease that says something new, so that whoever writes the file has to.
renewals=0
renew() {
        renewals=$((renewals + 1))
        serve "renewal$renewals.test"
        within 30 written "renewal$renewals.test" || { show; tail -n 20 "$tap_work/daemons.log"; return 1; }
}
keeps() { renew && within 3 in_force && once && resolves || { show; return 1; }; }
loses() { renew && sleep 1 && ! in_force || { show; return 1; }; }

judges() { inside agentctl --json check dns-persistence | jq -e --arg outcome "$1" '.findings | length == 1 and .[0].outcome == $outcome'; }
# fixes PATH...: exactly these are changed.
fixes() {
        inside agentctl --json fix dns --force >"$tap_work/plan"
        local code=$?
        jq -c '{state, reason, refusals, hints, paths: [.changes[] | select(.kind == "write").path]}' "$tap_work/plan"
        [ $code -eq 0 ] && jq -e '.state == "verified" and ([.changes[] | select(.kind == "write").path] | sort) == ($ARGS.positional | sort)' \
                --args "$@" <"$tap_work/plan" && in_force
}
nothing_more() { inside agentctl --json fix dns --force | jq -e '.state == "nothing_to_do"'; }
undoes() { inside agentctl --json undo | jq -e '.state == "undone"'; }

# What an owner of the file goes through. life NAME PATH...: begins when the file is written; PATHs are what the fix changes.
life() {
        local name=$1
        shift
        check "$name: the option is put there by hand" by_hand
        check "$name: that it will be lost is foreseen" judges fail
        check "$name: it is lost when the lease is renewed" loses
        check "$name: the fix" fixes "$@"
        check "$name: it is foreseen to stay" judges pass
        check "$name: there is nothing more to do" nothing_more
}

# ISC dhclient below ifupdown
new_root dhclient "$DNS_PERSISTENCE_NETWORKMANAGER"
: >"$root/etc/resolv.conf"
printf 'auto eth0\niface eth0 inet dhcp\n' >"$root/etc/network/interfaces"
serve first.test
dhclient() { begin dhclient -4 -d -lf /run/leases -pf /run/pid eth0; }
dhclient
check "dhclient: writes the file" within 20 written first.test
life dhclient /etc/dhcp/dhclient-exit-hooks.d/single-request-reopen /etc/resolv.conf
cp -p "$root/etc/resolv.conf" "$tap_work/fixed"
check "dhclient: the option stays when the lease is renewed" keeps
check "dhclient: and once more" keeps
end_all
: >"$root/run/reasons"
dhclient
check "dhclient: it stays when dhclient starts again" keeps
check "dhclient: and with the renewal after that" keeps
check "dhclient: which was a start, and a renewal" grep -zqE '(REBOOT|BOUND).*RENEW' "$root/run/reasons"
end_all

# hook SHELL REASON: the hook as dhclient-script has it, sourced: it must not touch a variable of that.
hook() { inside "$1" -uc 'reason=$1 file=kept new=kept; . /etc/dhcp/dhclient-exit-hooks.d/single-request-reopen; [ "$reason $file $new" = "$1 kept kept" ]' x "$2"; }
put() { rm -rf "$root/etc/resolv.conf" && printf "$1" >"$root/etc/resolv.conf"; }
holds() { printf "$1" | cmp - "$root/etc/resolv.conf" && [ "$(find "$root/etc" -name 'resolv.conf*' | wc -l)" -eq 1 ]; }
options='options timeout:2 attempts:3 rotate single-request-reopen\n'
hook_adds() { put "$2" && chmod 640 "$root/etc/resolv.conf" && hook "$1" BOUND && holds "$3" && [ "$(stat -c %a "$root/etc/resolv.conf")" -eq 640 ] && hook "$1" RENEW && holds "$3"; }
hook_passes() { put "$2" && hook "$1" "$3" && holds "$2"; }
hook_link() {
        put '' && rm "$root/etc/resolv.conf" && ln -s "$1" "$root/etc/resolv.conf" && printf 'nameserver 192.0.2.1\n' >"$root$1"
        hook sh BOUND && [ -L "$root/etc/resolv.conf" ] && [ "$(grep -c single-request-reopen "$root$1")" -eq "$2" ]
        local code=$?
        rm -f "$root$1" "$root/etc/resolv.conf"
        return $code
}
hook_mount() {
        put 'nameserver 192.0.2.1\n' && mount --bind "$root/etc/resolv.conf" "$root/etc/resolv.conf"
        hook sh BOUND && holds 'nameserver 192.0.2.1\n'
        local code=$?
        umount "$root/etc/resolv.conf"
        return $code
}
hook_missing() { rm -rf "$root/etc/resolv.conf" && hook sh BOUND && [ ! -e "$root/etc/resolv.conf" ] && mkdir "$root/etc/resolv.conf" && hook sh BOUND && [ -z "$(ls -A "$root/etc/resolv.conf")" ]; }
for shell in sh bash; do
        check "the hook in $shell: adds the line, once, and keeps the mode" hook_adds $shell 'nameserver 192.0.2.1\n' "nameserver 192.0.2.1\n$options"
        check "the hook in $shell: ends a last line first" hook_adds $shell 'nameserver 192.0.2.1' "nameserver 192.0.2.1\n$options"
        check "the hook in $shell: an empty file" hook_adds $shell '' "$options"
        check "the hook in $shell: takes a comment or an indented line for no options" hook_adds $shell \
                '#options single-request-reopen\n options single-request-reopen\noptions a,single-request-reopen\n' \
                "#options single-request-reopen\n options single-request-reopen\noptions a,single-request-reopen\n$options"
        check "the hook in $shell: leaves a file that has it" hook_passes $shell 'options\ta single-request-reopenX\n' BOUND
        check "the hook in $shell: does nothing before there is a lease" hook_passes $shell 'nameserver 192.0.2.1\n' PREINIT
done
check "the hook: follows a link" hook_link /etc/other 1
check "the hook: leaves what is made in /run" hook_link /run/other 0
check "the hook: leaves a file that is mounted" hook_mount
check "the hook: leaves a missing file and a directory" hook_missing
rm -rf "$root/etc/resolv.conf"
cp -p "$tap_work/fixed" "$root/etc/resolv.conf"
dhclient
check "dhclient: undone" undoes
check "dhclient: without the hook it is lost again" loses
end_all

# NetworkManager with a connection profile
new_root networkmanager "$DNS_PERSISTENCE_NETWORKMANAGER"
: >"$root/etc/resolv.conf"
profile=/etc/NetworkManager/system-connections/eth0.nmconnection
printf '[connection]\nid=eth0\ntype=ethernet\ninterface-name=eth0\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n' >"$root$profile"
chmod 600 "$root$profile"
mkdir -p "$root/run/dbus" "$root/run/NetworkManager"
serve first.test
begin dbus-daemon --system --nofork --nopidfile
within 10 test -S "$root/run/dbus/system_bus_socket"
begin NetworkManager --no-daemon
check "NetworkManager: writes the file" within 30 written first.test
life NetworkManager "$profile" /etc/resolv.conf
check "NetworkManager: the profile is its own still" inside sh -c "[ \"\$(stat -c '%u %a' $profile)\" = '0 600' ]"
check "NetworkManager: the hint says what it has to be told" jq -e '[.hints[] | contains("nmcli connection reload") and contains("nmcli device reapply")] | any' "$tap_work/plan"
check "NetworkManager: untold, a new lease takes the option away" loses
check "NetworkManager: it takes the profile" inside nmcli connection reload
check "NetworkManager: and uses it" inside nmcli device reapply eth0
check "NetworkManager: which has both families' options" eval "inside nmcli -g ipv4.dns-options,ipv6.dns-options connection show eth0 | grep -c single-request-reopen | grep -qx 2"
check "NetworkManager: the option is in the file again" within 5 in_force
check "NetworkManager: it stays when the lease is renewed" keeps
kill "${daemons[-1]}"
wait "${daemons[-1]}" 2>/dev/null
unset 'daemons[-1]'
: >"$root/etc/resolv.conf"
begin NetworkManager --no-daemon
check "NetworkManager: it is there when it starts again" within 30 in_force
check "NetworkManager: and stays" keeps
end_all

# Debian's resolvconf, which dhclient hands its leases to
new_root resolvconf "$DNS_PERSISTENCE_RESOLVCONF"
ln -sfn ../run/resolvconf/resolv.conf "$root/etc/resolv.conf"
boot_resolvconf() { mkdir -p "$root/run/resolvconf/interface" && inside resolvconf --enable-updates; }
boot_resolvconf
serve first.test
dhclient
check "resolvconf: writes the file" within 20 written first.test
life resolvconf /etc/resolvconf/resolv.conf.d/tail /run/resolvconf/resolv.conf
check "resolvconf: the link stays" test -L "$root/etc/resolv.conf"
check "resolvconf: the option stays when the lease is renewed" keeps
end_all
rm -rf "$root/run/resolvconf"
boot_resolvconf
dhclient
check "resolvconf: it is there after a boot" keeps
end_all

# openresolv, which dhcpcd hands its leases to
new_root openresolv "$DNS_PERSISTENCE_OPENRESOLV"
: >"$root/etc/resolv.conf"
printf 'auto eth0\niface eth0 inet dhcp\n' >"$root/etc/network/interfaces"
serve first.test
dhcpcd() { begin dhcpcd --nobackground --ipv4only --noipv4ll --noarp eth0; }
dhcpcd
check "openresolv: writes the file" within 30 written first.test
life openresolv /etc/resolv.conf /etc/resolvconf.conf
check "openresolv: the option stays when the lease is renewed" keeps
end_all

# dhcpcd alone
new_root dhcpcd "$DNS_PERSISTENCE_OPENRESOLV"
rm -f "$root/usr/sbin/resolvconf" "$root/etc/resolvconf.conf"
: >"$root/etc/resolv.conf"
printf 'auto eth0\niface eth0 inet dhcp\n' >"$root/etc/network/interfaces"
serve first.test
dhcpcd
check "dhcpcd: writes the file" within 30 written first.test
life dhcpcd /etc/resolv.conf /etc/resolv.conf.tail
check "dhcpcd: the option stays when the lease is renewed" keeps
end_all

# systemd-resolved, with and without its stub
new_root resolved "$DNS_PERSISTENCE_RESOLVED"
mkdir -p "$root/run/systemd/resolve"
printf 'nameserver 127.0.0.53\noptions edns0 trust-ad\n' >"$root/run/systemd/resolve/stub-resolv.conf"
printf 'nameserver 192.0.2.1\n' >"$root/run/systemd/resolve/resolv.conf"
refused() {
        local before
        before=$(cat "$root"/run/systemd/resolve/*)
        inside agentctl --json fix dns --force >"$tap_work/plan"
        [ $? -eq 4 ] && jq -e --arg words "$1" '.state == "refused" and (.changes | length) == 0 and (.refusals[0].reason | contains($words))' "$tap_work/plan" &&
                [ -L "$root/etc/resolv.conf" ] && [ "$before" = "$(cat "$root"/run/systemd/resolve/*)" ] || { cat "$tap_work/plan"; return 1; }
}
check "systemd-resolved: its package makes the link to the stub" test "$(readlink "$root/etc/resolv.conf")" = ../run/systemd/resolve/stub-resolv.conf
check "systemd-resolved: the stub needs no option" refused "a stub"
ln -sfn ../run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
check "systemd-resolved: without its stub it has no setting" refused "no setting"
kill "$server"
wait "$server" 2>/dev/null

# What it is for: a network that drops every second packet of a flow
new_root lookup "$DNS_PERSISTENCE_NETWORKMANAGER"
echo "nameserver 192.0.2.53" >"$root/etc/resolv.conf"
rm -f "$root/etc/systemd/system/multi-user.target.wants/NetworkManager.service"
ip address add 192.0.2.53/24 dev server0
nsenter --net=/run/netns/client ip address add 192.0.2.20/24 dev eth0
# Without an address of that family getent asks for no AAAA.
check "lookup: an IPv6 address" nsenter --net=/run/netns/client ip -6 address add 2001:db8::20/64 dev eth0 nodad
coproc LOSSY { exec "$server_tool" 192.0.2.53 drop-second 2>&1; }
lossy=$LOSSY_PID
read -r -t 5 line <&"${LOSSY[0]}"
# A fresh process each time: glibc gets used to the loss.
lookup() {
        local begin=${EPOCHREALTIME/./}
        inside timeout 30 getent ahosts name.test
        # The server has empty answers: "not found" is one, a lookup that nobody answered is none.
        [ $? -eq 2 ] || return 1
        took=$(((${EPOCHREALTIME/./} - begin) / 1000))
        echo "$took ms"
}
slow() { lookup && [ "$took" -ge 5000 ]; }
quick() { lookup && [ "$took" -lt 500 ]; }
check "lookup: the server is there" test "${line:-}" = ready
check "lookup: takes seconds without the option" slow
before=${took:-}
check "lookup: the fix" fixes /etc/resolv.conf
check "lookup: takes milliseconds with it" quick
echo "# the first lookup of a process: $before ms before, ${took:-} ms after"
kill "$lossy"

tap_done
