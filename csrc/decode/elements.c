/* elements.c - norms and activations. */
#include "kernels.h"
#include "vectors.h"

#include <math.h>

INLINE float sum_of(int64_t width, const float *x)
{
    floats sum = all(0);
    for (int64_t i = 0; i < width; i += LANES)
        sum += load_first(x + i, width - i, 0);
    return sum_of_lanes(sum);
}

/* Returns the sum of (x - mean)^2. */
INLINE float squares_of(int64_t width, const float *x, float mean)
{
    floats sum = all(0);
    for (int64_t i = 0; i < width; i += LANES) {
        floats distance = load_first(x + i, width - i, mean) - mean;
        sum += distance * distance;
    }
    return sum_of_lanes(sum);
}

void normalize(const struct rltf_norm *norm, int64_t rows, int64_t width, const float *x, float *y)
{
    for (int64_t row = 0; row < rows; row++, x += width, y += width) {
        float mean = norm->is_rms ? 0.0f : sum_of(width, x) / (float)width;
        float share = squares_of(width, x, mean) / (float)width;
        float factor = 1 / sqrtf(share + norm->eps);
        for (int64_t i = 0; i < width; i += LANES) {
            floats number = (load_first(x + i, width - i, 0) - mean) * factor;
            number *= load_first(norm->weight + i, width - i, 0);
            if (norm->bias)
                number += load_first(norm->bias + i, width - i, 0);
            store_first(y + i, width - i, number);
        }
    }
}

/* 1 / (1 + e^-x) */
INLINE floats sigmoid(floats x)
{
    return 1.0f / (1.0f + exp_lanes(-x));
}

/* 0.5 x (1 + tanh(u)) = x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3) */
INLINE floats gelu_tanh(floats x)
{
    return x * sigmoid((x * x * x * 0.044715f + x) * 1.5957691216f);
}

/* `activation` and `gated` are constants at every place of call. */
INLINE void activate_rows(const int activation, const int gated, int64_t rows, int64_t width,
                          float *x)
{
    int64_t count = gated ? width / 2 : width;
    float *y = x;
    for (int64_t row = 0; row < rows; row++, x += width, y += count) {
        for (int64_t i = 0; i < count; i += LANES) {
            floats number = load_first(x + i, count - i, 0);
            if (activation == ACTIVATION_SILU)
                number *= sigmoid(number);
            else if (activation == ACTIVATION_GELU_TANH)
                number = gelu_tanh(number);
            else
                number = larger(number, all(0));
            if (gated)
                number *= load_first(x + count + i, count - i, 0);
            store_first(y + i, count - i, number);
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
