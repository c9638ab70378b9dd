# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/performance.md and its plots, from what was measured."""
import collections
import os
import pathlib
import platform
import statistics

from chart import strip_chart
from contestants import RATE
from summary import ratio_interval

Demand = collections.namedtuple('Demand', 'text met found')
TIMES_PROTOTYPE, TIMES_KEEPALIVED, AT_ONCE, WITHHELD_MS, ROUTES_TIMES = 1.2, 30, 3, 15, 2


def times(ratio):
    if ratio is None:
        return 'the other one lost nothing: no ratio'
    return f'{ratio[0]:.2f} times (95 % interval {ratio[1]:.2f} to {ratio[2]:.2f})'


def against(table, family, other):
    """Ours by theirs, of the pairs of a round; None if it was not run."""
    ours, theirs = f'carrier loss, {family}', f'carrier loss, {family}, {other}'
    if theirs not in table.rows:
        return None
    return [(run['lost'], pair['lost']) for run, pair in zip(table.rows[ours], table.rows[theirs])]


def compare(table):
    for family in ('v4', 'v6'):
        pairs = against(table, family, 'prototype')
        if pairs:
            ratio = ratio_interval(*zip(*pairs))
            yield Demand(f'carrier loss, {family}: at most {TIMES_PROTOTYPE} times the prototype',
                         ratio is None or ratio[0] <= TIMES_PROTOTYPE,
                         f'{times(ratio)}, {len(pairs)} pairs')
    pairs = against(table, 'v4', 'keepalived')
    if pairs:
        ratio = ratio_interval([theirs for _, theirs in pairs], [ours for ours, _ in pairs])
        yield Demand(f'carrier loss, v4: keepalived loses at least {TIMES_KEEPALIVED} times as much',
                     ratio is None or ratio[0] >= TIMES_KEEPALIVED,
                     f'{times(ratio)}, {len(pairs)} pairs')


def is_ours(name):
    return name.rpartition(', ')[2] not in ('prototype', 'keepalived')


def at_most(table, word, most, unit='packets'):
    for name in table.rows:
        if name.startswith(word) and is_ours(name):
            median = table.median(name) * (1000 / RATE if unit == 'ms' else 1)
            yield Demand(f'{name}: at most {most} {unit}', median <= most, f'median {median:g}')


def constant(table):
    names = [name for name in table.rows if name.endswith('foreign routes')]
    for key, what in (('lost', 'packets lost'), ('failover_us', 'time of a failover')):
        medians = [table.median(name, key) for name in names]
        if len(medians) > 1:
            yield Demand(f'{what}, by number of routes: constant within {ROUTES_TIMES} times',
                         max(medians) <= ROUTES_TIMES * max(min(medians), 1),
                         ', '.join(f'{median:g}' for median in medians))


def no_way_back(table):
    for name in table.rows:
        if name.split(',')[0] in ('carrier loss', 'admin down', 'device deleted') and \
                is_ours(name) and 'flooded' not in name:
            median = table.median(name, 'backward')
            yield Demand(f'{name}: nothing lost from the host', median == 0, f'median {median:g}')


def demands(table):
    return [*compare(table), *at_most(table, 'admin down', AT_ONCE),
            *at_most(table, 'device deleted', AT_ONCE), *at_most(table, 'planned move', 0),
            *at_most(table, 'carrier loss, withheld', WITHHELD_MS, 'ms'), *constant(table),
            *no_way_back(table)]


# The page ------------------------------------------------------------------------------------------

