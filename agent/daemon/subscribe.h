/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whoever has called Subscribe, and is told what each scan has found to be another one. */

#include "base/text.h"

struct daemon;

/* A summary is there: told to those who have heard none yet. */
void subscribers_tell_summary(struct daemon *daemon);
/* The parameters of a reply, as JSON. */
void subscribers_tell(struct daemon *daemon, struct text changes);
/* Their calls are answered; none is left. */
void subscribers_end(struct daemon *daemon);
