#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The reporter against nginx as the other side, with a CA of its own: every answer that a server may give, certificates that
# are not right, and an end at any moment. What was put into the outbox arrives, in order, and twice only under the same id.
# shellcheck disable=SC2016,SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
. "$here/tap.sh"
. "$here/reporter.bash"

make_certificates || exit 1
begin_nginx
check "nginx is there" answers_at "$https"

# The file.
sink disk "type=file" "path=$tap_work/last.json"
put 1 ready
check "a report is delivered to a file" delivers
check "which holds the event" eval '[ "$(jq -r .id "$tap_work/last.json")" = "$(id_of 1)" ]'
check "and leaves the outbox" outbox_holds ""
check "the state knows" state_of disk '.sequence == 1 and .failures == 0 and .delivered > 0'
put 2 not_ready
put 3 ready
check "two more" delivers
check "the last one counts" eval '[ "$(jq -r .data.verdict "$tap_work/last.json")" = ready ]'
sink disk "type=file" "path=$tap_work/nosuch/last.json"
put 4 ready
check "a directory that is not there" delivers
check "is tried again later" state_of disk '.failures == 1 and .sequence == 3 and .notBefore >= now - 9 and (.reason | test("No such file"))'
check "and the report waits" outbox_holds "4"
mkdir "$tap_work/nosuch"
again disk
check "until it is there" delivers
check "then it goes" outbox_holds ""

# Sections that are none.
sink good "type=file" "path=$tap_work/good.json"
more '[Sink one]' 'type=nosuch' '[Sink two]' 'type=webhook' '[Sink three]' 'type=webhook' 'url=http://plain.example/' \
        '[Sink four]' 'type=file' 'path=/x' 'colour=red' '[Sink five]' 'type=file' 'path=relative' '[Sink six]' 'type=file' 'path=/x' \
        'nonsense' '[Sink]' 'type=file' '[Sink a/b]' 'type=file' '[Sink seven]' 'path=/x' '[Sink eight]' 'type=webhook' 'url=https://user:secret@host/'
put 5 ready
check "sections that are none do no harm" delivers
check "to the others" eval '[ "$(jq -r .id "$tap_work/good.json")" = "$(id_of 5)" ]'
disabled() { jq -e --arg line "$conf:$1" --arg words "$2" '[.disabled[] | select(startswith($line + ":") and contains($words))] | length == 1' "$state/state.json"; }
line_of() { grep -nxF -- "$1" "$conf" | cut -d : -f 1 | head -n "${2:-1}" | tail -n 1; }
check "an unknown type has file and line" disabled "$(line_of type=nosuch)" 'type= is not one of'
check "so has a key that is missing" disabled "$(line_of '[Sink two]')" 'needs url='
check "and plain HTTP" disabled "$(line_of url=http://plain.example/)" 'url= is not an address with https://'
check "and a key that there is not" disabled "$(line_of colour=red)" "no key 'colour'"
check "and a relative path" disabled "$(line_of path=relative)" 'path= is not'
check "and a line that is none" disabled "$(line_of nonsense)" 'neither'
check "and no name" disabled "$(line_of '[Sink]')" 'a sink has a name'
check "and a name with a slash" disabled "$(line_of '[Sink a/b]')" 'a sink has a name'
check "and no type" disabled "$(line_of '[Sink seven]')" 'there is no type='
check "and a password" disabled "$(line_of url=https://user:secret@host/)" 'without a password'
check "which is not repeated" eval '! grep -r secret "$state" "$log"'
check "nine and one" eval '[ "$(jq ".disabled | length" "$state/state.json")" -eq 10 ]'

