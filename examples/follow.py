#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What happens to a group, as it happens, also when the service is started anew: follow.py GROUP"""
import sys

import gi

gi.require_version('Ipmp', '1.0')
from gi.repository import GLib, Ipmp  # noqa: E402  (the version has to be asked for first)


def say(*words):
    print(*words, flush=True)


def follow(group):
    say(f'{group.props.name} is {group.props.state}')
    group.connect('notify::state', lambda group, _: say(f'{group.props.name} is {group.props.state}'))
    group.connect('address-moved', lambda _, address, old, new, reason: say(
        f'{address}: {old or "nowhere"} -> {new or "nowhere"} ({reason})'))


def on_group_added(_client, group):
    if group.props.name == sys.argv[1]:
        follow(group)


def on_running(client, _spec):
    say('the service is there' if client.props.running else 'the service is away')


client = Ipmp.Client.new_sync(None, None)
client.connect('notify::running', on_running)
client.connect('group-added', on_group_added)
for known in client.dup_groups():
    on_group_added(client, known)
GLib.MainLoop().run()
