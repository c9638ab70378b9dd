/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* To be preloaded: what asks the kernel for a resilient nexthop group asks for a type that no
 * kernel has, and is refused as one before 5.13 would. */
#include <dlfcn.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define NO_TYPE 99

typedef ssize_t (*SendFunc)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);

static void spoil_type(struct nlmsghdr *message)
{
    struct rtattr *attr =
        (struct rtattr *)((char *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(struct nhmsg)));
    int left = (int)(message->nlmsg_len - NLMSG_LENGTH(sizeof(struct nhmsg)));

    for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
        unsigned short type;

        if (attr->rta_type != NHA_GROUP_TYPE)
            continue;
        memcpy(&type, RTA_DATA(attr), sizeof type);
        if (type == NEXTHOP_GRP_TYPE_RES) {
            type = NO_TYPE;
            memcpy(RTA_DATA(attr), &type, sizeof type);
        }
    }
}

ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to,
               socklen_t to_length)
{
    SendFunc send_on = (SendFunc)dlsym(RTLD_NEXT, "sendto");
    struct nlmsghdr *message = (struct nlmsghdr *)data;
    size_t left = length;

    if (to != NULL && to->sa_family == AF_NETLINK) {
        for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == RTM_NEWNEXTHOP)
                spoil_type(message);
        }
    }
    return send_on(fd, data, length, flags, to, to_length);
}
