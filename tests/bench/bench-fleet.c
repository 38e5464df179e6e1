/* SPDX-License-Identifier: Apache-2.0 */
/* What a fleet does to a control plane, by numbers: 100,000 instances that boot within a minute, each with
 * one report. The waits are the reporter's own (control/backoff.h); the rest is a model: an attempt takes no
 * time, and one answer of a thousand is lost after the report was taken, so that it is sent again with the
 * same id. The same seed gives the same numbers. Use: bench-fleet REPORT-BYTES [SEED]. */

#include "control/backoff.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        INSTANCES = 100000,
        BOOT_S = 60,   /* all have booted by then */
        SPREAD_S = 60, /* what agent-reporter waits a random part of after a boot (--spread) */
        DAY_S = 24 * 60 * 60,
        LOST_ONE_OF = 1000,
        DOWN_S = 10 * 60,
        RETRY_AFTER_S = 30,
        ENVELOPE = 700,          /* request line, headers, answer: bytes about a report */
        HANDSHAKE = 5500,        /* TLS with two certificates, both directions */
        WORST_EVENT = 64 * 1024, /* the webhook's limit of an event */
        CHANGES_TYPICAL = 3,     /* verdicts that change on a day, the boot among them */
        CHANGES_WORST = 24 * 60, /* one a minute, the whole day */
};

struct scenario {
        const char *name;
        unsigned spread_s;
        unsigned down_s; /* the control plane answers nobody before */
        unsigned limit;  /* reports it takes in a second, the rest gets 429; 0: any */
};

static const struct scenario scenarios[] = {
        { "up, without a spread", 0, 0, 0 },
        { "up", SPREAD_S, 0, 0 },
        { "down for ten minutes", SPREAD_S, DOWN_S, 0 },
        { "takes 500 a second, 429", SPREAD_S, 0, 500 },
        { "takes 100 a second, 429", SPREAD_S, 0, 100 },
        { "down, then 100 a second", SPREAD_S, DOWN_S, 100 },
};

struct instance {
        unsigned failures;
        unsigned received; /* times the report arrived */
        bool counted;      /* by its id, once */
        bool done;
        int next; /* of the same second; -1 for none */
};

struct fleet {
        struct instance *instances;
        int *first;         /* of a second: whose attempt is then; -1 for none */
        unsigned *requests; /* tries in a second */
        unsigned *taken;    /* reports that were taken in a second, each once */
        uint64_t random;
        unsigned attempts, delivered, twice, again, last_s;
};

/* splitmix64 */
static uint32_t next_random(struct fleet *fleet)
{
        uint64_t z = fleet->random += 0x9e3779b97f4a7c15U;

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return (uint32_t) ((z ^ (z >> 31)) >> 32);
}

static unsigned below(struct fleet *fleet, unsigned bound)
{
        return bound ? (unsigned) (((uint64_t) next_random(fleet) * bound) >> 32) : 0;
}

static void plan(struct fleet *fleet, int i, int64_t at)
{
        if (at >= DAY_S)
                return; /* found missing at the end */
        fleet->instances[i].next = fleet->first[at];
        fleet->first[at] = i;
}

static void fail(struct fleet *fleet, int i, unsigned now, int64_t retry_after)
{
        int64_t delay = backoff_delay(++fleet->instances[i].failures, retry_after, next_random(fleet));

        plan(fleet, i, now + (delay ? delay : 1));
}

/* The receiver drops what it has by its id. */
static void receive(struct fleet *fleet, struct instance *instance, unsigned now)
{
        if (instance->received++ > 0)
                fleet->again++;
        if (!instance->counted) {
                fleet->delivered++;
                fleet->taken[now]++;
        }
        instance->counted = true;
}

static void attempt(struct fleet *fleet, const struct scenario *scenario, int i, unsigned now,
                    unsigned *taken)
{
        struct instance *instance = &fleet->instances[i];

        fleet->attempts++;
        fleet->requests[now]++;
        if (now < scenario->down_s)
                return fail(fleet, i, now, -1);
        if (scenario->limit && *taken >= scenario->limit)
                return fail(fleet, i, now, RETRY_AFTER_S);
        (*taken)++;
        receive(fleet, instance, now);
        if (below(fleet, LOST_ONE_OF) == 0)
                return fail(fleet, i, now, -1);
        if (instance->done)
                fleet->twice++;
        instance->done = true;
        fleet->last_s = now;
}

/* Those of one second come in a random order, which the chain does not have: it is the last planned first,
 * and who waits longest would starve. */
