# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ends of connections whose bytes are compared: stream.py in a namespace of a lab."""
import json
import pathlib
import signal
import subprocess
import sys

from lab import read_line

STREAM = pathlib.Path(__file__).parent / 'stream.py'


class End:
    def __init__(self, lab, namespace, *arguments):
        self.process = lab.spawn(namespace, sys.executable, STREAM, *map(str, arguments),
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        line = read_line(self.process, f'stream {arguments} in {namespace}')
        assert line == 'ready', f'stream {arguments} in {namespace}: {line}'

    def look(self):
        assert self.process.poll() is None, f'it has ended: {self.process.stdout.read()}'
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(read_line(self.process, 'a report of the stream'))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)

    def finish(self):
        text, _ = self.process.communicate(timeout=60)
        return json.loads(text.strip().splitlines()[-1])
