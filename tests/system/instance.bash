# SPDX-License-Identifier: Apache-2.0
# Sourced by identity.sh and boot-requests.sh: an instance in a network namespace, with the metadata service at 100.100.100.200 and
# a receiver of webhooks behind an nginx that has the limits of every nginx.
# shellcheck shell=bash disable=SC2034,SC2154

. "$here/reporter.bash"
. "$here/metadata-service.bash"

dmi=$tap_work/dmi
got=$tap_work/got
receiver=
mkdir "$dmi"
: >"$got"
echo "Alibaba Cloud ECS" >"$dmi/product_name"
arguments=(--config "$conf" --outbox "$outbox" --state-directory "$state" --log=stderr --spread 0 --dmi "$dmi")
unset ALIBABA_CLOUD_ECS_METADATA ALIBABA_CLOUD_ECS_METADATA_DISABLED ALIBABA_CLOUD_IMDSV1_DISABLED

begin_instance() {
        ip link set lo up && ip address add 100.100.100.200/32 dev lo && make_certificates || return 1
        openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 2 -keyout "$service/key.pem" -out "$service/certificate.pem" || return 1
        cat >"$tap_work/nginx.conf" <<END
daemon off;
pid $tap_work/nginx.pid;
error_log $tap_work/error;
worker_processes 1;
user root;
events { }
http {
        client_body_temp_path $tap_work/nginx/1; proxy_temp_path $tap_work/nginx/2; fastcgi_temp_path $tap_work/nginx/3;
        uwsgi_temp_path $tap_work/nginx/4; scgi_temp_path $tap_work/nginx/5;
        access_log off;
        server {
                listen 127.0.0.1:$port ssl;
                ssl_certificate $tap_work/server.pem; ssl_certificate_key $tap_work/server.key;
                location / { proxy_pass http://unix:$tap_work/receiver; }
        }
}
END
        coproc RECEIVER { exec /usr/bin/python3 "$here/identity-receiver" "$tap_work/receiver" "$got" 2>"$tap_work/receiver.err"; }
        receiver=$RECEIVER_PID
        read -r -t 10 line <&"${RECEIVER[0]}" && [ "$line" = ready ] || { cat "$tap_work/receiver.err"; return 1; }
        nginx -e "$tap_work/error" -c "$tap_work/nginx.conf" 2>>"$tap_work/error" &
        nginx=$!
        answers_at "$https" || { cat "$tap_work/error"; return 1; }
}
end_instance() {
        stop
        end_one "$nginx"
        end_one "$receiver"
        tap_clean
}
# requests N: since the service was started.
requests() { [ "$(wc -l <"$service/log")" -eq "$1" ] || { cat "$service/log"; return 1; }; }
# The time has come to ask again.
time_passes() { jq '.askAgain = 1' "$state/metadata.json" >"$tap_work/new" && cat "$tap_work/new" >"$state/metadata.json"; }
waits_for() { local now; now=$(cut -d . -f 1 /proc/uptime); jq -e --argjson now "$now" --argjson wait "$1" '.askAgain - $now | . <= $wait and . >= $wait - 10' "$state/metadata.json" || { cat "$state/metadata.json"; return 1; }; }
