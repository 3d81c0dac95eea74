"""Messages for interoperability runs: made from a seed, the same every time.

    for m in generate(seed=1, count=300):
        m.data      the message as it stands in a file
        m.traits    what is odd about it, a set of words from the tables below
        m.name      for a report: number and traits

Every header shape and every body shape occurs in each run of at least
`len(shapes())` messages; beyond that they are drawn.  Text is written with
CRLF; some messages are then given LF or mixed line ends, as files have them.
"""

import random
import re

AUTHOR = b'From: Alice <alice@example.com>\r\n'
USUAL = (b'To: Bob <bob@example.net>\r\n'
         b'Subject: Meeting on Friday\r\n'
         b'Date: Fri, 06 Mar 2026 10:00:00 +0100\r\n'
         b'Message-ID: <20260306.1@example.com>\r\n')
MIME = (b'MIME-Version: 1.0\r\n'
        b'Content-Type: text/plain; charset=utf-8\r\n'
        b'Content-Transfer-Encoding: 8bit\r\n')
RECEIVED = (b'Received: from a.example by b.example with ESMTP id %d\r\n'
            b'\tfor <bob@example.net>; Fri, 6 Mar 2026 10:00:0%d +0100\r\n')
FOREIGN = (b'DKIM-Signature: v=1; a=rsa-sha256; c=simple; d=other.example;\r\n'
           b' s=gone; h=from; bh=AAAA; b=AAAA\r\n')


def addresses(n):
    return b',\r\n\t'.join(b'"Person %d" <p%d@example.org>' % (i, i)
                           for i in range(n))


# The header section: a word and its fields, the empty line not included.
HEADERS = [
    ('plain', AUTHOR + USUAL),
    ('mime', AUTHOR + USUAL + MIME),
    ('only-from', AUTHOR),
    ('from-last', RECEIVED % (1, 1) + USUAL + MIME + AUTHOR),
    ('quoted-name', b'From: "Alice, of \\"Sales\\"" <alice@example.com>\r\n'
     + USUAL),
    ('comment-in-from', b'From: alice@example.com (Alice (Sales))\r\n' + USUAL),
    ('folded-from', b'From: "Alice"\r\n <alice@example.com>\r\n' + USUAL),
    ('tabs', b'From:\tAlice\t<alice@example.com>\r\nSubject:\t\tA\t B \t C\r\n'
     b'To:\tbob@example.net\r\n'),
    ('no-space', b'From:alice@example.com\r\nSubject:tight\r\n'
     b'To:bob@example.net\r\n'),
    ('many-spaces', b'From:   alice@example.com\r\nSubject:   a   b     c\r\n'
     b'To:     bob@example.net\r\n'),
    ('trailing-space', b'From: alice@example.com  \t \r\nSubject: end \r\n'
     b'To: bob@example.net\t\r\n'),
    ('space-before-colon', b'From: alice@example.com\r\nSubject : odd\r\n'
     b'To\t : bob@example.net\r\n'),
    ('empty-values', AUTHOR + b'Subject:\r\nTo: \r\nCc:\t\r\n'),
    ('folded-empty-first', b'From:\r\n alice@example.com\r\nSubject:\r\n'
     b'\tstarts on the second line\r\nTo: \r\n bob@example.net\r\n'),
    ('many-folds', AUTHOR + b'Subject: one\r\n two\r\n\tthree\r\n   four \r\n'
     b' \t five\r\nTo: bob@example.net\r\n'),
    ('blank-fold', AUTHOR + b'Subject: before\r\n \t \r\n after\r\n'
     b'To: bob@example.net\r\n'),
    ('blank-fold-last', AUTHOR + b'To: bob@example.net\r\nSubject: tail\r\n'
     b' \r\n'),
    ('case-of-names', b'FROM: alice@example.com\r\nsubject: low\r\n'
     b'tO: bob@example.net\r\nMESSAGE-ID: <x@example.com>\r\n'),
    ('colons', AUTHOR + b'Subject: Re: a: b: c\r\nTo: bob@example.net\r\n'),
    ('utf-8', b'From: =?utf-8?q?Zo=C3=AB?= <zoe@example.com>\r\n'
     b'Subject: Gr\xc3\xbc\xc3\x9fe \xe2\x82\xac \xf0\x9f\x93\xa7\r\n'
     b'To: bob@example.net\r\n'),
    ('8-bit', AUTHOR + b'Subject: caf\xe9 \xa0 \x85 \xff\r\n'
     b'To: bob@example.net\r\n'),
    ('controls', AUTHOR + b'Subject: bell \x07 form \x0c feed \x0b tab \x7f\r\n'
     b'To: bob@example.net\r\n'),
    ('cr-in-header', AUTHOR + b'Subject: bare \r return\r\n'
     b'To: bob@example.net\r\n'),
    ('tags-in-values', AUTHOR + b'Subject: v=1; b=abc; bh=x; d=evil.example\r\n'
     b'To: bob@example.net\r\n'),
    ('long-line', AUTHOR + b'Subject: ' + b'x' * 990 + b'\r\n'),
    ('very-long-line', AUTHOR + b'Subject: ' + b'word ' * 4000 + b'\r\n'),
    ('long-to', AUTHOR + b'To: ' + addresses(300) + b'\r\nSubject: many\r\n'),
    ('two-to', AUTHOR + b'To: bob@example.net\r\nSubject: twice\r\n'
     b'To: carol@example.net\r\n'),
    ('three-subjects', b'Subject: first\r\n' + AUTHOR
     + b'Subject: second\r\nX-Between: 1\r\nSUBJECT: third\r\n'),
    ('same-twice', AUTHOR + b'To: bob@example.net\r\nTo: bob@example.net\r\n'),
    ('list', AUTHOR + USUAL + b'List-Id: News <news.example.com>\r\n'
     b'List-Unsubscribe: <https://example.com/u?x=1>,\r\n'
     b'\t<mailto:u@example.com>\r\n'
     b'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n'
     b'List-Help: <https://example.com/help>\r\nPrecedence: bulk\r\n'),
    ('reply', AUTHOR + USUAL + b'In-Reply-To: <1@example.org>\r\nReferences: '
     + b'\r\n '.join(b'<%d@example.org>' % i for i in range(60)) + b'\r\n'
     b'Reply-To: desk@example.com\r\nCc: dave@example.org\r\n'
     b'Sender: secretary@example.com\r\n'),
    ('resent', b'Resent-From: bob@example.net\r\nResent-To: c@example.org\r\n'
     b'Resent-Date: Sat, 07 Mar 2026 10:00:00 +0100\r\n' + AUTHOR + USUAL),
    ('traces', b'Return-Path: <alice@example.com>\r\n'
     + b''.join(RECEIVED % (i, i) for i in range(8))
     + b'Authentication-Results: mx.example.net; none\r\n' + AUTHOR + USUAL),
    ('foreign-signature', FOREIGN + AUTHOR + USUAL),
    ('many-fields', AUTHOR + USUAL
     + b''.join(b'X-Field-%d: value %d\r\n' % (i, i) for i in range(400))),
    ('mbox-line', b'From alice@example.com Fri Mar  6 10:00:00 2026\r\n'
     + AUTHOR + USUAL),
]

