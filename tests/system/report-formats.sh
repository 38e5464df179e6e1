#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# agentctl report: every format says the same, ends with the same exit code, and is read by those that it is made for, also
# when the files that were judged hold the worst that a file can hold. --output puts a whole file in place, or none.
# shellcheck disable=SC2016,SC2154
agentctl=$(realpath "${1:?use: $0 AGENTCTL}")
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"
. "$here/fix.bash"

formats="text json oneline html junit prometheus cloudevent"
cache=${ECS_GUEST_AGENT_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ecs-guest-agent-tests}

# Trees for each exit code.
make_root
echo 'nameserver 100.100.2.136' >"$root/etc/resolv.conf"
fstab=$root/etc/fstab
root_line='UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 errors=remount-ro 0 1'
clean() { rm -rf --one-file-system -- "$fstab"; echo "$root_line" >"$fstab"; }
failing() { clean; echo '/dev/vdb1 /data ext4 defaults 0 2' >>"$fstab"; }
unknown() { rm -f -- "$fstab"; mkdir "$fstab"; }
# Control characters of C0 and C1, quotes, markup, a backslash, text that ends a CDATA section or a comment, the direction of
# writing, bytes that are no UTF-8, and a noncharacter.
nasty=$'/d<img/src=x>&"\'\\]]>-->\033[31m\001\302\205\342\200\256\377\355\240\200\357\277\277</title></style>{}end'
hostile() { clean; printf '/dev/vdb1 %s ext4 defaults 0 2\n' "$nasty" >>"$fstab"; }
hostile_name() { hostile; printf 'ID="a\\"b<%b"\nPRETTY_NAME="X<script>%b"\nVERSION_ID=7\n' '\033\377' '\033\377' >"$root/etc/os-release"; }

report() { "$agentctl" --root "$root" report --format "$@"; }
ends_with() {
        local format status=0
        for format in $formats; do
                exits "$1" report "$format" || { echo "format $format"; status=1; }
                [ -s "$tap_work/out" ] && [ ! -s "$tap_work/err" ] || { echo "format $format: no result, or an error"; status=1; }
                exits "$1" report "$format" --output "$tap_work/report" && [ -s "$tap_work/report" ] && [ ! -s "$tap_work/out" ] || status=1
        done
        return $status
}
clean
check "exit code 0 in every format" ends_with 0
failing
check "exit code 1 in every format" ends_with 1
unknown
check "exit code 3 in every format" ends_with 3
refused_in_all() { local format; for format in $formats; do refuses 4 "cannot open the root" "$agentctl" --root "$root/nosuch" report --format "$format" || return 1; done; }
check "exit code 4 in every format" refused_in_all
check "exit code 2: the formats are named" refuses 2 "there are: ${formats// /, }" report pdf
full() { local format; for format in $formats; do report "$format" >/dev/full 2>"$tap_work/err"; [ $? -eq 4 ] || return 1; done; }
check "a full disk behind stdout, in every format" full

# What all formats have to keep to.
clean_bytes() { ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f]' "$1" && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null; }
# DEL and C1; JSON, which is for programs, has them as they are.
for_people() { ! LC_ALL=C grep -qP '\x7f|\xc2[\x80-\x9f]' "$1"; }
check_bytes() {
        local format
        for format in $formats; do
                report "$format" >"$tap_work/r.$format"
                clean_bytes "$tap_work/r.$format" || { echo "format $format"; return 1; }
                case $format in json | cloudevent) continue ;; esac
                for_people "$tap_work/r.$format" || { echo "format $format"; return 1; }
        done
}

# Junit: the elements as CI systems read them.
cat >"$tap_work/junit.dtd" <<'END'
<!ELEMENT testsuites (testsuite*)>
<!ATTLIST testsuites name CDATA #REQUIRED tests CDATA #REQUIRED failures CDATA #REQUIRED errors CDATA #REQUIRED
                     skipped CDATA #REQUIRED time CDATA #REQUIRED>
<!ELEMENT testsuite (properties, testcase+)>
<!ATTLIST testsuite name CDATA #REQUIRED tests CDATA #REQUIRED failures CDATA #REQUIRED errors CDATA #REQUIRED
                    skipped CDATA #REQUIRED time CDATA #REQUIRED timestamp CDATA #REQUIRED>
