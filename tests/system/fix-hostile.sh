#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that are not what a fix would like them to be: everything about them stays, or they are refused and nothing changes.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/fix.bash"
own_mounts && mounts=yes || mounts=no
is_root=no
[ "$(id -u)" -ne 0 ] || is_root=yes

fstab=$root/etc/fstab
outside=$tap_work/outside
mkdir "$outside"
cp_outside() { printf '%s\n' "$line_before" >"$outside/fstab" && cp "$outside/fstab" "$tap_work/outside.before"; }
outside_untouched() { cmp "$outside/fstab" "$tap_work/outside.before" && [ "$(ls -A "$outside")" = fstab ]; }

# The usual case, so that the others mean something.
make_root
check "a fix mends" mends fix
check "no temporary file is left" no_leftovers
check "its undo restores" unmends
check "no temporary file is left by undo" no_leftovers
dry() { remember && exits 0 fix --dry-run && untouched && grep -qxF -- "-$line_before" "$tap_work/out" && grep -qxF -- "+$line_after" "$tap_work/out"; }
make_root
check "a dry run shows the bytes and touches nothing" dry

# What belongs to the file besides its bytes.
user_acl=0200000001000600ffffffff020004000c00000004000400ffffffff10000400ffffffff20000000ffffffff
keeps() {
        local before after
        make_root
        "$@" || { echo "cannot set it"; return 1; }
        before=$(manifest | grep '^/etc/fstab ' | sed 's/[^ ]*$//')
        mends fix || return 1
        after=$(manifest | grep '^/etc/fstab ' | sed 's/[^ ]*$//')
        [ "$before" = "$after" ] || { echo "before $before"; echo "after  $after"; return 1; }
        unmends
}
check "mode 0600 stays" keeps chmod 0600 "$fstab"
check "mode 0777 stays" keeps chmod 0777 "$fstab"
check "a user attribute stays" keeps "$tool" xattr "$fstab" user.note 68656c6c6f
check "an empty attribute stays" keeps "$tool" xattr "$fstab" user.note ""
check "an ACL stays" keeps "$tool" xattr "$fstab" system.posix_acl_access $user_acl
default_acl() { "$tool" xattr "$root/etc" system.posix_acl_default $user_acl; }
check "a directory's default ACL is not put on the file" keeps default_acl
if [ $is_root = yes ]; then
        check "another owner stays" keeps chown 12:34 "$fstab"
        owned_setid() { chown 12:34 "$fstab" && chmod 06755 "$fstab"; }
        check "setuid and setgid bits stay with their owner" keeps owned_setid
        check "a capability stays" keeps "$tool" xattr "$fstab" security.capability 0100000200200000000000000000000000000000
        check "a trusted attribute stays" keeps "$tool" xattr "$fstab" trusted.note 01
        check "a label stays" keeps "$tool" xattr "$fstab" security.selinux 73797374656d5f753a6f626a6563745f723a6574635f743a733000
else
        skip "owners, capabilities, labels" "only root can set them"
fi

# Attributes of chattr(1).
flagged() { make_root && flagged_only "$@"; }
flagged_only() {
        local status=0
        "$tool" flags "$1" "$2" || return 1
        refuses_untouched "$3" fix || status=1
        "$tool" flags "$1" -
        return $status
}
if [ $is_root = yes ] && make_root && "$tool" flags "$fstab" i 2>/dev/null; then
        "$tool" flags "$fstab" -
        check "an immutable file is refused" flagged "$fstab" i "/etc/fstab' is immutable"
        check "an append-only file is refused" flagged "$fstab" a "/etc/fstab' can only be appended to"
        check "an immutable directory is refused" flagged "$root/etc" i "/etc/fstab' lies in a directory that is immutable"
        check "an append-only directory is refused" flagged "$root/etc" a "/etc/fstab' lies in a directory that is immutable"
        immutable_records() { make_root && mkdir -p "$root/var/lib" && { flagged_only "$root/var/lib" i "/var/lib"; }; }
        check "an immutable directory of the records is refused" immutable_records
else
        skip "immutable and append-only" "this user or file system cannot make them"
fi

