/* SPDX-License-Identifier: Apache-2.0 */
#include "control/acs-call.h"

#include "base/json.h"

#include <string.h>

enum {
        ANSWER_MAX = 64 * 1024,
        WORD_MAX = 64, /* of a code or an id: it comes from the network */
};

/* How codes of the APIs begin. */
static const struct rule {
        const char *code;
        enum delivery delivery;
        const char *meaning;
        bool clock;
} rules[] = {
        { "Throttling", DELIVERY_RETRY, "too many calls" },
        { "ServiceUnavailable", DELIVERY_RETRY, "the service has a problem" },
        { "InternalError", DELIVERY_RETRY, "the service has a problem" },
        { "InvalidTimeStamp", DELIVERY_RETRY, NULL, true },
        { "InvalidTimestamp", DELIVERY_RETRY, NULL, true },
        { "SignatureNonceUsed", DELIVERY_RETRY, "the call was seen before" },
        /* Credentials of a role change by themselves. */
        { "InvalidSecurityToken", DELIVERY_RETRY, "the credentials of the role are not taken" },
        { "InvalidAccessKeyId", DELIVERY_RETRY, "the credentials of the role are not taken" },
        { "SignatureDoesNotMatch", DELIVERY_PAUSE,
          "the signature is not taken: something alters the call, or it is a defect" },
        { "IncompleteSignature", DELIVERY_PAUSE,
          "the signature is not taken: something alters the call, or it is a defect" },
        { "NoPermission", DELIVERY_PAUSE, "the role has no permission for this" },
        { "Forbidden", DELIVERY_PAUSE, "the role has no permission for this" },
        { "AccessForbidden", DELIVERY_PAUSE, "the role has no permission for this" },
        { "OperationDenied.QuotaExceed", DELIVERY_PAUSE, "no more tags fit on the instance" },
        { "QuotaExceed", DELIVERY_PAUSE, "no more tags fit on the instance" },
        { "NumberExceed", DELIVERY_PAUSE, "too many tags in a call" },
        { "InvalidTagCount", DELIVERY_PAUSE, "too many tags in a call" },
        { "InvalidTagKey", DELIVERY_PAUSE, "a key is not taken: see prefix=" },
        { "Duplicate.TagKey", DELIVERY_PAUSE, "a key is not taken: see prefix=" },
        { "InvalidTagValue", DELIVERY_PARK, "a value is not taken" },
        { "InvalidRegionId", DELIVERY_PAUSE, "another region: see endpoint=" },
        { "InvalidResourceId", DELIVERY_PAUSE, "the instance is not known there: see endpoint=" },
        { "InvalidResourceType", DELIVERY_PAUSE, "another API: see endpoint=" },
        { "InvalidAction", DELIVERY_PAUSE, "another API: see endpoint=" },
        { "InvalidVersion", DELIVERY_PAUSE, "another API: see endpoint=" },
};

/* What a document says, as one word that can stand in a log; empty for none. */
struct word {
        char text[WORD_MAX + 1];
};

static struct word get_word(struct json_object *document, const char *key)
{
        struct word word = { "" };
        struct text text;

        if (json_get_text(document, key, &text) < 0)
                return word;
        for (size_t i = 0; i < text.len && i < WORD_MAX; i++) {
                char c = text.data[i];
                bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                             c == '.' || c == '-' || c == '_';

                word.text[i] = plain ? c : '?';
        }

        return word;
}

static const struct rule *find_rule(const char *code)
{
        struct text text = text_from_string(code);

        for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
                if (text_starts(text, rules[i].code))
                        return &rules[i];

        return NULL;
}

/* What a status means where the code says nothing. */
static enum delivery delivery_of_status(long status)
{
        if (status >= 500 || status == 408 || status == 429)
                return DELIVERY_RETRY;
        /* A redirect is not followed; no API lives at an address that is not found or forbidden. */
        if (status < 400 || status == 401 || status == 403 || status == 404)
                return DELIVERY_PAUSE;

        return DELIVERY_PARK;
}

/* More than a quarter of an hour is refused. Whose fault it is nobody can say; the numbers can. */
static char *describe_clock(time_t now, time_t theirs)
{
        long long seconds = (long long) now - (long long) theirs;

        if (theirs == 0)
                return string_format("the clock of this machine is suspect: the date of the call is refused");
        return string_format(
                "the clock of this machine is suspect: it is %lld seconds %s that of the service",
                seconds < 0 ? -seconds : seconds, seconds < 0 ? "behind" : "ahead of");
}

/* An answer without an exchange that worked: nobody knows what became of the call, and to do it again is
 * harmless. */
static int judge_error(const struct acs_call *call, int error, const struct http_answer *answer,
                       struct sink_result *ret)
{
        return sink_answer(ret, error == -EINVAL ? DELIVERY_PAUSE : DELIVERY_RETRY, -1, "%s at %s: %s",
                           call->action, call->host, answer->reason ? answer->reason : strerror(-error));
}

static int judge_refusal(const struct acs_call *call, const struct http_answer *answer, long status,
                         struct json_object *document, time_t now, struct sink_result *ret)
{
        struct word code = get_word(document, "Code"), request = get_word(document, "RequestId");
        const struct rule *rule = find_rule(code.text);
        enum delivery delivery = rule && status < 500 ? rule->delivery : delivery_of_status(status);
        _cleanup_free_ char *clock = NULL;
        const char *meaning = rule && rule->meaning ? rule->meaning : "";

        if (rule && rule->clock) {
                clock = describe_clock(now, answer->date);
                if (!clock)
                        return -ENOMEM;
                meaning = clock;
        }
        return sink_answer(ret, delivery, delivery == DELIVERY_RETRY ? answer->retry_after : -1,
                           "%s at %s: answer %ld%s%s%s%s%s%s%s", call->action, call->host, answer->status,
                           code.text[0] ? " " : "", code.text, meaning[0] ? ", " : "", meaning,
                           request.text[0] ? " (request " : "", request.text, request.text[0] ? ")" : "");
}

/* Some APIs answer 200, and what they mean in "Code". */
static long real_status(long status, struct json_object *document)
{
        struct word code = get_word(document, "Code");
        uint64_t number;

        if (status < 200 || status > 299 || code.text[0] == '\0')
                return status;
        if (text_parse_u64(text_from_string(code.text), &number) < 0)
                return strcasecmp(code.text, "success") == 0 || strcasecmp(code.text, "ok") == 0 ? 200 : 400;

        return number >= 100 && number <= 599 ? (long) number : 400;
}

int acs_judge(const struct acs_call *call, int error, const struct http_answer *answer, time_t now,
              struct sink_result *ret)
{
        _cleanup_json_ struct json_object *document = NULL;
        const char *cause;
        long status;
        int r;

        if (error < 0)
                return judge_error(call, error, answer, ret);
        r = json_parse(answer->body.data ? answer->body.data : "", answer->body.len, ANSWER_MAX, &document,
                       &cause);
        if (r == -ENOMEM)
                return r;

        status = real_status(answer->status, document);
        if (status < 200 || status > 299)
                return judge_refusal(call, answer, status, document, now, ret);
        /* Whatever said this, it is not the API. */
        if (!get_word(document, "RequestId").text[0])
                return sink_answer(ret, DELIVERY_RETRY, -1, "%s at %s: the answer is none of the service",
                                   call->action, call->host);

        *ret = (struct sink_result){ DELIVERY_DONE, -1, NULL };
        return 0;
}
