/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/daemon.h"
#include "commands/write.h"
#include "report/status.h"

#include <poll.h>
#include <signal.h>

/* A line for each verdict and each change, for as long as somebody watches. */

enum {
        RETURN_MS = 10000, /* within which a daemon that is restarted is back */
        RETRY_MS = 200,
};

/* What was printed is whole: it was written at once. */
static void stop(int signal)
{
        (void) signal;
        _exit(EXIT_OK);
}

static int print_reply(const struct arguments *arguments, struct json_object *reply, struct buffer *out)
{
        struct report_style style = output_style(arguments);
        struct json_builder builder = { 0 };
        _cleanup_json_ struct json_object *document = NULL;
        const char *cause = "";
        int r;

        if (!arguments->json) {
                r = change_write_text(reply, &style, out, &cause);
                return r == -EBADMSG ? fail(EXIT_REFUSED, "the daemon's answer cannot be used: %s", cause)
                                     : r;
        }

        document = json_new_object(&builder);
        json_add_string(&builder, document, "schema", "io.ecsguest.change/1");
        json_add_members(&builder, document, reply, "schema");
        r = json_print(&builder, document, JSON_PLAIN, out);
        buffer_add_char(out, '\n');
        return r;
}

/* Returns what ends the watching: an exit code that is not 0. */
static int take_reply(struct json_object *reply, void *userdata)
{
        const struct arguments *arguments = userdata;
        _cleanup_buffer_ struct buffer out = { 0 };
        int r;

        r = print_reply(arguments, reply, &out);
        if (r == -ENOMEM)
                return fail_memory();

        return r != 0 ? r : print_output(&out, EXIT_OK);
}

/* The daemon, when it is back in time. */
static struct daemon *wait_for_return(const struct arguments *arguments)
{
        struct daemon *daemon = NULL;

        (void) fail(EXIT_OK, "the daemon has ended; waiting for it to come back");
        for (int waited = 0; waited < RETURN_MS && !daemon; waited += RETRY_MS) {
                (void) poll(NULL, 0, RETRY_MS);
                if (daemon_open(arguments, DAEMON_ITSELF | DAEMON_QUIET, &daemon) != 0)
                        return NULL;
        }

        return daemon;
}

/* Frees the daemon; a negative errno says what ended it. */
static int watch(const struct arguments *arguments, struct daemon *daemon)
{
        int r = daemon_subscribe(daemon, take_reply, (void *) arguments);

        (void) daemon_free(daemon);
        return r;
}

int command_watch(const struct arguments *arguments)
{
        struct daemon *daemon;
        int r;

        r = daemon_open(arguments, DAEMON_ITSELF, &daemon);
        if (r != 0)
                return r;
        if (!daemon)
                return fail(EXIT_REFUSED, "agentd does not run, and so nothing is watched");
        (void) signal(SIGINT, stop);
        (void) signal(SIGTERM, stop);
        /* Who has seen enough ("agentctl watch | head") ends it. */
        (void) signal(SIGPIPE, SIG_DFL);

        do {
                r = watch(arguments, daemon);
                daemon = r == -ECONNRESET || r == -EPIPE ? wait_for_return(arguments) : NULL;
        } while (daemon);

        if (r == -ENOMEM)
                return fail_memory();
        if (r == -EBADMSG)
                return fail(EXIT_REFUSED, "the daemon's answer is none");
        return r < 0 ? fail(EXIT_FINDINGS, "the daemon did not come back") : r;
}
