"""The other DKIM programs, each behind the same two calls.

    verify(message)   {selector: None, or why it did not pass}
    sign(message, key, selector, algorithm, canon)
                      a whole DKIM-Signature field without its last CRLF

`message` is as on the wire, `canon` is 'relaxed/simple' and so on.  Both raise
Refused where the program cannot or will not.  The constructors raise Missing
with the Debian package that is not there.
"""

import os
import re
import subprocess

DOMAIN = 'example.com'


class Missing(Exception):
    pass


class Refused(Exception):
    pass


class Key:
    """A private key in the forms these programs want, and its record."""

    def __init__(self, algorithm, directory):
        self.algorithm = algorithm
        self.path = os.path.join(directory, algorithm + '.pem')
        kind = (['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']
                if algorithm.startswith('rsa') else ['-algorithm', 'ED25519'])
        openssl('genpkey', *kind, '-out', self.path)
        with open(self.path, 'rb') as f:
            self.pem = f.read()
        der = openssl('pkey', '-in', self.path, '-outform', 'DER')
        self.seed = der[-32:]
        public = openssl('pkey', '-in', self.path, '-pubout', '-outform', 'DER')
        if algorithm.startswith('rsa'):
            self.record = 'v=DKIM1; k=rsa; p=' + base64(public)
        else:
            self.record = 'v=DKIM1; k=ed25519; p=' + base64(public[-32:])


def openssl(*arguments):
    try:
        return subprocess.run(['openssl', *arguments], check=True,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL).stdout
    except FileNotFoundError as e:
        raise Missing('openssl') from e


def base64(data):
    import binascii
    return binascii.b2a_base64(data, newline=False).decode()


class Dkimpy:
    name = 'dkimpy'
    algorithms = ('rsa-sha256', 'ed25519-sha256')

    def __init__(self, records, directory, dns_port):
        try:
            import dkim
            import nacl.signing     # noqa: F401, for Ed25519
        except ImportError as e:
            raise Missing('python3-dkim python3-nacl') from e
        self.dkim = dkim
        self.records = {name + '.': text.encode()
                        for name, text in records.items()}

    def _lookup(self, name, timeout=5):
        return self.records.get(name.decode())

    def verify(self, message):
        results = {}
        try:
            top = self.dkim.DKIM(message)
        except self.dkim.DKIMException as e:
            raise Refused('%s: %s' % (type(e).__name__, e)) from e
        for i, field in enumerate(v for n, v in top.headers
                                  if n.lower() == b'dkim-signature'):
            selector = re.search(rb's=([\w.-]+)', field)[1].decode()
            try:
                good = self.dkim.DKIM(message).verify(i, self._lookup)
                results[selector] = None if good else 'fail'
            except Exception as e:      # it raises more than its own kind
                results[selector] = '%s: %s' % (type(e).__name__, e)
        return results

    def sign(self, message, key, selector, algorithm, canon):
        private = (key.pem if algorithm == 'rsa-sha256'
                   else base64(key.seed).encode())
        try:
            return self.dkim.sign(
                message, selector.encode(), DOMAIN.encode(), private,
                canonicalize=tuple(canon.encode().split(b'/')),
                signature_algorithm=algorithm.encode()).removesuffix(b'\r\n')
        except Exception as e:
            raise Refused('%s: %s' % (type(e).__name__, e)) from e

    def close(self):
        pass


class MailDkim:
    name = 'Mail::DKIM'
    algorithms = ('rsa-sha256',)    # Debian 12's has no Ed25519

    def __init__(self, records, directory, dns_port):
        helper = os.path.join(os.path.dirname(__file__), 'maildkim.pl')
        probe = subprocess.run(['perl', '-MMail::DKIM', '-e', '1'],
                               stderr=subprocess.DEVNULL)
        if probe.returncode != 0:
            raise Missing('libmail-dkim-perl')
        self.child = subprocess.Popen(
            ['perl', helper, str(dns_port)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)

    def _ask(self, message, verb, *arguments):
        words = [verb, str(len(message)), *arguments]
        self.child.stdin.write(' '.join(words).encode() + b'\n' + message)
        self.child.stdin.flush()
        return self._line()

    def _line(self):
        line = self.child.stdout.readline()
        if not line.endswith(b'\n'):
            raise RuntimeError('maildkim.pl ended')
        return line[:-1].decode('latin-1')

    def verify(self, message):
        results = {}
        for _ in range(int(self._ask(message, 'verify'))):
            selector, result, detail = self._line().split(' ', 2)
            results[selector] = None if result == 'pass' else detail
        return results

    def sign(self, message, key, selector, algorithm, canon):
        done, _, why = self._ask(message, 'sign', selector, DOMAIN, canon,
                                 key.path).partition(' ')
        if done == '0':
            raise Refused(why)
        return self.child.stdout.read(int(self._line()))

    def close(self):
        self.child.stdin.close()
        self.child.wait(10)


class OpenDkim:
    name = 'OpenDKIM'
    algorithms = ('rsa-sha256', 'ed25519-sha256')

    def __init__(self, records, directory, dns_port):
        import opendkim
        self.engine = opendkim
        try:
            self.lib = opendkim.OpenDkim(records, directory)
        except OSError as e:
            raise Missing('libopendkim11') from e

    def verify(self, message):
        try:
            return self.lib.verify(message)
        except self.engine.OpenDkimError as e:
            raise Refused(str(e)) from e

    def sign(self, message, key, selector, algorithm, canon):
        try:
            return b'DKIM-Signature: ' + self.lib.sign(
                message, key.pem, DOMAIN, selector, algorithm,
                *canon.split('/'))
        except self.engine.OpenDkimError as e:
            raise Refused(str(e)) from e

    def close(self):
        self.lib.close()


PROGRAMS = (Dkimpy, MailDkim, OpenDkim)