# Links: the target is edited, the link stays, and nothing outside of the root is reached.
linked() {
        make_root
        cp_outside
        mkdir -p "$root/srv/deep"
        mv "$fstab" "$root/srv/deep/table"
        ln -s "$1" "$fstab"
        target=$root/srv/deep/table
        mends fix && [ "$(readlink "$fstab")" = "$1" ] && outside_untouched && unmends
}
check "a relative link is followed" linked ../srv/deep/table
check "an absolute link starts at the root" linked /srv/deep/table
check "a climbing link stays inside" linked ../../../../../../../../srv/deep/table
chain() {
        make_root
        mkdir -p "$root/srv"
        mv "$fstab" "$root/srv/table"
        ln -s table "$root/srv/two"
        ln -s /srv/two "$root/srv/one"
        ln -s ../srv/one "$fstab"
        target=$root/srv/table
        mends fix && [ -L "$root/srv/two" ] && [ -L "$root/srv/one" ] && unmends
}
check "a chain of links is followed" chain
directory_link() {
        make_root
        mkdir "$root/real"
        mv "$root/etc" "$root/real/etc"
        ln -s real/etc "$root/etc"
        target=$root/real/etc/fstab
        mends fix && [ -L "$root/etc" ] && unmends
}
check "a link on the way is followed" directory_link
target=
leads_out() {
        make_root
        cp_outside
        ln -sf "$1" "$fstab"
        remember
        fix >"$tap_work/out" 2>&1
        local code=$?
        [ $code -eq 4 ] || [ $code -eq 0 ] || { echo "exit code $code"; cat "$tap_work/out"; return 1; }
        untouched && outside_untouched
}
check "an absolute link to a file of the host leads nowhere" leads_out "$outside/fstab"
check "a climbing link to a file of the host leads nowhere" leads_out "../../../../../../../../../..$outside/fstab"
check "a dangling link is not written through" leads_out /nowhere/at/all
check "a link to itself is not written through" leads_out fstab
out_by_directory() {
        make_root
        cp_outside
        mv "$root/etc" "$root/etc.old"
        ln -s "$outside" "$root/etc"
        remember
        fix >"$tap_work/out" 2>&1
        [ $? -le 4 ] && untouched && outside_untouched
}
check "a directory that is a link out of the root leads nowhere" out_by_directory

hard_link() { make_root && ln "$fstab" "$root/etc/fstab.other" && refuses_untouched "more than one hard link" fix; }
check "a file with two names is refused" hard_link

# File systems.
bound() {
        make_root
        printf '%s\n' "$line_before" >"$root/srv-table"
        mount --bind "$root/srv-table" "$fstab" || return 1
        local status=0
        refuses_untouched "mount point" fix || status=1
        umount "$fstab"
        return $status
}
read_only() {
        make_root
        mount --bind "$root${1:-}" "$root${1:-}" && mount -o remount,bind,ro "$root${1:-}" || return 1
        local status=0
        refuses_untouched "[Rr]ead-only" fix || status=1
        umount "$root${1:-}"
        return $status
}
records_read_only() {
        make_root
        mkdir -p "$root/var/lib"
        read_only_at=$root/var
        mount --bind "$read_only_at" "$read_only_at" && mount -o remount,bind,ro "$read_only_at" || return 1
        local status=0
        refuses_untouched "[Rr]ead-only" fix || status=1
        umount "$read_only_at"
        return $status
}
# A file system with so many free blocks or inodes, and none more: either it is mended, or nothing has changed.
full() {
        local kind=$1 free=$2 code status=0
        make_root
        mkdir -p "$tap_work/small"
        if [ "$kind" = ext4 ]; then
                truncate -s 8M "$tap_work/image"
                mkfs.ext4 -q -F -m 0 -O ^has_journal -N 2048 "$tap_work/image" && mount -o loop "$tap_work/image" "$tap_work/small" || return 1
        else
                mount -t tmpfs -o "size=8m,nr_inodes=2000" none "$tap_work/small" || return 1
        fi
        cp -a "$root/." "$tap_work/small"
        local root=$tap_work/small
        if [ "$kind" = inodes ]; then
                mkdir "$root/fill"
                (cd "$root/fill" && seq 1 3000 | xargs touch) 2>/dev/null
                (cd "$root/fill" && find . -name '[0-9]*' | head -n "$free" | xargs -r rm -f)
        else
                dd if=/dev/zero of="$root/fill" bs=4096 2>/dev/null
                [ "$free" -eq 0 ] || truncate -s -$((free * 4096)) "$root/fill"
        fi
        remember_system
        fix >"$tap_work/out" 2>"$tap_work/err"
        code=$?
        case $code in
        0) is_new "$root/etc/fstab" && full_mended=$((full_mended + 1)) || status=1 ;;
        4) system_untouched || status=1; full_refused=$((full_refused + 1)) ;;
        *) status=1 ;;
        esac
        no_leftovers || status=1
        if [ $status -eq 0 ] && [ $code -eq 0 ]; then
                rm -rf "$root/fill"
                undo >/dev/null 2>&1 && manifest --times | grep -vE '^/(var|var/lib|fill[^ ]*) ' | diff <(grep -v '^/fill' "$tap_work/before-system") - || status=1
        fi
        umount "$tap_work/small"
        [ $status -eq 0 ] || { echo "$kind, $free free: exit code $code"; cat "$tap_work/out" "$tap_work/err"; }
        return $status
}
fills() {
        local free status=0
        full_mended=0
        full_refused=0
        for free in $2; do
                full "$1" "$free" || status=1
        done
        echo "mended $full_mended times, refused $full_refused times"
        [ $full_mended -gt 0 ] && [ $full_refused -gt 0 ] && return $status
}
if [ $mounts = yes ]; then
        check "a file that is mounted over is refused" bound
        check "a read-only root is refused" read_only
        check "a read-only directory is refused" read_only /etc
        check "a read-only place for the records is refused" records_read_only
        check "a full tmpfs: all of it or nothing" fills tmpfs "$(seq -s ' ' 0 16)"
        check "no inode left: all of it or nothing" fills inodes "$(seq -s ' ' 0 16)"
        if [ -e /dev/loop-control ]; then
                check "a full ext4: all of it or nothing" fills ext4 "0 1 2 3 4 5 6 7 8 9 10 12 14 16 20"
        else
                skip "a full ext4" "no loop devices here"
        fi
