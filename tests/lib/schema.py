# SPDX-License-Identifier: LGPL-2.1-or-later
"""Holding what ipmpctl --json writes against its schema, strictly: what the schema does not name is
not to be there either."""
import functools
import json
import os

import jsonschema

PATH = os.path.join(os.environ.get('SOURCE_ROOT', os.path.dirname(__file__) + '/../..'),
                    'data/ipmpctl.schema.json')


def strict(part):
    if isinstance(part, dict):
        part = {key: strict(value) for key, value in part.items()}
        if 'properties' in part:
            part.setdefault('additionalProperties', False)
    elif isinstance(part, list):
        part = [strict(value) for value in part]
    return part


@functools.lru_cache
def load():
    with open(PATH, encoding='utf-8') as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


def names():
    return list(load()['$defs'])


def check(name, text):
    """`text` has to be one document of that definition, which is returned."""
    document = json.loads(text)
    definitions = strict(load()['$defs'])
    jsonschema.Draft202012Validator({'$ref': '#/$defs/' + name,
                                     '$defs': definitions}).validate(document)
    return document
