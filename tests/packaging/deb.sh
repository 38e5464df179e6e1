#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package: it is built, lintian has no complaint, and it holds what it should. What it does when it is installed,
# upgraded and purged is for the containers.
# shellcheck disable=SC2154
here=$(readlink -f "$(dirname "$0")")
top=$(readlink -f "$here/../..")
. "$here/../system/tap.sh"
. "$here/package.bash"

out=$tap_work/out
before=$(fingerprint)
check "build-deb builds" "$top/packaging/build-deb" "$out"
check "and leaves the tree as it was" test "$(fingerprint)" = "$before"
deb=$(find "$out" -name 'ecs-guest-agent_*.deb')
if [ -z "$deb" ]; then
        tap_done
        exit
fi

check "its version is that of the program" test "$(dpkg-deb -f "$deb" Version)" = "$(version_of)-1"
complaints() {
        local said
        said=$(lintian --allow-root --pedantic --display-info "$out"/*.changes 2>&1 | grep '^[EWIP]:')
        [ -z "$said" ] || { echo "$said"; return 1; }
}
check "lintian has no complaint" complaints
holds() { dpkg-deb -c "$deb" | awk '{ sub(/\//, " ", $2); print $1, $2, substr($6, 2) }' | same_files; }
check "it holds what it should" holds
control() { dpkg-deb --ctrl-tarfile "$deb" | tar -xO "./$1"; }
conffiles() { diff <(echo /etc/ecs-guest-agent/agent.conf) <(control conffiles); }
check "the configuration is kept in an upgrade" conffiles

# The scripts, as sh reads them, and in their order: a socket that outlives the service starts it again.
for script in postinst prerm postrm; do
        control "$script" >"$tap_work/$script"
        check "$script: sh can read it" sh -n "$tap_work/$script"
done
stops() { grep -o "stop 'ecs-guest-agent\\.[^>]*" "$tap_work/prerm"; }
check "a removal stops the socket first" diff <(printf "stop 'ecs-guest-agent.%s' \n" socket service) <(stops)
no_restart() { ! grep -A 1 _dh_action "$tap_work/postinst" | grep -q socket; }
check "an upgrade leaves the socket alone" no_restart
restarts() { grep -q "invoke \$_dh_action 'ecs-guest-agent.service' " "$tap_work/postinst"; }
check "and restarts the service" restarts
only_purge() { sed '/^if \[ "\$1" = purge \]; then$/,/^fi$/d' "$tap_work/postrm" | grep 'rm -'; }
check "nothing but a purge removes records" eval '! only_purge'
check "which a purge does" grep -q '^ *rm -rf --one-file-system /var/lib/ecs-guest-agent /etc/ecs-guest-agent /var/log/ecs-guest-agent$' "$tap_work/postrm"
tap_done
