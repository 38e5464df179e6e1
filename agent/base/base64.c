/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/crypto.h"

/* libcrypto counts in int, and the encoded form is longer by a third. */
#define LEN_MAX ((size_t) 1 << 30)

int base64_encode(struct text in, struct buffer *out)
{
        const struct crypto *crypto = crypto_get();
        _cleanup_free_ unsigned char *encoded = NULL;
        int n;

        if (in.len > LEN_MAX)
                return -EFBIG;
        if (!crypto)
                return -EIO;
        if (in.len == 0)
                return 0;

        encoded = malloc((in.len + 2) / 3 * 4 + 1);
        if (!encoded)
                return -ENOMEM;

        n = crypto->encode(encoded, (const unsigned char *) in.data, (int) in.len);
        buffer_add(out, encoded, (size_t) n);
        return out->failed ? -ENOMEM : 0;
}

/* How many bytes the padding stands for. */
static size_t padding(struct text in)
{
        size_t n = 0;

        while (n < 2 && in.data[in.len - n - 1] == '=')
                n++;

        return n;
}

/* libcrypto takes blanks, line breaks and lost bits as well: what does not come out again is refused. */
static int compare(struct text in, struct text decoded)
{
        _cleanup_buffer_ struct buffer again = { 0 };
        int r;

        r = base64_encode(decoded, &again);
        if (r < 0)
                return r;

        return text_same(in, (struct text){ again.data, again.len }) ? 0 : -EBADMSG;
}

int base64_decode(struct text in, struct buffer *out)
{
        const struct crypto *crypto = crypto_get();
        _cleanup_free_ unsigned char *bytes = NULL;
        struct text decoded;
        int n, r;

        if (in.len > LEN_MAX)
                return -EFBIG;
        if (in.len % 4 != 0)
                return -EBADMSG;
        if (!crypto)
                return -EIO;
        if (in.len == 0)
                return 0;

        bytes = malloc(in.len / 4 * 3);
        if (!bytes)
                return -ENOMEM;

        n = crypto->decode(bytes, (const unsigned char *) in.data, (int) in.len);
        if (n < 0 || (size_t) n < in.len / 4 * 3)
                return -EBADMSG;

        decoded = (struct text){ (const char *) bytes, (size_t) n - padding(in) };
        r = compare(in, decoded);
        if (r < 0)
                return r;

        buffer_add_text(out, decoded);
        return out->failed ? -ENOMEM : 0;
}
