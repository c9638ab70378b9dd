/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A frame after its Ethernet header. */
#include "fuzz.h"

#include "arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const guint8 hwaddr[6] = {2, 0, 0, 0, 0, 0x10};
    MpArp arp, request;
    guint8 again[MP_ARP_SIZE];

    if (mp_arp_read(data, size, &arp) != MP_WIRE_OK)
        return 0;
    mp_arp_write(again, &arp);
    g_assert_cmpmem(again, MP_ARP_SIZE, data, MP_ARP_SIZE);
    request = mp_arp_request(hwaddr, &arp.target, &arp.sender);
    if (mp_arp_answers(&arp, &request, NULL))
        g_assert_cmpint(arp.operation, ==, MP_ARP_REPLY);
    return 0;
}
