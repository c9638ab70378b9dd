/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan.h"

#include "plan-test.h"
#include "shadow.h"
#include "stray.h"

MpPlan *mp_plan_new(void)
{
    MpPlan *plan = g_new0(MpPlan, 1);

    plan->build = g_array_new(FALSE, TRUE, sizeof(MpOp));
    plan->move = g_array_new(FALSE, TRUE, sizeof(MpOp));
    plan->clean = g_array_new(FALSE, TRUE, sizeof(MpOp));
    return plan;
}

void mp_plan_free(MpPlan *plan)
{
    if (plan == NULL)
        return;
    g_array_unref(plan->build);
    g_array_unref(plan->move);
    g_array_unref(plan->clean);
    g_free(plan);
}

MpOp *mp_plan_add(GArray *ops, MpOpKind kind)
{
    MpOp *op;

    g_array_set_size(ops, ops->len + 1);
    op = &g_array_index(ops, MpOp, ops->len - 1);
    op->kind = kind;
    return op;
}

void mp_plan_make(MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    mp_plan_test_addresses(engine, plan);
    mp_plan_addresses(engine, plan, now_us);
    plan->routes = mp_shadow_plan(engine, plan, now_us);
    mp_plan_device_tables(engine, plan);
    mp_plan_order(engine, plan, now_us);
    mp_plan_leftovers(engine, plan);
    mp_strays_plan(engine, plan);
    mp_plan_sysctls(engine, plan);
}
