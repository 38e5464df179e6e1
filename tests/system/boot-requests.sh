#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a boot costs the metadata service, over many runs of the reporter with several sinks: three requests, whatever else happens; where
# it wants to be left alone, one, and then none for as long as it wants. See metadata.h.
# shellcheck disable=SC2016,SC2034,SC2154
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
here=$(cd "$(dirname "$0")" && pwd)
if [ "${REQUESTS_INSIDE:-}" != yes ]; then
        if ! unshare -n true 2>/dev/null; then
                echo "ok 1 - requests of a boot # SKIP cannot make a network namespace here"
                echo "1..1"
                exit 0
        fi
        exec env REQUESTS_INSIDE=yes unshare -n -- "$0" "$agentctl"
fi
. "$here/tap.sh"
. "$here/instance.bash"
trap end_instance EXIT
check "an instance, and a receiver" begin_instance
echo '{"instance-id":"i-bp1test0000","region-id":"cn-hangzhou","zone-id":"cn-hangzhou-i","owner-account-id":"1234567890123456","image-id":"aliyun_3","instance-type":"ecs.g7.large"}' >"$service/document"

# Three that want the identity or the instance's name; what the API's sinks want besides comes below.
sinks() {
        sink one type=webhook "url=$https/one" "ca=$tap_work/ca.pem" identity=yes
        more '[Sink two]' type=webhook "url=$https/two" "ca=$tap_work/ca.pem" identity=yes '[Sink disk]' type=file "path=$tap_work/last.json"
}
boots() {
        fresh
        : >"$got"
        sinks
        number=0
}
# runs N: each with news.
runs() {
        local i
        for i in $(seq "$1"); do
                number=$((number + 1))
                put $number ready
                delivers || return 1
        done
}
during() { start "$1" && "${@:2}"; local code=$?; stop; return $code; }
again_all() { jq '.sinks[].notBefore = 0' "$state/state.json" >"$tap_work/new" && cat "$tap_work/new" >"$state/state.json"; }
# At PATH, in order, each once and with its proof.
arrived_at() {
        jq -r --arg path "$1" 'select(.path == $path) | .body | fromjson | .id' "$got" | diff - <(for i in $(seq "$number"); do id_of "$i"; echo; done) &&
                jq -e -s 'all(.headers | map(.[0]) | contains(["ECS-Identity-Document", "ECS-Identity-Signature"]))' "$got"
}
arrived() { arrived_at /one && arrived_at /two && outbox_holds ""; }
nothing_arrived() { [ ! -s "$got" ] && [ "$(jq -r .id "$tap_work/last.json")" = "$(id_of "$number")" ]; }

boots
five() { runs 5 && requests 3; }
check "five runs, three sinks: three requests" during normal five
check "which had all that is to be had" arrived
changed() { more '[Sink three]' type=webhook "url=$https/three" "ca=$tap_work/ca.pem" identity=yes && runs 2 && requests 0; }
check "another sink: none" during normal changed
check "a sink that fails: none" during normal eval 'sink one type=webhook "url=https://127.0.0.1:$((port + 9))/" identity=yes && runs 3 && requests 0'
lost() { rm "$state/state.json" && runs 2 && requests 0; }
check "a state that is lost: none" during normal lost

# It wants to be left alone, and says for how long.
boots
check "429 with Retry-After: five runs, one request" during often eval 'runs 5 && requests 1'
check "left alone for that long" waits_for 600
check "what needs no proof is there, the rest waits" nothing_arrived
check "nor is it asked when it would answer" during normal eval 'again_all && runs 2 && requests 0'
another() { more '[Metadata]' audience=another && again_all && runs 1 && requests 0; }
check "nor for another audience" during normal another
sinks
check "when the time has come, once" during often eval 'time_passes && again_all && runs 3 && requests 1'
check "and three where it answers" during normal eval 'time_passes && again_all && runs 3 && requests 3'
check "then all is there, in order and with its proof" arrived
check "and it is asked no more" during normal eval 'runs 3 && requests 0'

# It does not say for how long.
boots
for wait in 60 120 240 480 960 1920 3600 3600; do
        check "429: one request" during often-bare eval '[ ! -f "$state/metadata.json" ] || time_passes; again_all; runs 2 && requests 1'
        check "then it is left alone for $wait s" waits_for $wait
done
check "when it answers again, three" during normal eval 'time_passes && again_all && runs 2 && requests 3'
check "and all is there" arrived

# In the middle: the document is there, the signature is to be had later.
boots
check "429 at the signature: three requests" during often-late eval 'runs 4 && requests 3'
check "left alone for that long, too" waits_for 600
check "what needs the proof waits" nothing_arrived
check "three for the rest" during normal eval 'time_passes && again_all && runs 2 && requests 3'
check "and all is there, too" arrived

