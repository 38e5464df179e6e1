#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Daemons that are absent, busy, forbidding, of another version, somebody else's, or broken: agentctl says so in one line
# and does what it was asked for by itself; and what it cannot do by itself it does not do at all.
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
server=$(dirname "$agentctl")/tests/canned-server
if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
        . "$(dirname "$0")/tap.sh"
        skip "broken daemons" "a /run of one's own needs root and a mount namespace"
        tap_done
        exit
fi
# The place where the daemon listens is fixed: a /run of our own.
if [ -z "${TAP_WORK:-}" ]; then
        . "$(dirname "$0")/tap.sh"
        env -u SOURCE_DATE_EPOCH TAP_WORK="$tap_work" unshare --mount --propagation private -- "$0" "$agentctl"
        exit
fi
. "$(dirname "$0")/tap.sh"
mount -t tmpfs tmpfs /run || exit 1

place=/run/ecs-guest-agent
socket=$place/io.ecsguest.Agent
canned=/run/canned
agent=io.ecsguest.Agent
pid=

serve() {
        "$@" "$server" "$socket" "$canned" &
        pid=$!
        for _ in $(seq 100); do
                [ ! -S "$socket" ] || return 0
                sleep 0.02
        done
        return 1
}
stop() {
        [ -n "$pid" ] || return 0
        kill "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        pid=
        rm -f "$socket"
}
trap stop EXIT

# say METHOD LINE...: what is answered to it from now on.
say() {
        local method=$1
        shift
        printf '%s\n' "$@" >"$canned/$agent.$method"
}
wrap() { jq -c '{parameters: .}' <<<"$1"; }
error() { jq -nc --arg error "$1" --argjson parameters "${2:-{\}}" '{error: $error, parameters: $parameters}'; }

# What a good daemon would say of a system that is not this one.
root=$tap_work/root
mkdir -p "$root"
cp -a "$(dirname "$0")/../roots/.bases/debian12/." "$root"
printf '%s\n' 'UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 defaults 0 1' '/dev/vdb1 /data ext4 defaults 0 2' >"$root/etc/fstab"
report=$("$agentctl" --root "$root" --assume-live --json check)
version=$(jq -r .agent.version <<<"$report")
status=$(wrap "{\"agent\":{\"version\":\"$version\"},\"started\":\"2026-11-22T21:05:00Z\",\"state\":\"idle\",\"summary\":null,\"pendingReboot\":false,\"warnings\":[\"/etc/x.conf:3: a warning\"],\"lastDelivery\":null,\"waitingReports\":0}")
findings=$(jq -c '.findings[] | {parameters: {finding: .}, continues: true}' <<<"$report")
summary=$(jq -c '{parameters: {finding: null, summary: (. | del(.findings)), read: [{path: "/etc/fstab", error: null}], warnings: []}}' <<<"$report")
plan=$("$agentctl" --root "$root" --assume-live --json fix --dry-run fstab-data-disk)
planned=$(wrap "{\"plan\":$plan}")
verified=$(jq -c '.parameters.plan |= (.state = "verified" | .transaction = "20261122T210500Z-dns" | .findings = [])' <<<"$planned")
undone=$(jq -c '.parameters.plan |= (.state = "undone" | .transaction = "20261122T210500Z-dns")' <<<"$planned")

# A good daemon, to be spoiled.
renew() {
        rm -rf "$canned"
        mkdir -p "$canned" "$place"
        chmod 755 "$place"
        say Status "$status"
        say Check "$findings" "$summary"
        say Plan "$planned"
        say Apply "$(jq -nc '{parameters: {progress: "begins", plan: null}, continues: true}')" "$verified"
        say Undo "$undone"
        say History "$(jq -c '{parameters: {transactions: [.parameters.plan]}, continues: true}' <<<"$verified")" '{"parameters":{"transactions":[]}}'
        stop
        serve
}

# alone COMMAND...: what it says by itself.
alone() { "$agentctl" --no-daemon --no-color "$@" >"$tap_work/alone" 2>/dev/null; echo $? >>"$tap_work/alone"; }
asked() { "$agentctl" --no-color "$@" >"$tap_work/asked" 2>"$tap_work/err"; echo $? >>"$tap_work/asked"; }
one_line() { [ "$(wc -l <"$tap_work/err")" -eq 1 ] || { cat "$tap_work/err"; return 1; }; }

