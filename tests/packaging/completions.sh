#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Completions as a user would see them: loaded by the shells, asked for lines that stop somewhere.
# shellcheck disable=SC2016,SC2154
agentctl=$(readlink -f "${1:?use: $0 AGENTCTL}")
here=$(dirname "$0")
. "$here/../system/tap.sh"

stage=$tap_work/stage
check "what is installed can be staged" env DESTDIR="$stage" meson install --no-rebuild -C "$(dirname "$agentctl")"
at() { find "$stage" -path "*$1"; }
PATH=$(dirname "$agentctl"):$PATH
root=$tap_work/root
mkdir -p "$root/etc"

# The tables that the shells read: every value that they offer is taken, and there is no other.
tables=$tap_work/tables
agentctl --tables >"$tables"
check "every command of --help is in the tables" diff \
        <(agentctl --help | awk '/^Commands/ { on = 1; next } /^$/ { on = 0 } on { print $1 }') <(awk -F'\t' '$1 == "command" { print $2 }' "$tables")
check "so is every option" diff \
        <(agentctl --help | awk '/^ *--/ { print $1 }' | sort) <(awk -F'\t' '$1 == "option" { print "--" $3 }' "$tables" | sort -u)
check "so is every probe and fixer" diff \
        <(agentctl list --json | jq -r '(.probes[] | "probe \(.id)"), (.fixers[] | "fixer \(.id)"), ([.probes[].area] | unique[] | "area \(.)")' | sort) \
        <(awk -F'\t' '$1 ~ /^(probe|fixer|area)$/ { print $1, $2 }' "$tables" | sort)
names_of() { case $1 in explain) echo fstab-root ;; fix) echo fstab ;; waive) echo fstab-root ;; esac; }
takes() { [ "$(agentctl --root "$root" "$1" $(names_of "$1") "--$2" "$3" 2>&1 | grep -c 'is called')" -eq "$4" ]; }
while IFS=$'\t' read -r _ command option _ _ values; do
        for value in $values; do
                check "$command --$option takes $value" takes "$command" "$option" "$value" 0
        done
        check "$command --$option takes no other" takes "$command" "$option" nosuch 1
done < <(awk -F'\t' '$1 == "option" && $6 != ""' "$tables")

# Bash. asked WORD...: what is offered for the last of these words.
bash_file=$(at /agentctl)
bash_file=$(grep -m1 completions <<<"$bash_file")
asked_bash() {
        bash --norc -c 'set -u; . "$1"; shift; complete -p agentctl >/dev/null || exit
                COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agentctl agentctl "${!#}" "${@: -2:1}"
                [ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"' bash "$bash_file" "$@"
}
asked_fish() { fish --no-config -c 'source $argv[1]; complete -C (string join " " -- $argv[2..-1])' "$(at /agentctl.fish)" "$@" | cut -f 1 | grep -v '^-.$'; }

probes=$(awk -F'\t' '$1 == "probe" { print $2 }' "$tables")
offers() { local shell=$1 wanted=$2; shift 2; diff <(printf '%b' "$wanted" | sort) <("asked_$shell" "$@" | sort); }
commands=$(awk -F'\t' '$1 == "command" { print $2 "\\n" }' "$tables" | tr -d '\n')
options() { awk -F'\t' -v command="$1" '$1 == "option" && $2 == command { print "--" $3 "\\n" }' "$tables" | tr -d '\n'; }
areas=$(awk -F'\t' '$1 == "area" { print $2 "\\n" }' "$tables" | tr -d '\n')
mkdir -p "$tap_work/cd/dir"
touch "$tap_work/cd/file"
cd "$tap_work/cd" || exit

for shell in bash fish; do
        check "$shell: commands" offers $shell "$commands" agentctl ""
        check "$shell: a command" offers $shell 'explain\n' agentctl exp
        check "$shell: names for check" offers $shell "$areas$(awk '{ print $1 "\\n" }' <<<"$probes" | tr -d '\n')" agentctl check ""
        check "$shell: a probe" offers $shell 'fstab-secrets\n' agentctl explain fstab-se
        check "$shell: after an option with its argument" offers $shell 'ready\n' agentctl --root explain rea
        check "$shell: after an option without one" offers $shell 'ready\n' agentctl --json rea
        check "$shell: the options of a command, and no others" offers $shell "$(options undo)" agentctl undo --
        check "$shell: the values of an option" offers $shell 'boot\ncapture\n' agentctl check --profile ""
        check "$shell: two lists" offers $shell 'fixers\n' agentctl list f
        check "$shell: nothing for what takes nothing" offers $shell '' agentctl ready x
done
check "bash: the values of an option behind a sign" offers bash 'capture\n' agentctl check --profile = c
check "bash: a name behind an option with a sign" offers bash 'fstab-secrets\n' agentctl check --profile = boot fstab-se
check "bash: directories" offers bash 'dir\n' agentctl --root ""
check "bash: files" offers bash 'dir\nfile\n' agentctl --config ""
check "fish: directories" offers fish 'dir/\n' agentctl --root ""

# The way that a login shell loads it.
lazily() { XDG_DATA_DIRS=${bash_file%/bash-completion/*} bash --norc -c '. /usr/share/bash-completion/bash_completion; _completion_loader agentctl; complete -p agentctl | grep -qF -- "-F _agentctl agentctl"'; }
check "bash-completion loads it" lazily

# Zsh, at a terminal of its own: what the line is after a tab.
zsh_file=$(at /_agentctl)
cat >"$tap_work/ask.zsh" <<'ASK'
zmodload zsh/zpty
zpty shell env TERM=dumb zsh -f -i
zpty -w shell "unsetopt zle; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D
        asked() { zle complete-word; print -r -- \"<\$BUFFER>\"; BUFFER=; }; zle -N asked; bindkey '^I' asked; setopt zle; print REA''DY"
zpty -r shell seen '*READY*'
zpty -w -n shell "$2"$'\t'
zpty -r shell seen '*<*>*' && print -r -- "$seen"
zpty -d shell
ASK
completes() {
        local seen
        seen=$(timeout 20 zsh -f "$tap_work/ask.zsh" "${zsh_file%/*}" "$1" | tr -d '\r')
        grep -qF -- "<$2>" <<<"$seen" || { echo "$seen"; return 1; }
}
check "zsh: the syntax" zsh -n "$zsh_file"
check "zsh: a command" completes "agentctl exp" "agentctl explain "
check "zsh: a probe" completes "agentctl explain fstab-se" "agentctl explain fstab-secrets "
check "zsh: one of the names for check" completes "agentctl check swap-r" "agentctl check swap-resume "
check "zsh: an option" completes "agentctl undo --js" "agentctl undo --json "
check "zsh: an option that the command does not take" completes "agentctl undo --dry" "agentctl undo --dry"
check "zsh: the value of an option" completes "agentctl check --profile cap" "agentctl check --profile capture "
check "zsh: after an option with its argument" completes "agentctl --root explain rea" "agentctl --root explain ready "
tap_done
