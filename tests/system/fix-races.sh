#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Somebody else is at work at the same time: at every single point of a fix something happens behind its back.
agentctl=${1:?use: $0 AGENTCTL}
# Hundreds of trees are made, and no disk has to see them.
if [ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] && [ -w /dev/shm ]; then
        export TMPDIR=/dev/shm
fi
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/fix.bash"
if [ ! -x "$at_point" ]; then
        skip "races" "the tracer is for x86_64"
        tap_done
        exit
fi

fstab=$root/etc/fstab
outside=$tap_work/outside
hook=$tap_work/hook
export root outside agentctl tap_work line_before

# The points of an undisturbed run of this command; those from the first record on can be raced with.
points() {
        make_root
        [ "${1:-fix}" = fix ] || fix >/dev/null 2>&1
        "$at_point" list -- "$agentctl" --root "$root" "$@" >"$tap_work/points" || return 1
        n_points=$(wc -l <"$tap_work/points")
        echo "$n_points points"
        [ "$n_points" -gt 5 ]
}
fix_names=(fix fstab-data-disk)
check "a fix has points" points "${fix_names[@]}"
n_fix=$n_points
cp "$tap_work/points" "$tap_work/fix-points"
check "an undo has points" points undo
n_undo=$n_points

write_hook() { { echo "#!/bin/sh"; cat; } >"$hook" && chmod 755 "$hook"; }
# Runs the fix, with the hook before point $1.
raced() { "$at_point" "$1" "$hook" -- "$agentctl" --root "$root" "${fix_names[@]}" >"$tap_work/out" 2>"$tap_work/err"; }
explain() { echo "point $1: $2"; sed -n "$1p" "$tap_work/fix-points"; cat "$tap_work/out" "$tap_work/err"; }

# An edit in place, by a program that knows nothing of us.
edit_in_place() {
        local k code bad=0 kept=0 stale=0
        write_hook <<'HOOK'
echo "# edited" >>"$root/etc/fstab"
HOOK
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                raced "$k"
                code=$?
                grep -qx "# edited" "$fstab" && kept=$((kept + 1)) || { explain "$k" "the edit is lost"; bad=1; }
                case $code in
                4) is_old "$fstab" && stale=$((stale + 1)) || { explain "$k" "refused, and not as it was"; bad=1; } ;;
                0 | 1) is_new "$fstab" || { explain "$k" "says mended and is not"; bad=1; } ;;
                *) explain "$k" "exit code $code"; bad=1 ;;
                esac
                no_leftovers || { explain "$k" "leftovers"; bad=1; }
        done
        echo "$n_fix points: kept $kept times, refused as stale $stale times"
        [ $bad -eq 0 ] && [ $stale -gt 0 ]
}
check "an edit in place at every point is kept" edit_in_place

# The way most editors write: a new file under the old name.
edit_by_rename() {
        local k code bad=0 stale=0
        write_hook <<'HOOK'
{ cat "$root/etc/fstab" && echo "# edited"; } >"$root/etc/fstab.new" && mv "$root/etc/fstab.new" "$root/etc/fstab"
HOOK
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                raced "$k"
                code=$?
                grep -qx "# edited" "$fstab" || { explain "$k" "the edit is lost"; bad=1; }
                case $code in
                4) is_old "$fstab" && stale=$((stale + 1)) || { explain "$k" "refused, and not as it was"; bad=1; } ;;
                0 | 1) is_new "$fstab" || { explain "$k" "says mended and is not"; bad=1; } ;;
                *) explain "$k" "exit code $code"; bad=1 ;;
                esac
                no_leftovers || { explain "$k" "leftovers"; bad=1; }
        done
        echo "$n_fix points, refused as stale $stale times"
        [ $bad -eq 0 ] && [ $stale -gt 0 ]
}
check "an edit by rename at every point is kept" edit_by_rename

mode_change() {
        local k bad=0
        write_hook <<'HOOK'
chmod 0640 "$root/etc/fstab"
HOOK
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                raced "$k"
                [ "$(stat -c %a "$fstab")" = 640 ] || { explain "$k" "the mode is lost"; bad=1; }
        done
        return $bad
}
check "a chmod at every point is kept" mode_change

removal() {
        local k bad=0
        write_hook <<'HOOK'
rm -f "$root/etc/fstab"
HOOK
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                raced "$k"
                [ ! -e "$fstab" ] || { explain "$k" "it is back"; bad=1; }
                no_leftovers || { explain "$k" "leftovers"; bad=1; }
        done
        return $bad
}
check "a removal at every point stays a removal" removal

# A directory becomes a link to somewhere else, with a file of the same name and content there.
directory_to_link() {
        local k code bad=0
        write_hook <<'HOOK'
mv "$root/etc" "$root/etc.moved" && ln -s "$outside" "$root/etc"
HOOK
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                rm -rf "$outside" && mkdir "$outside" && cp -a "$fstab" "$outside/fstab"
                raced "$k"
                code=$?
                is_old "$outside/fstab" && [ "$(ls -A "$outside")" = fstab ] || { explain "$k" "something outside was written"; bad=1; }
                [ $code -eq 0 ] || [ $code -eq 1 ] || [ $code -eq 4 ] || { explain "$k" "exit code $code"; bad=1; }
                is_old "$root/etc.moved/fstab" || is_new "$root/etc.moved/fstab" || { explain "$k" "neither old nor new"; bad=1; }
                # Once the directory is back, the next start finds all of the old or all of the new.
                rm "$root/etc" && mv "$root/etc.moved" "$root/etc"
                "$agentctl" --root "$root" history >/dev/null 2>&1 || { explain "$k" "the next start fails"; bad=1; }
                no_leftovers || { explain "$k" "leftovers"; bad=1; }
        done
        return $bad
}
check "a directory that becomes a link out of the root" directory_to_link

