"""CheckKeys: our own keys against what is published of them."""

import lab
from cases import LabCase
from milter import Milter

FIELDS = [('From', ' Al <al@home.example>'), ('Subject', ' x')]


class CheckKeys(LabCase):
    @classmethod
    def prepare(cls):
        cls.good, record = cls.lab.genkey('home.example', 'good')
        cls.lost, _ = cls.lab.genkey('home.example', 'lost')
        cls.dns = cls.lab.dns(record)

    def daemon(self, selector, key, how=None):
        return self.lab.signetd(
            'Domain home.example\nSelector %s\nKeyFile %s\n%s'
            % (selector, key, 'CheckKeys %s\n' % how if how else ''))

    def send(self, daemon):
        with Milter(daemon.address) as m:
            m.connect('localhost', '127.0.0.1', 'localhost')
            return m.message('al@home.example', ['b@far.example'], FIELDS,
                             b'x\r\n')

    def warned(self, daemon, words):
        lab.wait_until(lambda: words in daemon.log(), 10, words)

    def test_by_default_it_warns(self):
        daemon = self.daemon('lost', self.lost)
        self.warned(daemon, 'lost._domainkey.home.example is not published')
        outcome = self.send(daemon)
        self.assertEqual(outcome.action, 'accept')
        self.assertEqual(len(outcome.inserted), 1)

    def test_another_key_is_published(self):
        daemon = self.daemon('good', self.lost)
        self.warned(daemon, 'is not the one that is published')

    def test_require(self):
        daemon = self.daemon('lost', self.lost, 'require')
        self.warned(daemon, 'it does not sign')
        outcome = self.send(daemon)
        self.assertEqual(outcome.action, 'tempfail', outcome.text)
        self.assertEqual(outcome.inserted, [])

    def test_require_with_a_good_key(self):
        daemon = self.daemon('good', self.good, 'require')
        outcome = self.send(daemon)
        self.assertEqual(outcome.action, 'accept')
        self.assertEqual(len(outcome.inserted), 1)
        self.assertNotIn('warning: key', daemon.log())
