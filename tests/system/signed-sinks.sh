#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The signed sinks against what the vendor's own package takes for right: its signatures of random requests, and an API that
# verifies each call with it and answers in every mood.
# shellcheck disable=SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"

tool=$(dirname "$agentctl")/tests/signed-sink
package=@alicloud/openapi-util@0.3.3

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        skip "signatures of the vendor's package" "no node and npm here"
        tap_done
        exit
fi
if ! modules=$("$here/make-npm" "$package" 2>"$tap_work/log"); then
        # Without the registry there is nobody to compare with.
        skip "signatures of the vendor's package" "npm cannot get $package"
        sed 's/^/# /' "$tap_work/log" | tail -n 20
        tap_done
        exit
fi
export NODE_PATH=$modules/node_modules

n=500
random_requests() {
        node "$here/signed-sinks.js" requests $n "$tap_work/requests" &&
                "$tool" sign "$tap_work/requests" >"$tap_work/answers" &&
                node "$here/signed-sinks.js" compare "$tap_work/requests" "$tap_work/answers"
}
wrong_ones() {
        sed '1s/Signature=./Signature=x/' "$tap_work/answers" >"$tap_work/wrong"
        ! node "$here/signed-sinks.js" compare "$tap_work/requests" "$tap_work/wrong" >"$tap_work/log" && grep -q " 1 differ" "$tap_work/log"
}
check "$n random requests are signed as the vendor's package signs them" random_requests
check "which is seen when one is not" wrong_ones

# The API.
api=$tap_work/api
mkdir "$api"
certificates() (
        cd "$api" || exit 1
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem &&
                openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout other.key -out other.pem &&
                openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr &&
                printf 'subjectAltName=DNS:localhost\n' >extension &&
                openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -set_serial 2 -days 2 -extfile extension -out server.pem
)
check "an authority and a certificate" certificates
export KEY_ID=STS.example SECRET=s3cr3t-of-the-role TOKEN='CAIS+/token=='
echo fine >"$api/mood"
node "$here/signed-sinks.js" serve "$api" 2>"$tap_work/server.err" &
server=$!
trap 'kill "$server" 2>/dev/null; tap_clean' EXIT
listening() { for _ in $(seq 300); do [ -s "$api/port" ] && return; sleep 0.1; done; cat "$tap_work/server.err"; return 1; }
check "the API listens" listening
port=$(cat "$api/port")

# A report of ours, with something in it that no tag takes.
cat >"$tap_work/report.json" <<'END'
{"schema":"io.ecsguest.report/1","agent":{"version":"1.0.0"},"host":{"root":"/","live":true},"profile":"boot",
"time":"2026-11-22T21:05:00Z","digest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
"verdict":"not_ready","counts":{"pass":0,"fail":1,"skip":0,"unknown":0,"waived":0},
"findings":[{"probe":"fstab-data-disk","area":"fstab","key":"acs:http://é*'+~ &=%/data","outcome":"fail","severity":"critical",
"summary":"a < b & c","waived":null,"facts":{}}]}
END

# judged TYPE WANTED WORDS [SETTING...]: the delivery, seconds included, and words of the reason.
judged() {
        local type=$1 wanted=$2 words=$3
        shift 3
        "$tool" deliver "$type" "$tap_work/report.json" "$@" "endpoint=localhost:$port" "ca=$api/ca.pem" >"$tap_work/out" 2>&1 ||
                { cat "$tap_work/out"; return 1; }
        # Whatever the other side says: neither secret is ever repeated.
        grep -qF -e "$SECRET" -e "$TOKEN" "$tap_work/out" && { echo "a secret is in the reason"; return 1; }
        [[ $(cat "$tap_work/out") == "$wanted "*"$words"* ]] || { cat "$tap_work/out"; tail -n 1 "$api/log"; return 1; }
}
# in_mood MOOD ...: the same while the API is in that mood.
in_mood() {
        echo "$1" >"$api/mood"
        shift
        judged "$@"
        local r=$?
        echo fine >"$api/mood"
        return $r
}
without_role() { (unset KEY_ID && SECRET=none TOKEN=none judged "$1" "retry -1" "no role is attached"); }
heard() { [ "$(tail -n 1 "$api/log" | jq -r "$1")" = "$2" ] || { tail -n 1 "$api/log"; return 1; }; }

check "tags are taken" judged ecs-tags "done -1" ""
check "the verdict is one" heard '.map["Tag.1.Value"]' NOT-READY
check "a value is what a tag takes" heard '.map["Tag.4.Value"]' "acs_http_//_*'+~ &=%/data"
check "an event is taken" judged cloudmonitor "done -1" ""
check "its name has the verdict" heard '.map["EventInfo.1.EventName"]' ecs_guest_agent_not_ready
check "its time is that of the scan" heard '.map["EventInfo.1.Time"]' 1795381500000
check "its content is the report" heard '.map["EventInfo.1.Content"] | fromjson | .data.findings[0].summary' "a < b & c"
check "other names" judged cloudmonitor "done -1" "" event-name=images group=17
check "are heard" heard '.map["EventInfo.1.EventName"] + .map["EventInfo.1.GroupId"]' images_not_ready17