# falls_back WORDS COMMAND...: the same as without a daemon, and one line with the words on stderr; none without words.
falls_back() {
        local words=$1
        shift
        alone "$@"
        asked "$@"
        diff "$tap_work/alone" "$tap_work/asked" || return 1
        if [ -z "$words" ]; then
                [ ! -s "$tap_work/err" ] || { cat "$tap_work/err"; return 1; }
        else
                one_line && grep -qF -- "$words" "$tap_work/err" && grep -qF "going on without it" "$tap_work/err" || { cat "$tap_work/err"; return 1; }
        fi
}
# spoiled METHOD WORDS COMMAND... -- LINE...: the same, for a daemon that says those lines to the method; and with --socket
# it is an error, since nobody else is meant.
spoiled() {
        local method=$1 words=$2 command=()
        shift 2
        while [ "$1" != -- ]; do
                command+=("$1")
                shift
        done
        shift
        renew
        say "$method" "$@"
        falls_back "$words" "${command[@]}" || return 1
        renew
        say "$method" "$@"
        refuses 4 "$words" "$agentctl" --socket "$socket" "${command[@]}"
}

check "nobody is there" falls_back '' check
check "nobody is there, --socket" refuses 4 "nobody listens at" "$agentctl" --socket "$socket" check
mkdir -p "$place"
stale() { renew && kill -9 "$pid"; wait "$pid" 2>/dev/null; pid=; [ -S "$socket" ] && falls_back '' check; }
check "a socket that nobody listens at" stale
rm -f "$socket"

# What it says is what is printed.
good() {
        renew
        "$agentctl" --root "$root" --assume-live --no-color "$@" >"$tap_work/expected" 2>/dev/null
        "$agentctl" --no-color "$@" >"$tap_work/told" 2>"$tap_work/err"
        diff "$tap_work/expected" "$tap_work/told" && one_line && grep -qx "agentctl: /etc/x.conf:3: a warning" "$tap_work/err"
}
check "a good daemon is believed" good check
check "oneline" good check --oneline
check "a plan" good fix --dry-run fstab-data-disk
unasked() { renew && "$agentctl" "$@" >/dev/null 2>&1; [ ! -e "$canned/calls" ]; }
check "--no-daemon does not ask" unasked --no-daemon check
check "another root does not" unasked --root "$root" check
check "another configuration does not" unasked --config /dev/null check
fixed_date() { SOURCE_DATE_EPOCH=1769817600 unasked check; }
check "a fixed date does not" fixed_date
check "a profile for a plan does not" unasked fix --dry-run --profile capture fstab-data-disk
check "--socket and --root" refuses 2 "--socket goes with none of" "$agentctl" --socket "$socket" --root / check
sent() { renew && { "$agentctl" "${@:2}" >/dev/null 2>&1; true; } && jq -es "map(select(.method == \"$agent.Check\")) | .[0].parameters | $1" "$canned/calls"; }
check "no profile is sent" sent '. == {names: ["fstab"]}' check fstab
check "a profile is" sent '. == {profile: "boot"}' check --profile boot
check "ready asks for capture" sent '. == {profile: "capture"}' ready

# The connection.
check "no JSON" spoiled Status "answer is none" check -- 'garbage'
check "no object" spoiled Status "answer is none" check -- '[]'
check "a hang-up at once" spoiled Status "ended before its answer did" check -- hangup
check "half an answer" spoiled Status "ended before its answer did" check -- '={"parameters":' hangup
check "an unknown method" spoiled Status "MethodNotFound" check -- "$(error org.varlink.service.MethodNotFound)"
check "another version" spoiled Status "of version 999.0" check -- "$(jq -c '.parameters.agent.version = "999.0"' <<<"$status")"
check "no version" spoiled Status "cannot be used" check -- '{"parameters":{}}'
check "not for this user" spoiled Status "only to root" check -- "$(error org.varlink.service.PermissionDenied)"
check "silence" spoiled Status "does not answer" check -- '=x'
foreign() {
        renew
        stop
        chmod 777 "$place" "$canned"
        serve setpriv --reuid=65534 --regid=65534 --clear-groups && falls_back "not root" check
        chmod 755 "$place"
}
if command -v setpriv >/dev/null && setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$server"; then
        check "somebody else's daemon" foreign
else
        skip "somebody else's daemon" "its program cannot be reached as another user"
fi

