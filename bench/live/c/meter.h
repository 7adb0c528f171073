/* What both clients measure with: a clock, a histogram of latencies, a raised descriptor limit. */
#ifndef METER_H
#define METER_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Buckets grow by powers of two, each split in 64: a percentile is right to 1.6 %. */
#define SPLIT 64
#define BUCKETS (SPLIT * 60)

struct meter {
    uint64_t counts[BUCKETS];
    uint64_t total;
    uint64_t highest;
};

static inline uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int bucket_of(uint64_t ns)
{
    if (ns < SPLIT)
        return (int)ns;
    int shift = 57 - __builtin_clzll(ns);
    return shift * SPLIT + (int)(ns >> shift);
}

static inline double bucket_start_us(int bucket)
{
    if (bucket < 2 * SPLIT)
        return bucket / 1e3;
    int shift = bucket / SPLIT - 1;
    return (double)((uint64_t)(bucket - shift * SPLIT) << shift) / 1e3;
}

static inline void meter_reset(struct meter *m)
{
    memset(m, 0, sizeof *m);
}

static inline void meter_add(struct meter *m, uint64_t ns)
{
    m->counts[bucket_of(ns)]++;
    m->total++;
    if (ns > m->highest)
        m->highest = ns;
}

static inline double meter_us(const struct meter *m, double share)
{
    uint64_t rank = (uint64_t)(share * (double)m->total), below = 0;
    for (int i = 0; i < BUCKETS; i++) {
        below += m->counts[i];
        if (below > rank)
            return bucket_start_us(i);
    }
    return (double)m->highest / 1e3;
}

static inline void meter_print(const struct meter *m)
{
    printf("\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f", meter_us(m, .5), meter_us(m, .99),
           (double)m->highest / 1e3);
}

static inline void raise_descriptor_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
