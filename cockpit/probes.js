// SPDX-License-Identifier: LGPL-2.1-or-later
// Results of probes: of each target the latest ones. Pure.

/** How many results of a target are kept and drawn. */
export const SERIES_LIMIT = 60;

/**
 * The series of an interface's targets with one result more. result: { sequence, target, acked,
 * rtt, average } (microseconds). One that was told as lost and is told again was answered late.
 */
export function addSample(series, result) {
    const known = series?.get(result.target);
    const samples = known ? known.samples : [];
    const sample = { sequence: result.sequence, rtt: result.acked ? result.rtt : null };
    const at = samples.findIndex(other => other.sequence === result.sequence);
    const next = at < 0 ? [...samples, sample].slice(-SERIES_LIMIT)
        : samples.map((other, i) => i === at ? sample : other);
    const copy = new Map(series);
    copy.set(result.target, { samples: next, average: result.acked ? result.average : known?.average ?? 0 });
    return copy;
}

/** Lost probes among the latest, 0 to 1; null while there is none. */
export function lossOf(series) {
    if (!series || !series.samples.length)
        return null;
    return series.samples.filter(sample => sample.rtt === null).length / series.samples.length;
}

/** The round trip (microseconds) of the target that answers fastest; 0 while none is known. */
export function fastestOf(map) {
    const known = [...(map?.values() ?? [])].map(series => series.average).filter(Boolean);
    return known.length ? Math.min(...known) : 0;
}

/** Of several series together. */
export function lossOfAll(map) {
    const samples = [...(map?.values() ?? [])].flatMap(series => series.samples);
    return lossOf({ samples });
}

/**
 * The line of a series in a box: { paths, lost } with the points of each unbroken stretch and the
 * places (x) of lost ones. The newest is at the right end; the scale is from 0 to the slowest.
 */
export function sparkline(series, width, height) {
    const samples = series?.samples ?? [];
    const slowest = Math.max(1, ...samples.map(sample => sample.rtt ?? 0));
    const step = width / (SERIES_LIMIT - 1);
    const lines = [];
    const lost = [];
    let line = null;
    samples.forEach((sample, i) => {
        const x = width - (samples.length - 1 - i) * step;
        if (sample.rtt === null) {
            lost.push(x);
            line = null;
            return;
        }
        if (!line) {
            line = [];
            lines.push(line);
        }
        line.push([x, height - 1 - sample.rtt / slowest * (height - 2)]);
    });
    return { lines, lost };
}
