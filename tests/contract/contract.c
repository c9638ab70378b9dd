/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the engine may rely on, whatever kernel is behind the door. */
#include "contract.h"

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    contract_add_dumps();
    contract_add_operations();
    contract_add_routes();
    contract_add_nexthops();
    contract_add_links();
    contract_add_losses();
    contract_add_tests();
    contract_add_probes();
    return g_test_run();
}
