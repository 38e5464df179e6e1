#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fixing a running system, commands and reboots included: this machine, seen through an overlay in a mount namespace, so that
# nothing of it changes. The rebuild of the initramfs is a script of ours: what it "packs" is the configuration itself, so that
# the two can be compared whatever happened.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/fix.bash"
unset SOURCE_DATE_EPOCH
if ! own_mounts; then
        skip "the running system" "needs root and a mount namespace of its own"
        tap_done
        exit
fi

overlay=$tap_work/overlay
live=$overlay/live
mkdir -p "$overlay"
mount -t tmpfs none "$overlay"
old='RESUME=UUID=11111111-2222-4333-8444-555555555555'

configuration=$live/etc/initramfs-tools/conf.d/resume
image=$live/boot/initrd.img-6.1.0-9-amd64

# A new overlay, with swap that is gone but still waited for. The kernel's file systems are read-only in it and its /dev is
# its own: nothing that goes wrong here can reach the machine.
make_live() {
        if mountpoint -q "$live"; then umount -R "$live" || return 1; fi
        rm -rf --one-file-system -- "$overlay/upper" "$overlay/work"
        mkdir -p "$live" "$overlay/upper" "$overlay/work"
        mount -t overlay -o "lowerdir=/,upperdir=$overlay/upper,workdir=$overlay/work" none "$live" &&
                mount -t tmpfs -o mode=755 none "$live/dev" || return 1
        for directory in proc sys; do
                mount --bind "/$directory" "$live/$directory" && mount -o remount,bind,ro "$live/$directory" || return 1
        done
        for device in null zero full random urandom; do
                : >"$live/dev/$device" && mount --bind "/dev/$device" "$live/dev/$device" || return 1
        done
        mkdir -p "${configuration%/*}" "$live/boot"
        echo "$old" >"$configuration"
        : >"$live/etc/initramfs-tools/initramfs.conf"
        cp "$configuration" "$image"
        cat >"$live/usr/sbin/update-initramfs" <<'SCRIPT'
#!/bin/sh
[ "$*" = "-u -k all" ] || exit 9
if [ -e /boot/refuse ] && grep -q none /etc/initramfs-tools/conf.d/resume; then echo "no space left"; exit 1; fi
cp /etc/initramfs-tools/conf.d/resume /boot/initrd.new && mv /boot/initrd.new /boot/initrd.img-6.1.0-9-amd64
SCRIPT
        chmod 755 "$live/usr/sbin/update-initramfs"
        rm -rf "$live/var/lib/ecs-guest-agent"
}
run() { chroot "$live" "$agentctl" "$@"; }
# What the overlay holds beyond the machine, but for the agent's records.
changes() { "$tool" list "$overlay/upper" --times | grep -vE '^/(var/lib/ecs-guest-agent|var/lib |var |tmp |boot/refuse|boot/initrd)'; }
remember_changes() { changes >"$tap_work/before-changes"; }
changes_gone() { changes | diff "$tap_work/before-changes" -; }
packed() { cmp "$configuration" "$image"; }
is_mended() { ! grep -qF "$old" "$configuration"; }
state() { run --json history | jq -r '.transactions[-1].state'; }

if ! make_live 2>/dev/null; then
        skip "the running system" "cannot mount an overlay here"
        tap_done
        exit
fi

nothing_written() {
        remember_changes
        run check >/dev/null 2>&1
        run ready >/dev/null 2>&1
        exits 0 run fix --dry-run swap && exits 0 run fix --dry-run --all && exits 0 run history || return 1
        changes_gone && packed && [ ! -e "$live/var/lib/ecs-guest-agent" ]
}
check "check, ready, dry runs and history write nothing" nothing_written
mends_live() { remember_changes && exits 0 run fix swap && is_mended && packed && [ "$(state)" = pending_reboot ]; }
check "a fix edits, runs the rebuild, and waits for the reboot" mends_live
again() { exits 0 run fix swap && grep -q "Nothing to do" "$tap_work/out"; }
check "a second fix has nothing to do" again
undoes_live() { exits 0 run undo && changes_gone && packed && ! is_mended; }
check "undo restores, and runs the rebuild" undoes_live