# The webhook: what arrives.
hook() { sink hook type=webhook "url=$https$1" "ca=$tap_work/ca.pem" "${@:2}"; }
fresh
hook /ok
put 1 not_ready
check "an event is posted" delivers
check "as it should be" eval 'jq -e --arg id "$(id_of 1)" ".id == \$id and .specversion == \"1.0\" and .data.verdict == \"not_ready\"" <(bodies)'
check "with its media type" eval '[ "$(field type)" = "application/cloudevents+json; charset=utf-8" ]'
check "and without a token" eval '[ -z "$(field authorization)" ]'
echo 'to.ken-1' >"$tap_work/token"
hook /ok "token-file=$tap_work/token"
put 2 ready
check "with a token" delivers
check "which arrives" eval '[ "$(field authorization)" = "Bearer to.ken-1" ]'
check "and stands nowhere" eval '! grep -r to.ken "$state" "$log"'
printf 'to ken\r\nX-Evil: 1\n' >"$tap_work/token"
put 3 ready
check "a token of more than a word" delivers
check "is not sent" state_of hook '.failures == 1 and .sequence == 2 and (.reason | contains("not one word"))'

# Answers.
# answered STATUS-PATH FILTER: the state after one try there.
answered() {
        fresh
        hook "$1" "${@:3}"
        put 1 ready
        delivers && state_of hook "$2"
}
retries='.failures == 1 and .sequence == 0 and .notBefore <= now + 6 and (.parked | length) == 0'
parks='.failures == 0 and .sequence == 1 and (.parked | length) == 1'
for status in 408 425 500 502 503 504; do
        check "$status is tried again" answered /$status "$retries"
done
check "429 too, after the time that it says" answered /429 '.failures == 1 and .sequence == 0 and .notBefore >= now + 110 and .notBefore <= now + 130'
check "or the date" answered /429-date '.failures == 1 and .sequence == 0 and .notBefore >= now + 86000 and .notBefore <= now + 86405'
for status in 301 307 400 401 403 404 413 415; do
        check "$status is parked" answered /$status "$parks"
        check "and the outbox empty" outbox_holds ""
done
check "a redirect is not followed" eval '! seen /ok'
answered /413 "$parks" >/dev/null
check "after 413 it is tried once more, shorter" eval '[ "$(bodies | wc -l)" -eq 2 ]'
check "410 ends it" answered /410 '.stopped and .sequence == 0 and (.reason | contains("410"))'
put 2 ready
check "nothing more is sent" delivers
check "really" eval '[ "$(bodies | wc -l)" -eq 1 ]'
hook /ok
check "until the section is another" delivers
check "then what waited goes" state_of hook '.stopped == false and .sequence == 2'
check "in order" arrived_in_order 2

# Connections and what comes over them.
check "a cut connection is tried again" answered /cut "$retries"
check "an answer that drips" answered /slow "$retries"' and (.reason | contains("in time"))' timeout=2
check "an answer that is too long" answered /long "$retries"' and (.reason | contains("too long"))'
check "one that does not say so" answered /endless "$retries"' and (.reason | contains("too long"))'
check "headers without end" answered /headers "$retries"
garbage() {
        fresh
        sink hook type=webhook "url=https://127.0.0.1:$((port + 6))/" "ca=$tap_work/ca.pem" timeout=5
        put 1 ready
        openssl s_server -quiet -naccept 1 -accept "127.0.0.1:$((port + 6))" -cert "$tap_work/server.pem" -key "$tap_work/server.key" \
                < <(sleep 2; printf 'this is no HTTP\r\n\r\n') >/dev/null 2>&1 &
        local pid=$!
        sleep 1
        delivers
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        state_of hook "$retries"' and (.reason | contains("is no answer"))'
}
check "what is no HTTP" garbage
plain() { fresh; sink hook type=webhook "url=https://127.0.0.1:$((port + $1))/" "ca=$tap_work/ca.pem" timeout=3 "${@:3}"; put 1 ready; delivers && state_of hook "$2"; }
check "no TLS at all" plain 1 "$retries"
check "nobody there" plain 9 "$retries"' and (.reason | contains("no connection"))'
check "no such host" eval 'fresh; sink hook type=webhook url=https://nosuch.invalid/ timeout=3; put 1 ready; delivers && state_of hook "$retries"'

