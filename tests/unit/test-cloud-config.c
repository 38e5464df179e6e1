/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/cloud-config.h"
#include "test.h"

#define ADD "single-request-reopen"

static void check(const char *before, const char *after)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        const char *cause = NULL;

        CHECK_INT(cloud_config_add_option(text_from_string(before), ADD, &out, &cause), 0);
        CHECK_STRING(out.data ? out.data : "", after);

        /* Once is enough. */
        CHECK_INT(cloud_config_add_option(text_from_string(after), ADD, &out, &cause), -EPERM);
        CHECK_STRING(cause, "it sets the option already");
}

static void refuse(const char *before, const char *expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        const char *cause = "";

        CHECK_INT(cloud_config_add_option(text_from_string(before), ADD, &out, &cause), -EPERM);
        CHECK_STRING(cause, expected);
        CHECK_INT(out.len, 0);
}

TEST(below_options)
{
        check("resolv_conf:\n  options:\n    rotate: true\n",
              "resolv_conf:\n  options:\n    " ADD ": true\n    rotate: true\n");
        check("a: 1\nresolv_conf:\n    nameservers: [a]\n    options:   # c\n\n     # d\n"
              "         timeout: 1\nb: 2\n",
              "a: 1\nresolv_conf:\n    nameservers: [a]\n    options:   # c\n         " ADD
              ": true\n\n     # d\n"
              "         timeout: 1\nb: 2\n");
        check("resolv_conf:\r\n options:\r\n  rotate: true",
              "resolv_conf:\r\n options:\r\n  " ADD ": true\r\n"
              "  rotate: true");
        check("resolv_conf:\n  nameservers:\n  - 2001:db8::1\n  options:\n", /* null */
              "resolv_conf:\n  nameservers:\n  - 2001:db8::1\n  options:\n    " ADD ": true\n");
        check("resolv_conf:\n  domain: a\n  options:",
              "resolv_conf:\n  domain: a\n  options:\n    " ADD ": true\n");
}

TEST(without_options)
{
        check("manage_resolv_conf: true\nresolv_conf:\n  nameservers: ['100.100.2.136']\n",
              "manage_resolv_conf: true\nresolv_conf:\n  options:\n    " ADD
              ": true\n  nameservers: ['100.100.2.136']\n");
        /* Those of others are not ours. */
        check("options:\n  a: true\nresolv_conf:\n\n# c\n  sub:\n    options:\n      b: 1\nx:\n  options:\n  "
              "  c: 1\n",
              "options:\n  a: true\nresolv_conf:\n  options:\n    " ADD
              ": true\n\n# c\n  sub:\n    options:\n"
              "      b: 1\nx:\n  options:\n    c: 1\n");
}

TEST(what_is_not_edited)
{
        refuse("", "it has no parameters");
        refuse("resolv_conf:\n", "it has no parameters");
        refuse("resolv_conf:\nb:\n  c: 1\n", "it has no parameters");
        refuse("resolv_conf: {options: {rotate: true}}\n", "it is not written as a block");
        refuse("resolv_conf: &anchor\n  domain: a\n", "it is not written as a block");
        refuse("resolv_conf:\n  options: {rotate: true}\n", "it is not written as a block");
        refuse("resolv_conf:\n  domain: a\nresolv_conf:\n  domain: b\n", "it is there twice");
        refuse("resolv_conf:\n  options:\n    a: 1\n  options:\n    b: 1\n", "it is there twice");
        refuse("resolv_conf:\n\toptions:\n", "it is indented by tabs");
        refuse("resolv_conf:\n  options:\n    \trotate: true\n", "it is indented by tabs");
        refuse("resolv_conf:\n  options:\n    rotate: true\n    " ADD ": false\n",
               "it sets the option already");
}
