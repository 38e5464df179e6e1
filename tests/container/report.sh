#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# use: report.sh SUITE
# The reporter as systemd starts it: by the path unit after a change, by the timer after a boot, as a user who may nothing. What
# is put into the outbox reaches a file and a server, in order, over a reboot, and with the name of the instance.
. "$(dirname "$0")/agent.sh"
. "$agent_here/../system/certificates.bash"
. "$agent_here/network.sh"

report=ecs-guest-agent-report
agent_open

home=$tree/var/lib/ecs-guest-agent
outbox=$home/outbox
delivered=$tree/var/log/ecs-guest-agent/verdict.json
conf=$tree/etc/ecs-guest-agent/agent.conf.d/50-test.conf
units=$tree/etc/systemd/system

# What is installed, before any boot.
enabled() { [ "$(container_chroot systemctl is-enabled "$1")" = enabled ]; }
# Who may write where: the daemon into the outbox as well as the reporter, and each into its own place alone.
has_modes() {
        local path wanted
        while read -r path wanted; do
                [ "$(inside stat -c '%F %04a %U %G' "$path")" = "directory $wanted" ] || { echo "$path:"; inside stat -c '%F %04a %U %G' "$path"; return 1; }
        done <<'END'
/run/ecs-guest-agent 0755 root root
/var/lib/ecs-guest-agent 0755 root root
/var/lib/ecs-guest-agent/outbox 0770 root ecs-guest-agent
/var/lib/ecs-guest-agent/reporter 0750 ecs-guest-agent ecs-guest-agent
/var/log/ecs-guest-agent 0755 ecs-guest-agent ecs-guest-agent
END
}
for name in $report.path ecs-guest-agent-instance.path $report.timer; do
        check "$name is enabled" enabled "$name"
done
check "the user is there" grep -qE '^ecs-guest-agent:[^:]*:[0-9]+:[0-9]+:[^:]*:/var/lib/ecs-guest-agent/reporter:/usr/sbin/nologin$' "$tree/etc/passwd"

agent_boot
is_nowhere() { ! inside sh -c 'cat /proc/[0-9]*/comm' 2>/dev/null | grep -x agent-reporter; }
state_is() { [ "$(property ActiveState "$1")" = "$2" ] || { inside systemctl status --no-pager -l "$1"; return 1; }; }
outbox_is_empty() { [ -z "$(ls -A "$outbox")" ] || { ls -la "$outbox"; return 1; }; }
check "the directories are for who needs them" has_modes
check "the path unit waits" state_is $report.path active
check "the timer waits" state_is $report.timer active
check "the reporter is not resident" within 20000 is_nowhere
check "its unit is not" state_is $report.service inactive
check "without a sink nothing waits for delivery" outbox_is_empty

