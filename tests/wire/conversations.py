"""Conversations of an MTA with a milter: what tests/suites/wire-differential
says to two programs at once."""

import random
import struct

# Actions and steps, as in wire/milter.h.
ADDHDRS, CHGHDRS, QUARANTINE, SETSYMLIST = 0x1, 0x10, 0x20, 0x100
EDITS = ADDHDRS | CHGHDRS | QUARANTINE
NORCPT, NOEOH, NOUNKNOWN, NODATA, LEADSPC = 0x8, 0x40, 0x100, 0x200, 0x100000
NR = {'C': 0x1000, 'H': 0x2000, 'M': 0x4000, 'R': 0x8000, 'T': 0x10000,
      'U': 0x20000, 'L': 0x80, 'N': 0x40000, 'B': 0x80000}
NR_ALL = sum(NR.values())
OF_SIGNETD = LEADSPC | NOUNKNOWN | NODATA | NOEOH | NR['C'] | NR['H'] | \
    NR['L'] | NR['B']


class Terms:
    """What a milter wants."""

    def __init__(self, name, actions, steps, *macros):
        self.name = name
        self.actions = actions
        self.steps = steps
        self.arguments = ['%x' % actions, '%x' % steps, *macros]


TERMS = (
    Terms('of signetd', EDITS | SETSYMLIST, OF_SIGNETD | NR['R'],
          '0=j {daemon_name} {client_addr}', '2=i {auth_type} {mail_addr}',
          '3={rcpt_addr}', '5=i'),
    Terms('of signetd without recipients', EDITS | SETSYMLIST,
          OF_SIGNETD | NORCPT, '0=j', '5=i'),
    Terms('that spare nothing', EDITS, 0),
    Terms('without replies', EDITS, NR_ALL | LEADSPC),
    Terms('that spare steps', ADDHDRS | SETSYMLIST,
          NODATA | NOUNKNOWN | NOEOH | NR['R'], '6=i', '1=j'),
    Terms('that ask for little', QUARANTINE | CHGHDRS, NR['B']),
)


# ---- conversations ---------------------------------------------------------

def strings(*words):
    return b''.join((w if isinstance(w, bytes) else w.encode()) + b'\0'
                    for w in words)


def offer(version=6, actions=0x1ff, steps=0x1fffff):
    return 'O', struct.pack('>III', version, actions, steps)


def client(name='mail.example.com', family='4', address='192.0.2.1'):
    data = strings(name) + family.encode()
    if family != 'U':
        data += struct.pack('>H', 2525) + strings(address)
    return 'C', data


def helo(name='mail.example.com'):
    return 'H', strings(name)


def mail(path='<joe@example.com>', *more):
    return 'M', strings(path, *more)


def rcpt(path='<ann@example.org>', *more):
    return 'R', strings(path, *more)


def field(name, value):
    return 'L', strings(name, value)


def macros(stage, *pairs):
    return 'D', stage.encode() + strings(*pairs)


DATA, EOH, END, ABORT, QUIT, RENEW = (
    (c, b'') for c in ('T', 'N', 'E', 'A', 'Q', 'K'))
UNKNOWN = 'U', strings('NOOP NOOP')


def body(data):
    return 'B', data


OPENING = (offer(), macros('C', 'j', 'mx.example.net', '{daemon_name}', 'in'),
           client(), helo())
TEXT = (DATA, field('From', ' joe@example.com'), field('Subject', ' one'), EOH,
        body(b'Hello.\r\n'), END)
MESSAGE = (macros('M', 'i', '4cT1', '{mail_addr}', 'joe@example.com'), mail(),
           macros('R', '{rcpt_addr}', 'ann@example.org'), rcpt()) + TEXT


def packed(packet):
    command, data = packet
    return struct.pack('>I', len(data) + 1) + command.encode('latin-1') + data


