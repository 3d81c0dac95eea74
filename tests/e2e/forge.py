"""DKIM signatures written by hand, with the openssl command for the
arithmetic, so that a test can sign what no honest signer would.

    key = Key(lab, bits=1024)
    zone = 's1._domainkey.a.example TXT "%s"\\n' % key.record()
    fields = [key.sign(fields, body, d='a.example', s='s1')] + fields
"""

import base64
import hashlib
import re
import subprocess


def relaxed(name, value):
    """One header field in relaxed form (RFC 6376, 3.4.2), without CRLF."""
    value = re.sub(r'[ \t]+', ' ', re.sub(r'\r?\n', '', value)).strip(' \t')
    return '%s:%s' % (name.lower().rstrip(' \t'), value)


def simple_body(body):
    """RFC 6376, 3.4.3."""
    while body.endswith(b'\r\n\r\n'):
        body = body[:-2]
    return body if body.endswith(b'\r\n') else body + b'\r\n'


def chosen(fields, names):
    """The fields that h= names, each time the next from the bottom."""
    left = list(fields)
    for name in names:
        for at in range(len(left) - 1, -1, -1):
            if left[at][0].strip().lower() == name.lower():
                yield left.pop(at)
                break


class Key:
    def __init__(self, lab, bits=1024):
        self.path = lab.path('forge%d.pem' % bits)
        subprocess.run(['openssl', 'genrsa', '-out', self.path, str(bits)],
                       capture_output=True, check=True, timeout=60)

    def record(self, more=''):
        der = subprocess.run(['openssl', 'rsa', '-in', self.path, '-pubout',
                              '-outform', 'DER'], capture_output=True,
                             check=True, timeout=60).stdout
        return 'v=DKIM1; k=rsa; %sp=%s' % (more,
                                           base64.b64encode(der).decode())

    def sign(self, fields, body, names=('from', 'subject'), **tags):
        """The DKIM-Signature field.  A tag of None is left out."""
        covered = simple_body(body)
        if 'l' in tags:
            covered = covered[:int(tags['l'])]
        digest = base64.b64encode(hashlib.sha256(covered).digest()).decode()
        all_tags = {'v': '1', 'a': 'rsa-sha256', 'c': 'relaxed/simple',
                    'd': 'attacker.example', 's': 's1', 'h': ':'.join(names),
                    'bh': digest, **tags}
        value = '; '.join('%s=%s' % item for item in all_tags.items()
                          if item[1] is not None) + '; b='
        data = ''.join(relaxed(*f) + '\r\n' for f in chosen(fields, names)) \
            + relaxed('DKIM-Signature', value)
        signature = subprocess.run(
            ['openssl', 'dgst', '-sha256', '-sign', self.path],
            input=data.encode(), capture_output=True, check=True,
            timeout=60).stdout
        return 'DKIM-Signature', value + base64.b64encode(signature).decode()