# Trust.
trust=$retries' and (.reason | contains("trust"))'
check "a certificate for another name" plain 2 "$trust"
check "one that has expired" plain 3 "$trust"
fresh
sink hook type=webhook "url=$https/ok" "ca=$tap_work/other-ca.pem"
put 1 ready
check "another CA" eval 'delivers && state_of hook "$trust"'
sink hook type=webhook "url=$https/ok"
check "the CAs of the system" eval 'delivers && state_of hook "$trust"'
check "nothing was sent" eval '[ "$(bodies | wc -l)" -eq 0 ]'
check "a server that wants our certificate, without" plain 4 "$parks"
check "with it" plain 4 '.sequence == 1 and (.parked | length) == 0' "certificate=$tap_work/client.pem" "key=$tap_work/client.key"
check "with another's" plain 4 "$parks" "certificate=$tap_work/other.pem" "key=$tap_work/other.key"
check "an old TLS" plain 5 "$trust"

# What is not there must not be what is asked.
check "proxies of the environment are not asked" eval 'fresh; hook /ok; put 1 ready; https_proxy=http://127.0.0.1:$((port + 9)) HTTPS_PROXY=http://127.0.0.1:$((port + 9)) ALL_PROXY=http://127.0.0.1:$((port + 9)) delivers && state_of hook ".sequence == 1"'
check "that of the section is" eval 'fresh; hook /ok proxy=http://127.0.0.1:$((port + 9)); put 1 ready; no_proxy="*" delivers && state_of hook "$retries"'

# Order.
fresh
hook /500
more '[Sink disk]' type=file "path=$tap_work/last.json"
for i in 1 2 3; do put $i ready; done
check "one sink that fails" delivers
check "does not hold up another" state_of disk '.sequence == 3'
# A pause may be none at all, so that the first one is tried again at once.
check "nothing overtakes" eval '[ "$(bodies | jq -r .id | sort -u)" = "$(id_of 1)" ]'
check "and all wait" outbox_holds "1 2 3"
hook /ok
more '[Sink disk]' type=file "path=$tap_work/last.json"
check "when it is well" delivers
check "they arrive in order" eval 'grep " /ok " "$tap_work/access" | cut -d " " -f 3- | jq -r .id >"$tap_work/ids" && diff "$tap_work/ids" <(for i in 1 2 3; do id_of $i; echo; done)'
check "and the outbox is empty" outbox_holds ""

