/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Boot loader files in the shape that each distribution's tools write; shortened, with values of our own. */

/* clang-format off */

#define SAMPLE_EL7 \
        "set pager=1\n" \
        "\n" \
        "if [ -s $prefix/grubenv ]; then\n" \
        "  load_env\n" \
        "fi\n" \
        "if [ \"${next_entry}\" ] ; then\n" \
        "   set default=\"${next_entry}\"\n" \
        "   set next_entry=\n" \
        "   save_env next_entry\n" \
        "   set boot_once=true\n" \
        "else\n" \
        "   set default=\"${saved_entry}\"\n" \
        "fi\n" \
        "\n" \
        "if [ x\"${feature_menuentry_id}\" = xy ]; then\n" \
        "  menuentry_id_option=\"--id\"\n" \
        "else\n" \
        "  menuentry_id_option=\"\"\n" \
        "fi\n" \
        "\n" \
        "export menuentry_id_option\n" \
        "\n" \
        "function savedefault {\n" \
        "  if [ -z \"${boot_once}\" ]; then\n" \
        "    saved_entry=\"${chosen}\"\n" \
        "    save_env saved_entry\n" \
        "  fi\n" \
        "}\n" \
        "\n" \
        "terminal_output console\n" \
        "set timeout=1\n" \
        "menuentry 'Example Linux (3.10.0-1160.el7.x86_64) 7 (Core)' --class example --class " \
        "gnu-linux --unrestricted $menuentry_id_option " \
        "'gnulinux-3.10.0-1160.el7.x86_64-advanced-1111' {\n" \
        "\tload_video\n" \
        "\tset gfxpayload=keep\n" \
        "\tinsmod gzio\n" \
        "\tset root='hd0,msdos1'\n" \
        "\tif [ x$feature_platform_search_hint = xy ]; then\n" \
        "\t  search --no-floppy --fs-uuid --set=root --hint='hd0,msdos1'  " \
        "11111111-2222-3333-4444-555555555555\n" \
        "\telse\n" \
        "\t  search --no-floppy --fs-uuid --set=root 11111111-2222-3333-4444-555555555555\n" \
        "\tfi\n" \
        "\tlinux16 /boot/vmlinuz-3.10.0-1160.el7.x86_64 " \
        "root=UUID=11111111-2222-3333-4444-555555555555 ro crashkernel=auto console=tty0 " \
        "console=ttyS0,115200n8 LANG=en_US.UTF-8\n" \
        "\tinitrd16 /boot/initramfs-3.10.0-1160.el7.x86_64.img\n" \
        "}\n" \
        "menuentry 'Example Linux (0-rescue-20240101) 7 (Core)' --class example " \
        "$menuentry_id_option 'gnulinux-0-rescue-20240101-advanced-1111' {\n" \
        "\tlinux16 /boot/vmlinuz-0-rescue-20240101 " \
        "root=UUID=11111111-2222-3333-4444-555555555555 ro crashkernel=auto\n" \
        "\tinitrd16 /boot/initramfs-0-rescue-20240101.img\n" \
        "}\n" \
        "if [ -f  ${config_directory}/custom.cfg ]; then\n" \
        "  source ${config_directory}/custom.cfg\n" \
        "fi\n"

#define SAMPLE_EL8 \
        "set pager=1\n" \
        "if [ -f ${config_directory}/grubenv ]; then\n" \
        "  load_env -f ${config_directory}/grubenv\n" \
        "elif [ -s $prefix/grubenv ]; then\n" \
        "  load_env\n" \
        "fi\n" \
        "set default=\"${saved_entry}\"\n" \
        "set tuned_params=\"transparent_hugepage=never\"\n" \
        "set tuned_initrd=\"\"\n" \
        "search --no-floppy --fs-uuid --set=boot 2222-AAAA\n" \
        "insmod part_msdos\n" \
        "if [ -z \"${kernelopts}\" ]; then\n" \
        "  set kernelopts=\"root=/dev/mapper/vg-root ro console=ttyS0 console=ttyS0,115200n8 \"\n" \
        "fi\n" \
        "insmod blscfg\n" \
        "blscfg\n"

