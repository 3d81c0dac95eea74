"""What a message costs, beside what it must cost: make bench.

    bench.py BUILD [small] [signing] [keys] [bodies]

small is a message of 5 KB; signing is how many of it are signed beside what
OpenSSL alone signs in that time; keys is the same message with Ed25519 and with
both kinds of key; bodies are 100 KB, 5 MB and 50 MB with simple and with
relaxed canonicalization. All of them unless named.

signetd and a milter that does nothing (null) take turns with the same
messages, so that a busy minute spoils both. The figure is the ratio: CPU of
signetd a message over CPU of null, the operation with the key (openssl speed)
and SHA-256 of the octets. Times depend on the machine and on who else uses it;
nothing here is a test.
"""

import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'e2e'))
import lab as e2e   # noqa: E402

PASSES = int(os.environ.get('BENCH_PASSES', '5'))
SECONDS = os.environ.get('BENCH_SECONDS', '1')
CONNECTIONS = 8
SMALL = 5000        # octets
WORDS = ('lorem ipsum dolor sit amet consectetur adipiscing elit sed do '
         'eiusmod tempor incididunt ut labore et dolore magna aliqua').split()
ZONE = '''
sender.example         TXT "v=spf1 ip4:198.51.100.0/24 -all"
_dmarc.sender.example  TXT "v=DMARC1; p=reject"
7.100.51.198.in-addr.arpa PTR mail.sender.example
mail.sender.example    A   198.51.100.7
mail.sender.example    TXT "v=spf1 a -all"
'''


def text(size):
    lines, at = [], 0
    while size > 0:
        line = ' '.join(WORDS[(at * 7 + i * i) % len(WORDS)]
                        for i in range(10))
        lines.append(line if at % 9 else '')
        size -= len(lines[-1]) + 2
        at += 1
    return '\r\n'.join(lines) + '\r\n'


def message(size):
    traces = ''.join(
        'Received: from h%d.sender.example (h%d.sender.example [192.0.2.%d])'
        '\r\n\tby out.sender.example (Postfix) with ESMTPS id 4Q00%d;'
        '\r\n\tSat, 21 Nov 2026 10:00:03 +0000 (UTC)\r\n' % (i, i, i, i)
        for i in range(3))
    return (traces + 'From: "A Sender" <a@sender.example>\r\n'
            'To: someone@example.net\r\nSubject: of ordinary length\r\n'
            'Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n'
            'Message-ID: <4242@sender.example>\r\nMIME-Version: 1.0\r\n'
            'Content-Type: text/plain; charset=utf-8\r\n\r\n'
            + text(size)).encode()


def openssl():
    """Microseconds: of signing and verifying by kind of key, and of SHA-256
    of one KB."""
    def speed(*args):
        return subprocess.run(['openssl', 'speed', '-seconds', '1', *args],
                              capture_output=True, text=True,
                              check=True).stdout
    def pair(line, text):
        rates = re.search(line + r'.*?([\d.]+)\s+([\d.]+)\s*$', text, re.M)
        return {'sign': 1e6 / float(rates[1]), 'judge': 1e6 / float(rates[2])}
    cost = {'rsa': pair('rsa 2048 bits', speed('rsa2048')),
            'ed25519': pair(r'253 bits EdDSA \(Ed25519\)', speed('ed25519'))}
    cost['both'] = {what: cost['rsa'][what] + cost['ed25519'][what]
                    for what in ('sign', 'judge')}
    sha = re.search(r'^sha256\s+([\d.]+)k', speed('-bytes', '16384', '-evp',
                                                  'sha256'), re.M)
    return cost, 1e3 / float(sha[1]) * 1024


def openssl_all():
    """RSA-2048 signatures a second on all processors."""
    text = subprocess.run(
        ['openssl', 'speed', '-seconds', '1', '-multi', str(os.cpu_count()),
         'rsa2048'], capture_output=True, text=True, check=True).stdout
    return float(text.split()[-2])


