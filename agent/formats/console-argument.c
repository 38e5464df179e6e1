/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/console-argument.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* By the part before the number; only "uart8250" and "pl011" are compared with it. */
static const struct {
        const char *name;
        enum console_type type;
} console_names[] = {
        { "", CONSOLE_TYPE_NONE },
        { "null", CONSOLE_TYPE_NONE },
        { "ttynull", CONSOLE_TYPE_NONE },
        { "tty", CONSOLE_TYPE_VIRTUAL },
        { "ttyS", CONSOLE_TYPE_SERIAL },
        { "ttyAMA", CONSOLE_TYPE_SERIAL },
        { "ttyUSB", CONSOLE_TYPE_SERIAL },
        { "ttymxc", CONSOLE_TYPE_SERIAL },
        { "ttySAC", CONSOLE_TYPE_SERIAL },
        { "ttyLP", CONSOLE_TYPE_SERIAL },
        { "ttyPS", CONSOLE_TYPE_SERIAL },
        { "ttySIF", CONSOLE_TYPE_SERIAL },
        { "hvc", CONSOLE_TYPE_HYPERVISOR },
        { "hvsi", CONSOLE_TYPE_HYPERVISOR },
        { "xvc", CONSOLE_TYPE_HYPERVISOR },
        { "netcon", CONSOLE_TYPE_NETWORK },
        { "netconsole", CONSOLE_TYPE_NETWORK },
        { "brl", CONSOLE_TYPE_BRAILLE },
        { "uart", CONSOLE_TYPE_EARLY },
        { "uart8250", CONSOLE_TYPE_EARLY },
        { "pl011", CONSOLE_TYPE_EARLY },
        { "sbi", CONSOLE_TYPE_EARLY },
};

/* The rates that termios names. A port that is given another one is set to 9600 or to garbage. */
static const uint64_t speeds[] = {
        50,     75,     110,     134,     150,     200,     300,     600,     1200,    1800,
        2400,   4800,   9600,    19200,   38400,   57600,   115200,  230400,  460800,  500000,
        576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
};

static const char *const causes[] = {
        [CONSOLE_FAULT_DEVICE] = "not a device name",
        [CONSOLE_FAULT_INDEX] = "text between the device and the comma",
        [CONSOLE_FAULT_SPEED] = "not a speed of a serial port",
        [CONSOLE_FAULT_COMMA] = "comma after the speed",
        [CONSOLE_FAULT_PARITY] = "parity is not n, o or e",
        [CONSOLE_FAULT_BITS] = "data bits are not 5 to 8",
        [CONSOLE_FAULT_FLOW] = "flow control is not r",
        [CONSOLE_FAULT_GLUED] = "another parameter without a blank before it",
};
_Static_assert(ARRAY_SIZE(causes) == CONSOLE_FAULT_COUNT, "a cause is missing");

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

static size_t count_digits(struct text text)
{
        size_t n = 0;

        while (n < text.len && is_digit(text.data[n]))
                n++;

        return n;
}

static struct text skip(struct text text, size_t n)
{
        return (struct text){ text.data + n, text.len - n };
}

static bool is_device_byte(char c)
{
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c != '\0' && strchr("_-.:/", c) != NULL);
}

static bool is_device(struct text device)
{
        for (size_t i = 0; i < device.len; i++)
                if (!is_device_byte(device.data[i]))
                        return false;

        return true;
}

static enum console_type find_type(struct text name)
{
        for (size_t i = 0; i < ARRAY_SIZE(console_names); i++)
                if (text_equal(name, console_names[i].name))
                        return console_names[i].type;

        return CONSOLE_TYPE_OTHER;
}

/* The name ends at the first digit. */
static void parse_numbered(struct console_argument *console)
{
        struct text device = console->device;
        size_t name = 0, digits;
        uint64_t index = 0;

        while (name < device.len && !is_digit(device.data[name]))
                name++;
        digits = count_digits(skip(device, name));

        console->name = (struct text){ device.data, name };
        /* "console=0" is short for ttyS0. */
        if (name == 0 && digits > 0)
                console->name = TEXT("ttyS");
        console->type = find_type(console->name);
        if (digits > 0 && text_parse_u64((struct text){ device.data + name, digits }, &index) < 0)
                console->fault = CONSOLE_FAULT_INDEX;
        if (index > UINT16_MAX || name + digits < device.len)
                console->fault = CONSOLE_FAULT_INDEX;
        else
                console->index = (unsigned) index;
}

