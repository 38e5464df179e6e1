/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/waive.h"
#include "base/digest.h"
#include "base/random.h"
#include "engine/change-file.h"
#include "engine/diag.h"
#include "engine/root.h"
#include "engine/store-internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

enum {
        NAME_LIMIT = 200, /* file systems take 255, and the temporary name is longer */
        NAME_DIGITS = 16,
};

static bool is_plain(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.' || c == ':';
}

char *waive_file_name(const char *key)
{
        _cleanup_buffer_ struct buffer name = { 0 };
        char hex[DIGEST_HEX_SIZE], *result;

        for (const char *at = key; *at; at++)
                if (is_plain(*at) && (at > key || *at != '.'))
                        buffer_add_char(&name, *at);
                else
                        buffer_addf(&name, "%%%02X", (unsigned char) *at);
        if (name.failed)
                return NULL;

        if (name.len > NAME_LIMIT) {
                if (digest_text(text_from_string(key), hex) < 0)
                        return NULL;
                name.len = NAME_LIMIT - NAME_DIGITS;
                buffer_addf(&name, "%%%.*s", NAME_DIGITS, hex);
        }
        buffer_add_string(&name, ".conf");

        return buffer_finish(&name, &result, NULL) < 0 ? NULL : result;
}

/* The file, as it has to be read again: a key or a reason can end in what means something there. */
static int make_content(const char *key, const char *reason, const char *until, struct buffer *out,
                        struct diag *diag)
{
        _cleanup_ini_ struct ini *ini = NULL;
        struct text got_reason, got_until;
        int r;

        buffer_addf(out, "# Made by 'agentctl waive'.\n[%s]\nReason=%s\nUntil=%s\n", key, reason, until);
        if (out->failed)
                return -ENOMEM;
        r = ini_parse(out->data, out->len, INI_UNIT, &ini);
        if (r < 0)
                return r;
        if (!ini_get(ini, key, "Reason", &got_reason) || !ini_get(ini, key, "Until", &got_until) ||
            !text_equal(got_reason, reason) || !text_equal(got_until, until))
                return diag_set(
                        diag, -EINVAL, NULL, 0,
                        "this key or this reason cannot be written down: it begins or ends in a blank, "
                        "or ends in a backslash");

        return 0;
}

static int check(const char *key, const char *reason, const char *until, time_t now, struct diag *diag)
{
        const char *wrong = waiver_check_key(key);
        int64_t end;

        if (!wrong)
                wrong = waiver_check_reason(text_from_string(reason));
        if (wrong)
                return diag_set(diag, -EINVAL, NULL, 0, "'%s' cannot be waived: %s", key, wrong);
        if (waiver_parse_date(text_from_string(until), &end) < 0)
                return diag_set(diag, -EINVAL, NULL, 0, "'%s' is no date such as 2027-01-31", until);
        if ((int64_t) now >= end)
                return diag_set(diag, -ERANGE, NULL, 0, "%s is over", until);

        return 0;
}

static int open_directory(struct root *root, bool make, struct diag *diag)
{
        _cleanup_close_ int system = -EBADF, home = -EBADF;

        system = store_open_system(root, "/etc", make, diag);
        if (system < 0)
                return system;
        home = store_enter(system, "ecs-guest-agent", 0755, make, "/etc/ecs-guest-agent", diag);
        if (home < 0)
                return home;

        return store_enter(home, "waivers.d", 0755, make, WAIVER_DIRECTORY, diag);
}

/* A waiver of the same key in another file would stay, and could have the last word. 0, or 1 when there is
 * one of ours. */
static int find_own(struct root *root, const char *key, const char *name, time_t now, struct diag *diag)
{
        _cleanup_waivers_ struct waivers waivers = { 0 };
        const struct waiver *waiver;
        int r;

        r = waivers_read(root, now, &waivers);
        if (r < 0)
                return r;
        waiver = waivers_find(&waivers, key);
        if (!waiver)
                return 0;
        if (!string_equal(strrchr(waiver->path, '/') + 1, name))
                return diag_set(
                        diag, -EEXIST, waiver->path, waiver->line,
                        "'%s' is waived in '%s', line %u, which was not made by this command: edit that", key,
                        waiver->path, waiver->line);

        return 1;
}

/* Readable by all: whoever judges the system has to get the same answer. */
static int replace(int directory, const char *name, struct text content)
{
        struct node node = {
                .type = NODE_FILE, .mode = 0644, .uid = geteuid(), .gid = getegid(), .content = content
        };
        char random[RANDOM_NAME_SIZE], temporary[sizeof(".ecs-guest-agent-") + RANDOM_NAME_SIZE];
        int r;

        r = random_name(random);
        if (r < 0)
                return r;
        (void) snprintf(temporary, sizeof(temporary), ".ecs-guest-agent-%s", random);
        r = node_make(directory, temporary, &node);
        if (r < 0)
                return r;
        if (renameat(directory, temporary, directory, name) < 0) {
                r = -errno;
                (void) unlinkat(directory, temporary, 0);
                return r;
        }

        return sync_directory(directory);
}

static int describe(struct diag *diag, int error, const char *name)
{
        if (error >= 0 || error == -ENOMEM)
                return error;

        return diag_add(diag, error, WAIVER_DIRECTORY, 0, "cannot change '%s/%s': %s", WAIVER_DIRECTORY, name,
                        strerror(-error));
}

int waive_set(struct root *root, const char *key, const char *reason, const char *until, time_t now,
              struct diag *diag)
{
        _cleanup_buffer_ struct buffer content = { 0 };
        _cleanup_free_ char *name = NULL;
        _cleanup_close_ int directory = -EBADF;
        int r;

        diag_clear(diag);
        r = check(key, reason, until, now, diag);
        if (r >= 0)
                r = make_content(key, reason, until, &content, diag);
        if (r < 0)
                return r;
        name = waive_file_name(key);
        if (!name)
                return -ENOMEM;

        r = find_own(root, key, name, now, diag);
        if (r >= 0)
                r = directory = open_directory(root, true, diag);
        if (r >= 0)
                r = replace(directory, name, (struct text){ content.data, content.len });

        return r < 0 ? describe(diag, r, name) : 0;
}

int waive_remove(struct root *root, const char *key, struct diag *diag)
{
        _cleanup_free_ char *name = waive_file_name(key);
        _cleanup_close_ int directory = -EBADF;
        int r;

        diag_clear(diag);
        if (!name)
                return -ENOMEM;
        r = find_own(root, key, name, 0, diag);
        if (r >= 0)
                r = directory = open_directory(root, false, diag);
        if (r >= 0 && unlinkat(directory, name, 0) < 0)
                r = -errno;
        if (r == -ENOENT)
                return diag_set(diag, r, NULL, 0, "there is no waiver of '%s'", key);
        if (r >= 0)
                r = sync_directory(directory);
        /* An earlier one of somebody else may have come into force. */
        if (r >= 0)
                r = find_own(root, key, name, 0, diag);

        return describe(diag, r, name);
}
