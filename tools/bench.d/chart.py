# SPDX-License-Identifier: LGPL-2.1-or-later
"""A plot of single runs: a line for each row, a dot for each run, a bar at the median."""
import html
import math
import statistics

LEFT, RIGHT, TOP, ROW = 290, 30, 56, 24
WIDTH = 820
COLOURS = {'ipmpd': '#1b6ca8', 'prototype': '#2a9d5c', 'keepalived': '#c0392b'}


def colour_of(name):
    return next((colour for word, colour in COLOURS.items() if word in name), COLOURS['ipmpd'])


class Scale:
    """Logarithmic, with a place for 0 before it."""

    def __init__(self, most):
        self.decades = max(1, math.ceil(math.log10(max(most, 1.5))))
        self.zero = LEFT + 16
        self.first = LEFT + 60
        self.step = (WIDTH - RIGHT - self.first) / self.decades

    def x(self, value):
        return self.zero if value <= 0 else self.first + math.log10(max(value, 1)) * self.step

    def ticks(self):
        yield self.zero, '0'
        for decade in range(self.decades + 1):
            yield self.first + decade * self.step, f'{10 ** decade:,}'


def dots(scale, values, y, colour):
    """Equal ones are spread over the height of the row, so that they can be counted."""
    seen = {}
    for value in sorted(values):
        n = seen[value] = seen.get(value, -1) + 1
        shift = ((n * 7) % 15) - 7
        yield (f'<circle cx="{scale.x(value):.1f}" cy="{y + shift:.1f}" r="2.6" fill="{colour}" '
               'fill-opacity="0.45"/>')


def strip_chart(title, unit, rows):
    """rows: (name, values)."""
    scale = Scale(max(max(values) for _, values in rows))
    bottom = TOP + ROW * len(rows)
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 50}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{bottom + 50}" fill="#ffffff"/>',
             f'<text x="16" y="24" font-size="15">{html.escape(title)}</text>']
    for x, text in scale.ticks():
        lines.append(f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom}" stroke="#dddddd"/>')
        lines.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{text}</text>')
    for number, (name, values) in enumerate(rows):
        y = TOP + ROW * number + ROW / 2
        colour, middle = colour_of(name), scale.x(statistics.median(values))
        lines.append(f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{html.escape(name)}</text>')
        lines += dots(scale, values, y, colour)
        lines.append(f'<line x1="{middle:.1f}" y1="{y - 10:.1f}" x2="{middle:.1f}" y2="{y + 10:.1f}" '
                     f'stroke="{colour}" stroke-width="3"/>')
    lines.append(f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{bottom + 38}" text-anchor="middle">'
                 f'{html.escape(unit)}</text>')
    return '\n'.join(lines + ['</svg>', ''])
