/* SPDX-License-Identifier: Apache-2.0 */

/* The metadata service in all its moods, by a stand-in for http_exchange(); and the cache, in the hands of
 * somebody who means no good. */

#include "test.h"

#include "control/http.h"
#include "control/metadata-fields.h"
#include "control/metadata-store.h"
#include "control/metadata.h"
#include "tree.h"

#include <sys/stat.h>
#include <time.h>

#define BOOT "0123456789abcdef0123456789abcdef"
#define BOOT_DASHES "01234567-89ab-cdef-0123-456789abcdef"
#define DOCUMENT                                                                                             \
        "{\"zone-id\":\"cn-x-i\",\"instance-id\":\"i-1\",\"region-id\":\"cn-x\",\"image-id\":\"m_1.vhd\","   \
        "\n \"instance-type\":\"ecs.g7.large\", \"owner-account-id\":\"123\",\"mac\":\"00\"}\r\n"

/* What the service says to a request, the first row that fits: of a method and a path that ends so. */
struct row {
        const char *method, *end;
        int error;
        long status;
        const char *body;
        int64_t retry_after;
        enum { ALWAYS, WITH_TOKEN, ONCE } when; /* only when the request has a token; only the first time */
};

static const struct row *rows;
static unsigned n_requests, n_tokens, n_said[16];
static char last_url[512];
static unsigned sleep_ms; /* at each request */

static bool has_token(const struct http_request *request)
{
        for (const char *const *header = request->headers; *header; header++)
                if (text_starts(text_from_string(*header), "X-aliyun-ecs-metadata-token: "))
                        return true;

        return false;
}

static void check_request(const struct http_request *request)
{
        CHECK(request->plain);
        CHECK(!request->proxy);
        CHECK(request->connect_ms > 0 && request->connect_ms <= 1000);
        CHECK(request->total_ms > 0 && request->total_ms <= 3000);
        CHECK(request->answer_max > 0 && request->answer_max <= 16 * 1024);
        CHECK(text_starts(text_from_string(request->url), METADATA_BASE "/"));
}

int http_exchange(const struct http_request *request, struct http_answer *ret)
{
        const struct row *row = rows;

        check_request(request);
        n_requests++;
        n_tokens += string_equal(request->method, "PUT");
        (void) snprintf(last_url, sizeof(last_url), "%s", request->url);
        if (sleep_ms > 0)
                (void) usleep(sleep_ms * 1000);
        *ret = (struct http_answer){ .retry_after = -1 };
        while (row->method && (!string_equal(row->method, request->method) ||
                               !text_ends(text_from_string(request->url), row->end) ||
                               (row->when == WITH_TOKEN && !has_token(request)) ||
                               (row->when == ONCE && n_said[row - rows] > 0)))
                row++;
        if (!row->method) {
                ret->status = 404;
                buffer_add_string(&ret->body, "<html>i-404</html>");
                return ret->body.failed ? -ENOMEM : 0;
        }
        n_said[row - rows]++;
        if (row->error < 0) {
                ret->reason = strdup("it is so");
                return row->error;
        }
        ret->status = row->status;
        ret->retry_after = row->retry_after > 0 ? row->retry_after : -1;
        buffer_add_string(&ret->body, row->body ? row->body : "");
        return ret->body.failed ? -ENOMEM : 0;
}

void http_answer_done(struct http_answer *answer)
{
        buffer_done(&answer->body);
        free(answer->reason);
        *answer = (struct http_answer){ 0 };
}

/* Rows that several tests share. */
#define TOKEN                                                                                                \
        {                                                                                                    \
                "PUT", "/latest/api/token", 0, 200, "token=="                                                \
        }
#define IDENTITY                                                                                             \
        { "GET", "/2016-01-01/dynamic/instance-identity/document", 0, 200, DOCUMENT },                       \
        {                                                                                                    \
                "GET", "/2016-01-01/dynamic/instance-identity/pkcs7", 0, 200, "MIIB\r\nAA==\n"               \
        }
#define END                                                                                                  \
        {                                                                                                    \
                NULL                                                                                         \
        }

/* A directory with DMI and one for the cache. */
struct home {
        struct tree tree;
        char *dmi, *cache;
        struct metadata_options options;
};

static void home_new(struct home *home)
{
        static const char *const files[] = { "dmi/product_name", "Alibaba Cloud ECS\n", "cache/x", "", NULL };

        tree_new(&home->tree);
        tree_fill(&home->tree, files);
        home->dmi = string_format("%s/dmi", home->tree.name);
        home->cache = string_format("%s/cache", home->tree.name);
        home->options = (struct metadata_options){ .directory = home->cache,
                                                   .boot_id = BOOT_DASHES,
                                                   .dmi = home->dmi };
        (void) unsetenv("ALIBABA_CLOUD_ECS_METADATA");
        (void) unsetenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
        (void) unsetenv("ALIBABA_CLOUD_IMDSV1_DISABLED");
        n_requests = n_tokens = sleep_ms = 0;
        credentials_forget();
}

