"""The command beside the daemon: what it prints, and its exit codes."""

import json

import lab
from cases import LabCase
from scenarios import HOST, World, compose

DONE, BAD, USAGE, UNKNOWN = 0, 1, 2, 75

EXTRA_ZONE = '''
exp.example      TXT "v=spf1 -all exp=why.exp.example"
why.exp.example  TXT "Go away %{i}"
sub.shop.example A   192.0.2.11
dead.example     TXT "v=spf1 -all"
'''


class SignetCase(LabCase):
    @classmethod
    def prepare(cls):
        cls.world = World(cls.lab)
        cls.world.dns.zone.add(EXTRA_ZONE)
        cls.world.dns.misbehave('*.dead.example', drop=True)

    def run_signet(self, *args, stdin=None, code=DONE):
        done = self.lab.signet(*args, stdin=stdin, check=False)
        self.assertEqual(done.returncode, code,
                         (args, done.stdout, done.stderr))
        return done

    def verify(self, message, *args, code=DONE):
        done = self.run_signet('verify', '--json', '--nameserver',
                               self.lab.nameserver, '--set',
                               'AuthservID ' + HOST, *args, '-',
                               stdin=message, code=code)
        return json.loads(done.stdout)


SHOP = ('--ip', '192.0.2.10', '--helo', 'mail.shop.example',
        '--from', 'bounce@shop.example', '--rcpt', 'you@home.example')
STRANGER = ('--ip', '203.0.113.66', '--helo', 'mail.shop.example',
            '--from', 'bounce@shop.example')


def by_method(answer):
    return {r['method']: r['result'] for r in reversed(answer['results'])}


class Verify(SignetCase):
    def test_authentic(self):
        answer = self.verify(self.world.authentic('Your order'), *SHOP)
        self.assertEqual(answer['action'], 'accept')
        self.assertIsNone(answer['reply'])
        self.assertEqual(by_method(answer), {
            'iprev': 'pass', 'spf': 'pass', 'dkim': 'pass', 'dmarc': 'pass'})
        found = {r['method']: r for r in answer['results']}
        self.assertEqual(found['dkim']['properties']['header.d'],
                         'shop.example')
        self.assertEqual(found['dkim']['properties']['header.s'], 's1')
        self.assertEqual(set(found['dkim']), {'method', 'result', 'reason',
                                              'properties'})
        self.assertEqual(answer['remove'], [])
        name, value = answer['add'][0]
        self.assertEqual(name, 'Authentication-Results')
        ident, results = lab.parse_auth_results(value)
        self.assertEqual(ident, HOST)
        self.assertEqual(
            [(r.method, r.result) for r in results],
            [(r['method'], r['result']) for r in answer['results']])

    def test_forged(self):
        message = compose('orders@shop.example', 'you@home.example', 'x',
                          'y\r\n')
        answer = self.verify(message, *STRANGER)
        self.assertEqual(answer['action'], 'accept')
        self.assertEqual(by_method(answer)['dmarc'], 'fail')
        answer = self.verify(message, *STRANGER, '--set',
                             'RejectFailures yes')
        self.assertEqual(answer['action'], 'reject')
        self.assertRegex(answer['reply'], r'^550 5\.7\.1 .*DMARC')

    def test_forged_results_are_counted_from_the_top(self):
        message = (b'Authentication-Results: mx.home.example; dmarc=pass\r\n'
                   b'Authentication-Results: mx.other.example; dmarc=pass\r\n'
                   b'Authentication-Results: MX.home.example. 1; x=y\r\n'
                   ) + self.world.authentic('x')
        answer = self.verify(message, *SHOP)
        self.assertEqual(sorted(answer['remove']),
                         [['Authentication-Results', 1],
                          ['Authentication-Results', 3]])

    def test_without_ip_there_is_no_spf(self):
        answer = self.verify(self.world.authentic('x'))
        self.assertEqual(by_method(answer), {'dkim': 'pass', 'dmarc': 'pass'})

    def test_null_sender(self):
        answer = self.verify(self.world.authentic('x'), '--ip', '192.0.2.10',
                             '--helo', 'mail.shop.example', '--from', '')
        self.assertEqual(by_method(answer)['spf'], 'pass')

    def test_line_ends(self):
        message = self.world.authentic('x', 'one\r\ntwo\r\n')
        self.assertEqual(self.verify(message, *SHOP),
                         self.verify(message.replace(b'\r\n', b'\n'), *SHOP))

    def test_fragments(self):
        for message in (b'', b'\n', b'From: a@plain.example', b'no header',
                        b'From: a@plain.example\n', b': x\n\n', b'\r\n\r\n'):
            with self.subTest(message=message):
                answer = self.verify(message, *SHOP)
                self.assertEqual(by_method(answer)['dkim'], 'none')

    def test_text(self):
        done = self.run_signet('verify', '--nameserver', self.lab.nameserver,
                               '-', stdin=self.world.authentic('x'))
        lines = done.stdout.decode().splitlines()
        self.assertTrue(lines[0].startswith('Authentication-Results: '))
        self.assertRegex(done.stdout.decode(), r'(?m)^verdict: accept')

    def test_a_file(self):
        path = self.lab.path('message.eml')
        with open(path, 'wb') as f:
            f.write(self.world.authentic('x'))
        self.run_signet('verify', '--nameserver', self.lab.nameserver, path)
        self.run_signet('verify', path + '.not-there', code=BAD)

    def test_could_not_find_out(self):
        answer = self.verify(
            compose('a@x.dead.example', 'you@home.example', 'x', 'y\r\n'),
            '--ip', '203.0.113.66', '--helo', 'x', '--from',
            'a@x.dead.example', '--set', 'DNSTimeout 2', code=UNKNOWN)
        self.assertEqual(by_method(answer)['spf'], 'temperror')

    def test_configuration_refused(self):
        path = self.lab.write('bad.conf', '# comment\nNoSuchOption 1\n')
        done = self.run_signet('verify', '-c', path, '-', stdin=b'x',
                               code=BAD)
        self.assertIn('%s:2: NoSuchOption: ' % path, done.stderr.decode())

    def test_usage(self):
        self.run_signet('verify', '--no-such-option', code=USAGE)
        for command in ('config', 'dmarc', 'genkey', 'sign', 'spf', 'testkey',
                        'verify'):
            done = self.run_signet(command, '--help')
            self.assertIn('usage: signet ' + command, done.stdout.decode())
        self.run_signet('verify', '--ip', 'nonsense', '-', stdin=b'x',
                        code=USAGE)
        self.run_signet('no-such-command', code=USAGE)
        done = self.run_signet('genkey', '-s', code=USAGE)
        self.assertRegex(done.stderr.decode(), r"\A(signet: genkey: .*\n){2}"
                         r"Try 'signet help'")


