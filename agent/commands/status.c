/* SPDX-License-Identifier: Apache-2.0 */
#include "report/status.h"
#include "commands/daemon.h"
#include "commands/write.h"
#include "engine/root.h"
#include "outbox/status.h"

#include <string.h>
#include <unistd.h>

/* The daemon, and what it has found last. */

#define LAST_REPORT "/run/ecs-guest-agent/report.json"

static struct json_object *new_document(struct json_builder *builder)
{
        struct json_object *object = json_new_object(builder);

        json_add_string(builder, object, "schema", "io.ecsguest.status/1");
        return object;
}

/* What the daemon has left behind of this boot; null where there is nothing that can be used. */
static void add_last_report(struct json_builder *builder, struct json_object *object, struct root *root)
{
        _cleanup_json_ struct json_object *document = NULL;
        struct json_object *summary;
        const struct root_file *file;
        const char *cause;

        if (root_read_flags(root, LAST_REPORT, ROOT_CACHE_CAP, ROOT_VOLATILE, &file) < 0 ||
            json_parse(file->content.data, file->content.len, file->content.len, &document, &cause) < 0 ||
            json_type_letter(document, "verdict") != 's') {
                json_add_null(builder, object, "summary");
                return;
        }
        summary = json_new_object(builder);
        json_add_members(builder, summary, document, "findings");
        json_add(builder, object, "summary", summary);
}

/* Whether a fix waits for the next boot: 1 and 0, or a negative errno when it cannot be seen. */
static int has_pending(struct root *root)
{
        _cleanup_store_ struct store store = STORE_INIT;
        _cleanup_diag_ struct diag diag = { 0 };
        char **names = NULL;
        size_t n = 0;
        int r;

        r = store_open(root, &store, &diag);
        if (r >= 0 && store.fd >= 0)
                r = store_list(&store, &names, &n);
        for (size_t i = 0; i < n && r == 0; i++) {
                _cleanup_transaction_ struct transaction *transaction = NULL;

                if (record_read(&store, names[i], &transaction, &diag) >= 0)
                        r = transaction->state == PLAN_PENDING_REBOOT;
        }
        store_names_free(names, n);

        return r;
}

/* The reporter may be started by something else than systemd. */
static void add_outbox(struct json_builder *builder, struct json_object *object, struct root *root)
{
        struct json_object *warnings = json_new_array(builder);

        if (geteuid() == 0) {
                outbox_add_status(root, builder, object, warnings);
        } else {
                json_add_null(builder, object, "lastDelivery");
                json_add_null(builder, object, "waitingReports");
        }
        json_add(builder, object, "warnings", warnings);
}

/* The same document without a daemon. */
static struct json_object *describe_absence(struct json_builder *builder, struct root *root)
{
        struct json_object *object = new_document(builder), *agent = json_new_object(builder);
        int pending = has_pending(root);

        json_add_string(builder, agent, "version", VERSION);
        json_add(builder, object, "agent", agent);
        json_add_null(builder, object, "started");
        json_add_string(builder, object, "state", STATUS_NOT_RUNNING);
        add_last_report(builder, object, root);
        if (pending < 0)
                json_add_null(builder, object, "pendingReboot");
        else
                json_add_bool(builder, object, "pendingReboot", pending > 0);
        add_outbox(builder, object, root);
        return object;
}

static int print_status(const struct arguments *arguments, struct json_builder *builder,
                        struct json_object *document, int code)
{
        struct report_style style = output_style(arguments);
        _cleanup_buffer_ struct buffer out = { 0 };
        const char *cause = "";
        int r;

        if (arguments->json)
                return print_json_document(builder, document, code);

        r = builder->failed ? -ENOMEM : status_write_text(document, &style, &out, &cause);
        if (r == -ENOMEM)
                return fail_memory();
        if (r < 0)
                return fail(EXIT_REFUSED, "what is said of the daemon cannot be used: %s", cause);

        return print_output(&out, code);
}

int command_status(const struct arguments *arguments)
{
        _cleanup_daemon_ struct daemon *daemon = NULL;
        _cleanup_root_ struct root *root = NULL;
        _cleanup_json_ struct json_object *document = NULL;
        struct json_builder builder = { 0 };
        int code;

        code = daemon_open(arguments, DAEMON_ITSELF, &daemon);
        if (code == 0 && !daemon)
                root = open_root(arguments, &code);
        if (code != 0)
                return code;

        if (daemon) {
                document = new_document(&builder);
                json_add_members(&builder, document, daemon_status(daemon), "schema");
        } else {
                document = describe_absence(&builder, root);
        }

        return print_status(arguments, &builder, document, daemon ? EXIT_OK : EXIT_UNKNOWN);
}
