#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every file that a scan reads, replaced by everything that a file can be instead: no crash, no hang, no wrong exit code, a
# whole report, nothing of the host in it, and no pass from what could not be read.
agentctl=${1:?use: $0 AGENTCTL}
. "$(dirname "$0")/tap.sh"

roots=$(cd "$(dirname "$0")/../roots" && pwd)
secret=$tap_work/secret
echo "nameserver 192.0.2.99 host-secret-$$" >"$secret"

kinds=(fifo directory loop socket outside climbing dangling huge nul unreadable device)

replace() {
        local path=$1 kind=$2
        rm -rf --one-file-system -- "$path"
        case $kind in
        fifo) mkfifo "$path" ;;
        directory) mkdir "$path" && : >"$path/x" ;;
        loop) ln -s "${path##*/}" "$path" ;;
        socket) (cd "${path%/*}" && timeout 5 "$socket_maker" "${path##*/}") ;;
        outside) ln -s "$secret" "$path" ;;
        climbing) ln -s "../../../../../../../../../..$secret" "$path" ;;
        dangling) ln -s /nowhere/at/all "$path" ;;
        huge) truncate -s 100M "$path" ;;
        nul) printf '\0\0\0root=\0/dev/\0\n\0' >"$path" ;;
        unreadable) echo "x" >"$path" && chmod 000 "$path" ;;
        device) mknod "$path" c 1 5 ;;
        esac
}

# A socket as a file: what a program left behind.
socket_maker=$tap_work/make-socket
cat >"$socket_maker.c" <<'END'
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
int main(int argc, char *argv[])
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
                return 1;
        strcpy(address.sun_path, argv[1]);
        return bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *) &address, sizeof(address)) != 0;
}
END
cc -o "$socket_maker" "$socket_maker.c" || exit 1

# Runs as an ordinary user where the kind is about rights.
run() {
        local as=()
        if [ "$2" = unreadable ] && [ "$(id -u)" -eq 0 ]; then
                as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
        fi
        timeout 20 "${as[@]}" "$agentctl" --json --root "$1" ready >"$tap_work/report" 2>"$tap_work/err"
        local code=$?
        [ $code -le 3 ] && [ $code -ne 2 ] || { echo "exit code $code"; cat "$tap_work/err"; return 1; }
        [ ! -s "$tap_work/err" ] || { cat "$tap_work/err"; return 1; }
        jq -e '.schema == "io.ecsguest.report/1" and (.findings | length > 0)' "$tap_work/report" >/dev/null || { echo "no report"; return 1; }
        ! grep -q "host-secret" "$tap_work/report" || { echo "the host was read"; return 1; }
}

# What a scan of this root reads.
inputs() { "$agentctl" --json --root "$1" explain all | jq -r '.explanations[].read[]' | sort -u; }

matrix() {
        local base=$1 kind=$2 file bad=0 tree
        while read -r file; do
                tree=$tap_work/tree
                rm -rf --one-file-system -- "$tree"
                cp -a "$tap_work/base" "$tree"
                mkdir -p "$tree${file%/*}" 2>/dev/null
                [ -d "$tree${file%/*}" ] || continue
                replace "$tree$file" "$kind" 2>/dev/null || continue
                run "$tree" "$kind" || { echo "$base: $file as $kind"; bad=1; }
                tried=$((tried + 1))
        done <"$tap_work/inputs"
        return $bad
}

tried=0
for base in centos6 centos7 rhel8 rhel9 debian12 ubuntu2204 sles15; do
        rm -rf --one-file-system -- "$tap_work/base"
        cp -a "$roots/.bases/$base" "$tap_work/base"
        chmod 755 "$tap_work" "$tap_work/base"
        # Something to judge, so that the scan goes on to the files behind the first ones.
        printf 'nameserver 100.100.2.136\n' >"$tap_work/base/etc/resolv.conf"
        printf 'UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 defaults 1 1\n' >"$tap_work/base/etc/fstab"
        mkdir -p "$tap_work/base/boot/grub2" "$tap_work/base/boot/grub" "$tap_work/base/boot/loader/entries" "$tap_work/base/etc/default/grub.d"
        : >"$tap_work/base/boot/vmlinuz-5.10.0"
        inputs "$tap_work/base" >"$tap_work/inputs"
        for kind in "${kinds[@]}"; do
                if [ "$kind" = device ] && [ "$(id -u)" -ne 0 ]; then
                        skip "$base: each input as a device" "only root makes one"
                        continue
                fi
                if [ "$kind" = unreadable ] && [ "$(id -u)" -eq 0 ] && ! command -v setpriv >/dev/null; then
                        check "$base: setpriv is there" false
                        continue
                fi
                check "$base: each input as $kind" matrix "$base" "$kind"
        done
done
check "many were tried ($tried)" test "$tried" -gt 500

# The two files that decide most: what cannot be read never passes.
never_passes() {
        local file=$1 probe=$2 kind
        for kind in fifo directory loop socket huge; do
                rm -rf --one-file-system -- "$tap_work/tree"
                cp -a "$tap_work/base" "$tap_work/tree"
                replace "$tap_work/tree$file" "$kind" || return 1
                "$agentctl" --json --root "$tap_work/tree" check "$probe" >"$tap_work/report"
                jq -e 'any(.findings[]; .outcome == "pass") | not' "$tap_work/report" >/dev/null || { echo "$file as $kind passes"; return 1; }
        done
}
check "an fstab that cannot be read never passes" never_passes /etc/fstab fstab-syntax
check "a resolv.conf that cannot be read never passes" never_passes /etc/resolv.conf dns-resolv-conf

tap_done
