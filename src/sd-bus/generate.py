# SPDX-License-Identifier: LGPL-2.1-or-later
"""generate.py PRELUDE OUTPUT XML...: make <ipmp/ipmp-sd-bus.h> of the introspection data.

What is the same for every member stands in the prelude; here are the names and, by signature, the
functions of each method, property and signal. A signature that has no row in the tables below is an
error, never left out."""
import re
import sys
import textwrap
import xml.dom.minidom

# signature of what goes in: (parameters, call that appends them)
IN = {
    's': ('const char *{n}', "sd_bus_message_append_basic(m, 's', {n})"),
    'b': ('int {n}', 'sd_bus_message_append(m, "b", {n})'),
    'u': ('uint32_t {n}', 'sd_bus_message_append(m, "u", {n})'),
    'as': ('const char *const *{n}', 'ipmp_sd_append_strings(m, {n})'),
    'a{sv}': ('const IpmpSdOption *{n}, size_t n_{n}', 'ipmp_sd_append_options(m, {n}, n_{n})'),
}
# signature of what comes back: (parameter, call that reads it)
OUT = {
    's': ('char **ret_{n}', "ipmp_sd_read_string(m, 's', ret_{n})"),
    'o': ('char **ret_{n}', "ipmp_sd_read_string(m, 'o', ret_{n})"),
    'b': ('int *ret_{n}', 'ipmp_sd_read_boolean(m, ret_{n})'),
    'u': ('uint32_t *ret_{n}', 'ipmp_sd_read_u32(m, ret_{n})'),
    't': ('uint64_t *ret_{n}', 'ipmp_sd_read_u64(m, ret_{n})'),
    'as': ('char ***ret_{n}', 'ipmp_sd_read_strings(m, ret_{n})'),
    'ao': ('char ***ret_{n}', 'ipmp_sd_read_strings(m, ret_{n})'),
}
# what is read piece by piece: (contents to enter, how)
PIECES = {
    'aa{sv}': ('a{sv}', 'rows: ipmp_sd_next_dictionary(), ipmp_sd_next_entry()'),
    'a{st}': ('{st}', 'counters: ipmp_sd_next_counter()'),
    'a{sv}': ('{sv}', 'a dictionary: ipmp_sd_next_entry()'),
}
# of signals: borrowed from the message
SIGNAL = {'s': 'const char **', 'o': 'const char **', 't': 'uint64_t *'}
ERRORS = 'org.ipmp.Errors'


def snake(name):
    return re.sub(r'(?<=[a-z])(?=[A-Z])', '_', name).lower()


def comment(text):
    """The words of a member's comment: what describes arguments, then the rest."""
    body = [re.sub(r'\s+', ' ', part).strip() for part in text.split('\n\n')]
    words = [part for part in body if part]
    lines = []
    for part in words:
        lines += textwrap.wrap(part, 94, break_on_hyphens=False)
    return '/* ' + '\n * '.join(lines) + ' */'


def described(node, extra=''):
    previous = node.previousSibling
    while previous is not None and previous.nodeType != previous.COMMENT_NODE:
        previous = previous.previousSibling
    text = re.sub(r'^\s*[\w.]+:', '', previous.data, count=1)
    text = re.sub(r'\n\s*@', '\n\n@', text)
    return comment(f'{node.getAttribute("name")}: {extra}\n\n{text}')


class Interface:
    def __init__(self, node):
        self.node = node
        self.name = node.getAttribute('name')
        self.short = self.name.rpartition('.')[2]
        self.prefix = f'ipmp_sd_{self.short.lower()}'
        self.macro = f'IPMP_SD_{self.short.upper()}'
        root = self.short == 'Manager'
        self.path_parameter = '' if root else ', const char *path'
        self.path = 'IPMP_SD_ROOT_PATH' if root else 'path'

    def members(self, kind):
        return [node for node in self.node.childNodes if node.nodeName == kind]

    def arguments(self, node, direction):
        return [(arg.getAttribute('name'), arg.getAttribute('type'))
                for arg in node.getElementsByTagName('arg')
                if (arg.getAttribute('direction') or 'out') == direction]

    def where(self, member, signature):
        return SystemExit(f'generate.py: {self.name}.{member}: no row for "{signature}"')