# No answer at all.
for mode in broken silent; do
        boots
        check "$mode: two requests" during $mode eval 'runs 3 && requests 2'
        check "and left alone" waits_for 60
done

# At a boot it may be there before the network is: it asks again within the run, and a report that needs the network waits for that,
# so that it says whose it is.
boots
number=1
put 1 ready
comes_late() {
        "$reporter" "${arguments[@]}" --wait 30 2>>"$log" &
        local reporting=$!
        sleep 2
        [ -f "$tap_work/last.json" ] || { echo "the file does not need the network"; return 1; }
        [ ! -s "$got" ] || { echo "something was sent without a name"; return 1; }
        start normal || return 1
        wait $reporting && requests 3
}
rm -f "$tap_work/last.json"
check "a network that comes late" comes_late
stop
check "is waited for" arrived
has_source() { jq -e -s '[.[].body | fromjson | .source] | length == 2 and all(. == "acs:ecs:cn-hangzhou:1234567890123456:instance/i-bp1test0000")' "$got"; }
check "and the first report says whose it is" has_source
boots
number=1
put 1 ready
asks_alone() { rm "$outbox"/*; "$reporter" "${arguments[@]}" --wait 30 2>>"$log" & local reporting=$!; sleep 2; start normal; wait $reporting; jq -e '.instanceId == "i-bp1test0000"' "$state/metadata.json"; }
check "also when nothing is to be sent" asks_alone
stop
boots
number=1
put 1 ready
never_comes() { local begin=$SECONDS; timeout 60 "$reporter" "${arguments[@]}" --wait 12 2>>"$log"; [ $((SECONDS - begin)) -le 20 ] && [ -f "$tap_work/last.json" ]; }
check "one that never comes is not waited for without end" never_comes
check "and asked for less often each time" jq -e '.failures >= 2 and .failures <= 3' "$state/metadata.json"

# Its end while it asks, or keeps what it was told: the next run begins anew or knows it, and a report has its proof.
# kill_at CALL: as in reporter.sh. Sets points.
kill_at() {
        points=0
        while [ $points -lt 200 ]; do
                boots
                sink one type=webhook "url=$https/one" "ca=$tap_work/ca.pem" identity=yes
                number=1
                put 1 ready
                start normal || return 1
                if (strace -f -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$((points + 1))" "$reporter" "${arguments[@]}" --once; exit $?) >>"$log" 2>&1; then
                        stop
                        return 0
                fi
                points=$((points + 1))
                delivers && [ "$(wc -l <"$service/log")" -le 6 ] && [ "$(jq -r .body "$got" | sort -u | wc -l)" -eq 1 ] && proven && outbox_holds "" && ! find "$state" -name '.*' -type f | grep . || { stop; echo "killed at $1 $points"; cat "$service/log"; return 1; }
                stop
        done
        return 1
}
proven() { jq -e -s 'length >= 1 and length <= 2 and all(.headers | map(.[0]) | contains(["ECS-Identity-Document", "ECS-Identity-Signature"]))' "$got"; }
if strace -qq true 2>/dev/null; then
        for call in write fsync renameat connect sendto; do
                check "killed at each $call" kill_at $call
                check "which there is: $points" test $points -gt 2
        done
else
        skip "killed at each call" "no strace here"
fi

# Credentials are nowhere but in memory: three requests a run that needs them, however many sinks there are.
api() {
        boots
        sink tags type=ecs-tags "endpoint=127.0.0.1:$port" "ca=$tap_work/ca.pem"
        more '[Sink alarms]' type=cloudmonitor "endpoint=127.0.0.1:$port" "ca=$tap_work/ca.pem"
}
api
check "sinks of the API: three, and three for their role" during normal eval 'runs 1 && requests 6'
signed() { jq -es 'map(.headers | map({ (.[0] | ascii_downcase): .[1] }) | add) | map(select(.authorization | startswith("ACS3-HMAC-SHA256 "))["x-acs-action"]) | unique == ["PutCustomEvent", "TagResources"]' "$got" || { cut -c 1-800 "$got"; return 1; }; }
check "with which both have called" signed
check "the next run: three for the role" during normal eval 'again_all; runs 1 && requests 3'
api
check "429 at the role: five" during often-role eval 'runs 3 && requests 5'
left_alone() { jq -e '[.sinks[] | .notBefore - now] | length == 2 and all(. >= 590 and . <= 610)' "$state/state.json" || { cat "$state/state.json"; return 1; }; }
check "and both sinks leave it alone for that long" left_alone
check "so nothing is asked" during normal eval 'runs 3 && requests 0'
tap_done
