/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a data address looks: at home, with another member, and on lo. */
#include "data.h"

#include <string.h>

static guint32 remaining_s(guint32 told_s, gint64 stamp_us, gint64 now_us)
{
    gint64 passed_s = (now_us - stamp_us) / MP_USEC_PER_SEC;

    if (told_s == MP_FOREVER || passed_s <= 0)
        return told_s;
    return passed_s >= told_s ? 1 : told_s - (guint32)passed_s;
}

static void label_for(const MpLink *link, const char *found, char out[16])
{
    const char *suffix = strchr(found, ':');

    out[0] = '\0';
    if (link != NULL && suffix != NULL && strlen(link->name) + strlen(suffix) < 16)
        g_snprintf(out, 16, "%s%s", link->name, suffix);
}

MpIfaddr mp_data_form(const MpEngine *engine, const MpData *data, gint64 now_us)
{
    MpIfaddr form = data->original;
    gboolean at_home = data->host == data->home || (data->leaving && data->foreign);

    form.index = mp_data_host_index(data);
    form.address = data->address;
    form.valid_s = remaining_s(form.valid_s, data->original.stamp_us, now_us);
    if (form.preferred_s > 0)
        form.preferred_s = remaining_s(form.preferred_s, data->original.stamp_us, now_us);
    form.preferred_s = MIN(form.preferred_s, form.valid_s);
    /* Of the second that is not over yet: the end is the same whenever it is asked for. */
    form.stamp_us = now_us - (now_us - data->original.stamp_us) % MP_USEC_PER_SEC;
    label_for(mp_picture_link(engine->picture, form.index), data->original.label, form.label);
    if (at_home)
        return form;
    form.protocol = MP_PROTOCOL;
    form.flags |= MP_IFA_NOPREFIXROUTE;
    if (form.address.family == MP_IPV6) {
        form.flags |= MP_IFA_NODAD;
        form.flags &= ~(guint32)(MP_IFA_MANAGETEMPADDR | MP_IFA_STABLE_PRIVACY | MP_IFA_TEMPORARY);
    }
    return form;
}

MpOp mp_data_making(const MpEngine *engine, const MpData *data, gint64 now_us)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = mp_data_form(engine, data, now_us)};

    if (op.address.address.family == MP_IPV6)
        op.address.flags |=
            MP_IFA_NODAD; /* its twin is still on the link; taken off again when it is there */
    return op;
}

MpIfaddr mp_data_other(const MpEngine *engine, const MpData *data, const MpIfaddr *other,
                       gint64 now_us)
{
    MpData in_it = *data;

    in_it.original = *other;
    in_it.address = other->address;
    return mp_data_form(engine, &in_it, now_us);
}

MpIfaddr mp_data_anchor(const MpData *data)
{
    MpIfaddr anchor = {0};

    anchor.index = MP_LOOPBACK_INDEX;
    anchor.address = data->address;
    anchor.address.prefix = (guint8)mp_address_bits(&data->address);
    anchor.protocol = MP_PROTOCOL;
    anchor.scope = MP_SCOPE_HOST;
    anchor.valid_s = MP_FOREVER;
    anchor.preferred_s = MP_FOREVER;
    anchor.flags = MP_IFA_NOPREFIXROUTE;
    if (data->address.family == MP_IPV6) {
        anchor.flags |= MP_IFA_NODAD;
        anchor.preferred_s = 0; /* never chosen as a source by itself */
    }
    return anchor;
}

gboolean mp_data_has_twin(const MpEngine *engine, const MpData *data)
{
    const GPtrArray *all = engine->picture->addresses;

    for (guint i = 0; i < all->len; i++) {
        const MpIfaddr *copy = &((MpPictureAddress *)g_ptr_array_index(all, i))->ifaddr;

        if (copy->index != MP_LOOPBACK_INDEX && copy->index != mp_data_host_index(data) &&
            (copy->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) == 0 &&
            mp_address_equal_host(&copy->address, &data->address))
            return TRUE;
    }
    return FALSE;
}
