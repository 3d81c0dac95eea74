"""Signatures made behind Sendmail are those of the message that it sends."""

import glob

from cases import LabCase
from scenarios import HOST, World, compose, odd_header
from sendmail import Sendmail, needs_sendmail

CONFIG = '''\
AuthservID       %s
KeyTable         file:%%s
SigningTable     refile:%%s
Diagnostics      yes
Canonicalization %%s
''' % HOST


class Sealed:
    """Loopback is inside: what it sends is signed, with two keys."""

    @classmethod
    def prepare(cls):
        needs_sendmail()
        world = World(cls.lab)
        daemon = cls.lab.signetd(CONFIG % (
            cls.lab.write('Keys', 'rsa home.example:mail:%s\n'
                          'ed home.example:ed:%s\n'
                          % (world.home_key, world.ed_key)),
            cls.lab.write('Signing', '*@home.example rsa\n'
                          '*@home.example ed\n'), cls.canon))
        host, port = daemon.address
        cls.mta = Sendmail(cls.lab, 'inet:%d@%s' % (port, host))

    def check_sent(self, message):
        """Verify the message as Sendmail would hand it on."""
        reply, queued = self.mta.send('alice@home.example', 'bob@far.example',
                                      message)
        self.assertIsNotNone(queued, reply)
        body = glob.glob('%s/queue/df%s' % (self.mta.dir, reply.split()[2]))
        with open(body[0], 'rb') as f:
            text = f.read()
        head = ''.join('%s:%s\n' % tuple(f) for f in queued.fields)
        sent = (head.encode('latin-1') + b'\n' + text).replace(b'\n', b'\r\n')
        said = self.lab.signet('verify', '--nameserver', self.lab.nameserver,
                               '-', stdin=sent).decode()
        self.assertEqual(said.count('dkim=pass'), 2,
                         said + sent.decode('latin-1'))

    def test_plain_header(self):
        self.check_sent(compose(
            'Alice <alice@home.example>', 'friend@far.example', 'Hello',
            'spaces  and\ttabs \t \r\n\r\n.dot\r\n\r\n\r\n'))


class Relaxed(Sealed, LabCase):
    canon = 'relaxed/relaxed'

    def test_odd_header(self):
        self.check_sent(odd_header('Alice <alice@home.example>',
                                   'friend@far.example'))


class Simple(Sealed, LabCase):
    canon = 'simple/simple'
