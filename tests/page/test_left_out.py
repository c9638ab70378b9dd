# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where there is no npm the page is left out, and the build says so; an archive has what npm would get."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import tap

SOURCE = pathlib.Path(__file__).resolve().parents[2]
STYLE = pathlib.Path(os.environ['BUILD']) / 'cockpit/patternfly.css'
NOT_COPIED = shutil.ignore_patterns('build*', '.git', '*.pyc')


class LeftOut(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.TemporaryDirectory()
        cls.place = pathlib.Path(cls.room.name)
        programs = cls.place / 'bin'
        programs.mkdir()
        for path in pathlib.Path('/usr/bin').iterdir():
            if path.name != 'npm':
                (programs / path.name).symlink_to(path)
        cls.environment = {**os.environ, 'PATH': str(programs)}

    @classmethod
    def tearDownClass(cls):
        cls.room.cleanup()

    def setup_build(self, *options, source=SOURCE):
        """Its status and what it says."""
        build = tempfile.mkdtemp(dir=self.place)
        done = subprocess.run(['meson', 'setup', *options, '-Dreference=disabled', build, source],
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=240, check=False)
        return done.returncode, ' '.join((done.stdout + done.stderr).split())

    def test_without_npm(self):
        status, text = self.setup_build()
        self.assertEqual(status, 0, text)
        self.assertIn('the Cockpit page is left out: there is no npm', text)
        self.assertRegex(text, r'Cockpit page\s*:\s*(NO|[Ff]alse)')

    def test_without_npm_and_wanted(self):
        status, text = self.setup_build('-Dcockpit=enabled')
        self.assertNotEqual(status, 0, text)
        self.assertIn('the Cockpit page cannot be built: there is no npm', text)

    def test_not_wanted(self):
        status, text = self.setup_build('-Dcockpit=disabled')
        self.assertEqual(status, 0, text)
        self.assertNotIn('left out', text)

    def test_from_an_archive(self):
        tree = self.place / 'archive'
        shutil.copytree(SOURCE, tree, ignore=NOT_COPIED)
        done = subprocess.run([SOURCE / 'cockpit/dist-style', STYLE], check=False,
                              env={**os.environ, 'MESON_DIST_ROOT': str(tree)})
        self.assertEqual(done.returncode, 0)
        status, text = self.setup_build('-Dcockpit=enabled', source=tree)
        self.assertEqual(status, 0, text)
        self.assertRegex(text, r'Cockpit page\s*:\s*(YES|[Tt]rue)')


if __name__ == '__main__':
    tap.main()
