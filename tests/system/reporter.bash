# SPDX-License-Identifier: Apache-2.0
# Sourced by reporter.sh: an outbox, a configuration, certificates, and nginx.
# shellcheck shell=bash disable=SC2034,SC2154
. "$(dirname "${BASH_SOURCE[0]}")/certificates.bash"

reporter=$(dirname "$agentctl")/agent-reporter
outbox=$tap_work/outbox
state=$tap_work/state
conf=$tap_work/agent.conf
log=$tap_work/log
# Below those that the kernel gives to whoever connects somewhere: one of them taken, and nginx would not start.
port=$((12000 + RANDOM % 20000))
https=https://127.0.0.1:$port
nginx=
mkdir -p "$outbox" "$state" "$tap_work/empty" "$tap_work/nginx"
: >"$log"
# No instance of the platform, so that nobody is asked for metadata.
arguments=(--config "$conf" --outbox "$outbox" --state-directory "$state" --log=stderr --spread 0 --dmi "$tap_work/empty")

# sink NAME LINE...: the configuration has this one sink.
sink() { { printf '[Agent]\n[Sink %s]\n' "$1"; printf '%s\n' "${@:2}"; } >"$conf"; }
more() { printf '%s\n' "$@" >>"$conf"; }
id_of() { printf '00000000-0000-4000-8000-%012d' "$1"; }
# put SEQUENCE VERDICT: as agentd would.
put() {
        local name
        name=$(printf '%016d.json' "$1")
        printf '{"schema":"io.ecsguest.outbox/1","id":"%s","sequence":%d,"time":"2026-11-22T21:05:00Z","report":{"schema":"io.ecsguest.report/1","agent":{"version":"1.0.0"},"host":{"root":"/","live":true,"bootId":"01234567-89ab-cdef-0123-456789abcdef"},"profile":"boot","time":"2026-11-22T21:05:00Z","digest":"sha256:00","verdict":"%s","counts":{"pass":1,"fail":0,"skip":0,"unknown":0,"waived":0},"findings":[]}}' \
                "$(id_of "$1")" "$1" "$2" >"$outbox/.$name" && mv "$outbox/.$name" "$outbox/$name"
}
outbox_holds() {
        local names
        names=$(find "$outbox" -name '[0-9]*.json' -printf '%f\n' | sort | sed 's/^0*//; s/\.json$//' | tr '\n' ' ')
        [ "${names% }" = "$1" ] || { echo "the outbox holds '$names', not '$1'"; return 1; }
}
delivers() { timeout 60 "$reporter" "${arguments[@]}" --once 2>>"$log" || { tail -n 5 "$log"; return 1; }; }
# state_of SINK FILTER
state_of() { jq -e --arg name "$1" '.sinks[] | select(.name == $name) | '"$2" "$state/state.json" || { cat "$state/state.json"; return 1; }; }
# The pause is over.
again() { jq --arg name "$1" '(.sinks[] | select(.name == $name)).notBefore = 0' "$state/state.json" >"$tap_work/new" && cat "$tap_work/new" >"$state/state.json"; }
# Nothing has happened so far.
fresh() {
        find "$outbox" "$state" -mindepth 1 -delete
        # nginx holds it open, and appends.
        : >"$tap_work/access"
}

