#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fixes that run commands, on a system that takes itself for the running one: a small tree with programs that only write down how
# they were called, entered by chroot in a mount namespace of its own, with swap and memory as the test says.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"

roots=$(cd "$(dirname "$0")/../roots" && pwd)
tree=$tap_work/tree
fake=$tap_work/fake

if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
        skip "fixes that run commands" "needs root and mount namespaces"
        tap_done
        exit
fi

# copy PROGRAM: it and its libraries, at the same places.
copy() {
        local file
        for file in "$1" $(ldd "$1" | grep -o '/[^ )]*'); do
                mkdir -p "$tree$(dirname "$file")"
                cp -L --remove-destination "$file" "$tree$file"
        done
}

# program PATH [LINES]: appends its call to /calls, and does what the lines say. Shell builtins only.
program() {
        mkdir -p "$tree$(dirname "$1")"
        # shellcheck disable=SC2016
        printf '#!/bin/sh\necho "$0 $*" >>/calls\n%s\n' "${2:-}" >"$tree$1"
        chmod 755 "$tree$1"
}

# new CASE: a fresh tree of this case, with swap in use and memory to spare.
new() {
        local base
        rm -rf "$tree" "$fake"
        mkdir -p "$tree"/{proc,sys,dev,tmp,run,var,etc,usr/sbin} "$fake"
        base=$(jq -r '.base // empty' "$roots/$1/case.json")
        cp -a "$roots/.bases/$base/." "$tree"
        [ ! -d "$roots/$1/root" ] || cp -a "$roots/$1/root/." "$tree"
        copy "$agentctl"
        copy /bin/sh
        [ "$agentctl" = /agentctl ] || mv "$tree$agentctl" "$tree/agentctl"
        printf 'Filename\tType\tSize\tUsed\tPriority\n' >"$fake/swaps"
        printf 'MemTotal: 4000000 kB\nMemAvailable: 2000000 kB\n' >"$fake/meminfo"
        echo "root=/dev/vda1 ro" >"$fake/cmdline"
        : >"$fake/environ"
        : >"$tree/dev/null"
        : >"$tree/calls"
}

# inside ARGUMENT...: agentctl in there.
inside() {
        # shellcheck disable=SC2016
        unshare -m -p --fork sh -c '
                mount --make-rprivate / && mount --bind "$1" "$1" && mount -t proc proc "$1/proc" &&
                mount --bind /dev/null "$1/dev/null" || exit 9
                for file in swaps meminfo cmdline; do mount --bind "$2/$file" "$1/proc/$file" || exit 9; done
                mount --bind "$2/environ" "$1/proc/1/environ" 2>/dev/null
                tree=$1; shift 2
                exec chroot "$tree" /agentctl "$@"' sh "$tree" "$fake" "$@"
}

state() { jq -r .state "$tap_work/out"; }
calls() { cat "$tree/calls"; }