static void home_done(struct home *home)
{
        tree_done(&home->tree);
        free(home->dmi);
        free(home->cache);
        credentials_forget();
}
#define _cleanup_home_ _cleanup_(home_done)

/* One run of the reporter: what it is told, and how many requests that takes. */
static void check_get(struct home *home, const struct row *service, enum metadata_source source,
                      unsigned requests, struct metadata *ret)
{
        enum metadata_source got = METADATA_FAILED;

        rows = service;
        n_requests = n_tokens = 0;
        memset(n_said, 0, sizeof(n_said));
        metadata_done(ret);
        CHECK_INT(metadata_get(&home->options, ret, &got), 0);
        CHECK_INT(got, source);
        CHECK_INT(n_requests, requests);
}

/* The note says this. */
static void check_note(const struct metadata *metadata, const char *words)
{
        if (!words ? metadata->note != NULL
                   : !metadata->note || !text_contains(text_from_string(metadata->note), words))
                test_failed(__FILE__, __LINE__, "the note is '%s', not '%s'",
                            metadata->note ? metadata->note : "", words ? words : "");
}

static void check_all(const struct metadata *metadata)
{
        CHECK_STRING(metadata->instance_id, "i-1");
        CHECK_STRING(metadata->instance_type, "ecs.g7.large");
        CHECK_STRING(metadata->region_id, "cn-x");
        CHECK_STRING(metadata->zone_id, "cn-x-i");
        CHECK_STRING(metadata->image_id, "m_1.vhd");
        CHECK_STRING(metadata->owner_account_id, "123");
        CHECK_STRING(metadata->identity, DOCUMENT);
        CHECK_STRING(metadata->identity_pkcs7, "MIIBAA==");
}

TEST(normal)
{
        static const struct row service[] = { TOKEN, IDENTITY, END };
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 }, cached = { 0 };
        _cleanup_free_ char *file = NULL;
        struct stat st;

        home_new(&home);
        check_get(&home, service, METADATA_ASKED, 3, &metadata);
        check_all(&metadata);
        check_note(&metadata, NULL);
        CHECK_INT(n_tokens, 1);

        /* Once a boot. */
        check_get(&home, service, METADATA_CACHED, 0, &metadata);
        check_all(&metadata);
        file = string_format("%s/" METADATA_CACHE, home.cache);
        CHECK(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600);

        /* The root side, with a boot id of either form. */
        {
                _cleanup_close_ int fd = open(home.cache, O_RDONLY | O_DIRECTORY);

                CHECK_INT(metadata_read_cache(fd, BOOT, &cached), 0);
                check_all(&cached);
                metadata_done(&cached);
                CHECK_INT(metadata_read_cache(fd, "1123456789abcdef0123456789abcdef", &cached), 0);
                CHECK(!cached.instance_id && !cached.identity);
                CHECK_INT(metadata_read_cache(fd, BOOT "0", &cached), 0);
                CHECK(!cached.instance_id);
                CHECK_INT(metadata_read_cache(fd, NULL, &cached), 0);
                CHECK(!cached.instance_id);
                CHECK_INT(metadata_read_cache(-EBADF, BOOT, &cached), 0);
                CHECK(!cached.instance_id);
        }

        /* The next boot asks again, and so does another audience. */
        home.options.boot_id = "ffffffff-89ab-cdef-0123-456789abcdef";
        check_get(&home, service, METADATA_ASKED, 3, &metadata);
        home.options.audience = "a b&c/\"";
        check_get(&home, service, METADATA_ASKED, 3, &metadata);
        CHECK(!metadata.identity_pkcs7);
        CHECK_STRING(last_url,
                     METADATA_BASE "/2016-01-01/dynamic/instance-identity/pkcs7?audience=a%20b%26c%2F%22");
        check_note(&metadata, "does not sign");
        check_get(&home, service, METADATA_CACHED, 0, &metadata);
}

TEST(not_asked)
{
        static const struct row service[] = { TOKEN, IDENTITY, END };
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 };
        _cleanup_credentials_ struct credentials credentials = { 0 };
        _cleanup_free_ char *reason = NULL, *other = NULL;
        int64_t wait;

        home_new(&home);
        (void) setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "True", 1);
        check_get(&home, service, METADATA_FAILED, 0, &metadata);
        check_note(&metadata, "ALIBABA_CLOUD_ECS_METADATA_DISABLED");
        CHECK_INT(credentials_get(&home.options, &credentials, &reason, &wait), -EACCES);
        CHECK(reason != NULL);
        (void) setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "false", 1);
        check_get(&home, service, METADATA_ASKED, 3, &metadata);

        tree_file(&home.tree, "dmi/product_name", TEXT("Alibaba Cloud ECS 2\n"));
        check_get(&home, service, METADATA_NOT_ECS, 0, &metadata);
        CHECK(!metadata.instance_id);
        check_note(&metadata, "no ECS instance");
        home.options.dmi = "/nonexistent";
        check_get(&home, service, METADATA_NOT_ECS, 0, &metadata);
        credentials_forget();
        CHECK_INT(credentials_get(&home.options, &credentials, &other, &wait), -ENOENT);
        CHECK_INT(wait, -1);
        CHECK_INT(n_requests, 0);
}