# What nginx has got: "TYPE-AND-AUTHORIZATION|…" are fields, the body is the rest of a line.
bodies() { settle; cut -d ' ' -f 3- "$tap_work/access"; }
seen() { settle; grep -q " $1 " "$tap_work/access"; }
field() { settle; tail -n 1 "$tap_work/headers" | jq -r ".$1"; }
# A line is written after the answer is.
settle() { sleep 0.05; }
arrived_in_order() {
        local ids
        bodies | jq -r .id >"$tap_work/ids"
        uniq "$tap_work/ids" >"$tap_work/once"
        LC_ALL=C sort -c -u "$tap_work/once" || return 1
        [ "$(tail -n 1 "$tap_work/ids")" = "$(id_of "$1")" ]
}
all_arrived() { [ "$(wc -l <"$tap_work/once")" -eq "$1" ] || { echo "$(wc -l <"$tap_work/once") of $1 arrived"; return 1; }; }
answers_at() { local n=50; until curl_once "$1" || [ $n -eq 0 ]; do sleep 0.1; n=$((n - 1)); done; [ $n -gt 0 ]; }
curl_once() { (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; }

make_certificates() {
        { make_ca ca && make_ca other-ca && issue server IP:127.0.0.1 2 ca && issue wrong DNS:elsewhere.example 2 ca && issue old IP:127.0.0.1 -1 ca &&
                issue client DNS:client 2 ca && issue other DNS:other 2 other-ca; } >"$tap_work/openssl" 2>&1 || { sed 's/^/# /' "$tap_work/openssl"; return 1; }
}

# Each behaviour is a path; each kind of TLS a port. Behind it all is a server that says 200: a request that is passed on has its
# body in the log.
begin_nginx() {
        local status locations= headers=
        for status in 400 401 403 404 408 410 413 415 425 500 502 503 504; do
                locations+="location = /$status { proxy_pass http://unix:$tap_work/back:/$status; } "
        done
        for status in $(seq 2000); do headers+="add_header X-$status 0123456789012345678901234567890123456789 always; "; done
        truncate -s 1G "$tap_work/long"
        head -c 4000000 /dev/zero | tr '\0' 'x' >"$tap_work/endless"
        cat >"$tap_work/nginx.conf" <<END
daemon off;
pid $tap_work/nginx.pid;
error_log $tap_work/error;
worker_processes 1;
$( [ "$(id -u)" -ne 0 ] || echo "user root;" )
events { }
http {
        client_body_temp_path $tap_work/nginx/1; proxy_temp_path $tap_work/nginx/2; fastcgi_temp_path $tap_work/nginx/3;
        uwsgi_temp_path $tap_work/nginx/4; scgi_temp_path $tap_work/nginx/5;
        client_body_buffer_size 1m; client_max_body_size 1m;
        log_format bodies escape=none '\$status \$uri \$request_body';
        log_format headers escape=json '{"type":"\$http_content_type","authorization":"\$http_authorization","identity":"\$http_ecs_identity_document"}';
        ssl_certificate $tap_work/server.pem; ssl_certificate_key $tap_work/server.key; ssl_client_certificate $tap_work/ca.pem;
        map \$http_authorization \$unused { default 1; }
        server {
                listen 127.0.0.1:$port ssl;
                access_log $tap_work/access bodies;
                access_log $tap_work/headers headers;
                proxy_intercept_errors off;
                location = /ok { proxy_pass http://unix:$tap_work/back:/200; }
                location = /301 { proxy_pass http://unix:$tap_work/back:/301; proxy_redirect off; }
                location = /307 { proxy_pass http://unix:$tap_work/back:/307; proxy_redirect off; }
                location = /429 { proxy_pass http://unix:$tap_work/back:/429; }
                location = /429-date { proxy_pass http://unix:$tap_work/back:/429-date; }
                location = /cut { return 444; }
                location = /slow { limit_rate 1; proxy_pass http://unix:$tap_work/back:/endless; }
                location = /long { proxy_pass http://unix:$tap_work/back:/long; }
                location = /endless { proxy_pass http://unix:$tap_work/back:/endless; sub_filter y z; sub_filter_types *; }
                location = /headers { $headers proxy_pass http://unix:$tap_work/back:/200; }
                $locations
        }
        server { listen 127.0.0.1:$((port + 1)); access_log off; return 200; }
        server { listen 127.0.0.1:$((port + 2)) ssl; ssl_certificate $tap_work/wrong.pem; ssl_certificate_key $tap_work/wrong.key; access_log off; return 200; }
        server { listen 127.0.0.1:$((port + 3)) ssl; ssl_certificate $tap_work/old.pem; ssl_certificate_key $tap_work/old.key; access_log off; return 200; }
        server { listen 127.0.0.1:$((port + 4)) ssl; ssl_verify_client on; access_log off; return 200; }
        server { listen 127.0.0.1:$((port + 5)) ssl; ssl_protocols TLSv1.1; ssl_ciphers ALL:@SECLEVEL=0; access_log off; return 200; }
        server {
                listen unix:$tap_work/back;
                access_log off;
                error_page 405 = @get;
                location = /200 { return 200 '{}'; }
                location = /301 { return 301 $https/ok; }
                location = /307 { return 307 $https/ok; }
                location = /429 { add_header Retry-After 120 always; return 429; }
                location = /429-date { add_header Retry-After "Fri, 01 Jan 2100 00:00:00 GMT" always; return 429; }
                location = /long { root $tap_work; error_page 405 =200 /long; }
                location = /endless { root $tap_work; error_page 405 =200 /endless; }
                location ~ ^/([0-9]+)\$ { try_files /nosuch @\$1; }
$(for status in 400 401 403 404 408 410 413 415 425 500 502 503 504; do echo "                location = /$status { return $status; }"; done)
        }
}
END
        nginx -e "$tap_work/error" -c "$tap_work/nginx.conf" 2>>"$tap_work/error" &
        nginx=$!
        trap end_nginx EXIT
}
end_nginx() {
        [ -z "$nginx" ] || { kill "$nginx" 2>/dev/null; wait "$nginx" 2>/dev/null; }
        tap_clean
}