# called LINE...: exactly these calls, in this order.
called() { printf '%s\n' "$@" | sed '/^$/d' | diff - "$tree/calls"; }
forget() { : >"$tree/calls"; }
# ends CODE STATE ARGUMENT...
ends() {
        local code=$1 wanted=$2
        shift 2
        exits "$code" inside --json "$@" || return 1
        [ "$(state)" = "$wanted" ] || { cat "$tap_work/out" "$tap_work/err"; return 1; }
}
all() { while [ $# -gt 0 ]; do eval "$1" || { echo "failed: $1"; return 1; }; shift; done; }
save() { rm -rf "$tap_work/before"; cp -a "$tree/etc" "$tap_work/before"; }
unchanged() { diff -r --no-dereference "$tap_work/before" "$tree/etc"; }

# --- swap -------------------------------------------------------------------------------------------------------------------------
swap() {
        new swap-resume-initramfs
        printf 'UUID=1 / ext4 defaults 0 1\n/dev/vda2 none swap sw 0 0\n/swapfile none swap sw,pri=7 0 0\n' >"$tree/etc/fstab"
        printf '# written by the installer\nRESUME=/dev/vda2\n' >"$tree/etc/initramfs-tools/conf.d/resume"
        : >"$tree/swapfile"
        # Its devices, of which /dev/vda2 is there and not in use.
        cp -a "$roots"/fstab-live-healthy/root/{sys,dev} "$tree"
        printf '/swapfile file 1048572 4096 7\n' >>"$fake/swaps"
        program /usr/sbin/update-initramfs
        program /usr/sbin/swapoff
        program /usr/sbin/swapon
        save
}

swap_off() {
        swap
        all 'ends 0 pending_reboot fix --now swap' \
                'called "/usr/sbin/swapoff /swapfile" "/usr/sbin/update-initramfs -u -k all"' \
                'grep -q "^# ecs-guest-agent .*: /swapfile" "$tree/etc/fstab"' \
                'grep -qx "RESUME=none" "$tree/etc/initramfs-tools/conf.d/resume"' \
                'forget' 'ends 0 undone undo' \
                'called "/usr/sbin/update-initramfs -u -k all" "/usr/sbin/swapon -p 7 /swapfile"' \
                'unchanged'
}
check "fstab, initramfs configuration, swapoff and the rebuild are one transaction, and one undo" swap_off

not_now() {
        swap
        all 'ends 0 pending_reboot fix swap' 'called "/usr/sbin/update-initramfs -u -k all"' \
                'jq -e ".hints | any(contains(\"--now\"))" "$tap_work/out"'
}
check "without --now nothing is turned off, and that is said" not_now

no_memory() {
        swap
        printf 'MemAvailable: 60000 kB\n' >"$fake/meminfo"
        all 'ends 1 pending_reboot fix --now swap' 'called "/usr/sbin/update-initramfs -u -k all"' \
                'jq -e ".refusals | any(.key == \"swap-configured:/swapfile\" and (.reason | contains(\"58 MiB can be had\")))" "$tap_work/out"' \
                'grep -q "^/swapfile" "$tree/etc/fstab"'
}
check "swap that the memory cannot take back stays on" no_memory

no_tool() {
        swap
        rm "$tree/usr/sbin/update-initramfs"
        all 'ends 4 refused fix swap' 'called' 'unchanged'
}
check "without a tool for the initramfs the whole removal is refused" no_tool

rebuild_fails() {
        swap
        program /usr/sbin/update-initramfs 'echo "no space left" >&2; exit 1'
        all 'exits 4 inside --json fix swap' 'grep -q "no space left" "$tap_work/out" "$tap_work/err"' 'unchanged'
}
check "a rebuild that fails takes everything back" rebuild_fails

dry() {
        swap
        all 'ends 0 planned fix --dry-run --now swap' 'called' 'unchanged' \
                'jq -e "[.changes[] | select(.kind == \"run\") | .argv[0]] == [\"/usr/sbin/swapoff\", \"/usr/sbin/update-initramfs\"]" "$tap_work/out"'
}
check "a dry run shows the commands and runs none" dry

dracut() {
        new swap-resume-dracut
        program /usr/bin/dracut
        printf 'UUID=1 / xfs defaults 0 0\n' >"$tree/etc/fstab"
        save
        all 'ends 0 pending_reboot fix swap' 'called "/usr/bin/dracut -f --regenerate-all"' \
                'printf "add_device+=\" \"\nkernel_cmdline=\"\"\n" | diff - "$tree/etc/dracut.conf.d/swap.conf"' \
                'forget' 'ends 0 undone undo' 'called "/usr/bin/dracut -f --regenerate-all"' 'unchanged'
}
check "dracut's settings lose the words, and the initramfs is made anew" dracut

# --- kdump ------------------------------------------------------------------------------------------------------------------------
install_tools() {
        new kdump-tools-missing-debian12
        program /usr/bin/env 'shift; exec "$@"'
        program /usr/bin/apt-get ': >/usr/sbin/kdump-config; : >/usr/sbin/kexec'
        all 'ends 4 refused fix kdump-tools' 'called' \
                'jq -e ".refusals[0].reason | contains(\"apt-get install kdump-tools\")" "$tap_work/out"' \
                'ends 0 verified fix --install kdump-tools' \
                'grep -qx "/usr/bin/apt-get -y install kdump-tools" "$tree/calls"' \
                'forget' 'ends 0 undone undo' 'grep -qx "/usr/bin/apt-get -y remove kdump-tools" "$tree/calls"'
}
check "--install runs the package manager, undo takes the package away" install_tools

install_fails() {
        new kdump-tools-missing-rhel9
        program /usr/bin/dnf 'echo "no mirror" >&2; exit 1'
        all 'exits 4 inside --json fix --install kdump-tools' 'grep -q "no mirror" "$tap_work/out" "$tap_work/err"' \
                'grep -qx "/usr/bin/dnf -y install kexec-tools" "$tree/calls"'
}
check "a package manager that fails is told" install_fails

reserved() {
        mkdir -p "$tree/sys/kernel"
        echo 268435456 >"$tree/sys/kernel/kexec_crash_size"
        echo "${1:-0}" >"$tree/sys/kernel/kexec_crash_loaded"
}

start_service() {
        new kdump-service-disabled-rhel8
        program /usr/bin/systemctl
        reserved
        all 'ends 0 verified fix kdump-service' 'called "/usr/bin/systemctl restart kdump.service"' \
                'readlink "$tree/etc/systemd/system/multi-user.target.wants/kdump.service"' \
                'forget' 'ends 0 undone undo' 'called "/usr/bin/systemctl stop kdump.service"'
}
check "with memory set aside the service is started, and stopped by undo" start_service

no_start() {
        new kdump-service-disabled-rhel8
        program /usr/bin/systemctl
        all 'ends 0 verified fix kdump-service' 'called'
}
check "without memory it waits for the next boot" no_start

move_dumps() {
        new kdump-rhel9
        program /usr/bin/systemctl
        reserved 1
        mkdir -p "$tree/dumps"
        printf 'UUID=6f3c1e0a-52b1-4d0a-9f3e-0c9a4c1b7e11 / ext4 defaults 1 1\ntmpfs /dumps tmpfs size=1G,noauto 0 0\n' >"$tree/etc/fstab"
        printf '# ours\npath /dumps\n' >"$tree/etc/kdump.conf"
        all 'ends 0 verified fix kdump-target' 'called "/usr/bin/systemctl try-restart kdump.service"' \
                'printf "# ours\npath /var/crash\n" | diff - "$tree/etc/kdump.conf"' \
                'forget' 'ends 0 undone undo' 'called "/usr/bin/systemctl try-restart kdump.service"'
}
check "another dump directory restarts the service" move_dumps

suse_value() {
        new kdump-sles15
        program /usr/sbin/kdumptool 'case "$*" in "commandline -u") echo GRUB_CMDLINE_LINUX_DEFAULT=\"crashkernel=300M\" >/etc/default/grub
                while read -r l; do case $l in *vmlinuz*) l="$l crashkernel=300M" ;; esac; echo "$l"; done </boot/grub2/grub.cfg >/new
                while read -r l; do echo "$l"; done </new >/boot/grub2/grub.cfg ;; esac'
        sed -i 's/ crashkernel=[^ "]*//g' "$tree/etc/default/grub" "$tree/boot/grub2/grub.cfg"
        echo 'KDUMP_CRASHKERNEL="auto"' >>"$tree/etc/sysconfig/kdump"
        all 'ends 0 pending_reboot fix kdump-reservation' 'called "/usr/sbin/kdumptool commandline -u"'
}
check "SUSE's value is worked out by its own tool" suse_value

tap_done
