/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/text.h"

/* The value of one console= parameter, as console_setup() of Linux (kernel/printk/printk.c) reads it and as
 * Documentation/admin-guide/serial-console.rst describes it: DEVICE[,BAUD[PARITY[BITS[FLOW]]]]. */

enum console_type {
        CONSOLE_TYPE_OTHER,
        CONSOLE_TYPE_VIRTUAL,    /* tty0, tty1: the screen */
        CONSOLE_TYPE_SERIAL,     /* ttyS, ttyAMA and their kin, which take a speed */
        CONSOLE_TYPE_HYPERVISOR, /* hvc, xvc */
        CONSOLE_TYPE_EARLY,      /* uart8250, pl011: given by address, become a serial port */
        CONSOLE_TYPE_NETWORK,    /* netcon */
        CONSOLE_TYPE_BRAILLE,    /* brl */
        CONSOLE_TYPE_NONE,       /* ttynull, null or an empty value: no console */
        CONSOLE_TYPE_COUNT,
};

enum console_fault {
        CONSOLE_FAULT_NONE,
        CONSOLE_FAULT_DEVICE, /* no device name, or bytes that no device name has */
        CONSOLE_FAULT_INDEX,  /* something between the number and the comma */
        CONSOLE_FAULT_SPEED,
        CONSOLE_FAULT_COMMA, /* "ttyS0,115200,n8" */
        CONSOLE_FAULT_PARITY,
        CONSOLE_FAULT_BITS,
        CONSOLE_FAULT_FLOW,
        CONSOLE_FAULT_GLUED, /* "ttyS0,115200n8spectre_v2=off": the blank was lost */
        CONSOLE_FAULT_COUNT,
};

/* Views into the value that was parsed; nothing to free. */
struct console_argument {
        struct text value;   /* all of it */
        struct text device;  /* "ttyS0" */
        struct text name;    /* "ttyS": two consoles of one name are outside the contract */
        unsigned index;      /* 0 where there is no number, as in the kernel */
        struct text options; /* after the first comma */
        enum console_type type;
        enum console_fault fault;
        /* Only of CONSOLE_TYPE_SERIAL. What is not given has the kernel's default, 9600n8. */
        uint64_t speed;
        char parity; /* 'n', 'o', 'e' */
        unsigned bits;
        bool flow;         /* RTS/CTS */
        struct text glued; /* CONSOLE_FAULT_GLUED: what looks like the next parameter */
};

/* Any value parses. The result lives as long as the value's bytes. */
struct console_argument console_parse(struct text value);
/* What is wrong, in a few words; NULL for CONSOLE_FAULT_NONE. */
const char *console_fault_cause(enum console_fault fault);
/* Whether the two name one device type, whatever the numbers. */
bool console_same_type(const struct console_argument *a, const struct console_argument *b);
/* Writes a well-formed value: the same where there is no fault; for a stray comma or a glued parameter the
 * part that was meant for the console ("ttyS0,115200n8"). -EINVAL, and nothing written, where the meaning
 * cannot be told. */
_must_check_ int console_print_corrected(const struct console_argument *console, struct buffer *out);
