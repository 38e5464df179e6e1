/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/cleanup.h"

/* Bytes that nobody can foresee. Never waits, also not early at boot: good for names, not for keys. */
_must_check_ int random_bytes(void *ret, size_t len);

#define RANDOM_NAME_SIZE 17

/* 16 lower-case hexadecimal digits and a NUL. */
_must_check_ int random_name(char ret[static RANDOM_NAME_SIZE]);
