/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/console-argument.h"
#include "test.h"

TEST(devices)
{
        static const struct {
                const char *value, *name;
                unsigned index;
                enum console_type type;
                enum console_fault fault;
        } cases[] = {
                { "tty0", "tty", 0, CONSOLE_TYPE_VIRTUAL, CONSOLE_FAULT_NONE },
                { "tty1", "tty", 1, CONSOLE_TYPE_VIRTUAL, CONSOLE_FAULT_NONE },
                { "tty", "tty", 0, CONSOLE_TYPE_VIRTUAL, CONSOLE_FAULT_NONE },
                { "ttyS0,115200n8", "ttyS", 0, CONSOLE_TYPE_SERIAL, CONSOLE_FAULT_NONE },
                { "ttyS12", "ttyS", 12, CONSOLE_TYPE_SERIAL, CONSOLE_FAULT_NONE },
                { "1,9600", "ttyS", 1, CONSOLE_TYPE_SERIAL, CONSOLE_FAULT_NONE },
                { "ttyAMA0,115200", "ttyAMA", 0, CONSOLE_TYPE_SERIAL, CONSOLE_FAULT_NONE },
                { "hvc0", "hvc", 0, CONSOLE_TYPE_HYPERVISOR, CONSOLE_FAULT_NONE },
                { "xvc0", "xvc", 0, CONSOLE_TYPE_HYPERVISOR, CONSOLE_FAULT_NONE },
                { "netcon0", "netcon", 0, CONSOLE_TYPE_NETWORK, CONSOLE_FAULT_NONE },
                { "netconsole", "netconsole", 0, CONSOLE_TYPE_NETWORK, CONSOLE_FAULT_NONE },
                { "ttynull", "ttynull", 0, CONSOLE_TYPE_NONE, CONSOLE_FAULT_NONE },
                { "null", "null", 0, CONSOLE_TYPE_NONE, CONSOLE_FAULT_NONE },
                { "", "", 0, CONSOLE_TYPE_NONE, CONSOLE_FAULT_NONE },
                { "uart8250,io,0x3f8,9600n8", "uart8250", 0, CONSOLE_TYPE_EARLY, CONSOLE_FAULT_NONE },
                { "uart,mmio32,0x9000000", "uart", 0, CONSOLE_TYPE_EARLY, CONSOLE_FAULT_NONE },
                { "brl,ttyS0", "brl", 0, CONSOLE_TYPE_BRAILLE, CONSOLE_FAULT_NONE },
                { "brl=VT0,ttyS0", "brl", 0, CONSOLE_TYPE_BRAILLE, CONSOLE_FAULT_NONE },
                { "00:00.0,115200n8", "00:00.0", 0, CONSOLE_TYPE_SERIAL, CONSOLE_FAULT_NONE },
                { "ttyXYZ3", "ttyXYZ", 3, CONSOLE_TYPE_OTHER, CONSOLE_FAULT_NONE },
                { ",115200", "", 0, CONSOLE_TYPE_OTHER, CONSOLE_FAULT_DEVICE },
                { "tty\033", "tty\033", 0, CONSOLE_TYPE_OTHER, CONSOLE_FAULT_DEVICE },
                { "tty0quiet", "tty", 0, CONSOLE_TYPE_VIRTUAL, CONSOLE_FAULT_INDEX },
                { "ttyS99999999999999999999", "ttyS", 0, CONSOLE_TYPE_SERIAL, CONSOLE_FAULT_INDEX },
                { "ttyS4294967296", "ttyS", 0, CONSOLE_TYPE_SERIAL, CONSOLE_FAULT_INDEX },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct console_argument console = console_parse(text_from_string(cases[i].value));

                test_check_text(__FILE__, __LINE__, cases[i].value, console.name,
                                text_from_string(cases[i].name));
                if (console.index != cases[i].index || console.type != cases[i].type ||
                    console.fault != cases[i].fault)
                        test_failed(__FILE__, __LINE__, "'%s': index %u, type %d, fault %d", cases[i].value,
                                    console.index, console.type, console.fault);
        }
}

