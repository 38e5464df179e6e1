/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/daemon-internal.h"

#include <string.h>

enum {
        CONNECT_MS = 1000,
        STATUS_MS = 5000, /* is answered by the daemon itself, and at once */
};

struct daemon *daemon_free(struct daemon *daemon)
{
        if (!daemon)
                return NULL;

        (void) varlink_client_free(daemon->client);
        wire_reply_done(&daemon->status);
        free(daemon);
        return NULL;
}

/* Says why, once: nothing is asked of it afterwards. */
static int give_up(struct daemon *daemon, const char *reason)
{
        daemon->client = varlink_client_free(daemon->client);
        if (daemon->flags & DAEMON_QUIET)
                return -ECANCELED;
        if (daemon->arguments->socket || (daemon->flags & DAEMON_ITSELF))
                return fail(EXIT_REFUSED, "%s", reason);

        (void) fail(EXIT_OK, "%s; going on without it", reason);
        return -ECANCELED;
}

int daemon_give_up_error(struct daemon *daemon, int error)
{
        static const struct {
                int error;
                const char *reason;
        } reasons[] = {
                { -EPERM, "the daemon's socket is served by somebody who is not root" },
                { -ETIMEDOUT, "the daemon does not answer" },
                { -ECONNRESET, "the daemon ended before its answer did" },
                { -EPIPE, "the daemon ended before it was asked" },
                { -EBADMSG, "the daemon's answer is none" },
        };
        _cleanup_free_ char *other = NULL;

        if (error == -ENOMEM)
                return fail_memory();
        for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
                if (error == reasons[i].error)
                        return give_up(daemon, reasons[i].reason);
        other = string_format("the daemon cannot be asked: %s", strerror(-error));

        return other ? give_up(daemon, other) : fail_memory();
}

int daemon_give_up_answer(struct daemon *daemon, int error, const char *cause)
{
        _cleanup_free_ char *reason = NULL;

        if (error == -ENOMEM)
                return fail_memory();
        reason = string_format("the daemon's answer cannot be used: %s", cause);

        return reason ? give_up(daemon, reason) : fail_memory();
}

bool daemon_is_error(const struct wire_reply *reply, const char *name)
{
        return text_equal(reply->error, name);
}

/* What an error says for people, as half a sentence; NULL without memory. */
char *daemon_describe_error(const struct wire_reply *reply)
{
        struct text word = { 0 };

        if (daemon_is_error(reply, AGENT "Busy"))
                return strdup("the daemon is at work for somebody else");
        if (daemon_is_error(reply, SERVICE "PermissionDenied"))
                return strdup("the daemon answers this only to root");
        if (json_get_text(reply->parameters, "reason", &word) >= 0)
                return string_format("the daemon could not do it: %.*s", TEXT_ARGS(word));
        if (json_get_text(reply->parameters, "name", &word) >= 0)
                return string_format("the daemon does not know '%.*s'", TEXT_ARGS(word));

        return string_format("the daemon says %.*s", TEXT_ARGS(reply->error));
}

int daemon_give_up_reply(struct daemon *daemon, const struct wire_reply *reply)
{
        _cleanup_free_ char *reason = daemon_describe_error(reply);

        return reason ? give_up(daemon, reason) : fail_memory();
}

/* 0 also for an error of the daemon's. */
int daemon_ask(struct daemon *daemon, const char *method, const struct json_builder *builder,
               struct json_object *parameters, bool more)
{
        int r = daemon->client ? varlink_client_send(daemon->client, method, builder, parameters, more)
                               : -ECANCELED;

        return r < 0 && r != -ECANCELED ? daemon_give_up_error(daemon, r) : r;
}

/* The next answer, which is no error. */
int daemon_hear(struct daemon *daemon, int timeout_ms, struct wire_reply *ret)
{
        _cleanup_wire_reply_ struct wire_reply reply = { 0 };
        int r = varlink_client_receive(daemon->client, timeout_ms, &reply);

        if (r < 0)
                return daemon_give_up_error(daemon, r);
        if (reply.error.len > 0)
                return daemon_give_up_reply(daemon, &reply);

        *ret = reply;
        reply.message = NULL;
        return 0;
}

static bool is_wanted(const struct arguments *arguments, unsigned flags)
{
        if (arguments->socket || (flags & DAEMON_ITSELF))
                return true;

        /* Whoever sets the date wants it in what is written. */
        return !arguments->root && !arguments->config && !arguments->no_daemon &&
               !getenv("SOURCE_DATE_EPOCH");
}

static int connect_to(struct daemon *daemon, const char *path)
{
        int r = varlink_client_open(path, CONNECT_MS, &daemon->client);
        bool absent = r == -ENOENT || r == -ENOTDIR || r == -ECONNREFUSED;

        /* That there is no daemon is usual, and no news. */
        if (absent && (!daemon->arguments->socket || (daemon->flags & DAEMON_ITSELF)))
                return -ECANCELED;
        if (absent)
                return fail(EXIT_REFUSED, "nobody listens at '%s'", path);

        return r < 0 ? daemon_give_up_error(daemon, r) : 0;
}

/* Another version says other words for the same, or means something else by them. */
static int check_version(struct daemon *daemon)
{
        struct json_object *agent = json_get_object(daemon->status.parameters, "agent");
        _cleanup_free_ char *reason = NULL;
        struct text version;

        if (json_get_text(agent, "version", &version) < 0)
                return daemon_give_up_answer(daemon, -EBADMSG, "it has no version");
        if (text_equal(version, VERSION))
                return 0;
        reason = string_format("the daemon is of version %.*s, and this is %s", TEXT_ARGS(version), VERSION);

        return reason ? give_up(daemon, reason) : fail_memory();
}

static int begin(struct daemon *daemon)
{
        const char *path = daemon->arguments->socket ? daemon->arguments->socket : VARLINK_AGENT_SOCKET;
        int r;

        r = connect_to(daemon, path);
        if (r == 0)
                r = daemon_ask(daemon, AGENT "Status", NULL, NULL, false);
        if (r == 0)
                r = daemon_hear(daemon, STATUS_MS, &daemon->status);
        if (r == 0 && !(daemon->flags & DAEMON_ITSELF))
                r = check_version(daemon);

        return r;
}

int daemon_open(const struct arguments *arguments, unsigned flags, struct daemon **ret)
{
        struct daemon *daemon;
        int r;

        *ret = NULL;
        if (!is_wanted(arguments, flags))
                return 0;
        daemon = calloc(1, sizeof(*daemon));
        if (!daemon)
                return fail_memory();
        daemon->arguments = arguments;
        daemon->flags = flags;
        r = begin(daemon);
        if (r == 0)
                *ret = daemon;
        else
                (void) daemon_free(daemon);

        return r == -ECANCELED ? 0 : r;
}

struct json_object *daemon_status(const struct daemon *daemon)
{
        return daemon->status.parameters;
}
