/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Of a valid sequence: control characters, and what Unicode sets apart as no character. */
static bool is_plain(const unsigned char *bytes, size_t len)
{
        if (len == 1)
                return bytes[0] >= 0x20 && bytes[0] != 0x7f;
        if (len == 2)
                return bytes[0] != 0xc2 || bytes[1] >= 0xa0;
        /* U+FDD0 to U+FDEF */
        if (len == 3 && bytes[0] == 0xef && bytes[1] == 0xb7)
                return bytes[2] < 0x90 || bytes[2] > 0xaf;
        /* U+FFFE and U+FFFF of each plane */
        if (bytes[len - 2] != 0xbf || bytes[len - 1] < 0xbe)
                return true;

        return len == 3 ? bytes[0] != 0xef : (bytes[1] & 0x0f) != 0x0f;
}

void buffer_add_plain(struct buffer *buffer, struct text text)
{
        while (text.len > 0) {
                size_t len = utf8_sequence(text);

                if (len > 0 && is_plain((const unsigned char *) text.data, len))
                        buffer_add(buffer, text.data, len);
                else
                        buffer_add_string(buffer, REPLACEMENT);
                len = len > 0 ? len : 1;
                text = (struct text){ text.data + len, text.len - len };
        }
}
