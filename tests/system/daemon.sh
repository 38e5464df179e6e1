#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The daemon on a tree that stands for a running system: what it publishes, notices, changes and refuses; who may ask;
# clients that mean no good; and what becomes of a change when it is stopped, or its worker killed.
# shellcheck disable=SC2016,SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
# Changes are for root: an ordinary user is that in a namespace.
if [ "$(id -u)" -ne 0 ] && unshare --user --map-root-user true 2>/dev/null; then
        exec unshare --user --map-root-user "$0" "$@"
fi
. "$here/tap.sh"
others=no
setpriv --reuid 65534 --regid 65534 --clear-groups true 2>/dev/null && others=yes
. "$here/fix.bash"

agentd=$(dirname "$agentctl")/agentd
call=$(dirname "$agentctl")/tests/varlink-call
run=$tap_work/run
socket=$run/io.ecsguest.Agent
report=$run/report.json
log=$tap_work/log
daemon=

make_root
mkdir -p "$root/proc/sys/kernel/random" "$root/sys" "$root/etc/ecs-guest-agent/waivers.d"
echo 'nameserver 100.100.2.136' >"$root/etc/resolv.conf"
echo 01234567-89ab-cdef-0123-456789abcdef >"$root/proc/sys/kernel/random/boot_id"
echo 'BOOT_IMAGE=/vmlinuz root=UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab ro' >"$root/proc/cmdline"
: >"$root/proc/swaps"
: >"$root/proc/mounts"
conf=$root/etc/ecs-guest-agent/agent.conf

# until_true SECONDS/10 COMMAND...
until_true() {
        local n=$1
        shift
        while [ "$n" -gt 0 ]; do
                "$@" >/dev/null 2>&1 && return 0
                sleep 0.1
                n=$((n - 1))
        done
        "$@"
}
begin() {
        "$agentd" --root "$root" --run-directory "$run" --log=stderr >>"$log" 2>&1 &
        daemon=$!
        until_true 100 [ -S "$socket" ] && until_true 100 [ -f "$report" ]
}
end() {
        [ -z "$daemon" ] && return
        kill "${1:--TERM}" "$daemon" 2>/dev/null
        wait "$daemon" 2>/dev/null
        local code=$?
        daemon=
        return $code
}
ended() { end; tap_clean; }
trap ended EXIT
ask() { "$call" "$socket" "$@"; }
answers() { local words=$1; shift; ask "$@" >"$tap_work/answer" 2>&1; grep -qF -- "$words" "$tap_work/answer" || { cat "$tap_work/answer"; return 1; }; }
finds() { jq -e --arg key "$1" --arg outcome "$2" '.findings[] | select(.key == $key and .outcome == $outcome)' "$report"; }
fails() { finds fstab-data-disk:/data fail; }
passes() { finds fstab-data-disk pass; }
said() { [ "$(grep -cF -- "$1" "$log")" -eq "${2:-1}" ] || { cat "$log"; return 1; }; }

check "it starts" begin
check "and judges" fails
timeless() { jq 'del(.time)' "$1"; }
same_as_agentctl() { "$agentctl" --root "$root" --assume-live --json check >"$tap_work/by-agentctl"; diff <(timeless "$tap_work/by-agentctl") <(timeless "$report"); }
check "as agentctl does" same_as_agentctl
mode_is() { [ "$(stat -c %a "$report")" = "$1" ]; }
check "the report is for all to read" mode_is 644
check "and stands alone" eval '[ "$(ls -A "$run" | sort | tr "\n" " ")" = "io.ecsguest.Agent report.json " ]'

# Each method.
check "Describe" answers '"io.ecsguest.list/1"' Describe
check "Check streams" eval 'ask Check "{\"names\":[\"fstab\"]}" more >"$tap_work/answer" && [ "$(grep -c "\"finding\"" "$tap_work/answer")" -gt 5 ] && tail -n 1 "$tap_work/answer" | jq -e .parameters.summary.verdict'
check "Check without more" answers 'org.varlink.service.ExpectedMore' Check
check "Check of what there is not" answers "\"name\":\"nosuch\"" Check "{\"names\":[\"nosuch\"]}" more
check "a profile that is none" answers '"parameter":"profile"' Check '{"profile":"nosuch"}' more
check "a parameter that is none" answers '"parameter":"nosuch"' Ready '{"nosuch":1}'
check "Ready" answers 'NOT-READY ecs-guest-agent/' Ready
check "History of nothing" answers '"transactions":[]' History
check "Undo of nothing" answers 'io.ecsguest.Agent.Refused' Undo
check "Undo of an unknown one" answers 'io.ecsguest.Agent.NoSuchName' Undo '{"transaction":"nosuch"}'
check "Status" until_true 20 answers '"state":"idle"' Status
digest() { ask Plan '{"names":["fstab-data-disk"]}' | jq -r .parameters.plan.digest; }
check "Plan shows the bytes" answers 'defaults,nofail' Plan '{"names":["fstab-data-disk"]}'
check "and changes none" is_old "$root/etc/fstab"

