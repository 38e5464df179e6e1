/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "base/digest.h"
#include "control/acs3.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* The one of the official documentation; pairs in no order at all. */
static const struct acs3_pair official_query[] = {
        { "RegionId", "cn-shanghai" },
        { "ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd" },
};
static const struct acs3_pair official_headers[] = {
        { "x-acs-version", "2014-05-26" },
        { "x-acs-content-sha256", EMPTY },
        { "x-acs-action", "RunInstances" },
        { "host", "ecs.cn-shanghai.aliyuncs.com" },
        { "x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d" },
        { "x-acs-date", "2023-10-26T10:22:32Z" },
};
static const struct acs3_request official = {
        "POST",
        "/",
        official_query,
        ARRAY_SIZE(official_query),
        official_headers,
        ARRAY_SIZE(official_headers),
        EMPTY,
};
static const char official_canonical[] =
        "POST\n"
        "/\n"
        "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai\n"
        "host:ecs.cn-shanghai.aliyuncs.com\n"
        "x-acs-action:RunInstances\n"
        "x-acs-content-sha256:" EMPTY "\n"
        "x-acs-date:2023-10-26T10:22:32Z\n"
        "x-acs-signature-nonce:3156853299f313e23d1673dc12e1703d\n"
        "x-acs-version:2014-05-26\n"
        "\n"
        "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version\n" EMPTY;

TEST(official_vector)
{
        _cleanup_buffer_ struct buffer canonical = { 0 }, string = { 0 };
        _cleanup_free_ char *authorization = NULL;

        CHECK_INT(acs3_canonical_request(&official, &canonical), 0);
        CHECK_STRING(canonical.data, official_canonical);
        CHECK_INT(canonical.len, 497);
        CHECK_INT(acs3_string_to_sign((struct text){ canonical.data, canonical.len }, &string), 0);
        CHECK_STRING(string.data, "ACS3-HMAC-SHA256\n"
                                  "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259");
        CHECK_INT(acs3_authorization(&official, "YourAccessKeyId", "YourAccessKeySecret", &authorization), 0);
        CHECK_STRING(authorization,
                     "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
                     "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
                     "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0");
}

/* The one of the SDK's own tests: an empty value, a hash that is taken as given. */
TEST(vector_of_the_sdk)
{
        static const struct acs3_pair query[] = { { "test", "ok" }, { "empty", "" } };
        static const struct acs3_pair headers[] = { { "x-acs-test", "http,https" } };
        const struct acs3_request request = {
                "GET",
                "/",
                query,
                2,
                headers,
                1,
                "55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23",
        };
        _cleanup_buffer_ struct buffer canonical = { 0 };
        _cleanup_free_ char *authorization = NULL;
        char hash[DIGEST_HEX_SIZE];

        CHECK_INT(acs3_canonical_request(&request, &canonical), 0);
        CHECK_STRING(canonical.data, "GET\n/\nempty=&test=ok\nx-acs-test:http,https\n\nx-acs-test\n"
                                     "55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23");
        CHECK_INT(digest_text((struct text){ canonical.data, canonical.len }, hash), 0);
        CHECK_STRING(hash, "6c416f315497f25326e3f67e06370dbfce4d082b99aecdfc2411eeecd152f68f");
        CHECK_INT(acs3_authorization(&request, "acesskey", "secret", &authorization), 0);
        CHECK_STRING(authorization,
                     "ACS3-HMAC-SHA256 Credential=acesskey,SignedHeaders=x-acs-test,"
                     "Signature=d16b30a7699ae9e43875b13195b2f81bcc3ed10c14a9b5eb780e51619aa50be1");
}

TEST(encoding)
{
        static const struct {
                const char *plain, *encoded;
        } cases[] = {
                { "", "" },
                { " ~/*-+", "%20~%2F%2A-%2B" },
                { "a/b/c/ test", "a%2Fb%2Fc%2F%20test" },
                { "AZaz09-_.~", "AZaz09-_.~" },
                { "@[`{:/", "%40%5B%60%7B%3A%2F" },
                { "\x01\x7f\xc3\xa9\xff", "%01%7F%C3%A9%FF" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_buffer_ struct buffer encoded = { 0 };

                buffer_add_string(&encoded, "");
                acs3_encode(&encoded, text_from_string(cases[i].plain));
                CHECK_STRING(encoded.data, cases[i].encoded);
        }
}

TEST(paths_and_blanks)
{
        static const struct acs3_pair headers[] = { { "host", " \t a  b \t" } };
        const struct acs3_request request = { "PUT", "/path/ test", NULL, 0, headers, 1, EMPTY };
        _cleanup_buffer_ struct buffer canonical = { 0 };

        CHECK_INT(acs3_canonical_request(&request, &canonical), 0);
        CHECK_STRING(canonical.data, "PUT\n/path/%20test\n\nhost:a  b\n\nhost\n" EMPTY);
}

/* Tag.10 before Tag.2, and capitals before small letters. */
TEST(order_is_that_of_bytes)
{
        static const struct acs3_pair pairs[] = {
                { "b", "1" }, { "Tag.2", "2" }, { "Tag.10", "3" },
                { "_", "4" }, { "Tag.1", "5" }, { "B", "6" },
        };
        _cleanup_buffer_ struct buffer form = { 0 };

        CHECK_INT(acs3_form(pairs, ARRAY_SIZE(pairs), &form), 0);
        CHECK_STRING(form.data, "B=6&Tag.1=5&Tag.10=3&Tag.2=2&_=4&b=1");
}

TEST(what_cannot_be_signed_without_doubt)
{
        static const struct acs3_pair bad[][2] = {
                { { "x-acs-a", "1" }, { "x-acs-a", "2" } },  { { "x-acs-a", "1" }, { "X-acs-b", "2" } },
                { { "x-acs-a", "1\nhost:b" }, { "b", "" } }, { { "x-acs-a", "1" }, { "x-acs-b", "2\r" } },
                { { "x-acs-a", "1" }, { "", "2" } },         { { "x-acs-a", "1" }, { "x:b", "2" } },
        };

        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                const struct acs3_request request = { "GET", "/", NULL, 0, bad[i], 2, EMPTY };
                _cleanup_buffer_ struct buffer canonical = { 0 };
                _cleanup_free_ char *authorization = NULL;

                CHECK_INT(acs3_canonical_request(&request, &canonical), -EINVAL);
                CHECK_INT(acs3_authorization(&request, "id", "secret", &authorization), -EINVAL);
                CHECK(!authorization);
        }
}

TEST(limits)
{
        struct acs3_pair pairs[129];
        char names[ARRAY_SIZE(pairs)][8];
        _cleanup_buffer_ struct buffer form = { 0 }, more = { 0 };
        _cleanup_free_ char *authorization = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
                (void) snprintf(names[i], sizeof(names[i]), "n%zu", i);
                pairs[i] = (struct acs3_pair){ names[i], "" };
        }
        CHECK_INT(acs3_form(pairs, 128, &form), 0);
        CHECK_INT(acs3_form(pairs, 129, &more), -EINVAL);
        CHECK_INT(acs3_form(NULL, 0, &more), 0);
        /* A secret that is none signs nothing. */
        CHECK_INT(acs3_authorization(&official, "id", "", &authorization), -EINVAL);
}
