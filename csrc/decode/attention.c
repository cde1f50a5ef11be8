/* attention.c - one query position of a row attends to the columns that it has written. */
#include "kernels.h"

#include <math.h>

INLINE float product(int64_t width, const float *a, const float *b)
{
    __m512 sum = _mm512_setzero_ps();
    for (int64_t i = 0; i < width; i += LANES) {
        __mmask16 mask = lanes_before(width, i);
        sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, a + i), _mm512_maskz_loadu_ps(mask, b + i),
                              sum);
    }
    return _mm512_reduce_add_ps(sum);
}

/* Makes weights of the scores that sum to 1. */
INLINE void softmax(int64_t count, float *scores)
{
    __m512 most = _mm512_set1_ps(-INFINITY), sum = _mm512_setzero_ps();
    for (int64_t i = 0; i < count; i += LANES)
        most = _mm512_mask_max_ps(most, lanes_before(count, i), most, _mm512_loadu_ps(scores + i));
    most = _mm512_set1_ps(_mm512_reduce_max_ps(most));
    for (int64_t i = 0; i < count; i += LANES) {
        __m512 weight = exp_lanes(_mm512_sub_ps(_mm512_loadu_ps(scores + i), most));
        sum = _mm512_mask_add_ps(sum, lanes_before(count, i), sum, weight);
        _mm512_storeu_ps(scores + i, weight);
    }
    __m512 share = _mm512_set1_ps(1 / _mm512_reduce_add_ps(sum));
    for (int64_t i = 0; i < count; i += LANES)
        _mm512_storeu_ps(scores + i, _mm512_mul_ps(_mm512_loadu_ps(scores + i), share));
}

/* out (width) = sum of weights * values, which are `stride` apart */
INLINE void mix(int64_t width, int64_t count, const float *weights, const float *values,
                int64_t stride, float *out)
{
    int64_t i = 0;
    for (; i + 4 * LANES <= width; i += 4 * LANES) {
        __m512 sums[4] = {0};
        for (int64_t column = 0; column < count; column++)
            for (int part = 0; part < 4; part++)
                sums[part] = _mm512_fmadd_ps(
                    _mm512_set1_ps(weights[column]),
                    _mm512_loadu_ps(values + column * stride + i + part * LANES), sums[part]);
        for (int part = 0; part < 4; part++)
            _mm512_storeu_ps(out + i + part * LANES, sums[part]);
    }
    for (; i < width; i += LANES) {
        __mmask16 mask = lanes_before(width, i);
        __m512 sum = _mm512_setzero_ps();
        for (int64_t column = 0; column < count; column++)
            sum = _mm512_fmadd_ps(_mm512_set1_ps(weights[column]),
                                  _mm512_maskz_loadu_ps(mask, values + column * stride + i), sum);
        _mm512_mask_storeu_ps(out + i, mask, sum);
    }
}

void attend(const struct rltf_network *network, const float *queries, struct attended to,
            float *scores, float *out)
{
    int64_t width = network->width, group = network->queries / network->keys;
    int64_t stride = 2 * network->keys * width;
    int64_t padded = (to.count + LANES - 1) / LANES * LANES;
    for (int64_t head = 0; head < network->keys; head++) {
        const float *keys = to.columns + head * width, *values = keys + network->keys * width;
        const float *first = queries + head * group * width;
        for (int64_t column = 0; column < to.count; column++)
            for (int64_t i = 0; i < group; i++)
                scores[i * padded + column] =
                    network->scale * product(width, first + i * width, keys + column * stride);
        for (int64_t i = 0; i < group; i++) {
            float *row = scores + i * padded;
            const float *bias = to.bias + (head * group + i) * network->distances;
            for (int64_t column = 0; to.bias && column < to.count; column++)
                row[column] += bias[to.count - 1 - column];
            softmax(to.count, row);
            mix(width, to.count, row, values, stride, out + (head * group + i) * width);
        }
    }
}
