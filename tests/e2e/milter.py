"""A milter client: the MTA's side of the protocol, by hand.

For what a real Postfix cannot be made to do: hold a message half-way, put up
two hundred connections at once, time the end of a message to the millisecond.

    with Milter(daemon.address) as m:
        m.connect('mail.shop.example', '192.0.2.10')
        outcome = m.message('a@shop.example', ['bob@home.example'], fields, body)
        outcome.code, outcome.text, outcome.inserted
"""

import socket
import struct

from lab import family_of

# Steps that a milter may ask to leave out (the reply, or the whole step).
NO_CONNECT, NO_HELO, NO_MAIL, NO_RCPT = 0x1, 0x2, 0x4, 0x8
NO_BODY, NO_HEADERS, NO_EOH, NO_DATA = 0x10, 0x20, 0x40, 0x200
NR_HEADER, NR_CONNECT, NR_HELO, NR_MAIL = 0x80, 0x1000, 0x2000, 0x4000
NR_RCPT, NR_DATA, NR_EOH, NR_BODY = 0x8000, 0x10000, 0x40000, 0x80000
SKIP, LEADING_SPACE = 0x400, 0x100000
ALL_STEPS = 0x1fffff
STEPS_V2 = 0x7f
ALL_ACTIONS = 0x1ff
ACTIONS_V2 = 0x3f

STEPS = {               # command: (left out when, no reply when)
    b'C': (NO_CONNECT, NR_CONNECT), b'H': (NO_HELO, NR_HELO),
    b'M': (NO_MAIL, NR_MAIL), b'R': (NO_RCPT, NR_RCPT),
    b'T': (NO_DATA, NR_DATA), b'L': (NO_HEADERS, NR_HEADER),
    b'N': (NO_EOH, NR_EOH), b'B': (NO_BODY, NR_BODY), b'E': (0, 0),
}
CHUNK = 65535
GO_ON = b'cs'           # continue, skip
FINAL = b'acdrtyf4'     # what may answer the end of a message, 'c' apart


def pack(command, data=b''):
    return struct.pack('!I', len(data) + 1) + command + data


def cstrings(*texts):
    return b''.join(t.encode() + b'\0' for t in texts)


