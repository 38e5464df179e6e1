/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/subscribe.h"
#include "daemon/calls.h"
#include "daemon/daemon.h"

enum { QUEUE_MAX = 16 };

struct subscriber {
        struct subscriber *next;
        struct daemon *daemon;
        struct varlink_call *call;
        bool told; /* the verdict */
        /* What the client has not made room for yet, oldest first. */
        char *queue[QUEUE_MAX];
        size_t n_queue;
};

static void subscriber_free(struct subscriber *subscriber)
{
        struct subscriber **at = &subscriber->daemon->subscribers;

        while (*at && *at != subscriber)
                at = &(*at)->next;
        if (*at)
                *at = subscriber->next;
        for (size_t i = 0; i < subscriber->n_queue; i++)
                free(subscriber->queue[i]);
        free(subscriber);
}

static char *only_summary(const struct daemon *daemon)
{
        return string_format("{\"summary\":%s,\"changes\":[]}", daemon->summary);
}

/* What is too long for a message is told as a verdict alone: who wants the findings asks for them. */
static int stream(struct subscriber *subscriber, const char *changes)
{
        _cleanup_free_ char *summary = NULL;
        int r;

        r = varlink_call_stream_text(subscriber->call, text_from_string(changes));
        if (r != -EFBIG)
                return r;
        summary = only_summary(subscriber->daemon);

        return summary ? varlink_call_stream_text(subscriber->call, text_from_string(summary)) : -ENOMEM;
}

/* Gone afterwards. */
static void end(struct subscriber *subscriber, const char *reason)
{
        struct varlink_call *call = subscriber->call;

        subscriber_free(subscriber);
        varlink_call_failed(call, "%s", reason);
}

/* Takes the text, NULL for no memory. Whoever reads nothing at all is let go: it asks for a client that sees
 * each change, and would not. */
static void tell(struct subscriber *subscriber, char *changes)
{
        _cleanup_free_ char *owned = changes;
        int r = -ENOMEM;

        if (!owned) {
                end(subscriber, "no memory");
                return;
        }
        subscriber->told = true;
        if (!varlink_call_is_full(subscriber->call) && subscriber->n_queue == 0)
                r = stream(subscriber, owned);
        else
                r = -EAGAIN;
        if (r == -EAGAIN && subscriber->n_queue < QUEUE_MAX)
                subscriber->queue[subscriber->n_queue++] = take_ptr(owned);
        else if (r < 0)
                end(subscriber, "the changes are not being read");
}

static void client_left(struct varlink_call *call, void *userdata)
{
        (void) call;
        subscriber_free(userdata);
}

static void client_has_space(struct varlink_call *call, void *userdata)
{
        struct subscriber *subscriber = userdata;
        size_t n = 0;

        while (n < subscriber->n_queue && !varlink_call_is_full(call) &&
               stream(subscriber, subscriber->queue[n]) >= 0)
                free(subscriber->queue[n++]);
        subscriber->n_queue -= n;
        for (size_t i = 0; i < subscriber->n_queue; i++)
                subscriber->queue[i] = subscriber->queue[i + n];
}

int handle_subscribe(struct varlink_call *call, void *userdata)
{
        struct daemon *daemon = userdata;
        struct subscriber *subscriber;

        if (!caller_may_read(call, daemon) || !varlink_call_accepts(call, NULL))
                return 0;
        if (daemon->single) {
                varlink_call_failed(call, "a daemon that serves a single connection watches nothing");
                return 0;
        }

        subscriber = calloc(1, sizeof(*subscriber));
        if (!subscriber)
                return -ENOMEM;
        *subscriber = (struct subscriber){ .next = daemon->subscribers, .daemon = daemon, .call = call };
        daemon->subscribers = subscriber;
        varlink_call_defer(call, client_left, client_has_space, subscriber);
        if (daemon->summary)
                tell(subscriber, only_summary(daemon));

        return 0;
}

void subscribers_tell_summary(struct daemon *daemon)
{
        struct subscriber *next;

        for (struct subscriber *subscriber = daemon->subscribers; subscriber; subscriber = next) {
                next = subscriber->next;
                if (!subscriber->told)
                        tell(subscriber, only_summary(daemon));
        }
}

void subscribers_tell(struct daemon *daemon, struct text changes)
{
        struct subscriber *next;

        for (struct subscriber *subscriber = daemon->subscribers; subscriber; subscriber = next) {
                next = subscriber->next;
                tell(subscriber, text_dup(changes));
        }
}

void subscribers_end(struct daemon *daemon)
{
        while (daemon->subscribers)
                end(daemon->subscribers, "the daemon is being stopped");
}