class Conversation:
    def __init__(self, name, packets):
        self.name = name
        self.packets = list(packets)

    def head(self, n):
        return Conversation(self.name, self.packets[:n])

    def offered(self, which):
        """Actions (1) or steps (2) of the offer; 0: there is none."""
        command, data = self.packets[0] if self.packets else ('', b'')
        whole = command == 'O' and len(data) >= 12
        return struct.unpack('>III', data[:12])[which] if whole else 0

    def agreed(self, terms):
        """The steps that are spared."""
        return self.offered(2) & terms.steps


# ---- what an MTA does ------------------------------------------------------

# Per state, what may follow and to which state it leads.
ORDER = {
    'init': {'O': 'offered', 'Q': 'quit'},
    'offered': {'C': 'idle', 'Q': 'quit'},
    'idle': {'H': 'idle', 'M': 'mail', 'U': 'idle', 'Q': 'quit'},
    'mail': {'R': 'rcpt', 'U': 'mail', 'A': 'idle', 'Q': 'quit'},
    'rcpt': {'R': 'rcpt', 'U': 'rcpt', 'T': 'data', 'L': 'header', 'N': 'eoh',
             'B': 'body', 'E': 'end', 'A': 'idle', 'Q': 'quit'},
    'data': {'L': 'header', 'N': 'eoh', 'A': 'idle', 'Q': 'quit'},
    'header': {'L': 'header', 'N': 'eoh', 'A': 'idle', 'Q': 'quit'},
    'eoh': {'B': 'body', 'E': 'end', 'A': 'idle', 'Q': 'quit'},
    'body': {'B': 'body', 'E': 'end', 'A': 'idle', 'Q': 'quit'},
    'end': {'H': 'idle', 'M': 'mail', 'U': 'end', 'Q': 'quit',
            'K': 'offered'},
    'quit': {},
}
REFUSALS = b'+reject', b'+tempfail', b'+discard', b'+550', b'+450', b'+980', \
    b'+misfit'


def refused(packet, terms):
    """After that there is no message: not so for a recipient."""
    command, data = packet
    return command in 'CHML' and not NR[command] & terms.steps and \
        any(word in data for word in REFUSALS) and \
        not data.startswith(b'X-End\0')


def follows(state, agreed):
    """What may come: over a step that is spared, too."""
    out = dict(ORDER[state])
    if state == 'mail' and agreed & NORCPT:
        out.update(ORDER['rcpt'])
    if agreed & NOEOH and (state in ('data', 'header') or 'N' in out):
        out.update(ORDER['eoh'])
    return out


def states(conversation, terms):
    """Packet for packet, the state it finds; None where it has no place.
    X-End always asks for a refusal."""
    agreed = conversation.agreed(terms)
    state = 'init'
    end_refused = False
    for packet in conversation.packets:
        command, data = packet
        then = follows(state, agreed)
        if command != 'D' and command not in then or \
                (command, state) == ('D', 'init'):
            yield None
            return
        yield state
        if command != 'D':
            state = then[command]
        if command == 'L' and data.startswith(b'X-End\0'):
            end_refused = True
        if refused(packet, terms) or command == 'E' and end_refused:
            state = 'idle'
        if command in 'EAM':
            end_refused = False


# ---- directed --------------------------------------------------------------

def message(*fields):
    """With these fields, from MAIL to the end."""
    return (mail(), rcpt(), DATA, *(field(*f) for f in fields), EOH,
            body(b'Hello.\r\n'), END)


def refusals():
    for word in REFUSALS:
        w = word.decode()
        yield 'CONNECT ' + w, (offer(), client('c' + w), QUIT)
        yield 'HELO ' + w, (offer(), client(), helo('h' + w), helo(), QUIT)
        yield 'MAIL %s, then another' % w, OPENING + (
            mail('<a%s@b>' % w),) + MESSAGE + (QUIT,)
        yield 'RCPT %s, then another' % w, OPENING + (
            mail(), rcpt('<a%s@b>' % w), rcpt('<%s@b>' % w), rcpt()) + \
            TEXT + (QUIT,)
        yield 'field ' + w, OPENING + (mail(), rcpt(), DATA,
                                       field('A', w)) + MESSAGE + (QUIT,)
        yield 'the end %s, then a message' % w, \
            OPENING + message(('X-End', w)) + MESSAGE + (QUIT,)