def steps(lines, first='int r = '):
    """Calls, each made when the one before was well."""
    out = [f'    {first}{lines[0]};']
    for line in lines[1:]:
        out += ['    if (r >= 0)', f'        r = {line};']
    return out


def method(face, node):
    member = node.getAttribute('name')
    base = f'{face.prefix}_{snake(member)}'
    ins, outs = face.arguments(node, 'in'), face.arguments(node, 'out')
    for _, signature in ins:
        if signature not in IN:
            raise face.where(member, signature)
    parameters = ''.join(', ' + IN[s][0].format(n=n) for n, s in ins)
    given = ''.join(f', {n}, n_{n}' if s == 'a{sv}' else f', {n}' for n, s in ins)
    path_given = ', path' if face.path_parameter else ''
    yield ''
    yield f'static inline int {base}_make(sd_bus *bus{face.path_parameter}{parameters},'
    yield '    sd_bus_message **ret)'
    yield '{'
    yield '    sd_bus_message *m = NULL;'
    yield from steps([f'sd_bus_message_new_method_call(bus, &m, IPMP_SD_BUS_NAME, {face.path}, '
                      f'{face.macro}, "{member}")'] + [IN[s][1].format(n=n) for n, s in ins])
    yield '    if (r >= 0)'
    yield '        *ret = m;'
    yield '    else'
    yield '        sd_bus_message_unref(m);'
    yield '    return r;'
    yield '}'
    read, rets, handed, hint = None, '', '', ''
    if len(outs) > 1:
        raise face.where(member, ' '.join(s for _, s in outs))
    for name, signature in outs:
        if signature in PIECES:
            contents, how = PIECES[signature]
            hint = f'Comes back as {how}.'
            read = (f'sd_bus_message *m', f'ipmp_sd_enter(m, "{contents}")')
            rets, handed = f', sd_bus_message **ret_{name}', name
        elif signature in OUT:
            parameter, call = OUT[signature]
            read = (f'sd_bus_message *m, {parameter.format(n=name)}', call.format(n=name))
            rets = ', ' + parameter.format(n=name)
        else:
            raise face.where(member, signature)
    yield ''
    if read is not None:
        yield f'/* The answer to {base}_async(). {hint} */'.replace('  */', ' */')
        yield f'static inline int {base}_read({read[0]})'
        yield '{'
        yield '    if (sd_bus_message_is_method_error(m, NULL))'
        yield '        return -sd_bus_message_get_errno(m);'
        yield f'    return {read[1]};'
        yield '}'
        yield ''
    yield described(node, hint)
    yield f'static inline int {base}(sd_bus *bus{face.path_parameter}{parameters},'
    yield f'    sd_bus_error *ret_error{rets})'
    yield '{'
    yield '    sd_bus_message *m = NULL, *reply = NULL;'
    calls = [f'{base}_make(bus{path_given}{given}, &m)', 'sd_bus_call(bus, m, 0, ret_error, &reply)']
    if read is not None:
        calls.append(f'{base}_read(reply)' if handed else f'{base}_read(reply, ret_{outs[0][0]})')
    yield from steps(calls)
    if handed:
        yield '    if (r >= 0)'
        yield f'        ipmp_sd_hand_on(reply, ret_{handed});'
    yield '    sd_bus_message_unref(m);'
    yield '    sd_bus_message_unref(reply);'
    yield '    return r < 0 ? r : 0;'
    yield '}'
    yield ''
    yield f'static inline int {base}_async(sd_bus *bus, sd_bus_slot **slot{face.path_parameter}'
    yield f'    {parameters}, sd_bus_message_handler_t callback, void *data)'.replace('    , ', '    , ')
    yield '{'
    yield '    sd_bus_message *m = NULL;'
    yield from steps([f'{base}_make(bus{path_given}{given}, &m)',
                      'sd_bus_call_async(bus, slot, m, callback, data, 0)'])
    yield '    sd_bus_message_unref(m);'
    yield '    return r;'
    yield '}'