# A file. The timer has not run meanwhile, so that the path unit has done all of it.
add_disk() { echo "$data_disk" >>"$tree/etc/fstab"; }
remove_disk() { printf '%s\n' "$fstab" >"$tree/etc/fstab"; }
event() { jq -r "$1" "$delivered"; }
sequence() { event '.sequence | tonumber'; }
newer() { [ "$(sequence)" -gt "$1" ] || { jq -c 'del(.data.findings)' "$delivered"; return 1; }; }
says() { holds ".specversion == \"1.0\" and .type == \"io.ecsguest.readiness.v1\" and (.id | length == 36) and .data.verdict == \"$1\"" "$delivered"; }
# from_file USER: who has written it, and who said so.
from_file() {
        [ "$(inside stat -c %U "${delivered#"$tree"}")" = "$1" ] &&
                [ "$(journal _SYSTEMD_UNIT=$report.service | jq -r 'select(.MESSAGE | test("local: report 1 was delivered")) | ._UID')" = "$(inside id -u "$1")" ]
}
timer_has_run() { property LastTriggerUSec $report.timer | grep -v n/a | grep -q .; }
timer_has_not_run() { ! timer_has_run; }
mkdir -p "${conf%/*}"
printf '[Sink local]\ntype=file\npath=%s\n' "${delivered#"$tree"}" >"$conf"
inside systemctl reload "$unit"
check "a sink that is new gets the verdict" within 30000 test -s "$delivered"
check "which is an event" says ready
check "by the reporter's user" within 10000 from_file ecs-guest-agent
check "nothing is left in the outbox" within 10000 outbox_is_empty
check "nobody else may look into it" exits 2 inside_as 65534 ls /var/lib/ecs-guest-agent/outbox
: >"$tap_work/times"
# edited EDIT VERDICT: an edit is delivered.
edited() {
        local before
        before=$(sequence)
        $1
        within 30000 newer "$before" && echo "$took" >>"$tap_work/times" && says "$2"
}
for edit in add_disk:not_ready remove_disk:ready add_disk:not_ready remove_disk:ready add_disk:not_ready; do
        check "${edit%:*}: a new event" edited "${edit%:*}" "${edit#*:}"
        # The daemon takes its time after many scans in a row.
        sleep 2
done
check "nothing is left in the outbox" within 10000 outbox_is_empty
check "all by the path unit" timer_has_not_run
check "the reporter is not resident" within 10000 is_nowhere
measured "from an edit to the delivered file: $(sort -n "$tap_work/times" | awk '{ v[NR] = $1 } END { print v[1] " to " v[NR] " ms, median " v[int((NR + 1) / 2)] }')"
remove_disk
within 30000 says ready >/dev/null

# A server. Shortly after the boot of the machine the reporter would wait up to a minute first.
mkdir -p "$units/$report.service.d"
reporter=$(sed -n 's/^ExecStart=//p' "$(find "$tree/lib/systemd" "$tree/usr/lib/systemd" -name $report.service | head -n 1)")
# reporter_runs OPTION...: with these.
reporter_runs() {
        printf '[Service]\nExecStart=\nExecStart=%s\n' "$reporter $*" >"$units/$report.service.d/50-test.conf"
        [ -z "$container_leader" ] || inside systemctl daemon-reload
}
place() { cp "$2" "$tree/etc/ecs-guest-agent/$1" && chmod 0640 "$tree/etc/ecs-guest-agent/$1" && inside chown root:ecs-guest-agent "/etc/ecs-guest-agent/$1"; }
arrived() { received "$1" | tail -n 1; }
# The last event is the one that the file has.
arrived_like_file() { [ -s "$tap_work/received" ] && [ "$(arrived .id)" = "$(event .id)" ]; }
status_shows() { agentctl status 2>&1 | grep -E "$1" || { agentctl status; return 1; }; }
reporter_runs --spread 0
check "a CA" collector_prepare
check "a server with TLS" collector_begin
echo "a-token-of-ours" >"$tap_work/token"
place token "$tap_work/token"
place ca.pem "$tap_work/ca.pem"
printf '[Sink collector]\ntype=webhook\nurl=https://%s/events\nca=/etc/ecs-guest-agent/ca.pem\ntoken-file=/etc/ecs-guest-agent/token\n' "$collector" >>"$conf"
inside systemctl reload "$unit"
check "a server gets the last event" within 30000 arrived_like_file
check "as a CloudEvent, with the token" test "$(jq -r '.type + "|" + .authorization' "$tap_work/received")" = "application/cloudevents+json; charset=utf-8|Bearer a-token-of-ours"
check "nothing is left in the outbox" within 10000 outbox_is_empty
check "by the path unit" timer_has_not_run

# The server goes away, and two verdicts wait for it, over a reboot.
n_waiting() { [ "$(find "$outbox" -name '[0-9]*.json' | wc -l)" -eq "$1" ] || { ls -la "$outbox"; return 1; }; }
waiting_ids() { find "$outbox" -name '[0-9]*.json' | sort | xargs jq -r .id; }
check "the server is gone" collector_end
add_disk
check "a verdict waits" within 30000 n_waiting 1
check "agentctl status says why" within 30000 status_shows 'sink collector: [0-9]+ deliver.* failed'
check "the file does not wait for the server" within 10000 says not_ready
remove_disk
check "and another one" within 30000 n_waiting 2
check "agentctl status counts them" within 10000 status_shows '^Reports that wait for delivery: 2'
waiting=$(waiting_ids)
container_halt
# The timer of the package waits for up to a quarter of an hour after the boot. This one does the same, sooner.
mkdir -p "$units/$report.timer.d"
printf '[Timer]\nOnBootSec=\nOnCalendar=\nOnCalendar=*:*:0/2\nAccuracySec=100ms\nRandomizedDelaySec=0\n' >"$units/$report.timer.d/zz-test.conf"
agent_boot
check "after the reboot they still wait" n_waiting 2
check "agentctl status says so" status_shows '^Reports that wait for delivery: 2'
check "and why" status_shows 'sink collector: [0-9]+ deliver.* failed'
: >"$tap_work/received"
check "the server is back" collector_begin
check "both arrive" within 120000 outbox_is_empty
check "the older one first, as the same events" test "$(received .id)" = "$waiting"
check "started by the timer" timer_has_run
check "agentctl status has nothing to say" within 10000 exits 1 status_shows 'sink collector|that wait'
rm "$units/$report.timer.d/zz-test.conf"
reporter_runs --spread 0

# The name of the instance: agentd wants to know it, the reporter asks, agentd says what it heard. What machine this is stands
# in a /sys of our own. systemd gives the reporter a /proc of its own, in which the boot id is that of the machine below.
named='.instanceId == "i-bp1test0000" and .instanceType == "ecs.g7.large" and .regionId == "cn-hangzhou"'
from_instance() { holds ".source == \"acs:ecs:cn-hangzhou:1234567890123456:instance/i-bp1test0000\" and (.data.host | $named)" "$delivered"; }
pretend_instance() {
        inside mount -t tmpfs tmpfs /sys/class && inside mkdir -p /sys/class/dmi/id &&
                echo 'Alibaba Cloud ECS' | inside tee /sys/class/dmi/id/product_name >/dev/null
}
reporter_runs --spread 0
printf '[Service]\nProtectKernelTunables=no\nProtectControlGroups=no\nProtectProc=default\n' >"$units/$report.service.d/zz-boot-id.conf"
inside systemctl daemon-reload
check "the metadata service" metadata_begin
check "a machine of the platform" pretend_instance
before=$(sequence)
inside systemctl restart "$unit"
check "the daemon publishes which instance this is" within 60000 holds ".host | $named"
measured "from the start of the daemon to the name of the instance: $took ms"
check "it wants to know it no longer" within 10000 test ! -e "$run/instance-wanted"
check "which is no event" test "$(sequence)" = "$before"
check "the service was asked for a token first" grep -qm 1 '^PUT /latest/api/token' "$tap_work/service/log"
check "the cache is the reporter's own" test "$(inside stat -c %U /var/lib/ecs-guest-agent/reporter/metadata.json)" = ecs-guest-agent
check "and not for everybody" exits 1 inside_as 65534 cat /var/lib/ecs-guest-agent/reporter/metadata.json
asked=$(wc -l <"$tap_work/service/log")
add_disk
check "an event names the instance" within 60000 says not_ready
check "in its source, and in its report" from_instance
check "and so does the one at the server" within 10000 arrived_like_file
check "without another question" test "$(wc -l <"$tap_work/service/log")" -eq "$asked"
remove_disk
within 30000 says ready >/dev/null
rm "$units/$report.service.d/zz-boot-id.conf"
inside umount /sys/class
inside systemctl daemon-reload
inside systemctl restart "$unit"
within 30000 is_published >/dev/null

# Edits that come while the reporter is at it. systemd does not see what happens to a path while the service runs that it
# starts for it, so what comes after the reporter has looked for the last time is seen when agentd reminds of it.
rest_of_edits() { outbox_is_empty && [ "$(event .id)" = "$(arrived .id)" ] && says "$1"; }
for _ in $(seq 10); do
        add_disk
        sleep 0.3
        remove_disk
        sleep 0.3
done
add_disk
check "after many edits the last verdict is delivered" within 60000 rest_of_edits not_ready
measured "from the last of twenty quick edits to its delivery: $took ms"
printf '[Service]\nExecStartPost=/bin/sleep 3\n' >"$units/$report.service.d/60-test.conf"
inside systemctl daemon-reload
remove_disk
check "a verdict" within 30000 says ready
add_disk
check "one that comes when the reporter has just ended" within 60000 rest_of_edits not_ready
measured "from an edit that the path unit does not see to its delivery: $took ms"
rm "$units/$report.service.d/60-test.conf"
inside systemctl daemon-reload
remove_disk
check "and the one after it" within 60000 rest_of_edits ready

# What the confinement promises, by a program in the place of the reporter.
probe=/usr/local/bin/probe
cat >"$tree$probe" <<'END'
#!/bin/sh
exec >"$1" 2>&1
echo "user $(id -un) $(id -Gn)"
sed -n 's/^\(Cap[A-Z][a-z]*\|NoNewPrivs\|Seccomp\):[[:space:]]*/\1 /p' /proc/self/status
for file in /etc/shadow "$2" /var/lib/ecs-guest-agent/outbox.json /root/secret /home/secret /etc/ecs-guest-agent/token; do
        if cat "$file" >/dev/null 2>&1; then echo "reads $file"; else echo "does not read $file"; fi
done
find / -path /proc -prune -o \( -type d -o -type f \) -writable -print 2>/dev/null | sed 's/^/writes /'
find /proc/sys /sys -type f -writable -print 2>/dev/null | sed 's/^/writes /'
find /dev -type b | sed 's/^/has /'
echo here >/tmp/probe-was-here
echo "sees $(ls -d /proc/[0-9]* | grep -c -x -e /proc/1 -e "/proc/$PPID") others"
for family in 1=unix 2=inet 10=inet6 16=netlink 17=packet; do
        perl -MSocket -e 'my ($n, $name) = split /=/, $ARGV[0]; print socket(my $s, $n, SOCK_DGRAM, 0) ? "may $name\n" : "may not $name\n"' "$family"
done
unshare --user true && echo "makes namespaces"
echo "interfaces $(sed -n 's/^ *\([a-z0-9]*\):.*/\1/p' /proc/net/dev | paste -sd' ')"
echo "network $(readlink /proc/self/ns/net)"
END
chmod 755 "$tree$probe"
mkdir -p "$tree/var/open"
chmod 1777 "$tree/var/open"
echo secret | tee "$tree/root/secret" >"$tree/home/secret"
add_disk
check "there is an undo record" agentctl fix fstab
within 30000 rest_of_edits ready >/dev/null
record=$(cd "$tree" && find var/lib/ecs-guest-agent/undo -name record.json)
result=$tree/var/log/ecs-guest-agent/probe
printf '[Unit]\nConditionDirectoryNotEmpty=\n[Service]\nExecStart=\nExecStart=%s %s /%s\n' "$probe" "${result#"$tree"}" "$record" >"$units/$report.service.d/50-test.conf"
inside systemctl daemon-reload
check "a program in the place of the reporter" inside systemctl start $report.service
# probed WHAT [LINE...]: all that it has said of this.
probed() { [ -s "$result" ] && diff <(sed -n "s/^$1 //p" "$result" | sort) <([ $# -eq 1 ] || printf '%s\n' "${@:2}") || { cat "$result"; return 1; }; }
check "the reporter: its user, and no other group" probed user "ecs-guest-agent ecs-guest-agent"
check "the reporter: no capability, now or later" probed 'Cap[A-Z][a-z]*' 0000000000000000 0000000000000000 0000000000000000 0000000000000000 0000000000000000
check "the reporter: no new privileges" probed NoNewPrivs 1
check "the reporter: a filter of system calls" probed Seccomp 2
check "the reporter reads its token, and no secret" probed reads /etc/ecs-guest-agent/token
check "the reporter writes to its places, and to no other" probed writes /tmp /var/lib/ecs-guest-agent/outbox /var/lib/ecs-guest-agent/reporter \
        /var/lib/ecs-guest-agent/reporter/{lock,metadata.json,state.json} /var/log/ecs-guest-agent /var/log/ecs-guest-agent/{probe,verdict.json} /var/tmp
check "the reporter: /tmp is its own" test ! -e "/proc/$container_leader/root/tmp/probe-was-here"
check "the reporter sees no process of others" probed sees "0 others"
check "the reporter has no disk" probed has
check "the reporter speaks IP, and to local sockets" probed may inet inet6 'not netlink' 'not packet' unix
check "the reporter makes no namespaces" probed makes

# The same for the daemon, before it starts.
result=$home/probe
mkdir -p "$units/$unit.d"
printf '[Service]\nExecStartPre=%s %s /%s\n' "$probe" "${result#"$tree"}" "$record" >"$units/$unit.d/50-test.conf"
inside systemctl daemon-reload
# The container itself has more than lo, so that what the daemon sees says something.
check "another interface" eval '(on_its_network ip link add another0 type bridge) && (on_its_network grep another0: /proc/net/dev)'
check "a program before the daemon" inside systemctl restart "$unit"
check "the daemon speaks to local sockets alone" probed may 'not inet' 'not inet6' 'not netlink' 'not packet' unix
check "the daemon has no interface but lo" probed interfaces lo
other_network() { [ -s "$result" ] && [ "$(sed -n 's/^network //p' "$result")" != "$(inside readlink /proc/self/ns/net)" ] && [ "$(inside readlink "/proc/$(main_pid)/ns/net")" != "$(inside readlink /proc/self/ns/net)" ]; }
check "the daemon has a network of its own, with nobody in it" other_network
writes_where_fixes_do() { grep -qx 'writes /etc' "$result" && ! grep -E '^writes /(usr|root|home|run/lock)' "$result"; }
check "the daemon writes to /etc, and not to /usr" writes_where_fixes_do
check "the daemon: no new privileges" probed NoNewPrivs 1
check "the daemon makes no namespaces" probed makes

# What a purge takes away, and what it leaves: files may belong to the user.
check "purge" inside dpkg --purge ecs-guest-agent
check "nothing that was delivered or waits is left" test ! -e "$home" -a ! -e "${delivered%/*}"
check "the user stays" grep -q '^ecs-guest-agent:' "$tree/etc/passwd"

tap_done
