"""How long the end of a message waits for the DNS: make bench-latency.

Messages of domains that nothing is known of yet, one connection, behind a name
server that takes 20 ms for each answer.  The longest chain of questions that
wait for each other is three (SPF record, the one it includes, the address of a
host in that), so 60 ms is what cannot be avoided when a message comes all at
once. Where the client takes its time after MAIL, SPF is known before the
message comes, and what the header names (keys, policies) is one question away;
where the body takes its time, nothing is left. Then fifty sessions at once whose answers take 300 ms, beside one.
"""

import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'e2e'))
import lab as e2e   # noqa: E402
from milter import Milter, cstrings, pack   # noqa: E402

DELAY, SLOW = 0.020, 0.300
PAUSE = 0.200
MESSAGES = 30
CHAIN = 3
ZONE = '''
{d}             TXT "v=spf1 include:_spf.{d} -all"
_spf.{d}        TXT "v=spf1 a:out.{d} -all"
out.{d}         A   198.51.100.7
mail.{d}        A   198.51.100.7
mail.{d}        TXT "v=spf1 a -all"
_dmarc.{d}      TXT "v=DMARC1; p=reject"
'''


def domains(word, count):
    return ['%s%d.example' % (word, n) for n in range(count)]


class Message:
    """A signed message of a domain, cut as an MTA hands it over."""

    def __init__(self, lab, domain, key):
        text = ('From: "A Sender" <a@%s>\r\nTo: someone@example.net\r\n'
                'Subject: cold\r\nDate: Sat, 21 Nov 2026 10:00:00 +0000\r\n'
                'Message-ID: <1@%s>\r\n\r\n' % (domain, domain)
                + 'A line of text, as many before it.\r\n' * 100).encode()
        head, self.body = lab.sign(text, domain, 'bench', key).split(
            b'\r\n\r\n', 1)
        self.domain = domain
        self.fields = [line.split(':', 1) for line in head.decode().replace(
            '\r\n\t', '\n\t').replace('\r\n ', '\n ').split('\r\n')]

    def steps(self, milter):
        """Bytes of the header and half of the body; of the rest."""
        first = b''.join(milter.packet(b'L', cstrings(name, value))
                         for name, value in self.fields)
        half = len(self.body) // 2
        return (first + milter.packet(b'N') +
                milter.packet(b'B', self.body[:half]),
                milter.packet(b'B', self.body[half:]) + pack(b'E'))


def begin(address, message):
    milter = Milter(address)
    milter.connect('mail.' + message.domain, '198.51.100.7')
    return milter


def passed(milter):
    """The edits and the end of a message that must be authentic."""
    found = b''
    while True:
        command, data = milter.receive()
        found += data if command in b'hi' else b''
        if command in b'cary4':
            break
    for result in (b'spf=pass', b'dkim=pass', b'dmarc=pass'):
        if result not in found:
            sys.exit('no %s in %r' % (result, found))


def one(address, message, after_mail, in_body):
    """Seconds from the end of the message to its answer."""
    with begin(address, message) as milter:
        first, rest = message.steps(milter)
        milter.mail('b@' + message.domain)
        time.sleep(after_mail)
        milter.rcpt('someone@example.net')
        milter.sock.sendall(first)
        time.sleep(in_body)
        start = time.monotonic()
        milter.sock.sendall(rest)
        passed(milter)
        return time.monotonic() - start


def together(address, messages):
    """Seconds until all of these, which start at once, have their answer."""
    all_of = [(begin(address, m), m) for m in messages]
    start = time.monotonic()
    for milter, message in all_of:
        milter.mail('b@' + message.domain)
        milter.sock.sendall(b''.join(message.steps(milter)))
    for milter, _ in all_of:
        passed(milter)
        milter.close()
    return time.monotonic() - start


def cold(dns, address, messages):
    ways = (('all at once', 0, 0), ('200 ms after MAIL', PAUSE, 0),
            ('200 ms within the body', 0, PAUSE))
    print('%-26s %9s %9s %9s %9s' % ('ms at the end of message', 'median',
                                     'most', 'at least', 'questions'))
    for at, (name, after_mail, in_body) in enumerate(ways):
        before = len(dns.asked())
        took = [1e3 * one(address, m, after_mail, in_body)
                for m in messages[at * MESSAGES:(at + 1) * MESSAGES]]
        least = 0 if in_body else DELAY if after_mail else CHAIN * DELAY
        print('%-26s %9.1f %9.1f %9.0f %9.1f' % (
            name, statistics.median(took), max(took), 1e3 * least,
            (len(dns.asked()) - before) / MESSAGES), flush=True)


def main(build):
    names, slow = domains('cold', 3 * MESSAGES), domains('slow', 52)
    with e2e.Lab(os.path.join(build, 'signetd'),
                 os.path.join(build, 'signet')) as lab:
        key, record = lab.genkey('key.example', 'bench')
        dns = lab.dns(''.join(
            ZONE.format(d=d) + record.replace('key.example', d)
            for d in names + slow))
        dns.misbehave('*.example', delay=DELAY)
        for name in slow:
            dns.misbehave('*.' + name, delay=SLOW)
        daemon = lab.signetd('SyslogSuccess no\n', kind='unix')
        cold(dns, daemon.address, [Message(lab, d, key) for d in names])
        messages = [Message(lab, d, key) for d in slow]
        alone = min(together(daemon.address, [m]) for m in messages[50:])
        print('300 ms an answer: one session %.2f s, fifty together %.2f s'
              % (alone, together(daemon.address, messages[:50])))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
