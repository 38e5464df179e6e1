#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a scan does to the machine, as the kernel saw it: it starts no process, writes nothing but its answer, opens
# no socket, and of an offline root's host it reads nothing.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"

roots=$(cd "$(dirname "$0")/../roots" && pwd)
root=$tap_work/root
cp -a "$roots/.bases/rhel8" "$root"
ln -s /etc/passwd "$root/etc/resolv.conf"
echo "# empty" >"$root/etc/fstab"

trace() {
        local log=$1
        shift
        strace -f -o "$log" -- "$@" >"$tap_work/out" 2>"$tap_work/err"
        [ -s "$log" ] && [ -s "$tap_work/out" ]
}
check "trace a scan of the live machine" trace "$tap_work/live" "$agentctl" --no-daemon check
check "trace a scan of an offline root" trace "$tap_work/offline" "$agentctl" --root "$root" ready

# From the last line of the dynamic linker's work on it is ours: everything is looked at anyway, both are clean.
no_process() { ! grep -E '(fork|vfork|clone3?|execveat)\(' "$1" && [ "$(grep -c 'execve(' "$1")" -eq 1 ]; }
no_writing() {
        ! grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)' "$1" | grep -v ENOENT &&
                ! grep -E '^[0-9]+ +(rename|unlink|mkdir|rmdir|symlink|link|chmod|fchmod|chown|fchown|truncate|ftruncate|mknod|utime|setxattr|fsetxattr|mount|kill|reboot)[a-z0-9]*\(' "$1" &&
                ! grep -E '^[0-9]+ +p?writev?(64)?\(' "$1" | grep -vE 'writev?\((1|2),'
}
no_socket() { ! grep -E '^[0-9]+ +(socket|connect|sendto|bind)\(' "$1"; }
for log in live offline; do
        check "$log: no process is started" no_process "$tap_work/$log"
        check "$log: nothing is written" no_writing "$tap_work/$log"
        check "$log: no socket is opened" no_socket "$tap_work/$log"
done

# Without that option one door is tried, the daemon's, and no other.
one_door() { trace "$tap_work/asking" env -u SOURCE_DATE_EPOCH "$agentctl" check && [ "$(grep -cE '^[0-9]+ +(socket|connect|sendto|bind)\(' "$tap_work/asking")" -ge 2 ] && ! grep -E '^[0-9]+ +(connect|bind)\(' "$tap_work/asking" | grep -vF 'sun_path="/run/ecs-guest-agent/io.ecsguest.Agent"' && [ "$(grep -cE '^[0-9]+ +socket\(' "$tap_work/asking")" -eq 1 ]; }
check "live: only the daemon is asked for" one_door

# Whatever is opened by a name of the host's is the program's own start, or the way to a descriptor.
host_files() {
        grep -oE 'open(at)?\((AT_FDCWD, )?"/[^"]*"' "$1" | grep -oE '"/[^"]*"' | sort -u |
                grep -vE '^"(/etc/ld\.so\.(cache|preload)|/lib|/usr/lib|/proc/self/fd/[0-9]+|/proc"|/proc/filesystems|/dev/urandom|/proc/self/maps|/etc/localtime|/usr/share/zoneinfo)' |
                grep -vF "\"$root\"" >"$tap_work/foreign"
        cat "$tap_work/foreign"
        [ ! -s "$tap_work/foreign" ]
}
check "offline: no file of the host is read by name" host_files "$tap_work/offline"
leak() { ! grep -qF "root:x:0:0" "$tap_work/out"; }
check "offline: a link out of the root leads nowhere" leak

tap_done