LONG = b'The quick brown fox jumps over the lazy dog. 0123456789 '

# The body: a word and its text.  None: the message ends with its header, and
# not even the empty line is there.
BODIES = [
    ('usual-body', b'Hello Bob,\r\n\r\nsee you there.\r\n\r\n-- \r\nAlice\r\n'),
    ('no-body', None),
    ('empty-body', b''),
    ('one-empty-line', b'\r\n'),
    ('empty-lines', b'\r\n' * 40),
    ('trailing-lines', b'text\r\n' + b'\r\n' * 25),
    ('leading-lines', b'\r\n\r\n\r\ntext\r\n'),
    ('no-last-crlf', b'first\r\nthe end'),
    ('one-word', b'x'),
    ('one-space', b' '),
    ('space-line', b' \r\n'),
    ('tab-lines', b'\t\r\n \t \r\n\t\t\r\n'),
    ('text-then-spaces', b'text\r\n \r\n\t\r\n'),
    ('trailing-space-body', b'one \r\ntwo\t\r\nthree \t \r\nfour  '),
    ('runs-of-space', b'a  b   c\td\t\te \t f\r\n  indented\r\n\tand so\r\n'),
    ('space-at-end', b'text\r\nends in spaces   '),
    ('dots', b'.\r\n..\r\n.one\r\n'),
    ('from-lines', b'From here on\r\n>From there\r\nFrom: body\r\n'),
    ('header-like', b'DKIM-Signature: v=1; b=\r\nFrom: x@example.org\r\n'),
    ('8-bit-body', bytes(b for b in range(128, 256)) + b'\r\n'),
    ('all-octets', bytes(b for b in range(256) if b not in (0, 10, 13))
     + b'\r\n'),
    ('nul', b'before \x00 after\x00\x00\r\n\x00\r\n'),
    ('bare-cr', b'one\rtwo \r three\r\r\nfour\r\n\r\r\n'),
    ('cr-at-end', b'text\r\nlast\r'),
    ('long-lines', (LONG * 40 + b'\r\n') * 3),
    ('very-long-lines', LONG * 3000 + b'\r\nend\r\n'),
    ('kilobytes', (LONG + b'\r\n') * 400),
    ('base64', (b'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9w'
                b'cXJzdHV2d3g=\r\n') * 300),
    ('megabyte', (LONG[:54] + b'  \r\n') * 18000),
    ('many-empty-lines', (b'x\r\n' + b'\r\n' * 99) * 60 + b'\r\n' * 3000),
]

