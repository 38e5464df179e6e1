/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/context.h"
#include "engine/devices.h"
#include "engine/root.h"
#include "test.h"
#include "tree.h"

#include <sys/sysmacros.h>

/* A machine: vda with vda1 (root) and vda2 (volume group sys), vdb with a data partition and one copy of the
 * root's UUID, vdc and vdd as a mirror below LUKS. */
static const char *const machine_files[] = {
        "proc/self/mountinfo",
        "1 1 0:2 / / rw - rootfs rootfs rw\n"
        "21 26 0:20 / /proc rw,relatime - proc proc rw\n"
        "26 1 253:1 / / rw,relatime shared:1 - ext4 /dev/root rw,discard\n",
        "sys/dev/block/253:1",
        "@../../devices/virtio1/block/vda/vda1",
        "sys/class/block/vda",
        "@../../devices/virtio1/block/vda",
        "sys/class/block/vda1",
        "@../../devices/virtio1/block/vda/vda1",
        "sys/class/block/vda2",
        "@../../devices/virtio1/block/vda/vda2",
        "sys/class/block/vdb",
        "@../../devices/virtio2/block/vdb",
        "sys/class/block/vdb1",
        "@../../devices/virtio2/block/vdb/vdb1",
        "sys/class/block/vdb2",
        "@../../devices/virtio2/block/vdb/vdb2",
        "sys/class/block/vdc",
        "@../../devices/virtio3/block/vdc",
        "sys/class/block/vdd",
        "@../../devices/virtio4/block/vdd",
        "sys/class/block/md0",
        "@../../devices/virtual/block/md0",
        "sys/class/block/dm-0",
        "@../../devices/virtual/block/dm-0",
        "sys/class/block/dm-1",
        "@../../devices/virtual/block/dm-1",
        "sys/class/block/loop0",
        "@../../devices/virtual/block/loop0",
        "sys/devices/virtio1/block/vda/dev",
        "253:0\n",
        "sys/devices/virtio1/block/vda/vda1/dev",
        "253:1\n",
        "sys/devices/virtio1/block/vda/vda1/partition",
        "1\n",
        "sys/devices/virtio1/block/vda/vda2/dev",
        "253:2\n",
        "sys/devices/virtio1/block/vda/vda2/partition",
        "2\n",
        "sys/devices/virtio2/block/vdb/dev",
        "253:16\n",
        "sys/devices/virtio2/block/vdb/vdb1/dev",
        "253:17\n",
        "sys/devices/virtio2/block/vdb/vdb1/partition",
        "1\n",
        "sys/devices/virtio2/block/vdb/vdb2/dev",
        "253:18\n",
        "sys/devices/virtio2/block/vdb/vdb2/partition",
        "2\n",
        "sys/devices/virtio3/block/vdc/dev",
        "253:32\n",
        "sys/devices/virtio4/block/vdd/dev",
        "253:48\n",
        "sys/devices/virtual/block/md0/dev",
        "9:0\n",
        "sys/devices/virtual/block/md0/slaves/vdc",
        "@../../../../virtio3/block/vdc",
        "sys/devices/virtual/block/md0/slaves/vdd",
        "@../../../../virtio4/block/vdd",
        "sys/devices/virtual/block/dm-0/dev",
        "252:0\n",
        "sys/devices/virtual/block/dm-0/dm/name",
        "sys-a--b\n",
        "sys/devices/virtual/block/dm-0/slaves/vda2",
        "@../../../../virtio1/block/vda/vda2",
        "sys/devices/virtual/block/dm-1/dev",
        "252:1\n",
        "sys/devices/virtual/block/dm-1/dm/name",
        "secret\n",
        "sys/devices/virtual/block/dm-1/slaves/md0",
        "@../../../../virtual/block/md0",
        "sys/devices/virtual/block/loop0/dev",
        "7:0\n",
        "dev/disk/by-uuid/1111-root",
        "@../../vda1",
        "dev/disk/by-uuid/2222-data",
        "@../../vdb1",
        "dev/disk/by-uuid/3333-lv",
        "@../../dm-0",
        "dev/disk/by-uuid/4444-luks",
        "@../../dm-1",
        "dev/disk/by-label/my\\x20disk",
        "@../../vdb1",
        "dev/disk/by-path/pci-0000:00:05.0-part1",
        "@../../vdb1",
        "dev/mapper/sys-a--b",
        "@../dm-0",
        "dev/vda1",
        "",
        "dev/vdb1",
        "",
        "dev/dm-0",
        "",
        "run/udev/data/b253:18",
        "I:123456\nE:ID_FS_UUID=1111-root\nE:ID_FS_UUID_ENC=1111-root\nE:ID_FS_TYPE=ext4\n",
        "run/udev/data/b253:1",
        "E:ID_FS_UUID_ENC=1111-root\nE:ID_FS_TYPE=ext4\nE:ID_PART_ENTRY_UUID=abc-01\n",
        NULL,
};

