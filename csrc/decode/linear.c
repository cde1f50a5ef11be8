/* linear.c - multiplication by weights that are read once, in the order in which they lie.
 *
 * The weights lie in blocks of outputs, two vectors wide: (outputs / BLOCK, inputs, BLOCK). With few
 * rows the time is that of reading them, with many that of the multiplications. So that the two
 * pass at the same time, a block is cut into tiles that stay in the first-level cache: while groups
 * of rows, whose sums fit into registers, are multiplied by one tile, the next one is fetched, a
 * part for each group.
 *
 * A block of bfloat16 has the outputs of its two vectors in the lower and the upper half of each
 * word, so that widening them is a shift and a mask.
 */
#include "kernels.h"
#include "vectors.h"

#define BLOCK (2 * LANES)
#define GROUP (LANES == 16 ? 12 : 6) /* most rows whose sums fit into registers */
#define TILE (2048 / LANES)          /* inputs: 16 KiB of floats */
#define CHUNK 96                     /* rows whose inputs stay in the cache while all weights pass by */
#define LINE 64                      /* bytes */

/* Where the products of a tile go. */
struct output {
    float *start;
    int64_t stride;
    int64_t count; /* outputs of the block that exist */
    const float *bias;
    int adds;
};

/* Some inputs of a block. */
struct tile {
    const void *weights;
    int64_t inputs;
    const char *next; /* what is fetched meanwhile */
    int64_t stride;   /* bytes that are fetched for each input */
};

INLINE void finish(const struct output *to, int64_t row, const floats sums[2])
{
    for (int half = 0; half < 2; half++) {
        int64_t first = half * LANES, left = to->count - first;
        if (left <= 0)
            return;
        float *place = to->start + row * to->stride + first;
        floats sum = sums[half];
        if (to->bias)
            sum += load_first(to->bias + first, left, 0);
        if (to->adds)
            sum += load_first(place, left, 0);
        store_first(place, left, sum);
    }
}

INLINE void widen(const int is_bfloat16, const void *weights, int64_t input, floats both[2])
{
    if (is_bfloat16) {
        unsigned_words pairs = ((const unsigned_words *)weights)[input];
        both[0] = (floats)(pairs * (1u << 16)); /* compiled to a shift */
        both[1] = (floats)(pairs & 0xffff0000u);
    } else {
        both[0] = ((const floats *)weights)[2 * input];
        both[1] = ((const floats *)weights)[2 * input + 1];
    }
}

/* `is_bfloat16` and `rows` are constants at every place of call. */
INLINE void multiply_tile(const int is_bfloat16, const int rows, struct tile tile, const float *x,
                          int64_t stride, const struct output *to)
{
    /* Each sum waits for its last addition: so many of them keep the multipliers busy. */
    const int ways = rows == 1 ? 4 : rows <= 3 ? 2 : 1;
    const int64_t lines = is_bfloat16 ? BLOCK * 2 / LINE : BLOCK * 4 / LINE;
    floats sums[GROUP][2] = {{{0}}}, weights[2];
    int64_t input = 0;
    for (; input + ways <= tile.inputs; input += ways)
        for (int way = 0; way < ways; way++) {
            for (int64_t line = 0; line < (lines ? lines : 1); line++)
                __builtin_prefetch(tile.next + line * LINE);
            tile.next += tile.stride;
            widen(is_bfloat16, tile.weights, input + way, weights);
            for (int row = 0; row < rows; row++) {
                float number = x[row * stride + input + way];
                sums[way * rows + row][0] += number * weights[0];
                sums[way * rows + row][1] += number * weights[1];
            }
        }
    for (; input < tile.inputs; input++) {
        widen(is_bfloat16, tile.weights, input, weights);
        for (int row = 0; row < rows; row++) {
            sums[row][0] += x[row * stride + input] * weights[0];
            sums[row][1] += x[row * stride + input] * weights[1];
        }
    }
    for (int way = 1; way < ways; way++)
        for (int row = 0; row < rows; row++) {
            sums[row][0] += sums[way * rows + row][0];
            sums[row][1] += sums[way * rows + row][1];
        }
    for (int row = 0; row < rows; row++)
        finish(to, row, sums[row]);
}

