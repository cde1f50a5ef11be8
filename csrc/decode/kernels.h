/* kernels.h - the parts of a decode step. */
#ifndef RLTF_DECODE_KERNELS_H
#define RLTF_DECODE_KERNELS_H

#include "decode.h"

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

/* Attends from the queries of one row; scores (H / K, count in whole vectors), out (H, D). */
void attend(const struct rltf_network *network, const float *queries, struct attended to,
            float *scores, float *out);

#endif
