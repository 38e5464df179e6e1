#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The metadata service at 100.100.100.200 in a network namespace of its own, in every mood: what the reporter makes of it,
# how often it asks, and that nothing else is asked. cloud-init's own data source sees the same server, so that it is like
# the real one as far as cloud-init knows. And what the programs without network make of the cache.
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
here=$(cd "$(dirname "$0")" && pwd)
if [ "${METADATA_INSIDE:-}" != yes ]; then
        if ! unshare -n true 2>/dev/null; then
                echo "ok 1 - metadata # SKIP cannot make a network namespace here"
                echo "1..1"
                exit 0
        fi
        # Packages are to be had out here alone. One version walks the tree, the other takes it whole, with a token.
        for suite in bookworm trixie; do
                tree=$("$here/make-tree" "$suite" cloud-init 2>/dev/null) || tree=
                export "METADATA_TREE_$suite=$tree"
        done
        exec env METADATA_INSIDE=yes unshare -n -- "$0" "$agentctl"
fi
. "$here/tap.sh"

ask=$(dirname "$agentctl")/tests/metadata-ask
agentd=$(dirname "$agentctl")/agentd
boot=01234567-89ab-cdef-0123-456789abcdef
dmi=$tap_work/dmi
mkdir "$dmi"
. "$here/metadata-service.bash"
echo "Alibaba Cloud ECS" >"$dmi/product_name"
# Whatever a user has set: nobody is to come there.
proxy=http://100.100.100.200:3128
export http_proxy=$proxy HTTP_PROXY=$proxy https_proxy=$proxy all_proxy=$proxy ALL_PROXY=$proxy
unset no_proxy NO_PROXY ALIBABA_CLOUD_ECS_METADATA ALIBABA_CLOUD_ECS_METADATA_DISABLED ALIBABA_CLOUD_IMDSV1_DISABLED

check "bring up the namespace" ip link set lo up
check "the address of the service" ip address add 100.100.100.200/32 dev lo
# Blanks and a line break as they please, and something that is not ASCII: all of it is signed.
printf '{"zone-id":"cn-hangzhou-i", "serial-number":"6f2a","instance-id":"i-bp1test0000",\t"region-id":"cn-hangzhou","private-ipv4":"192.168.0.9","owner-account-id":"1234567890123456","mac":"00:16:3e:00:00:01","image-id":"aliyun_3_x64_20G_alibase_20210425.vhd","instance-type":"ecs.g7.large","x":"\303\251\\/"}\r\n' >"$service/document"
check "a key to sign with" openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 2 -keyout "$service/key.pem" -out "$service/certificate.pem"

daemon_id=
ended() {
        [ -n "$daemon_id" ] && kill "$daemon_id"
        stop
        tap_clean
}
trap ended EXIT

# get [WHAT [AUDIENCE]]: one run of the reporter; the answer, what it took in milliseconds, and the requests are kept.
get() {
        local begin=${EPOCHREALTIME/./}
        timeout 30 "$ask" "${1:-metadata}" "$dmi" "$cache" "${boot_id:-$boot}" ${2:+"$2"} >"$tap_work/answer" || return 1
        took=$(((${EPOCHREALTIME/./} - begin) / 1000))
        cat "$tap_work/answer" "$service/log"
        echo "took $took ms"
}
fresh() {
        cache=$tap_work/cache
        rm -rf "$cache"
        mkdir "$cache"
}
says() { jq -e "$1" "$tap_work/answer" >/dev/null; }
# requests N TOKENS: in all, and for a token.
requests() { [ "$(wc -l <"$service/log")" -eq "$1" ] && [ "$(grep -c ^PUT "$service/log")" -eq "$2" ] && ! grep -q trap "$service/log"; }

