#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The signed identity document, from the metadata service through the reporter to a receiver, who verifies it as README says: the
# commands are taken from there. And documents and signatures that are none: no report is lost, and no header is made of them.
# shellcheck disable=SC2016,SC2034,SC2154
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
here=$(cd "$(dirname "$0")" && pwd)
if [ "${IDENTITY_INSIDE:-}" != yes ]; then
        if ! unshare -n true 2>/dev/null; then
                echo "ok 1 - identity # SKIP cannot make a network namespace here"
                echo "1..1"
                exit 0
        fi
        exec env IDENTITY_INSIDE=yes unshare -n -- "$0" "$agentctl"
fi
. "$here/tap.sh"
. "$here/instance.bash"
trap end_instance EXIT
check "an instance, and a receiver" begin_instance

# sends MODE [PATH [AUDIENCE]]: one report of an instance that has just booted.
sends() {
        fresh
        : >"$got"
        sink hook type=webhook "url=$https${2:-/ok}" "ca=$tap_work/ca.pem" identity=yes
        [ -z "${3:-}" ] || more '[Metadata]' "audience=$3"
        put 1 ready
        start "$1" && delivers
        local code=$?
        stop
        return $code
}
header() { jq -r --arg name "$1" 'last(.headers[] | select(.[0] == $name))[1]' "$got"; }

# What a receiver has: the values of two headers, and the certificate. What README says stands there as it is to be typed.
verify() { sed -n 's/^    \$ \(base64 -d signature .*\)/\1/p' "$here/../../README.md"; }
compare() { sed -n 's/^    \$ \(base64 -d document .*\)/\1/p' "$here/../../README.md"; }
check "README says how to verify" eval '[ "$(verify | wc -l)" -eq 1 ] && [ "$(compare | wc -l)" -eq 1 ]'
check "and the manual says the same" eval 'sed "s/\\\\e\$//" "$here/../../packaging/man/agent.conf.5" | tr -s " \n" " " | grep -qF "$(verify)"'
receive() {
        rm -rf "$tap_work/there"
        mkdir "$tap_work/there"
        header ECS-Identity-Document >"$tap_work/there/document"
        header ECS-Identity-Signature >"$tap_work/there/signature"
        cp "$service/certificate.pem" "$tap_work/there/ecs-identity.pem"
        (cd "$tap_work/there" && eval "$(verify)")
}
received_as() { receive && cmp "$tap_work/there/signed.json" "$1"; }
same_document() { (cd "$tap_work/there" && eval "$(compare)"); }
documents=(
        '{"zone-id":"cn-hangzhou-i","serial-number":"6f2a","instance-id":"i-bp1test0000","region-id":"cn-hangzhou","private-ipv4":"192.168.0.9","owner-account-id":"1234567890123456","mac":"00:16:3e:00:00:01","image-id":"aliyun_3","instance-type":"ecs.g7.large"}'
        '\n \t{ "instance-id" :\t"i-bp1test0000" ,\r\n\r\n  "region-id":"cn-hangzhou"  ,"owner-account-id":"1234567890123456"\t}  \r\n\r\n'
        '{"instance-id":"i-bp1test0000","region-id":"cn-hangzhou","owner-account-id":"1234567890123456","name":"\303\251\\/\\u00e9 \360\237\230\200 \342\200\250","\344\270\255":100}'
        '{"instance-id":"i-bp1test0000","account-id":"1234567890123456","create-time":"2021-07-01T00:00:00Z","private-ip":"192.168.0.9","region-id":"cn-hangzhou"}\n'
        '{\r\n\t"region-id": "cn-hangzhou",\r\n\t"instance-id": "i-bp1test0000",\r\n\t"owner-account-id": "1234567890123456",\r\n\t"image-id": "a\\r\\nX-Evil: 1"\r\n}'
)
names=("as it is" "blanks as they please" "not only ASCII" "older names" "CR LF inside")
source_of_event() { jq -r .body "$got" | jq -r .source; }
# identified DIGEST AUDIENCE: whoever knows the certificate knows who spoke, and what the instance has said.
identified() {
        echo -n "$1" >"$service/digest"
        sends normal /ok "$2" && [ "$(wc -l <"$got")" -eq 1 ] && receive || return 1
        same_bytes "$2" && [ "$(source_of_event)" = "acs:ecs:cn-hangzhou:1234567890123456:instance/$(jq -r '."instance-id"' "$tap_work/there/signed.json")" ]
}
same_bytes() {
        base64 -d "$tap_work/there/document" | cmp - "$service/document" || return 1
        if [ -z "$1" ]; then
                cmp "$tap_work/there/signed.json" "$service/document" && same_document
        else
                # The text with an audience is another one, and the document begins as it does.
                ! same_document && cmp "$tap_work/there/signed.json" "$service/signed" && jq -e --arg audience "$1" '.audience == $audience' "$tap_work/there/signed.json"
        fi
}
for i in "${!documents[@]}"; do
        # shellcheck disable=SC2059
        printf "${documents[$i]}" >"$service/document"
        for digest in sha1 sha256; do
                check "${names[$i]}: $digest" identified $digest ""
                check "${names[$i]}: $digest, for an audience" identified $digest 'https://hooks.example/a?b=c&d=é "x"'
        done
done
rm "$service/digest"
# shellcheck disable=SC2059
printf "${documents[0]}" >"$service/document"

