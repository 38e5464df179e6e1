#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What an HTTP answer can make of the reporter, byte for byte: it is done, tries again, parks or stops, and nothing else. Answers that are
# cut at any byte, that do not end, that contradict themselves, and ones that are made of random bytes.
# shellcheck disable=SC2016,SC2034,SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/reporter.bash"

answers=$tap_work/answers
mkdir "$answers"
make_certificates || exit 1
coproc SERVER { exec /usr/bin/python3 "$here/answer-server" "$port" "$tap_work/server.pem" "$tap_work/server.key" "$answers" 2>"$tap_work/server.err"; }
server=$SERVER_PID
ended() { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; tap_clean; }
trap ended EXIT
ready() { read -r -t 10 line <&"${SERVER[0]}" && [ "$line" = ready ] || { cat "$tap_work/server.err"; return 1; }; }
check "a server" ready

# try_answer NAME: one try, which touches nothing but the outbox and what the reporter remembers.
try_answer() {
        fresh
        : >"$answers/requests"
        sink hook type=webhook "url=$https/$1" "ca=$tap_work/ca.pem" "timeout=${timeout:-3}"
        put 1 ready
        local before
        before=$(find "$tap_work" -path "$state" -prune -o -path "$outbox" -prune -o -type f -printf '%P %T@ %s\n' | grep -vE '^(answers/|log |check.log|err |out )' | sort)
        delivers || return 1
        [ "$(find "$state" -type f -printf '%f\n' | sort | tr '\n' ' ')" = "lock state.json " ] || { ls -A "$state"; return 1; }
        [ "$before" = "$(find "$tap_work" -path "$state" -prune -o -path "$outbox" -prune -o -type f -printf '%P %T@ %s\n' | grep -vE '^(answers/|log |check.log|err |out )' | sort)" ]
}
outcome() { jq -r '.sinks[0] | if .stopped then "stops" elif (.parked | length) == 1 then "parks" elif .sequence == 1 then "is done" elif .failures >= 1 then "tries again" else "?" end' "$state/state.json"; }
# answer OUTCOME NAME BYTES
answer() {
        # shellcheck disable=SC2059
        printf -- "$3" >"$answers/$2"
        try_answer "$2" || return 1
        [ "$(outcome)" = "$1" ] || { echo "it $(outcome), and is to be '$1'"; cat "$state/state.json"; return 1; }
        case $1 in
        "tries again") outbox_holds 1 ;;
        "is done" | parks) outbox_holds "" && [ "$(wc -l <"$answers/requests")" -eq "${requests:-1}" ] ;;
        esac
}
ok='HTTP/1.1 200 OK\r\n'
check "an answer" answer "is done" a "${ok}Content-Length: 2\r\n\r\n{}"
check "one without a length" answer "is done" a "${ok}\r\n{}"
check "in chunks" answer "is done" a "${ok}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
check "with trailers" answer "is done" a "${ok}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y\r\nRetry-After: 9\r\n\r\n"
check "with lines that end as they please" answer "is done" a 'HTTP/1.1 200 OK\nContent-Length: 2\n\n{}'
check "of the old HTTP" answer "is done" a 'HTTP/1.0 204 \r\n\r\n'
check "after others that announce it" answer "is done" a "HTTP/1.1 103 Early\r\nRetry-After: 9\r\n\r\n${ok}Content-Length: 0\r\n\r\n"
check "with cookies, and a place to go to" answer "is done" a "${ok}Set-Cookie: a=b\r\nLocation: https://127.0.0.1:1/\r\nRefresh: 0\r\nAlt-Svc: h2=\":1\"\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n"
check "only the first one counts" answer "tries again" a "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n${ok}\r\n"
check "with NUL and escapes in its body" answer "is done" a "${ok}\r\n\0\033[2J\377"
check "redirects are not followed: 303" answer parks a "HTTP/1.1 303 See\r\nLocation: $https/a\r\nContent-Length: 0\r\n\r\n"
check "401 with a question" answer parks a 'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
check "407" answer parks a 'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
requests=2 check "413: once more, shorter" answer parks a 'HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n'
check "410" answer stops a 'HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n'
for status in 000 099 600 999; do check "a status $status" answer "tries again" a "HTTP/1.1 $status X\r\nContent-Length: 0\r\n\r\n"; done
check "a protocol is not changed" answer "tries again" a 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'