def edits():
    yield 'every edit', OPENING + message(
        ('X-Insert', '0 Authentication-Results: mx; spf=pass'),
        ('X-Insert', '3 A:b\n\tc'), ('X-Insert', '1 B:'),
        ('X-Delete', '1 Authentication-Results:'), ('X-Delete', '70000 B:'),
        ('X-Quarantine', 'why not'), ('X-End', '+550')) + MESSAGE + (QUIT,)
    yield 'an edit before the end', OPENING + message(
        ('X-Early', '0 A: b'), ('A', 'b')) + (QUIT,)
    for actions in 0, 1, 0x10, 0x20, 0x3f:
        yield 'edits with actions %#x' % actions, (
            offer(2, actions, 0x7f), client(), *message(
                ('X-Insert', '0 A: b'), ('X-Delete', '1 A:'),
                ('X-Quarantine', 'q')), QUIT)


def offers():
    rest = (client(), helo(), mail(), rcpt(), field('A', 'b'), EOH, END, QUIT)
    for version, steps in ((2, 0x7f), (3, 0x1ff), (4, 0x3ff), (6, 0x1fffff),
                           (6, 0x301fffff), (7, 0x3fffff), (1 << 31, 0x7f)):
        for actions in 0x3f, 0x1ff, 0x10ff:
            yield 'version %d, actions %#x, steps %#x' % (
                version, actions, steps), (offer(version, actions, steps),
                                           *rest)
    for version in 0, 1:
        yield 'version %d' % version, (offer(version), *rest)
    yield 'no steps', (offer(6, 0x1ff, 0), *rest)
    yield 'an offer with more behind it', (
        ('O', offer()[1] + b'more'), *rest)
    yield 'an offer cut short', (('O', offer()[1][:-1]), *rest)
    yield 'no offer', rest
    yield 'an offer, and no more', (offer(),)
    yield 'an offer and QUIT', (offer(), QUIT)
    yield 'two offers', (offer(), offer(), *rest)
    yield 'nothing but QUIT', (QUIT,)


def clients():
    rest = (helo(), QUIT)
    for family, address in (
            ('4', '192.0.2.1'), ('4', '0.0.0.0'), ('4', '255.255.255.255'),
            ('4', '192.0.2'), ('4', '0300.0.2.1'), ('4', '192.0.2.256'),
            ('4', ''), ('4', '2001:db8::1'), ('6', '2001:db8::1'),
            ('6', 'IPv6:2001:db8::1'), ('6', 'ipv6:2001:DB8::1'),
            ('6', '::ffff:192.0.2.1'), ('6', '192.0.2.1'), ('6', ''),
            ('6', '2001:db8::g'), ('L', '/run/x'), ('L', ''),
            ('L', '/' + 'x' * 200), ('U', ''), ('X', '192.0.2.1')):
        yield 'client %s %s' % (family, address), (
            offer(), client('c', family, address), *rest)
    yield 'a client without a name', (offer(), client(''), *rest)
    whole = client()[1]
    for n in range(1, len(whole)):
        yield 'a client cut after %d' % n, (offer(), ('C', whole[:n]), *rest)
    yield 'a client with more behind it', (offer(), ('C', whole + b'x\0'),
                                           *rest)
    yield 'unknown, with port and address', (
        offer(), ('C', strings('c') + b'U\0\0' + strings('192.0.2.1')), *rest)