# mood MODE REQUESTS TOKENS MILLISECONDS FILTER: the first run, and the second one, which asks nobody.
mood() {
        fresh
        start "$1" || { echo "the server does not start"; return 1; }
        get && requests "$2" "$3" && [ "$took" -lt "$4" ] && says "$5" || { stop; return 1; }
        : >"$service/log"
        get && requests 0 0 && says "$5 or (.source == \"cached\" and .instanceId == \"i-bp1test0000\")" || { stop; return 1; }
        # cloud-init, where there is one, with the same server.
        stop
}
known='.source == "asked" and .instanceId == "i-bp1test0000" and .instanceType == "ecs.g7.large" and .regionId == "cn-hangzhou" and .zoneId == "cn-hangzhou-i" and .imageId == "aliyun_3_x64_20G_alibase_20210425.vhd" and .ownerAccountId == "1234567890123456"'
whole="$known and .note == null and .identityPkcs7 != null"
failed() { echo ".source == \"failed\" and .instanceId == null and .identity == null and (.note | contains(\"$1\"))"; }

check "normal mode: three requests" mood normal 3 1 3000 "$whole"
check "hardened mode" mood hardened 3 1 3000 "$whole"
check "no tokens here" mood no-token 3 1 3000 "$whole"
check "no token because of a proxy's header" mood proxied 3 1 3000 "$whole"
check "the token was another service's: one more" mood restarted 5 2 3000 "$whole"
check "switched off" mood disabled 2 1 3000 "$(failed "switched off")"
check "asked too often: not again" mood often 1 1 3000 "$(failed "too often")"
check "redirects are not followed" mood redirect 2 1 3000 "$(failed 302)"
check "broken" mood broken 2 1 3000 "$(failed 500)"
check "a page that asks to log in" mood page 3 1 3000 "$(failed "which instance")"
check "silent: seven seconds" mood silent 2 1 8000 "$(failed metadata)"
check "a drop at a time" mood drip 2 1 8000 "$(failed metadata)"
check "bytes that are no HTTP" mood bytes 2 1 3000 "$(failed metadata)"
check "answers that are cut" mood cut 2 1 3000 "$(failed metadata)"
check "endless" mood endless 3 1 6000 "$(failed metadata)"
check "endless headers" mood endless-headers 3 1 8000 "$(failed metadata)"
check "nobody listens" mood nobody 0 0 3000 "$(failed metadata)"
check "without a document each value by its name; lines end in CR LF" mood crlf 8 1 3000 \
        "$known and .identity == null and (.note | contains(\"no identity document\"))"
check "what is missing is missing" mood missing 8 1 3000 \
        '.source == "asked" and .instanceId == "i-bp1test0000" and .zoneId == null and .imageId == null and .regionId == "cn-hangzhou"'

order() {
        fresh
        start normal && get && stop || return 1
        printf '%s\n' "PUT /latest/api/token ttl=60" "GET /2016-01-01/dynamic/instance-identity/document token" \
                "GET /2016-01-01/dynamic/instance-identity/pkcs7 token" | cmp - "$service/log"
}
check "the token first, and with all that follows" order

# The signature is good for the very bytes that were kept; the text in it is the document. See openssl-smime(1).
signed() {
        fresh
        start hardened && get metadata ${1:+"$1"} && stop || return 1
        jq -j .identity "$cache/metadata.json" >"$tap_work/document"
        cmp "$tap_work/document" "$service/document" || return 1
        { echo "-----BEGIN PKCS7-----"; jq -r .identityPkcs7 "$cache/metadata.json" | fold -w 64; echo "-----END PKCS7-----"; } >"$tap_work/pkcs7"
        openssl smime -verify -inform PEM -in "$tap_work/pkcs7" -certfile "$service/certificate.pem" -noverify >"$tap_work/signed" || return 1
        [ -n "$1" ] || cmp "$tap_work/signed" "$service/document" || return 1
        [ -z "$1" ] || jq -e --arg audience "$1" '.audience == $audience' "$tap_work/signed"
}
check "document and signature are kept byte for byte" signed ""
check "the signature is for an audience" signed 'https://hooks.example/a?b=c&d=é "x"'
another_audience() { start normal && get metadata one && requests 3 1 && get metadata one && requests 3 1 && get metadata two && requests 6 2; local code=$?; stop; return $code; }
check "another audience asks again" another_audience
next_boot() { start normal && boot_id=11234567-89ab-cdef-0123-456789abcdef get && requests 3 1 && says '.source == "asked"'; local code=$?; stop; return $code; }
check "so does the next boot" next_boot

