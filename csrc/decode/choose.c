/* choose.c - chooses the next id of each row as rltf/models/token_sampling.py does, without a sort. */
#include "kernels.h"

#include <math.h>

/* Scaled weights of a row's ids, and their sum. */
struct weights {
    float *numbers; /* (V rounded up to 16), 0 behind the last */
    int64_t count;  /* rounded up to 16 */
    double sum;
};

static uint64_t mixed(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94D049BB133111EB);
    return bits ^ (bits >> 31);
}

/* Returns a number in [0, 1) of 24 bits: class Draws. */
static double drawn_number(int64_t seed, int64_t position, int attempt)
{
    const uint64_t golden = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t bits = mixed((uint64_t)seed + ((uint64_t)position + 1) * golden);
    if (attempt)
        bits = mixed(bits + (uint64_t)attempt * golden);
    return (double)(bits >> 40) * 0x1p-24;
}

static int64_t likeliest(int64_t count, const float *logits)
{
    int64_t best = 0;
    for (int64_t i = 1; i < count; i++)
        if (logits[i] > logits[best])
            best = i;
    return best;
}

static float largest(int64_t count, const float *logits)
{
    __m512 most = _mm512_set1_ps(-INFINITY);
    for (int64_t i = 0; i < count; i += LANES) {
        __mmask16 mask = lanes_before(count, i);
        most = _mm512_mask_max_ps(most, mask, most, _mm512_maskz_loadu_ps(mask, logits + i));
    }
    return _mm512_reduce_max_ps(most);
}

/* Writes e^((logit - most) * factor); minus infinity gives 0. Returns the sum. */
static double weigh(int64_t count, const float *logits, float most, float factor, float *weights)
{
    double sum = 0;
    __m512 middle = _mm512_set1_ps(most), times = _mm512_set1_ps(factor);
    for (int64_t i = 0; i < count; i += LANES) {
        __mmask16 mask = lanes_before(count, i);
        __m512 logit = _mm512_maskz_loadu_ps(mask, logits + i);
        mask = _mm512_mask_cmp_ps_mask(mask, logit, _mm512_set1_ps(-INFINITY), _CMP_GT_OQ);
        __m512 weight = exp_lanes(_mm512_mul_ps(_mm512_sub_ps(logit, middle), times));
        weight = _mm512_maskz_mov_ps(mask, weight);
        _mm512_storeu_ps(weights + i, weight);
        sum += _mm512_reduce_add_ps(weight);
    }
    return sum;
}

/* Returns the id at which the sum of the weights passes `target`, which is less than all of it. */
static int64_t reach(struct weights from, double target)
{
    double reached = 0;
    int64_t last = 0;
    for (int64_t i = 0; i < from.count; i += LANES) {
        float here = _mm512_reduce_add_ps(_mm512_loadu_ps(from.numbers + i));
        if (here == 0)
            continue;
        if (reached + here > target) {
            for (int64_t id = i; id < i + LANES; id++) {
                if (from.numbers[id] == 0)
                    continue;
                last = id;
                reached += from.numbers[id];
                if (reached > target)
                    break;
            }
            return last;
        }
        reached += here;
        for (int64_t id = i; id < i + LANES; id++)
            last = from.numbers[id] > 0 ? id : last;
    }
    return last;
}

/* Returns the sum of the weights before an id: larger ones, and equal ones of smaller ids. */
static double sum_before(struct weights all, int64_t id)
{
    double sum = 0;
    __m512 own = _mm512_set1_ps(all.numbers[id]);
    for (int64_t i = 0; i < all.count; i += LANES) {
        __m512 weight = _mm512_loadu_ps(all.numbers + i);
        __mmask16 before = _mm512_cmp_ps_mask(weight, own, _CMP_GT_OQ);
        __mmask16 equal = _mm512_cmp_ps_mask(weight, own, _CMP_EQ_OQ);
        if (i < id)
            before |= equal & lanes_before(id, i);
        sum += _mm512_mask_reduce_add_ps(before, weight);
    }
    return sum;
}

/* Leaves the weights before an id alone. */
static void keep_before(struct weights *all, int64_t id, double sum)
{
    float own = all->numbers[id];
    for (int64_t i = 0; i < all->count; i++)
        if (all->numbers[i] < own || (all->numbers[i] == own && i >= id))
            all->numbers[i] = 0;
    all->sum = sum;
}

static int64_t sample(struct weights weights, double top_p, int64_t seed, int64_t position)
{
    double enough = top_p * weights.sum;
    for (int attempt = 0;; attempt++) {
        int64_t id = reach(weights, drawn_number(seed, position, attempt) * weights.sum);
        if (top_p >= 1)
            return id;
        double before = sum_before(weights, id);
        if (before < enough)
            return id;
        keep_before(&weights, id, before);
    }
}

static void choose(const struct rltf_choice *choice, int64_t row, float *scratch)
{
    int64_t count = choice->vocabulary;
    const float *logits = choice->logits + row * count;
    float most = largest(count, logits);
    struct weights weights = {scratch, (count + LANES - 1) / LANES * LANES, 0};
    weights.sum = weigh(count, logits, most, 1, scratch);
    double total = (double)most + log(weights.sum);
    int64_t id = choice->ids[row];
    if (id < 0 && choice->temperature == 0)
        id = likeliest(count, logits);
    if (id < 0) {
        if (choice->temperature != 1)
            weights.sum = weigh(count, logits, most, 1 / choice->temperature, scratch);
        id = sample(weights, choice->top_p, choice->seeds[row], choice->steps[row]);
    }
    choice->ids[row] = id;
    choice->log_probs[row] = (float)(logits[id] - total);
}

void rltf_choose(const struct rltf_choice *choice)
{
    int64_t padded = (choice->vocabulary + LANES - 1) / LANES * LANES;
#pragma omp parallel for num_threads(choice->threads) if (choice->threads > 1)
    for (int64_t row = 0; row < choice->rows; row++)
        choose(choice, row, choice->scratch + thread_number() * padded);
}
