/* step.c - a decode step: every row reads one id. */
#include "kernels.h"
#include "vectors.h"

#include <omp.h>
#include <string.h>

/* Numbers that the parts of a step hand on, for all rows. */
struct parts {
    float *inputs; /* (B, E) what a part reads: the hidden states, normalized */
    float *heads;  /* (B, H + 2 K, D) */
    float *mixed;  /* (B, H, D) */
    float *inner;  /* (B, F) */
    float *scores; /* (threads, H / K, columns) */
    int64_t scores_per_thread;
};

static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* Lays the parts out from `scratch` on; returns how many numbers they take. */
static int64_t lay_out(const struct rltf_network *network, int64_t rows, int threads,
                       float *scratch, struct parts *parts)
{
    int64_t hidden = network->head.inputs, columns = 0, inner = 0;
    for (int64_t i = 0; i < network->count; i++) {
        const struct rltf_layer *layer = &network->layers[i];
        columns = most(columns, most(layer->cache.columns, layer->memory.columns));
        inner = most(inner, layer->feed_forward_in.outputs);
    }
    int64_t mixed = network->queries * network->width;
    int64_t heads = (network->queries + 2 * network->keys) * network->width;
    int64_t scores = network->queries / network->keys * padded(columns);
    float *place = scratch;
    *parts = (struct parts){.scores_per_thread = scores};
    parts->inputs = place, place += padded(rows * hidden);
    parts->heads = place, place += padded(rows * heads);
    parts->mixed = place, place += padded(rows * mixed);
    parts->inner = place, place += padded(rows * inner);
    parts->scores = place, place += threads * scores;
    return place - scratch;
}

int64_t rltf_scratch(const struct rltf_network *network, int64_t rows, int threads)
{
    struct parts parts;
    static float nowhere[1];
    return lay_out(network, rows, threads, nowhere, &parts);
}

/* Turns one head to its position: dimension i with dimension i + D / 2. */
static void rotate(int64_t width, const float *cos, const float *sin, float *head)
{
    int64_t half = width / 2;
    for (int64_t i = 0; i < half; i++) {
        float a = head[i], b = head[half + i];
        head[i] = a * cos[i] + b * sin[i];
        head[half + i] = b * cos[half + i] + a * sin[half + i];
    }
}

/* Normalizes and turns a row's queries and keys, and writes its keys and values to the cache. */
static void place_heads(const struct rltf_network *network, const struct rltf_layer *layer,
                        int64_t row, int64_t position, float *heads)
{
    int64_t width = network->width, turned = network->queries + network->keys;
    float *keys = heads + network->queries * width;
    if (layer->query_norm.weight) {
        normalize(&layer->query_norm, network->queries, width, heads, heads);
        normalize(&layer->key_norm, network->keys, width, keys, keys);
    }
    for (int64_t head = 0; network->cos && head < turned; head++)
        rotate(width, network->cos + position * width, network->sin + position * width,
               heads + head * width);
    int64_t column = 2 * network->keys * width;
    memcpy(layer->cache.numbers + (row * layer->cache.columns + position) * column, keys,
           (size_t)column * sizeof(float));
}

static void attend_itself(const struct rltf_network *network, const struct rltf_layer *layer,
                          const struct rltf_step *step, const struct parts *parts)
{
    int64_t width = network->width, column = 2 * network->keys * width;
    int64_t heads = network->queries * width + column;
#pragma omp parallel for num_threads(step->threads) if (step->threads > 1)
    for (int64_t row = 0; row < step->rows; row++) {
        int64_t position = step->positions[row];
        float *own = parts->heads + row * heads;
        place_heads(network, layer, row, position, own);
        struct attended to = {layer->cache.numbers + row * layer->cache.columns * column,
                              position + 1, network->distance_bias};
        attend(network, own, to, parts->scores + omp_get_thread_num() * parts->scores_per_thread,
               parts->mixed + row * network->queries * width);
    }
}

static void attend_memory(const struct rltf_network *network, const struct rltf_layer *layer,
                          const struct rltf_step *step, const struct parts *parts)
{
    int64_t width = network->width, column = 2 * network->keys * width;
    int64_t queries = network->queries * width;
#pragma omp parallel for num_threads(step->threads) if (step->threads > 1)
    for (int64_t row = 0; row < step->rows; row++) {
        struct attended to = {layer->memory.numbers + row * layer->memory.columns * column,
                              step->memory_lengths[row], NULL};
        attend(network, parts->heads + row * queries, to,
               parts->scores + omp_get_thread_num() * parts->scores_per_thread,
               parts->mixed + row * queries);
    }
}

static void pass_layer(const struct rltf_network *network, const struct rltf_layer *layer,
                       const struct rltf_step *step, const struct parts *parts)
{
    int64_t rows = step->rows, hidden = network->head.inputs;
    normalize(&layer->norm, rows, hidden, step->hidden, parts->inputs);
    multiply(&layer->heads, rows, parts->inputs, parts->heads, step->threads);
    attend_itself(network, layer, step, parts);
    multiply_add(&layer->out, rows, parts->mixed, step->hidden, step->threads);
    if (layer->memory.numbers) {
        normalize(&layer->memory_norm, rows, hidden, step->hidden, parts->inputs);
        multiply(&layer->memory_queries, rows, parts->inputs, parts->heads, step->threads);
        attend_memory(network, layer, step, parts);
        multiply_add(&layer->memory_out, rows, parts->mixed, step->hidden, step->threads);
    }
    if (layer->feed_forward_norm.weight)
        normalize(&layer->feed_forward_norm, rows, hidden, step->hidden, parts->inputs);
    multiply(&layer->feed_forward_in, rows, parts->inputs, parts->inner, step->threads);
    activate(network->activation, network->gated, rows, layer->feed_forward_in.outputs,
             parts->inner);
    multiply_add(&layer->feed_forward_out, rows, parts->inner, step->hidden, step->threads);
}

void rltf_decode(const struct rltf_network *network, const struct rltf_step *step)
{
    struct parts parts;
    lay_out(network, step->rows, step->threads, step->scratch, &parts);
    for (int64_t i = 0; i < network->count; i++)
        pass_layer(network, &network->layers[i], step, &parts);
    normalize(&network->norm, step->rows, network->head.inputs, step->hidden, parts.inputs);
    multiply(&network->head, step->rows, parts.inputs, step->logits, step->threads);
}