class Outcome:
    """How a message ended: 'accept', or the code and text of a refusal."""

    def __init__(self):
        self.stage = None       # the command that was refused, b'E' at the end
        self.action = None      # accept, reject, tempfail, discard
        self.code = None
        self.text = ''
        self.inserted = []      # [(index, name, value)]
        self.changed = []       # [(index, name, value)], '' deletes
        self.quarantined = None

    def note(self, command, data):
        """A modification, told before the last reply."""
        if command in b'im':
            index, = struct.unpack('!I', data[:4])
            name, value = data[4:].decode('latin-1').split('\0')[:2]
            where = self.inserted if command == b'i' else self.changed
            where.append((index, name, value))
        elif command == b'h':
            name, value = data.decode('latin-1').split('\0')[:2]
            self.inserted.append((-1, name, value))
        elif command == b'q':
            self.quarantined = data.rstrip(b'\0').decode()

    def finish(self, stage, command, data):
        self.stage = stage
        if command == b'y':
            text = data.rstrip(b'\0').decode('latin-1')
            self.code, self.text = int(text[:3]), text
        self.action = {b'a': 'accept', b'c': 'accept', b'd': 'discard',
                       b'r': 'reject', b't': 'tempfail', b'f': 'fail',
                       b'4': 'tempfail'}.get(command) or \
            ('reject' if self.code // 100 == 5 else 'tempfail')
        return self

    def results_header(self):
        for _, name, value in self.inserted:
            if name.lower() == 'authentication-results':
                return value
        return ''


class Milter:
    def __init__(self, address, version=6, actions=None, steps=None,
                 timeout=60):
        self.sock = socket.socket(family_of(address))
        self.sock.settimeout(timeout)
        self.sock.connect(address)
        if self.sock.family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b''
        offer_actions = actions or (ALL_ACTIONS if version > 2 else ACTIONS_V2)
        offer_steps = steps or (ALL_STEPS if version > 2 else STEPS_V2)
        self.sock.sendall(pack(b'O', struct.pack('!III', version,
                                                 offer_actions, offer_steps)))
        command, data = self.receive()
        if command != b'O':
            raise ConnectionError('negotiation answered by %r' % command)
        self.version, self.actions, self.steps = struct.unpack('!III',
                                                               data[:12])

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        try:
            self.sock.sendall(pack(b'Q'))
        except OSError:
            pass
        self.sock.close()

    def receive(self):
        while True:
            if len(self.buffer) >= 4:
                size, = struct.unpack('!I', self.buffer[:4])
                if len(self.buffer) >= 4 + size:
                    packet = self.buffer[4:4 + size]
                    self.buffer = self.buffer[4 + size:]
                    return packet[:1], packet[1:]
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError('the milter closed the connection')
            self.buffer += data

    def wants(self, command):
        return not self.steps & STEPS[command][0]

    def replies(self, command):
        return self.wants(command) and not self.steps & STEPS[command][1]

    def packet(self, command, data=b'', macros=()):
        """The bytes of one step: nothing where it was negotiated away."""
        if not self.wants(command):
            return b''
        head = pack(b'D', command + cstrings(*macros)) if macros else b''
        return head + pack(command, data)

    def step(self, command, data=b'', macros=()):
        """Send one step; the reply to it, or 'c' where none is sent."""
        self.sock.sendall(self.packet(command, data, macros))
        if not self.replies(command):
            return b'c', b''
        return self.reply()

    def reply(self, outcome=None):
        """The next reply; modifications on the way go to `outcome`."""
        while True:
            command, data = self.receive()
            if command == b'p':
                continue
            if command in GO_ON or command in FINAL:
                return command, data
            if outcome is not None:
                outcome.note(command, data)

    # What follows is one method a step, with the macros that Postfix sends.

    def connect(self, name, address, helo=None, daemon='smtpd'):
        family = b'6' if ':' in address else b'4'
        self.step(b'C', cstrings(name) + family + struct.pack('!H', 40000)
                  + cstrings(address),
                  ('j', 'mx.home.example', '{daemon_name}', daemon,
                   '{client_addr}', address, '{client_name}', name,
                   '{client_ptr}', name))
        return self.step(b'H', cstrings(helo or name))

    def mail(self, sender, login=None):
        macros = ['{mail_addr}', sender]
        if login:
            macros += ['{auth_type}', 'PLAIN', '{auth_authen}', login]
        return self.step(b'M', cstrings('<%s>' % sender), macros)

    def rcpt(self, recipient):
        return self.step(b'R', cstrings('<%s>' % recipient),
                         ('{rcpt_addr}', recipient, 'i', 'TESTQUEUE'))

    def header(self, name, value):
        lead = ' ' if self.steps & LEADING_SPACE else ''
        return self.step(b'L', cstrings(name, lead + value))

    def body(self, body):
        for at in range(0, len(body), CHUNK):
            command, data = self.step(b'B', body[at:at + CHUNK])
            if command != b'c':
                return command, data
        return b'c', b''

    def end(self):
        outcome = Outcome()
        self.sock.sendall(self.packet(b'E', b'', ('i', 'TESTQUEUE')))
        return outcome.finish(b'E', *self.reply(outcome))

    def abort(self):
        self.sock.sendall(pack(b'A'))

    def begin(self, sender, recipients, login=None):
        """Envelope; None, or the outcome where it was refused."""
        for command, reply in [(b'M', lambda: self.mail(sender, login))] + \
                [(b'R', lambda r=r: self.rcpt(r)) for r in recipients] + \
                [(b'T', lambda: self.step(b'T'))]:
            answer = reply()
            if answer[0] not in GO_ON:
                return Outcome().finish(command, *answer)
        return None

    def message(self, sender, recipients, fields, body, login=None):
        refused = self.begin(sender, recipients, login)
        if refused:
            return refused
        for name, value in fields:
            command, data = self.header(name, value)
            if command not in GO_ON:
                return Outcome().finish(b'L', command, data)
        command, data = self.step(b'N')
        if command in GO_ON:
            command, data = self.body(body)
        if command not in GO_ON:
            return Outcome().finish(b'N', command, data)
        return self.end()

    def burst(self, sender, recipients, fields, body):
        """All of a message but its end, as one piece of bytes, and the number
        of replies that it will bring."""
        steps = [(b'M', cstrings('<%s>' % sender), ('{mail_addr}', sender))]
        steps += [(b'R', cstrings('<%s>' % r), ('{rcpt_addr}', r))
                  for r in recipients]
        steps.append((b'T', b'', ()))
        lead = ' ' if self.steps & LEADING_SPACE else ''
        steps += [(b'L', cstrings(n, lead + v), ()) for n, v in fields]
        steps.append((b'N', b'', ()))
        steps += [(b'B', body[at:at + CHUNK], ())
                  for at in range(0, len(body), CHUNK)]
        return (b''.join(self.packet(*s) for s in steps),
                sum(self.replies(s[0]) for s in steps))