for type in ecs-tags cloudmonitor; do
        check "$type: throttled" in_mood throttling $type "retry -1" "400 Throttling.User, too many calls (request R-t)"
        check "$type: told when" in_mood 429 $type "retry 7" "429 Throttling.Api"
        check "$type: no permission" in_mood permission $type "pause -1" "403 NoPermission.Tag"
        check "$type: quota" in_mood quota $type "pause -1" "OperationDenied.QuotaExceed"
        check "$type: 500" in_mood 500 $type "retry -1" "500 InternalError"
        check "$type: 503 from a balancer" in_mood busy $type "retry 30" "answer 503"
        check "$type: something else answers" in_mood garbage $type "retry -1" "none of the service"
        check "$type: a redirect" in_mood redirect $type "pause -1" "answer 302"
        check "$type: 200 that means no" in_mood refused $type "park -1" "200 400"
        check "$type: cut off" in_mood cut $type "retry -1" ""
        check "$type: our clock is an hour behind" in_mood clock $type "retry -1" "suspect: it is 36"
        SECRET=not-the-secret check "$type: a wrong secret" judged $type "pause -1" "SignatureDoesNotMatch"
        TOKEN=token-of-yesterday check "$type: an old token" judged $type "retry -1" "InvalidSecurityToken.Expired"
        check "$type: without a role" without_role $type
        check "$type: an authority that is not ours" judged $type "retry -1" "certificate" "ca=$api/other.pem"
done
# A section that is wrong is left out by itself, and named.
reporter=$(dirname "$agentctl")/agent-reporter
mkdir "$tap_work/outbox" "$tap_work/state" "$tap_work/dmi"
printf '%s\n' '[Sink tags]' type=ecs-tags prefix=aliyun:x '[Sink alarms]' type=cloudmonitor endpoint=https://metrics.example/ >"$tap_work/agent.conf"
names_faults() {
        timeout 60 "$reporter" --config "$tap_work/agent.conf" --outbox "$tap_work/outbox" --state-directory "$tap_work/state" \
                --dmi "$tap_work/dmi" --log=stderr --once >"$tap_work/said" 2>&1 || { cat "$tap_work/said"; return 1; }
        grep -F "$tap_work/agent.conf:3: [Sink tags]: " "$tap_work/said" | grep -qF "neither with aliyun nor with acs:" &&
                grep -F "$tap_work/agent.conf:6: [Sink alarms]: " "$tap_work/said" | grep -qF "without https://" || { cat "$tap_work/said"; return 1; }
}
check "the reporter names what is wrong with a section" names_faults
# All the way: an event of the outbox, credentials of the metadata service, the API.
echo "Alibaba Cloud ECS" >"$tap_work/dmi/product_name"
printf '%s\n' '[Sink tags]' type=ecs-tags "endpoint=localhost:$port" "ca=$api/ca.pem" '[Sink alarms]' type=cloudmonitor "endpoint=localhost:$port" \
        "ca=$api/ca.pem" >"$tap_work/agent.conf"
printf '{"schema":"io.ecsguest.outbox/1","id":"00000000-0000-4000-8000-000000000001","sequence":1,"time":"2026-11-22T21:05:00Z","report":%s}' \
        "$(cat "$tap_work/report.json")" >"$tap_work/outbox/0000000000000001.json"
delivers() {
        local before
        for _ in $(seq 100); do [ -s "$api/metadata-port" ] && break; sleep 0.1; done
        before=$(wc -l <"$api/log")
        timeout 60 "$reporter" --config "$tap_work/agent.conf" --outbox "$tap_work/outbox" --state-directory "$tap_work/state" --spread 0 \
                --metadata "http://127.0.0.1:$(cat "$api/metadata-port")" --dmi "$tap_work/dmi" --log=stderr --once >"$tap_work/said" 2>&1
        tail -n +$((before + 1)) "$api/log" | jq -r 'select(.refusal == null) | .action' | sort | tr '\n' ' ' | grep -qx 'PutCustomEvent TagResources ' &&
                [ ! -e "$tap_work/outbox/0000000000000001.json" ] || { cat "$tap_work/said"; tail -n +$((before + 1)) "$api/log"; return 1; }
}
check "the reporter delivers an event to both, with the role of the instance" delivers
no_secret_kept() { ! grep -rqF -e "$SECRET" -e "$TOKEN" "$tap_work/state" "$tap_work/outbox" "$tap_work/said"; }
check "and keeps no secret" no_secret_kept
# A permission that is missing is not asked for over and over, and not given up either.
for i in 2 3 4 5; do
        printf '{"schema":"io.ecsguest.outbox/1","id":"00000000-0000-4000-8000-00000000000%d","sequence":%d,"time":"2026-11-22T21:05:00Z"%s,"report":%s}' \
                $i $i "$([ $i -ne 4 ] || echo ',"asked":true')" "$(cat "$tap_work/report.json")" >"$tap_work/event-$i"