# The command fails: all is taken back, and packed again.
command_fails() {
        make_live && remember_changes && : >"$live/boot/refuse"
        exits 4 run fix swap && grep -q "no space left" "$tap_work/err" && changes_gone && packed && ! is_mended && [ "$(state)" = undone ]
}
check "a command that fails: everything is taken back" command_fails
command_missing() {
        make_live && remember_changes
        printf '#!/nowhere/at/all\n' >"$live/usr/sbin/update-initramfs"
        cp "$live/usr/sbin/update-initramfs" "$tap_work/script"
        remember_changes
        exits 4 run fix swap && changes_gone && ! is_mended
}
check "a command that cannot be started: everything is taken back" command_missing

# The reboot that has not happened, and the one that has.
identity=$tap_work/boot-id
boot() { umount "$live/proc/sys/kernel/random/boot_id" 2>/dev/null; echo "$1" >"$identity" && mount --bind "$identity" "$live/proc/sys/kernel/random/boot_id"; }
one=0aaaaaaa-1111-4222-8333-444444444444
two=0bbbbbbb-1111-4222-8333-444444444444
settles() {
        make_live && boot $one && exits 0 run fix swap && [ "$(state)" = pending_reboot ] || return 1
        run check >/dev/null 2>&1
        [ "$(state)" = pending_reboot ] || { echo "settled before the reboot"; return 1; }
        boot $two && [ "$(state)" = verified ] && exits 0 run undo && ! is_mended
}
check "the first look after a reboot verifies" settles
settles_badly() {
        make_live && boot $one && exits 0 run fix swap || return 1
        echo "$old" >"$configuration"
        boot $two && [ "$(state)" = failed ] && run --json history | jq -e '.transactions[-1].reason | contains("still fails")' >/dev/null
}
check "and says failed where it did not help" settles_badly
umount "$live/proc/sys/kernel/random/boot_id" 2>/dev/null

ordinary() { make_live && remember_changes && exits 4 chroot --userspec=65534:65534 "$live" "$agentctl" fix swap && changes_gone && packed; }
check "an ordinary user is refused" ordinary

# Interrupted at every point, the rebuild's own among them: after the next start the files are old or new, and the image is
# packed from them.
interrupted() {
        local k code bad=0 n_old=0 n_new=0
        for ((k = 1; ; k++)); do
                make_live && remember_changes
                [ "$1" = fix ] || run fix swap >/dev/null 2>&1
                chroot "$live" "$at_point" "$k" "$2" -- "$agentctl" "${@:3}" >"$tap_work/out" 2>"$tap_work/err"
                code=$?
                ! grep -q "there is no point" "$tap_work/err" || break
                run history >"$tap_work/history" 2>&1 || { echo "point $k: the next start fails"; cat "$tap_work/history"; bad=1; }
                rm -f "$live/boot/initrd.new"
                packed || { echo "point $k: exit code $code: the image is not packed from the configuration"; cat "$tap_work/history"; bad=1; }
                if is_mended; then n_new=$((n_new + 1)); else n_old=$((n_old + 1)) && changes_gone || { echo "point $k: neither old nor new"; bad=1; }; fi
                find "$overlay/upper/etc" -name '.ecs-guest-agent-*' | grep . && bad=1
        done
        echo "$((k - 1)) points: $n_old old, $n_new new"
        [ $bad -eq 0 ] && [ $k -gt 20 ]
}
if [ -x "$at_point" ]; then
        check "a fix with a command, killed at every point" interrupted fix kill fix swap
        check "a fix with a command, ended at every point" interrupted fix term fix swap
        check "an undo with a command, killed at every point" interrupted undo kill undo
else
        skip "interrupted commands" "the tracer is for x86_64"
fi

tap_done