else
        skip "mounts" "cannot make a mount namespace here"
fi

# Contents.
plain_text() { ! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$tap_work/out"; }
content() {
        make_root
        printf "$1" >>"$fstab"
        remember
        fix --dry-run >"$tap_work/out" 2>"$tap_work/err"
        local code=$?
        untouched && plain_text && [ $code -le 4 ] && [ $code -ne 2 ] || { echo "exit code $code"; cat "$tap_work/out"; return 1; }
        "$agentctl" --json --root "$root" fix --dry-run fstab-data-disk 2>/dev/null | jq -es 'length == 1' >/dev/null || { echo "no JSON"; return 1; }
        remember_system
        cp "$fstab" "$tap_work/fstab.before"
        fix >"$tap_work/out" 2>"$tap_work/err"
        code=$?
        plain_text || return 1
        if [ $code -eq 4 ]; then untouched; return; fi
        [ $code -le 1 ] || { echo "exit code $code"; return 1; }
        # Every line but the one that was mended keeps its bytes.
        cmp <(grep -avF ' /data ' "$tap_work/fstab.before") <(grep -avF ' /data ' "$fstab") && unmends
}
check "control characters" content '# \033[31mred\033[0m \007\n'
check "bytes that are not UTF-8" content '# \377\376\200 \303\n'
check "carriage returns" content '# dos\r\n\r\n'
check "no newline at the end" content '# last'
check "tabs and blanks" content '\t \t# x \t \n \n\t\n'
check "a NUL byte" content '# a\0b\n'
check "a byte order mark" content '\357\273\277# bom\n'
long_line() { content "# $(printf 'x%.0s' {1..70000})\n"; }
check "a long line" long_line
many_lines() { content "$(printf '# line %d\\n' {1..20000})"; }
check "many lines" many_lines

# Whoever owns the tree may mend it, nobody else.
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$agentctl" --root "$root" "$@"; }
if [ $is_root = yes ] && command -v setpriv >/dev/null; then
        chmod 755 "$tap_work"
        own_tree() { make_root && chown -R 65534:65534 "$root" && mends as_nobody fix fstab-data-disk && exits 0 as_nobody undo && system_untouched; }
        check "an ordinary user mends and restores a tree of his own" own_tree
        foreign_tree() { make_root && refuses_untouched "[Pp]ermission|permitted|right" as_nobody fix fstab-data-disk; }
        check "an ordinary user is refused the tree of another" foreign_tree
        foreign_records() { make_root && chown -R 65534:65534 "$root/etc" && refuses_untouched "[Pp]ermission|permitted|right" as_nobody fix fstab-data-disk; }
        check "an ordinary user is refused where the records belong to another" foreign_records
        foreign_file() { make_root && chown -R 65534:65534 "$root" && chown 0:0 "$fstab" && remember_system && exits 4 as_nobody fix fstab-data-disk && system_untouched && no_leftovers; }
        check "an ordinary user is refused a file whose owner he cannot keep" foreign_file
        foreign_history() { make_root && fix >/dev/null 2>&1 && remember && exits 4 as_nobody undo && untouched; }
        check "an ordinary user cannot undo what root did" foreign_history
else
        skip "ordinary users" "only root can become one"
fi

tap_done