/* What a service that does not answer as it should costs, and what is said of it; asked again at once, it is
 * left alone. */
static const struct {
        const char *name;
        struct row service[8];
        unsigned requests, tokens;
        enum metadata_source source;
        const char *note;
        bool final;       /* nothing more is asked in this boot */
        bool tokens_only; /* ALIBABA_CLOUD_IMDSV1_DISABLED */
} moods[] = {
        { "no tokens here", { IDENTITY, END }, 3, 1, METADATA_ASKED, NULL, true },
        { "no tokens here, and they are demanded",
          { IDENTITY, END },
          1,
          1,
          METADATA_FAILED,
          "ALIBABA_CLOUD_IMDSV1_DISABLED",
          false,
          true },
        { "the token takes too long",
          { { "PUT", "", -ETIMEDOUT }, IDENTITY, END },
          3,
          1,
          METADATA_ASKED,
          NULL,
          true },
        { "hardened, with a token",
          { TOKEN,
            { "GET", "/document", 0, 200, DOCUMENT, 0, WITH_TOKEN },
            { "GET", "/pkcs7", 0, 200, "AAAA", 0, WITH_TOKEN },
            { "GET", "", 0, 403 },
            END },
          3,
          1,
          METADATA_ASKED,
          NULL,
          true },
        { "hardened, and no token",
          { { "PUT", "", 0, 500 }, { "GET", "", 0, 403, DOCUMENT }, END },
          2,
          1,
          METADATA_FAILED,
          "hardened mode" },
        { "hardened, and the token is garbage",
          { { "PUT", "", 0, 200, "a b\r\nX: y" }, { "GET", "", 0, 403 }, END },
          2,
          1,
          METADATA_FAILED,
          "hardened mode" },
        { "the token is refused because of a proxy",
          { { "PUT", "", 0, 403 }, IDENTITY, END },
          3,
          1,
          METADATA_ASKED,
          NULL,
          true },
        { "switched off",
          { { "PUT", "", 0, 403 }, { "GET", "", 0, 403 }, END },
          2,
          1,
          METADATA_FAILED,
          "switched off" },
        { "silent",
          { { "PUT", "", -ETIMEDOUT }, { "GET", "", -ETIMEDOUT }, END },
          2,
          1,
          METADATA_FAILED,
          "it is so" },
        { "nobody listens", { { "PUT", "", -ECONNREFUSED }, END }, 1, 1, METADATA_FAILED, "it is so" },
        { "no route", { { "PUT", "", -EHOSTUNREACH }, END }, 1, 1, METADATA_FAILED, "it is so" },
        { "endless",
          { { "PUT", "", -EMSGSIZE }, { "GET", "", -EMSGSIZE }, END },
          3,
          1,
          METADATA_FAILED,
          "which instance" },
        { "asked too often", { { "PUT", "", 0, 429, NULL, 7 }, END }, 1, 1, METADATA_FAILED, "too often" },
        { "asked too often, later",
          { TOKEN, { "GET", "", 0, 429 }, END },
          2,
          1,
          METADATA_FAILED,
          "too often" },
        { "redirects",
          { { "PUT", "", 0, 302 }, { "GET", "", 0, 302, "i-2" }, END },
          2,
          1,
          METADATA_FAILED,
          "302" },
        { "broken", { { "PUT", "", 0, 500 }, { "GET", "", 0, 503 }, END }, 2, 1, METADATA_FAILED, "503" },
        { "knows nothing", { TOKEN, END }, 3, 1, METADATA_FAILED, "which instance" },
        { "garbage",
          { { "PUT", "", 0, 200, "<html>" }, { "GET", "", 0, 200, "<html>i-1" }, END },
          3,
          1,
          METADATA_FAILED,
          "which instance" },
        { "a token that is not taken", { TOKEN, { "GET", "", 0, 401 }, END }, 4, 2, METADATA_FAILED, "401" },
        { "401 without a token", { { "GET", "", 0, 401 }, END }, 2, 1, METADATA_FAILED, "401" },
        { "no signature",
          { TOKEN, { "GET", "/document", 0, 200, DOCUMENT }, END },
          3,
          1,
          METADATA_ASKED,
          "does not sign",
          true },
        { "the signature is none",
          { TOKEN, { "GET", "/document", 0, 200, DOCUMENT }, { "GET", "/pkcs7", 0, 200, "MII?AA==" }, END },
          3,
          1,
          METADATA_ASKED,
          "a signature of the identity document is none",
          true },
        { "the signature is cut",
          { TOKEN, { "GET", "/document", 0, 200, DOCUMENT }, { "GET", "/pkcs7", 0, 200, "MIIBA" }, END },
          3,
          1,
          METADATA_ASKED,
          "a signature of the identity document is none",
          true },
        { "the signature is too long",
          { TOKEN, { "GET", "/document", 0, 200, DOCUMENT }, { "GET", "/pkcs7", -EMSGSIZE }, END },
          3,
          1,
          METADATA_ASKED,
          "a signature of the identity document is none",
          true },
        { "the signature takes too long",
          { TOKEN, { "GET", "/document", 0, 200, DOCUMENT }, { "GET", "/pkcs7", -ETIMEDOUT }, END },
          3,
          1,
          METADATA_ASKED,
          "it is so" },
};