class Null:
    def __init__(self, lab, program):
        where = lab.path('null')
        os.makedirs(where)
        self.address = os.path.join(where, 'sock')
        self.process = subprocess.Popen([program, 'unix:' + self.address])
        lab.at_close(self.stop)
        e2e.wait_until(lambda: e2e.answers(self.address), 10, 'null')

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Client:
    """tests/bench/client; its figures."""

    def __init__(self, build):
        self.program = os.path.join(build, 'tests/bench/client')

    def __call__(self, daemon, ip, wanted, mail, connections=CONNECTIONS,
                 seconds=SECONDS, sender='b@sender.example'):
        """Messages a second, CPU us a message, resident kB."""
        done = subprocess.run([self.program, daemon.address,
                               str(daemon.process.pid), str(connections),
                               seconds, ip, sender, wanted], input=mail,
                              capture_output=True, check=False)
        if done.returncode:
            sys.exit('client: %s not found, or refused: %s' % (
                wanted, done.stderr.decode()))
        return [float(n) for n in done.stdout.split()]


def resident(daemon):
    """MB now, and at most since forget_peak()."""
    with open('/proc/%d/status' % daemon.process.pid, encoding='ascii') as f:
        text = f.read()
    return [int(re.search(name + r':\s+(\d+)', text)[1]) / 1024
            for name in ('VmRSS', 'VmHWM')]


def forget_peak(daemon):
    with open('/proc/%d/clear_refs' % daemon.process.pid, 'w',
              encoding='ascii') as f:
        f.write('5')


class Case:
    """One row: what is asked of the daemons."""

    def __init__(self, what, label, mail, floor_us, connections=CONNECTIONS):
        self.name = '%s %s' % (what, label)
        self.mail = mail
        self.floor_us = floor_us        # above null
        self.connections = connections
        self.ip, self.wanted = {
            'judge': ('198.51.100.7', 'dmarc=pass'),
            'sign': ('127.0.0.1', 'DKIM-Signature')}[what]


def compare(client, null, ours, case):
    before = resident(ours)[0]
    forget_peak(ours)
    client(ours, case.ip, case.wanted, case.mail, case.connections)  # caches
    rows = [(client(null, case.ip, 'Authentication-Results', case.mail,
                    case.connections),
             client(ours, case.ip, case.wanted, case.mail, case.connections))
            for _ in range(PASSES)]
    def median(who, what):
        return statistics.median(r[who][what] for r in rows)
    floor = median(0, 1) + case.floor_us
    after, peak = resident(ours)
    print('%-26s %5d %8.0f %8.0f %8.0f %6.2f %6.0f %6.1f %6.1f %6.1f' % (
        case.name, case.connections, median(0, 1), floor, median(1, 1),
        median(1, 1) / floor, median(1, 0), before, peak, after), flush=True)


