# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it, after tests/system/tap.sh. A container with a real systemd: a copy of a Debian tree,
# booted by systemd-nspawn with no network, driven from outside through its namespaces. Every wait has an end.
# shellcheck shell=bash

container_name=ecs-guest-agent-test-$$
container_nspawn= # the supervisor outside
container_leader= # the init process inside, by its number outside
container_boots=0
container_groups=()
container_entered=()

# Nobody sets the clock during a test.
now_us() { echo "${EPOCHREALTIME/[.,]/}"; }

# within MILLISECONDS COMMAND...: tries until it succeeds, and leaves in $took how long that was.
within() {
        local limit=$1 start
        shift
        start=$(now_us)
        while :; do
                if "$@" >"$tap_work/within.log" 2>&1; then
                        took=$((($(now_us) - start) / 1000))
                        # The command itself may have taken longer than all of the time.
                        [ $took -le "$limit" ] || { echo "only after $took ms"; return 1; }
                        return 0
                fi
                took=$((($(now_us) - start) / 1000))
                [ $took -lt "$limit" ] || break
                sleep 0.01
        done
        echo "not within $limit ms: $*"
        cat "$tap_work/within.log"
        return 1
}

# A control group of our own, in each hierarchy that systemd uses: two containers beside each other would share one.
container_group() {
        local line path mount
        while IFS= read -r line; do
                case $line in
                0::*) path=${line#0::} ;;
                *:name=systemd:*) path=${line#*:name=systemd:} ;;
                *) continue ;;
                esac
                for mount in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
                        case $line:$mount in
                        0::*:/sys/fs/cgroup/systemd) continue ;;
                        0::*) [ "$(stat -f -c %T $mount 2>/dev/null)" = cgroup2fs ] || continue ;;
                        *:/sys/fs/cgroup/systemd) ;;
                        *) continue ;;
                        esac
                        if mkdir "$mount${path%/}/$container_name" 2>/dev/null; then
                                container_groups+=("$mount${path%/}/$container_name")
                        fi
                        break
                done
        done </proc/self/cgroup
}

container_clean() {
        local group
        container_halt
        for group in "${container_groups[@]}"; do
                find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null
        done
        tap_clean
}

# container_open TREE: makes one like it, to be changed and booted. No overlay, since what is tested is how files are replaced.
# Programs are links to the files of the tree: packages replace them, and nothing writes into them.
container_open() {
        local entry
        tree=$tap_work/tree
        mkdir "$tree"
        for entry in "$1"/*; do
                case ${entry##*/} in
                usr | bin | sbin | lib*) cp -a --link -- "$entry" "$tree/" 2>/dev/null && continue ;;
                esac
                cp -a -- "$entry" "$tree/" || return 1
        done
        container_group
        trap container_clean EXIT
        # What a script that is stopped leaves running ends with it.
        trap 'exit 1' INT TERM HUP
}

# container_chroot COMMAND...: in the tree while it is not booted, as an image is made.
container_chroot() {
        systemd-nspawn --quiet --directory="$tree" --machine="$container_name" --register=no --keep-unit --private-network \
                --console=pipe "$@" </dev/null
}

# The command inside sees what a root shell there sees. No control group is entered: what kills a unit spares it.
container_enter=(--mount --uts --ipc --net --pid --root --wd)
container_environment=(/usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root TERM=dumb
        DEBIAN_FRONTEND=noninteractive)
inside() { nsenter --target "$container_leader" "${container_enter[@]}" "${container_environment[@]}" "$@"; }
# The same in the background, as $!: killed with it, and before the container stops. A process that enters stops itself when
# the one inside is stopped, as all are at a shutdown, and would never see its end.
inside_background() {
        (
                exec nsenter --target "$container_leader" "${container_enter[@]}" "${container_environment[@]}" \
                        setpriv --pdeathsig KILL "$@"
        ) &
        container_entered+=("$!")
}
# inside_as UID COMMAND...: as a user who may nothing.
inside_as() { inside setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"; }

# The supervisor's child that is number 1 inside; the first ones are not.
container_find_leader() {
        local pid
        for pid in $(cat "/proc/$container_nspawn/task/$container_nspawn/children" 2>/dev/null); do
                if grep -qE '^NSpid:.*[[:space:]]1$' "/proc/$pid/status" 2>/dev/null; then
                        container_leader=$pid
                        return 0
                fi
        done
        return 1
}

# container_is_up STATE...: whether the manager inside is in one of these.
container_is_up() {
        local state
        [ -n "$container_leader" ] || container_find_leader || return 1
        state=$(inside systemctl is-system-running 2>&1)
        [[ " $* " = *" $state "* ]] || { echo "$state"; return 1; }
}

# container_boot [STATE...]: boots, and waits for one of the states of the manager; by default until nothing more is to be
# started.
container_boot() {
        local group
        [ $# -gt 0 ] || set -- running degraded
        container_boots=$((container_boots + 1))
        container_leader=
        (
                for group in "${container_groups[@]}"; do
                        echo $BASHPID >"$group/cgroup.procs"
                done
                exec setpriv --pdeathsig TERM systemd-nspawn --quiet --directory="$tree" --machine="$container_name" \
                        --register=no --keep-unit --private-network --console=read-only --boot
        ) </dev/null >"$tap_work/console" 2>&1 &
        container_nspawn=$!
        if ! within 60000 container_is_up "$@"; then
                echo "the container did not come up; its console:"
                tail -n 60 "$tap_work/console"
                return 1
        fi
        booted_in=$took
        run=/proc/$container_leader/root/run/ecs-guest-agent
}

container_is_gone() { ! kill -0 "$container_nspawn" 2>/dev/null; }

# As somebody who presses the button: services are stopped, file systems are synced.
container_halt() {
        if [ ${#container_entered[@]} -gt 0 ]; then
                kill -KILL "${container_entered[@]}" 2>/dev/null
                wait "${container_entered[@]}" 2>/dev/null
        fi
        container_entered=()
        [ -n "$container_nspawn" ] || return 0
        kill "$container_nspawn" 2>/dev/null
        if ! within 60000 container_is_gone; then
                echo "the container did not stop; its console:"
                tail -n 60 "$tap_work/console"
                kill -KILL "$container_nspawn" "$container_leader" 2>/dev/null
        fi
        wait "$container_nspawn" 2>/dev/null
        container_nspawn=
        container_leader=
}