static int64_t now_s(void)
{
        struct timespec now;

        (void) clock_gettime(CLOCK_BOOTTIME, &now);
        return now.tv_sec;
}

static void check_mood(size_t i)
{
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 };
        _cleanup_metadata_cache_ struct metadata_cache cache = { 0 };
        _cleanup_close_ int fd = -EBADF;

        home_new(&home);
        if (moods[i].tokens_only)
                (void) setenv("ALIBABA_CLOUD_IMDSV1_DISABLED", "true", 1);
        check_get(&home, moods[i].service, moods[i].source, moods[i].requests, &metadata);
        CHECK_INT(n_tokens, moods[i].tokens);
        check_note(&metadata, moods[i].note);
        check_get(&home, moods[i].service,
                  moods[i].source == METADATA_ASKED ? METADATA_CACHED : METADATA_FAILED, 0, &metadata);
        check_note(&metadata, moods[i].note);

        fd = open(home.cache, O_RDONLY | O_DIRECTORY);
        CHECK_INT(metadata_cache_read(fd, BOOT, &cache), 0);
        CHECK_INT(cache.ask_again == 0, moods[i].final);
        CHECK_INT(cache.failures, moods[i].final ? 0 : 1);
        /* What was refused will not come. */
        CHECK_INT(metadata.pending, !moods[i].final && cache.ask_again < now_s() + 3500);
        CHECK_INT(cache.metadata.pending, metadata.pending);
}

TEST(moods)
{
        for (size_t i = 0; i < ARRAY_SIZE(moods); i++) {
                printf("# %s\n", moods[i].name);
                check_mood(i);
        }
}

static void set_ask_again(const struct home *home, int64_t ask_again, int64_t failures)
{
        _cleanup_close_ int fd = open(home->cache, O_RDONLY | O_DIRECTORY);
        _cleanup_metadata_cache_ struct metadata_cache cache = { 0 };

        CHECK_INT(metadata_cache_read(fd, BOOT, &cache), 0);
        cache.ask_again = ask_again;
        cache.failures = failures;
        CHECK_INT(metadata_cache_write(fd, BOOT, &cache), 0);
}

static int64_t wait_of(const struct home *home)
{
        _cleanup_close_ int fd = open(home->cache, O_RDONLY | O_DIRECTORY);
        _cleanup_metadata_cache_ struct metadata_cache cache = { 0 };

        CHECK_INT(metadata_cache_read(fd, BOOT, &cache), 0);
        return cache.ask_again - now_s();
}

static void check_wait(const struct home *home, int64_t expected)
{
        int64_t wait = wait_of(home);

        if (wait > expected || wait < expected - 5)
                test_failed(__FILE__, __LINE__, "waits %" PRIi64 " seconds, not %" PRIi64, wait, expected);
}

TEST(again)
{
        static const struct row partly[] = {
                TOKEN, { "GET", "/document", 0, 200, DOCUMENT }, { "GET", "/pkcs7", 0, 500 }, END
        };
        static const struct row silent[] = { { "PUT", "", -ECONNREFUSED }, END };
        static const struct row off[] = { { "PUT", "", 0, 403 }, { "GET", "", 0, 403 }, END };
        static const struct row often[] = { { "PUT", "", 0, 429, NULL, 600 }, END };
        static const struct row forever[] = { { "PUT", "", 0, 429, NULL, 1000000 }, END };
        static const struct row good[] = { TOKEN, IDENTITY, END };
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 };

        home_new(&home);
        check_get(&home, partly, METADATA_ASKED, 3, &metadata);
        check_wait(&home, 60);
        set_ask_again(&home, 1, 1);
        check_get(&home, silent, METADATA_ASKED, 1, &metadata);
        /* Nobody was there to be asked too often. */
        check_wait(&home, 10);
        CHECK(metadata.pending && metadata.pending_s >= 5 && metadata.pending_s <= 10);
        /* What was known stays known, and the newest note is the one that counts. */
        CHECK_STRING(metadata.instance_id, "i-1");
        CHECK_STRING(metadata.identity, DOCUMENT);
        check_note(&metadata, "it is so");
        set_ask_again(&home, 1, 20);
        check_get(&home, silent, METADATA_ASKED, 1, &metadata);
        check_wait(&home, 3600);
        set_ask_again(&home, 1, INT64_C(1) << 52);
        check_get(&home, often, METADATA_ASKED, 1, &metadata);
        set_ask_again(&home, 1, 0);
        check_get(&home, often, METADATA_ASKED, 1, &metadata);
        check_wait(&home, 600);
        /* Nor does another audience have it asked sooner; what was signed for the first one is not shown. */
        home.options.audience = "another";
        check_get(&home, good, METADATA_CACHED, 0, &metadata);
        CHECK(metadata.identity && !metadata.identity_pkcs7 && metadata.pending);
        home.options.audience = NULL;
        set_ask_again(&home, 1, 0);
        check_get(&home, forever, METADATA_ASKED, 1, &metadata);
        check_wait(&home, 3600);
        set_ask_again(&home, 1, 0);
        check_get(&home, off, METADATA_ASKED, 2, &metadata);
        check_wait(&home, 3600);
        /* A time that nobody can have meant. */
        set_ask_again(&home, INT64_C(1) << 52, 1);
        check_get(&home, good, METADATA_ASKED, 3, &metadata);
        check_all(&metadata);
        check_note(&metadata, NULL);
        check_get(&home, good, METADATA_CACHED, 0, &metadata);
}