#define SAMPLE_DEBIAN_12 \
        "set default=\"0\"\n" \
        "if [ x\"${feature_menuentry_id}\" = xy ]; then menuentry_id_option=\"--id\"; else " \
        "menuentry_id_option=\"\"; fi\n" \
        "menuentry 'Example GNU/Linux' --class gnu $menuentry_id_option 'gnulinux-simple-3333' {\n" \
        "\tinsmod part_gpt\n" \
        "\tsearch --no-floppy --fs-uuid --set=root 33333333-0000-0000-0000-000000000000\n" \
        "\techo\t'Loading Linux 6.1.0-18-amd64 ...'\n" \
        "\tlinux\t/boot/vmlinuz-6.1.0-18-amd64 root=UUID=33333333-0000-0000-0000-000000000000 ro " \
        " quiet crashkernel=384M-:128M\n" \
        "\techo\t'Loading initial ramdisk ...'\n" \
        "\tinitrd\t/boot/initrd.img-6.1.0-18-amd64\n" \
        "}\n" \
        "submenu 'Advanced options for Example GNU/Linux' $menuentry_id_option " \
        "'gnulinux-advanced-3333' {\n" \
        "\tmenuentry 'Example GNU/Linux, with Linux 6.1.0-18-amd64' --class gnu " \
        "$menuentry_id_option 'gnulinux-6.1.0-18-amd64-advanced-3333' {\n" \
        "\t\tlinux\t/boot/vmlinuz-6.1.0-18-amd64 root=UUID=33333333-0000-0000-0000-000000000000 " \
        "ro  quiet\n" \
        "\t\tinitrd\t/boot/initrd.img-6.1.0-18-amd64\n" \
        "\t}\n" \
        "\tmenuentry 'Example GNU/Linux, with Linux 6.1.0-18-amd64 (recovery mode)' --class gnu " \
        "$menuentry_id_option 'gnulinux-6.1.0-18-amd64-recovery-3333' {\n" \
        "\t\tlinux\t/boot/vmlinuz-6.1.0-18-amd64 root=UUID=33333333-0000-0000-0000-000000000000 " \
        "ro single \n" \
        "\t\tinitrd\t/boot/initrd.img-6.1.0-18-amd64\n" \
        "\t}\n" \
        "}\n"

#define SAMPLE_UBUNTU_22 \
        "if [ -s $prefix/grubenv ]; then\n" \
        "  set have_grubenv=true\n" \
        "  load_env\n" \
        "fi\n" \
        "if [ \"${initrdfail}\" = 2 ]; then\n" \
        "   set initrdfail=\n" \
        "elif [ \"${initrdfail}\" = 1 ]; then\n" \
        "   set next_entry=\"${prev_entry}\"\n" \
        "fi\n" \
        "set default=\"0\"\n" \
        "function gfxmode {\n" \
        "\tset gfxpayload=\"${1}\"\n" \
        "\tif [ \"${1}\" = \"keep\" ]; then\n" \
        "\t\tset vt_handoff=vt.handoff=7\n" \
        "\telse\n" \
        "\t\tset vt_handoff=\n" \
        "\tfi\n" \
        "}\n" \
        "set linux_gfx_mode=auto\n" \
        "menuentry 'Example' --class ubuntu $menuentry_id_option 'gnulinux-simple-4444' {\n" \
        "\tgfxmode $linux_gfx_mode\n" \
        "\tif [ \"${initrdfail}\" = 1 ]; then\n" \
        "\t  linux\t/boot/vmlinuz-5.15.0-100-generic root=PARTUUID=4444-5555 ro  console=tty1 " \
        "console=ttyS0\n" \
        "\t  initrd\t/boot/initrd.img-5.15.0-100-generic\n" \
        "\telse\n" \
        "\t  linux\t/boot/vmlinuz-5.15.0-100-generic root=PARTUUID=4444-5555 ro  console=tty1 " \
        "console=ttyS0 panic=-1\n" \
        "\tfi\n" \
        "\tinitrdfail\n" \
        "}\n" \
        "menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {\n" \
        "\tfwsetup\n" \
        "}\n"