untouched() { fresh; start normal && get && requests 0 0 && says "$1"; local code=$?; stop; return $code; }
not_ecs() { echo "Standard PC" >"$dmi/product_name"; untouched '.source == "not-ecs" and .instanceId == null'; local code=$?; echo "Alibaba Cloud ECS" >"$dmi/product_name"; return $code; }
check "a machine that is no ECS instance asks nobody" not_ecs
switched_off() { ALIBABA_CLOUD_ECS_METADATA_DISABLED=true untouched "$(failed ALIBABA_CLOUD_ECS_METADATA_DISABLED)"; }
check "ALIBABA_CLOUD_ECS_METADATA_DISABLED" switched_off
never_plain() { fresh; start "$1" && ALIBABA_CLOUD_IMDSV1_DISABLED=true get && requests "$2" 1 && says "$3"; local code=$?; stop; return $code; }
check "ALIBABA_CLOUD_IMDSV1_DISABLED, and no token: nothing goes without one" never_plain no-token 1 "$(failed ALIBABA_CLOUD_IMDSV1_DISABLED)"
check "ALIBABA_CLOUD_IMDSV1_DISABLED, and a token" never_plain normal 3 "$whole"

private() { [ "$(stat -c %a "$cache/metadata.json")" = 600 ] && [ "$(find "$cache" -type f | wc -l)" -eq 1 ]; }
check "the cache is for its owner, and nothing is left beside it" private

credentials() { fresh; start "$1" && get credentials && requests "$2" 1 && says "$3"; local code=$?; stop; return $code; }
check "credentials" credentials normal 3 '.result == 0 and .accessKeyId == "STS.TestKeyId" and .secret == 18 and .token == 20 and .seconds > 3500'
check "credentials, hardened mode, a list with CR LF" credentials crlf 3 '.result == 0 and .secret == 18'
check "no role" credentials missing 2 '.result == -2 and (.reason | contains("no RAM role"))'
check "credentials of a service that is switched off" credentials disabled 2 '.result == -13 and (.reason | contains("switched off"))'
named() { ALIBABA_CLOUD_ECS_METADATA=test-role credentials hardened 2 '.result == 0'; }
check "a role by ALIBABA_CLOUD_ECS_METADATA" named
nowhere() { ! grep -rlE 'SECRET-OF-THE-ROLE|TOKEN-OF-THE-ROLE|c2VjcmV0LXRva2Vu' "$tap_work" --exclude-dir=service --exclude=metadata-server; }
check "no secret and no token lies anywhere" nowhere

# cloud_init SUITE MODE FILTER: what cloud-init makes of the same server.
cloud_init() {
        local tree=METADATA_TREE_$1 code
        start "$2" || return 1
        # A proxy of the environment would be asked; our server is there to be compared.
        env -u http_proxy -u HTTP_PROXY -u https_proxy -u all_proxy -u ALL_PROXY \
                timeout 40 chroot "${!tree}" /usr/bin/python3 - "Alibaba Cloud ECS" <"$here/metadata-cloud-init" >"$tap_work/cloud-init" 2>"$tap_work/err"
        code=$?
        stop
        cat "$tap_work/cloud-init" "$tap_work/err" "$service/log"
        [ $code -eq 0 ] && jq -e "$3" "$tap_work/cloud-init"
}
# The same mode, the same values.
agrees() {
        mood "$2" "$3" 1 3000 "$known" >/dev/null && cloud_init "$1" "$2" .got || return 1
        jq -s '.[0] as $ours | .[1] | del(.got, .knowsTokens) | to_entries | all(.value == $ours[.key])' "$tap_work/answer" "$tap_work/cloud-init" | grep -q true
}
for suite in bookworm trixie; do
        tree=METADATA_TREE_$suite
        if [ -z "${!tree:-}" ]; then
                skip "cloud-init of $suite" "its tree cannot be made here"
                continue
        fi
        check "cloud-init of $suite: the same instance in normal mode" agrees $suite normal 3
        # A newer one gives up where there are no tokens; the reporter does not.
        check "cloud-init of $suite: without tokens it is for the older one" cloud_init $suite no-token '.got != .knowsTokens'
        check "cloud-init of $suite: hardened mode is for who knows tokens" cloud_init $suite hardened '.got == .knowsTokens'
        check "cloud-init of $suite: nothing where it is switched off" cloud_init $suite disabled '.got | not'