/* Without a document each value is asked for by its own name, and what has not its form is not taken. */
TEST(values)
{
        static const struct row service[] = {
                TOKEN,
                { "GET", "/2016-01-01/meta-data/instance-id", 0, 200, "i-2\r\n" },
                { "GET", "/2016-01-01/meta-data/instance/instance-type", 0, 200, "ecs.g7.large\n" },
                { "GET", "/2016-01-01/meta-data/region-id", 0, 200, "cn-x.example.org" },
                { "GET", "/2016-01-01/meta-data/zone-id", 0, 200, "cn-x-i\r\ncn-x-j\r\n" },
                { "GET", "/2016-01-01/meta-data/owner-account-id", 0, 200, "12 3" },
                END
        };
        static const struct row old[] = {
                TOKEN,
                { "GET", "/document", 0, 200,
                  "{\"instance-id\":\"i-3\",\"account-id\":\"9\",\"private-ip\":\"\","
                  "\"region-id\":\"CN\",\"image-id\":7}" },
                { "GET", "/region-id", 0, 200, "cn-y" },
                END
        };
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 };

        home_new(&home);
        check_get(&home, service, METADATA_ASKED, 8, &metadata);
        CHECK_STRING(metadata.instance_id, "i-2");
        CHECK_STRING(metadata.instance_type, "ecs.g7.large");
        CHECK_STRING(metadata.region_id, NULL);
        CHECK_STRING(metadata.zone_id, NULL);
        CHECK_STRING(metadata.image_id, NULL);
        CHECK_STRING(metadata.owner_account_id, NULL);
        check_note(&metadata, "no identity document");

        home.options.boot_id = "f";
        check_get(&home, old, METADATA_ASKED, 7, &metadata);
        CHECK_STRING(metadata.instance_id, "i-3");
        CHECK_STRING(metadata.owner_account_id, "9");
        CHECK_STRING(metadata.region_id, "cn-y");
        CHECK_STRING(metadata.image_id, NULL);
}

/* A token that expires between two requests. */
TEST(renewed)
{
        static const struct row service[] = {
                TOKEN, { "GET", "/document", 0, 401, NULL, 0, ONCE }, IDENTITY, END
        };
        static const struct row twice[] = { TOKEN,
                                            { "GET", "/document", 0, 401, NULL, 0, ONCE },
                                            { "GET", "/pkcs7", 0, 401, NULL, 0, ONCE },
                                            IDENTITY,
                                            END };
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 };

        home_new(&home);
        check_get(&home, service, METADATA_ASKED, 5, &metadata);
        CHECK_INT(n_tokens, 2);
        check_all(&metadata);
        home.options.boot_id = "f";
        check_get(&home, twice, METADATA_ASKED, 5, &metadata);
        CHECK_INT(n_tokens, 2);
        check_note(&metadata, "401");
}

/* Ten seconds for all of it, whatever the single answers take. */
TEST(slow)
{
        static const struct row service[] = {
                TOKEN, { "GET", "/instance-id", 0, 200, "i-1" }, { "GET", "/instance-type", 0, 200, "x" }, END
        };
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 };
        time_t begin = time(NULL);

        home_new(&home);
        sleep_ms = 2900;
        check_get(&home, service, METADATA_ASKED, 4, &metadata);
        CHECK(time(NULL) - begin < 14);
        check_note(&metadata, "too slow");
        CHECK_STRING(metadata.instance_id, "i-1");
}

TEST(cannot_write)
{
        static const struct row service[] = { TOKEN, IDENTITY, END };
        _cleanup_home_ struct home home;
        _cleanup_metadata_ struct metadata metadata = { 0 };

        home_new(&home);
        home.options.directory = "/nonexistent";
        check_get(&home, service, METADATA_ASKED, 3, &metadata);
        check_all(&metadata);
        check_note(&metadata, "cannot write /nonexistent/metadata.json");
        home.options.directory = home.cache;
        tree_link(&home.tree, "cache/" METADATA_CACHE, "/etc/passwd");
        check_get(&home, service, METADATA_ASKED, 3, &metadata);
        check_note(&metadata, NULL);
        check_get(&home, service, METADATA_CACHED, 0, &metadata);
}

/* The hostile cache. */

#define CACHE(members) "{\"schema\":\"" METADATA_CACHE_SCHEMA "\",\"bootId\":\"" BOOT "\"," members "}"

static void read_hostile(const struct tree *tree, struct metadata *ret)
{
        metadata_done(ret);
        (void) alarm(5);
        CHECK_INT(metadata_read_cache(tree->fd, BOOT, ret), 0);
        (void) alarm(0);
}

