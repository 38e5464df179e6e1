/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/lvm.h"
#include "test.h"

static void check_number(const char *content, long expected)
{
        uint64_t value = 0;
        bool found = lvm_conf_number(text_from_string(content), "devices", "use_devicesfile", &value);

        CHECK_INT(found ? (long) value : -1, expected);
}

TEST(conf_number)
{
        check_number("", -1);
        check_number("devices {\n\tuse_devicesfile = 1\n}\n", 1);
        check_number("devices{use_devicesfile=0}", 0);
        check_number("devices/use_devicesfile=1\n", 1);
        check_number("devices {\n\t# use_devicesfile = 1\n}\n", -1);
        check_number("devices {\n\tx = \"# } use_devicesfile = 5\"\n\tuse_devicesfile = 1 # yes\n}\n", 1);
        check_number("devices {\n\tx = \"a\\\"}\"\n\tuse_devicesfile = 1\n}\n", 1);
        check_number("devices {\n\tx = [ \"a\", 2,\n 3 ]\n\tuse_devicesfile = 1\n}\n", 1);
        /* The last one counts. */
        check_number("devices { use_devicesfile = 1 }\ndevices { use_devicesfile = 0 }\n", 0);
        /* Elsewhere it means nothing. */
        check_number("global { use_devicesfile = 1 }\n", -1);
        check_number("use_devicesfile = 1\n", -1);
        check_number("tags { devices { use_devicesfile = 1 } }\n", -1);
        check_number("devices { x { } use_devicesfile = 1 }\n", -1);
        check_number("devices { my_use_devicesfile = 1 }\n", -1);
        check_number("devices { use_devicesfile = yes }\n", -1);
        check_number("devices { use_devicesfile =", -1);
        check_number("devices { use_devicesfile = \"", -1);
        check_number("}}} devices { use_devicesfile = 1 }", 1);
}

static const char listed[] = "# LVM uses devices listed in this file.\n"
                             "HASH=12\n"
                             "PRODUCT_UUID=4c4c-44\n"
                             "VERSION=1.1.3\n"
                             "IDTYPE=sys_serial IDNAME=bp1=x DEVNAME=/dev/vda2 PVID=abc PART=2\n"
                             "# IDTYPE=sys_wwid IDNAME=off\n"
                             "IDNAME=nothing DEVNAME=/dev/vdx\n"
                             "IDTYPE=devname\r\n";

TEST(devices)
{
        struct text rest = TEXT(listed);
        struct lvm_device device;
        unsigned number = 0;

        CHECK(lvm_devices_next(&rest, &number, &device));
        CHECK_INT(device.number, 5);
        CHECK_TEXT(device.id_type, "sys_serial");
        CHECK_TEXT(device.id_name, "bp1=x");
        CHECK_TEXT(device.device_name, "/dev/vda2");
        CHECK(lvm_devices_next(&rest, &number, &device));
        CHECK_INT(device.number, 8);
        CHECK_TEXT(device.id_type, "devname");
        CHECK_TEXT(device.id_name, "");
        CHECK(!lvm_devices_next(&rest, &number, &device));
}

TEST(machine)
{
        CHECK(lvm_devices_has(TEXT(listed), "PRODUCT_UUID"));
        CHECK(!lvm_devices_has(TEXT(listed), "HOSTNAME"));
        CHECK(!lvm_devices_has(TEXT("# HOSTNAME=a\nXHOSTNAME=b\n"), "HOSTNAME"));
        CHECK(!lvm_devices_has((struct text){ 0 }, "HOSTNAME"));
}
