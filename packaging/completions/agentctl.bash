# SPDX-License-Identifier: Apache-2.0
# Completion of agentctl for bash. What there is comes from the program itself (agentctl --tables), so that nothing is here
# that could go stale. Works without the package bash-completion as well: source it.

# Fields between tabs; what is after the name is for people, or about the option.
_agentctl_tables() { "${COMP_WORDS[0]}" --tables 2>/dev/null; }

# The command that stands on the line before the cursor, if one does.
_agentctl_command() {
        local tables=$1 takes i word
        takes=$(awk -F'\t' '$1 == "option" && $5 != "-" { print "--" $3 }' <<<"$tables")
        for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if [[ $word == -* ]]; then
                        # An argument of its own, or behind a sign that bash has made a word of.
                        if [[ ${COMP_WORDS[i + 1]} == = ]]; then
                                ((i += 2))
                        elif grep -qxF -e "$word" <<<"$takes"; then
                                ((i++))
                        fi
                else
                        echo "$word"
                        return
                fi
        done
}

_agentctl_names() {
        case $1 in
        check) awk -F'\t' '$1 == "area" || $1 == "probe" { print $2 }' ;;
        explain | waive) awk -F'\t' '$1 == "probe" { print $2 }' ;;
        fix) awk -F'\t' '$1 == "area" || $1 == "fixer" || $1 == "probe" { print $2 }' | sort -u ;;
        list) printf '%s\n' probes fixers ;;
        undo) "${COMP_WORDS[0]}" history --json 2>/dev/null | sed -n 's/^ *"transaction": *"\([^"]*\)".*/\1/p' ;;
        '') awk -F'\t' '$1 == "command" { print $2 }' ;;
        esac
}

_agentctl() {
        local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} tables command values kind
        COMPREPLY=()
        tables=$(_agentctl_tables)
        command=$(_agentctl_command "$tables")

        # --option=VALUE is three words here.
        [[ $current != = ]] || current=
        [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD - 2]}

        if [[ $before == --* ]]; then
                kind=$(awk -F'\t' -v name="${before#--}" '$1 == "option" && $3 == name { print $5; exit }' <<<"$tables")
                values=$(awk -F'\t' -v name="${before#--}" '$1 == "option" && $3 == name { print $6; exit }' <<<"$tables")
                case $kind in
                DIR) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
                FILE | DEV) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
                '' | -) kind= ;;
                *) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current") ;;
                esac
                if [[ -n $kind ]]; then
                        [[ $kind != DIR && $kind != FILE && $kind != DEV ]] || compopt -o filenames 2>/dev/null
                        return
                fi
        fi

        if [[ $current == -* ]]; then
                values=$(awk -F'\t' -v command="$command" '$1 == "option" && (command == "" || $2 == command) { print "--" $3 }' <<<"$tables" | sort -u)
        else
                values=$(_agentctl_names "$command" <<<"$tables")
        fi
        mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current")
}

complete -F _agentctl agentctl
