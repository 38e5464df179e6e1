/* SPDX-License-Identifier: Apache-2.0 */
#include "varlink-fixture.h"

/* One call on a connection of its own. */
static void check_call(int line, const char *message, const char *expected)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say(fd, message);
        settle(&f);
        check_heard(line, fd, expected);
        close(fd);
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), 0);
        fixture_close(&f);
}
#define CHECK_CALL(message, expected) check_call(__LINE__, message, expected)

#define AGENT(name, rest) "{\"method\":\"io.ecsguest.Agent." name "\"" rest "}"
#define SERVICE(name, rest) "{\"method\":\"org.varlink.service." name "\"" rest "}"
#define ERROR(name, parameters) "{\"error\":\"org.varlink.service." name "\",\"parameters\":" parameters "}|"

TEST(service)
{
        CHECK_CALL(SERVICE("GetInfo", ",\"parameters\":{}"),
                   "{\"parameters\":{\"vendor\":\"v\",\"product\":\"p\",\"version\":\"1\",\"url\":\"u\","
                   "\"interfaces\":[\"io.ecsguest.Agent\",\"org.varlink.service\"]}}|");
        CHECK_CALL(SERVICE("GetInfo", ",\"parameters\":{\"a\":1}"),
                   ERROR("InvalidParameter", "{\"parameter\":\"a\"}"));
        CHECK_CALL(SERVICE("GetInterfaceDescription", ""),
                   ERROR("InvalidParameter", "{\"parameter\":\"interface\"}"));
        CHECK_CALL(SERVICE("GetInterfaceDescription", ",\"parameters\":{\"interface\":\"a.b\"}"),
                   ERROR("InterfaceNotFound", "{\"interface\":\"a.b\"}"));
}

TEST(description)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        for (const struct varlink_interface *i = varlink_interfaces; i->name; i++) {
                _cleanup_free_ char *call = string_format(
                        SERVICE("GetInterfaceDescription", ",\"parameters\":{\"interface\":\"%s\"}"),
                        i->name);
                _cleanup_free_ char *heard = NULL;
                _cleanup_json_ struct json_object *object = NULL;
                struct text description;
                const char *cause;

                say(fd, call);
                settle(&f);
                heard = hear(fd);
                CHECK_INT(json_parse(heard, strlen(heard) - 1, 1 << 20, &object, &cause), 0);
                CHECK_INT(json_get_text(json_get_object(object, "parameters"), "description", &description),
                          0);
                CHECK(text_equal(description, i->description));
        }
        close(fd);
        fixture_close(&f);
}

TEST(errors)
{
        CHECK_CALL(AGENT("Nothing", ""),
                   ERROR("MethodNotFound", "{\"method\":\"io.ecsguest.Agent.Nothing\"}"));
        CHECK_CALL("{\"method\":\"x\\\"y\"}", ERROR("MethodNotFound", "{\"method\":\"x\\\"y\"}"));
        CHECK_CALL("{\"method\":\"a.b.C\"}", ERROR("InterfaceNotFound", "{\"interface\":\"a.b\"}"));
        CHECK_CALL(AGENT("Echo", ",\"upgrade\":true"),
                   ERROR("MethodNotImplemented", "{\"method\":\"io.ecsguest.Agent.Echo\"}"));
        CHECK_CALL(AGENT("Stream", ""), ERROR("ExpectedMore", "{}"));
        CHECK_CALL(AGENT("Failing", ""),
                   "{\"error\":\"io.ecsguest.Agent.Failed\",\"parameters\":{\"reason\":\"Input/output "
                   "error\"}}|");
        CHECK_CALL(AGENT("Mute", ""),
                   "{\"error\":\"io.ecsguest.Agent.Failed\",\"parameters\":{\"reason\":\"the method gave no "
                   "answer\"}}|");
}

