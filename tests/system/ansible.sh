#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The Ansible role, run by ansible-core over ssh against several hosts. Each host is this machine seen through an overlay of its own,
# with an ssh server (dropbear, which installs no service) in a network namespace: nothing of the machine changes or can be reached,
# and everything ends with the namespace. What is judged is a tree in each host, so that the verdicts are the same everywhere.
# shellcheck disable=SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
agentctl=$(realpath "$agentctl")
fleet=$(realpath "$here/../../packaging/fleet/ansible")
image=/srv/image

# Mounts, network and processes of our own; the first run cleans up.
if [ -z "${TAP_WORK:-}" ]; then
        if ! [ "$(id -u)" -eq 0 ] || ! unshare --mount --net --pid --fork true 2>/dev/null; then
                skip "ansible" "needs root and namespaces"
                tap_done
                exit
        fi
        env TAP_WORK="$tap_work" unshare --mount --propagation private --net --pid --fork --mount-proc --kill-child -- "$0" "$agentctl"
        exit
fi

work=$tap_work/overlays
mkdir -p "$work" "$tap_work/home"
mount -t tmpfs none "$work"
ip link set lo up
export HOME=$tap_work/home ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_DEPRECATION_WARNINGS=False ANSIBLE_NOCOLOR=1 ANSIBLE_RETRY_FILES_ENABLED=False
export ANSIBLE_CONFIG=$tap_work/ansible.cfg ANSIBLE_LOCAL_TEMP=$tap_work/home/ansible ANSIBLE_HOST_KEY_CHECKING=True LC_ALL=C.UTF-8 ANSIBLE_FORKS=4 ANSIBLE_PIPELINING=True
unset SOURCE_DATE_EPOCH
: >"$tap_work/ansible.cfg" # no file of the machine's is read
ssh-keygen -q -t ed25519 -N '' -f "$tap_work/key"

# What makes a host ready, mendable, or neither.
make_image() {
        cp -a "$here/../roots/.bases/debian12" "$1"
        echo 'nameserver 100.100.2.136' >"$1/etc/resolv.conf"
        echo 'UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 errors=remount-ro 0 1' >"$1/etc/fstab"
        case $2 in
        mendable) echo '/dev/vdb1 /data ext4 defaults 0 2' >>"$1/etc/fstab" ;;
        # The name in braces is what a guest would like the controller to compute.
        hopeless) rm "$1/etc/resolv.conf" && echo '/dev/vdb1 /{{lookup("pipe","id")}} ext4 defaults,nofail 0 2' >>"$1/etc/fstab" ;;
        esac
}

# host NAME PORT: an overlay, its own /dev, and an ssh server that lives in it.
host() {
        local name=$1 port=$2 root=$work/$1/root
        mkdir -p "$work/$name/upper" "$work/$name/work" "$root"
        mount -t overlay -o "lowerdir=/,upperdir=$work/$name/upper,workdir=$work/$name/work" none "$root" &&
                mount -t tmpfs -o mode=755 none "$root/dev" && mount -t proc none "$root/proc" &&
                mount -t tmpfs -o mode=1777 none "$root/tmp" || return 1
        mkdir "$root/dev/pts" && mount -t devpts none "$root/dev/pts" || return 1
        for device in null zero full random urandom tty; do
                : >"$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device" || return 1
        done
        mkdir -p "$root/root/.ssh" "$root${image%/*}" && chmod 700 "$root/root/.ssh" && make_image "$root$image" "$name" || return 1
        install -m 600 "$tap_work/key.pub" "$root/root/.ssh/authorized_keys"
        install -m 755 "$agentctl" "$root/usr/local/bin/agentctl"
        # A password nobody has, instead of an account that is locked.
        sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"
        sed -i 's,^\(root:.*:\)[^:]*$,\1/bin/sh,' "$root/etc/passwd"
        dropbearkey -t ed25519 -f "$work/$name/key" >"$work/$name/key.pub" 2>/dev/null && cp "$work/$name/key" "$root/dev/host-key" || return 1
        sed -n "s/^ssh-ed25519 \([^ ]*\).*/[127.0.0.1]:$port ssh-ed25519 \1/p" "$work/$name/key.pub" >>"$tap_work/known_hosts"
        chroot "$root" "$(command -v dropbear)" -F -E -s -r /dev/host-key -P '' -p "127.0.0.1:$port" 2>"$work/$name/log" &
}

