/* choose.c - chooses the next id of each row as rltf/models/token_sampling.py does, without a sort. */
#include "decode.h"
#include "vectors.h"

#include <math.h>
#include <omp.h>

/* Scaled weights of a row's ids, and their sum. */
struct weights {
    float *numbers; /* (V in whole vectors), 0 behind the last */
    int64_t count;  /* in whole vectors */
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
    floats most = all(-INFINITY);
    for (int64_t i = 0; i < count; i += LANES)
        most = larger(load_first(logits + i, count - i, -INFINITY), most);
    return largest_lane(most);
}

/* Writes e^((logit - most) * factor); minus infinity gives 0. Returns the sum. */
static double weigh(int64_t count, const float *logits, float most, float factor, float *weights)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i += LANES) {
        floats logit = load_first(logits + i, count - i, -INFINITY);
        floats weight = exp_lanes((logit - most) * factor);
        weight = select(logit > all(-INFINITY), weight, all(0));
        store(weights + i, weight);
        sum += sum_of_lanes(weight);
    }
    return sum;
}

/* Returns the id at which the sum of the weights passes `target`, which is less than all of it. */
static int64_t reach(struct weights from, double target)
{
    double reached = 0;
    int64_t last = 0;
    for (int64_t i = 0; i < from.count; i += LANES) {
        float here = sum_of_lanes(load(from.numbers + i));
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
    float own = all.numbers[id];
    for (int64_t i = 0; i < all.count; i += LANES) {
        floats weight = load(all.numbers + i);
        words before = weight > own;
        if (i < id)
            before |= (weight == own) & lanes_before(id - i);
        sum += sum_of_lanes(select(before, weight, (floats){0}));
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
    struct weights weights = {scratch, padded(count), 0};
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
    int64_t length = padded(choice->vocabulary);
#pragma omp parallel for num_threads(choice->threads) if (choice->threads > 1)
    for (int64_t row = 0; row < choice->rows; row++)
        choose(choice, row, choice->scratch + omp_get_thread_num() * length);
}

static int is_among(int64_t count, const int64_t *ids, int64_t id)
{
    for (int64_t i = 0; i < count; i++)
        if (ids[i] == id)
            return 1;
    return 0;
}

void rltf_write(const struct rltf_choice *choice, const struct rltf_rows *rows)
{
    memcpy(choice->ids, rows->forced, (size_t)choice->rows * sizeof(int64_t));
    rltf_choose(choice);
    for (int64_t row = 0; row < choice->rows; row++) {
        int64_t place = row * rows->columns + rows->steps[row], id = choice->ids[row];
        rows->written[place] = id;
        rows->log_probs[place] = choice->log_probs[row];
        rows->steps[row] += rows->live[row];
        if (is_among(rows->end_count, rows->ends, id) || rows->steps[row] >= rows->most)
            rows->live[row] = 0;
        int64_t next = rows->steps[row], last = rows->begun_columns - 1;
        rows->forced[row] = rows->begun[row * rows->begun_columns + (next < last ? next : last)];
    }
}
