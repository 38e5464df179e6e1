# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# names first|last: of each entry of a list of dependencies the first or the last alternative, without versions, one a line.
names() {
        local others='s/|.*//'
        [ "$1" = first ] || others='s/.*|//'
        tr ',' '\n' | sed "$others"'; s/([^)]*)//g; s/\[[^]]*\]//g; s/<[^>]*>//g; s/[[:space:]]//g; /^$/d; /^\$/d'
}