# Noticing.
"$call" "$socket" Subscribe '{}' more >"$tap_work/heard" 2>&1 &
listener=$!
check "a subscriber is told the verdict" until_true 20 grep -q '"changes":\[\]' "$tap_work/heard"
milliseconds() { local now; now=$(date +%s%N); echo $((now / 1000000)); }
before=$(milliseconds)
sed -i "s|^$line_before|$line_after|" "$root/etc/fstab"
noticed() { until_true 20 passes; }
check "an edit of fstab is noticed" noticed
echo "# after $(($(milliseconds) - before)) ms"
check "and told" until_true 10 grep -q '"key":"fstab-data-disk:/data","before":"fail","after":null' "$tap_work/heard"
check "and logged" said "cured: fstab-data-disk:/data"
sed -i "s|^$line_after|$line_before|" "$root/etc/fstab"
check "there and back" until_true 20 fails
echo 'root=UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab ro' >"$root/etc/unrelated"
mkdir -p "$root/etc/default" && echo 'GRUB_CMDLINE_LINUX="' >"$root/etc/default/grub"
check "a file that was not there" until_true 20 eval 'ask Check "{\"names\":[\"console\"]}" more >/dev/null; jq -e ".findings[] | select(.outcome == \"unknown\")" "$report"'
rm -f "$root/etc/default/grub"
printf '[fstab-data-disk:/data]\nReason=as a test\nUntil=2099-01-01\n' >"$root/etc/ecs-guest-agent/waivers.d/a.conf"
check "a waiver" until_true 20 jq -e '.findings[] | select(.waived.reason == "as a test")' "$report"
rm -f "$root/etc/ecs-guest-agent/waivers.d/a.conf"
check "and its end" until_true 20 eval '! jq -e ".findings[] | select(.waived)" "$report"'

# Changing.
plan=$(digest)
check "another digest" answers 'io.ecsguest.Agent.StalePlan' Apply "{\"names\":[\"fstab-data-disk\"],\"digest\":\"sha256:$(printf '0%.0s' {1..64})\"}"
check "no digest" answers '"parameter":"digest"' Apply '{"names":["fstab-data-disk"]}'
check "a digest that is none" answers '"parameter":"digest"' Apply '{"names":["fstab-data-disk"],"digest":"sha256:abc"}'
check "nothing has changed" is_old "$root/etc/fstab"
remember_system
check "Apply" answers '"state":"verified"' Apply "{\"names\":[\"fstab-data-disk\"],\"digest\":\"$plan\"}"
check "the bytes are there" is_new "$root/etc/fstab"
check "and judged" until_true 20 passes
check "the same plan again" answers 'io.ecsguest.Agent.StalePlan' Apply "{\"names\":[\"fstab-data-disk\"],\"digest\":\"$plan\"}"
check "History has it" answers '"state":"verified"' History
check "Undo" answers '"state":"undone"' Undo
check "every byte is back" system_untouched
check "Undo again" answers 'there is nothing to undo' Undo
check "nothing was logged twice" eval '[ "$(grep -c "^agentd: applied:" "$log")" = 1 ] && [ "$(grep -c "^agentd: undone:" "$log")" = 1 ]'