struct fixture {
        struct tree tree;
        struct root *root, *machine;
        struct context *context;
        struct scan_options options;
        const struct devices *devices;
};

/* Offline, the tree is the machine, and the judged root an empty directory in it. */
static int fixture_open(struct fixture *fixture, const char *const *files, const char *system_disk)
{
        _cleanup_free_ char *empty = NULL;

        *fixture = (struct fixture){ .options = { .system_disk = system_disk } };
        tree_new(&fixture->tree);
        tree_fill(&fixture->tree, files);
        tree_directory(&fixture->tree, "empty");
        empty = string_format("%s/empty", fixture->tree.name);
        if (system_disk) {
                CHECK_INT(root_open(fixture->tree.name, ROOT_LIVE, &fixture->machine), 0);
                fixture->options.machine = fixture->machine;
        }
        CHECK_INT(root_open(system_disk ? empty : fixture->tree.name, system_disk ? 0 : ROOT_LIVE,
                            &fixture->root),
                  0);
        CHECK_INT(context_new(fixture->root, &fixture->options, &fixture->context), 0);
        return devices_get(fixture->context, &fixture->devices);
}

static void fixture_close(struct fixture *fixture)
{
        fixture->context = context_free(fixture->context);
        fixture->root = root_free(fixture->root);
        fixture->machine = root_free(fixture->machine);
        tree_done(&fixture->tree);
}

static void check_place(struct fixture *fixture, const char *source, enum device_place place,
                        const char *name)
{
        struct fstab_line line = { .spec = text_from_string(source) };
        const struct block_device *device = NULL;
        enum device_place actual = DEVICE_NOT_SHOWN;

        CHECK_INT(devices_locate(fixture->context, &line, &actual, &device), 0);
        if (actual != place || !text_equal(text_from_string(device ? device->name : NULL), name ? name : ""))
                test_failed(__FILE__, __LINE__, "'%s' is at %d on %s, not at %d on %s", source, actual,
                            device ? device->name : "nothing", place, name ? name : "nothing");
}

TEST(live)
{
        struct fixture fixture;
        const struct block_device *device = NULL;
        size_t n = 0;

        CHECK_INT(fixture_open(&fixture, machine_files, NULL), 0);
        CHECK_STRING(fixture.devices->system_disk, "vda");
        check_place(&fixture, "UUID=3333-lv", DEVICE_ON_SYSTEM_DISK, "dm-0");
        check_place(&fixture, "UUID=\"3333-lv\"", DEVICE_ON_SYSTEM_DISK, "dm-0");
        check_place(&fixture, "/dev/disk/by-uuid/3333-lv", DEVICE_ON_SYSTEM_DISK, "dm-0");
        check_place(&fixture, "/dev/mapper/sys-a--b", DEVICE_ON_SYSTEM_DISK, "dm-0");
        check_place(&fixture, "/dev/sys/a-b", DEVICE_ON_SYSTEM_DISK, "dm-0");
        check_place(&fixture, "/dev/vda1", DEVICE_ON_SYSTEM_DISK, "vda1");
        check_place(&fixture, "UUID=2222-data", DEVICE_ELSEWHERE, "vdb1");
        check_place(&fixture, "LABEL=my disk", DEVICE_ELSEWHERE, "vdb1");
        check_place(&fixture, "/dev/disk/by-label/my\\x20disk", DEVICE_ELSEWHERE, "vdb1");
        check_place(&fixture, "/dev/disk/by-path/pci-0000:00:05.0-part1", DEVICE_ELSEWHERE, "vdb1");
        check_place(&fixture, "UUID=4444-luks", DEVICE_ELSEWHERE, "dm-1");
        check_place(&fixture, "UUID=1111-ROOT", DEVICE_MISSING, NULL);
        check_place(&fixture, "/dev/vdz1", DEVICE_MISSING, NULL);
        check_place(&fixture, "/dev/mapper/gone", DEVICE_MISSING, NULL);
        check_place(&fixture, "/dev/disk/by-path/other", DEVICE_MISSING, NULL);
        check_place(&fixture, "/dev/disk/by-id/other", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "ID=other", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "PARTLABEL=x", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "PARTUUID=abc-01", DEVICE_ON_SYSTEM_DISK, "vda1");
        /* One UUID, two file systems: the kernel may take the other one. */
        check_place(&fixture, "UUID=1111-root", DEVICE_ELSEWHERE, "vdb2");
        CHECK_INT(devices_find(fixture.devices, TEXT("UUID=1111-root"), &device, &n), 0);
        CHECK_INT(n, 2);
        fixture_close(&fixture);
}

