# SPDX-License-Identifier: Apache-2.0
# Sourced by the tests of fixing, after tap.sh: a tree with one thing to mend, and what may be said of it.
# shellcheck shell=bash disable=SC2154

agentctl=$(realpath "$agentctl")
roots=$(cd "$(dirname "$0")/../roots" && pwd)
tool=$(dirname "$agentctl")/tests/tree-tool
at_point=$(dirname "$agentctl")/tests/at-point
export SOURCE_DATE_EPOCH=1769817600

root=$tap_work/root
line_before='/dev/vdb1 /data ext4 defaults 0 2'
line_after='/dev/vdb1 /data ext4 defaults,nofail 0 2'

# A tree whose fstab has a data disk that would stop a clone's boot.
make_root() {
        rm -rf --one-file-system -- "$root"
        cp -a "$roots/.bases/debian12" "$root"
        printf '%s\n' '# comment' 'UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 errors=remount-ro 0 1' "$line_before" \
                '/swap.img none	swap sw 0 0' >"$root/etc/fstab"
        touch -d '2020-02-02 02:02:02.123456789 UTC' "$root/etc/fstab"
}

# The options come first, then the names.
fix() { "$agentctl" --root "$root" fix "$@" fstab-data-disk; }
undo() { "$agentctl" --root "$root" undo "$@"; }

# manifest [--times] [--state]: all that there is to the tree.
manifest() { "$tool" list "$root" "$@"; }
remember() { manifest --times --state >"$tap_work/before"; }
untouched() { manifest --times --state | diff "$tap_work/before" -; }
# As it was, but for the agent's own records and the directories that hold them.
remember_system() { manifest --times | grep -vE '^/var(/lib)? ' >"$tap_work/before-system"; }
system_untouched() { manifest --times | grep -vE '^/var(/lib)? ' | diff "$tap_work/before-system" -; }

is_old() { grep -qxF -- "$line_before" "$1"; }
is_new() { grep -qxF -- "$line_after" "$1"; }

# mends COMMAND...: the command does it, and only to the fstab named by $target (default: /etc/fstab).
target=
mends() {
        remember_system
        exits 0 "$@" || return 1
        is_new "${target:-$root/etc/fstab}" || { cat "${target:-$root/etc/fstab}"; return 1; }
}
# What was mended comes back, times too.
unmends() { exits 0 undo && system_untouched; }

# refuses_untouched WORDS COMMAND...: exit code 4, the words in what it says, and nothing at all has changed.
refuses_untouched() {
        local words=$1
        shift
        remember
        exits 4 "$@" || return 1
        untouched || return 1
        cat "$tap_work/out" "$tap_work/err" | grep -qE -- "$words" || { echo "it does not say '$words':"; cat "$tap_work/out" "$tap_work/err"; return 1; }
}

# No temporary file of anybody's is left in the tree.
no_leftovers() { ! find "$root" "$@" -name '.ecs-guest-agent-*' | grep .; }

# Runs the script again in a mount namespace of its own, whose mounts are gone when this one cleans up. False where that
# cannot be had.
own_mounts() {
        [ -z "${TAP_WORK:-}" ] || return 0
        [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null || return 1
        env TAP_WORK="$tap_work" unshare --mount --propagation private -- "$0" "$agentctl"
        exit
}