# Receivers know an event by its id and its source: what becomes known of the instance between two tries changes neither.
fresh
mkdir -p "$tap_work/ecs"
echo "Alibaba Cloud ECS" >"$tap_work/ecs/product_name"
knows() { printf '{"schema":"io.ecsguest.metadata/1","bootId":"%s","instanceId":"%s","regionId":"cn-hangzhou","ownerAccountId":"1234","askAgain":0,"failures":0}' "$(cat /proc/sys/kernel/random/boot_id)" "$1" >"$state/metadata.json"; }
try_as() { timeout 60 "$reporter" "${arguments[@]}" --dmi "$1" --metadata http://127.0.0.1:1 --once 2>>"$log"; again hook; }
sources() { bodies | jq -r .source | sort | uniq -c | awk '{ print $2 }' | tr '\n' ' '; }
unknown=/ecs-guest-agent
hook /500
put 1 ready
try_as "$tap_work/empty"
knows i-bp1late
try_as "$tap_work/ecs"
check "an event keeps its source when the instance becomes known" eval '[ "$(bodies | wc -l)" -ge 2 ] && [ "$(sources)" = "$unknown " ]'
check "and has its id in the data" eval '[ "$(bodies | tail -n 1 | jq -r .data.host.instanceId)" = i-bp1late ]'
hook /ok
again hook
try_as "$tap_work/ecs"
put 2 ready
try_as "$tap_work/ecs"
check "the next one has the instance's" eval '[ "$(bodies | tail -n 1 | jq -r .source)" = acs:ecs:cn-hangzhou:1234:instance/i-bp1late ]'
hook /500
put 3 ready
try_as "$tap_work/ecs"
rm "$state/metadata.json"
try_as "$tap_work/empty"
check "and keeps it when the platform does not say it any more" eval '[ "$(bodies | tail -n 2 | jq -r .source | sort -u)" = acs:ecs:cn-hangzhou:1234:instance/i-bp1late ]'

# Within one run short waits are slept.
fresh
hook /500
put 1 ready
heals() {
        "$reporter" "${arguments[@]}" --wait 30 2>>"$log" &
        local pid=$!
        sleep 0.7
        hook /ok
        wait $pid
        state_of hook '.failures >= 1'
}
check "short pauses are made in one run" heals

# The outbox may hold anything.
fresh
hook /ok
put 1 ready
echo '{' >"$outbox/0000000000000002.json"
printf '{"schema":"io.ecsguest.outbox/1","id":"x","sequence":9,"time":"t","report":{}}' >"$outbox/0000000000000003.json"
ln -s /etc/passwd "$outbox/0000000000000004.json"
mkfifo "$outbox/0000000000000005.json"
mkdir "$outbox/0000000000000006.json"
echo x >"$outbox/readme"
put 7 ready
check "what is none is left out" delivers
check "and what is one delivered" arrived_in_order 7
check "all of them" eval '[ "$(bodies | wc -l)" -eq 2 ]'
check "broken ones go" eval '[ ! -e "$outbox/0000000000000002.json" ] && [ ! -e "$outbox/0000000000000003.json" ]'
check "others are left alone" eval '[ -L "$outbox/0000000000000004.json" ] && [ -p "$outbox/0000000000000005.json" ] && [ -e "$outbox/readme" ]'
if strace -qq true 2>/dev/null; then
        stays() {
                fresh
                hook /ok
                put 1 ready
                echo '{' >"$outbox/0000000000000002.json"
                timeout 20 strace -qq -o /dev/null -e trace=unlinkat -e inject=unlinkat:error=EACCES "$reporter" "${arguments[@]}" --once 2>"$tap_work/said" || { tail -n 3 "$tap_work/said"; return 1; }
                [ "$(grep -c 'report 2 of the outbox is left out' "$tap_work/said")" -le 2 ]
        }
        check "one that is none and cannot be taken away is not tried for ever" stays
        check "and does not hold up the others" arrived_in_order 1
else
        skip "one that is none and cannot be taken away" "no strace here"
fi

# So may the state.
for content in '{' '{"schema":"io.ecsguest.reporter/1","sinks":[{"name":1}],"disabled":[]}' '{"schema":"x"}' '[]'; do
        fresh
        hook /ok
        put 1 ready
        echo "$content" >"$state/state.json"
        check "a state that is none: $content" eval 'delivers && state_of hook ".sequence == 1"'
done

# One at a time.
fresh
hook /slow timeout=3
put 1 ready
beside() {
        "$reporter" "${arguments[@]}" --once 2>>"$log" &
        local pid=$!
        sleep 0.5
        timeout 2 "$reporter" "${arguments[@]}" --once 2>>"$log" || return 1
        wait $pid
        [ "$(bodies | wc -l)" -eq 1 ]
}
check "a second one leaves it to the first" beside

# Its own end, at any moment. What came twice came under one id, and said the same.
same_again() { [ "$(bodies | sort -u | wc -l)" -eq "$1" ]; }
nothing_is_left() { ! find "$state" "$tap_work" -maxdepth 1 -name '.*' -type f | grep .; }
survived() { arrived_in_order "$1" && all_arrived "$1" && same_again "$1" && outbox_holds "" && nothing_is_left; }
# kill_at CALL: before each call of that name in turn, as strace counts them, in the delivery of two reports to two sinks; what the
# next run makes of it. Sets points.
kill_at() {
        points=0
        while [ $points -lt 1000 ]; do
                fresh
                rm -f "$tap_work/last.json"
                hook /ok
                more '[Sink disk]' type=file "path=$tap_work/last.json"
                for i in 1 2; do put $i ready; done
                # In a shell of its own, which says that it was killed to where it is not read.
                (strace -f -qq -o /dev/null -e trace="?$1" -e inject="?$1:signal=KILL:when=$((points + 1))" "$reporter" "${arguments[@]}" --once; exit $?) >>"$log" 2>&1 && return
                points=$((points + 1))
                delivers && survived 2 && [ "$(bodies | wc -l)" -le 3 ] && [ "$(jq -r .id "$tap_work/last.json")" = "$(id_of 2)" ] || { echo "killed at $1 $points"; return 1; }
        done
        return 1
}
# Only what was left is taken away, and only by its whole name.
kept=(".last.json.0123456789abcdeg" ".last.json.0123456789abcde" ".last.json.0123456789abcdef0" ".other.json.0123456789abcdef" "last.json.0123456789abcdef")
leaves_others() {
        fresh
        sink disk type=file "path=$tap_work/kept/last.json"
        mkdir "$tap_work/kept" "$tap_work/kept/.last.json.aaaaaaaaaaaaaaaa"
        for name in "${kept[@]}" .last.json.0123456789abcdef; do : >"$tap_work/kept/$name"; done
        ln -s "$conf" "$tap_work/kept/.last.json.bbbbbbbbbbbbbbbb"
        put 1 ready
        delivers && [ -f "$conf" ] && diff <(ls -A "$tap_work/kept" | LC_ALL=C sort) <(printf '%s\n' "${kept[@]}" last.json .last.json.aaaaaaaaaaaaaaaa | LC_ALL=C sort)
}
check "what a kill left is taken away, and nothing else" leaves_others
if strace -qq true 2>/dev/null; then
        all=0
        # What changes something here or there; under another name on another machine, or not at all.
        for call in openat flock write fchmod fsync rename renameat renameat2 unlink unlinkat connect sendto recvfrom exit_group; do
                check "killed at each $call" kill_at $call
                all=$((all + points))
                echo "# $points times"
                case $call in openat | flock | write | fsync | connect | sendto | exit_group) check "which there is" test $points -gt 0 ;; esac
        done
        echo "# measured killed at each of $all calls"
        check "each of many" test $all -gt 100