TEST(disks)
{
        const struct block_device *device = NULL;
        _cleanup_free_ char *disks = NULL;
        struct fixture fixture;

        CHECK_INT(fixture_open(&fixture, machine_files, NULL), 0);
        CHECK_INT(devices_find(fixture.devices, TEXT("/dev/mapper/secret"), &device, NULL), 0);
        disks = device_disks(device);
        CHECK_STRING(disks, "vdc, vdd");
        CHECK_STRING(device->number, "252:1");
        CHECK_INT(devices_find(fixture.devices, TEXT("/dev/loop0"), &device, NULL), -ENODEV);
        fixture_close(&fixture);
}

TEST(named_disk)
{
        struct fixture fixture;

        CHECK_INT(fixture_open(&fixture, machine_files, "/dev/vdb"), 0);
        CHECK_STRING(fixture.devices->system_disk, "vdb");
        CHECK(fixture.devices->foreign);
        check_place(&fixture, "UUID=2222-data", DEVICE_ON_SYSTEM_DISK, "vdb1");
        /* The machine's own root has that UUID as well: it was made from the same image. */
        check_place(&fixture, "UUID=1111-root", DEVICE_ON_SYSTEM_DISK, "vdb2");
        check_place(&fixture, "UUID=3333-lv", DEVICE_ELSEWHERE, "dm-0");
        check_place(&fixture, "UUID=5555", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/vdb1", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/mapper/sys-a--b", DEVICE_ELSEWHERE, "dm-0");
        fixture_close(&fixture);
}

/* An image that lies on vdb1, with what its kernel is told about its root. */
static void open_image(struct fixture *fixture, const char *root, const char *other_root,
                       const char *system_disk)
{
        const char *files[ARRAY_SIZE(machine_files) + 8];
        _cleanup_free_ char *menu = NULL, *number = NULL;
        struct stat st;
        size_t n = 0;

        menu = string_format("menuentry 'a' {\n\tlinux /vmlinuz-3 root=%s ro\n}\n"
                             "menuentry 'b' {\n\tlinux /vmlinuz-2 root=%s ro\n}\n",
                             root, other_root);
        CHECK_INT(stat("/tmp", &st), 0);
        number = string_format("%u:%u\n", major(st.st_dev), minor(st.st_dev));
        for (; machine_files[n]; n += 2) {
                bool vdb1 = string_equal(machine_files[n], "sys/devices/virtio2/block/vdb/vdb1/dev");

                files[n] = machine_files[n];
                files[n + 1] = vdb1 ? number : machine_files[n + 1];
        }
        files[n++] = "empty/boot/vmlinuz-3";
        files[n++] = "";
        files[n++] = "empty/boot/grub2/grub.cfg";
        files[n++] = menu;
        files[n] = NULL;
        CHECK_INT(fixture_open(fixture, files, system_disk), 0);
}