static int in_random_order(struct fleet *fleet, int first, int *order)
{
        int n = 0;

        for (int i = first; i >= 0; i = fleet->instances[i].next)
                order[n++] = i;
        for (int k = n - 1; k > 0; k--) {
                unsigned other = below(fleet, (unsigned) k + 1);
                int kept = order[k];

                order[k] = order[other];
                order[other] = kept;
        }
        return n;
}

static void run(struct fleet *fleet, const struct scenario *scenario, int *order)
{
        for (int i = 0; i < INSTANCES; i++)
                plan(fleet, i, below(fleet, BOOT_S) + below(fleet, scenario->spread_s));
        for (unsigned now = 0; now < DAY_S; now++) {
                unsigned taken = 0;
                int n = in_random_order(fleet, fleet->first[now], order);

                for (int k = 0; k < n; k++)
                        attempt(fleet, scenario, order[k], now, &taken);
        }
}

static int compare(const void *a, const void *b)
{
        unsigned x = *(const unsigned *) a, y = *(const unsigned *) b;

        return (x > y) - (x < y);
}

/* The second by which this part of all reports was taken. */
static unsigned through(const struct fleet *fleet, unsigned percent)
{
        uint64_t taken = 0;
        unsigned second = 0;

        while (second < fleet->last_s &&
               (taken += fleet->taken[second]) * 100 < (uint64_t) INSTANCES * percent)
                second++;
        return second;
}

/* Sorts the seconds from when it answers to when 99 of 100 reports are taken: a long quiet end would hide the
 * rest. False when a report is missing, or was taken for two. */
static bool report(struct fleet *fleet, const struct scenario *scenario)
{
        unsigned most = through(fleet, 99), unheard = 0;
        unsigned *requests = fleet->requests + scenario->down_s;
        size_t n = most + 1 - scenario->down_s;

        for (unsigned second = 0; second < scenario->down_s; second++)
                unheard = fleet->requests[second] > unheard ? fleet->requests[second] : unheard;
        qsort(requests, n, sizeof(*requests), compare);
        printf("  %-25s %5u/s peak %5u/s p99", scenario->name, requests[n - 1], requests[(n - 1) * 99 / 100]);
        printf(" %5u/s while down %6.2f tries each  through 99%% %5u s, all %5u s  %u twice, by id once\n",
               unheard, (double) fleet->attempts / INSTANCES, most, fleet->last_s, fleet->again);
        return fleet->delivered == INSTANCES && fleet->twice == 0;
}

static bool simulate(const struct scenario *scenario, uint64_t seed)
{
        struct fleet fleet = { .random = seed };
        int *order = calloc(INSTANCES, sizeof(*order));
        bool good = false;

        fleet.instances = calloc(INSTANCES, sizeof(*fleet.instances));
        fleet.first = malloc(DAY_S * sizeof(*fleet.first));
        fleet.requests = calloc(DAY_S, sizeof(*fleet.requests));
        fleet.taken = calloc(DAY_S, sizeof(*fleet.taken));
        if (order && fleet.instances && fleet.first && fleet.requests && fleet.taken) {
                memset(fleet.first, 0xff, DAY_S * sizeof(*fleet.first));
                run(&fleet, scenario, order);
                good = report(&fleet, scenario);
        }
        free(order);
        free(fleet.instances);
        free(fleet.first);
        free(fleet.requests);
        free(fleet.taken);
        return good;
}

static void print_bytes(const char *name, unsigned long events, unsigned long bytes)
{
        double day = (double) events * (double) (bytes + ENVELOPE + HANDSHAKE);

        printf("  %-25s %5lu reports of %6lu bytes: %9.1f KiB a day an instance, %8.2f Mbit/s for all\n",
               name, events, bytes, day / 1024, day * INSTANCES * 8 / DAY_S / 1e6);
}

int main(int argc, char **argv)
{
        bool good = true;

        if (argc < 2) {
                fprintf(stderr, "use: %s REPORT-BYTES [SEED]\n", argv[0]);
                return 2;
        }
        printf("fleet: %d instances boot within %d s, first try within %d s more, backoff %d s to %d s with "
               "full jitter\n",
               INSTANCES, BOOT_S, SPREAD_S, BACKOFF_BASE_S, BACKOFF_CAP_S);
        for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++)
                if (!simulate(&scenarios[i], argc > 2 ? strtoull(argv[2], NULL, 10) : 1)) {
                        printf("  %s: a report is missing, or was delivered twice\n", scenarios[i].name);
                        good = false;
                }
        print_bytes("typical day", CHANGES_TYPICAL, strtoul(argv[1], NULL, 10));
        print_bytes("a change every hour", 24, strtoul(argv[1], NULL, 10));
        print_bytes("a change every minute", CHANGES_WORST, WORST_EVENT);
        return good ? 0 : 1;
}
