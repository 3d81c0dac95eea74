"""The main job through a real Postfix, in every way that it can be joined."""

import signal

import lab
import scenarios
from cases import LabCase, needs_postfix
from scenarios import (HOST, PLAIN, SHOP, STRANGER, TESTED, Sites, World,
                       compose)


class Joined:
    """All the messages of scenarios.py; mixed in once a way."""

    kind, postfix_host, protocol = 'inet', '127.0.0.1', 6

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.sites = Sites(cls.lab, cls.kind, cls.postfix_host, cls.protocol)

    def one(self, scenario):
        reply, delivered = self.sites.run(scenario)
        wrong = self.sites.differences(scenario, reply, delivered)
        if wrong and delivered is not None:
            wrong.append(delivered.show(['Authentication-Results',
                                         'DKIM-Signature']))
        self.assertEqual(wrong, [], '%s\n%s' % (
            reply, self.sites.daemon.log()[-1500:]))

    def test_several_messages_on_one_connection(self):
        world = self.sites.world
        order = [('authentic', True), ('forged', False), ('authentic', True),
                 ('reset', None), ('forged', False), ('authentic', True)]
        with self.sites.home.connect(**SHOP) as smtp:
            for kind, accepted in order:
                to = 'several%d@home.example' % len(scenarios.COUNT)
                scenarios.COUNT.append(0)
                message = world.authentic('One of several')
                if kind == 'reset':
                    smtp.smtp.mail('joe@plain.example')
                    smtp.smtp.rcpt(to)
                    smtp.smtp.rset()
                    continue
                if kind == 'forged':
                    message = message.replace(b'on its way', b'held: pay')
                    sender = 'joe@plain.example'
                else:
                    sender = 'bounce@shop.example'
                reply = smtp.send(sender, [to], message)
                self.assertEqual(reply.ok, accepted, '%s: %s' % (kind, reply))
                if accepted:
                    self.check(self.sites.home.delivered(to),
                               results={'spf': 'pass', 'dkim': 'pass',
                                        'dmarc': 'pass'})


def add_scenarios():
    for scenario in TESTED:
        def test(self, scenario=scenario):
            self.one(scenario)
        setattr(Joined, 'test_' + scenario.name.replace('-', '_'), test)


add_scenarios()


class Inet6(Joined, LabCase):
    """Protocol 6, inet:127.0.0.1:PORT."""


class Inet6Localhost(Joined, LabCase):
    """Protocol 6, inet:localhost:PORT."""
    postfix_host = 'localhost'


class Unix6(Joined, LabCase):
    """Protocol 6, a socket in the file system."""
    kind = 'unix'


class Inet2(Joined, LabCase):
    """Protocol 2, inet:127.0.0.1:PORT."""
    protocol = 2


class Inet2Localhost(Joined, LabCase):
    """Protocol 2, inet:localhost:PORT."""
    postfix_host = 'localhost'
    protocol = 2


class Unix2(Joined, LabCase):
    """Protocol 2, a socket in the file system."""
    kind = 'unix'
    protocol = 2


class Pausing(LabCase):
    """A client that takes its time. Postfix hands on what needs no reply only
    with something that does: MAIL has to need one."""

    @classmethod
    def prepare(cls):
        needs_postfix()
        cls.world = World(cls.lab)

    def joined(self, config=''):
        """A daemon, and a Postfix before it."""
        daemon = self.lab.signetd(self.world.config + config)
        self.addCleanup(daemon.stop)
        return daemon, self.lab.postfix(self.id().split('.')[-1], HOST,
                                        ['home.example'],
                                        milter=daemon.socket)

    def test_questions_are_asked_at_mail(self):
        _, mta = self.joined()
        with mta.connect(**PLAIN) as client:
            client.smtp.mail('joe@ahead.example')
            lab.wait_until(lambda: self.world.dns.asked('ahead.example'), 20,
                           'the question for SPF')
            client.smtp.rset()

    def finishes(self, config):
        daemon, mta = self.joined(config)
        with mta.connect(**PLAIN) as client:
            client.smtp.mail('joe@plain.example')
            client.smtp.rcpt('you@home.example')
            daemon.signal(signal.SIGTERM)
            lab.wait_until(lambda: 'stopping: 1 message' in daemon.log(), 20,
                           'the stop')
            with self.assertRaisesRegex(lab.LabError,
                                        'milter-reject: CONNECT.*421 4.3.2'):
                mta.connect(**PLAIN)
            code, text = client.smtp.data(compose(
                'joe@plain.example', 'you@home.example', 'x', 'y\r\n'))
            self.assertEqual(code, 250, text)
        self.assertEqual(daemon.wait(20), 0)
        self.assertIn('\nstopped\n', daemon.log())

    def test_what_has_begun_is_judged_before_a_stop(self):
        self.finishes('')

    def test_what_has_begun_is_signed_before_a_stop(self):
        self.finishes('Mode s\n')