done
state=$tap_work/state/state.json
put() { cp "$tap_work/event-$1" "$tap_work/outbox/000000000000000$1.json"; }
waiting() { local names; names=$(cd "$tap_work/outbox" && echo *); [ "$names" = "$1" ] || { echo "$names, not $1"; return 1; }; }
runs() {
        timeout 60 "$reporter" --config "$tap_work/agent.conf" --outbox "$tap_work/outbox" --state-directory "$tap_work/state" --spread 0 \
                --metadata "http://127.0.0.1:$(cat "$api/metadata-port")" --dmi "$tap_work/dmi" --log=stderr --once >"$tap_work/said" 2>&1 || { cat "$tap_work/said"; return 1; }
}
calls() { grep -c TagResources "$api/log"; }
# tries N COMMAND...: and calls the API so many times.
tries() {
        local before n=$1
        shift
        before=$(calls)
        "$@" && [ $(($(calls) - before)) -eq "$n" ] || { echo "$(($(calls) - before)) calls, not $n"; cat "$tap_work/said"; return 1; }
}
tags() { jq -e '.sinks[] | select(.name == "tags") | '"$1" "$state" || { cat "$state"; return 1; }; }
change() { jq "$1" "$state" >"$tap_work/new" && cat "$tap_work/new" >"$state"; }
printf '%s\n' '[Sink tags]' type=ecs-tags "endpoint=localhost:$port" "ca=$api/ca.pem" "[Sink disk]" type=file "path=$tap_work/last.json" >"$tap_work/agent.conf"
echo permission >"$api/mood"
put 2
check "without a permission there is one try" tries 1 runs
check "the sink is left alone" tags '.paused and (.stopped | not) and (.reason | contains("no permission")) and .notBefore > now + 86000'
check "the journal says so once" grep -q 'tags: report 2 and later ones are not sent for a day: .*NoPermission.Tag' "$tap_work/said"
check "the newest report is kept for it" waiting 0000000000000002.json
check "no second try" tries 0 runs
put 3
check "nor one for the next report" tries 0 runs
check "which others get" test "$(jq -r .id "$tap_work/last.json")" = 00000000-0000-4000-8000-000000000003
check "and which is the one that is kept" waiting 0000000000000003.json
put 4
check "one that somebody asked for is tried" tries 1 runs
check "once" tries 0 runs
check "and the sink is left alone again" tags '.paused and .woken == 4'
change '(.sinks[] | select(.name == "tags")).notBefore = 1'
check "a day later it is tried" tries 1 runs
change '.bootId = "ffffffffffffffffffffffffffffffff"'
check "after another boot, too" tries 1 runs
check "and no more in that boot" tries 0 runs
echo fine >"$api/mood"
put 5
check "with the permission, after a day" eval 'change "(.sinks[] | select(.name == \"tags\")).notBefore = 1" && tries 1 runs'
check "the newest verdict arrives" heard '.map["Tag.1.Value"]' NOT-READY
check "and nothing waits any more" waiting '*'
check "and nothing is held against it" tags '(.paused | not) and .reason == null and .sequence == 5'
# A wish of the other side is kept, whoever asks.
rm -f "$state"
sed 's/"sequence":4/"sequence":6/; s/0000004"/0000006"/' "$tap_work/event-4" >"$tap_work/event-6"
sed 's/"sequence":4/"sequence":7/; s/0000004"/0000007"/' "$tap_work/event-4" >"$tap_work/event-7"
echo busy >"$api/mood"
put 6
check "busy, for half a minute" tries 1 runs
check "is what the state says" tags '.failures == 1 and .wished > now + 20 and .notBefore >= .wished'
put 7
check "who asks does not change that" tries 0 runs
change '(.sinks[] | select(.name == "tags")).wished = 0 | (.sinks[] | select(.name == "tags")).woken = 0 | (.sinks[] | select(.name == "tags")).notBefore = (now + 3000 | floor)'
check "but a pause of our own ends with it" tries 1 runs
echo fine >"$api/mood"
# Tags hold one verdict: of several that wait, the newest. Alarms get them all.
printf '%s\n' '[Sink tags]' type=ecs-tags "endpoint=localhost:$port" "ca=$api/ca.pem" '[Sink alarms]' type=cloudmonitor "endpoint=localhost:$port" \
        "ca=$api/ca.pem" >"$tap_work/agent.conf"
rm -f "$state" "$tap_work/outbox"/*
events() { grep -c PutCustomEvent "$api/log"; }
put 2
put 3
put 5
before=$(events)
check "of three reports one becomes tags" tries 1 runs
check "the newest" tags '.sequence == 5'
check "and three become events" test $(($(events) - before)) -eq 3
rm -f "$state"
put 2
put 3
echo '{"schema":"io.ecsguest.outbox/1"}' >"$tap_work/outbox/0000000000000005.json"
check "one that is none is not waited for" tries 1 runs
check "nor does it hide the one before" tags '.sequence == 3'
check "and is gone" waiting '*'
check "a key that no tag takes" judged ecs-tags "pause -1" "InvalidTagKey.Malformed" prefix=aliyun
tap_done
