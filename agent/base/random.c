/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include "base/syscalls.h"

static int read_device(unsigned char *bytes, size_t len)
{
        _cleanup_close_ int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0)
                return -errno;

        while (len > 0) {
                ssize_t n = read(fd, bytes, len);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : -EIO;
                bytes += n;
                len -= (size_t) n;
        }

        return 0;
}

int random_bytes(void *ret, size_t len)
{
        unsigned char *bytes = ret;

        while (len > 0) {
                ssize_t n = sys_getrandom(bytes, len);

                if (n == -EINTR)
                        continue;
                /* Not known, forbidden by a filter, or not ready: the device always answers. */
                if (n <= 0)
                        return read_device(bytes, len);
                bytes += n;
                len -= (size_t) n;
        }

        return 0;
}

int random_name(char ret[static RANDOM_NAME_SIZE])
{
        static const char digits[] = "0123456789abcdef";
        unsigned char bytes[(RANDOM_NAME_SIZE - 1) / 2];
        int r;

        r = random_bytes(bytes, sizeof(bytes));
        if (r < 0)
                return r;

        for (size_t i = 0; i < sizeof(bytes); i++) {
                ret[2 * i] = digits[bytes[i] >> 4];
                ret[2 * i + 1] = digits[bytes[i] & 15];
        }
        ret[RANDOM_NAME_SIZE - 1] = '\0';
        return 0;
}
