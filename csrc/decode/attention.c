/* attention.c - one query position of a row attends to the columns that it has written. */
#include "kernels.h"
#include "vectors.h"

#include <math.h>

/* Returns a . b; `rest` is the mask of the last vector's lanes that are in no other. */
INLINE float product(int64_t width, words rest, const float *a, const float *b)
{
    if (width < LANES)
        return sum_of_lanes(load_first(a, width, 0) * load_first(b, width, 0));
    floats sum = all(0);
    int64_t i = 0;
    for (; i + LANES < width; i += LANES)
        sum += load(a + i) * load(b + i);
    i = width - LANES;
    return sum_of_lanes(sum + (floats)((words)load(a + i) & rest) * load(b + i));
}

/* Makes weights of the scores that sum to 1. */
INLINE void softmax(int64_t count, float *scores)
{
    floats most = all(-INFINITY), sum = all(0);
    for (int64_t i = 0; i < count; i += LANES)
        most = larger(load_first(scores + i, count - i, -INFINITY), most);
    most = all(largest_lane(most));
    for (int64_t i = 0; i < count; i += LANES) {
        floats weight = exp_lanes(load(scores + i) - most);
        if (count - i < LANES)
            weight = select(lanes_before(count - i), weight, all(0));
        sum += weight;
        store(scores + i, weight);
    }
    floats share = all(1 / sum_of_lanes(sum));
    for (int64_t i = 0; i < count; i += LANES)
        store(scores + i, load(scores + i) * share);
}

/* out (width) = sum of weights * values, which are `stride` apart */
INLINE void mix(int64_t width, int64_t count, const float *weights, const float *values,
                int64_t stride, float *out)
{
    int64_t i = 0;
    for (; i + 4 * LANES <= width; i += 4 * LANES) {
        floats sums[4] = {{0}};
        for (int64_t column = 0; column < count; column++)
            for (int part = 0; part < 4; part++)
                sums[part] += weights[column] * load(values + column * stride + i + part * LANES);
        for (int part = 0; part < 4; part++)
            store(out + i + part * LANES, sums[part]);
    }
    for (; i < width; i += LANES) {
        /* the last vector overlaps the one before, so that nothing behind the head is read */
        int64_t start = i + LANES <= width || width < LANES ? i : width - LANES;
        floats sum = all(0);
        for (int64_t column = 0; column < count; column++)
            sum += weights[column] * load_first(values + column * stride + start, width, 0);
        store_first(out + start, width, sum);
    }
}

void attend(const struct rltf_network *network, const float *queries, struct attended to,
            float *scores, float *out)
{
    int64_t width = network->width, group = network->queries / network->keys;
    int64_t stride = 2 * network->keys * width, length = padded(to.count);
    words rest = ~lanes_before(padded(width) - width);
    for (int64_t head = 0; head < network->keys; head++) {
        const float *keys = to.columns + head * width, *values = keys + network->keys * width;
        const float *first = queries + head * group * width;
        for (int64_t column = 0; column < to.count; column++)
            for (int64_t i = 0; i < group; i++)
                scores[i * length + column] =
                    network->scale * product(width, rest, first + i * width, keys + column * stride);
        for (int64_t i = 0; i < group; i++) {
            float *row = scores + i * length;
            const float *bias = to.bias + (head * group + i) * network->distances;
            for (int64_t column = 0; to.bias && column < to.count; column++)
                row[column] += bias[to.count - 1 - column];
            softmax(to.count, row);
            mix(width, to.count, row, values, stride, out + (head * group + i) * width);
        }
    }
}