# Check.
first=$(head -n 1 <<<"$findings")
check "busy" spoiled Check "at work for somebody else" check -- "$(error $agent.Busy)"
check "it failed" spoiled Check "could not do it: no memory" check -- "$(error $agent.Failed '{"reason":"no memory"}')"
check "another error" spoiled Check "the daemon says x.y.Z" check -- "$(error x.y.Z)"
check "a name that it does not know" spoiled Check "does not know 'fstab'" check fstab -- "$(error $agent.NoSuchName '{"name":"fstab"}')"
check "hang-up in the middle" spoiled Check "ended before its answer did" check -- "$first" hangup
check "a finding is missing" spoiled Check "counts are not those" check -- "$(tail -n +2 <<<"$findings")" "$summary"
check "a finding too many" spoiled Check "cannot be used" check -- "$first" "$findings" "$summary"
check "an unknown probe" spoiled Check "does not know" check -- "$(jq -c '.parameters.finding.probe = "new"' <<<"$first")" "$summary"
check "a field of another type" spoiled Check "another type" check -- "$(jq -c '.parameters.finding.summary = 7' <<<"$first")" "$summary"
check "a field is missing" spoiled Check "missing" check -- "$(jq -c 'del(.parameters.finding.key)' <<<"$first")" "$summary"
check "other words" spoiled Check "not what this version would say" check -- "$(jq -c '.parameters.finding.reason = "x"' <<<"$first")" "$summary"
check "a reply of nothing" spoiled Check "without a finding" check -- '{"parameters":{},"continues":true}' "$summary"
check "no summary" spoiled Check "no end" check -- "$findings" '{"parameters":{}}'
check "another verdict" spoiled Check "not what this version would say" check -- "$findings" "$(jq -c '.parameters.summary.verdict = "ready"' <<<"$summary")"
check "an answer to nothing" spoiled Check "answer is none" check -- "$findings" '{"error":"a.b","continues":true}'
check "explain: what was read is none" spoiled Check "cannot be used" explain fstab-syntax -- "$(jq -c '.parameters.read = [{}]' <<<"$summary")"
check "ready" spoiled Check "at work for somebody else" ready --oneline -- "$(error $agent.Busy)"

# Plan, of which nothing is carried out here.
check "a plan that is none" spoiled Plan "has no plan" fix --dry-run fstab -- '{"parameters":{}}'
check "a plan with a step that is none" spoiled Plan "cannot be used" fix --dry-run fstab -- "$(jq -c '.parameters.plan.changes[0].kind = "x"' <<<"$planned")"
check "a plan without a digest" spoiled Plan "without a digest" fix --dry-run fstab -- "$(jq -c '.parameters.plan.digest = "sha256:"' <<<"$planned")"
check "planning is not for this user" spoiled Plan "only to root" fix --dry-run fstab -- "$(error org.varlink.service.PermissionDenied)"
check "the history is broken" spoiled History "cannot be used" history -- "$(jq -c '.continues = true | .parameters = {transactions: [.parameters.plan]}' <<<"$verified")" '{"parameters":{"transactions":[3]}}'
check "a history without names" spoiled History "without a name" history -- "$(jq -c '.parameters = {transactions: [.parameters.plan]}' <<<"$planned")"