#define CASE(count)                                            \
    case count:                                                \
        if (is_bfloat16)                                       \
            multiply_tile(1, count, tile, x, stride, to);      \
        else                                                   \
            multiply_tile(0, count, tile, x, stride, to);      \
        break;

static void multiply_group(int is_bfloat16, int64_t rows, struct tile tile, const float *x,
                           int64_t stride, const struct output *to)
{
    switch (rows) {
        CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if LANES == 16
        CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#endif
    }
}

static void multiply_block(const struct rltf_matrix *matrix, int64_t first, int64_t rows,
                           const float *x, float *y, int adds)
{
    int64_t inputs = matrix->inputs, left = matrix->outputs - first;
    int64_t size = matrix->is_bfloat16 ? BLOCK * 2 : BLOCK * 4; /* bytes for each input */
    int64_t groups = (rows + GROUP - 1) / GROUP;
    const char *weights = (const char *)matrix->weights + first * inputs * (size / BLOCK);
    struct output to = {y + first, matrix->outputs, left < BLOCK ? left : BLOCK,
                        matrix->bias ? matrix->bias + first : NULL, adds};
    for (int64_t input = 0; input < inputs; input += TILE) {
        int64_t end = input + TILE < inputs ? input + TILE : inputs;
        struct tile tile = {weights + input * size, end - input, weights + end * size,
                            size / groups};
        for (int64_t row = 0; row < rows; row += GROUP) {
            int64_t count = rows - row < GROUP ? rows - row : GROUP;
            to.start = y + row * to.stride + first;
            multiply_group(matrix->is_bfloat16, count, tile, x + row * inputs + input, inputs, &to);
            tile.next += tile.inputs * tile.stride;
        }
        to.bias = NULL;
        to.adds = 1;
    }
}

static void multiply_all(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y,
                         int adds, int threads)
{
    for (int64_t row = 0; row < rows; row += CHUNK) {
        int64_t count = rows - row < CHUNK ? rows - row : CHUNK;
#pragma omp parallel for num_threads(threads) if (threads > 1)
        for (int64_t first = 0; first < matrix->outputs; first += BLOCK)
            multiply_block(matrix, first, count, x + row * matrix->inputs,
                           y + row * matrix->outputs, adds);
    }
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

int64_t rltf_packed(int64_t outputs, int64_t inputs)
{
    return (outputs + BLOCK - 1) / BLOCK * BLOCK * inputs;
}

/* Returns where an output lies in the numbers of its block. */
INLINE int64_t place_in_block(int is_bfloat16, int64_t output)
{
    return is_bfloat16 ? output % LANES * 2 + output / LANES : output;
}

/* Copies a part of the inputs of some outputs of a block. */
#define COPY(type)                                                                              \
    for (int64_t input = from; input < to; input++)                                             \
        for (int64_t output = 0; output < count; output++)                                      \
            ((type *)block)[input * BLOCK + place_in_block(is_bfloat16, first + output)] =      \
                ((const type *)rows)[output * inputs + input];

/* `is_bfloat16` is a constant at every place of call. */
INLINE void pack_part(const int is_bfloat16, const void *rows, int64_t first, int64_t count,
                      int64_t inputs, int64_t from, int64_t to, void *block)
{
    if (is_bfloat16) {
        COPY(uint16_t)
    } else {
        COPY(uint32_t)
    }
}

void rltf_pack(const void *rows, int is_bfloat16, int64_t outputs, int64_t inputs, int64_t first,
               void *weights)
{
    int64_t size = is_bfloat16 ? 2 : 4;
    for (int64_t row = 0; row < outputs;) {
        int64_t place = (first + row) % BLOCK;
        int64_t count = BLOCK - place < outputs - row ? BLOCK - place : outputs - row;
        const char *start = (const char *)rows + row * inputs * size;
        char *block = (char *)weights + (first + row - place) * inputs * size;
        for (int64_t from = 0; from < inputs; from += LINE / 4) {
            int64_t to = from + LINE / 4 < inputs ? from + LINE / 4 : inputs;
            if (is_bfloat16)
                pack_part(1, start, place, count, inputs, from, to, block);
            else
                pack_part(0, start, place, count, inputs, from, to, block);
        }
        row += count;
    }
}