TEST(parameters)
{
        static const char taken[] = "{\"parameters\":{\"taken\":true}}|";

        CHECK_CALL(AGENT("Typed", ",\"parameters\":{\"name\":\"a\"}"), taken);
        CHECK_CALL(AGENT("Typed", ",\"parameters\":{\"name\":\"a\",\"names\":[],\"now\":null}"), taken);
        CHECK_CALL(AGENT("Typed", ""), ERROR("InvalidParameter", "{\"parameter\":\"name\"}"));
        CHECK_CALL(AGENT("Typed", ",\"parameters\":{\"name\":null}"),
                   ERROR("InvalidParameter", "{\"parameter\":\"name\"}"));
        CHECK_CALL(AGENT("Typed", ",\"parameters\":{\"name\":\"a\",\"now\":1}"),
                   ERROR("InvalidParameter", "{\"parameter\":\"now\"}"));
        CHECK_CALL(AGENT("Typed", ",\"parameters\":{\"name\":\"a\",\"nam\":1}"),
                   ERROR("InvalidParameter", "{\"parameter\":\"nam\"}"));
        /* Always an object, and none of theirs without being asked. */
        CHECK_CALL(AGENT("Echo", ",\"parameters\":null"), "{\"parameters\":{}}|");
        CHECK_CALL(AGENT("Echo", ""), "{\"parameters\":{}}|");
}

/* No call: the end, and no answer. */
TEST(cut_off)
{
        CHECK_CALL("", ".");
        CHECK_CALL("[]", ".");
        CHECK_CALL("null", ".");
        CHECK_CALL("1", ".");
        CHECK_CALL("GET / HTTP/1.1\r\n\r\n", ".");
        CHECK_CALL(AGENT("Echo", ",\"x\":1"), ".");
        CHECK_CALL(AGENT("Echo", ",\"method\":\"a.B\""), ".");
        CHECK_CALL(AGENT("Echo", ",\"more\":true,\"oneway\":true"), ".");
        CHECK_CALL(AGENT("Echo", ",\"parameters\":[]"), ".");
        CHECK_CALL(AGENT("Echo", ",\"parameters\":{\"a\":\"\xff\"}"), ".");
        CHECK_CALL(AGENT("Echo", ",\"parameters\":{\"a\":\"\\u0000\"}"), ".");
}

TEST(one_byte_at_a_time)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        for (size_t i = 0; i < sizeof(ECHO); i++) {
                CHECK_HEARD(fd, "");
                say_bytes(fd, (struct text){ &ECHO[i], 1 });
                CHECK_INT(loop_step(f.loop, 1000), 1);
        }
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        close(fd);
        fixture_close(&f);
}

TEST(three_in_one_write)
{
        static const char calls[] = ECHO "\0" AGENT("Nothing", "") "\0" ECHO;
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say_bytes(fd, (struct text){ calls, sizeof(calls) });
        settle(&f);
        CHECK_HEARD(fd, ECHOED ERROR("MethodNotFound", "{\"method\":\"io.ecsguest.Agent.Nothing\"}") ECHOED);
        CHECK_INT(f.n_calls, 2);
        close(fd);
        fixture_close(&f);
}

/* More than are handled in one turn, and all of them answered. */
TEST(many_in_one_write)
{
        struct fixture f;
        _cleanup_buffer_ struct buffer calls = { 0 };
        int fd;

        for (unsigned i = 0; i < 200; i++)
                buffer_add(&calls, ECHO, sizeof(ECHO));
        fixture_open(&f);
        fd = client_open(&f);
        say_bytes(fd, (struct text){ calls.data, calls.len });
        settle(&f);
        CHECK_INT(f.n_calls, 200);
        close(fd);
        settle(&f);
        CHECK_INT(f.n_idle, 1);
        fixture_close(&f);
}

TEST(half_a_call)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say_bytes(fd, TEXT("{\"method\":\"io.ecs"));
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), 1);
        close(fd);
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), 0);
        CHECK_INT(f.n_calls, 0);

        /* A whole one without its NUL is none either. */
        fd = client_open(&f);
        say_bytes(fd, TEXT(ECHO));
        CHECK_INT(shutdown(fd, SHUT_WR), 0);
        settle(&f);
        CHECK_HEARD(fd, ".");
        CHECK_INT(f.n_calls, 0);
        close(fd);
        fixture_close(&f);
}

/* Who only stops sending still gets the answers. */
TEST(half_closed)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say(fd, ECHO);
        say(fd, LATER);
        say(fd, ECHO);
        CHECK_INT(shutdown(fd, SHUT_WR), 0);
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        CHECK_INT(f.n_hangups, 0);
        CHECK(f.call);
        if (f.call)
                varlink_call_reply_text(take_ptr(f.call), TEXT("{\"late\":1}"));
        settle(&f);
        CHECK_HEARD(fd, "{\"parameters\":{\"late\":1}}|" ECHOED ".");
        CHECK_INT(varlink_server_connections(f.server), 0);
        close(fd);
        fixture_close(&f);
}