static void check_nothing(const struct tree *tree, const char *what)
{
        _cleanup_metadata_ struct metadata metadata = { 0 };

        read_hostile(tree, &metadata);
        if (metadata.instance_id || metadata.instance_type || metadata.region_id || metadata.zone_id ||
            metadata.image_id || metadata.owner_account_id || metadata.identity || metadata.identity_pkcs7)
                test_failed(__FILE__, __LINE__, "something is taken from %s", what);
}

static const char good[] = CACHE("\"instanceId\":\"i-1\",\"regionId\":\"cn-x\"");

TEST(hostile_files)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_metadata_ struct metadata metadata = { 0 };
        _cleanup_free_ char *huge = calloc(1, METADATA_CACHE_MAX + sizeof(good));

        tree_new(&tree);
        check_nothing(&tree, "nothing");
        tree_file(&tree, METADATA_CACHE, TEXT(good));
        read_hostile(&tree, &metadata);
        CHECK_STRING(metadata.instance_id, "i-1");
        CHECK_STRING(metadata.region_id, "cn-x");

        CHECK_INT(renameat(tree.fd, METADATA_CACHE, tree.fd, "elsewhere"), 0);
        tree_link(&tree, METADATA_CACHE, "elsewhere");
        check_nothing(&tree, "a link");
        CHECK_INT(unlinkat(tree.fd, METADATA_CACHE, 0), 0);
        CHECK_INT(mkfifoat(tree.fd, METADATA_CACHE, 0600), 0);
        check_nothing(&tree, "a FIFO");
        CHECK_INT(unlinkat(tree.fd, METADATA_CACHE, 0), 0);
        tree_directory(&tree, METADATA_CACHE);
        check_nothing(&tree, "a directory");
        CHECK_INT(unlinkat(tree.fd, METADATA_CACHE, AT_REMOVEDIR), 0);

        tree_need(huge != NULL, "calloc");
        memset(huge, ' ', METADATA_CACHE_MAX);
        memcpy(huge + METADATA_CACHE_MAX, good, strlen(good));
        tree_file(&tree, METADATA_CACHE, (struct text){ huge, METADATA_CACHE_MAX + strlen(good) });
        check_nothing(&tree, "a file that is too long");
        tree_file(&tree, METADATA_CACHE, (struct text){ huge + strlen(good), METADATA_CACHE_MAX });
        read_hostile(&tree, &metadata);
        CHECK_STRING(metadata.instance_id, "i-1");
        tree_file(&tree, METADATA_CACHE, TEXT(""));
        CHECK_INT(ftruncate(openat(tree.fd, METADATA_CACHE, O_WRONLY | O_CLOEXEC), INT64_C(1) << 40), 0);
        check_nothing(&tree, "a hole of a tebibyte");
}

TEST(hostile_contents)
{
        static const char *const contents[] = {
                "",
                "{}",
                "[]",
                "null",
                "{\"schema\":\"" METADATA_CACHE_SCHEMA "\",\"instanceId\":\"i-1\"}",
                "{\"schema\":\"" METADATA_CACHE_SCHEMA "\",\"bootId\":\"\",\"instanceId\":\"i-1\"}",
                "{\"schema\":\"" METADATA_CACHE_SCHEMA "\",\"bootId\":null,\"instanceId\":\"i-1\"}",
                "{\"schema\":\"" METADATA_CACHE_SCHEMA "\",\"bootId\":\"ffff\",\"instanceId\":\"i-1\"}",
                "{\"schema\":\"io.ecsguest.metadata/2\",\"bootId\":\"" BOOT "\",\"instanceId\":\"i-1\"}",
                "{\"bootId\":\"" BOOT "\",\"instanceId\":\"i-1\"}",
                CACHE("\"instanceId\":\"i-1\"") "x",
                CACHE("\"instanceId\":\"i-1\",\"a\":\"\\u0000\""),
                CACHE("\"instanceId\":1"),
                CACHE("\"instanceId\":[\"i-1\"]"),
                CACHE("\"instanceId\":{\"a\":\"i-1\"}"),
                CACHE("\"instanceId\":null"),
                CACHE("\"instanceId\":\"\""),
                CACHE("\"instanceId\":\"i-\""),
                CACHE("\"instanceId\":\"x-1\""),
                CACHE("\"instanceId\":\"i-1\\n\""),
                CACHE("\"instanceId\":\"i-1\\u001b[2J\""),
                CACHE("\"instanceId\":\"i-1/../..\""),
                CACHE("\"instanceId\":\"i-\303\251\""),
                CACHE("\"regionId\":\"cn-x.example.org\",\"zoneId\":\"-a\",\"instanceType\":\".ecs\""),
                CACHE("\"regionId\":\"CN\",\"zoneId\":\"a/\",\"imageId\":\"a b\",\"ownerAccountId\":\"1x\""),
                CACHE("\"identity\":\"i-1\",\"identityPkcs7\":\"AAAA\""),
                CACHE("\"identity\":\"{}\",\"identityPkcs7\":\"AAAA\""),
                CACHE("\"identity\":\"{\\\"instance-id\\\":\\\"x\\\"}\",\"identityPkcs7\":\"AAAA\""),
                CACHE("\"identityPkcs7\":\"AAAA\""),
        };
        _cleanup_tree_ struct tree tree;
        _cleanup_buffer_ struct buffer text = { 0 };
        _cleanup_metadata_ struct metadata nothing = { 0 };

        tree_new(&tree);
        for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
                tree_file(&tree, METADATA_CACHE, text_from_string(contents[i]));
                check_nothing(&tree, contents[i]);
        }
        /* Nothing is no boot id, also when both have it. */
        tree_file(&tree, METADATA_CACHE,
                  TEXT("{\"schema\":\"" METADATA_CACHE_SCHEMA "\",\"bootId\":\"-\",\"instanceId\":\"i-1\"}"));
        CHECK_INT(metadata_read_cache(tree.fd, "", &nothing), 0);
        CHECK(!nothing.instance_id);
        buffer_add_string(&text, "{\"schema\":\"" METADATA_CACHE_SCHEMA "\",\"bootId\":\"" BOOT
                                 "\",\"instanceId\":\"i-");
        for (unsigned i = 0; i < 200; i++)
                buffer_add_char(&text, 'a');
        buffer_add_string(&text, "\"}");
        tree_file(&tree, METADATA_CACHE, (struct text){ text.data, text.len });
        check_nothing(&tree, "a name of 200 letters");
}

