#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The RPM package: it is built, rpmlint has no complaint, it holds what it should, and what a user has made outlives it.
# shellcheck disable=SC2154
here=$(readlink -f "$(dirname "$0")")
top=$(readlink -f "$here/../..")
. "$here/../system/tap.sh"
. "$here/package.bash"

out=$tap_work/out
before=$(fingerprint)
check "build-rpm builds" "$top/packaging/build-rpm" "$out"
check "and leaves the tree as it was" test "$(fingerprint)" = "$before"
package=$(find "$out" -name 'ecs-guest-agent-[0-9]*.rpm')
if [ -z "$package" ]; then
        tap_done
        exit
fi

check "its version is that of the program" test "$(rpm -qp --qf '%{VERSION}' "$package")" = "$(version_of)"
complaints() {
        local said
        said=$(rpmlint --config "$here/rpmlint.toml" "$package" "$top/packaging/rpm/ecs-guest-agent.spec" 2>&1)
        grep -q ' 0 errors, 0 warnings' <<<"$said" || { echo "$said"; return 1; }
}
check "rpmlint has no complaint" complaints
holds() { rpm -qplv "$package" | awk '{ print $1, $3, $4, $1 ~ /^l/ ? $(NF - 2) : $NF }' | same_files; }
check "it holds what it should" holds
flags() { rpm -qp --qf '[%{FILENAMES} %{FILEFLAGS:fflags}\n]' "$package" | awk '$1 ~ "^/etc/" && $2 ~ /c/'; }
check "the configuration is kept in an upgrade" diff <(echo "/etc/ecs-guest-agent/agent.conf cn") <(flags)

# On el7 there is no drop-in, and its systemd's macros are used: what the spec comes to is seen by rpmspec.
spec() { rpmspec -P "$@" "$top/packaging/rpm/ecs-guest-agent.spec"; }
macros=(--define 'systemd_post() systemctl preset %{?*} || :' --define 'systemd_preun() systemctl disable %{?*} || :'
        --define 'systemd_postun_with_restart() systemctl try-restart %{?*} || :' --define '_unitdir /units')
uses() { spec "${macros[@]}" | grep -qxF -- "$1"; }
check "presets are applied" uses 'systemctl preset ecs-guest-agent.socket ecs-guest-agent.service ecs-guest-agent-report.path ecs-guest-agent-instance.path ecs-guest-agent-report.timer || :'
check "a removal stops all" uses 'systemctl disable ecs-guest-agent-report.timer ecs-guest-agent-instance.path ecs-guest-agent-report.path ecs-guest-agent-report.service ecs-guest-agent.service ecs-guest-agent.socket || :'
check "an upgrade restarts the service and leaves the socket alone" uses 'systemctl try-restart ecs-guest-agent.service || :'
check "units go where the system says" uses '/units/ecs-guest-agent.socket'

if [ "$(id -u)" -ne 0 ]; then
        skip "removal" "rpm --root needs root here"
        tap_done
        exit
fi
root=$tap_work/root
mkdir "$root"
in_root() { rpm --root "$root" --dbpath /var/lib/rpm --nodeps --noscripts --force-debian "$@"; }
check "it can be installed" in_root -i "$package"
echo 'block-on=warning' >>"$root/etc/ecs-guest-agent/agent.conf"
mkdir -m 700 "$root/var/lib/ecs-guest-agent/undo"
touch "$root/var/lib/ecs-guest-agent/undo/record" "$root/etc/ecs-guest-agent/waivers.d/mine.conf"
check "and again, as an upgrade does" in_root -U --replacepkgs "$package"
check "which keeps the configuration" grep -qx 'block-on=warning' "$root/etc/ecs-guest-agent/agent.conf"
check "it can be removed" in_root -e ecs-guest-agent
check "its program is gone" test ! -e "$root/usr/libexec/ecs-guest-agent"
check "the records are kept" test -f "$root/var/lib/ecs-guest-agent/undo/record"
check "so are waivers" test -f "$root/etc/ecs-guest-agent/waivers.d/mine.conf"
check "and the configuration, beside" grep -qx 'block-on=warning' "$root/etc/ecs-guest-agent/agent.conf.rpmsave"
tap_done
