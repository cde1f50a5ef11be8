/* kernels.h - what the files of csrc/decode share: vectors of 16 floats, and the parts of a step. */
#ifndef RLTF_DECODE_KERNELS_H
#define RLTF_DECODE_KERNELS_H

#include "decode.h"

#include <immintrin.h>
#include <omp.h>

#pragma GCC target("avx512f,fma")

#define LANES 16
#define INLINE static inline __attribute__((always_inline))

INLINE int thread_number(void) { return omp_get_thread_num(); }

/* Returns the mask of the lanes before `end`, for a vector that starts at `start`. */
INLINE __mmask16 lanes_before(int64_t end, int64_t start)
{
    int64_t left = end - start;
    return left >= LANES ? (__mmask16)0xffff : (__mmask16)((1u << left) - 1);
}

/* e^x to 2 units in the last place; x is clamped to where that is a normal number. Minus infinity
 * gives e^-87. */
INLINE __m512 exp_lanes(__m512 x)
{
    x = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-87.0f)), _mm512_set1_ps(88.0f));
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 0);
    /* x - n ln 2, ln 2 in two parts */
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
    /* the polynomial of Cephes' expf */
    __m512 p = _mm512_set1_ps(1.9875691500e-4f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
    p = _mm512_fmadd_ps(p, _mm512_mul_ps(r, r), _mm512_add_ps(r, _mm512_set1_ps(1.0f)));
    return _mm512_scalef_ps(p, n);
}

/* y = W x + bias, and y += W x + bias. */
void multiply(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y, int threads);
void multiply_add(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y,
                  int threads);

/* Normalizes rows (rows, width), `stride` numbers apart. */
void normalize(const struct rltf_norm *norm, int64_t rows, int64_t width, const float *x, float *y);

/* Applies the activation to x (rows, width), in place; if gated, y = f(first half) * second half
 * (rows, width / 2) are written to the beginning of x. */
void activate(int activation, int gated, int64_t rows, int64_t width, float *x);

/* What the queries (H, D) of a row attend to. */
struct attended {
    const float *columns; /* (count, 2 K, D) */
    int64_t count;
    const float *bias; /* (H, distances), from the last column backwards; NULL: none */
};

/* Attends from the queries of one row; scores (H / K, count rounded up to 16), out (H, D). */
void attend(const struct rltf_network *network, const float *queries, struct attended to,
            float *scores, float *out);

#endif
