"""The main job through a real Postfix, in every way that it can be joined."""

import scenarios
from cases import LabCase, needs_postfix
from scenarios import PLAIN, SHOP, STRANGER, TESTED, Sites


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