#define SAMPLE_SLES_15 \
        "set btrfs_relative_path=\"y\"\n" \
        "export btrfs_relative_path\n" \
        "if [ -f ${config_directory}/grubenv ]; then\n" \
        "  load_env -f ${config_directory}/grubenv\n" \
        "fi\n" \
        "if [ \"${next_entry}\" ] ; then\n" \
        "   set default=\"${next_entry}\"\n" \
        "else\n" \
        "   set default=\"${saved_entry}\"\n" \
        "fi\n" \
        "menuentry 'SLES 15-SP5'  --class sles --class gnu $menuentry_id_option " \
        "'gnulinux-simple-6666' {\n" \
        "\tset root='hd0,gpt3'\n" \
        "\techo\t'Loading Linux 5.14.21-150500.55-default ...'\n" \
        "\tlinux\t/boot/vmlinuz-5.14.21-150500.55-default root=UUID=6666  ${extra_cmdline} quiet " \
        "\"dyndbg=file x.c +p\" console=ttyS0,115200 \n" \
        "\tinitrd\t/boot/initrd-5.14.21-150500.55-default\n" \
        "}\n" \
        "submenu 'Advanced options for SLES 15-SP5' --hotkey=1 $menuentry_id_option " \
        "'gnulinux-advanced-6666' {\n" \
        "\tmenuentry 'SLES 15-SP5, with Linux 5.14.21-150500.55-default (recovery mode)' " \
        "--hotkey=3 --class sles $menuentry_id_option " \
        "'gnulinux-5.14.21-150500.55-default-recovery-6666' {\n" \
        "\t\tlinux\t/boot/vmlinuz-5.14.21-150500.55-default root=UUID=6666 ${extra_cmdline} " \
        "single\n" \
        "\t\tinitrd\t/boot/initrd-5.14.21-150500.55-default\n" \
        "\t}\n" \
        "}\n" \
        "if [ -f ${config_directory}/custom.cfg ]; then\n" \
        "  source ${config_directory}/custom.cfg\n" \
        "elif [ -z \"${config_directory}\" -a -f  $prefix/custom.cfg ]; then\n" \
        "  source $prefix/custom.cfg;\n" \
        "fi\n"

#define SAMPLE_EL6 \
        "# grub.conf\n" \
        "#boot=/dev/vda\n" \
        "default=1\n" \
        "timeout 5\n" \
        "splashimage=(hd0,0)/boot/grub/splash.xpm.gz\n" \
        "hiddenmenu\n" \
        "title Example Linux (2.6.32-754.el6.x86_64)\n" \
        "\troot (hd0,0)\n" \
        "\tkernel /boot/vmlinuz-2.6.32-754.el6.x86_64 ro root=UUID=7777 rd_NO_LUKS " \
        "crashkernel=auto quiet\n" \
        "\tinitrd /boot/initramfs-2.6.32-754.el6.x86_64.img\n" \
        "title Example Linux (single user)\n" \
        "\troot (hd0,0)\n" \
        "\tkernel --no-mem-option /boot/vmlinuz-2.6.32-696.el6.x86_64 ro root=UUID=7777 single\n" \
        "\tinitrd /boot/initramfs-2.6.32-696.el6.x86_64.img\n" \
        "title Other\n" \
        "\trootnoverify (hd0)\n" \
        "\tchainloader +1\n"

#define SAMPLE_STUB_EL9 \
        "search --no-floppy --root-dev-only --fs-uuid --set=dev " \
        "88888888-aaaa-bbbb-cccc-000000000000\n" \
        "set prefix=($dev)/grub2\n" \
        "export $prefix\n" \
        "configfile $prefix/grub.cfg\n"

#define SAMPLE_STUB_UBUNTU \
        "search.fs_uuid 99999999-aaaa-bbbb-cccc-000000000000 root hd0,gpt1\n" \
        "set prefix=($root)'/boot/grub'\n" \
        "configfile $prefix/grub.cfg\n"
/* clang-format on */