<!ELEMENT properties (property*)>
<!ELEMENT property EMPTY>
<!ATTLIST property name CDATA #REQUIRED value CDATA #REQUIRED>
<!ELEMENT testcase (failure | error | skipped | system-out)>
<!ATTLIST testcase name CDATA #REQUIRED classname CDATA #REQUIRED time CDATA #REQUIRED file CDATA #IMPLIED line CDATA #IMPLIED>
<!ELEMENT failure (#PCDATA)>
<!ATTLIST failure type CDATA #REQUIRED message CDATA #REQUIRED>
<!ELEMENT error (#PCDATA)>
<!ATTLIST error type CDATA #REQUIRED message CDATA #REQUIRED>
<!ELEMENT skipped EMPTY>
<!ATTLIST skipped message CDATA #REQUIRED>
<!ELEMENT system-out (#PCDATA)>
END
xpath() { xmllint --xpath "string($1)" "$tap_work/r.junit"; }
junit() {
        local kind element
        report junit >"$tap_work/r.junit"
        report json >"$tap_work/r.json"
        xmllint --noout --dtdvalid "$tap_work/junit.dtd" "$tap_work/r.junit" || return 1
        for kind in failures:failure errors:error skipped:skipped tests:testcase; do
                element=${kind#*:}
                [ "$(xpath "/testsuites/@${kind%:*}")" = "$(xpath "count(//$element)")" ] || return 1
                [ "$(xpath "sum(//testsuite/@${kind%:*})")" = "$(xpath "count(//$element)")" ] || return 1
        done
        [ "$(xpath 'count(//testcase)')" = "$(jq '.findings | length' "$tap_work/r.json")" ] &&
                [ "$(xpath 'count(//failure)')" = "$(jq '[.findings[] | select(.outcome == "fail" and .severity != "note" and .waived == null)] | length' "$tap_work/r.json")" ] &&
                [ "$(xpath 'count(//error)')" = "$(jq '.counts.unknown' "$tap_work/r.json")" ] &&
                [ "$(xpath 'count(//testcase[not(@name) or @name = preceding::testcase/@name])')" = 0 ]
}
html() {
        report html >"$tap_work/r.html"
        # Nothing is loaded from anywhere, and nothing can run.
        ! grep -qiE '<(script|link|img|iframe|object|base|form)|<[^>]*(src|href|action)=|url\(|@import|<[^>]* on[a-z]+=|http:|https:' "$tap_work/r.html" &&
                tidy -q -e "$tap_work/r.html"
}
prometheus() { report prometheus >"$tap_work/r.prometheus"; "$promtool" check metrics <"$tap_work/r.prometheus" >"$tap_work/said" 2>&1 && [ ! -s "$tap_work/said" ]; }
cloudevent() {
        report cloudevent >"$tap_work/r.cloudevent"
        report json >"$tap_work/r.json"
        # The data is the report.
        diff <(jq -S '.data | del(.time)' "$tap_work/r.cloudevent") <(jq -S 'del(.time)' "$tap_work/r.json") &&
                (cd "$modules" && timeout 60 node judge.js "$tap_work/r.cloudevent")
}

promtool=$(command -v promtool || echo "$cache/promtool/usr/bin/promtool")
# The tool alone: the package would start a service.
get_promtool() {
        local partial
        [ ! -x "$promtool" ] || return 0
        mkdir -p "$cache" && partial=$(mktemp -d "$cache/partial.XXXXXXXX") || return 1
        (cd "$partial" && apt-get download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool && rm -f prometheus_*.deb) &&
                { mv -T -- "$partial" "$cache/promtool" || [ -x "$promtool" ]; }
}
get_promtool >"$tap_work/log" 2>&1 || promtool=
modules=
if command -v npm >/dev/null && modules=$("$here/make-npm" cloudevents@8.0.3 2>"$tap_work/log"); then
        cp -r "$modules" "$tap_work/node" && modules=$tap_work/node
        cat >"$modules/judge.js" <<'END'
const { HTTP, CloudEvent } = require("cloudevents");
const body = require("fs").readFileSync(process.argv[2], "utf8");
const event = HTTP.toEvent({ headers: { "content-type": "application/cloudevents+json; charset=utf-8" }, body });
const must = (what, truth) => { if (!truth) { console.error("not true:", what); process.exitCode = 1; } };
must("one event", event instanceof CloudEvent);
must("valid", event.validate());
must("type", event.type === "io.ecsguest.readiness.v1" && event.type.length <= 64);
must("source", /^(acs:ecs:|urn:uuid:[0-9a-f-]{36}$)/.test(event.source) && event.source.length <= 128);
must("subject", event.subject === event.data.profile);
must("time", Date.parse(event.time) === Date.parse(event.data.time));
must("schema", event.data.schema === "io.ecsguest.report/1");
const strings = ["id", "source", "type", "subject", "time", "datacontenttype"].map((name) => event[name]).join("");
must("no control characters", !/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(strings));
END
fi

for tree in clean failing unknown hostile hostile_name; do
        "$tree"
        check "$tree: no control characters, valid UTF-8" check_bytes
        if command -v xmllint >/dev/null; then check "$tree: junit" junit; else skip "$tree: junit" "no xmllint"; fi
        if command -v tidy >/dev/null; then check "$tree: html" html; else skip "$tree: html" "no tidy"; fi
        if [ -n "$promtool" ]; then check "$tree: prometheus" prometheus; else skip "$tree: prometheus" "no promtool"; fi
        if [ -n "$modules" ]; then check "$tree: cloudevent" cloudevent; else skip "$tree: cloudevent" "no npm package cloudevents"; fi
done
check "what is hostile is in there" eval 'report junit | grep -qF "]]&gt;--&gt;\\x1b[31m" && report html | grep -qF "&lt;img/src=x&gt;&amp;&quot;" && report prometheus | grep -qF "&\\\"'"'"'\\\\]]>"'
check "and in the title" eval 'report html | grep -qF "<title>Not ready: X&lt;script&gt;"'
check "a missing judge is no reason to pass" eval '! echo "a{" | "${promtool:-false}" check metrics'

# In an order that a reader needs: what is worst stands first.
failing
first() { report html | grep -m1 -oE '<h3>[^<]*' | grep -q 'fstab-data-disk:/data'; }
check "html: the worst stands first" first
id_of() { report cloudevent | jq -r .id; }
check "events have ids of their own" eval '[ "$(id_of)" != "$(id_of)" ]'
source_of() { report cloudevent | jq -r .source; }
check "and one source for the same system" eval '[ "$(source_of)" = "$(source_of)" ]'

# A note that fails breaks no build, a waived finding is skipped, and says so.
"$agentctl" --root "$root" waive fstab-data-disk:/data --reason 'a <b> "c"' --until "$(date -d '+30 days' +%F)" >/dev/null
check "junit: waived" eval 'junit && [ "$(xpath "count(//testcase[@name = '"'fstab-data-disk:/data'"']/skipped)")" = 1 ] && grep -qF "a &lt;b&gt; &quot;c&quot;" "$tap_work/r.junit"'
check "html: waived" eval 'report html | grep -qF "Waived (1)"'
check "prometheus: waived" eval 'report prometheus | grep -qx "ecs_guest_agent_waived_findings 1"'

# --output.
failing
out=$tap_work/place
mkdir "$out"
whole() { exits 1 report json --output "$1" && jq -e .schema "$1" >/dev/null && [ "$(stat -c %a "$1")" = 644 ]; }
check "--output: a new file, for all to read" eval '(umask 077 && whole "$out/report.json")'
echo old >"$out/old" && chmod 600 "$out/old" && ln "$out/old" "$out/other"
check "--output: in the place of an old one" whole "$out/old"
check "--output: whose other names keep it" grep -qx old "$out/other"
relative() { (cd "$out" && whole relative.json); }
check "--output: a relative name" relative
victim=$tap_work/victim
echo precious >"$victim"
ln -s "$victim" "$out/link" && ln -s "$tap_work/nowhere" "$out/dangling" && mkfifo "$out/fifo" && mkdir "$out/directory"
for name in link dangling; do
        check "--output: no link is followed: $name" refuses 4 "symbolic link" report html --output "$out/$name"
done
check "--output: a link is left as it is" eval '[ -L "$out/link" ] && [ -L "$out/dangling" ] && [ ! -e "$tap_work/nowhere" ] && grep -qx precious "$victim"'
check "--output: no pipe" refuses 4 "no regular file" report html --output "$out/fifo"
check "--output: no device" refuses 4 "cannot write '/dev/full'" report html --output /dev/full
check "--output: no directory" refuses 4 "directory" report html --output "$out/directory"
check "--output: a name without a file" refuses 4 "directory" report html --output "$out/"
check "--output: nowhere" refuses 4 "cannot write" report html --output "$out/nosuch/report"
check "--output: nothing is left over" eval '[ -z "$(find "$out" -name ".*")" ]'
check "--output goes with report alone" refuses 2 "takes no option --output" "$agentctl" --root "$root" ready --output "$out/x"
small() { (ulimit -f 1; trap '' XFSZ; report html --output "$out/report.json" 2>/dev/null; [ $? -eq 4 ]) && jq -e .schema "$out/report.json" >/dev/null; }
check "--output: what cannot be written leaves the old one" small
check "--output: and nothing else" eval '[ -z "$(find "$out" -name ".*")" ]'

tap_done
