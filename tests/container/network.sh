# SPDX-License-Identifier: Apache-2.0
# Sourced by report.sh: who is to be reached from the container. Programs of this machine run in the network of the container
# and in nothing else of it; each ends with the container.
# shellcheck shell=bash disable=SC2154

collector=127.0.0.1:8443
collector_id=
: >"$tap_work/received"

# on_its_network COMMAND...: instead of the shell it is called in.
on_its_network() { exec nsenter --net="/proc/$container_leader/ns/net" "$@"; }

# collector_prepare: a CA, and what nginx does: each request becomes a line of $tap_work/received. Behind it is somebody who
# says yes, since the body of a request is seen where it is passed on.
collector_prepare() {
        mkdir "$tap_work/nginx"
        { make_ca ca && issue server IP:127.0.0.1 2 ca; } >"$tap_work/log" 2>&1 || return 1
        cat >"$tap_work/nginx.conf" <<END
daemon off;
master_process off;
pid $tap_work/nginx.pid;
error_log $tap_work/nginx.log;
events { }
http {
        client_body_temp_path $tap_work/nginx/1; proxy_temp_path $tap_work/nginx/2; fastcgi_temp_path $tap_work/nginx/3;
        uwsgi_temp_path $tap_work/nginx/4; scgi_temp_path $tap_work/nginx/5;
        client_body_buffer_size 1m; client_max_body_size 1m;
        log_format request escape=json '{"type":"\$http_content_type","authorization":"\$http_authorization","body":"\$request_body"}';
        server {
                listen $collector ssl;
                ssl_certificate $tap_work/server.pem; ssl_certificate_key $tap_work/server.key;
                access_log $tap_work/received request;
                location = /events { proxy_pass http://127.0.0.1:8080; }
        }
        server { listen 127.0.0.1:8080; access_log off; return 200; }
}
END
}
collector_begin() {
        on_its_network nginx -e "$tap_work/nginx.log" -c "$tap_work/nginx.conf" 2>>"$tap_work/nginx.log" &
        collector_id=$!
        container_entered+=("$!")
        within 10000 collector_answers
}
collector_answers() { (on_its_network bash -c "exec 3<>/dev/tcp/${collector/://}"); }
collector_end() {
        kill "$collector_id"
        wait "$collector_id"
        ! collector_answers 2>/dev/null
}
# received FILTER: of the events that arrived, one line each, in order.
received() { jq -r ".body | fromjson | $1" "$tap_work/received"; }

# The metadata service at its own address, where a token is asked for. It ends by itself after a minute.
metadata_begin() {
        mkdir -p "$tap_work/service"
        printf '{"instance-id":"i-bp1test0000","region-id":"cn-hangzhou","owner-account-id":"1234567890123456","instance-type":"ecs.g7.large"}' >"$tap_work/service/document"
        openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 2 -keyout "$tap_work/service/key.pem" -out "$tap_work/service/certificate.pem" >"$tap_work/log" 2>&1 || return 1
        (on_its_network ip address add 100.100.100.200/32 dev lo) || return 1
        : >"$tap_work/ready"
        on_its_network /usr/bin/python3 "$agent_here/../system/metadata-server" hardened "$tap_work/service" >"$tap_work/ready" 2>"$tap_work/log" &
        container_entered+=("$!")
        within 20000 grep -qx ready "$tap_work/ready"
}
