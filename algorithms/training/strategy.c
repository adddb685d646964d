/* SPDX-License-Identifier: Apache-2.0 */
#include "training/strategy.h"

struct ess_span ess_job_bucket(const struct ess_job *job, enum ess_region region, uint32_t bucket) {
    uint64_t first, count;
    ess_plan_chunk(job->elements, job->buckets, bucket, &first, &count);
    return (struct ess_span){region, first * job->element_bytes, count * job->element_bytes};
}

struct ess_span ess_job_vector(const struct ess_job *job, enum ess_region region) {
    return (struct ess_span){region, 0, job->elements * job->element_bytes};
}

struct ess_span ess_job_stripe(const struct ess_job *job, uint32_t stripe) {
    uint64_t first, count;
    ess_plan_chunk(job->state_bytes, job->stripes, stripe, &first, &count);
    return (struct ess_span){ESS_REGION_PARAMETERS, first, count};
}
