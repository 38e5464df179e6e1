/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/resolver-edit.h"
#include "engine/resolver-internal.h"
#include "judge.h"

static void lines(const char *before, unsigned glibc, const char *after)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        int r = resolver_edit_lines(text_from_string(before), glibc, RESOLVER_DEFAULT_OPTIONS, &out);

        CHECK_INT(r, after && after[0] ? 1 : after ? 0 : -EPERM);
        CHECK_STRING(out.data ? out.data : "", after ? after : "");
}

#define SERVER "nameserver 192.0.2.1\n"

TEST(the_file)
{
        lines("", 17, "options timeout:2 attempts:3 rotate single-request-reopen\n");
        lines(SERVER, 17, SERVER "options timeout:2 attempts:3 rotate single-request-reopen\n");
        lines("nameserver 192.0.2.1", 17,
              SERVER "options timeout:2 attempts:3 rotate single-request-reopen\n");
        lines("options timeout:1\n" SERVER, 17, "options timeout:1 single-request-reopen\n" SERVER);
        lines(SERVER "options\ttimeout:1 \t\r\noptions rotate", 17,
              SERVER "options\ttimeout:1 single-request-reopen \t\r\noptions rotate");
        /* In force already, by glibc's rules. */
        lines("options rotate # single-request-reopenX\n", 17, "");
        /* No options line by glibc's rules. */
        lines(" options timeout:1\n#options rotate\n", 17,
              " options timeout:1\n#options rotate\noptions timeout:2 attempts:3 rotate "
              "single-request-reopen\n");
        lines("options timeout:2,single-request-reopen\n", 17,
              "options timeout:2,single-request-reopen single-request-reopen\n");
        /* glibc 2.41 lets a later line turn it off; before, that line says nothing. */
        lines("options rotate\noptions -single-request-reopen\n", 41, NULL);
        lines("options rotate\noptions -single-request-reopen\n", 40,
              "options rotate single-request-reopen\noptions -single-request-reopen\n");
}

/* Expected: the content, or "!" and the reason. */
static void content(struct resolver_setting setting, const char *before, const char *expected)
{
        _cleanup_buffer_ struct buffer out = { 0 };
        _cleanup_free_ char *reason = NULL, *path = strdup("/f");

        setting.path = path;
        CHECK_INT(resolver_edit_content(&setting, text_from_string(before), "rotate single-request-reopen",
                                        &out, &reason),
                  0);
        if (expected[0] == '!')
                CHECK_STRING(reason ? reason : "", expected + 1);
        else
                CHECK_STRING(out.data ? out.data : "", expected);
        CHECK((reason != NULL) == (expected[0] == '!'));
}

TEST(variables)
{
        static const struct resolver_setting variable = { .kind = RESOLVER_SETTING_VARIABLE,
                                                          .name = "RES_OPTIONS" };

        content(variable, "", "RES_OPTIONS=\"rotate single-request-reopen\"\n");
        content(variable, "A=1", "A=1\nRES_OPTIONS=\"rotate single-request-reopen\"\n");
        content(variable, "RES_OPTIONS=\"\"\nA=1\n", "RES_OPTIONS=\"rotate single-request-reopen\"\nA=1\n");
        content(variable, "RES_OPTIONS=timeout:2 # c\n",
                "RES_OPTIONS=\"timeout:2 single-request-reopen\" # c\n");
        content(variable, "RES_OPTIONS='a b '\n", "RES_OPTIONS='a b single-request-reopen'\n");
        content(variable, "RES_OPTIONS=\"options a\"\n", "RES_OPTIONS=\"options a single-request-reopen\"\n");
        content(variable, "A=1\nRES_OPTIONS=\"$A\"\n",
                "!RES_OPTIONS in '/f', line 2, cannot be edited safely: the value refers to a variable");
        content(variable, "A='\n", "!'/f' cannot be continued safely by a line RES_OPTIONS=");
}

TEST(keys)
{
        static const struct resolver_setting profile = {
                .kind = RESOLVER_SETTING_KEY, .group = "ipv4", .name = "dns-options", .separator = ';'
        };
        static const struct resolver_setting global = {
                .kind = RESOLVER_SETTING_KEY, .group = "global-dns", .name = "options", .separator = ','
        };

        content(profile, "[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
                "[ipv4]\nmethod=auto\ndns-options=rotate;single-request-reopen;\n\n[ipv6]\nmethod=auto\n");
        content(profile, "[ipv4]\ndns-options=\n", "[ipv4]\ndns-options=rotate;single-request-reopen;\n");
        content(profile, "[ipv4]\ndns-options=timeout:1;\n",
                "[ipv4]\ndns-options=timeout:1;single-request-reopen;\n");
        content(profile, "[ipv4]\ndns-options = timeout:1\r\n",
                "[ipv4]\ndns-options = timeout:1;single-request-reopen\r\n");
        content(profile, "[ipv4]\nno assignment\n",
                "!dns-options in section [ipv4] of '/f' cannot be edited safely");
        content(global, "[global-dns]\noptions=a,b\n[x]\n",
                "[global-dns]\noptions=a,b,single-request-reopen\n[x]\n");
        content(global, "[global-dns]\noptions=\n", "[global-dns]\noptions=rotate,single-request-reopen\n");
}

TEST(others)
{
        content((struct resolver_setting){ .kind = RESOLVER_SETTING_LINES }, "",
                "options rotate single-request-reopen\n");
        content((struct resolver_setting){ .kind = RESOLVER_SETTING_LINES },
                "options a\noptions -single-request-reopen\n",
                "!an options line of '/f' turns single-request-reopen off");
        content((struct resolver_setting){ .kind = RESOLVER_SETTING_CLOUD }, "resolv_conf: {}\n",
                "!resolv_conf in '/f' cannot be edited safely: it is not written as a block");
}
