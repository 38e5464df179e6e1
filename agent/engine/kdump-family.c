/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/host.h"
#include "engine/kdump.h"

/* The families of kdump. Sources: the packages' file lists, kdumpctl(8), kdump-config(8), kdump(7). */

#define KEXEC                                                                                                \
        {                                                                                                    \
                { "/usr/sbin/kexec", "/sbin/kexec" }, "kexec-tools"                                          \
        }
#define KERNEL "/boot/vmlinuz-%s"

/* apt-get is given no terminal: debconf must not look for one. */
#define YUM(package)                                                                                         \
        .install = "yum install " package, .install_argv = { "/usr/bin/yum", "-y", "install", package },     \
        .remove_argv = { "/usr/bin/yum", "-y", "remove" }
#define DNF(package)                                                                                         \
        .install = "dnf install " package, .install_argv = { "/usr/bin/dnf", "-y", "install", package },     \
        .remove_argv = { "/usr/bin/dnf", "-y", "remove" }
#define APT(package)                                                                                         \
        .install = "apt-get install " package,                                                               \
        .install_argv = { "/usr/bin/env",     "DEBIAN_FRONTEND=noninteractive",                              \
                          "/usr/bin/apt-get", "-y",                                                          \
                          "install",          package },                                                     \
        .remove_argv = { "/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", "/usr/bin/apt-get", "-y",         \
                         "remove" }
#define ZYPPER(package)                                                                                      \
        .install = "zypper install " package,                                                                \
        .install_argv = { "/usr/bin/zypper", "--non-interactive", "install", package },                      \
        .remove_argv = { "/usr/bin/zypper", "--non-interactive", "remove" }

static const struct kdump_family release6 = {
        .tools = { { { "/etc/rc.d/init.d/kdump", "/etc/init.d/kdump" }, "kexec-tools" }, KEXEC },
        YUM("kexec-tools"),
        .unit = "kdump.service",
        .configuration = "/etc/kdump.conf",
        .initramfs = { "/boot/initrd-%skdump.img" },
        .inputs = { "/etc/kdump.conf", KERNEL },
        .rebuild = "touch /etc/kdump.conf; service kdump restart",
        .reserve = "add it to every kernel line of /boot/grub/grub.conf",
};

static const struct kdump_family release7 = {
        .tools = { { { "/usr/bin/kdumpctl", "/bin/kdumpctl" }, "kexec-tools" }, KEXEC },
        YUM("kexec-tools"),
        .unit = "kdump.service",
        .configuration = "/etc/kdump.conf",
        .initramfs = { "/boot/initramfs-%skdump.img", "/var/lib/kdump/initramfs-%skdump.img" },
        .inputs = { "/etc/kdump.conf", KERNEL },
        .rebuild = "touch /etc/kdump.conf; systemctl restart kdump",
        .reserve = "set it in GRUB_CMDLINE_LINUX of /etc/default/grub, then grub2-mkconfig",
};

static const struct kdump_family release8 = {
        .tools = { { { "/usr/bin/kdumpctl", "/bin/kdumpctl" }, "kexec-tools" }, KEXEC },
        DNF("kexec-tools"),
        .unit = "kdump.service",
        .configuration = "/etc/kdump.conf",
        .initramfs = { "/boot/initramfs-%skdump.img", "/var/lib/kdump/initramfs-%skdump.img" },
        .inputs = { "/etc/kdump.conf", KERNEL },
        .rebuild = "kdumpctl rebuild; systemctl restart kdump",
        .reserve = "grubby --update-kernel=ALL --args=crashkernel=VALUE",
};

static const struct kdump_family release9 = {
        .tools = { { { "/usr/bin/kdumpctl", "/bin/kdumpctl" }, "kexec-tools" }, KEXEC },
        DNF("kexec-tools"),
        .unit = "kdump.service",
        .configuration = "/etc/kdump.conf",
        .initramfs = { "/boot/initramfs-%skdump.img", "/var/lib/kdump/initramfs-%skdump.img" },
        .inputs = { "/etc/kdump.conf", KERNEL },
        .rebuild = "kdumpctl rebuild; systemctl restart kdump",
        .reserve = "kdumpctl reset-crashkernel --kernel=ALL",
};

