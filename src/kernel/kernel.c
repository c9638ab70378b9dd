/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel.h"

void mp_kernel_free(MpKernel *kernel)
{
    if (kernel != NULL)
        kernel->free(kernel);
}