done
check "cloud-init of trixie, where there is one, has used a token" sh -c "[ -z '${METADATA_TREE_trixie:-}' ] || jq -e .knowsTokens '$tap_work/cloud-init'"

# The programs without network: the cache of the dump of a running system.
root=$tap_work/root
reporter=$root/var/lib/ecs-guest-agent/reporter
cp -a "$here/../roots/.bases/centos7" "$root"
mkdir -p "$root/proc/sys/kernel/random" "$root/sys" "$reporter"
echo $boot >"$root/proc/sys/kernel/random/boot_id"
judge() { "$agentctl" --root "$root" --assume-live --json check fstab >"$tap_work/report"; [ $? -le 3 ] && jq .host "$tap_work/report"; }
host() { judge && jq -e ".host | $1" "$tap_work/report"; }
nobody='.instanceId == null and .instanceType == null and .regionId == null and .imageId == null'
somebody='.instanceId == "i-bp1test0000" and .instanceType == "ecs.g7.large" and .regionId == "cn-hangzhou" and .imageId == "aliyun_3_x64_20G_alibase_20210425.vhd"'
check "agentctl: no cache, no instance" host "$nobody"
without=$(jq -r .digest "$tap_work/report")
fill() { fresh; start normal && get && stop && cp "$cache/metadata.json" "$reporter/"; }
check "a cache" fill
check "agentctl: the instance is in the report" host "$somebody"
check "agentctl: it is no part of the digest" sh -c "[ '$without' = '$(jq -r .digest "$tap_work/report")' ]"
offline() { "$agentctl" --root "$root" --json check fstab >"$tap_work/report"; jq -e ".host | $nobody" "$tap_work/report"; }
check "agentctl: an image has none" offline
other_boot() { echo ffffffff-89ab-cdef-0123-456789abcdef >"$root/proc/sys/kernel/random/boot_id"; host "$nobody"; local code=$?; echo $boot >"$root/proc/sys/kernel/random/boot_id"; return $code; }
check "agentctl: a captured cache is of another boot" other_boot
linked_file() { mv "$reporter/metadata.json" "$root/elsewhere"; ln -s /elsewhere "$reporter/metadata.json"; host "$nobody"; }
check "agentctl: no link of the reporter is followed" linked_file
fifo() { rm "$reporter/metadata.json"; mkfifo "$reporter/metadata.json"; timeout 20 "$agentctl" --root "$root" --assume-live --json check fstab >"$tap_work/report"; jq -e ".host | $nobody" "$tap_work/report"; }
check "agentctl: nobody waits for a FIFO" fifo
linked_directory() { rm "$reporter/metadata.json"; mv "$root/elsewhere" "$reporter/metadata.json"; mv "$reporter" "$root/there"; ln -s /there "$reporter"; host "$nobody"; }
check "agentctl: nor of its directory" linked_directory
back() { rm "$reporter"; mv "$root/there" "$reporter"; host "$somebody"; }
check "agentctl: and all is there again" back

serves() {
        local n=0
        "$agentd" --root "$root" --run-directory "$tap_work/run" --log=stderr 2>"$tap_work/err" &
        daemon_id=$!
        while [ ! -f "$tap_work/run/report.json" ] && [ $n -lt 200 ]; do sleep 0.1; n=$((n + 1)); done
        jq -e ".host | $somebody" "$tap_work/run/report.json"
}
mkdir "$tap_work/run"
check "agentd: the instance is in the published report" serves
asked() { "$(dirname "$agentctl")/tests/varlink-call" "$tap_work/run/io.ecsguest.Agent" io.ecsguest.Agent.Ready '{}' >"$tap_work/reply"; cat "$tap_work/reply"; jq -es "last | (.parameters // .).summary.host | $somebody" "$tap_work/reply"; }
check "agentd: and in what it answers" asked
kill "$daemon_id" && wait "$daemon_id" 2>/dev/null
daemon_id=

tap_done
