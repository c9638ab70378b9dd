# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench page: the Cockpit page in Chromium with many groups: how soon there is something to see,
how soon a signal is, and what it costs the browser."""
import argparse
import statistics
import time

from bed import Bed, member_name
from browser import Browser, Cockpit

DETECTION_MS = 10000
TARGETS = 2
# Since when the document is being loaded, as the browser tells it.
LOADED = 'performance.now()'
# The state of a member's chip in the line of its closed group, watched by the page itself: how long
# after the cable is pulled would depend on the clock of this script and not only on the page.
STATE_OF = ('[...document.querySelectorAll(".ipmp-strip-item")]'
            '.find(item => item.title.startsWith("{name}:"))?.title')


def parse():
    parser = argparse.ArgumentParser(prog='tools/bench page', description=__doc__)
    parser.add_argument('--groups', type=int, default=100)
    parser.add_argument('--members', type=int, default=10, help='of each group (10)')
    parser.add_argument('--rounds', type=int, default=9, help='how often each is measured (9)')
    parser.add_argument('--shot', help='a picture (PNG) of it')
    return parser.parse_args()


def first_content(browser, cockpit, given):
    """Milliseconds from the request of the page to the first group, and to all of them."""
    browser.goto('about:blank')
    browser.goto(cockpit.page())
    first = browser.until(f'document.querySelector(".ipmp-card") && {LOADED}')
    whole = browser.until(f'document.querySelectorAll(".ipmp-strip-item").length >= {given.groups * given.members} && {LOADED}')
    return first, whole


def update(bed, browser, group):
    """Milliseconds from the cable to the picture; the page looks each animation frame."""
    name = member_name(group, 0)
    browser.evaluate('window.seen = null')
    browser.evaluate(f'''(() => {{
        const before = {STATE_OF.format(name=name)};
        const look = () => {{ window.seen = {STATE_OF.format(name=name)} !== before; window.seen || requestAnimationFrame(look) }};
        look();
    }})()''')
    began = time.monotonic()
    bed.ip('lan', f'link set p{group}x0 down')
    browser.until('window.seen')
    return (time.monotonic() - began) * 1000


def line(what, values):
    ordered = sorted(values)
    return f'  {what}: median {statistics.median(ordered):.0f} ms, worst of {len(ordered)} {ordered[-1]:.0f} ms'


def main():
    given = parse()
    with Bed(given.groups, given.members, TARGETS) as bed:
        bed.start_probing(DETECTION_MS)
        cockpit, browser = Cockpit(), Browser()
        try:
            contents = [first_content(browser, cockpit, given) for _ in range(given.rounds)]
            updates = []
            for number in range(given.rounds):
                updates.append(update(bed, browser, number % given.groups))
            if given.shot:
                browser.do('shot', path=given.shot, full=False)
            frames = browser.evaluate('''new Promise(done => {
                const times = []; let last = performance.now();
                const look = now => { times.push(now - last); last = now; times.length < 120 ? requestAnimationFrame(look) : done(Math.max(...times.slice(1))) };
                requestAnimationFrame(look);
            })''')
            heap = browser.evaluate('performance.memory.usedJSHeapSize / 1e6')
            nodes = browser.evaluate('document.querySelectorAll("*").length')
        finally:
            browser.close()
            cockpit.close()
    print(f'page: {given.groups} groups, {given.groups * given.members} interfaces, all probed each {DETECTION_MS // 1000} s')
    print(line('first group on the screen', [first for first, _ in contents]))
    print(line('all groups on the screen', [whole for _, whole in contents]))
    print(line('from the cable to the screen', updates))
    print(f'  longest animation frame in 2 s at rest: {frames:.0f} ms; {nodes} elements, {heap:.0f} MB of JavaScript')


if __name__ == '__main__':
    main()
