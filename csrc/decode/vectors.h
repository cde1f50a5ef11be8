/* vectors.h - vectors of floats as wide as the registers that the compiler may use, in GCC's notation:
 * 16 lanes with AVX-512, 8 with AVX2, 4 anywhere else.
 */
#ifndef RLTF_DECODE_VECTORS_H
#define RLTF_DECODE_VECTORS_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

#define INLINE static inline __attribute__((always_inline))

typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t words __attribute__((vector_size(LANES * sizeof(int32_t))));
typedef uint32_t unsigned_words __attribute__((vector_size(LANES * sizeof(uint32_t))));
/* Floats at any address. */
typedef float loose_floats __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

/* Returns a count rounded up to whole vectors. */
INLINE int64_t padded(int64_t count)
{
    return (count + LANES - 1) / LANES * LANES;
}

INLINE floats all(float number)
{
    return number - (floats){0};
}

INLINE floats load(const float *from)
{
    return *(const loose_floats *)from;
}

INLINE void store(float *to, floats numbers)
{
    *(loose_floats *)to = numbers;
}

/* Loads the first `count` lanes, or all if there are more; the others are `rest`. */
INLINE floats load_first(const float *from, int64_t count, float rest)
{
    if (count >= LANES)
        return load(from);
    float numbers[LANES];
    for (int lane = 0; lane < LANES; lane++)
        numbers[lane] = lane < count ? from[lane] : rest;
    return load(numbers);
}

INLINE void store_first(float *to, int64_t count, floats numbers)
{
    if (count >= LANES) {
        store(to, numbers);
        return;
    }
    for (int lane = 0; lane < count; lane++)
        to[lane] = numbers[lane];
}

/* Returns the mask of the lanes before `count`. */
INLINE words lanes_before(int64_t count)
{
    words lanes = {0};
    for (int lane = 0; lane < LANES; lane++)
        lanes[lane] = lane < count ? -1 : 0;
    return lanes;
}

/* Takes the lanes of a mask from `yes`, the others from `no`. */
INLINE floats select(words mask, floats yes, floats no)
{
    return (floats)(((words)yes & mask) | ((words)no & ~mask));
}

INLINE floats larger(floats a, floats b)
{
    return select(a > b, a, b);
}

INLINE floats smaller(floats a, floats b)
{
    return select(a < b, a, b);
}

INLINE float sum_of_lanes(floats numbers)
{
    typedef float four_floats __attribute__((vector_size(16)));
    union {
        floats all;
        four_floats parts[LANES / 4];
    } cut = {numbers};
    four_floats sum = cut.parts[0];
    for (int part = 1; part < LANES / 4; part++)
        sum += cut.parts[part];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

INLINE float largest_lane(floats numbers)
{
    float most = numbers[0];
    for (int lane = 1; lane < LANES; lane++)
        most = numbers[lane] > most ? numbers[lane] : most;
    return most;
}

/* e^x to 2 units in the last place; x is clamped to where that is a normal number. Minus infinity
 * gives e^-87. */
INLINE floats exp_lanes(floats x)
{
    /* The sum of this and a small number ends with the bits of the nearest integer. */
    const floats shift = all(0x1.8p23f);
    x = smaller(larger(x, all(-87.0f)), all(88.0f));
    floats shifted = x * 1.44269504f + shift;
    floats n = shifted - shift;
    /* x - n ln 2, ln 2 in two parts */
    floats r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    /* the polynomial of Cephes' expf */
    floats p = all(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + (r + 1.0f);
    words two_to_n = ((words)shifted - (words)shift) * (1 << 23) + (words)all(1.0f);
    return p * (floats)two_to_n;
}

#endif
