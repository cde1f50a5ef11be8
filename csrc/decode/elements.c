/* elements.c - norms and activations. */
#include "kernels.h"

#include <math.h>

INLINE float sum_of(int64_t width, const float *x)
{
    __m512 sum = _mm512_setzero_ps();
    for (int64_t i = 0; i < width; i += LANES)
        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(lanes_before(width, i), x + i));
    return _mm512_reduce_add_ps(sum);
}

/* Returns the sum of (x - mean)^2. */
INLINE float squares_of(int64_t width, const float *x, float mean)
{
    __m512 sum = _mm512_setzero_ps(), middle = _mm512_set1_ps(mean);
    for (int64_t i = 0; i < width; i += LANES) {
        __mmask16 mask = lanes_before(width, i);
        __m512 distance = _mm512_maskz_sub_ps(mask, _mm512_maskz_loadu_ps(mask, x + i), middle);
        sum = _mm512_fmadd_ps(distance, distance, sum);
    }
    return _mm512_reduce_add_ps(sum);
}

void normalize(const struct rltf_norm *norm, int64_t rows, int64_t width, const float *x, float *y)
{
    for (int64_t row = 0; row < rows; row++, x += width, y += width) {
        float mean = norm->is_rms ? 0.0f : sum_of(width, x) / (float)width;
        float share = squares_of(width, x, mean) / (float)width;
        __m512 middle = _mm512_set1_ps(mean), factor = _mm512_set1_ps(1 / sqrtf(share + norm->eps));
        for (int64_t i = 0; i < width; i += LANES) {
            __mmask16 mask = lanes_before(width, i);
            __m512 number = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + i), middle);
            number = _mm512_mul_ps(_mm512_mul_ps(number, factor),
                                   _mm512_maskz_loadu_ps(mask, norm->weight + i));
            if (norm->bias)
                number = _mm512_add_ps(number, _mm512_maskz_loadu_ps(mask, norm->bias + i));
            _mm512_mask_storeu_ps(y + i, mask, number);
        }
    }
}

/* 1 / (1 + e^-x) */
INLINE __m512 sigmoid(__m512 x)
{
    __m512 one = _mm512_set1_ps(1.0f);
    return _mm512_div_ps(one, _mm512_add_ps(one, exp_lanes(_mm512_sub_ps(_mm512_setzero_ps(), x))));
}

/* 0.5 x (1 + tanh(u)) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3) */
INLINE __m512 gelu_tanh(__m512 x)
{
    __m512 cubic = _mm512_mul_ps(_mm512_mul_ps(x, x), x);
    __m512 u = _mm512_fmadd_ps(cubic, _mm512_set1_ps(0.044715f), x);
    return _mm512_mul_ps(x, sigmoid(_mm512_mul_ps(u, _mm512_set1_ps(1.5957691216f))));
}

/* `activation` and `gated` are constants at every place of call. */
INLINE void activate_rows(const int activation, const int gated, int64_t rows, int64_t width,
                          float *x)
{
    int64_t count = gated ? width / 2 : width;
    float *y = x;
    for (int64_t row = 0; row < rows; row++, x += width, y += count) {
        for (int64_t i = 0; i < count; i += LANES) {
            __mmask16 mask = lanes_before(count, i);
            __m512 number = _mm512_maskz_loadu_ps(mask, x + i);
            if (activation == ACTIVATION_SILU)
                number = _mm512_mul_ps(number, sigmoid(number));
            else if (activation == ACTIVATION_GELU_TANH)
                number = gelu_tanh(number);
            else
                number = _mm512_max_ps(number, _mm512_setzero_ps());
            if (gated)
                number = _mm512_mul_ps(number, _mm512_maskz_loadu_ps(mask, x + count + i));
            _mm512_mask_storeu_ps(y + i, mask, number);
        }
    }
}

#define CASE(activation)                                      \
    case activation:                                          \
        if (gated)                                            \
            activate_rows(activation, 1, rows, width, x);     \
        else                                                  \
            activate_rows(activation, 0, rows, width, x);     \
        break;

void activate(int activation, int gated, int64_t rows, int64_t width, float *x)
{
    switch (activation) {
        CASE(ACTIVATION_SILU) CASE(ACTIVATION_GELU_TANH) CASE(ACTIVATION_RELU)
    }
}