class Spf(SignetCase):
    def spf(self, ip, sender, *args, code=DONE):
        done = self.run_signet('spf', '--ip', ip, '--helo', 'helo.example',
                               '--from', sender, '--nameserver',
                               self.lab.nameserver, *args, code=code)
        return done.stdout.decode()

    def test_results(self):
        for ip, sender, wanted in (
                ('192.0.2.10', 'a@shop.example', 'pass'),
                ('203.0.113.9', 'a@shop.example', 'fail'),
                ('203.0.113.9', 'a@plain.example', 'none')):
            self.assertEqual(self.spf(ip, sender).split()[0], wanted)

    def test_explanation(self):
        said = self.spf('203.0.113.9', 'a@exp.example')
        self.assertEqual(said.split()[0], 'fail')
        self.assertIn('Go away 203.0.113.9', said)

    def test_could_not_find_out(self):
        said = self.spf('203.0.113.9', 'a@y.dead.example', code=UNKNOWN)
        self.assertEqual(said.split()[0], 'temperror')

    def test_trace(self):
        said = self.spf('192.0.2.10', 'a@shop.example', '--trace')
        self.assertEqual(said.split()[0], 'pass')
        self.assertIn('ip4:192.0.2.10', said)


class Keys(SignetCase):
    def test_sign_leaves_the_message_alone(self):
        for name, text in (('crlf', 'a\r\nb\r\n'), ('no end', 'a'),
                           ('empty', '')):
            message = compose('orders@shop.example', 'you@home.example', name,
                              text)
            for canonicalization in ('relaxed/relaxed', 'simple/simple',
                                     'relaxed/simple', 'simple/relaxed'):
                with self.subTest(body=name, c=canonicalization):
                    signed = self.lab.sign(
                        message, 'shop.example', 's1', self.world.shop_key,
                        '--canonicalization', canonicalization)
                    self.assertTrue(signed.endswith(message))
                    self.assertTrue(signed.startswith(b'DKIM-Signature:'))
                    answer = self.verify(signed)
                    self.assertEqual(by_method(answer)['dkim'], 'pass')

    def test_time(self):
        signed = self.lab.sign(compose('a@shop.example', 'b', 'c', 'd\r\n'),
                               'shop.example', 's1', self.world.shop_key,
                               '--time', '1700000000')
        self.assertRegex(signed.decode(), r't=1700000000;')
        self.assertEqual(by_method(self.verify(
            signed, '--time', '1700000100'))['dkim'], 'pass')

    def test_genkey_writes_what_opendkim_genkey_writes(self):
        key, zone = self.lab.genkey('new.example', 'mail', '-b', '1024')
        with open(key, encoding='ascii') as f:
            self.assertRegex(f.readline(), r'-----BEGIN (RSA )?PRIVATE KEY')
        self.assertRegex(zone, r'(?m)^mail\._domainkey\s+IN\s+TXT\s+\( "v=DKIM1;')
        self.assertRegex(zone, r'k=rsa; "\s+"p=')

    def test_ed25519(self):
        signed = self.lab.sign(compose('a@home.example', 'b', 'c', 'd\r\n'),
                               'home.example', 'ed', self.world.ed_key)
        self.assertIn(b'a=ed25519-sha256', signed)
        self.assertEqual(by_method(self.verify(signed))['dkim'], 'pass')

    def ask_testkey(self, domain, selector, key, code=DONE):
        done = self.run_signet('testkey', '-d', domain, '-s', selector, '-k',
                               key, '--nameserver', self.lab.nameserver, '-v',
                               code=code)
        return (done.stdout + done.stderr).decode()

    def test_testkey(self):
        for domain, selector, key in (
                ('shop.example', 's1', self.world.shop_key),
                ('home.example', 'ed', self.world.ed_key)):
            said = self.ask_testkey(domain, selector, key)
            self.assertRegex(said, 'key OK|key not secure')

    def test_testkey_finds_what_is_wrong(self):
        self.ask_testkey('shop.example', 's1', self.world.home_key, BAD)
        self.ask_testkey('shop.example', 'nothing', self.world.shop_key, BAD)

    def test_wrong_key(self):
        path = self.lab.write('bad.key', 'nonsense\n', 0o600)
        self.run_signet('sign', '--domain', 'a.example', '--selector', 's',
                        '--key', path, '-', stdin=b'From: a@a.example\n\nx\n',
                        code=BAD)