inventory=$tap_work/inventory
cat >"$inventory" <<END
[all]
ready ansible_port=2201
mendable ansible_port=2202
hopeless ansible_port=2203
[all:vars]
ansible_host=127.0.0.1
ansible_user=root
ansible_connection=ssh
ansible_ssh_private_key_file=$tap_work/key
ansible_ssh_transfer_method=piped
ansible_ssh_use_tty=false
ansible_ssh_common_args=-o UserKnownHostsFile=$tap_work/known_hosts -o IdentitiesOnly=yes
ansible_ssh_args=-o ControlMaster=no -o ControlPath=none
ansible_python_interpreter=/usr/bin/python3
ecs_guest_agent_root=$image
fleet_become=false
END

started=true
port=2201
for name in ready mendable hopeless; do
        host "$name" $port || started=false
        port=$((port + 1))
done
if ! $started; then
        skip "ansible" "no overlay of / here"
        tap_done
        exit
fi
# The servers answer when they do; the first word of a server is its version.
answers() {
        for _ in $(seq 100); do
                if (exec 3<>"/dev/tcp/127.0.0.1/$1" && read -r -t 5 line <&3 && [ "${line%%-*}" = SSH ]) 2>/dev/null; then return 0; fi
                sleep 0.1
        done
        cat "$work"/*/log
        return 1
}
for port in 2201 2202 2203; do check "a server answers at $port" answers $port; done

reports=$tap_work/reports
# play CODE OPTION...: the example playbook, with this exit code.
play() {
        local expected=$1 code=0
        shift
        timeout -k 5 200 ansible-playbook -i "$inventory" "$fleet/fleet.yml" -e fleet_reports="$reports" "$@" >"$tap_work/play" 2>&1 </dev/null || code=$?
        cat "$tap_work/play"
        [ "$code" -eq "$expected" ]
}
# recap HOST WORD...: that the last line about a host says these.
recap() {
        local line word
        line=$(grep -E "^$1 +: ok=" "$tap_work/play") || return 1
        shift
        for word in "$@"; do
                case "$line " in *" $word "*) ;; *) echo "$line: not $word"; return 1 ;; esac
        done
}
says() { grep -qF -- "$1" "$tap_work/play" || { cat "$tap_work/play"; return 1; }; }
says_not() { ! grep -F -- "$1" "$tap_work/play"; }
fstab() { cat "$work/$1/root$image/etc/fstab"; }
# All that is in a host's image, in its content, owner, mode and times.
manifest() { (cd "$work/$1/root$image" && find . -printf '%p %y %m %u %g %s %T@ %l\n' | sort && find . -type f -exec sha256sum {} + | sort); }
remember() { for name in ready mendable hopeless; do manifest $name >"$tap_work/before-$name"; done; }
untouched() { manifest "$1" | diff "$tap_work/before-$1" -; }
verdict() { [ "$(jq -r ".\"$1\".verdict" "$reports/summary.json")" = "$2" ]; }
# The report is what the host's own agent says, but for the time.
same_report() {
        chroot "$work/$1/root" agentctl --root $image check --profile capture --json >"$tap_work/direct"
        diff <(jq -S 'del(.time)' "$reports/$1.json") <(jq -S 'del(.time)' "$tap_work/direct")
}
absent() { ! [ -e "$1" ]; }

check "the playbook can be read" ansible-playbook -i "$inventory" --syntax-check "$fleet/fleet.yml"

remember
check "judge only: ends with a failure, since two are not ready" play 2
for name in ready mendable hopeless; do
        check "judge only: nothing of $name is touched" untouched $name
        check "judge only: the report of $name is what its agent says" same_report $name
done
check "judge only: ready is ok" recap ready changed=0 unreachable=0 failed=0
check "judge only: mendable fails" recap mendable changed=0 unreachable=0 failed=1
check "judge only: hopeless fails" recap hopeless changed=0 unreachable=0 failed=1
check "judge only: it says why" says 'mendable is not_ready: fstab-data-disk:/data'
check "judge only: the summary has all verdicts" jq -e '[.ready.verdict, .mendable.verdict, .hopeless.verdict] == ["ready", "not_ready", "not_ready"]' "$reports/summary.json"
check "judge only: what a guest calls a path is a text" jq -e '[.hopeless.failed[] | select(contains("{{lookup"))] | length > 0' "$reports/summary.json"
check "judge only: and is not computed" says_not 'uid='

rm -r "$reports" && mkdir "$reports"
names='{"fleet_fix": ["fstab-data-disk", "dns"]}'
check "check mode: says what would be, and fails for nobody" play 0 --check --diff -e "$names"
for name in ready mendable hopeless; do check "check mode: nothing of $name is touched" untouched $name; done
check "check mode: mendable would be changed" recap mendable changed=1 failed=0
check "check mode: ready would not be" recap ready changed=0 failed=0
check "check mode: the diff is shown, the old" says '-/dev/vdb1 /data ext4 defaults 0 2'
check "check mode: the diff is shown, the new" says '+/dev/vdb1 /data ext4 defaults,nofail 0 2'
check "check mode: no report is written" absent "$reports/ready.json"

check "mend: ends with a failure for the one that cannot be mended" play 2 -e "$names"
check "mend: mendable is changed and ready" recap mendable changed=1 failed=0
check "mend: its fstab has the option" grep -qx '/dev/vdb1 /data ext4 defaults,nofail 0 2' <(fstab mendable)
check "mend: its verdict" verdict mendable ready
check "mend: the report is what its agent says" same_report mendable
check "mend: without --diff no diff is shown" says_not 'defaults,nofail'
check "mend: ready is not touched" untouched ready
check "mend: ready has no change" recap ready changed=0 failed=0
check "mend: hopeless fails" recap hopeless changed=0 failed=1
check "mend: and says that the fix was refused, and why" says 'the fix was refused: dns-resolv-conf'
check "mend: hopeless is not touched" untouched hopeless

remember
check "again: the same end" play 2 -e "$names"
for name in ready mendable hopeless; do
        check "again: nothing of $name is changed" recap $name changed=0
        check "again: nothing of $name is touched" untouched $name
done

check "a wrong name is an error of the host" play 2 -e '{"fleet_fix": ["--all"]}' --limit localhost,ready
check "a wrong name changes nothing" untouched ready
check "a value that is none is refused before anything is done" play 2 -e ecs_guest_agent_profile=everything --limit localhost,ready
check "it says so" says 'value of ecs_guest_agent_profile must be one of'

# A package, and a host that does not answer.
mkdir -p "$tap_work/deb/DEBIAN" "$tap_work/deb/usr/share/ecs-guest-agent-test"
printf 'Package: ecs-guest-agent-test\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: test\n' >"$tap_work/deb/DEBIAN/control"
dpkg-deb --root-owner-group -b "$tap_work/deb" "$tap_work/ecs-guest-agent-test.deb" >/dev/null
sed -i 's/^hopeless ansible_port=2203/hopeless ansible_port=2204/' "$inventory"
installed() { chroot "$work/$1/root" dpkg-query -W -f '${db:Status-Status}' ecs-guest-agent-test 2>&1 | grep -qx installed; }
fails() { ! "$@"; }
check "a package, in check mode" play 4 --check -e fleet_package="$tap_work/ecs-guest-agent-test.deb"
check "a package, in check mode: is not installed" fails installed ready
check "a package: with a host that does not answer" play 4 -e fleet_package="$tap_work/ecs-guest-agent-test.deb"
check "a package: is installed" installed ready
check "a package: on the other one too" installed mendable
check "a package: the summary names who did not answer" verdict hopeless unreachable
check "a package: again" play 0 -e fleet_package="$tap_work/ecs-guest-agent-test.deb" --limit localhost,ready
check "a package: again, no change" recap ready changed=0 failed=0

tap_done
