#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What others read in a file before and after a fix: libmount (findmnt --verify), systemd's fstab generator, and augeas. Each golden
# case that mends fstab is asked about by the first two; a row of the table below adds a file for augeas.
agentctl=$(realpath "${1:?use: $0 AGENTCTL [CASE...]}")
shift
here=$(cd "$(dirname "$0")" && pwd)
. "$here/tap.sh"

roots=$here/../roots
tree=$tap_work/tree
# Dates are those of UTC, wherever the machine stands.
export SOURCE_DATE_EPOCH=1769817600 TZ=PST8PDT

# is_asked CASE: all of them, or those named on the command line.
only=" $* "
is_asked() { [ "$only" = "  " ] || [[ $only == *" $1 "* ]]; }

# FILE | LENS | CASE | ARGUMENTS OF fix | the nodes that differ, as "- gone" and "+ new", in order, between semicolons
augeas_rows() {
        cat <<'END'
/etc/fstab | Fstab | fstab-data-disk-plain | fstab | + 2/opt[2] = "nofail"
/etc/fstab | Fstab | fstab-data-disk-plain | --strategy comment fstab | - 2 ; - 2/spec = "UUID=9be2-data" ; - 2/file = "/data" ; - 2/vfstype = "ext4" ; - 2/opt = "defaults" ; - 2/dump = "0" ; - 2/passno = "0" ; + #comment[3] = "ecs-guest-agent 2026-01-31: UUID=9be2-data /data ext4 defaults 0 0"
/etc/fstab | Fstab | fstab-data-disk-several | fstab-data-disk | + 2/opt[2] = "nofail" ; + 4/opt[3] = "nofail" ; + 5/opt[2] = "nofail"
/etc/fstab | Fstab | fstab-data-disk-bind | fstab | + 3/opt[2] = "nofail" ; + 5/opt[2] = "nofail" ; + 6/opt[4] = "nofail"
/etc/fstab | Fstab | fstab-live-device-name | fstab-device-name | - 2/spec = "/dev/vdb1" ; + 2/spec = "UUID=4444-data" ; - 3/spec = "/dev/disk/by-path/pci-0000:00:05.0-part1" ; + 3/spec = "UUID=4444-data" ; - 4/spec = "/dev/vda2" ; + 4/spec = "UUID=2222-swap"
/etc/fstab | Fstab | fstab-network-required | fstab-network | + 2/opt[3] = "nofail" ; + 3/opt[3] = "nofail" ; + 7/opt[2] = "nofail" ; + 8/opt[2] = "nofail"
/etc/fstab | Fstab | fstab-network-device | fstab-network | + 2/opt[2] = "_netdev" ; + 3/opt[2] = "_netdev" ; + 5/opt[2] = "_netdev" ; + 5/opt[3] = "nofail"
/etc/fstab | Fstab | fstab-root-nofail | fstab-root | - 1/opt[2] = "nofail" ; - 2/opt = "nofail" ; + 2/opt = "defaults" ; - 3/opt = "noauto" ; - 3/opt[2] = "nofail" ; + 3/opt = "defaults"
/etc/default/grub | Shellvars | console-v25-el7-bios | console | - GRUB_CMDLINE_LINUX = "\"crashkernel=auto console=ttyS0 console=ttyS0,115200n8\"" ; + GRUB_CMDLINE_LINUX = "\"crashkernel=auto console=tty0 console=ttyS0,115200n8\""
/etc/default/grub | Shellvars | console-v25-el8 | console | - GRUB_CMDLINE_LINUX = "\"crashkernel=auto net.ifnames=0 console=ttyS0 console=ttyS0,115200n8\"" ; + GRUB_CMDLINE_LINUX = "\"crashkernel=auto net.ifnames=0 console=tty0 console=ttyS0,115200n8\""
/etc/default/grub | Shellvars | console-debian12-no-serial | console | - GRUB_CMDLINE_LINUX_DEFAULT = "\"quiet\"" ; + GRUB_CMDLINE_LINUX_DEFAULT = "\"quiet console=tty0 console=ttyS0,115200n8\""
/etc/default/grub | Shellvars | console-sles15 | console | - GRUB_CMDLINE_LINUX_DEFAULT = "\"crashkernel=auto console=ttyS0 console=ttyS0,115200n8\"" ; + GRUB_CMDLINE_LINUX_DEFAULT = "\"crashkernel=auto console=tty0 console=ttyS0,115200n8\""
/etc/default/grub.d/50-cloudimg-settings.cfg | Shellvars | console-v30d-appended | console | - GRUB_CMDLINE_LINUX_DEFAULT = "\"console=tty1 console=ttyS0\"" ; + GRUB_CMDLINE_LINUX_DEFAULT = "\"console=tty1\""
/boot/grub/grub.conf | Grub | console-v25-el6 | console | - title/kernel/console = "ttyS0" ; + title/kernel/console = "tty0" ; - title[2]/kernel/console = "ttyS0" ; + title[2]/kernel/console = "tty0"
/etc/default/grub | Shellvars | kdump-fix-centos7 | kdump | - GRUB_CMDLINE_LINUX = "\"rd.lvm.lv=centos/swap resume=/dev/mapper/centos-swap rhgb quiet\"" ; + GRUB_CMDLINE_LINUX = "\"rd.lvm.lv=centos/swap resume=/dev/mapper/centos-swap rhgb quiet crashkernel=auto\""
/etc/default/grub | Shellvars | swap-fix-centos7-lvm | swap | - GRUB_CMDLINE_LINUX = "\"crashkernel=auto rd.lvm.lv=centos/root rd.lvm.lv=centos/swap rhgb quiet console=tty0 console=ttyS0,115200n8\"" ; + GRUB_CMDLINE_LINUX = "\"crashkernel=auto rd.lvm.lv=centos/root rhgb quiet console=tty0 console=ttyS0,115200n8\""
/etc/default/grub.d/kdump-tools.cfg | Shellvars | kdump-fix-debian12-cfg | kdump-reservation | + GRUB_CMDLINE_LINUX_DEFAULT[2] = "\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=384M-:128M\""
/boot/grub/grub.conf | Grub | kdump-fix-centos6 | kdump | + title/kernel/crashkernel = "auto"
/etc/kdump.conf | Kdump | kdump-fix-target-rhel9 | kdump-target | - path = "/dumps" ; + path = "/var/crash"
/etc/kdump.conf | Kdump | kdump-target-file | kdump-target | - path = "/var/crash/notes" ; + path = "/var/crash"
/etc/default/kdump-tools | Shellvars | kdump-fix-target-debian12 | kdump-target | - KDUMP_COREDIR = "\"/dumps\"" ; + KDUMP_COREDIR = "\"/var/crash\""
/etc/default/kdump-tools | Shellvars | kdump-service-use-kdump-off | kdump-service | - USE_KDUMP = "0" ; + USE_KDUMP = "1"
/etc/sysconfig/kdump | Shellvars | kdump-fix-target-sles15 | kdump-target | - KDUMP_SAVEDIR = "\"file:///dumps\"" ; + KDUMP_SAVEDIR = "\"file:///var/crash\""
/etc/resolv.conf | Resolv | dns-centos7-no-option | dns | + options ; + options/timeout = "2" ; + options/attempts = "3" ; + options/rotate ; + options/single-request-reopen
/etc/resolv.conf | Resolv | dns-loopback-and-upstream | dns | + options ; + options/timeout = "2" ; + options/attempts = "3" ; + options/rotate ; + options/single-request-reopen
/etc/net/resolv.conf | Resolv | dns-fix-v1a-relative-link | dns | + options ; + options/timeout = "2" ; + options/attempts = "3" ; + options/rotate ; + options/single-request-reopen
/etc/sysconfig/network-scripts/ifcfg-eth0 | Shellvars | dns-nm-ifcfg-no-option | dns | + RES_OPTIONS = "\"single-request-reopen\""
/etc/sysconfig/network/config | Shellvars | dns-netconfig-no-option | dns | - NETCONFIG_DNS_RESOLVER_OPTIONS = "\"\"" ; + NETCONFIG_DNS_RESOLVER_OPTIONS = "\"single-request-reopen\""
/etc/resolvconf.conf | Shellvars | dns-openresolv-no-option | dns | + resolv_conf_options = "\"single-request-reopen\""
/etc/NetworkManager/system-connections/eth0.nmconnection | NetworkManager | dns-nm-keyfile-no-option | dns | + ipv4/dns-options = "single-request-reopen;"
END
}

