/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/lvm.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct text input = { (const char *) data, size }, rest = input;
        struct lvm_device device;
        unsigned number = 0, last = 0;
        uint64_t value = 77;

        if (!lvm_conf_number(input, "devices", "use_devicesfile", &value))
                FUZZ_ASSERT(value == 77);
        while (lvm_devices_next(&rest, &number, &device)) {
                FUZZ_ASSERT(device.number == number && number > last);
                FUZZ_ASSERT(device.id_type.len > 0);
                last = number;
        }
        (void) lvm_devices_has(input, "PRODUCT_UUID");

        return 0;
}