/* One value that is wrong does not take the others with it; a document of another instance is not believed.
 */
TEST(hostile_values)
{
        _cleanup_tree_ struct tree tree;
        _cleanup_metadata_ struct metadata metadata = { 0 };

        tree_new(&tree);
        tree_file(
                &tree, METADATA_CACHE,
                TEXT(CACHE("\"instanceId\":\"i-1\",\"regionId\":7,\"imageId\":\"m-1\",\"note\":\"a\\u001b["
                           "2J\\n\","
                           "\"identity\":\"{\\\"instance-id\\\":\\\"i-2\\\",\\\"zone-id\\\":\\\"z\\\"}\","
                           "\"identityPkcs7\":\"AAAA\",\"askAgain\":\"x\",\"failures\":-3,\"audience\":[]")));
        read_hostile(&tree, &metadata);
        CHECK_STRING(metadata.instance_id, "i-1");
        CHECK_STRING(metadata.region_id, NULL);
        CHECK_STRING(metadata.zone_id, NULL);
        CHECK_STRING(metadata.image_id, "m-1");
        CHECK_STRING(metadata.identity, NULL);
        CHECK_STRING(metadata.identity_pkcs7, NULL);
        CHECK_STRING(metadata.note, "a?[2J?");
}

/* A cache that is cut or spliced anywhere gives no value that has not its form, and ends. */
TEST(random_caches)
{
        static const char whole[] =
                CACHE("\"instanceId\":\"i-1\",\"instanceType\":\"ecs.g7.large\",\"regionId\":\"cn-x\","
                      "\"zoneId\":\"cn-x-i\",\"imageId\":\"m-1\",\"ownerAccountId\":\"12\",\"note\":\"n\","
                      "\"identity\":\"{\\\"instance-id\\\":\\\"i-1\\\"}\",\"identityPkcs7\":\"AAA=\","
                      "\"askAgain\":5,\"failures\":1,\"audience\":null");
        _cleanup_tree_ struct tree tree;
        _cleanup_metadata_ struct metadata metadata = { 0 };
        unsigned n_found = 0;

        tree_new(&tree);
        srandom(1);
        for (unsigned i = 0; i < 4000; i++) {
                char copy[sizeof(whole)];

                memcpy(copy, whole, sizeof(whole));
                for (unsigned j = 0; j < 1 + i % 3; j++)
                        copy[(size_t) random() % (sizeof(whole) - 1)] = (char) random();
                tree_file(
                        &tree, METADATA_CACHE,
                        (struct text){ copy, i % 7 ? sizeof(whole) - 1 : (size_t) random() % sizeof(whole) });
                read_hostile(&tree, &metadata);
                for (const struct metadata_field *field = metadata_fields; field->cached; field++) {
                        const char *value = *metadata_value(&metadata, field);

                        n_found += value != NULL;
                        CHECK(!value || field->check(text_from_string(value)));
                }
        }
        CHECK(n_found > 1000);
}

/* Credentials. */

#define ROLE                                                                                                 \
        "{\"Code\":\"Success\",\"AccessKeyId\":\"STS.a\",\"AccessKeySecret\":\"s3cret\","                    \
        "\"SecurityToken\":\"CAI+/=\",\"LastUpdated\":\"x\",\"Expiration\":\"%s\"}"
#define LIST "/2016-01-01/meta-data/ram/security-credentials/"

static char *role_answer(int seconds)
{
        time_t at = time(NULL) + seconds;
        char text[32];
        struct tm tm;

        (void) strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at, &tm));
        return string_format(ROLE, text);
}

static int64_t expected_wait(int error)
{
        if (error == -EACCES)
                return 3600;

        return error == -EAGAIN ? 60 : -1;
}