# make_case CASE: the tree of a golden case.
make_case() {
        local case=$roots/$1/case.json base root step path
        chmod -R u+rwx "$tree" 2>/dev/null
        rm -rf --one-file-system -- "$tree"
        mkdir -p "$tree"
        base=$(jq -r '.base // empty' "$case")
        root=$roots/$1/$(jq -r '.root // "root"' "$case")
        [ -z "$base" ] || cp -a "$roots/.bases/$base/." "$tree" || return 1
        [ ! -d "$root" ] || cp -a "$root/." "$tree" || return 1
        while read -r step; do
                path=$tree$(jq -r .path <<<"$step")
                mkdir -p "${path%/*}"
                case $(jq -r .do <<<"$step") in
                write) rm -f "$path"; jq -j .text <<<"$step" >"$path" ;;
                writeHex) rm -f "$path"; jq -r .hex <<<"$step" | sed 's/../\\x&/g' | xargs -0 printf '%b' | head -c -1 >"$path" ;;
                chmod) chmod "$(jq -r .mode <<<"$step")" "$path" ;;
                mkdir) mkdir -p "$path" ;;
                symlink) ln -sfn "$(jq -r .to <<<"$step")" "$path" ;;
                *) echo "cannot make '$step'"; return 1 ;;
                esac
        done < <(jq -c '.setup[]?' "$case")
}