link_planted() {
        local k bad=0
        write_hook <<'HOOK'
rm -f "$root/etc/fstab" && ln -s "$outside/fstab" "$root/etc/fstab"
HOOK
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                rm -rf "$outside" && mkdir "$outside" && cp -a "$fstab" "$outside/fstab"
                raced "$k"
                is_old "$outside/fstab" && [ "$(ls -A "$outside")" = fstab ] || { explain "$k" "something outside was written"; bad=1; }
                [ -L "$fstab" ] || { explain "$k" "the link is gone"; bad=1; }
        done
        return $bad
}
check "a link planted in the file's place" link_planted

records_moved() {
        local k code bad=0
        write_hook <<'HOOK'
[ ! -e "$root/var/lib/ecs-guest-agent" ] || { mv "$root/var/lib/ecs-guest-agent" "$root/moved" && ln -s "$outside" "$root/var/lib/ecs-guest-agent"; }
HOOK
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                rm -rf "$outside" && mkdir "$outside"
                raced "$k"
                code=$?
                [ -z "$(ls -A "$outside")" ] || { explain "$k" "something outside was written"; bad=1; }
                is_old "$fstab" || is_new "$fstab" || { explain "$k" "neither old nor new"; bad=1; }
                [ $code -ne 4 ] || is_old "$fstab" || { explain "$k" "refused, and not as it was"; bad=1; }
        done
        return $bad
}
check "the records are moved away and a link is put there" records_moved

# Two at once: the other one starts at this point. One of them does it, the other is told that it is busy, or waits.
two_fixes() {
        local k first second bad=0 busy=0
        write_hook <<'HOOK'
setsid sh -c 'timeout 20 "$agentctl" --root "$root" fix fstab-data-disk >"$tap_work/second.out" 2>&1; echo $? >"$tap_work/second.code.new"; mv "$tap_work/second.code.new" "$tap_work/second.code"' >/dev/null 2>&1 &
i=0
while [ $i -lt 20 ] && [ ! -e "$tap_work/second.code" ]; do sleep 0.01; i=$((i + 1)); done
HOOK
        for ((k = 1; k <= n_fix; k += 1 + n_fix / 24)); do
                make_root
                rm -f "$tap_work/second.code"
                remember_system
                raced "$k"
                first=$?
                for ((i = 0; i < 2000; i++)); do [ ! -e "$tap_work/second.code" ] || break; sleep 0.01; done
                second=$(cat "$tap_work/second.code")
                case $first-$second in
                0-0) ;;
                0-4 | 4-0) busy=$((busy + 1)) ;;
                *) explain "$k" "exit codes $first and $second"; cat "$tap_work/second.out"; bad=1 ;;
                esac
                is_new "$fstab" || { explain "$k" "not mended"; bad=1; }
                [ "$("$agentctl" --json --root "$root" history | jq '[.transactions[] | select(.state == "verified")] | length')" = 1 ] || { explain "$k" "not one transaction"; bad=1; }
                undo >/dev/null 2>&1 && system_untouched || { explain "$k" "undo does not restore"; bad=1; }
        done
        echo "$busy times busy or stale"
        return $bad
}
check "two fixes at once" two_fixes

# The same for undo.
undo_raced() {
        local k code bad=0 refused=0
        write_hook <<'HOOK'
echo "# edited" >>"$root/etc/fstab"
HOOK
        for ((k = 1; k <= n_undo; k++)); do
                make_root
                fix >/dev/null 2>&1
                "$at_point" "$k" "$hook" -- "$agentctl" --root "$root" undo >"$tap_work/out" 2>"$tap_work/err"
                code=$?
                grep -qx "# edited" "$fstab" || { explain "$k" "the edit is lost"; bad=1; }
                case $code in
                0) is_old "$fstab" || { explain "$k" "says undone and is not"; bad=1; } ;;
                4) is_new "$fstab" && refused=$((refused + 1)) || { explain "$k" "refused, and changed"; bad=1; } ;;
                *) explain "$k" "exit code $code"; bad=1 ;;
                esac
                no_leftovers || { explain "$k" "leftovers"; bad=1; }
        done
        echo "refused $refused times"
        [ $bad -eq 0 ] && [ $refused -gt 0 ]
}
check "an edit at every point of an undo is kept" undo_raced

terminated() {
        local k code bad=0
        for ((k = 1; k <= n_fix; k++)); do
                make_root
                remember_system
                "$at_point" "$k" term -- "$agentctl" --root "$root" "${fix_names[@]}" >"$tap_work/out" 2>"$tap_work/err"
                code=$?
                "$agentctl" --root "$root" history >/dev/null 2>&1 || { explain "$k" "the next start fails"; bad=1; }
                is_new "$fstab" || system_untouched || { explain "$k" "exit code $code: neither old nor new"; bad=1; }
                no_leftovers || { explain "$k" "leftovers"; bad=1; }
        done
        return $bad
}
check "SIGTERM at every point" terminated

tap_done
