/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cookie.h"

#include <string.h>

typedef struct {
    guint64 v[4];
} Sip;

static guint64 rotate(guint64 value, guint bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(Sip *sip)
{
    guint64 *v = sip->v;

    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static void sip_absorb(Sip *sip, guint64 word)
{
    sip->v[3] ^= word;
    sip_round(sip);
    sip_round(sip);
    sip->v[0] ^= word;
}

guint64 mp_siphash(const MpCookieKey *key, const guint8 *bytes, gsize size)
{
    Sip sip = {{key->key[0] ^ G_GUINT64_CONSTANT(0x736f6d6570736575),
                key->key[1] ^ G_GUINT64_CONSTANT(0x646f72616e646f6d),
                key->key[0] ^ G_GUINT64_CONSTANT(0x6c7967656e657261),
                key->key[1] ^ G_GUINT64_CONSTANT(0x7465646279746573)}};
    guint64 word;
    gsize at;

    for (at = 0; at + 8 <= size; at += 8) {
        memcpy(&word, bytes + at, 8);
        sip_absorb(&sip, GUINT64_FROM_LE(word));
    }
    word = (guint64)(size & 0xff) << 56;
    for (gsize i = 0; at + i < size; i++)
        word |= (guint64)bytes[at + i] << (8 * i);
    sip_absorb(&sip, word);
    sip.v[2] ^= 0xff;
    for (guint i = 0; i < 4; i++)
        sip_round(&sip);
    return sip.v[0] ^ sip.v[1] ^ sip.v[2] ^ sip.v[3];
}

guint64 mp_cookie(const MpCookieKey *key, guint64 stream, guint64 number)
{
    guint8 bytes[16];

    memcpy(bytes, &stream, 8);
    memcpy(bytes + 8, &number, 8);
    return mp_siphash(key, bytes, sizeof bytes);
}