WORDS = ('a', 'bb', 'ccc', 'Wort', 'na\u00efve', '\u65e5\u672c', '=', ';', ':',
         '"q"', '(c)', '.', '-- ', '\t', ' ', '  ')


class Message:
    def __init__(self, number, header, body, line_ends, traits):
        self.number = number
        data = header if body is None else header + b'\r\n' + body
        self.traits = set(traits)
        self.data = with_line_ends(data, line_ends, number)
        if line_ends != 'crlf':
            self.traits.add(line_ends)
        self.name = '%d (%s)' % (number, ' '.join(sorted(self.traits)))


def with_line_ends(data, kind, seed):
    if kind == 'lf':
        return data.replace(b'\r\n', b'\n')
    if kind == 'mixed':
        rng = random.Random(seed)
        return re.sub(b'\r\n', lambda m: rng.choice((b'\n', b'\r\n')), data)
    return data


def wire(data):
    """A stored message as SMTP carries it (RFC 5321, 4.1.1.4): all lines end
    in CRLF, the last one too."""
    if data.startswith(b'From '):
        data = data.partition(b'\n')[2]
    data = re.sub(rb'(?<!\r)\n', b'\r\n', data)
    return data if data.endswith(b'\r\n') else data + b'\r\n'


def fields(data):
    """The header fields of a wire message (each without its last CRLF), and
    the body; None when there is no empty line."""
    head, separator, body = data.partition(b'\r\n\r\n')
    if not separator:
        head = head[:-2] if head.endswith(b'\r\n') else head
    return re.split(b'\r\n(?![ \t])', head), body if separator else None


def random_text(rng, lines):
    return b''.join(''.join(rng.choice(WORDS) for _ in range(rng.randrange(30)))
                    .encode() + b'\r\n' for _ in range(lines))


def random_field(rng):
    value = b' '.join(bytes(rng.randrange(33, 127) for _ in range(
        rng.randrange(1, 20))) for _ in range(rng.randrange(1, 12)))
    name = rng.choice((b'X-Noise', b'Comments', b'Keywords', b'Subject',
                       b'Content-Description', b'x-noise', b'Organization'))
    space = rng.choice((b'', b' ', b' ', b' ', b'\t', b'  ', b'\r\n '))
    fold = rng.choice((b' ', b'\r\n ', b'\r\n\t', b' \r\n '))
    return name + b':' + space + value.replace(b' ', fold) + b'\r\n'


def random_message(rng, number):
    header = [AUTHOR, b'To: bob@example.net\r\n']
    header += [random_field(rng) for _ in range(rng.randrange(12))]
    rng.shuffle(header)
    body = random_text(rng, rng.choice((0, 1, 3, 10, 100)))
    if rng.random() < 0.2:
        body = body[:-1 - rng.randrange(3)]
    if body.endswith(b'\r'):
        body = body[:-1]
    return Message(number, b''.join(header), body,
                   rng.choice(('crlf', 'crlf', 'lf', 'mixed')), {'random'})


def shapes():
    """(header word, header, body word, body): each shape at least once."""
    for i in range(max(len(HEADERS), len(BODIES))):
        yield (*HEADERS[i % len(HEADERS)], *BODIES[i % len(BODIES)])


def generate(seed, count):
    rng = random.Random(seed)
    number = 0
    for head, header, trail, body in list(shapes())[:count]:
        number += 1
        yield Message(number, header, body, 'crlf', {head, trail})
    while number < count:
        number += 1
        if rng.random() < 0.4:
            yield random_message(rng, number)
            continue
        head, header = rng.choice(HEADERS)
        trail, body = rng.choice(BODIES)
        if trail == 'megabyte' and rng.random() < 0.8:
            trail, body = BODIES[0]
        yield Message(number, header, body, rng.choice(
            ('crlf', 'crlf', 'lf', 'mixed')), {head, trail})