# run CASE ARGUMENTS...: agentctl on the tree of the case; something may stay as it is, or be unknown.
run() {
        local live=()
        [ "$(jq -r .live "$roots/$1/case.json")" != true ] || live=(--assume-live)
        "$agentctl" --json --root "$tree" "${live[@]}" "${@:2}" >"$tap_work/out" 2>"$tap_work/err"
        local code=$?
        [ $code -le 1 ] || [ $code -eq 3 ] || { echo "agentctl ${*:2} ends with $code"; cat "$tap_work/out" "$tap_work/err"; return 1; }
}

# --- augeas

nodes() {
        augtool --noautoload --transform "$1 incl $2" --root "$tree" print "/files$2" >"$tap_work/nodes" || return 1
        [ -s "$tap_work/nodes" ] || { echo "augeas reads nothing of $2:"; augtool --noautoload --transform "$1 incl $2" --root "$tree" print /augeas//error; return 1; }
        # One of several is [1], and the only one has no number.
        sed "s|^/files$2/||; s/\[1\]//g" "$tap_work/nodes"
}

only_intended_nodes() {
        local file=$1 lens=$2 case=$3 arguments=$4 expected=$5
        make_case "$case" && nodes "$lens" "$file" >"$tap_work/before" || return 1
        # shellcheck disable=SC2086
        run "$case" fix $arguments && nodes "$lens" "$file" >"$tap_work/after" || return 1
        diff "$tap_work/before" "$tap_work/after" | sed -n 's/^< /- /p; s/^> /+ /p' >"$tap_work/differ"
        sed 's/^ *//; s/ *$//; s/ ; /\n/g' <<<"$expected" | diff - "$tap_work/differ"
}

# --- libmount

table() { findmnt --tab-file "$1" -n -r -o TARGET,SOURCE,FSTYPE,OPTIONS,FREQ,PASSNO; }
# What it complains of, but for what this machine has not: "TARGET: complaint".
verify() {
        LC_ALL=C findmnt --verify --tab-file "$1" 2>&1 | awk '
        /parse error at line/ { sub(/^.*parse error/, "parse error"); print }
        /^\// { target = $0 }
        /^ +\[[EW]\]/ && !/unreachable|cannot detect on-disk/ { print target ": " $0 }'
}

# findmnt complains of nothing that it did not complain of before, and lines that a fix did not touch read alike.
findmnt_agrees() {
        verify "$tap_work/fstab-before" | sort >"$tap_work/verify-before"
        verify "$1" | sort >"$tap_work/verify-after"
        comm -13 "$tap_work/verify-before" "$tap_work/verify-after" | grep . && return 1
        untouched_targets <(table "$tap_work/fstab-before") >"$tap_work/table-before"
        untouched_targets <(table "$1") >"$tap_work/table-after"
        diff "$tap_work/table-before" "$tap_work/table-after"
}

# Of a table, the lines whose target stands in no line that was changed.
untouched_targets() { awk 'NR == FNR { changed[$0]; next } !($1 in changed)' "$tap_work/targets-escaped" "$1"; }

# --- systemd

generator=
for path in /usr/lib/systemd/system-generators/systemd-fstab-generator /lib/systemd/system-generators/systemd-fstab-generator; do
        [ ! -x "$path" ] || generator=$path
done

generate() {
        mkdir -p "$2"
        SYSTEMD_FSTAB=$1 "$generator" "$2" "$2" "$2" 2>"$tap_work/generator.log" || { echo "the generator fails on $1"; cat "$tap_work/generator.log"; return 1; }
        # What names the file itself is no difference.
        find "$2" -type f -exec sed -i '/^SourcePath=/d' {} +
}

unit_of() { systemd-escape --path --suffix=mount -- "$1"; }

# Units of lines that a fix did not touch are the same, byte for byte, and wanted by the same.
generator_agrees() {
        rm -rf "$tap_work/units-before" "$tap_work/units-after"
        # A file that it ends on has no units.
        generate "$tap_work/fstab-before" "$tap_work/units-before" || return 1
        generate "$1" "$tap_work/units-after" || return 1
        local differing unit target
        differing=$(cd "$tap_work" && diff -rq --no-dereference units-before units-after | grep -o '[^ /:]*\.mount' | sort -u)
        for unit in $differing; do
                while read -r target; do
                        [ "$unit" != "$(unit_of "$target")" ] || continue 2
                done <"$tap_work/targets"
                echo "$unit differs, and its line was not touched"
                diff -r --no-dereference "$tap_work/units-before" "$tap_work/units-after"
                return 1
        done
}

# has_link UNITS KIND UNIT: of local-fs.target, or of remote-fs.target for what _netdev made a network file system.
has_link() { [ -L "$tap_work/$1/local-fs.target.$2/$3" ] || [ -L "$tap_work/$1/remote-fs.target.$2/$3" ]; }

# What ended the boot is wanted only (nofail), or no unit any more (comment).
boot_goes_on() {
        local strategy=$1 unit target bad=0
        while read -r target; do
                unit=$(unit_of "$target")
                has_link units-before requires "$unit" || { echo "$unit did not end the boot"; bad=1; }
                ! has_link units-after requires "$unit" || { echo "$unit still ends the boot"; bad=1; }
                if [ "$strategy" = comment ]; then
                        [ ! -e "$tap_work/units-after/$unit" ] || { echo "$unit is still there"; bad=1; }
                else
                        has_link units-after wants "$unit" || { echo "$unit is not wanted"; bad=1; }
                fi
        done <"$tap_work/cured"
        return $bad
}

# --- each golden fix of fstab

# The targets of the lines that differ, of either side: as written, and decoded.
changed_targets() {
        diff "$tap_work/fstab-before" "$1" | sed -n 's/^[<>] *//p' |
                sed 's/^\xef\xbb\xbf//; s/^# ecs-guest-agent [0-9-]*: //' | awk '!/^#/ && NF > 1 {print $2}' | sort -u >"$tap_work/targets-raw"
        grep '^/' "$tap_work/targets-raw" | sed 's/\\/\\0/g' | while read -r target; do printf '%b\n' "$target"; done >"$tap_work/targets"
        # As findmnt --raw writes them.
        sed 's/\\040/\\x20/g' "$tap_work/targets-raw" >"$tap_work/targets-escaped"
}

# mend CASE NUMBER: does what element NUMBER of the case's fixes says.
mend() {
        local arguments=()
        make_case "$1" || return 1
        cp "$file" "$tap_work/fstab-before"
        run "$1" check fstab || return 1
        jq -r '.findings[] | select(.probe == "fstab-data-disk" and .outcome == "fail" and .severity == "critical" and .path == "/etc/fstab")
                | .key | sub("^fstab-data-disk:"; "") | sub("#[0-9]*$"; "")' "$tap_work/out" >"$tap_work/cured"
        mapfile -t arguments < <(jq -r '(.options // []) + .names | .[]' <<<"$2")
        run "$1" fix "${arguments[@]}" || return 1
        ! cmp -s "$tap_work/fstab-before" "$file" || { echo "nothing was changed"; return 1; }
        # Only what this fix was asked to mend.
        run "$1" check fstab || return 1
        jq -r '.findings[] | select(.outcome == "fail") | .key | sub("^fstab-data-disk:"; "") | sub("#[0-9]*$"; "")' "$tap_work/out" >"$tap_work/left"
        grep -vxFf "$tap_work/left" "$tap_work/cured" >"$tap_work/cured-now"
        mv "$tap_work/cured-now" "$tap_work/cured"
        changed_targets "$file"
}

while IFS='|' read -r file lens case arguments expected; do
        read -r file <<<"$file"
        read -r lens <<<"$lens"
        read -r case <<<"$case"
        read -r arguments <<<"$arguments"
        is_asked "$case" || continue
        check "augeas: $case, fix $arguments, changes what it should in $file" only_intended_nodes "$file" "$lens" "$case" "$arguments" "$expected"
done < <(augeas_rows)

[ -n "$generator" ] || { echo "there is no systemd-fstab-generator"; exit 1; }
for case in "$roots"/*/case.json; do
        name=${case%/case.json}
        name=${name##*/}
        is_asked "$name" || continue
        while read -r fix; do
                file=$tree$(jq -r '.changed[]' <<<"$fix" | grep 'fstab$')
                strategy=$(jq -r 'if (.options // []) | index("comment") then "comment" else "nofail" end' <<<"$fix")
                title="$name, fix $(jq -r '(.options // []) + .names | join(" ")' <<<"$fix")"
                check "$title" mend "$name" "$fix"
                check "findmnt: $title" findmnt_agrees "$file"
                # Without systemd nothing of it has to be read by its generator.
                [ "$(jq -r .base "$case")" != centos6 ] || continue
                check "generator: $title, other units are the same" generator_agrees "$file"
                check "generator: $title, the boot goes on without the $(wc -l <"$tap_work/cured") disks" boot_goes_on "$strategy"
        done < <(jq -c '[.fix // empty, .fixes[]?][] | select((.changed // []) | any(endswith("fstab")))' "$case")
done

tap_done
