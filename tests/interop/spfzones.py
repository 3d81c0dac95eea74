"""Record sets and clients for SPF, drawn by a generator: mostly sound, some
of them hostile.  Names of one case are below a domain of its own."""

import random

QUALIFIERS = ['', '', '', '', '+', '-', '~', '?']
PREFIX4 = ['', '', '', '/32', '/24', '/16', '/30', '/0']
PREFIX6 = ['', '', '', '//128', '//64', '//48', '//0']
MACROS = ['%{i}', '%{ir}', '%{d}', '%{d2}', '%{dr}', '%{l}', '%{lr-}', '%{o}',
          '%{h}', '%{v}', '%{l1r+}', '%{ir}.%{v}', '%{L}', '%{d1r}']
LOCALS = ['joe', 'strong-bad', 'a.b.c', 'user+tag', 'JOE', 'x_y']
BROKEN = ['ip4:1.2.3', 'ip4:192.0.2.1/33', 'ip4', 'foo', 'include', 'a:',
          'ip6:1::2::3', 'exists', 'all:x', 'mx/33', 'a//129', 'redirect=',
          'a:%{z}.%s', 'a:%%%%{d', 'include:%%s.', '-', 'a/01', '%%',
          'ip6:2001:db8::1/129', 'exp=', 'ptr/24', 'ip4:192.0.2.1//24']


class Case:
    """A zone, and a client that asks to send."""

    def __init__(self, number, seed):
        self.number = number
        self.rng = random.Random('%s/%s' % (seed, number))
        self.base = 'w%d.example' % number
        self.records = []           # (name, type, words)
        self.fails = set()          # names that SERVFAIL
        self.traits = set()
        self.v6 = self.rng.random() < 0.3
        # networks of its own, so that reverse names are
        self.net4 = '10.%d.%d.' % (number // 250 % 250, number % 250)
        self.net6 = '2001:db8:%x::' % number
        self.ip = (self.net6 if self.v6 else self.net4) + \
            str(self.rng.randint(1, 4))
        self.domains = ['d%d.%s' % (i, self.base) for i in range(4)]
        self.hosts = ['h%d.%s' % (i, self.base) for i in range(4)]
        self.sender = '%s@%s' % (self.rng.choice(LOCALS), self.domains[0])
        self.helo = self.rng.choice(self.hosts)
        self.make_hosts()
        for i, domain in enumerate(self.domains):
            self.make_domain(i, domain)
        self.make_reverse()

    # ---- addresses

    def make_hosts(self):
        for host in self.hosts + [self.domains[0]]:
            kind = self.rng.random()
            if kind < 0.75:
                self.records.append((host, 'A', self.net4
                                     + str(self.rng.randint(1, 9))))
            if 0.5 < kind < 0.9:
                self.records.append((host, 'AAAA', self.net6
                                     + str(self.rng.randint(1, 9))))
            if kind > 0.97:
                self.fails.add(host)
        for owner in (self.domains[0], self.domains[1]):
            for host in self.rng.sample(self.hosts, self.rng.randint(0, 2)):
                self.records.append((owner, 'MX', '%d %s.' % (
                    self.rng.randint(1, 30), host)))

    def make_reverse(self):
        if self.rng.random() > 0.6:
            return
        import ipaddress
        name = ipaddress.ip_address(self.ip).reverse_pointer
        self.records.append(
            (name, 'PTR', self.rng.choice(self.hosts) + '.'))

    # ---- records

    def name(self):
        """Mostly one that is there."""
        roll = self.rng.random()
        if roll < 0.7:
            return self.rng.choice(self.hosts)
        if roll < 0.8:
            return 'gone%d.%s' % (self.rng.randint(0, 9), self.base)
        self.traits.add('macro')
        return '%s.%s' % (self.rng.choice(MACROS), self.base)

    def term(self, level):
        kind = self.rng.choice(
            ['ip4', 'ip4', 'ip6', 'a', 'a', 'mx', 'include', 'include',
             'exists', 'ptr', 'unknown'])
        q = self.rng.choice(QUALIFIERS)
        if self.rng.random() < 0.05:
            kind = kind.upper()
        low = kind.lower()
        if low == 'ip4':
            return '%s%s:%s%d%s' % (
                q, kind, self.net4, self.rng.randint(0, 9),
                self.rng.choice(PREFIX4))
        if low == 'ip6':
            return '%s%s:%s%d%s' % (
                q, kind, self.net6, self.rng.randint(1, 9),
                self.rng.choice(PREFIX6).replace('//', '/'))
        if low in ('a', 'mx'):
            target = '' if self.rng.random() < 0.3 else ':' + self.name()
            return q + kind + target + self.rng.choice(PREFIX4) + \
                self.rng.choice(PREFIX6)
        if low == 'include':
            if level < 3 and self.rng.random() < 0.9:
                target = self.domains[self.rng.randint(level + 1, 3)]
            else:
                self.traits.add('odd include')
                target = self.rng.choice(self.domains + self.hosts)
            return '%s%s:%s' % (q, kind, target)
        if low == 'exists':
            return '%s%s:%s' % (q, kind, self.name())
        if low == 'ptr':
            self.traits.add('ptr')
            return q + kind + ('' if self.rng.random() < 0.5 else
                               ':' + self.base)
        return 'x-%d=%s' % (self.rng.randint(0, 9),
                            self.rng.choice(['', 'y', '%{d}']))

    def broken(self):
        self.traits.add('broken')
        term = self.rng.choice(BROKEN)
        return term.replace('%s', self.base).replace('%%', '%')

    def make_domain(self, level, domain):
        roll = self.rng.random()
        if level > 0 and roll < 0.06:
            self.traits.add('no record')
            return
        if level > 0 and roll < 0.08:
            self.fails.add(domain)
            return
        terms = [self.term(level)
                 for _ in range(self.rng.randint(0, 9 if level == 0 else 4))]
        if self.rng.random() < 0.06:
            terms.insert(self.rng.randint(0, len(terms)), self.broken())
        end = self.rng.random()
        if end < 0.7:
            terms.append(self.rng.choice(['-all', '~all', '?all', '+all']))
        elif end < 0.85:
            terms.append('redirect=' + self.domains[min(level + 1, 3)])
        spaces = '  ' if self.rng.random() < 0.05 else ' '
        text = spaces.join(['v=spf1'] + terms)
        self.records.append((domain, 'TXT', '"%s"' % text))
        if self.rng.random() < 0.02:
            self.traits.add('two records')
            self.records.append((domain, 'TXT', '"v=spf1 -all"'))

    def zone(self):
        return ''.join('%s %s %s\n' % r for r in self.records)

    def show(self):
        return '--ip %s --helo %s --from %s\n%s%s' % (
            self.ip, self.helo, self.sender, self.zone(),
            ''.join('%s FAIL\n' % f for f in sorted(self.fails)))


def generate(seed, count):
    return (Case(n, seed) for n in range(count))
