/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the probes of a group say: the second half of detection.h, private to it. */
#pragma once

#include "detection.h"

MpProbeAction *mp_verdict_tell(MpDetection *detection, MpProbeActionKind kind, guint member);
void mp_verdict_change(MpDetection *detection, MpProber *prober, MpProbeState state,
                       MpReason reason);
/* Convict, repair, begin and end group failure, from what the windows hold now. */
void mp_verdict_decide(MpDetection *detection, gint64 now_us);
/* The losses of a time in which nobody was answered convict nobody afterwards. */
void mp_verdict_forgive(MpDetection *detection);
/* The interval, when round trips have become longer, or short again. */
void mp_verdict_raise(MpDetection *detection, gint64 now_us);
void mp_verdict_lower(MpDetection *detection, gint64 now_us);
/* Discovered targets are forgotten, to be sought anew. */
void mp_detection_flush(MpDetection *detection);