# Somebody else's signature, with his certificate in it, is not taken; without -nointern it would be.
forge() {
        cp -a "$service" "$tap_work/evil" &&
                openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=test -days 2 -keyout "$service/key.pem" -out "$service/certificate.pem" && sends normal
        local code=$?
        cp "$tap_work/evil"/*.pem "$service/"
        return $code
}
check "one that is signed by another arrives" forge
check "and is none" eval '! receive'
check "which -nointern is for" eval '(cd "$tap_work/there" && eval "$(verify | sed "s/ -nointern//")")'

# What there is no proof in. Of a request there are these lines and no others.
plain='Accept Connection Content-Length Content-Type Host User-Agent'
names() { jq -r '[.headers[][0]] | sort | join(" ")' "$got"; }
arrives() { [ "$(wc -l <"$got")" -eq 1 ] && [ "$(jq -r .body "$got" | jq -r .id)" = "$(id_of 1)" ] && outbox_holds ""; }
# without MODE WORDS: the report goes without it, and who insists is told no more.
without() {
        sends "$1" && arrives && [ "$(names)" = "$plain" ] && state_of hook '.sequence == 1 and .failures == 0 and (.parked | length) == 0' || { cut -c 1-2000 "$got"; return 1; }
        sends "$1" /insists && [ "$(names)" = "$plain" ] && state_of hook '.sequence == 1 and (.parked | length) == 1' &&
                jq -e --arg words "$2" '.sinks[0].parked[0].reason | startswith("HTTP status 401") and contains($words)' "$state/state.json" || { cat "$state/state.json"; return 1; }
}
with() { sends normal && arrives && [ "$(names)" = "${plain/Content-Type/Content-Type ECS-Identity-Document ECS-Identity-Signature}" ] || { cut -c 1-2000 "$got"; return 1; }; }
: >"$service/pkcs7"
check "no signature" without normal 'does not sign'
check "no document" without missing 'no identity document'
none='a signature of the identity document is none'
head -c 75000 /dev/zero | base64 -w 0 >"$service/pkcs7"
check "a signature of 100 KB" without normal "$none"
head -c 9000 /dev/zero | base64 -w 0 >"$service/pkcs7"
check "one that a server would not take in a header" without normal 'too large'
head -c 5982 /dev/zero | base64 -w 0 >"$service/pkcs7"
check "one that it takes" with
head -c 5985 /dev/zero | base64 -w 0 >"$service/pkcs7"
check "a little more than is sent" without normal 'too large'
for bytes in 'AAAA\r\nX-Evil: 1\r\n' 'AAAA\nX-Evil: 1' 'AAAA\rX-Evil: 1' 'AA\001AAAAA' 'AAA\0AAAA' 'AAAA\r\n\r\nPOST / HTTP/1.1\r\n\r\n' 'AAA\177' 'AA\tA' 'AAA\303\251AAA' \
        '-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n' 'AAAAA' '=AAA' 'AAAA AAA' ' '; do
        # shellcheck disable=SC2059
        printf -- "$bytes" >"$service/pkcs7"
        check "a signature that is '$bytes'" without normal "$none"
done
# lines_of WIDTH EXPRESSION: what sed makes of them.
lines_of() { openssl smime -sign -binary -nodetach -outform DER -signer "$service/certificate.pem" -inkey "$service/key.pem" -in "$service/document" | base64 -w "$1" | sed -e "$2" >"$service/pkcs7"; }
lines_of 0 ''
check "base 64 in one line" eval 'with && received_as "$service/document"'
for lines in 64 76 1; do
        lines_of $lines ''
        check "base 64 in lines of $lines" eval 'with && received_as "$service/document"'
        lines_of $lines 's/$/\r/'
        check "with CR LF" eval 'with && received_as "$service/document"'
done
rm "$service/pkcs7"
printf '{"instance-id":"i-bp1test0000","x":"%s"}' "$(head -c 7000 /dev/zero | tr '\0' x)" >"$service/document"
check "a document that a server would not take in a header" without normal 'too large'
for bytes in '{"instance-id":"i-bp1test0000"}\r\nX-Evil: 1\r\n' '{"instance-id":"i-bp1test0000","x":"\001"' '{"instance-id":"i-bp1test0000\r\nX-Evil: 1"}' '\0' '{"instance-id":"i-bp1test0000","x":"\377"}'; do
        # shellcheck disable=SC2059
        printf -- "$bytes" >"$service/document"
        check "a document that is '$bytes'" without normal "an identity document is none"
done
# shellcheck disable=SC2059
printf "${documents[0]}" >"$service/document"
check "switched off" without disabled 'switched off'
not_ecs() { echo "Standard PC" >"$dmi/product_name"; without normal 'no ECS instance'; local code=$?; echo "Alibaba Cloud ECS" >"$dmi/product_name"; return $code; }
check "no instance" not_ecs

# What may come is waited for: a report that is refused for want of it would be lost.
waits() { sends "$1" /insists && [ ! -s "$got" ] && outbox_holds 1 && state_of hook '.sequence == 0 and .failures == 1 and (.parked | length) == 0 and (.reason | startswith("there is no signed identity document to send yet"))'; }
for mode in broken often nobody cut; do
        check "the service is $mode: the report waits" waits $mode
done
comes() { time_passes && again hook && : >"$got" && start normal && delivers && arrives && received_as "$service/document"; local code=$?; stop; return $code; }
check "until there is one" comes
tap_done
