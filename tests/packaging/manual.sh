#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages: well-formed, complete, and no command, option, probe or fixer less or more than there are.
# shellcheck disable=SC2154
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
. "$here/../system/tap.sh"
pages=$here/../../packaging/man

# A page of ours that another one refers to has to be there; whether others are installed here says nothing.
lint() {
        local said
        said=$(mandoc -Tlint -Wwarning "$1" 2>&1) || { echo "$said"; return 1; }
        said=$(cd "$pages" && mandoc -Tlint -Wall "${1##*/}" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db')
        [ -z "$said" ] || { echo "$said"; return 1; }
}
ours='^(agentctl|agentd|agent-reporter|agent\.conf|ecs-guest-agent.*) '
references() { sed -n 's/^\.\(It \)\{0,1\}Xr \([^ ]*\) \([0-9]\).*/\2 \3/p' "$1" | sort -u; }
refers_well() {
        local name section bad=0
        while read -r name section; do
                [ -f "$pages/$name.$section" ] || { echo "there is no $name($section)"; bad=1; }
        done < <(references "$1" | grep -E "$ours")
        return $bad
}
n=0
for page in "$pages"/*.[1-9]; do
        name=${page##*/}
        check "$name: mandoc has no complaint" lint "$page"
        check "$name: refers to pages that there are" refers_well "$page"
        title=$(sed -n 's/^\.Dt //p' "$page")
        check "$name: calls itself that" test "$(tr 'A-Z ' 'a-z.' <<<"$title")" = "$name"
        n=$((n + 1))
done
check "there are pages" test $n -ge 5

stage=$tap_work/stage
check "what is installed can be staged" env DESTDIR="$stage" meson install --no-rebuild -C "$(dirname "$agentctl")"
installed() { diff <(find "$stage" -path '*/man/man*' -type f -printf '%f\n' | sort) <(cd "$pages" && printf '%s\n' *.[1-9] | sort); }
check "all of them are installed" installed

# agentctl --help is made from its tables.
help=$tap_work/help
"$agentctl" --help >"$help"
options_said() { grep -oE '^ +--[a-z-]+' "$help" | tr -d ' ' | sort; }
options_documented() { awk '/^\.Sh OPTIONS/ { on = 1; next } /^\.Sh/ { on = 0 } on && /^\.It Fl/ { print "-" $3 }' "$1" | sort; }
check "agentctl.1 has every option and no other" diff <(options_said) <(options_documented "$pages/agentctl.1")
commands_said() { awk '/^Commands/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' "$help" | sort; }
commands_documented() { awk '/^\.Sh COMMANDS/ { on = 1; next } /^\.Sh/ { on = 0 } on && /^\.It Cm/ { print $3 }' "$pages/agentctl.1" | sort -u; }
check "agentctl.1 has every command and no other" diff <(commands_said) <(commands_documented)
arguments() { sed -nE 's/^ +(--[a-z-]+ [A-Z]+)( .*|)$/\1/p' "$help" | sort; }
arguments_documented() { awk '/^\.Sh OPTIONS/ { on = 1; next } /^\.Sh/ { on = 0 } on && /^\.It Fl/ && $4 == "Ar" { print "-" $3, $5 }' "$pages/agentctl.1" | sort; }
check "with the arguments that they take" diff <(arguments) <(arguments_documented)

agentd=$(dirname "$agentctl")/agentd
if [ -x "$agentd" ]; then
        "$agentd" --help >"$help"
        check "agentd.8 has every option and no other" diff <(options_said) <(options_documented "$pages/agentd.8")
fi
"$(dirname "$agentctl")/agent-reporter" --help >"$help"
check "agent-reporter.8 has every option and no other" diff <(options_said) <(options_documented "$pages/agent-reporter.8")

listed() { awk '/^\.\\" From list-probes/ { on = 1; next } /^\.\\"/ { on = 0 } on' "$pages/ecs-guest-agent.7"; }
check "ecs-guest-agent.7 has every probe and fixer (packaging/man/list-probes)" diff <("$pages/list-probes" "$agentctl") <(listed)
probes_there() { [ "$(listed | grep -c '^\.It Sy')" -ge 40 ]; }
check "which are some" probes_there

tap_done