def arguments_of_all_kinds():
    for text in ('', ' ', '  <a@b>  ', '<>', 'a@b', '<"a b"@c>', '<\xe4@\xf6>',
                 '<a@b> SIZE=1', '\t', 'x' * 3000, '%|=%s%n', '\r\n'):
        w = text.encode('latin-1')
        yield 'argument %r' % text[:20], OPENING + (
            helo(w), mail(w, 'SIZE=1', ''), rcpt(w, 'NOTIFY=NEVER'), rcpt(w),
            DATA, field(b'A' + w, w), field('B', w), EOH, END, QUIT)
    for value in ('  two', '\tone', ' a\n b\n\tc', ' a\r\n b', ' a \n', '\n a',
                  ' ' * 900, 'x' * 60000, 'x' * 200000):
        yield 'value %r' % value[:20], OPENING + message(
            ('Subject', value)) + (QUIT,)
    for command in 'HMRL':
        for data in (b'', b'x', b'\0', b'x\0y', b'\0\0', b'x\0\0', b'\0x\0',
                     b'x\0y\0z', b'x\0y\0z\0'):
            before = {'H': (), 'M': (), 'R': (mail(),),
                      'L': (mail(), rcpt(), DATA)}[command]
            yield '%s with %r' % (command, data), OPENING + before + (
                (command, data),)


def bodies():
    def with_body(*pieces, end=b''):
        return OPENING + (mail(), rcpt(), DATA, field('A', 'b'), EOH,
                          *map(body, pieces), ('E', end)) + MESSAGE + (QUIT,)
    yield 'no body', with_body()
    yield 'no field, no body', OPENING + (mail(), rcpt(), DATA, EOH, END, QUIT)
    yield 'no field, a body', OPENING + (mail(), rcpt(), DATA, body(b'x'),
                                         END, QUIT)
    yield 'an empty piece', with_body(b'')
    yield 'pieces, one empty', with_body(b'a\r', b'', b'\nb')
    yield 'a body with every byte', with_body(bytes(range(256)))
    yield 'chunks as MTAs cut them', with_body(*[b'0123456\r\n' * 7281] * 5)
    yield 'a chunk of 1,000,000 bytes', with_body(b'y' * 1000000)
    yield 'a chunk of 2,000,000 bytes', with_body(b'y' * 2000000)
    yield 'the end with data', with_body(end=b'last\r\n')
    yield 'a body, the end with data', with_body(b'first\r\n', end=b'last\r\n')
    yield 'many small pieces', with_body(*[b'z'] * 500)


def courses():
    yield 'three messages', OPENING + MESSAGE * 3 + (QUIT,)
    yield 'a second HELO, as behind STARTTLS', OPENING + (
        macros('H', '{tls_version}', 'TLSv1.3', '{x}', '1'), helo('again')) + \
        MESSAGE + (QUIT,)
    yield 'HELO between messages', OPENING + MESSAGE + (helo('b'),) + \
        MESSAGE + (QUIT,)
    yield 'no HELO', (offer(), client()) + MESSAGE + (QUIT,)
    yield 'MAIL again, without ABORT', OPENING + (mail('<a@b>'),) + MESSAGE
    yield 'RENEW behind a message', OPENING + MESSAGE + (
        RENEW, client('b')) + MESSAGE + (QUIT,)
    yield 'RENEW behind HELO', OPENING + (RENEW, client('b')) + MESSAGE
    for n in range(len(MESSAGE) + 1):
        some = OPENING + MESSAGE[:n]
        yield 'ends after %d of a message' % n, some
        yield 'QUIT after %d' % n, some + (QUIT,)
        yield 'ABORT after %d' % n, some + (ABORT,) + MESSAGE + (QUIT,)
        yield 'an unknown command after %d' % n, \
            some + (UNKNOWN,) + MESSAGE[n:] + (QUIT,)
        yield 'RCPT after %d' % n, some + (rcpt('<c@d>'),) + MESSAGE[n:]
        yield 'HELO after %d' % n, some + (helo('b'),) + MESSAGE + (QUIT,)
    for command in 'AaBZ\0\xff':
        yield 'command %r first' % command, ((command, b''),) + OPENING
        yield 'command %r in a message' % command, \
            OPENING + MESSAGE[:5] + ((command, b''),) + MESSAGE[5:]
    yield 'an unknown command, no DATA', OPENING + (
        mail(), rcpt(), UNKNOWN, field('A', 'b'), EOH, END, QUIT)
    yield 'two ABORTs', OPENING + MESSAGE[:4] + (ABORT, ABORT) + MESSAGE
    yield 'more behind QUIT', OPENING + (QUIT,) + MESSAGE