static const struct kdump_family release10 = {
        .tools = { { { "/usr/bin/kdumpctl", "/bin/kdumpctl" }, "kdump-utils" }, KEXEC },
        DNF("kdump-utils"),
        .unit = "kdump.service",
        .configuration = "/etc/kdump.conf",
        .initramfs = { "/boot/initramfs-%skdump.img", "/var/lib/kdump/initramfs-%skdump.img" },
        .inputs = { "/etc/kdump.conf", KERNEL, "/etc/fstab" },
        .rebuild = "kdumpctl rebuild; systemctl restart kdump",
        .reserve = "kdumpctl reset-crashkernel --kernel=ALL",
};

static const struct kdump_family debian = {
        .tools = { { { "/usr/sbin/kdump-config" }, "kdump-tools" }, KEXEC },
        APT("kdump-tools"),
        .unit = "kdump-tools.service",
        .configuration = "/etc/default/kdump-tools",
        .initramfs = { "/var/lib/kdump/initrd.img-%s" },
        .rebuild = "kdump-config unload; kdump-config load",
        .reserve = "set it in /etc/default/grub.d/kdump-tools.cfg, then update-grub",
        .makes_directory = true, /* kdump-config: [ -d … ] || mkdir -p … */
};

static const struct kdump_family ubuntu = {
        .tools = { { { "/usr/sbin/kdump-config" }, "kdump-tools" }, KEXEC },
        APT("linux-crashdump"),
        .unit = "kdump-tools.service",
        .configuration = "/etc/default/kdump-tools",
        .initramfs = { "/var/lib/kdump/initrd.img-%s" },
        .rebuild = "kdump-config unload; kdump-config load",
        .reserve = "set it in /etc/default/grub.d/kdump-tools.cfg, then update-grub",
        .makes_directory = true, /* kdump-config: [ -d … ] || mkdir -p … */
};

static const struct kdump_family suse = {
        .tools = { { { "/usr/sbin/kdumptool", "/usr/sbin/mkdumprd", "/sbin/mkdumprd" }, "kdump" }, KEXEC },
        ZYPPER("kdump"),
        .unit = "kdump.service",
        .configuration = "/etc/sysconfig/kdump",
        .initramfs = { "/var/lib/kdump/initrd", "/boot/initrd-%s-kdump" },
        .inputs = { "/etc/sysconfig/kdump", KERNEL },
        .rebuild = "mkdumprd -f; systemctl restart kdump",
        .reserve = "kdumptool commandline -u",
        .is_suse = true,
};

static const struct kdump_family suse_script = {
        .tools = { { { "/usr/sbin/kdumptool", "/usr/sbin/mkdumprd", "/sbin/mkdumprd" }, "kdump" }, KEXEC },
        ZYPPER("kdump"),
        .unit = "boot.kdump.service",
        .configuration = "/etc/sysconfig/kdump",
        .initramfs = { "/var/lib/kdump/initrd", "/boot/initrd-%s-kdump" },
        .inputs = { "/etc/sysconfig/kdump", KERNEL },
        .rebuild = "mkdumprd -f; systemctl restart kdump",
        .reserve = "kdumptool commandline -u",
        .is_suse = true,
};

static const struct kdump_family *red_hat_family(unsigned level)
{
        static const struct kdump_family *const by_level[] = {
                [6] = &release6,
                [7] = &release7,
                [8] = &release8,
                [9] = &release9,
        };

        return level < ARRAY_SIZE(by_level) ? by_level[level] : &release10;
}

const struct kdump_family *kdump_family(const struct host *host)
{
        switch (host->family) {
        case HOST_RHEL:
                return red_hat_family(host->el_level);
        case HOST_DEBIAN:
                return &debian;
        case HOST_UBUNTU:
                return &ubuntu;
        case HOST_SUSE:
                return host->systemd ? &suse : &suse_script;
        default:
                return NULL;
        }
}