# Who may.
if [ $others = yes ]; then
        chmod 755 "$tap_work" "$run"
        as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$call" "$socket" "$@"; }
        nobody_hears() { local words=$1; shift; as_nobody "$@" >"$tap_work/answer" 2>&1; grep -qF -- "$words" "$tap_work/answer" || { cat "$tap_work/answer"; return 1; }; }
        check "others may read" nobody_hears '"oneline"' Ready
        check "and see what everybody could read" nobody_hears 'defaults,nofail' Plan '{"names":["fstab-data-disk"]}'
        chmod 600 "$root/etc/fstab"
        check "but not what they could not" eval '! as_nobody Plan "{\"names\":[\"fstab-data-disk\"]}" | grep -q nofail'
        chmod 644 "$root/etc/fstab"
        check "nor apply" nobody_hears 'org.varlink.service.PermissionDenied' Apply "{\"digest\":\"$plan\"}"
        check "nor undo" nobody_hears 'org.varlink.service.PermissionDenied' Undo
        check "nor send a report" nobody_hears 'org.varlink.service.PermissionDenied' Send
        check "nor send packets" nobody_hears 'org.varlink.service.PermissionDenied' Check '{"active":true}' more
        printf '[Agent]\nreaders=root\nreport-mode=0600\n' >"$conf"
        kill -HUP "$daemon"
        check "unless root alone may" until_true 20 mode_is 600
        check "others cannot even connect" eval '! as_nobody Ready'
        check "root can" answers '"oneline"' Ready
        rm "$conf"
        kill -HUP "$daemon"
        check "and all again" until_true 20 nobody_hears '"oneline"' Ready
else
        skip "the rights of others" "nobody else can be had here"
fi

# The configuration.
printf '[Agent]\nblock-on=nosuch\nnosuch=1\n' >"$conf"
kill -HUP "$daemon"
check "a broken configuration is named with its line" until_true 20 eval 'said "/etc/ecs-guest-agent/agent.conf:2:" && said "/etc/ecs-guest-agent/agent.conf:3:"'
check "and shown by Status" answers 'agent.conf:3' Status
check "the subscriber is still there" kill -0 "$listener"
printf '[Agent]\nblock-on=warning\nautofix=fstab-data-disk\n' >"$conf"
kill -HUP "$daemon"
check "what the configuration names is mended" until_true 30 is_new "$root/etc/fstab"
check "and nothing else" until_true 20 eval '[ "$(grep -c "^agentd: applied:" "$log")" = 2 ]'
rm "$conf"
kill -HUP "$daemon"
check "Undo of it" until_true 20 answers '"state":"undone"' Undo

