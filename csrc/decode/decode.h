/* decode.h - a decode step on a CPU (rltf/models/engine/compiled.py), in float32.
 *
 * The build hands this file to cffi: only structs and functions, and every line that starts with #
 * is dropped. Numbers in brackets are shapes; all arrays are contiguous, the last dimension first.
 */
#ifndef RLTF_DECODE_H
#define RLTF_DECODE_H

#include <stdint.h>

/* The weights of a linear layer as rltf_pack() lays them out, aligned to 64 bytes. */
struct rltf_matrix {
    const void *weights; /* float, or the upper halves of floats; NULL: there is no such layer */
    int is_bfloat16;
    const float *bias; /* (outputs); NULL: none */
    int64_t inputs;
    int64_t outputs;
};

/* A norm over the last dimension: of root mean squares, or a layer norm. */
struct rltf_norm {
    const float *weight; /* NULL: there is no such norm */
    const float *bias;   /* NULL: none */
    float eps;
    int is_rms;
};

/* Keys and values of B rows (B, columns, 2 * keys, width): keys first. */
struct rltf_cache {
    float *numbers; /* NULL: there is no such cache */
    int64_t columns;
};

struct rltf_layer {
    struct rltf_norm norm;
    struct rltf_matrix heads; /* queries, keys, values */
    struct rltf_norm query_norm;
    struct rltf_norm key_norm;
    struct rltf_matrix out;
    struct rltf_cache cache;
    struct rltf_norm memory_norm;
    struct rltf_matrix memory_queries;
    struct rltf_matrix memory_out;
    struct rltf_cache memory; /* what an encoder read */
    struct rltf_norm feed_forward_norm;
    struct rltf_matrix feed_forward_in;
    struct rltf_matrix feed_forward_out;
};

enum rltf_activation { ACTIVATION_SILU, ACTIVATION_GELU_TANH, ACTIVATION_RELU };

struct rltf_network {
    const struct rltf_layer *layers;
    int64_t count;
    int64_t queries; /* heads of queries, H */
    int64_t keys;    /* heads of keys, and of values, K */
    int64_t width;   /* numbers per head, D */
    float scale;
    int activation; /* enum rltf_activation */
    int gated;
    const float *cos; /* (positions, D); NULL: positions turn nothing */
    const float *sin;
    const float *distance_bias; /* (H, distances); NULL: none */
    int64_t distances;
    struct rltf_norm norm;
    struct rltf_matrix head;
};

/* The rows of a step. */
struct rltf_step {
    int64_t rows;                  /* B */
    const int64_t *positions;      /* (B) column of each row's next id */
    const int64_t *memory_lengths; /* (B) columns of the memory that hold something */
    float *hidden;                 /* (B, E) embedded ids; overwritten */
    float *logits;                 /* (B, V) */
    float *scratch;                /* as many numbers as rltf_scratch() says */
    int threads;
};

/* The choice of a step's ids (rltf/models/token_sampling.py). */
struct rltf_choice {
    int64_t rows;         /* B */
    int64_t vocabulary;   /* V */
    const float *logits;  /* (B, V) */
    float temperature;    /* 0: the likeliest id */
    double top_p;
    const int64_t *seeds; /* (B) */
    const int64_t *steps; /* (B) number of ids written */
    int64_t *ids;         /* (B) the chosen ids are written here; those of 0 and more stay */
    float *log_probs;     /* (B) of the ids, at temperature 1 */
    float *scratch;       /* (threads, V rounded up to 16) */
    int threads;
};

/* Multiplies x (rows, inputs): y (rows, outputs). */
void rltf_linear(const struct rltf_matrix *matrix, int64_t rows, const float *x, float *y,
                 int threads);

/* Returns how many numbers the weights (outputs, inputs) of a matrix take. */
int64_t rltf_packed(int64_t outputs, int64_t inputs);

/* Writes rows (outputs, inputs) of weights to their places in a matrix, from output `first` on. */
void rltf_pack(const void *rows, int is_bfloat16, int64_t outputs, int64_t inputs, int64_t first,
               void *weights);

/* What the rows of a choice have written (rltf/models/rows_state.py). */
struct rltf_rows {
    int64_t *steps;  /* (B) number of ids written */
    uint8_t *live;   /* (B) whether the row goes on */
    int64_t *forced; /* (B) the id that has to come next; -1: none */
    int64_t *written; /* (B, columns) */
    float *log_probs; /* (B, columns) */
    int64_t columns;
    const int64_t *begun; /* (B, begun_columns) the ids to begin with, -1 behind them */
    int64_t begun_columns;
    const int64_t *ends; /* (end_count) */
    int64_t end_count;
    int64_t most; /* ids that a row writes */
};

/* Returns how many numbers of scratch memory a step of so many rows needs. */
int64_t rltf_scratch(const struct rltf_network *network, int64_t rows, int threads);

/* Writes keys and values of the rows' next ids, and computes the logits of what follows. */
void rltf_decode(const struct rltf_network *network, const struct rltf_step *step);

void rltf_choose(const struct rltf_choice *choice);

/* Chooses ids and lets the rows write them. */
void rltf_write(const struct rltf_choice *choice, const struct rltf_rows *rows);

#endif