def property_reader(face, node):
    member, signature = node.getAttribute('name'), node.getAttribute('type')
    name = snake(member)
    yield ''
    if signature in PIECES:
        contents, how = PIECES[signature]
        yield described(node, f'Comes back as {how}.')
        parameter = 'sd_bus_message **ret_{n}'
        call = f'ipmp_sd_enter(m, "{contents}")'
    elif signature in OUT:
        yield described(node)
        parameter, call = OUT[signature]
        call = call.format(n='value')
    else:
        raise face.where(member, signature)
    yield f'static inline int {face.prefix}_prop_{name}(sd_bus *bus{face.path_parameter},'
    yield f'    sd_bus_error *ret_error, {parameter.format(n="value")})'
    yield '{'
    yield '    sd_bus_message *m = NULL;'
    yield from steps([f'sd_bus_get_property(bus, IPMP_SD_BUS_NAME, {face.path}, {face.macro}, '
                      f'"{member}", ret_error, &m, "{signature}")', call])
    if signature in PIECES:
        yield '    if (r >= 0)'
        yield '        ipmp_sd_hand_on(m, ret_value);'
    yield '    sd_bus_message_unref(m);'
    yield '    return r < 0 ? r : 0;'
    yield '}'


def signal(face, node):
    member = node.getAttribute('name')
    name = snake(member)
    arguments = face.arguments(node, 'out')
    yield ''
    yield described(node)
    yield (f'static inline int {face.prefix}_match_{name}(sd_bus *bus, sd_bus_slot **slot'
           f'{face.path_parameter},')
    yield '    sd_bus_message_handler_t callback, void *data)'
    yield '{'
    yield (f'    return sd_bus_match_signal(bus, slot, IPMP_SD_BUS_NAME, {face.path}, {face.macro}, '
           f'"{member}", callback, data);')
    yield '}'
    if not arguments:
        return
    yield ''
    if [s for _, s in arguments] == ['a{sv}']:
        yield f'/* Enters {PIECES["a{sv}"][1]}. */'
        yield f'static inline int {face.prefix}_read_{name}(sd_bus_message *m)'
        yield '{'
        yield '    return ipmp_sd_enter(m, "{sv}");'
        yield '}'
        return
    for _, signature in arguments:
        if signature not in SIGNAL:
            raise face.where(member, signature)
    parameters = ', '.join(f'{SIGNAL[s]}ret_{n}' for n, s in arguments)
    signature = ''.join(s for _, s in arguments)
    given = ', '.join(f'ret_{n}' for n, _ in arguments)
    yield '/* Strings belong to the message. */'
    yield f'static inline int {face.prefix}_read_{name}(sd_bus_message *m, {parameters})'
    yield '{'
    yield f'    int r = sd_bus_message_read(m, "{signature}", {given});'
    yield ''
    yield '    return r < 0 ? r : 0;'
    yield '}'


def names(faces):
    for face in faces:
        yield f'#define {face.macro} "{face.name}"'
    for face in faces:
        for annotation in face.members('annotation'):
            if annotation.getAttribute('name') != ERRORS:
                continue
            yield ''
            yield '/* errors, beside those of the bus such as SD_BUS_ERROR_ACCESS_DENIED */'
            for word in annotation.getAttribute('value').split():
                yield f'#define IPMP_SD_ERROR_{snake(word).upper()} "org.ipmp.Error.{word}"'


def main():
    prelude, output, *files = sys.argv[1:]
    faces = [Interface(node) for path in files
             for node in xml.dom.minidom.parse(path).getElementsByTagName('interface')]
    lines = []
    for face in faces:
        lines += ['', f'/* ---- {face.name} ---- */']
        for kind, make in (('method', method), ('property', property_reader), ('signal', signal)):
            for node in face.members(kind):
                lines += make(face, node)
    with open(prelude, encoding='utf-8') as file:
        text = file.read()
    text = text.replace('/* @NAMES@ */', '\n'.join(names(faces)))
    text = text.replace('/* @MEMBERS@ */', '\n'.join(lines).strip())
    with open(output, 'w', encoding='utf-8') as file:
        file.write(text)


main()