# Clients that mean no good.
check "garbage is cut off" exits 3 "$call" "$socket" raw 'garbage'
check "and so is half a report" exits 3 "$call" "$socket" raw '{"method":"io.ecsguest.Agent.Status","method":"x"}'
crowd=()
if [ $others = yes ]; then
        for _ in $(seq 70); do
                setpriv --reuid 65534 --regid 65534 --clear-groups "$call" "$socket" Subscribe '{}' more 2 60000 >/dev/null 2>&1 &
                crowd+=($!)
        done
        sleep 1
        check "seventy who only listen keep root not out" answers '"state"' Status
        for pid in "${crowd[@]}"; do kill "$pid" 2>/dev/null; done
        wait "${crowd[@]}" 2>/dev/null
        check "and are forgotten" until_true 20 nobody_hears '"oneline"' Ready
        (ulimit -n 4096 && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$call" "$socket" crowd 3000) &
        crowd=($!)
        sleep 1
        check "nor do three thousand with half a call each" answers '"state"' Status
        wait "${crowd[@]}"
        crowd=()
        check "and others come again" until_true 20 nobody_hears '"oneline"' Ready
else
        skip "seventy who only listen" "they would be of the same user"
fi
cp "$root/etc/fstab" "$tap_work/fstab"
printf '/dev/\xff\xfe /x\0y\xc3\x28 ext4 \xf0\x9f defaults\n' >>"$root/etc/fstab"
is_utf8() { iconv -f UTF-8 -t UTF-8 "$report" >/dev/null && jq -e '.findings[] | select(.probe == "fstab-syntax" and .outcome != "pass")' "$report"; }
check "broken bytes in a file make no broken report" until_true 50 is_utf8
broken() { ask Check '{}' more >"$tap_work/answer" && iconv -f UTF-8 -t UTF-8 "$tap_work/answer" >/dev/null && jq -e . "$tap_work/answer"; }
check "nor broken answers" broken
cp "$tap_work/fstab" "$root/etc/fstab"
for _ in $(seq 12); do "$call" "$socket" Check '{}' more >"$tap_work/many.$_" 2>&1 & crowd+=($!); done
check "many scans at once wait for each other" eval 'wait "${crowd[@]: -12}"; for i in $(seq 12); do tail -n 1 "$tap_work/many.$i" | grep -q "\"summary\"" || exit 1; done'

# A worker that is lost. The kernel names the children of the daemon.
children() { cat "/proc/$daemon/task/$daemon/children"; }
check "no child is left" until_true 20 eval '[ -z "$(children)" ]'
check "the daemon has no file of another one open" eval '[ "$(ls /proc/$daemon/fd | wc -l)" -lt 24 ]'

# Stopped, and killed.
kill "$listener" 2>/dev/null
wait "$listener" 2>/dev/null
check "it stops" end
check "and takes its socket along" eval '[ ! -e "$socket" ]'
: >"$log"
check "it starts again" begin
settled() { until_true 30 answers '"state":"idle"' Status; }
check "and is idle" settled
check "nothing is said again that is still so" eval '! grep -qE "^agentd: (found|verdict):" "$log"'

rounds=${ROUNDS:-10}
# Each round ends with the records in order, and the file as it was.
in_order() { [ -z "$(children)" ] && "$agentctl" --root "$root" --assume-live history --json | jq -e '[.transactions[].state] | all(. == "verified" or . == "undone")'; }
stop_somehow() {
        case $1 in
        0) for pid in $(children); do kill -KILL "$pid" 2>/dev/null || :; done ;;
        1) end -KILL; begin ;;
        2) end -TERM; begin ;;
        esac
}
round() {
        settled || { echo "it is not idle"; return 1; }
        plan=$(digest)
        "$call" "$socket" Apply "{\"names\":[\"fstab-data-disk\"],\"digest\":\"$plan\"}" >"$tap_work/applied" 2>&1 &
        local client=$!
        sleep "0.0$((RANDOM % 60 + 10))"
        stop_somehow "$1" || { echo "it does not start again"; return 1; }
        wait "$client" 2>/dev/null
        until_true 100 in_order || { echo "the records are not in order"; "$agentctl" --root "$root" --assume-live history; return 1; }
        if is_new "$root/etc/fstab"; then
                new=$((new + 1))
                until_true 20 answers '"state":"undone"' Undo || return 1
        elif is_old "$root/etc/fstab"; then
                old=$((old + 1))
        else
                cat "$root/etc/fstab"
                return 1
        fi
        no_leftovers
}
all_or_nothing() {
        old=0 new=0
        for i in $(seq "$rounds"); do
                round $((i % 3)) && continue
                echo "in round $i:"
                cat "$tap_work/applied"
                tail -n 20 "$log"
                return 1
        done
        echo "# $rounds rounds: $old old, $new new" >"$tap_work/rounds"
}
check "ended in the middle, by any way: all of the old or all of the new" all_or_nothing
cat "$tap_work/rounds" 2>/dev/null

check "a second daemon at the same place" exits 4 timeout 10 "$agentd" --root "$root" --run-directory "$run" --log=stderr
check "an option that is none" exits 2 "$agentd" --nosuch
check "a word too many" exits 2 "$agentd" nosuch
check "a root that is none" exits 4 "$agentd" --root "$tap_work/nosuch"
check "a place that cannot be made" exits 4 timeout 10 "$agentd" --root "$root" --run-directory /proc/nosuch --log=stderr
served() { "$call" "exec:$agentd" "$@" >"$tap_work/answer" 2>&1; }
check "started for a single connection, as by varlinkctl, it answers and ends" eval 'served Ready && grep -q oneline "$tap_work/answer"'
check "it watches nothing then, and ends with it" eval 'exits 1 served Subscribe "{}" more && grep -q "single connection" "$tap_work/answer"'
check "help" eval '"$agentd" --help | grep -q SIGHUP'

# What the kernel says: mounts of this machine, in a namespace of their own.
if unshare --mount true 2>/dev/null; then
        kernel() {
                unshare --mount --propagation private bash -c '
                        "$1" --run-directory "$2" --log=stderr >/dev/null 2>&1 &
                        for _ in $(seq 100); do [ -f "$2/report.json" ] && break; sleep 0.1; done
                        sleep 2
                        before=$(stat -c %i "$2/report.json")
                        mount -t tmpfs none "$3"
                        for _ in $(seq 20); do [ "$(stat -c %i "$2/report.json")" != "$before" ] && break; sleep 0.1; done
                        after=$(stat -c %i "$2/report.json")
                        kill $!; wait $!
                        [ "$before" != "$after" ]' bash "$agentd" "$tap_work/kernel" "$tap_work/mounted"
        }
        mkdir "$tap_work/mounted"
        check "a mount is noticed, though no file has changed" kernel
else
        skip "a mount is noticed" "no mount namespace can be had"
fi

tap_done
