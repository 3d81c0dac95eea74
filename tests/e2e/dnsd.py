"""A small DNS server on loopback that serves zone text and can misbehave.

    dns = DnsServer('''
        shop.example         TXT  "v=spf1 ip4:192.0.2.10 -all"
        _dmarc.shop.example  TXT  "v=DMARC1; p=reject"
    ''')
    dns.misbehave('*.slow.example', delay=0.3)
    dns.start()             # dns.port; later dns.stop()

It answers for the root, so every name that has no record is NXDOMAIN, and a
name above one that has is an empty non-terminal.  Zone text is the usual one
(owner, optional TTL and class, type, data; `;` comments, $ORIGIN, $TTL, `@`);
owners are relative to the root unless $ORIGIN says
otherwise; parentheses hold a record together over several lines, as in what
`signet genkey` writes.  Types: A AAAA CNAME MX NS PTR SOA TXT.
"""

import asyncio
import ipaddress
import re
import socket
import struct
import threading
import time

TYPES = {'A': 1, 'NS': 2, 'CNAME': 5, 'SOA': 6, 'PTR': 12, 'MX': 15,
         'TXT': 16, 'AAAA': 28}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
NOERROR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 0, 2, 3, 4, 5
MAX_UDP = 1232          # what we send by UDP whatever the client offers
CNAME_LIMIT = 16        # a chain longer than this is cut

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s";()]+)|;.*')


class ZoneError(ValueError):
    pass


# ---------------------------------------------------------------- wire format

def encode_name(name):
    wire = b''
    for label in name.rstrip('.').split('.') if name.rstrip('.') else []:
        raw = label.encode('latin-1')
        if not 0 < len(raw) < 64:
            raise ZoneError('bad label in %r' % name)
        wire += bytes([len(raw)]) + raw
    return wire + b'\0'


def decode_name(packet, at):
    """Name at `at` (no compression: questions have none), and what is next."""
    labels = []
    while packet[at]:
        length = packet[at]
        if length > 63:
            raise ValueError('compressed name in a question')
        labels.append(packet[at + 1:at + 1 + length].decode('latin-1'))
        at += 1 + length
    return '.'.join(labels).lower(), at + 1


def unescape(text):
    return re.sub(r'\\(\d{3}|.)',
                  lambda m: chr(int(m[1])) if m[1].isdigit() and len(m[1]) == 3
                  else m[1], text)


def encode_txt(strings):
    wire = b''
    for text in strings:
        raw = unescape(text).encode('utf-8')
        for at in range(0, len(raw), 255) or [0]:
            piece = raw[at:at + 255]
            wire += bytes([len(piece)]) + piece
    return wire


def encode_rdata(rtype, words, origin):
    if rtype == 'A':
        return ipaddress.IPv4Address(words[0]).packed
    if rtype == 'AAAA':
        return ipaddress.IPv6Address(words[0]).packed
    if rtype == 'TXT':
        return encode_txt(words)
    if rtype == 'MX':
        return struct.pack('!H', int(words[0])) + \
            encode_name(absolute(words[1], origin))
    if rtype == 'SOA':
        return b''.join(encode_name(absolute(w, origin)) for w in words[:2]) + \
            struct.pack('!5I', *(int(w) for w in words[2:7]))
    return encode_name(absolute(words[0], origin))


# ------------------------------------------------------------------ zone text

def absolute(name, origin):
    if name == '@':
        return origin
    if name.endswith('.') or not origin:
        return name.rstrip('.').lower()
    return (name + '.' + origin).lower()


def logical_lines(text):
    """(line number, words) of each record or directive."""
    words, depth, first = [], 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        if depth == 0:
            words, first = [], number
        for quoted, paren, plain in (m.groups() for m in TOKEN.finditer(line)):
            if paren:
                depth += 1 if paren == '(' else -1
            elif quoted is not None or plain is not None:
                words.append(quoted if quoted is not None else plain)
        if depth == 0 and words:
            yield first, words
    if depth:
        raise ZoneError('zone line %d: parenthesis not closed' % first)


class Zone:
    """Records by name and type; built once, read by the server's thread."""

    def __init__(self, text=''):
        self.records = {}       # name -> {type number: [(ttl, rdata)]}
        self.names = set()      # those, and all names above them
        self.add(text)

    def add(self, text):
        origin, ttl = '', 60
        for number, words in logical_lines(text):
            try:
                if words[0] == '$ORIGIN':
                    origin = words[1].strip('.').lower()
                elif words[0] == '$TTL':
                    ttl = int(words[1])
                else:
                    self._add_record(ttl, list(words), origin)
            except (IndexError, KeyError, ValueError, struct.error) as e:
                raise ZoneError('zone line %d: %r: %s'
                                % (number, e, ' '.join(words))) from e

    def _add_record(self, ttl, words, origin):
        owner = absolute(words.pop(0), origin)
        if words[0].isdigit():
            ttl = int(words.pop(0))
        if words[0] == 'IN':
            words.pop(0)
        rtype = words.pop(0).upper()
        rdata = encode_rdata(rtype, words, origin)
        labels = owner.split('.')
        self.names.update('.'.join(labels[n:]) for n in range(len(labels)))
        rrsets = self.records.setdefault(owner, {})
        rrsets.setdefault(TYPES[rtype], []).append((ttl, rdata))

    def answer(self, name, qtype):
        """(rcode, [(owner, type, ttl, rdata)]), CNAMEs followed."""
        found = []
        for _ in range(CNAME_LIMIT):
            rrsets = self.records.get(name)
            if rrsets is None:
                return (NOERROR if name in self.names else NXDOMAIN), found
            if qtype in rrsets or TYPES['CNAME'] not in rrsets:
                found += [(name, qtype, *rr) for rr in rrsets.get(qtype, [])]
                return NOERROR, found
            ttl, rdata = rrsets[TYPES['CNAME']][0]
            found.append((name, TYPES['CNAME'], ttl, rdata))
            name = decode_name(rdata, 0)[0]
        return NOERROR, found