static void check_limit(size_t limit, size_t excess, const char *expected)
{
        static const char head[] = "{\"method\":\"io.ecsguest.Agent.Typed\",\"parameters\":{\"name\":\"";
        static const char tail[] = "\"}}";
        _cleanup_buffer_ struct buffer call = { 0 };
        struct fixture f;
        int fd;

        buffer_add_string(&call, head);
        while (call.len < limit + excess - strlen(tail))
                buffer_add_char(&call, 'x');
        buffer_add_string(&call, tail);
        fixture_open(&f);
        fd = client_open(&f);
        CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        for (size_t at = 0, tries = 0; at <= call.len && tries < 10000; tries++) {
                ssize_t n = send(fd, call.data + at, call.len + 1 - at, MSG_NOSIGNAL);

                at += n > 0 ? (size_t) n : 0;
                if (n < 0 && errno != EAGAIN)
                        break;
                (void) !loop_step(f.loop, 0);
        }
        settle(&f);
        CHECK_HEARD(fd, expected);
        close(fd);
        fixture_close(&f);
}

TEST(limit)
{
        check_limit(1 << 20, 0, "{\"parameters\":{\"taken\":true}}|");
        check_limit(1 << 20, 1, ".");
}

TEST(oneway)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say(fd, AGENT("Nothing", ",\"oneway\":true"));
        say(fd, AGENT("Stream", ",\"oneway\":true"));
        say(fd, AGENT("Failing", ",\"oneway\":true"));
        say(fd, AGENT("Typed", ",\"oneway\":true,\"parameters\":{\"a\":1}"));
        say(fd, AGENT("Echo", ",\"oneway\":true,\"parameters\":{\"n\":2}"));
        say(fd, ECHO);
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        CHECK_INT(f.n_calls, 2);

        /* Said on the way out. */
        say(fd, AGENT("Echo", ",\"oneway\":true"));
        close(fd);
        settle(&f);
        CHECK_INT(f.n_calls, 3);
        CHECK_INT(varlink_server_connections(f.server), 0);
        fixture_close(&f);
}

/* It runs on when its client has gone, and the connection waits for it. */
TEST(oneway_deferred)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say(fd, AGENT("Later", ",\"oneway\":true"));
        settle(&f);
        CHECK(f.call);
        close(fd);
        settle(&f);
        CHECK_INT(f.n_hangups, 0);
        CHECK_INT(varlink_server_connections(f.server), 1);
        if (f.call)
                varlink_call_failed(take_ptr(f.call), "%s", "x");
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), 0);
        CHECK_INT(f.n_idle, 1);
        fixture_close(&f);
}

TEST(later)
{
        struct fixture f;
        int fd, other;

        fixture_open(&f);
        fd = client_open(&f);
        other = client_open(&f);
        say(fd, LATER);
        say(fd, ECHO);
        settle(&f);
        CHECK_INT(f.n_calls, 1);
        CHECK_HEARD(fd, "");
        say(other, ECHO);
        settle(&f);
        CHECK_HEARD(other, ECHOED);
        CHECK_INT(f.n_calls, 2);
        CHECK_INT(loop_step(f.loop, 20), 0);

        if (f.call)
                varlink_call_reply_text(take_ptr(f.call), TEXT("{\"late\":1}"));
        settle(&f);
        CHECK_HEARD(fd, "{\"parameters\":{\"late\":1}}|" ECHOED);
        close(fd);
        close(other);
        fixture_close(&f);
}

TEST(stream)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say(fd, STREAM);
        say(fd, ECHO);
        settle(&f);
        CHECK(f.call && varlink_call_wants_more(f.call));
        CHECK_STRING(varlink_call_method(f.call), "io.ecsguest.Agent.Stream");
        CHECK_INT(varlink_call_uid(f.call), geteuid());
        CHECK_INT(varlink_call_pid(f.call), getpid());
        CHECK_INT(varlink_call_stream_text(f.call, TEXT("{\"i\":1}")), 0);
        settle(&f);
        CHECK_HEARD(fd, "{\"parameters\":{\"i\":1},\"continues\":true}|");
        CHECK_INT(varlink_call_stream_text(f.call, TEXT("{\"i\":")), -EBADMSG);
        CHECK_INT(varlink_call_stream_text(f.call, TEXT("{\"i\":2}")), 0);
        varlink_call_error_string(take_ptr(f.call), "io.ecsguest.Agent.Busy", NULL, NULL);
        settle(&f);
        CHECK_HEARD(fd, "{\"parameters\":{\"i\":2},\"continues\":true}|"
                        "{\"error\":\"io.ecsguest.Agent.Busy\",\"parameters\":{}}|" ECHOED);
        close(fd);
        fixture_close(&f);
}