INTRODUCTION = '''# What a failover costs

Written by `sudo tools/bench failover --prototype DIR --file FILE --report docs`: {runs} runs on one machine with
Linux {release} and {processors} processors; {void} rounds were void. The figures are of that machine and of that day:
run it on yours, and keep it quiet meanwhile.

A router sends {rate:,} packets a second to an address of the group, the host answers each; one packet lost is an
outage of {ms:g} ms. Each run has a network of its own (namespaces, virtual cables, a bridge as the switch) and a
daemon of its own. Those that are compared take turns: one round is a run without an event, which has to lose
nothing or the round is void, and then one of each row. Ratios are of medians, with the 95 % interval of 10,000
bootstrap samples of the pairs.

- `prototype`: a program of a few hundred lines that knows two interfaces, two addresses and nothing else, and
  announces at once. It shows how fast this kernel lets one be.
- `keepalived`, Debian's package: two VRRP instances of one host, the second of which follows the link of the first,
  adverts every 10 ms. It is made for several hosts; for IPv4 this is the nearest that it comes to a group.
- *withheld*: 0.3 s after another link event the kernel tells of a lost carrier {delay} late, as it does for real
  cards. ipmpd reads the link meanwhile.

"Met" is said of medians. Where an interval reaches beyond what was asked for, it is likely and not certain; more rounds
would tell. A few runs of ipmpd and of the prototype alike lose some ten times the median: others held the kernel's lock (`tools/bench flood`).
'''


def delay_words(table):
    if not table.delays_ms:
        return 'up to a second'
    return f'{statistics.median(table.delays_ms):.0f} ms (median of {len(table.delays_ms)})'


def event_rows(table):
    return [row for row in table.as_data() if 'failover_us' not in row]


def event_table(rows):
    yield '| event | runs | packets lost: median | least | most | from the host: median | longest outage: median |'
    yield '| --- | --- | --- | --- | --- | --- | --- |'
    for row in rows:
        lost = row['lost']
        yield (f'| {row["name"]} | {row["runs"]} | {lost["median"]:g} | {lost["min"]} | {lost["max"]} | '
               f'{row["backward"]["median"]:g} | {row["outage_ms"]["median"]:.2g} ms |')


def scale_table(table):
    yield ('| what | runs | packets lost: median | most | all addresses in place after | memory | '
           'adopted in | given back in |')
    yield '| --- | --- | --- | --- | --- | --- | --- | --- |'
    for row in table.as_data():
        if 'failover_us' not in row:
            continue
        adoption = f'{row["adoption_s"]["median"] * 1000:.0f} ms' if 'adoption_s' in row else ''
        deletion = f'{row["deletion_s"]["median"] * 1000:.0f} ms' if 'deletion_s' in row else ''
        yield (f'| {row["name"]} | {row["runs"]} | {row["lost"]["median"]:g} | {row["lost"]["max"]} | '
               f'{row["failover_us"]["median"] / 1000:.2g} ms | '
               f'{row["memory_kb"]["median"] / 1024:.1f} MB | {adoption} | {deletion} |')


def demand_lines(found):
    for demand in found:
        yield f'- {"met" if demand.met else "**not met**"}: {demand.text}; {demand.found}'


SCALE = '''Packets go to the address that is announced last. The time is from the decision to the last address in
place, by the history. Memory of addresses is the whole service, of routes what they add: routes of others by the
router through eth0, which are there before the group. Adopting them is making a copy of each; deleting the group
takes the copies away again. A failover touches none of them.
'''


def write(directory, table, found):
    directory = pathlib.Path(directory)
    events = event_rows(table)
    text = INTRODUCTION.format(
        release=platform.release().split('-')[0], processors=os.cpu_count(), rate=RATE, ms=1000 / RATE,
        runs=sum(len(runs) for runs in table.rows.values()), void=table.void,
        delay=delay_words(table))
    parts = [text, '## Asked for, and found', '', *demand_lines(found), '', '## Events', '',
             '![Packets lost by event](failover.svg)', '', *event_table(events), '']
    (directory / 'failover.svg').write_text(strip_chart(
        f'Packets lost, {RATE:,} a second: a dot is a run, a bar the median', 'packets lost',
        [(row['name'], [run['lost'] for run in row['all']]) for row in events]), encoding='utf-8')
    scaled = [(row['name'], [run['lost'] for run in row['all']]) for row in table.as_data()
              if 'failover_us' in row]
    if scaled:
        (directory / 'failover-scale.svg').write_text(strip_chart(
            'Packets lost by a carrier loss, by number of addresses and routes', 'packets lost',
            scaled), encoding='utf-8')
        parts += ['## Many addresses, many routes', '',
                  '![Packets lost by number of addresses and routes](failover-scale.svg)', '', SCALE,
                  *scale_table(table), '']
    (directory / 'performance.md').write_text('\n'.join(parts), encoding='utf-8')
