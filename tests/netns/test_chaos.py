# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything at random for a while, with connections under way: see chaos.py.

CHAOS_SECONDS       how long, 60 if not set
CHAOS_SLOW_SECONDS  how long, whatever that says: tests/run --slow
CHAOS_SEED          what happens, as far as time permits; not set: always the same, but with
                    CHAOS_SLOW_SECONDS another each time"""
import os
import secrets
import time
import unittest

import tap
from chaos import FILES, FOUND, SANITIZED, Chaos, ChaosLab, say
from front import wait_group
from lab import wait_until
from streams import End

SLOW = os.environ.get('CHAOS_SLOW_SECONDS')  # empty with the sanitizers, which have a sample
SECONDS = float(SLOW or os.environ.get('CHAOS_SECONDS', '60'))
# Whether a change is good must not depend on a lot: that is drawn when there is time.
USUAL = 500
SEED = int(os.environ.get('CHAOS_SEED') or (secrets.randbelow(1 << 32) if SLOW else USUAL))
RATE = 64 << 10  # bytes a second and direction
FLOWS = (('cli', 'host', '10.2.0.10', None), ('cli', 'host', 'fd00:2::10', None),
         ('host', 'cli', '10.3.0.2', '10.2.0.20'))


class RandomChaos(unittest.TestCase):
    def begin(self, lab):
        for address, number in FOUND.items():
            lab.add_address(number, address)
        lab.add_default_routes()
        self.found = lab.picture()
        lab.configure(**{name: text.format(fdt='3s' if SANITIZED else '1s')
                         for name, text in FILES.items()})
        lab.start_daemon()
        for name in FILES:
            wait_group(lab, 'ok', name)

    def flows(self, lab):
        ends = []
        for number, (source, target, address, bind) in enumerate(FLOWS):
            ends.append(End(lab, target, 'listen', address, 7000 + number, '', RATE))
            ends.append(End(lab, source, 'connect', address, 7000 + number, bind or '', RATE))
        return ends

    def flowing(self, ends):
        before = [end.look()['received'] for end in ends]
        for end, had in zip(ends, before):
            wait_until(lambda e=end, h=had: e.look()['received'] > h + RATE // 4,
                       f'bytes: {end.process.args}', 240)

    def finished(self, ends):
        for end in ends:
            end.stop()
        reports = [end.finish() for end in ends]
        for one, other in zip(reports[::2], reports[1::2]):
            self.assertEqual((one['error'], other['error']), ('', ''))
            for sender, receiver in ((one, other), (other, one)):
                self.assertEqual((sender['sent'], sender['sent-hash']),
                                 (receiver['received'], receiver['received-hash']))

    def test_everything(self):
        print(f'# CHAOS_SEED={SEED}', flush=True)
        with ChaosLab(members=5) as lab:
            self.begin(lab)
            chaos = Chaos(SEED, lab)
            try:
                self.run_chaos(lab, chaos)
            except BaseException:
                say([f'CHAOS_SEED={SEED}', f'{chaos.cards}', *chaos.story])
                raise

    def run_chaos(self, lab, chaos):
        ends = self.flows(lab)
        self.flowing(ends)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            chaos.burst()
            chaos.quiet()
            what = chaos.random.random()
            if what < 0.2:
                chaos.same_after_kill()
            elif what < 0.4:
                chaos.deleted_in_quiet()
            elif what < 0.6:
                chaos.all_well()
                self.flowing(ends)
        chaos.all_well()
        self.flowing(ends)
        self.finished(ends)
        chaos.given_back(self.found)
        print(f'# {dict(chaos.counts)}', flush=True)


if __name__ == '__main__':
    tap.main()
