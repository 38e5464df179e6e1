#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# agentctl asks the daemon, and says what it would have said by itself: each command is run twice on the same tree, first
# without a daemon, then through one that serves the tree, and both outputs are compared byte for byte (but for the time).
# The cases are those golden roots that are dumps of a running system.
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
agentd=$(dirname "$agentctl")/agentd
tool=$(dirname "$agentctl")/tests/tree-tool
roots=$(cd "$(dirname "$0")/../roots" && pwd)
. "$(dirname "$0")/tap.sh"
unset SOURCE_DATE_EPOCH

if [ "$(id -u)" -ne 0 ]; then
        skip "the daemon and its client" "a server that is not root's is not believed"
        tap_done
        exit
fi

root=$tap_work/root
run=$tap_work/run
socket=$run/io.ecsguest.Agent
daemon=

start() {
        mkdir -p "$run"
        "$agentd" --root "$root" --run-directory "$run" --log=stderr >"$tap_work/agentd.log" 2>&1 &
        daemon=$!
        for _ in $(seq 200); do
                [ -S "$socket" ] && "$agentctl" --socket "$socket" status --json 2>/dev/null | jq -e '.summary and .state == "idle"' >/dev/null && return 0
                sleep 0.05
        done
        echo "the daemon is not ready"
        cat "$tap_work/agentd.log"
        return 1
}
stop() {
        [ -n "$daemon" ] || return 0
        kill "$daemon" 2>/dev/null
        wait "$daemon" 2>/dev/null
        daemon=
}
finish() {
        stop
        tap_clean
}
trap finish EXIT

make_tree() {
        local base
        rm -rf --one-file-system -- "$root" "$run"
        mkdir "$root"
        base=$(jq -r '.base // empty' "$roots/$1/case.json")
        [ -z "$base" ] || cp -a "$roots/.bases/$base/." "$root"
        [ ! -d "$roots/$1/root" ] || cp -a "$roots/$1/root/." "$root"
}

# What differs from run to run: times, the names of transactions, which begin with one, and the ids of events.
timeless() {
        sed -E 's/[0-9]{8}T[0-9]{6}Z/TIME/g; s/[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}( UTC|Z|")/TIME/g
                s/(timestamp_seconds) [0-9]+/\1 TIME/; s/("id": ?)"[0-9a-f]{16}"/\1"ID"/'
}

# said NAME COMMAND...: what it says on both outputs, and its exit code, as a file.
said() {
        local name=$1 code=0
        shift
        timeout 60 "$@" >"$tap_work/out" 2>"$tap_work/err" || code=$?
        { echo "exit $code"; echo "--- stdout"; timeless <"$tap_work/out"; echo "--- stderr"; timeless <"$tap_work/err"; } >"$tap_work/$name"
}

# Reading commands, and then those that change the tree; one a line.
commands() {
        printf '%s\n' check 'check fstab dns' 'check --profile capture' ready 'ready --oneline' 'check --oneline' report \
                'report --format oneline' 'report --format html' 'report --format junit' 'report --format prometheus' \
                'report --format cloudevent' '' "explain $1" 'history' "fix --dry-run $2" 'fix --all --dry-run' \
                'check nosuch' 'undo' 'undo nosuch' "fix $2" history check "fix $2" undo history 'undo' check
}

# run_all NAME NAMES OPTION...: every command in text and in JSON; NAME.N is what the Nth said.
run_all() {
        local prefix=$1 names=$2 n=0 line
        shift 2
        while read -r line; do
                for format in --no-color --json; do
                        case "$line $format" in
                        *--oneline*--json | report*--json) continue ;;
                        # What changes something is done once.
                        "fix $names --json" | "undo --json") continue ;;
                        esac
                        # The words of a command are words.
                        # shellcheck disable=SC2086
                        said "$prefix.$n" "$agentctl" "$@" $format $line
                        [ -s "$tap_work/$prefix.$n" ] && sed -i "1i# $line $format" "$tap_work/$prefix.$n"
                        n=$((n + 1))
                done
        done < <(commands "$word_of_case" "$names")
        echo "$n" >"$tap_work/$prefix.count"
}

manifest() { "$tool" list "$root" | timeless | grep -vE '^/(var|run)'; }

# The same with a daemon as without, and the same trees.
same() {
        local case=$1 fix i
        fix=$(jq -r '[(.fix // .fixes[0] // {names: ["fstab"]}) | .options[]?, .names[]] | join(" ")' "$roots/$case/case.json")
        word_of_case=${fix##* }
        make_tree "$case"
        run_all alone "$fix" --root "$root" --assume-live
        manifest >"$tap_work/tree-alone"
        make_tree "$case"
        start || return 1
        run_all told "$fix" --socket "$socket"
        stop
        manifest >"$tap_work/tree-told"
        diff "$tap_work/tree-alone" "$tap_work/tree-told" || return 1
        diff "$tap_work/alone.count" "$tap_work/told.count" || return 1
        [ "$(cat "$tap_work/alone.count")" -gt 20 ] || return 1
        for ((i = 0; i < $(cat "$tap_work/alone.count"); i++)); do
                diff "$tap_work/alone.$i" "$tap_work/told.$i" || return 1
        done
}

cases=$(jq -r 'select(.live == true and (.setup | not) and (.options | not)) | input_filename | split("/")[-2]' "$roots"/*/case.json)
check "there are dumps of running systems" [ "$(wc -w <<<"$cases")" -gt 10 ]
for case in $cases; do
        check "$case" same "$case"
done

# An ordinary user is told the same verdict as root, and not the bytes of what he may not read.
ordinary() { setpriv --reuid=65534 --regid=65534 --clear-groups "$tap_work/agentctl" --socket "$socket" --no-color "$@"; }
verdict_for_all() { diff <("$agentctl" --socket "$socket" --no-color check) <(ordinary check) && "$agentctl" --socket "$socket" check | grep -qF 4444-data; }
hidden() {
        ordinary fix --dry-run fstab-data-disk >"$tap_work/out" 2>&1
        grep -qx 'change, with bytes that only root may see, /etc/fstab' "$tap_work/out" && ! grep -qE '^[-+]' "$tap_work/out"
}
shown() { "$agentctl" --socket "$socket" fix --dry-run fstab-data-disk | grep -qE '^\+.*nofail'; }
refused() { refuses 4 "only root may change" ordinary fix fstab-data-disk; }
if command -v setpriv >/dev/null; then
        make_tree fstab-live-no-udev
        chmod 600 "$root/etc/fstab"
        cp "$agentctl" "$tap_work/agentctl"
        chmod 755 "$tap_work" "$tap_work/agentctl"
        check "a tree with a file of root's" start
        check "an ordinary user: the verdict" verdict_for_all
        check "an ordinary user: no bytes" hidden
        check "root: the bytes" shown
        check "an ordinary user: no fix" refused
        stop
else
        skip "an ordinary user" "no setpriv"
fi

tap_done
