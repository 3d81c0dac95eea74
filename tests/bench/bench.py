"""What a message costs, beside what it must cost: make bench.

signetd and a milter that does nothing (null) take turns with the same
messages, so that a busy minute spoils both. The figure is the ratio: CPU of
signetd a message over CPU of null, one RSA operation (openssl speed) and
SHA-256 of the octets. Times depend on the machine and on who else uses it;
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
    """Microseconds of: signing, verifying (RSA-2048), SHA-256 of one KB."""
    def speed(*args):
        return subprocess.run(['openssl', 'speed', '-seconds', '1', *args],
                              capture_output=True, text=True,
                              check=True).stdout
    rsa = re.search(r'rsa 2048 bits.*?([\d.]+)\s+([\d.]+)\s*$',
                    speed('rsa2048'), re.M)
    sha = re.search(r'^sha256\s+([\d.]+)k', speed('-bytes', '16384', '-evp',
                                                  'sha256'), re.M)
    return 1e6 / float(rsa[1]), 1e6 / float(rsa[2]), 1e3 / float(sha[1]) * 1024


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


def measure(client, daemon, connections, ip, wanted, mail):
    done = subprocess.run([client, daemon.address, str(daemon.process.pid),
                           str(connections), SECONDS, ip, 'b@sender.example',
                           wanted], input=mail, capture_output=True,
                          check=False)
    if done.returncode:
        sys.exit('client: %s not found, or refused: %s' % (
            wanted, done.stderr.decode()))
    return [float(n) for n in done.stdout.split()]


def compare(client, null, ours, case, floor_us):
    name, connections, ip, wanted, mail = case
    measure(client, ours, connections, ip, wanted, mail)     # caches
    rows = [(measure(client, null, connections, ip,
                     'Authentication-Results', mail),
             measure(client, ours, connections, ip, wanted, mail))
            for _ in range(PASSES)]
    def median(who, what):
        return statistics.median(r[who][what] for r in rows)
    floor = median(0, 1) + floor_us
    print('%-22s %5d %8.0f %8.0f %8.0f %8.2f %7.0f %7.1f' % (
        name, connections, median(0, 1), floor, median(1, 1),
        median(1, 1) / floor, median(1, 0), rows[-1][1][2] / 1024),
        flush=True)


def main(build):
    client = os.path.join(build, 'tests/bench/client')
    sign, verify, sha = openssl()
    print('%s; load %.1f; RSA-2048 sign %.0f us, verify %.1f us, SHA-256 '
          '%.2f us a KB' % (time.strftime('%Y-%m-%d'), os.getloadavg()[0],
                            sign, verify, sha))
    print('%-22s %5s %8s %8s %8s %8s %7s %7s' % (
        'microseconds of CPU', 'conns', 'null', 'floor', 'signetd', 'ratio',
        'msg/s', 'RSS MB'))
    with e2e.Lab(os.path.join(build, 'signetd'),
                 os.path.join(build, 'signet')) as lab:
        key, record = lab.genkey('sender.example', 'bench')
        lab.dns(ZONE + record)
        ours = lab.signetd('LogWhy no\nSyslogSuccess yes\n'
                           'Domain sender.example\nSelector bench\n'
                           'KeyFile %s\n' % key, kind='unix')
        null = Null(lab, os.path.join(build, 'tests/bench/null'))
        for size, label in ((5000, '5 KB'), (100000, '100 KB'),
                            (5000000, '5 MB')):
            plain = message(size)
            signed = lab.sign(plain, 'sender.example', 'bench', key)
            hashed = sha * len(plain) / 1024
            for connections in (8, 64) if size < 10000 else (8,):
                compare(client, null, ours, (
                    'judge ' + label, connections, '198.51.100.7',
                    'dmarc=pass', signed), verify + hashed)
                compare(client, null, ours, (
                    'sign ' + label, connections, '127.0.0.1',
                    'DKIM-Signature', plain), sign + hashed)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