def macros_of_all_kinds():
    def around(*packets):
        return OPENING + packets + MESSAGE[1:] + MESSAGE + (QUIT,)
    yield 'replaced', around(macros('M', 'i', '1'), macros('M', 'v', '2'))
    yield 'an empty list', around(macros('M', 'i', '1'), ('D', b'M'))
    yield 'an empty value', around(macros('M', 'i', ''))
    yield 'one letter in braces', around(macros('M', '{i}', '1', 'x', '2'))
    yield 'more letters without braces', around(
        macros('M', 'auth_type', 'PLAIN'))
    yield 'twice in a list', around(macros('M', 'i', '1', 'i', '2'))
    yield 'of a command without any', around(macros('L', 'i', '1'))
    yield 'of no command', around(('D', b''))
    yield 'later, then earlier', OPENING + (
        macros('M', 'i', '1'), macros('N', 'i', '4'), macros('E', 'i', '5'),
        mail(), rcpt(), DATA, EOH, END, QUIT)
    yield 'one at every stage', OPENING + tuple(
        p for n, (stage, packet) in enumerate(zip('MRTNE', (
            mail(), rcpt(), DATA, EOH, END)))
        for p in (macros(stage, 'i', str(n)), packet)) + MESSAGE
    yield 'of a message that is refused at a field', OPENING + MESSAGE[:4] + (
        macros('T', 'i', 'old', 'v', '1'), DATA, field('A', '+reject'),
        macros('M', 'i', 'new'), mail(), rcpt(), DATA, EOH, END)
    for stage in 'CHMRTEN':
        yield 'of %s before all' % stage, OPENING[:1] + (
            macros(stage, 'i', stage),) + OPENING[1:] + MESSAGE + MESSAGE
        yield 'of %s within a message' % stage, OPENING + MESSAGE[:6] + (
            macros(stage, 'i', stage, 'v', '1'),) + MESSAGE[6:] + MESSAGE
        yield 'of %s, then ABORT' % stage, OPENING + MESSAGE[:6] + (
            macros(stage, 'v', '1'), ABORT) + MESSAGE[1:] + (QUIT,)
    yield 'of a refused MAIL', OPENING + (
        macros('M', 'i', '1', 'v', 'a'), mail('<a+reject@b>'), mail()) + TEXT
    yield 'a name without a value', around(macros('M', 'i', '1', 'v'))
    yield 'a name without an end', around(('D', b'Mi\x001'))


def directed():
    for some in (refusals, edits, offers, clients, arguments_of_all_kinds,
                 bodies, courses, macros_of_all_kinds):
        for name, packets in some():
            yield Conversation(name, packets)


# ---- at random -------------------------------------------------------------

WORDS = ('', 'mail.example.com', '<joe@example.com>', '<>', '  <a@b> ', 'x',
         '\xe4', '[192.0.2.1]', 'a b', '%s', 'x' * 300)
VALUES = (' one', 'one', '  two', ' a\n\tb', '', ' ', '\tx', ' \xff',
          'x' * 2000)
NAMES = 'i', 'j', 'v', '{auth_type}', '{client_addr}', '{mail_addr}', '{x}'
STAGES = 'CHMRTEN'