class Config(SignetCase):
    def test_what_is_in_force(self):
        path = self.lab.write('good.conf', 'Mode v\nAutoRestart yes\n')
        said = self.run_signet('config', '-c', path).stdout.decode()
        self.assertRegex(said, r'(?m)^\s*#?\s*Mode\s+v\b')
        self.assertIn('AutoRestart', said)

    def test_a_bad_one(self):
        path = self.lab.write('bad2.conf', 'Mode v\nNoSuchOption yes\n')
        done = self.run_signet('config', '-c', path, code=BAD)
        self.assertIn('%s:2: NoSuchOption: ' % path,
                      (done.stderr + done.stdout).decode())


class Dmarc(SignetCase):
    def dmarc(self, domain, code=DONE):
        return self.run_signet('dmarc', '--nameserver', self.lab.nameserver,
                               domain, code=code).stdout.decode()

    def test_how_a_result_comes_about(self):
        said = self.run_signet(
            'dmarc', '--nameserver', self.lab.nameserver, 'shop.example',
            '--author', 'Orders@news.shop.example', '--spf-domain',
            'shop.example', '--dkim-domain', 'plain.example').stdout.decode()
        self.assertIn('\ndomain: news.shop.example\n', said)
        self.assertIn('SPF pass of shop.example: aligned, its organizational '
                      'domain is shop.example\n', said)
        self.assertIn('DKIM pass of plain.example: not aligned, ', said)
        self.assertIn('\nresult: pass\n', said)

    def test_lint(self):
        said = self.run_signet(
            'dmarc', '--lint', '--nameserver', self.lab.nameserver,
            'shop.example', code=BAD).stdout.decode()
        self.assertIn('warning: _dmarc.shop.example: no rua', said)

    def test_record_and_policy(self):
        said = self.dmarc('shop.example')
        self.assertIn('v=DMARC1; p=reject', said)
        self.assertIn('_dmarc.shop.example', said)

    def test_subdomain(self):
        said = self.dmarc('sub.shop.example')
        self.assertIn('_dmarc.shop.example', said)
        self.assertRegex(said, r'reject')

    def test_none(self):
        self.assertNotIn('v=DMARC1', self.dmarc('plain.example'))