TEST(client_leaves)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say(fd, STREAM);
        settle(&f);
        CHECK(f.call);
        CHECK_INT(varlink_call_stream_text(f.call, TEXT("{\"i\":1}")), 0);
        settle(&f);
        close(fd);
        settle(&f);
        CHECK_INT(f.n_hangups, 1);
        CHECK(!f.call);
        CHECK_INT(varlink_server_connections(f.server), 0);

        /* Gone between two answers, which nobody has seen yet. */
        fd = client_open(&f);
        say(fd, STREAM);
        settle(&f);
        close(fd);
        CHECK_INT(varlink_call_stream_text(f.call, TEXT("{\"i\":1}")), 0);
        CHECK_INT(varlink_call_stream_text(f.call, TEXT("{\"i\":2}")), 0);
        settle(&f);
        CHECK_INT(f.n_hangups, 2);

        /* The same, and the answer is the last. */
        fd = client_open(&f);
        say(fd, LATER);
        settle(&f);
        close(fd);
        varlink_call_reply_text(take_ptr(f.call), TEXT(""));
        settle(&f);
        CHECK_INT(f.n_hangups, 2);
        CHECK_INT(varlink_server_connections(f.server), 0);

        /* A call that nobody waits for is not begun. */
        fd = client_open(&f);
        f.n_calls = 0;
        say(fd, LATER);
        close(fd);
        settle(&f);
        CHECK_INT(f.n_calls, 0);

        fd = client_open(&f);
        say(fd, ECHO);
        settle(&f);
        CHECK_HEARD(fd, ECHOED);
        close(fd);
        fixture_close(&f);
}

/* As much as the server keeps, and not more; then all of it arrives, in order. */
TEST(slow_reader)
{
        enum { N = 3000, BYTES = 1000 };
        _cleanup_buffer_ struct buffer all = { 0 };
        struct fixture f;
        unsigned sent = 0, refused = 0, first_full = 0;
        int fd, other;

        fixture_open(&f);
        fd = client_open(&f);
        other = client_open(&f);
        say(fd, STREAM);
        settle(&f);
        for (unsigned tries = 0; f.call && sent < N && tries < 100 * N; tries++) {
                _cleanup_free_ char *text = string_format("{\"i\":\"%0*u\"}", BYTES, sent);
                int r = varlink_call_stream_text(f.call, text_from_string(text));

                if (r == 0) {
                        sent++;
                        continue;
                }
                CHECK_INT(r, -EAGAIN);
                CHECK(varlink_call_is_full(f.call));
                if (refused++ == 0) {
                        first_full = sent;
                        settle(&f);
                        CHECK_INT(f.n_space, 0);
                        say(other, ECHO);
                        settle(&f);
                        CHECK_HEARD(other, ECHOED);
                }
                for (unsigned before = f.n_space; f.n_space == before;) {
                        _cleanup_free_ char *heard = hear(fd);

                        buffer_add_string(&all, heard);
                        (void) !loop_step(f.loop, 0);
                }
        }
        CHECK(first_full > 100 && first_full < 1000);
        CHECK(f.n_space > 2);
        varlink_call_reply_text(take_ptr(f.call), TEXT(""));
        for (unsigned i = 0;
             i < 1000 && (all.len == 0 || !text_ends((struct text){ all.data, all.len }, "{}}|")); i++) {
                _cleanup_free_ char *heard = hear(fd);

                buffer_add_string(&all, heard);
                (void) !loop_step(f.loop, 5);
        }
        for (struct text rest = { all.data, all.len }, reply;
             sent > 0 && text_split(rest, '|', &reply, &rest);) {
                static unsigned i;
                _cleanup_free_ char *expected =
                        string_format("{\"parameters\":{\"i\":\"%0*u\"},\"continues\":true}", BYTES, i++);

                if (!text_equal(reply, i <= N ? expected : "{\"parameters\":{}}"))
                        test_failed(__FILE__, __LINE__, "reply %u is another one", i);
                CHECK(i < N + 1 || rest.len == 0);
        }
        close(fd);
        close(other);
        fixture_close(&f);
}