# Apply: never by somebody else once it was asked for, and never other bytes than those of the digest.
fix() { "$agentctl" --no-color fix "$@" fstab-data-disk >"$tap_work/out" 2>"$tap_work/err"; }
calls() { jq -sc "map(select(.method == \"$agent.$1\"))" "$canned/calls"; }
n_calls() { [ "$(calls "$1" | jq length)" -eq "$2" ] || { cat "$canned/calls"; return 1; }; }
applied() {
        renew
        fix --strategy comment --now || return 1
        grep -qF 'agentctl: begins' "$tap_work/err" && grep -qF 'Applied and verified' "$tap_work/out" &&
                calls Apply | jq -e ".[0].parameters == {digest: $(jq .digest <<<"$plan"), names: [\"fstab-data-disk\"], strategy: \"comment\", now: true} and .[0].more" &&
                [ "$(calls Apply | jq '.[0].parameters | del(.digest)')" = "$(calls Plan | jq '.[0].parameters')" ]
}
check "a fix is carried out by its digest" applied
# apply_ends CODE WORDS LINE...: what a fix ends with when Apply is answered so.
apply_ends() {
        local code=0
        renew
        say Apply "${@:3}"
        fix || code=$?
        [ "$code" -eq "$1" ] && grep -qF -- "$2" "$tap_work/err" && [ ! -s "$tap_work/out" ] || { echo "exit code $code"; cat "$tap_work/out" "$tap_work/err"; return 1; }
}
check "refused" apply_ends 4 "agentctl: it is immutable" "$(error $agent.Refused '{"reason":"it is immutable","difference":null}')"
check "busy with another fix" apply_ends 4 "nothing was changed" "$(error $agent.Busy)"
check "not permitted" apply_ends 4 "nothing was changed" "$(error org.varlink.service.PermissionDenied)"
check "it could not be finished" apply_ends 1 "'agentctl history' tells" "$(error $agent.Failed '{"reason":"the worker crashed"}')"
check "the daemon dies in the middle" apply_ends 1 "'agentctl history' tells" '{"parameters":{"progress":"x"},"continues":true}' exit
check "its last word is none" apply_ends 1 "'agentctl history' tells" '{"parameters":{"plan":{}}}'
check "and cannot be read" apply_ends 1 "'agentctl history' tells" 'garbage'
stale_once() {
        renew
        printf '%s\n' "$(error $agent.StalePlan)" >"$canned/$agent.Apply.1"
        jq -c '.parameters.plan.digest |= sub("sha256:....";"sha256:0000")' <<<"$planned" >"$canned/$agent.Plan.2"
        fix && n_calls Plan 2 && n_calls Apply 2 && calls Apply | jq -e '.[1].parameters.digest | startswith("sha256:0000")'
}
check "a plan that is stale is made again" stale_once
stale_twice() { apply_ends 4 "nothing was changed" "$(error $agent.StalePlan)" && n_calls Apply 2; }
check "but not for ever" stale_twice
stale_then_nothing() {
        renew
        say Apply "$(error $agent.StalePlan)"
        jq -c '.parameters.plan |= (.state = "nothing_to_do" | .changes = [] | .findings = [])' <<<"$planned" >"$canned/$agent.Plan.2"
        fix && n_calls Apply 1 && grep -qF 'Nothing to do' "$tap_work/out"
}
check "nor when there is nothing to do any more" stale_then_nothing
# Who was asked is asked again: yes to the first plan is no yes to the second.
asked_again() {
        renew
        say Apply "$(error $agent.StalePlan)"
        jq -c '.parameters.plan.changes[0].diff |= sub("data"; "other")' <<<"$planned" >"$canned/$agent.Plan.2"
        (sleep 1; echo y; sleep 1; echo n; sleep 1) | script -qec "$agentctl --no-color fix --all" /dev/null >"$tap_work/out" 2>&1
        [ "$(grep -c 'Apply this?' "$tap_work/out")" -eq 2 ] && grep -qF 'other' "$tap_work/out" && grep -qF 'not confirmed' "$tap_work/out" && n_calls Apply 1 || { cat "$tap_work/out"; return 1; }
}
if command -v script >/dev/null; then
        check "who was asked is asked again" asked_again
else
        skip "who was asked is asked again" "no script(1)"
fi

# Undo.
undo_good() { renew && exits 0 "$agentctl" undo && grep -qF 'restored  /etc/fstab' "$tap_work/out" && calls Undo | jq -e '.[0].parameters == {}'; }
check "undo" undo_good
undo_refused() { renew && say Undo "$(error $agent.Refused '{"reason":"it was edited","difference":"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"}')" && exits 4 "$agentctl" undo && grep -qx '+b' "$tap_work/err" && grep -qF 'agentctl: it was edited' "$tap_work/err"; }
check "undo is refused with the difference" undo_refused
undo_unknown() { renew && say Undo "$(error $agent.NoSuchName '{"name":"x"}')" && refuses 4 "no transaction is called 'x'" "$agentctl" undo x; }
check "undo of what there is not" undo_unknown
undo_hangup() { renew && say Undo hangup && refuses 1 "'agentctl history' tells" "$agentctl" undo; }
check "the daemon dies in the middle of an undo" undo_hangup
if command -v setpriv >/dev/null; then
        cp "$agentctl" "$tap_work/agentctl"
        chmod 755 "$tap_work" "$tap_work/agentctl"
        ordinary() { refuses 4 "only root may change" setpriv --reuid=65534 --regid=65534 --clear-groups "$tap_work/agentctl" "$@"; }
        check "an ordinary user mends nothing" ordinary fix fstab
        check "nor takes anything back" ordinary undo
fi