static void check_credentials(struct home *home, int expected, unsigned requests, const char *reason_words)
{
        _cleanup_credentials_ struct credentials credentials = { 0 };
        _cleanup_free_ char *reason = NULL;
        int64_t wait = 0;

        n_requests = 0;
        CHECK_INT(credentials_get(&home->options, &credentials, &reason, &wait), expected);
        CHECK_INT(n_requests, requests);
        if (expected < 0) {
                CHECK_INT(wait, expected_wait(expected));
                CHECK(reason && text_contains(text_from_string(reason), reason_words));
                CHECK(!credentials.access_key_secret);
                return;
        }
        CHECK_STRING(credentials.access_key_id, "STS.a");
        CHECK_STRING(credentials.access_key_secret, "s3cret");
        CHECK_STRING(credentials.security_token, "CAI+/=");
        CHECK(credentials.expires > time(NULL));
}

TEST(credentials)
{
        _cleanup_home_ struct home home;
        _cleanup_free_ char *later = role_answer(3600), *soon = role_answer(100);
        struct row service[] = { TOKEN,
                                 { "GET", LIST, 0, 200, "\r\n my-role\r\nanother\r\n" },
                                 { "GET", LIST "my-role", 0, 200, later },
                                 { "GET", LIST "named", 0, 200, soon },
                                 END };

        home_new(&home);
        rows = service;
        check_credentials(&home, 0, 3, NULL);
        check_credentials(&home, 0, 0, NULL);
        credentials_forget();
        (void) setenv("ALIBABA_CLOUD_ECS_METADATA", "named", 1);
        check_credentials(&home, 0, 2, NULL);
        /* They end soon. */
        check_credentials(&home, 0, 2, NULL);
        (void) setenv("ALIBABA_CLOUD_ECS_METADATA", "../../x", 1);
        credentials_forget();
        check_credentials(&home, -ENOENT, 0, "ALIBABA_CLOUD_ECS_METADATA");
}

TEST(no_credentials)
{
        static const struct {
                struct row service[4];
                int error;
                unsigned requests;
                const char *reason;
        } cases[] = {
                { { TOKEN, END }, -ENOENT, 2, "no RAM role" },
                { { TOKEN, { "GET", LIST, 0, 200, "\r\n" }, END }, -ENOENT, 2, "no RAM role" },
                { { TOKEN, { "GET", LIST, 0, 200, "../x" }, END }, -EAGAIN, 2, "cannot be one" },
                { { TOKEN, { "GET", LIST, 0, 200, "r" }, END }, -ENOENT, 3, "'r'" },
                { { TOKEN, { "GET", LIST, 0, 200, "r" }, { "GET", "/r", 0, 200, "{}" } }, -EAGAIN, 3, "'r'" },
                { { TOKEN, { "GET", LIST, 0, 200, "r" }, { "GET", "/r", 0, 200, "s3cret" } },
                  -EAGAIN,
                  3,
                  "'r'" },
                { { TOKEN,
                    { "GET", LIST, 0, 200, "r" },
                    { "GET", "/r", 0, 200, "{\"Code\":\"Failed\",\"AccessKeySecret\":\"s3cret\"}" } },
                  -EAGAIN,
                  3,
                  "'r'" },
                { { TOKEN,
                    { "GET", LIST, 0, 200, "r" },
                    { "GET", "/r", 0, 200,
                      "{\"Code\":\"Success\",\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"s3cret\","
                      "\"SecurityToken\":"
                      "\"a\\nX: y\",\"Expiration\":\"2030-01-01T00:00:00Z\"}" } },
                  -EAGAIN,
                  3,
                  "'r'" },
                { { TOKEN,
                    { "GET", LIST, 0, 200, "r" },
                    { "GET", "/r", 0, 200,
                      "{\"Code\":\"Success\",\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"s3cret\","
                      "\"SecurityToken\":"
                      "\"a\",\"Expiration\":\"2030-01-01T00:00:00\"}" } },
                  -EAGAIN,
                  3,
                  "'r'" },
                { { TOKEN,
                    { "GET", LIST, 0, 200, "r" },
                    { "GET", "/r", 0, 200,
                      "{\"Code\":\"Failed\",\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"s3cret\","
                      "\"SecurityToken\":\"a\",\"Expiration\":\"2030-01-01T00:00:00Z\"}" } },
                  -EAGAIN,
                  3,
                  "'r'" },
                { { { "PUT", "", 0, 403 }, { "GET", "", 0, 403 }, END }, -EACCES, 2, "switched off" },
                { { { "PUT", "", 0, 429 }, END }, -EAGAIN, 1, "too often" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_home_ struct home home;
                struct row service[5] = { { NULL } };

                memcpy(service, cases[i].service, sizeof(cases[i].service));
                home_new(&home);
                rows = service;
                check_credentials(&home, cases[i].error, cases[i].requests, cases[i].reason);
                /* Whoever asks next in this process is told the same. */
                check_credentials(&home, cases[i].error, 0, cases[i].reason);
                check_credentials(&home, cases[i].error, 0, "");
        }
}
