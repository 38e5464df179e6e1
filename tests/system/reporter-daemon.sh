#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# agentd and the reporter together, on a tree that stands for a running system: what is news reaches a sink, over restarts and
# kills of both, and the daemon says how things stand.
# shellcheck disable=SC2016,SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
if [ "$(id -u)" -ne 0 ] && unshare --user --map-root-user true 2>/dev/null; then
        exec unshare --user --map-root-user "$0" "$@"
fi
. "$here/tap.sh"
. "$here/fix.bash"

agentd=$(dirname "$agentctl")/agentd
reporter=$(dirname "$agentctl")/agent-reporter
call=$(dirname "$agentctl")/tests/varlink-call
run=$tap_work/run
socket=$run/io.ecsguest.Agent
log=$tap_work/log
daemon=

make_root
mkdir -p "$root/proc/sys/kernel/random" "$root/sys" "$root/etc/ecs-guest-agent" "$tap_work/empty"
echo 01234567-89ab-cdef-0123-456789abcdef >"$root/proc/sys/kernel/random/boot_id"
: >"$root/proc/swaps"
: >"$root/proc/mounts"
conf=$root/etc/ecs-guest-agent/agent.conf
home=$root/var/lib/ecs-guest-agent
outbox=$home/outbox

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
        rm -f "$run/report.json"
        "$agentd" --root "$root" --run-directory "$run" --log=stderr >>"$log" 2>&1 &
        daemon=$!
        until_true 100 [ -f "$run/report.json" ] && until_true 50 eval '"$call" "$socket" Status | grep -q "\"state\":\"idle\""'
}
end() { [ -z "$daemon" ] || { kill "${1:--TERM}" "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; daemon=; }; }
ended() { end; tap_clean; }
trap ended EXIT
entries() { find "$outbox" -name '[0-9]*.json' 2>/dev/null | sort; }
holds() { [ "$(entries | wc -l)" -eq "$1" ] || { entries; return 1; }; }
newest() { entries | tail -n 1; }
status() { "$call" "$socket" Status >"$tap_work/answer" && jq -e ".parameters.status // .parameters | $1" "$tap_work/answer" || { cat "$tap_work/answer"; return 1; }; }
report() { "$reporter" --config "$conf" --outbox "$outbox" --state-directory "$home/reporter" --once --log=stderr --spread 0 --dmi "$tap_work/empty" 2>>"$log"; }
break_it() { sed -i "s|^$line_after|$line_before|" "$root/etc/fstab"; }
mend_it() { sed -i "s|^$line_before|$line_after|" "$root/etc/fstab"; }
verdict_is() { jq -e --arg verdict "$1" '.report.verdict == $verdict' "$2"; }

check "it starts without a sink" begin
check "and puts nothing anywhere" eval '! find "$home" | grep -q outbox'
end
printf '[Sink disk]\ntype=file\npath=%s\n' "$tap_work/last.json" >"$conf"
check "it starts with one" begin
check "a report waits" holds 1
check "which is the verdict" eval 'verdict_is not_ready "$(newest)"'
check "of the first sequence" eval 'jq -e ".sequence == 1 and (.id | test(\"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$\"))" "$(newest)"'
# Another scan may have found the same a second later.
check "and says the same as the published one" eval 'diff <(jq -S ".report | del(.time)" "$(newest)") <(jq -S "del(.time)" "$run/report.json")'
check "which the status counts" status '.waitingReports == 1 and .lastDelivery == null'
end
check "started again" begin
check "it does not repeat itself" holds 1
end -KILL
check "killed and started" begin
check "it does not either" holds 1
mend_it
check "news" until_true 30 holds 2
check "are in it" eval 'jq -e ".sequence == 2 and ([.report.findings[] | select(.key == \"fstab-data-disk:/data\" and .outcome == \"fail\")] | length == 0)" "$(newest)"'
touch "$root/etc/fstab"
sleep 0.5
check "no news are none" holds 2

mkdir -p "$home/reporter"
check "the reporter delivers" report
check "all of it" holds 0
check "the status knows" status '.waitingReports == 0 and (.lastDelivery | test("^20[0-9][0-9]-"))'
check "the sink has the newest" eval '[ "$(jq -r .sequence "$tap_work/last.json")" = "$(printf %020d 2)" ] || jq -e .data "$tap_work/last.json"'
id=$(jq -r .id "$tap_work/last.json")

# Another sink.
printf '[Sink other]\ntype=file\npath=%s\n[Sink bad]\ntype=nosuch\n' "$tap_work/other.json" >>"$conf"
kill -HUP "$daemon"
check "a sink that is new" until_true 30 holds 1
check "gets" report
check "the same event" eval '[ "$(jq -r .id "$tap_work/other.json")" = "$id" ]'
check "one that is none is warned about" status '[.warnings[] | select(contains("agent.conf:8: [Sink bad]: type= is not one of"))] | length == 1'
rm "$tap_work/other.json"
sed -i 's|/other.json|/nosuch/other.json|' "$conf"
break_it
check "news again" until_true 30 holds 1
check "to a sink that cannot take it" report
# A pause may be none at all, so that it is tried again at once.
check "is what the status says" status '[.warnings[] | select(test("^sink other: (1 delivery|[0-9]+ deliveries in a row) failed"))] | length == 1'
check "and that it waits" status '.waitingReports == 1'

# Sent because somebody wants it.
asked() { "$agentctl" "$@" report --send --format json >"$tap_work/sent" 2>"$tap_work/said"; }
by_daemon() { asked --socket "$socket"; }
alone() { asked --root "$root" --assume-live; }
code() { local wanted=$1; shift; "$@"; local got=$?; [ $got -eq "$wanted" ] || { echo "exit $got, not $wanted"; cat "$tap_work/said" "$tap_work/sent"; return 1; }; }
says() { grep -qF -e "$1" "$tap_work/said" || { cat "$tap_work/said"; return 1; }; }
sed -i 's|/nosuch/other.json|/other.json|' "$conf"
kill -HUP "$daemon"
check "the sink is mended" until_true 30 eval 'report && holds 0'
last=$(jq -r .sequence "$tap_work/last.json" | sed 's/^0*//')
for way in by_daemon alone; do
        check "$way: a report that is no news is sent" code 1 $way
        last=$((last + 1))
        check "$way: which is said" says "report $last is in the outbox"
        check "$way: it is printed" jq -e '.schema == "io.ecsguest.report/1" and .verdict == "not_ready"' "$tap_work/sent"
        check "$way: it waits" holds 1
        check "$way: as one that was asked for" jq -e ".sequence == $last and .asked == true and .report.verdict == \"not_ready\"" "$(newest)"
        check "$way: says what was printed" eval 'diff <(jq -S "del(.report.time) | .report" "$(newest)") <(jq -S "del(.time)" "$tap_work/sent")'
        check "$way: it is delivered" report
        check "$way: to the sink" eval '[ "$(jq -r .sequence "$tap_work/last.json")" = "$(printf %020d "$last")" ]'
        sleep 0.6
        check "$way: the daemon does not say it once more" holds 0
done
on_image() { "$agentctl" --socket "$socket" report --send --profile capture --format json >"$tap_work/sent" 2>"$tap_work/said"; }
check "the verdict on an image is sent" code 1 on_image
last=$((last + 1))
check "as such" jq -e '.report.profile == "capture"' "$(newest)"
report
check "a sink sees it" eval '[ "$(jq -r .subject "$tap_work/last.json")" = capture ]'
kill -HUP "$daemon"
sleep 0.8
check "and no verdict on the system after it" holds 0
check "with the daemon nobody else is told more" status '.waitingReports == 0'
count_alone() { "$agentctl" --root "$root" --assume-live status --json >"$tap_work/sent" 2>"$tap_work/said"; jq -e '.waitingReports == 0 and (.lastDelivery | test("^20")) and ([.warnings[] | select(contains("[Sink bad]"))] | length == 1)' "$tap_work/sent"; }
check "the status without a daemon knows the sinks" count_alone
mkdir "$tap_work/offline"
cp -a "$root/etc" "$tap_work/offline/"
usage() { code 2 "$agentctl" "$@" >"$tap_work/sent" 2>"$tap_work/said"; }
check "an offline root has nobody who sends" usage --root "$tap_work/offline" report --send
check "nor is another configuration that of the sinks" usage --config "$conf" report --send
check "other packets are another thing" usage report --send --active
check "only reports are sent" usage check --send
cp "$conf" "$tap_work/conf"
printf '[Agent]\n' >"$conf"
check "without a sink" code 4 alone
check "nothing is sent, which is said" says "no section [Sink NAME]"
check "and nothing printed" eval '[ ! -s "$tap_work/sent" ]'
kill -HUP "$daemon"
sleep 0.5
check "by the daemon neither" code 4 by_daemon
check "which says the same" says "no section [Sink NAME]"
cat "$tap_work/conf" >"$conf"
kill -HUP "$daemon"
until_true 30 eval 'status ".state == \"idle\""'
by_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$agentctl" --socket "$socket" report --send >"$tap_work/sent" 2>"$tap_work/said"; }
if setpriv --reuid 65534 --regid 65534 --clear-groups test -x "$agentctl"; then
        check "somebody else" code 4 by_nobody
        check "is told that it is for root" says "only root may send a report"
else
        skip "somebody else" "the user nobody cannot reach the programs"
fi
# What is put there as the reporter ends is seen by no path unit: the daemon has systemd look again, once.
mtime() { stat -c %Y.%y "$outbox"; }
if mend_it && until_true 30 eval '[ "$(entries | wc -l)" -ge 1 ]'; then
        sleep 1
        touched=$(mtime)
        check "the outbox is touched while something waits" until_true 350 eval '[ "$(mtime)" != "$touched" ]'
else
        check "something waits" false
fi
find "$outbox" -mindepth 1 -delete
break_it
sleep 1

# The reporter means harm.
for content in '{' '{"schema":"io.ecsguest.reporter/1","sinks":[],"disabled":[1,2]}' '[[[[[[[['; do
        echo "$content" >"$home/reporter/state.json"
        check "a state that is none: $content" status '.state == "idle"'
done
rm "$home/reporter/state.json"
mkfifo "$home/reporter/state.json"
check "a state that is a pipe" status '.lastDelivery == null'
rm -rf "$home/reporter"
ln -s /etc "$home/reporter"
check "a directory that is a link" status '.lastDelivery == null'
rm "$home/reporter"
find "$outbox" -name '[0-9]*' -delete
echo victim >"$tap_work/victim"
for i in $(seq 1 20); do ln -s "$tap_work/victim" "$outbox/$(printf '%016d.json' "$i")"; done
mend_it
check "an outbox full of links" until_true 30 eval '[ "$(find "$outbox" -type f | wc -l)" -eq 1 ]'
check "leads nowhere" grep -qx victim "$tap_work/victim"
check "the daemon runs" status '.state == "idle"'

# Where it cannot be put, that is said once.
mv "$outbox" "$home/aside"
ln -s aside "$outbox"
said() { grep -c 'cannot be put into' "$log"; }
before=$(said)
break_it
check "an outbox that is a link is not used" until_true 30 eval '[ "$(said)" -eq $((before + 1)) ]'
mend_it
sleep 1
break_it
sleep 1
check "which is said once" test "$(said)" -eq $((before + 1))
check "and shown" status '[.warnings[] | select(. == "the outbox cannot be read")] | length == 1'
rm "$outbox"
mv "$home/aside" "$outbox"
mend_it
check "and over when it is mended" until_true 30 eval '[ "$(entries | wc -l)" -ge 1 ]'

# Which instance this is: the daemon says that it wants to know, and the reporter's cache tells it.
wanted() { [ -f "$run/instance-wanted" ]; }
instance_is() { jq -e ".host.instanceId == $1" "$run/report.json" && "$call" "$socket" Ready '{}' | jq -e "(.parameters // .).summary.host.instanceId == $1"; }
check "elsewhere nobody is to be asked for the instance" eval '! wanted'
mkdir -p "$root/sys/class/dmi/id" "$home/reporter"
echo "Alibaba Cloud ECS" >"$root/sys/class/dmi/id/product_name"
kill -HUP "$daemon"
check "on an ECS instance somebody is" until_true 30 wanted
check "as long as it is not known" instance_is null
before=$(entries | wc -l)
printf '{"schema":"io.ecsguest.metadata/1","bootId":"01234567-89ab-cdef-0123-456789abcdef","instanceId":"i-bp1example"}\n' >"$tap_work/cache"
cp "$tap_work/cache" "$home/reporter/.new" && mv "$home/reporter/.new" "$home/reporter/metadata.json"
check "what the reporter has heard is published" until_true 30 instance_is '"i-bp1example"'
check "and nobody is to be asked any more" until_true 30 eval '! wanted'
check "which is no news for a sink" test "$(entries | wc -l)" -eq "$before"
sed -i 's/01234567-/11234567-/' "$home/reporter/metadata.json"
kill -HUP "$daemon"
check "what is of another boot is not believed" until_true 30 eval 'wanted && instance_is null'
rm -rf "$root/sys/class"
kill -HUP "$daemon"
check "and elsewhere it is of no use" until_true 30 eval '! wanted'

# Its end at any moment: what is put there is whole, and nothing is put there twice under two ids.
find "$outbox" -mindepth 1 -delete
rm -f "$home/outbox.json"
kills() {
        local i
        for i in $(seq 25); do
                if [ $((i % 2)) -eq 0 ]; then mend_it; else break_it; fi
                sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
                end -KILL
                find "$outbox" -name '[0-9]*.json' -exec jq -e .id {} + >/dev/null || return 1
                begin || { tail -n 5 "$log"; ls -la "$run"; return 1; }
        done
}
check "killed 25 times while it is at it" kills
verdicts() { find "$outbox" -name '[0-9]*.json' | sort | xargs jq -c '[.report.verdict, [.report.findings[] | select(.outcome == "fail" or .outcome == "unknown") | .key]]'; }
check "nothing is there twice in a row" eval '[ "$(verdicts | wc -l)" -gt 5 ] && [ "$(verdicts | uniq | wc -l)" -eq "$(verdicts | wc -l)" ]'
check "the last one is the one that is published" eval '[ "$(verdicts | tail -n 1)" = "$(jq -c '"'"'[.verdict, [.findings[] | select(.outcome == "fail" or .outcome == "unknown") | .key]]'"'"' "$run/report.json")" ]'
check "no temporary file is left where the reporter looks" eval '! find "$outbox" -name ".*" | grep .'
tap_done