/* A caller who does not read gets no further call answered. */
TEST(reads_nothing)
{
        enum { N = 50000 };
        struct fixture f;
        unsigned said = 0;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        CHECK_INT(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
        for (unsigned i = 0; i < N; i++) {
                if (send(fd, ECHO, sizeof(ECHO), MSG_NOSIGNAL) == sizeof(ECHO))
                        said++;
                (void) !loop_step(f.loop, 0);
        }
        CHECK(said < N);
        CHECK(f.n_calls < said);
        CHECK_INT(loop_step(f.loop, 20), 0);
        close(fd);
        settle(&f);
        CHECK_INT(varlink_server_connections(f.server), 0);
        fixture_close(&f);
}

/* Small calls, large answers: one is made beyond what the kernel takes. */
TEST(large_answers)
{
        static const char call[] = AGENT("Big", "");
        struct fixture f;
        size_t len = 0;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        for (unsigned i = 0; i < 15; i++)
                say(fd, call);
        settle(&f);
        CHECK(f.n_calls < 8);
        for (unsigned i = 0; i < 1000 && len < 15 * (BIG + strlen("{\"parameters\":{\"a\":\"\"}}|")); i++) {
                _cleanup_free_ char *heard = hear(fd);

                len += strlen(heard);
                (void) !loop_step(f.loop, 5);
        }
        CHECK_INT(len, 15 * (BIG + strlen("{\"parameters\":{\"a\":\"\"}}|")));
        CHECK_INT(f.n_calls, 15);
        close(fd);
        fixture_close(&f);
}

TEST(answer_too_long)
{
        _cleanup_buffer_ struct buffer text = { 0 };
        struct fixture f;
        int fd;

        buffer_add_string(&text, "{\"a\":\"");
        while (text.len < 1 << 20)
                buffer_add_char(&text, 'x');
        buffer_add_string(&text, "\"}");
        fixture_open(&f);
        fd = client_open(&f);
        say(fd, STREAM);
        settle(&f);
        CHECK(f.call);
        CHECK_INT(varlink_call_stream_text(f.call, (struct text){ text.data, text.len }), -EFBIG);
        varlink_call_reply_text(take_ptr(f.call), (struct text){ text.data, text.len });
        settle(&f);
        CHECK_HEARD(fd, "{\"error\":\"io.ecsguest.Agent.Failed\",\"parameters\":{\"reason\":\"the answer is "
                        "too long\"}}|");
        close(fd);
        fixture_close(&f);
}

TEST(slow_sender)
{
        struct fixture f;
        uint64_t begin;
        int fd, idle, pending;

        fixture_open_with(&f, (struct varlink_limits){ .head_ms = 1000 });
        fd = client_open(&f);
        idle = client_open(&f);
        pending = client_open(&f);
        say(pending, LATER);
        say_bytes(pending, TEXT("{\"me"));
        /* Each byte does not buy more time. */
        for (begin = loop_now(); loop_now() - begin < 20000 && varlink_server_connections(f.server) == 3;) {
                (void) !send(fd, "{", 1, MSG_NOSIGNAL);
                (void) !loop_step(f.loop, 10);
                (void) usleep(5000);
        }
        CHECK_HEARD(fd, ".");
        CHECK_INT(varlink_server_connections(f.server), 2);
        CHECK(f.call);
        CHECK_INT(loop_step(f.loop, 1200), 0);

        /* The time begins anew with each call, also where the next one has been begun. */
        say_bytes(idle, TEXT("{"));
        for (unsigned i = 0; i < 5; i++) {
                settle(&f);
                (void) usleep(300000);
                say_bytes(idle, TEXT("\"method\":\"io.ecsguest.Agent.Echo\"}\0{"));
                settle(&f);
                CHECK_HEARD(idle, "{\"parameters\":{}}|");
        }
        close(idle);
        settle(&f);
        varlink_call_reply_text(take_ptr(f.call), TEXT(""));
        settle(&f);
        CHECK_INT(loop_step(f.loop, 5000), 1);
        CHECK_HEARD(pending, "{\"parameters\":{}}|.");
        CHECK_INT(varlink_server_connections(f.server), 0);
        close(fd);
        close(pending);
        fixture_close(&f);
}

TEST(server_ends)
{
        struct fixture f;
        int fd;

        fixture_open(&f);
        fd = client_open(&f);
        say(fd, LATER);
        settle(&f);
        CHECK(f.call);
        f.server = varlink_server_free(f.server);
        CHECK_INT(f.n_hangups, 1);
        CHECK_HEARD(fd, ".");
        close(fd);
        fixture_close(&f);
}