# The daemon itself.
status_says() { renew && exits 0 "$agentctl" status && grep -qF "agentd $version is idle, started 2026-11-22T21:05:00Z" "$tap_work/out" && grep -qF 'a warning' "$tap_work/out"; }
check "status" status_says
status_json() { renew && "$agentctl" status --json | jq -e '.schema == "io.ecsguest.status/1" and .state == "idle" and .lastDelivery == null' >/dev/null; }
check "status --json" status_json
status_other() { renew && say Status "$(jq -c '.parameters.agent.version = "999.0"' <<<"$status")" && exits 0 "$agentctl" status && grep -qF 'agentd 999.0' "$tap_work/out"; }
check "status of another version" status_other
status_broken() { renew && say Status "$(jq -c '.parameters.state = 7' <<<"$status")" && refuses 4 "cannot be used" "$agentctl" status; }
check "status of a broken one" status_broken
check "status: no answer" spoiled Status "only to root" history -- "$(error org.varlink.service.PermissionDenied)"
stop
status_absent() { exits 3 "$agentctl" status && grep -qx 'agentd does not run' "$tap_work/out" && grep -qx 'Nothing was judged since the boot.' "$tap_work/out"; }
check "no daemon" status_absent
status_left() { printf '%s\n' "$report" >"$place/report.json" && exits 3 "$agentctl" status && grep -q "^NOT READY  at $(jq -r .time <<<"$report"): " "$tap_work/out" && "$agentctl" status --json | jq -e '.state == "not_running" and .started == null and .summary.verdict == "not_ready" and (.summary | has("findings") | not)'; }
check "no daemon, and what it left" status_left
status_left_broken() { head -c 300 <<<"$report" >"$place/report.json" && exits 3 "$agentctl" status && grep -qx 'Nothing was judged since the boot.' "$tap_work/out"; }
check "or what is left of that" status_left_broken
rm -f "$place/report.json"

told=$(jq -c '{parameters: {summary: .parameters.summary, changes: []}, continues: true}' <<<"$summary")
change=$(jq -c --argjson finding "$(jq .parameters.finding <<<"$first")" '.parameters.changes = [{key: "a:b", before: null, after: "fail", finding: $finding}, {key: "c", before: "fail", after: null, finding: null}]' <<<"$told")
watches() { renew && say Subscribe "$told" "$change" && { timeout -s INT 2 "$agentctl" watch "$@" >"$tap_work/out" 2>"$tap_work/err"; true; }; }
interrupted() {
        renew && say Subscribe "$told" "$change"
        "$agentctl" watch >"$tap_work/out" 2>&1 &
        local watcher=$! code=0
        sleep 1
        # A shell's background command ignores it; TERM ends as well.
        kill -TERM "$watcher"
        wait "$watcher" || code=$?
        [ "$code" -eq 0 ] && [ "$(wc -l <"$tap_work/out")" -eq 4 ]
}
check "watch ends when it is told to" interrupted
watch_text() { watches && grep -qE '^[0-9T:Z-]{20}  NOT READY  [0-9]+ failed' "$tap_work/out" && grep -qE 'NOT READY  a:b  new -> fail  ' "$tap_work/out" && grep -qE 'NOT READY  c  fail -> gone$' "$tap_work/out"; }
check "watch" watch_text
watch_json() { watches --json && jq -es 'length == 2 and all(.schema == "io.ecsguest.change/1") and (.[1].changes | length == 2)' "$tap_work/out"; }
check "watch --json has a document a line" watch_json
watch_back() {
        renew
        printf '%s\n' "$told" hangup >"$canned/$agent.Subscribe.1"
        say Subscribe "$change"
        timeout -s INT 3 "$agentctl" watch >"$tap_work/out" 2>"$tap_work/err"
        [ "$(wc -l <"$tap_work/out")" -eq 4 ] && one_line
}
check "watch goes on when the daemon is back" watch_back
watch_gone() { renew && say Subscribe "$told" exit && exits 1 "$agentctl" watch && grep -qF 'did not come back' "$tap_work/err" && [ "$(wc -l <"$tap_work/out")" -eq 1 ]; }
check "and ends when it is not" watch_gone
stop
check "nothing to watch" refuses 4 "does not run" "$agentctl" watch
watch_broken() { renew && say Subscribe '{"parameters":{"summary":{}},"continues":true}' && refuses 4 "cannot be used" "$agentctl" watch; }
check "a change that is none" watch_broken
watch_garbage() { renew && say Subscribe 'garbage' && refuses 4 "answer is none" "$agentctl" watch; }
check "no JSON" watch_garbage
watch_head() { renew && say Subscribe "$told" "$change" "$change" && timeout 10 "$agentctl" watch | head -n 1 | grep -q READY; }
check "who has seen enough" watch_head

tap_done
