/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/waive.h"
#include "commands/planned.h"
#include "commands/write.h"
#include "engine/probe.h"

#include <string.h>
#include <sys/stat.h>

/* Accept a finding for a time, or no longer. */

/* What the user may have meant instead. */
static void name_others(const struct findings *findings, const char *key, const char *id)
{
        _cleanup_buffer_ struct buffer others = { 0 };

        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = findings->items[i];

                if (finding->outcome == OUTCOME_FAIL && string_equal(finding->probe->id, id))
                        buffer_addf(&others, "%s '%s'", others.len > 0 ? "," : "", finding->key);
        }
        if (!others.failed)
                (void) fail(EXIT_OK, "nothing fails as '%s' now; of its probe, there %s%s", key,
                            others.len > 0 ? "fail" : "fails nothing", others.len > 0 ? others.data : "");
}

/* A waiver may be made ahead of the finding, but it may as well be mistyped. */
static int say_if_unused(const struct arguments *arguments, const char *key)
{
        _cleanup_free_ char *id = strndup(key, strcspn(key, ":#"));
        const char *const names[] = { id, NULL };
        struct scan_options options = arguments->scan;
        _cleanup_root_ struct root *root = NULL;
        _cleanup_context_ struct context *context = NULL;
        const struct findings *findings;
        int code, r;

        if (!id)
                return fail_memory();
        root = open_root(arguments, &code);
        if (!root)
                return code;
        options.profile = PROFILE_CAPTURE;
        r = context_new(root, &options, &context);
        if (r >= 0)
                r = scan_run(context, names);
        if (r < 0)
                return fail(EXIT_REFUSED, "cannot judge '%s': %s", root_name(root), strerror(-r));

        print_warnings(&context_waivers(context)->warnings);
        findings = context_findings(context);
        for (size_t i = 0; i < findings->n; i++)
                if (findings->items[i]->waiver && string_equal(findings->items[i]->key, key))
                        return EXIT_OK;
        name_others(findings, key, id);

        return EXIT_OK;
}

static int check_usage(const struct arguments *arguments)
{
        if (arguments->remove ? arguments->reason || arguments->until
                              : !arguments->reason || !arguments->until)
                return fail(
                        EXIT_USAGE,
                        "use: agentctl waive KEY --reason TEXT --until DATE, or agentctl waive --remove KEY");

        return 0;
}

int command_waive(const struct arguments *arguments)
{
        const char *key = arguments->names[0];
        _cleanup_root_ struct root *root = NULL;
        _cleanup_diag_ struct diag diag = { 0 };
        _cleanup_buffer_ struct buffer out = { 0 };
        int code, r;

        code = check_usage(arguments);
        if (code != 0)
                return code;
        root = open_root(arguments, &code);
        if (!root)
                return code;

        /* Every user who judges has to be able to read them. */
        (void) umask(022);
        r = arguments->remove
                    ? waive_remove(root, key, &diag)
                    : waive_set(root, key, arguments->reason, arguments->until, arguments->scan.time, &diag);
        if (r == -ENOMEM)
                return fail_memory();
        if (r < 0)
                return fail(EXIT_REFUSED, "%s", diag.message ? diag.message : strerror(-r));

        buffer_add_escaped(&out, text_from_string(key));
        if (arguments->remove)
                buffer_add_string(&out, " counts again\n");
        else
                buffer_addf(&out, " is waived until %s\n", arguments->until);
        code = arguments->remove ? EXIT_OK : say_if_unused(arguments, key);

        return code != EXIT_OK ? code : print_output(&out, EXIT_OK);
}