else
        skip "killed at each call" "no strace here"
fi
kill_rounds() {
        local round i pid
        fresh
        hook /ok
        for round in $(seq 40); do
                for i in 1 2 3; do put $((3 * (round - 1) + i)) ready; done
                "$reporter" "${arguments[@]}" --once 2>>"$log" &
                pid=$!
                sleep "0.0$((RANDOM % 100))"
                kill -KILL $pid 2>/dev/null
                wait $pid 2>/dev/null
        done
        delivers && survived 120
}
check "killed 40 times at random" kill_rounds
echo "# $(($(bodies | wc -l) - 120)) of 120 arrived twice"

# The command line.
check "--version" eval '"$reporter" --version | grep -q "^ecs-guest-agent "'
check "--help" eval '"$reporter" --help | grep -q -- --outbox'
check "an unknown option" exits 2 "$reporter" --nosuch
check "an argument that is missing" exits 2 "$reporter" --config
check "a word too many" exits 2 "$reporter" word
check "seconds that are none" exits 2 "$reporter" --wait x
check "no outbox" exits 4 "$reporter" "${arguments[@]}" --outbox "$tap_work/none" --once
put 999 ready
said() { "$(realpath "$reporter")" "${arguments[@]}" --config "$1" --once 2>"$tap_work/said" || { cat "$tap_work/said"; return 1; }; }
from_there() { local program; program=$(realpath "$reporter"); (cd "$tap_work" && reporter=$program && said agent.conf); }
printf '[Sink x]\ntype=nosuch\n' >"$conf"
check "a configuration that is named from where we are" from_there
check "is read" grep -qF "agent.conf:2: [Sink x]: type= is not one of" "$tap_work/said"
mkdir "$tap_work/directory"
check "one that cannot be read" said "$tap_work/directory"
check "is named" grep -qF "$tap_work/directory: cannot be read" "$tap_work/said"
check "and nothing is given up" outbox_holds 999
check "no configuration" eval 'rm -f "$conf"; exits 4 "$reporter" "${arguments[@]}" --once && outbox_holds 999'

tap_done