class Bench:
    def __init__(self, lab, build):
        self.lab = lab
        self.client = Client(build)
        self.cost, self.sha = openssl()
        self.null = Null(lab, os.path.join(build, 'tests/bench/null'))
        self.keys, records = {}, ''
        for kind in ('rsa', 'ed25519'):
            self.keys[kind], record = lab.genkey('sender.example', kind,
                                                 '--type', kind)
            records += record
        lab.dns(ZONE + records)

    def daemon(self, kinds, canon='relaxed/relaxed'):
        """A signetd that signs with these, warm."""
        name = '-'.join(kinds)
        keys = self.lab.write('keys-' + name, ''.join(
            '%s sender.example:%s:%s\n' % (kind, kind, self.keys[kind])
            for kind in kinds))
        signers = self.lab.write('signers-' + name, ''.join(
            'sender.example %s\n' % kind for kind in kinds))
        ours = self.lab.signetd(
            'LogWhy no\nSyslogSuccess yes\nKeyTable %s\nSigningTable %s\n'
            'Canonicalization %s\n' % (keys, signers, canon), kind='unix')
        plain = message(SMALL)
        signed = self.sign(plain, kinds, canon)
        self.client(ours, '198.51.100.7', 'dmarc=pass', signed)
        self.client(ours, '127.0.0.1', 'DKIM-Signature', plain)
        return ours

    def sign(self, plain, kinds, canon='relaxed/relaxed'):
        more = [word for kind in kinds[1:]
                for word in ('-s', kind, '-k', self.keys[kind])]
        return self.lab.sign(plain, 'sender.example', kinds[0],
                             self.keys[kinds[0]], *more, '-c', canon)

    def rows(self, ours, label, size, kinds=('rsa',), canon='relaxed/relaxed',
             connections=CONNECTIONS):
        plain = message(size)
        cost = self.cost['both' if len(kinds) > 1 else kinds[0]]
        for what, mail in (('judge', self.sign(plain, kinds, canon)),
                           ('sign', plain)):
            compare(self.client, self.null, ours, Case(
                what, label, mail, cost[what] + self.sha * len(plain) / 1024,
                connections))

    def small(self):
        ours = self.daemon(['rsa'])
        for connections in (8, 64):
            self.rows(ours, '5 KB', SMALL, connections=connections)
        ours.stop()

    def kinds(self):
        for kinds, label in ((['ed25519'], '5 KB, Ed25519'),
                             (['rsa', 'ed25519'], '5 KB, RSA+Ed25519')):
            ours = self.daemon(kinds)
            self.rows(ours, label, SMALL, kinds)
            ours.stop()

    def signing(self):
        """How much of what OpenSSL signs on all processors is left when the
        daemon and the client share them; in turns."""
        ours = self.daemon(['rsa'])
        kinds, alone, turns = ('8', '64', '8x20'), [openssl_all()], {}
        for _ in range(PASSES):
            for kind in kinds:
                rate = self.client(ours, '127.0.0.1', 'DKIM-Signature',
                                   message(SMALL), kind)[0]
                alone.append(openssl_all())
                turns.setdefault(kind, []).append(
                    2 * rate / (alone[-1] + alone[-2]))
        ours.stop()
        print('openssl speed -multi: RSA-2048, %.0f signatures a second'
              % statistics.median(alone))
        for kind in kinds:
            print('sign 5 KB, connections %-5s %.2f of that (%.2f to %.2f)' % (
                kind, statistics.median(turns[kind]), min(turns[kind]),
                max(turns[kind])), flush=True)

    def bodies(self):
        """A fresh daemon for each, so that its memory tells of this one."""
        for size, label in ((100000, '100 KB'), (5000000, '5 MB'),
                            (50000000, '50 MB')):
            for canon in ('simple', 'relaxed'):
                ours = self.daemon(['rsa'], 'relaxed/' + canon)
                self.rows(ours, '%s, %s' % (label, canon), size,
                          canon='relaxed/' + canon)
                ours.stop()


PARTS = {'small': Bench.small, 'signing': Bench.signing,
         'keys': Bench.kinds, 'bodies': Bench.bodies}


def main(build, *parts):
    unknown = set(parts) - set(PARTS)
    if unknown:
        sys.exit('no such part: %s; there are %s' % (
            ', '.join(unknown), ', '.join(PARTS)))
    with e2e.Lab(os.path.join(build, 'signetd'),
                 os.path.join(build, 'signet')) as lab:
        bench = Bench(lab, build)
        print('%s; load %.1f; microseconds: RSA-2048 sign %.0f, verify %.1f, '
              'Ed25519 sign %.0f, verify %.0f, SHA-256 %.2f a KB' % (
                  time.strftime('%Y-%m-%d'), os.getloadavg()[0],
                  *bench.cost['rsa'].values(), *bench.cost['ed25519'].values(),
                  bench.sha))
        print('%-26s %5s %8s %8s %8s %6s %6s %20s' % (
            'microseconds of CPU', 'conns', 'null', 'floor', 'signetd',
            'ratio', 'msg/s', 'MB before, peak, after'))
        for part in parts or PARTS:
            PARTS[part](bench)
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