static void parse_device(struct console_argument *console)
{
        struct text device = console->device;

        if (memchr(device.data ? device.data : "", ':', device.len)) {
                /* The serial core's own naming, DRIVER:CONTROLLER.PORT, has no index. */
                console->name = device;
                console->type = CONSOLE_TYPE_SERIAL;
        } else if (text_starts(device, "brl=")) {
                console->name = TEXT("brl");
                console->type = CONSOLE_TYPE_BRAILLE;
                return;
        } else if (find_type(device) == CONSOLE_TYPE_EARLY) {
                console->name = device;
                console->type = CONSOLE_TYPE_EARLY;
        } else
                parse_numbered(console);

        if (!is_device(device) || (device.len == 0 && console->value.len > 0)) {
                console->type = CONSOLE_TYPE_OTHER;
                console->fault = CONSOLE_FAULT_DEVICE;
        }
}

static bool is_speed(uint64_t speed)
{
        for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
                if (speeds[i] == speed)
                        return true;

        return false;
}

/* Takes "n", "n8", "n8r" off the front; how far it came says what was wrong. */
static enum console_fault parse_format(struct console_argument *console, struct text *rest)
{
        if (rest->len == 0)
                return CONSOLE_FAULT_NONE;
        if (!strchr("noeNOE", rest->data[0]) || rest->data[0] == '\0')
                return CONSOLE_FAULT_PARITY;
        console->parity = (char) (rest->data[0] | 0x20);
        *rest = skip(*rest, 1);

        if (rest->len == 0)
                return CONSOLE_FAULT_NONE;
        if (rest->data[0] < '5' || rest->data[0] > '8')
                return CONSOLE_FAULT_BITS;
        console->bits = (unsigned) (rest->data[0] - '0');
        *rest = skip(*rest, 1);

        if (text_equal(*rest, "r")) {
                console->flow = true;
                *rest = skip(*rest, 1);
        }
        return rest->len == 0 ? CONSOLE_FAULT_NONE : CONSOLE_FAULT_FLOW;
}

/* A lost blank shows as a whole name, or a name and a value, where one letter belongs. */
static bool is_parameter(struct text text)
{
        return text.len > 0 && text.data[0] >= 'a' && text.data[0] <= 'z' &&
               (text.len > 3 || memchr(text.data, '=', text.len));
}

static enum console_fault parse_options(struct console_argument *console)
{
        size_t digits = count_digits(console->options);
        struct text format = skip(console->options, digits), rest;
        enum console_fault fault;

        if (text_parse_u64((struct text){ console->options.data, digits }, &console->speed) < 0 ||
            !is_speed(console->speed))
                return CONSOLE_FAULT_SPEED;
        if (format.len > 0 && format.data[0] == ',')
                return CONSOLE_FAULT_COMMA;

        rest = format;
        fault = parse_format(console, &rest);
        if (fault == CONSOLE_FAULT_BITS) {
                /* The letter may be the first one of a name: "115200nosmt". */
                rest = format;
                console->parity = 'n';
        }
        if (fault != CONSOLE_FAULT_NONE && is_parameter(rest)) {
                console->glued = rest;
                return CONSOLE_FAULT_GLUED;
        }

        return fault;
}

struct console_argument console_parse(struct text value)
{
        struct console_argument console = {
                .value = value,
                .device = value,
                .speed = 9600,
                .parity = 'n',
                .bits = 8,
        };

        (void) text_split(value, ',', &console.device, &console.options);
        parse_device(&console);
        if (console.type == CONSOLE_TYPE_SERIAL && console.fault == CONSOLE_FAULT_NONE &&
            console.options.len > 0)
                console.fault = parse_options(&console);

        return console;
}

const char *console_fault_cause(enum console_fault fault)
{
        return fault > CONSOLE_FAULT_NONE && fault < CONSOLE_FAULT_COUNT ? causes[fault] : NULL;
}

bool console_same_type(const struct console_argument *a, const struct console_argument *b)
{
        return text_same(a->name, b->name);
}

/* "115200,n8" is 115200n8 where the part behind the comma is a format by itself. */
static int correct_comma(const struct console_argument *console, struct buffer *out)
{
        struct console_argument scratch = *console;
        struct text before, after;

        if (!text_split(console->options, ',', &before, &after))
                return -EINVAL;
        if (parse_format(&scratch, &after) != CONSOLE_FAULT_NONE)
                return -EINVAL;

        buffer_add_text(out, console->device);
        buffer_addf(out, ",%" PRIu64 "%c%u%s", console->speed, scratch.parity, scratch.bits,
                    scratch.flow ? "r" : "");
        return 0;
}

int console_print_corrected(const struct console_argument *console, struct buffer *out)
{
        assert(out);

        if (console->fault == CONSOLE_FAULT_COMMA)
                return correct_comma(console, out);
        if (console->fault != CONSOLE_FAULT_NONE && console->fault != CONSOLE_FAULT_GLUED)
                return -EINVAL;

        /* What is glued is the end of the value. */
        buffer_add(out, console->value.data, console->value.len - console->glued.len);
        return 0;
}
