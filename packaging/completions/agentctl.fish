# SPDX-License-Identifier: Apache-2.0
# Completion of agentctl for fish. What there is comes from the program itself (agentctl --tables).

function __agentctl_tables
    command agentctl --tables 2>/dev/null
end

# The command that stands on the line before the cursor, if one does.
function __agentctl_command
    set -l takes (__agentctl_tables | awk -F'\t' '$1 == "option" && $5 != "-" { print "--" $3 }')
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
        else if contains -- $word $takes
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
            return
        end
    end
end

# Names with what they are, as fish wants them: between tabs.
function __agentctl_names
    switch (__agentctl_command)
        case check
            __agentctl_tables | awk -F'\t' '$1 == "area" || $1 == "probe" { print $2 "\t" $3 }'
        case explain waive
            __agentctl_tables | awk -F'\t' '$1 == "probe" { print $2 "\t" $3 }'
        case fix
            __agentctl_tables | awk -F'\t' '($1 == "area" || $1 == "fixer" || $1 == "probe") && !seen[$2]++ { print $2 "\t" $3 }'
        case list
            printf '%s\n' probes fixers
        case undo
            command agentctl history --json 2>/dev/null | sed -n 's/^ *"transaction": *"\([^"]*\)".*/\1/p'
        case ''
            __agentctl_tables | awk -F'\t' '$1 == "command" { print $2 "\t" $3 }'
    end
end

# Whether the command on the line is one of these, or there is none yet.
function __agentctl_takes
    set -l at (__agentctl_command)
    test -z "$at"; or contains -- $at $argv
end

complete -c agentctl -f -a '(__agentctl_names)'

for name in (__agentctl_tables | awk -F'\t' '$1 == "option" && !seen[$3]++ { print $3 }')
    set -l rows (__agentctl_tables | awk -F'\t' -v name=$name '$1 == "option" && $3 == name')
    set -l fields (string split \t -- $rows[1])
    set -l takers (printf '%s\n' $rows | awk -F'\t' '{ print $2 }')
    set -l option complete -c agentctl -n "__agentctl_takes $takers" -l $name -d $fields[4]
    switch $fields[5]
        case -
            $option
        case DIR
            $option -x -a '(__fish_complete_directories)'
        case FILE DEV
            $option -r -F
        case '*'
            $option -x -a "$fields[6]"
    end
end
