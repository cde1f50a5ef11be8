/* linear.c - multiplication by weights that are read once, in the order in which they lie.
 *
 * With few rows the time is that of reading the weights. A block of 32 outputs is read for up to 12
 * rows at a time, whose sums stay in registers; more rows find it in the second-level cache.
 */
#include "kernels.h"

#include <string.h>

#define BLOCK 32
#define GROUP 12  /* rows whose sums fit into registers */
#define CHUNK 96  /* rows whose inputs stay in the cache while all weights pass by */
#define AHEAD 64  /* vectors between what is used and what is fetched: 4 KiB */

struct output {
    float *start;
    int64_t stride;
    int64_t count; /* outputs of the block that exist */
    int adds;
};

INLINE void store(struct output to, const __m512 sums[2])
{
    for (int half = 0; half < 2; half++) {
        int64_t first = half * LANES;
        if (first >= to.count)
            return;
        __mmask16 mask = lanes_before(to.count, first);
        __m512 sum = sums[half];
        if (to.adds)
            sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, to.start + first));
        _mm512_mask_storeu_ps(to.start + first, mask, sum);
    }
}

/* `rows` and `fetches` are constants at every place of call. */
INLINE void multiply_block(const int rows, const int fetches, int64_t inputs, const float *x,
                           const float *weights, const float *bias, struct output to)
{
    __m512 sums[GROUP][2];
    for (int row = 0; row < rows; row++)
        for (int half = 0; half < 2; half++)
            sums[row][half] = bias ? _mm512_loadu_ps(bias + half * LANES) : _mm512_setzero_ps();
    for (int64_t k = 0; k < inputs; k++, weights += BLOCK) {
        if (fetches) {
            _mm_prefetch((const char *)(weights + AHEAD * LANES), _MM_HINT_T0);
            _mm_prefetch((const char *)(weights + (AHEAD + 1) * LANES), _MM_HINT_T0);
        }
        __m512 low = _mm512_load_ps(weights), high = _mm512_load_ps(weights + LANES);
        for (int row = 0; row < rows; row++) {
            __m512 number = _mm512_set1_ps(x[row * inputs + k]);
            sums[row][0] = _mm512_fmadd_ps(number, low, sums[row][0]);
            sums[row][1] = _mm512_fmadd_ps(number, high, sums[row][1]);
        }
    }
    for (int row = 0; row < rows; row++, to.start += to.stride)
        store(to, sums[row]);
}

#define CASE(count)                                                                        \
    case count:                                                                            \
        if (fetches)                                                                       \
            multiply_block(count, 1, inputs, x, weights, bias, to);                        \
        else                                                                               \
            multiply_block(count, 0, inputs, x, weights, bias, to);                        \
        break;

static void multiply_group(int64_t rows, int fetches, int64_t inputs, const float *x,
                           const float *weights, const float *bias, struct output to)
{
    switch (rows) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
    }
}

static void multiply_chunk(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y,
                           int adds, int threads)
{
    int64_t blocks = (matrix->outputs + BLOCK - 1) / BLOCK;
#pragma omp parallel for num_threads(threads) if (threads > 1)
    for (int64_t block = 0; block < blocks; block++) {
        int64_t first = block * BLOCK;
        const float *bias = matrix->bias ? matrix->bias + first : NULL;
        int64_t left = matrix->outputs - first;
        for (int64_t row = 0; row < rows; row += GROUP)
            multiply_group(rows - row < GROUP ? rows - row : GROUP, row == 0, matrix->inputs,
                           x + row * matrix->inputs, matrix->weights + first * matrix->inputs, bias,
                           (struct output){y + row * matrix->outputs + first, matrix->outputs,
                                           left < BLOCK ? left : BLOCK, adds});
    }
}

static void multiply_all(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y,
                         int adds, int threads)
{
    for (int64_t row = 0; row < rows; row += CHUNK)
        multiply_chunk(matrix, rows - row < CHUNK ? rows - row : CHUNK, x + row * matrix->inputs,
                       y + row * matrix->outputs, adds, threads);
}

void multiply(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y, int threads)
{
    multiply_all(matrix, rows, x, y, 0, threads);
}

void multiply_add(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y,
                  int threads)
{
    multiply_all(matrix, rows, x, y, 1, threads);
}

void rltf_linear(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y,
                 int threads)
{
    multiply(matrix, rows, x, y, threads);
}

/* Writes one block of whole 32 rows: a cache line of each at a time. */
static void pack_block(const float *rows, int64_t inputs, float *block)
{
    int64_t lane[LANES];
    for (int i = 0; i < LANES; i++)
        lane[i] = i * inputs;
    __m512i low = _mm512_loadu_si512(lane), high = _mm512_loadu_si512(lane + LANES / 2);
    for (int64_t k = 0; k < inputs; k++)
        for (int half = 0; half < 2; half++) {
            const float *start = rows + half * LANES * inputs + k;
            float *to = block + k * BLOCK + half * LANES;
            _mm256_storeu_ps(to, _mm512_i64gather_ps(low, start, sizeof(float)));
            _mm256_storeu_ps(to + LANES / 2, _mm512_i64gather_ps(high, start, sizeof(float)));
        }
}

void rltf_pack(const float *rows, int64_t outputs, int64_t inputs, int64_t first, float *blocks)
{
    int64_t row = 0;
    while (row < outputs) {
        int64_t place = (first + row) % BLOCK;
        float *block = blocks + (first + row - place) * inputs;
        if (place == 0 && outputs - row >= BLOCK) {
            pack_block(rows + row * inputs, inputs, block);
            row += BLOCK;
            continue;
        }
        for (int64_t k = 0; k < inputs; k++)
            block[k * BLOCK + place] = rows[row * inputs + k];
        row++;
    }
}
