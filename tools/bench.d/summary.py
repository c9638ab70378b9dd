# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the packets of single runs to lines of a table."""
import json
import pathlib
import random
import statistics

RESAMPLES = 10000
MORE = ('failover_us', 'adoption_s', 'deletion_s', 'memory_kb')


def ratio_interval(ours, theirs, seed=1):
    """Ratio of the medians of pairs with its 95 % bootstrap interval, pairs drawn together; None
    where the other median is 0."""
    if statistics.median(theirs) == 0:
        return None
    chance = random.Random(seed)
    pairs = list(zip(ours, theirs))
    ratios = []
    for _ in range(RESAMPLES):
        drawn = chance.choices(pairs, k=len(pairs))
        below = statistics.median(pair[1] for pair in drawn)
        if below > 0:
            ratios.append(statistics.median(pair[0] for pair in drawn) / below)
    ratios.sort()
    return (statistics.median(ours) / statistics.median(theirs),
            ratios[int(len(ratios) * 0.025)], ratios[int(len(ratios) * 0.975)])


def spread(values):
    return {'median': statistics.median(values), 'min': min(values), 'max': max(values)}


class Table:
    """Rows by name, in the order of their first run; kept in a file, if there is one."""

    def __init__(self, rate, path=None):
        self.rate = rate
        self.path = pathlib.Path(path) if path else None
        self.rows = {}
        self.void = 0
        self.delays_ms = []  # of the kernel's message on a link that it withholds
        if self.path and self.path.exists():
            known = json.loads(self.path.read_text())
            if known['rate'] != rate:
                raise SystemExit(f'{path}: measured at {known["rate"]} packets a second, not {rate}')
            self.rows, self.void, self.delays_ms = known['rows'], known['void'], known['delays_ms']

    def save(self):
        if self.path:
            self.path.write_text(json.dumps({'rate': self.rate, 'rows': self.rows, 'void': self.void,
                                             'delays_ms': self.delays_ms}) + '\n')

    def add(self, name, report):
        lost = report['lost'] + report['unanswered']
        self.rows.setdefault(name, []).append(
            {'lost': lost, 'forward': report['forward'], 'backward': report['backward'],
             'longest': max(report['longest'], report['unanswered']),
             'refused': report['refused_here'] + report['refused_there'],
             **{key: report[key] for key in MORE if key in report}})

    def lost(self, name):
        return [run['lost'] for run in self.rows[name]]

    def median(self, name, key='lost'):
        return statistics.median(run[key] for run in self.rows[name])

    def as_data(self):
        return [{'name': name, 'runs': len(runs), 'rate': self.rate,
                 'lost': spread([run['lost'] for run in runs]),
                 'forward': spread([run['forward'] for run in runs]),
                 'backward': spread([run['backward'] for run in runs]),
                 'outage_ms': spread([run['longest'] * 1000 / self.rate for run in runs]),
                 **{key: spread([run[key] for run in runs]) for key in MORE if key in runs[0]},
                 'all': runs} for name, runs in self.rows.items()]

    def __str__(self):
        lines = [f'{"":40} {"":>4} {"packets lost":^22} {"to / from host":^15} {"outage, ms":^24}',
                 f'{"event":40} {"runs":>4} {"median":>7} {"min":>6} {"max":>7} '
                 f'{"median":>7} {"median":>7} {"median":>8} {"min":>7} {"max":>7}']
        for row in self.as_data():
            lost, ms = row['lost'], row['outage_ms']
            lines.append(f'{row["name"]:40} {row["runs"]:4} {lost["median"]:7g} {lost["min"]:6} '
                         f'{lost["max"]:7} {row["forward"]["median"]:7g} '
                         f'{row["backward"]["median"]:7g} {ms["median"]:8.2f} {ms["min"]:7.2f} '
                         f'{ms["max"]:7.2f}')
        return '\n'.join(lines)