# Cut at every byte: nothing is done before the answer is whole.
whole='HTTP/1.1 202 Ok\r\nContent-Length: 4\r\n\r\n{  }'
cut_everywhere() {
        local n size
        # shellcheck disable=SC2059
        printf -- "$whole" >"$answers/whole"
        size=$(wc -c <"$answers/whole")
        for n in $(seq 0 $((size - 1))); do
                head -c "$n" "$answers/whole" >"$answers/part"
                try_answer part && [ "$(outcome)" = "tries again" ] && outbox_holds 1 || { echo "after $n bytes of $size: it $(outcome)"; return 1; }
        done
        try_answer whole && [ "$(outcome)" = "is done" ]
}
check "cut at every byte" cut_everywhere
check "cut in a chunk" answer "tries again" a "${ok}Transfer-Encoding: chunked\r\n\r\n9\r\n{}"
check "reset before it says anything" answer "tries again" a.reset ''
check "silent" answer "tries again" a.silent ''
check "silent in its headers" answer "tries again" a.silent "${ok}X: "
check "silent in its body" answer "tries again" a.silent "${ok}Content-Length: 9\r\n\r\n{"
check "a byte at a time" answer "tries again" a.slow "${ok}X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n"
for part in 'HTTP/1.1 100 Continue\r\n\r\n' 'HTTP/1.1 103 Early\r\nX: y\r\n\r\n' 'X' '\0' "${ok}" "${ok}X: " "${ok}\r\n" "${ok}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"; do
        check "endless: $part" answer "tries again" a.endless "$part"
done
# headers_of N OUTCOME: that many headers of 900 bytes.
headers_of() { { printf 'HTTP/1.1 200 OK\r\n'; yes "X: $(printf '%0895d' 0)"$'\r' | head -n "$1"; printf '\r\n'; } >"$answers/many"; try_answer many && [ "$(outcome)" = "$2" ]; }
check "headers of 63 KB" headers_of 70 "is done"
check "headers of more than 64 KB" headers_of 73 "tries again"

# What contradicts itself or is none.
for bytes in '' '\r\n\r\n' 'HTTP/1.1\r\n\r\n' 'HTTP/9.9 200 OK\r\n\r\n' 'ICY 200 OK\r\n\r\n' '200 OK\r\n\r\n' '{"ok":true}' 'HTTP/1.1 2xx\r\n\r\n' "${ok}Content-Length: -1\r\n\r\n" \
        "${ok}Content-Length: 99999999999999999999\r\n\r\n{}" "${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n" "${ok}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n{}"; do
        check "what is no answer: '$bytes'" answer "tries again" a "$bytes"
done

# The wish of the other side, within bounds.
later() { answer "tries again" a "HTTP/1.1 503 No\r\n$1Content-Length: 0\r\n\r\n" && jq -e --argjson from "$2" --argjson to "$3" '.sinks[0].notBefore - now | . >= $from - 5 and . <= $to + 1' "$state/state.json"; }
check "Retry-After: 30" later 'Retry-After: 30\r\n' 30 35
check "in small letters" later 'retry-after:   30  \r\n' 30 35
check "the first of two" later 'Retry-After: 30\r\nRetry-After: 3000\r\n' 30 35
check "a year: a day" later 'Retry-After: 31536000\r\n' 86400 86400
check "more than there is" later 'Retry-After: 99999999999999999999999\r\n' 0 86400
for value in -1 0 '' x 1e3 0x10 '5 6' 'Thu, 01 Jan 1970 00:00:00 GMT' 'Mon, 99 Foo 9999 99:99:99 GMT' '\0'; do
        check "Retry-After: '$value'" later "Retry-After: $value\r\n" 0 5
done

# Bytes as they come: some begin as an answer does.
random_bytes() {
        local i
        for i in $(seq 120); do
                { [ $((i % 3)) -eq 0 ] || printf 'HTTP/1.1 %d' $((RANDOM % 700)); [ $((i % 3)) -ne 2 ] || printf ' X\r\n'; head -c $((RANDOM % 600)) /dev/urandom; } >"$answers/random"
                try_answer random && [ "$(outcome)" != "?" ] || { echo "it $(outcome)"; xxd "$answers/random" | head -20; return 1; }
        done
}
timeout=1 check "120 answers at random" random_bytes

# What is sent is an event as the makers of CloudEvents read it.
if command -v node >/dev/null && command -v npm >/dev/null && modules=$("$here/make-npm" cloudevents@8.0.3 2>"$tap_work/npm"); then
        cp -r "$modules" "$tap_work/node"
        cat >"$tap_work/node/judge.js" <<'END'
const { HTTP, CloudEvent } = require("cloudevents");
const body = require("fs").readFileSync(process.argv[2], "utf8").trimEnd();
const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json; charset=utf-8" }, body });
const good = event instanceof CloudEvent && event.validate() && event.id === process.argv[3] && event.type === "io.ecsguest.readiness.v1" && event.data.verdict === "ready";
process.exit(good ? 0 : 1);
END
        sent() { answer "is done" a "${ok}Content-Length: 0\r\n\r\n" && node "$tap_work/node/judge.js" "$answers/requests" "$(id_of 1)"; }
        check "what is sent is an event" sent
else
        skip "what is sent is an event" "no npm package cloudevents"
fi
tap_done