class Mta:
    """Talks as an MTA would, now and then at length."""

    def __init__(self, rng, terms):
        self.rng = rng
        self.out = []
        version = rng.choice((2, 3, 4, 6, 6, 6, 6, 7))
        actions, steps = {2: (0x3f, 0x7f), 3: (0x3f, 0x1ff),
                          4: (0x7f, 0x3ff)}.get(version, (0x1ff, 0x1fffff))
        if rng.random() < 0.1:
            actions &= rng.getrandbits(9)
            steps &= rng.getrandbits(21)
        self.version = version
        self.terms = terms
        self.spared = steps & terms.steps
        self.out.append(offer(version, actions, steps))

    def often(self, p):
        return self.rng.random() < p

    def word(self):
        word = self.rng.choice(WORDS)
        if self.often(0.07):
            word += self.rng.choice(REFUSALS).decode()
        return word.encode('latin-1')

    def say(self, command, *words):
        """With macros before it, as a rule."""
        if command in STAGES and self.often(0.95 if command == 'M' else 0.6):
            names = self.rng.sample(NAMES, self.rng.choice((1, 2, 3)))
            self.out.append(macros(command, *(
                w for n in names for w in (n, str(self.rng.randrange(99))))))
        self.out.append((command, b''.join(words)))

    def refused(self):
        return refused(self.out[-1], self.terms)

    def unknown(self):
        if not self.spared & NOUNKNOWN and self.version > 2 and \
                self.often(0.05):
            self.say('U', strings('NOOP'))

    def envelope(self):
        self.say('M', strings(self.word(), 'SIZE=1'))
        while self.refused():
            self.say('M', strings(self.word()))
        self.unknown()
        while not self.spared & NORCPT:
            self.say('R', strings(self.word()))
            if self.often(0.6):
                return

    def fields(self):
        while self.often(0.8):
            value = self.rng.choice(VALUES).encode('latin-1')
            if self.often(0.03):
                value += self.rng.choice(REFUSALS)
            self.out.append(field(self.rng.choice(('From', 'A', 'X')), value))
            if self.refused():
                return
        if self.often(0.3):
            self.out.append(field(*self.rng.choice((
                ('X-Insert', '0 A: b'), ('X-Insert', '2 B:c\n d'),
                ('X-Delete', '1 A:'), ('X-Quarantine', 'q'),
                ('X-Early', '0 A: b')))))
        if self.often(0.2):
            self.out.append(field('X-End', self.rng.choice(REFUSALS)))

    def message(self):
        self.envelope()
        if self.often(0.05):
            self.say('A')
            return
        if self.version > 3 and not self.spared & NODATA:
            self.say('T')
        self.fields()
        if self.refused():
            return
        if not self.spared & NOEOH:
            self.say('N')
        while self.often(0.5):
            self.out.append(body(self.rng.choice((b'a', b'b\r\n' * 100,
                                                  b'c' * 65534 + b'\r'))))
        self.say('E', *(b'last\r\n',) * self.often(0.03))

    def talk(self):
        while True:
            self.say('C', client(self.word(), *self.rng.choice((
                '4', '6', 'U', 'L')))[1] if self.often(0.1) else client()[1])
            for _ in range(self.rng.choice((0, 1, 1, 1, 2))):
                self.say('H', strings(self.word()))
            self.unknown()
            while self.often(0.6):
                self.message()
                self.unknown()
            if self.often(0.95):
                break
            self.say('K')
        if self.often(0.8):
            self.say('Q')
        return self.out


def disturb(rng, packets):
    """One thing or two that no MTA does."""
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(1, len(packets) + 1)
        how = rng.randrange(4)
        if how == 0:
            del packets[at:at + 1]
        elif how == 1:
            packets[at:at] = packets[at - 1:at]
        elif how == 2:
            packets[at:at] = [rng.choice((
                UNKNOWN, ABORT, END, DATA, EOH, QUIT, RENEW, mail(), rcpt(),
                helo(), client(), field('A', 'b'), body(b'x'), offer(),
                ('H', b''), ('L', b'x\0'), ('D', b'Q')))]
        else:
            packets[at - 1:at + 1] = packets[at - 1:at + 1][::-1]


def at_random(seed, count, terms):
    for n in range(count):
        rng = random.Random('%d %d %s' % (seed, n, terms.name))
        packets = Mta(rng, terms).talk()
        if rng.random() < 0.2:
            disturb(rng, packets)
        if rng.random() < 0.1:
            del packets[rng.randrange(1, len(packets) + 1):]
        yield Conversation('seed %d, %d' % (seed, n), packets)