def negative_soa():
    """The root's SOA, which says for how long "not there" may be kept."""
    rdata = encode_rdata('SOA', ['ns.example.', 'hostmaster.example.', '1',
                                 '3600', '600', '86400', '5'], '')
    return b'\0' + struct.pack('!HHIH', TYPES['SOA'], 1, 5, len(rdata)) + rdata


# --------------------------------------------------------------------- server

class DnsServer:
    """UDP and TCP on one port of 127.0.0.1, in a thread of its own.

    `log` lists (time, name, type, 'udp' or 'tcp') of each question, in the
    order in which they came.
    """

    def __init__(self, zone_text='', port=0):
        self.zone = Zone(zone_text)
        self.port = port
        self.log = []
        self._rules = []
        self._loop = None
        self._thread = None

    def misbehave(self, pattern, drop=False, delay=0.0, rcode=None,
                  truncate=False):
        """What happens to questions for `pattern` (a name, or `*.name` for
        the name and all below it).  The rule that was made last wins."""
        self._rules.insert(0, (pattern.lower(), drop, delay, rcode, truncate))

    def asked(self, name=None, rtype=None):
        """The questions so far, those for one name or of one type."""
        return [(n, t) for _, n, t, _ in self.log
                if name in (None, n) and rtype in (None, t)]

    def start(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,),
                                        name='dnsd', daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError('the DNS server did not start')
        return self

    def stop(self):
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def _run(self, ready):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        ready.set()
        self._loop.run_forever()
        self._udp.close()
        self._tcp.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _listen(self):
        udp, tcp = bind_both(self.port)
        self.port = udp.getsockname()[1]
        self._udp, _ = await self._loop.create_datagram_endpoint(
            lambda: UdpSide(self), sock=udp)
        self._tcp = await asyncio.start_server(self._serve_tcp, sock=tcp)

    async def _serve_tcp(self, reader, writer):
        try:
            while True:
                size, = struct.unpack('!H', await reader.readexactly(2))
                query = await reader.readexactly(size)
                self.handle(query, 'tcp', lambda reply: writer.write(
                    struct.pack('!H', len(reply)) + reply))
        except (asyncio.IncompleteReadError, ConnectionError,
                asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def rule_for(self, name):
        for pattern, *what in self._rules:
            if pattern.startswith('*.'):
                if name == pattern[2:] or name.endswith(pattern[1:]):
                    return what
            elif name == pattern:
                return what
        return False, 0.0, None, False

    def handle(self, query, proto, send):
        """Answer one packet: now, later, or never."""
        try:
            ident, flags, qdcount = struct.unpack('!HHH', query[:6])
            name, at = decode_name(query, 12)
            qtype, qclass = struct.unpack('!HH', query[at:at + 4])
        except (struct.error, IndexError, ValueError):
            return
        if flags & 0x8000 or qdcount != 1:
            return
        self.log.append((time.monotonic(), name,
                         TYPE_NAMES.get(qtype, str(qtype)), proto))
        drop, delay, rcode, truncate = self.rule_for(name)
        if drop:
            return
        reply = self.compose(ident, flags, query[12:at + 4], name, qtype,
                             proto, rcode, truncate)
        self._loop.call_later(delay, send, reply)

    def compose(self, ident, flags, question, name, qtype, proto, rcode,
                truncate):
        answers, authority = [], b''
        if rcode is None:
            rcode, answers = self.zone.answer(name, qtype)
            if not answers or answers[-1][1] != qtype:
                authority = negative_soa()
        body = b''.join(encode_name(owner)
                        + struct.pack('!HHIH', rtype, 1, ttl, len(rdata))
                        + rdata for owner, rtype, ttl, rdata in answers)
        opt = b'\0' + struct.pack('!HHIH', 41, MAX_UDP, 0, 0)
        size = 12 + len(question) + len(body) + len(authority) + len(opt)
        cut = proto == 'udp' and (truncate or size > MAX_UDP)
        if cut:
            answers, body, authority = [], b'', b''
        head = struct.pack('!6H', ident, 0x8480 | (flags & 0x0100)
                           | (0x0200 if cut else 0) | rcode, 1, len(answers),
                           1 if authority else 0, 1)
        return head + question + body + authority + opt


class UdpSide(asyncio.DatagramProtocol):
    def __init__(self, server):
        self.server = server

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.server.handle(data, 'udp',
                           lambda reply: self.transport.sendto(reply, addr))


def bind_both(port):
    """A UDP and a TCP socket on the same port of 127.0.0.1."""
    for _ in range(50):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(('127.0.0.1', port))
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tcp.bind(udp.getsockname())
            udp.setblocking(False)
            return udp, tcp
        except OSError:
            udp.close()
            tcp.close()
            if port:
                raise
    raise RuntimeError('no port is free for UDP and TCP')