/* V26 a and b are among these. */
TEST(options)
{
        static const struct {
                const char *value;
                enum console_fault fault;
                uint64_t speed;
                char parity;
                unsigned bits;
                bool flow;
                const char *corrected, *glued;
        } cases[] = {
                { "ttyS0", CONSOLE_FAULT_NONE, 9600, 'n', 8, false, "ttyS0", "" },
                { "ttyS0,", CONSOLE_FAULT_NONE, 9600, 'n', 8, false, "ttyS0,", "" },
                { "ttyS0,115200", CONSOLE_FAULT_NONE, 115200, 'n', 8, false, "ttyS0,115200", "" },
                { "ttyS0,115200n8", CONSOLE_FAULT_NONE, 115200, 'n', 8, false, "ttyS0,115200n8", "" },
                { "ttyS0,115200n8r", CONSOLE_FAULT_NONE, 115200, 'n', 8, true, "ttyS0,115200n8r", "" },
                { "ttyS1,9600E7", CONSOLE_FAULT_NONE, 9600, 'e', 7, false, "ttyS1,9600E7", "" },
                { "ttyS0,115200n", CONSOLE_FAULT_NONE, 115200, 'n', 8, false, "ttyS0,115200n", "" },
                { "ttyS0,115200,n8", CONSOLE_FAULT_COMMA, 115200, 'n', 8, false, "ttyS0,115200n8", "" },
                { "ttyS0,115200,e7r", CONSOLE_FAULT_COMMA, 115200, 'n', 8, false, "ttyS0,115200e7r", "" },
                { "ttyS0,115200,", CONSOLE_FAULT_COMMA, 115200, 'n', 8, false, "ttyS0,115200n8", "" },
                { "ttyS0,115200,io", CONSOLE_FAULT_COMMA, 115200, 'n', 8, false, NULL, "" },
                { "ttyS0,115200n8spectre_v2=off", CONSOLE_FAULT_GLUED, 115200, 'n', 8, false,
                  "ttyS0,115200n8", "spectre_v2=off" },
                { "ttyS0,115200n8rd.lvm.lv=vg/root", CONSOLE_FAULT_GLUED, 115200, 'n', 8, false,
                  "ttyS0,115200n8", "rd.lvm.lv=vg/root" },
                { "ttyS0,115200quiet", CONSOLE_FAULT_GLUED, 115200, 'n', 8, false, "ttyS0,115200", "quiet" },
                { "ttyS0,115200nosmt", CONSOLE_FAULT_GLUED, 115200, 'n', 8, false, "ttyS0,115200", "nosmt" },
                { "ttyS0,115200a=1", CONSOLE_FAULT_GLUED, 115200, 'n', 8, false, "ttyS0,115200", "a=1" },
                { "ttyS0,115200n8ro", CONSOLE_FAULT_FLOW, 115200, 'n', 8, false, NULL, "" },
                { "ttyS0,115200n8x", CONSOLE_FAULT_FLOW, 115200, 'n', 8, false, NULL, "" },
                { "ttyS0,115200x8", CONSOLE_FAULT_PARITY, 115200, 'n', 8, false, NULL, "" },
                { "ttyS0,115200n9", CONSOLE_FAULT_BITS, 115200, 'n', 8, false, NULL, "" },
                { "ttyS0,n8", CONSOLE_FAULT_SPEED, 9600, 'n', 8, false, NULL, "" },
                { "ttyS0,11520n8", CONSOLE_FAULT_SPEED, 11520, 'n', 8, false, NULL, "" },
                { "ttyS0,0", CONSOLE_FAULT_SPEED, 0, 'n', 8, false, NULL, "" },
                { "ttyS0,99999999999999999999", CONSOLE_FAULT_SPEED, 9600, 'n', 8, false, NULL, "" },
                { "tty0,whatever", CONSOLE_FAULT_NONE, 9600, 'n', 8, false, "tty0,whatever", "" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct console_argument console = console_parse(text_from_string(cases[i].value));
                _cleanup_buffer_ struct buffer out = { 0 };
                int r = console_print_corrected(&console, &out);

                if (console.fault != cases[i].fault || console.speed != cases[i].speed ||
                    console.parity != cases[i].parity || console.bits != cases[i].bits ||
                    console.flow != cases[i].flow)
                        test_failed(__FILE__, __LINE__, "'%s': fault %d, %" PRIu64 "%c%u%s", cases[i].value,
                                    console.fault, console.speed, console.parity, console.bits,
                                    console.flow ? "r" : "");
                CHECK_INT(r, cases[i].corrected ? 0 : -EINVAL);
                test_check_string(__FILE__, __LINE__, cases[i].value, out.data, cases[i].corrected);
                test_check_text(__FILE__, __LINE__, cases[i].value, console.glued,
                                text_from_string(cases[i].glued));
                CHECK((console_fault_cause(console.fault) != NULL) == (console.fault != CONSOLE_FAULT_NONE));
        }
}

TEST(bytes_that_are_no_string)
{
        CHECK_INT(console_parse(TEXT("ttyS0\0,1")).fault, CONSOLE_FAULT_DEVICE);
        CHECK_INT(console_parse(TEXT("ttyS0,115200\0")).fault, CONSOLE_FAULT_PARITY);
        CHECK_INT(console_parse((struct text){ NULL, 0 }).type, CONSOLE_TYPE_NONE);
}

/* V25: the type decides, not the number. */
TEST(same_type)
{
        struct console_argument plain = console_parse(TEXT("ttyS0"));
        struct console_argument fast = console_parse(TEXT("ttyS1,115200n8"));
        struct console_argument screen = console_parse(TEXT("tty0"));

        CHECK(console_same_type(&plain, &fast));
        CHECK(!console_same_type(&plain, &screen));
}
