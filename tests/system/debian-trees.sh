#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Real Debian trees, judged as mounted images: as the packages made them, and with what an installed system has besides.
agentctl=${1:?use: $0 AGENTCTL}
here=$(dirname "$0")
. "$here/tap.sh"

packages=systemd-sysv,ifupdown,isc-dhcp-client,kdump-tools,grub2-common
report=$tap_work/report

outcome() { jq -e --arg key "$1" --arg outcome "$2" '[.findings[] | select(.key == $key)] | length == 1 and .[0].outcome == $outcome' "$report" || { jq '.findings[] | {key, outcome, summary}' -c "$report"; return 1; }; }
none() { ! jq -r --arg outcome "$1" '.findings[] | select(.outcome == $outcome) | .key + ": " + .summary' "$report" | grep .; }
judge() { "$agentctl" --json --root "$1" ready >"$report" 2>"$tap_work/err"; [ $? -le 3 ] && [ ! -s "$tap_work/err" ]; }

# What a machine has and a tree of packages has not: a kernel, the menu that boots it, and file systems.
install() {
        local tree=$1
        : >"$tree/boot/vmlinuz-6.1.0-1-amd64"
        mkdir -p "$tree/boot/grub"
        cat >"$tree/boot/grub/grub.cfg" <<'END'
set default="0"
menuentry 'Debian GNU/Linux' --class debian {
        search --no-floppy --fs-uuid --set=root 6f2a3c1e-9d1b-4c55-8f0e-0123456789ab
        linux /boot/vmlinuz-6.1.0-1-amd64 root=UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab ro quiet crashkernel=384M-:128M
        initrd /boot/initrd.img-6.1.0-1-amd64
}
END
        echo 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"' >"$tree/etc/default/grub"
        cat >"$tree/etc/fstab" <<'END'
UUID=6f2a3c1e-9d1b-4c55-8f0e-0123456789ab / ext4 errors=remount-ro 0 1
/dev/vdb1 /data ext4 defaults 0 2
END
}

if [ "$(id -u)" -ne 0 ]; then
        skip "real trees" "mmdebstrap needs root here"
        tap_done
        exit
fi

for suite in bullseye bookworm trixie; do
        if ! tree=$("$here/make-tree" "$suite" "$packages" 2>"$tap_work/log"); then
                check "$suite: the tree can be made" false
                sed 's/^/# /' "$tap_work/log" | tail -n 20
                continue
        fi

        check "$suite: as the packages made it" judge "$tree"
        check "$suite: is known for what it is" jq -e --arg suite "$suite" '.host.osId == "debian" and (.host.osName | contains($suite)) and .host.arch == "x86_64" and .host.live == false' "$report"
        check "$suite: nothing fails" none fail
        check "$suite: nothing is unknown" none unknown

        copy=$tap_work/$suite
        cp -a --reflink=auto -- "$tree" "$copy" && install "$copy"
        check "$suite: as an installed system" judge "$copy"
        check "$suite: nothing is unknown there" none unknown
        check "$suite: a data disk stops the boot" outcome fstab-data-disk:/data fail
        check "$suite: its name changes" outcome fstab-device-name:/data fail
        check "$suite: kdump's tools are found" outcome kdump-tools pass
        check "$suite: kdump's service is enabled by its package" outcome kdump-service pass
        check "$suite: the next boot reserves memory" outcome kdump-reservation:next pass
        check "$suite: the package's own grub.d file does for later kernels" outcome kdump-reservation:future pass
        check "$suite: the directory that kdump-config makes itself is not missed" outcome kdump-target pass
        check "$suite: the missing serial console is seen" jq -e '[.findings[] | select(.probe == "console-serial" and .outcome == "fail")] | length > 0' "$report"
        rm -rf --one-file-system -- "$copy"
done

tap_done
