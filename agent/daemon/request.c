/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/request.h"
#include "base/json.h"
#include "engine/plan-make.h"
#include "engine/scan.h"

#include <string.h>

enum { NAMES_MAX = 256 };

static int read_names(struct json_object *parameters, enum request_names known, struct request *ret,
                      const char **ret_bad)
{
        struct json_object *array = json_get_array(parameters, "names");
        size_t n = json_array_size(array);

        if (n == 0)
                return 0;
        *ret_bad = "names";
        if (n > NAMES_MAX)
                return -EINVAL;
        ret->names = calloc(n + 1, sizeof(*ret->names));
        if (!ret->names)
                return -ENOMEM;

        for (size_t i = 0; i < n; i++) {
                struct text name = json_item_text(array, i);

                if (name.len == 0)
                        return -EINVAL;
                ret->names[i] = text_dup(name);
                if (!ret->names[i])
                        return -ENOMEM;
                if (known == REQUEST_PROBES ? !scan_knows(ret->names[i]) : !plan_knows(ret->names[i])) {
                        *ret_bad = ret->names[i];
                        return -ESRCH;
                }
        }

        return 0;
}

static int read_profile(struct json_object *parameters, struct request *ret)
{
        struct text name;

        if (json_get_text(parameters, "profile", &name) < 0)
                return 0;
        for (enum profile profile = 0; profile < PROFILE_COUNT; profile++)
                if (text_equal(name, profile_name(profile))) {
                        ret->profile = profile;
                        ret->has_profile = true;
                        return 0;
                }

        return -EINVAL;
}

static int read_strategy(struct json_object *parameters, struct request *ret)
{
        struct text name;

        if (json_get_text(parameters, "strategy", &name) < 0)
                return 0;
        if (!text_equal(name, "nofail") && !text_equal(name, "comment"))
                return -EINVAL;

        ret->fix.strategy = text_equal(name, "comment") ? FIX_COMMENT : FIX_NOFAIL;
        return 0;
}

/* "sha256:" and 64 hexadecimal digits. */
static int read_digest(struct json_object *parameters, struct request *ret)
{
        static const char prefix[] = "sha256:";
        struct text text;

        if (json_get_text(parameters, "digest", &text) < 0)
                return 0;
        if (!text_starts(text, prefix))
                return -EINVAL;
        text.data += strlen(prefix);
        text.len -= strlen(prefix);
        ret->digest = text_dup(text);
        if (!ret->digest)
                return -ENOMEM;

        return text.len == 64 && strspn(ret->digest, "0123456789abcdef") == 64 ? 0 : -EINVAL;
}

static int read_transaction(struct json_object *parameters, struct request *ret)
{
        if (json_type_letter(parameters, "transaction") != 's')
                return 0;

        return json_dup_string(parameters, "transaction", &ret->transaction);
}

int request_read(struct json_object *parameters, enum request_names names, struct request *ret,
                 const char **ret_bad)
{
        static const struct {
                const char *field;
                int (*read)(struct json_object *parameters, struct request *ret);
        } fields[] = {
                { "profile", read_profile },
                { "strategy", read_strategy },
                { "digest", read_digest },
                { "transaction", read_transaction },
        };
        int r;

        ret->active = json_get_true(parameters, "active");
        ret->fix.force = json_get_true(parameters, "force");
        ret->fix.install = json_get_true(parameters, "install");
        ret->fix.now = json_get_true(parameters, "now");
        r = read_names(parameters, names, ret, ret_bad);
        for (size_t i = 0; i < ARRAY_SIZE(fields) && r >= 0; i++) {
                *ret_bad = fields[i].field;
                r = fields[i].read(parameters, ret);
        }

        return r;
}

void request_done(struct request *request)
{
        for (size_t i = 0; request->names && request->names[i]; i++)
                free(request->names[i]);
        free(request->names);
        free(request->digest);
        free(request->transaction);
}