TEST(image_names)
{
        struct fixture fixture;

        open_image(&fixture, "/dev/sda1", "/dev/sda1", "/dev/vdb");
        check_place(&fixture, "/dev/sda1", DEVICE_ON_SYSTEM_DISK, "vdb1");
        check_place(&fixture, "/dev/sda2", DEVICE_ON_SYSTEM_DISK, "vdb2");
        check_place(&fixture, "/dev/sda", DEVICE_ON_SYSTEM_DISK, "vdb");
        check_place(&fixture, "/dev/sda3", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/sdb1", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/vdb1", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/sda1x", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/disk/by-id/sda1", DEVICE_NOT_SHOWN, NULL);
        fixture_close(&fixture);

        open_image(&fixture, "/dev/nvme0n1p1", "/dev/nvme0n1p1", "/dev/vdb");
        check_place(&fixture, "/dev/nvme0n1p2", DEVICE_ON_SYSTEM_DISK, "vdb2");
        check_place(&fixture, "/dev/nvme0n1", DEVICE_ON_SYSTEM_DISK, "vdb");
        check_place(&fixture, "/dev/nvme0n11", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/nvme1n1p2", DEVICE_NOT_SHOWN, NULL);
        fixture_close(&fixture);
}

/* Other partition, other root of another entry, no name, another disk: nothing is concluded. */
TEST(image_names_that_are_not_shown)
{
        static const struct {
                const char *root, *other_root, *system_disk;
        } images[] = {
                { "/dev/sda2", "/dev/sda2", "/dev/vdb" },
                { "/dev/sda1", "/dev/sdb1", "/dev/vdb" },
                { "UUID=2222-data", "UUID=2222-data", "/dev/vdb" },
                { "$root", "$root", "/dev/vdb" },
                { "/dev/sda", "/dev/sda", "/dev/vdb" },
                { "/dev/sda1", "/dev/sda1", "/dev/vda" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
                struct fixture fixture;

                open_image(&fixture, images[i].root, images[i].other_root, images[i].system_disk);
                check_place(&fixture, "/dev/sda1", DEVICE_NOT_SHOWN, NULL);
                check_place(&fixture, "/dev/sda2", DEVICE_NOT_SHOWN, NULL);
                fixture_close(&fixture);
        }
}

TEST(copies_beside_an_image_do_not_count)
{
        const struct block_device *device = NULL;
        struct fixture fixture;
        size_t n = 0;

        CHECK_INT(fixture_open(&fixture, machine_files, "/dev/vdb"), 0);
        CHECK_INT(devices_find(fixture.devices, TEXT("UUID=1111-root"), &device, &n), 0);
        CHECK_STRING(device->name, "vdb2");
        CHECK_INT(n, 1);
        fixture_close(&fixture);
}

TEST(named_partition)
{
        struct fixture fixture;

        CHECK_INT(fixture_open(&fixture, machine_files, "/dev/vdb1"), 0);
        CHECK_STRING(fixture.devices->system_disk, "vdb");
        fixture_close(&fixture);
}

TEST(no_such_disk)
{
        struct fixture fixture;

        CHECK_INT(fixture_open(&fixture, machine_files, "/dev/vdz"), -ENODEV);
        CHECK_STRING(context_diag(fixture.context)->message,
                     "this machine has no block device /dev/vdz, which --system-disk names");
        fixture_close(&fixture);
}

TEST(container)
{
        static const char *const files[] = {
                "proc/self/mountinfo",
                "26 1 0:44 / / rw - overlay overlay rw\n",
                NULL,
        };
        struct fixture fixture;

        CHECK_INT(fixture_open(&fixture, files, NULL), 0);
        CHECK(fixture.devices->system_disk == NULL);
        check_place(&fixture, "UUID=1", DEVICE_NOT_SHOWN, NULL);
        check_place(&fixture, "/dev/vdb1", DEVICE_NOT_SHOWN, NULL);
        fixture_close(&fixture);
}

TEST(btrfs_root)
{
        static const char *const files[] = {
                "proc/self/mountinfo",
                "26 1 0:44 /@ / rw - btrfs /dev/mapper/sys-root rw\n",
                "dev/mapper/sys-root",
                "@../dm-3",
                "sys/class/block/dm-3/slaves/vdx",
                "",
                "sys/class/block/vdx/dev",
                "1:1\n",
                NULL,
        };
        struct fixture fixture;

        CHECK_INT(fixture_open(&fixture, files, NULL), 0);
        CHECK_STRING(fixture.devices->system_disk, "vdx");
        fixture_close(&fixture);
}

static void check_mapper(const char *source, int result, const char *expected)
{
        _cleanup_free_ char *name = NULL;

        CHECK_INT(device_parse_mapper(text_from_string(source), &name), result);
        CHECK_STRING(name, expected);
}

TEST(mapper_names)
{
        check_mapper("/dev/mapper/centos-swap", 0, "centos-swap");
        check_mapper("/dev/centos/swap", 0, "centos-swap");
        check_mapper("/dev/my-group/a-b", 0, "my--group-a--b");
        check_mapper("/dev/vda1", -EINVAL, NULL);
        check_mapper("/dev/disk/by-uuid/x", -EINVAL, NULL);
        check_mapper("/dev/md/0", -EINVAL, NULL);
        check_mapper("UUID=x", -EINVAL, NULL);
}

TEST(unstable_names)
{
        CHECK(device_name_is_unstable(TEXT("/dev/sda1")));
        CHECK(device_name_is_unstable(TEXT("/dev/nvme0n1p1")));
        CHECK(device_name_is_unstable(TEXT("/dev/disk/by-id/virtio-x")));
        CHECK(device_name_is_unstable(TEXT("ID=x")));
        CHECK(!device_name_is_unstable(TEXT("/dev/mapper/sda")));
        CHECK(!device_name_is_unstable(TEXT("/dev/disk/by-uuid/x")));
        CHECK(!device_name_is_unstable(TEXT("UUID=x")));
        CHECK(!device_name_is_unstable(TEXT("/dev/sd")));
}
