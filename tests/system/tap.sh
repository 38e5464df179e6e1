# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it. TAP on stdout: one "ok" or "not ok" line a check.
# shellcheck shell=bash

set -u
tap_number=0
tap_failed=0

# Nothing is removed, and no mode is changed, through a mount: what is below may be the machine itself.
tap_clean() {
        if grep -qF " $tap_work/" /proc/self/mountinfo; then
                echo "# something is mounted below '$tap_work'; it is left as it is"
                return
        fi
        find "$tap_work" -xdev -type d -exec chmod u+rwx {} + 2>/dev/null
        rm -rf --one-file-system -- "$tap_work"
}
# A script that runs itself again in a namespace keeps the directory of the first run, which cleans up outside.
if [ -n "${TAP_WORK:-}" ]; then
        tap_work=$TAP_WORK
else
        tap_work=$(mktemp -d)
        trap tap_clean EXIT
fi

# check NAME COMMAND...: the command's success is the test's.
check() {
        local name=$1
        shift
        tap_number=$((tap_number + 1))
        if "$@" >"$tap_work/check.log" 2>&1; then
                echo "ok $tap_number - $name"
        else
                tap_failed=$((tap_failed + 1))
                echo "not ok $tap_number - $name"
                echo "# $*"
                head -n 40 "$tap_work/check.log" | sed 's/^/# /'
        fi
}

# A test that cannot run here says so where it is seen.
skip() {
        tap_number=$((tap_number + 1))
        echo "ok $tap_number - $1 # SKIP $2"
}

# exits CODE COMMAND...: whether the command ends with this code.
exits() {
        local expected=$1 code=0
        shift
        "$@" >"$tap_work/out" 2>"$tap_work/err" || code=$?
        [ "$code" -eq "$expected" ] && return 0
        echo "exit code $code, expected $expected"
        cat "$tap_work/out" "$tap_work/err"
        return 1
}

# refuses CODE WORDS COMMAND...: ends with the code, says exactly one sentence with these words, prints no result.
refuses() {
        local expected=$1 words=$2
        shift 2
        exits "$expected" "$@" || return 1
        if [ -s "$tap_work/out" ] || [ "$(wc -l <"$tap_work/err")" -ne 1 ] || ! grep -qF -- "$words" "$tap_work/err"; then
                echo "stdout and stderr were:"
                cat "$tap_work/out" "$tap_work/err"
                return 1
        fi
}

tap_done() {
        echo "1..$tap_number"
        [ "$tap_failed" -eq 0 ]
}
