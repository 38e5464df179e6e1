# SPDX-License-Identifier: Apache-2.0
# Sourced by who asks a metadata service: metadata-server, in a namespace that has its address.
# shellcheck shell=bash disable=SC2034,SC2154

service=$tap_work/service
mkdir "$service"
metadata_server=

# start MODE: the service, in this mood.
start() {
        : >"$service/log"
        coproc SERVER { exec /usr/bin/python3 "$here/metadata-server" "$1" "$service" 2>"$tap_work/server.err"; }
        metadata_server=$SERVER_PID
        read -r -t 10 line <&"${SERVER[0]}" && [ "$line" = ready ] && return
        cat "$tap_work/server.err"
        return 1
}
stop() { end_one "$metadata_server"; metadata_server=; }
end_one() { [ -z "$1" ] || { kill "$1" 2>/dev/null; wait "$1" 2>/dev/null; }; return 0; }
