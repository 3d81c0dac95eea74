"""signetd without any configuration, in a network namespace of its own.

Run by test_start.py: unshare -n python3 alone.py SIGNETD.  Exits 0 when all is
as it should be, else with an assertion.
"""

import fcntl
import socket
import struct
import subprocess
import sys

import lab
from cases import RECIPIENTS, FIELDS, BODY, arrive, judged_by, send_plain
from milter import Milter

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
ADDRESS = ('127.0.0.1', 8891)


def loopback_up():
    with socket.socket() as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack('16sh14x', b'lo', IFF_UP))


def check():
    with open('/proc/net/tcp', encoding='ascii') as f:
        assert '00000000:22BB' not in f.read(), 'open to the world'
    with arrive(Milter(ADDRESS)) as m:
        outcome = m.message('', RECIPIENTS, FIELDS, BODY)
        assert outcome.action == 'accept', outcome.text
        assert judged_by(outcome) == 'mx.home.example', outcome.inserted
    with arrive(Milter(ADDRESS), 'localhost', '127.0.0.1') as m:
        outcome = send_plain(m)
        assert outcome.action == 'accept', outcome.text
        assert outcome.inserted == [], outcome.inserted


def main(signetd):
    loopback_up()
    with subprocess.Popen([signetd], stdin=subprocess.DEVNULL) as process:
        try:
            lab.wait_until(lambda: lab.accepts(ADDRESS), 10, 'signetd')
            check()
        finally:
            process.terminate()
    return process.returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv[1]))
