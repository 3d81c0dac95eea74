"""What a message costs as its parts and the tables grow: make bench-growth.

    growth.py BUILD [--short] [--plots DIRECTORY] [PART...]

PART is signatures, header, table, cache: all of them unless named. For each
size it prints the CPU of signetd a message, beside that of a milter that does
nothing (null) with the same packets, and a plot as DIRECTORY/growth-PART.svg
(by default in BUILD/tests/bench). The sizes take turns, so that a busy minute
spoils all of them, and each figure is the median of GROWTH_PASSES passes of
GROWTH_SECONDS. The exit is 1 when something grew faster than its input: see
judge().
"""

import argparse
import math
import os
import re
import statistics
import subprocess
import sys
import time

import bench
from bench import e2e

PASSES = int(os.environ.get('GROWTH_PASSES', '5'))
SECONDS = os.environ.get('GROWTH_SECONDS', '0.3')
FROM_OUTSIDE = '198.51.100.7'
FROM_INSIDE = '127.0.0.1'


# -------------------------------------------------------------------- verdict

# What a unit more may cost beside what those before it cost. In proportion is
# 1; what outgrows the processor's caches on the way costs up to twice as much
# a piece from there on. A square makes 7 of it over the shortest of the curves
# (from 2 to 20) and 25 and more over the others. What lies between, n log n, no
# clock can tell from the caches; where instructions are counted it can be seen.
TOLERANCE = 2.5

# Loading tables is little more than looking for memory that is in no cache
# yet: a row of 200,000 takes three times as long as one of 10,000 with the same
# number of instructions. A square makes 20 of it.
LOAD_TOLERANCE = 5

# By how much medians of the same differ when nothing else runs: what is
# below is no growth.
NOISE = 0.03


class Curve:
    """Cost by size, from a list of costs for each size."""

    def __init__(self, name, samples):
        self.name = name
        self.samples = samples
        self.cost = {n: statistics.median(v) for n, v in samples.items()}
        self.sizes = sorted(samples)
        self.unsure = {n: self._unsure(n) for n in samples}

    def _unsure(self, n):
        """By how much the median may be wrong: half of what the middle half
        of the passes spans, at least NOISE."""
        few = sorted(self.samples[n])
        middle = few[len(few) * 3 // 4] - few[len(few) // 4]
        return max(middle / 2, NOISE * self.cost[n])

    def above(self, other):
        """What it costs more than the other."""
        diff = Curve('%s, above %s' % (self.name, other.name), {
            n: [a - b for a, b in zip(v, other.samples[n])]
            for n, v in self.samples.items()})
        diff.unsure = {n: self.unsure[n] + other.unsure[n]
                       for n in self.samples}
        return diff


def judge(curve, tolerance=TOLERANCE):
    """The steps at which it grew faster than its input: [text].

    Looked at is what it costs more than at the smallest size, in proportion
    to by how much the size is larger. Whoever only asks whether ten times the
    input costs ten times as much will not see a square behind what each
    message costs anyway. What is next to flat (below the square root) is
    left alone: there the caches make all of it."""
    bad = []
    least, *others = curve.sizes
    def more(n):
        return curve.cost[n] - curve.cost[least]
    def unsure(n):
        return curve.unsure[n] + curve.unsure[least]
    for i, large in enumerate(others):
        for small in others[:i]:
            factor = (large - least) / (small - least)
            most = factor * tolerance * (max(more(small), 0) + unsure(small))
            flat = curve.cost[large] < curve.cost[small] * math.sqrt(
                large / small)
            if not flat and more(large) - unsure(large) > most:
                bad.append('%s: %.4g more at %d than at %d, but %.4g at %d'
                           % (curve.name, more(small), small, least,
                              more(large), large))
    return bad


def show(title, unit, curves, null=None, tolerance=TOLERANCE):
    """A table for each curve; the steps at which one grew too fast. "each"
    is what a unit of the size costs, of those above the smallest size."""
    bad = []
    for curve in curves:
        print('\n%s: %s' % (title, curve.name))
        print('%12s %10s %12s %9s %9s %10s' % (
            'size', 'null' if null else '', unit, 'size', 'cost', 'each'))
        least = before = curve.sizes[0]
        for n in curve.sizes:
            line = '%12s %10s %12.4g' % (
                format(n, ','), '%.4g' % null.cost[n] if null else '',
                curve.cost[n])
            if n > least:
                line += ' %9s %9s %10.3g' % (
                    'x %.3g' % (n / before) if before else '',
                    'x %.3g' % (curve.cost[n] / curve.cost[before]),
                    (curve.cost[n] - curve.cost[least]) / (n - least))
            print(line)
            before = n
        bad += ['%s: %s' % (title, line)
                for line in judge(curve, tolerance)]
    sys.stdout.flush()
    return bad


# ----------------------------------------------------------------------- plot

COLOURS = ('#1b6ca8', '#c8553d', '#2e8b57', '#8a5fb0', '#c28f0e')
GREY = '#777777'
WIDTH, HEIGHT = 700, 430
LEFT, RIGHT, TOP, BOTTOM = 74, 180, 42, 52
DIGIT = 8               # pixels, with a little space


class Plot:
    """Curves on logarithmic axes, as SVG. Size 0 stands where 1 would."""

    def __init__(self, title, x_label, y_label):
        self.title, self.x_label, self.y_label = title, x_label, y_label
        self.lines = []         # (curve, colour, dashed)

    def add(self, curve, dashed=False):
        self.lines.append((curve, GREY if dashed else
                           COLOURS[len(self.lines) % len(COLOURS)], dashed))

    def _scale(self):
        sizes = {max(n, 1) for c, _, _ in self.lines for n in c.sizes}
        costs = [v for c, _, _ in self.lines for v in c.cost.values()]
        self.x0, self.x1 = math.log10(min(sizes)), math.log10(max(sizes))
        self.y0 = math.floor(math.log10(min(costs)))
        self.y1 = max(math.ceil(math.log10(max(costs))), self.y0 + 1)

    def _x(self, value):
        at = (math.log10(max(value, 1)) - self.x0) / (self.x1 - self.x0)
        return LEFT + at * (WIDTH - LEFT - RIGHT)

    def _y(self, value):
        at = (math.log10(value) - self.y0) / (self.y1 - self.y0)
        return HEIGHT - BOTTOM - at * (HEIGHT - TOP - BOTTOM)

    @staticmethod
    def _text(x, y, text, more=''):
        return '<text x="%.1f" y="%.1f"%s>%s</text>' % (x, y, more, text)

    def _columns(self):
        """From the right: the largest size has its number in any case."""
        out, free = [], WIDTH
        for n in sorted({n for c, _, _ in self.lines for n in c.sizes},
                        reverse=True):
            x, label = self._x(n), format(n, ',')
            out.append('<path class="fine" d="M%.1f %d V%d"/>' % (
                x, TOP, HEIGHT - BOTTOM))
            half = len(label) * DIGIT / 2
            if x + half < free:
                out.append(self._text(x, HEIGHT - BOTTOM + 17, label,
                                      ' text-anchor="middle"'))
                free = x - half
        return out

    def _rows(self):
        out = []
        for power in range(self.y0, self.y1 + 1):
            for digit in range(1, 10 if power < self.y1 else 2):
                value = digit * 10.0 ** power
                y = self._y(value)
                out.append('<path class="%s" d="M%d %.1f H%d"/>' % (
                    'grid' if digit == 1 else 'fine', LEFT, y, WIDTH - RIGHT))
                if digit in (1, 2, 5):
                    out.append(self._text(LEFT - 7, y + 4, format(
                        value, ',.0f' if power >= 0 else 'g'),
                        ' text-anchor="end"'))
        return out

    def _proportional(self):
        """From the first point of the first curve up in proportion."""
        first = self.lines[0][0]
        x, y = max(first.sizes[0], 1), first.cost[first.sizes[0]]
        factor = min(10 ** self.x1 / x, 10.0 ** self.y1 / y)
        return '<path class="guide" d="M%.1f %.1f L%.1f %.1f"/>' % (
            self._x(x), self._y(y), self._x(x * factor), self._y(y * factor))

    def _line(self, curve, colour, dashed):
        points = [(self._x(n), self._y(curve.cost[n])) for n in curve.sizes]
        return ['<path stroke="%s" stroke-width="2"%s d="M%s"/>' % (
            colour, ' stroke-dasharray="6 4"' if dashed else '',
            ' L'.join('%.1f %.1f' % p for p in points))] + [
                '<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (*p, colour)
                for p in points]

    def _legend(self):
        out, y = [], TOP + 8
        rows = [(c.name, 'stroke="%s" stroke-width="2"%s' % (
            colour, ' stroke-dasharray="6 4"' if dashed else ''))
                for c, colour, dashed in self.lines]
        for name, style in rows + [('in proportion', 'class="guide"')]:
            out.append('<path %s d="M%d %d h24"/>' % (
                style, WIDTH - RIGHT + 14, y))
            out.append(self._text(WIDTH - RIGHT + 44, y + 4, name))
            y += 20
        return out

    def svg(self):
        self._scale()
        middle = (TOP + HEIGHT - BOTTOM) / 2
        out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" '
               'height="%d" viewBox="0 0 %d %d" font-family="sans-serif" '
               'font-size="12">' % (WIDTH, HEIGHT, WIDTH, HEIGHT),
               '<style>path{fill:none}.grid{stroke:#bbb}.fine{stroke:#e6e6e6}'
               '.guide{stroke:#999;stroke-dasharray:2 4}</style>',
               '<rect width="100%" height="100%" fill="#fff"/>',
               self._text(LEFT, 24, self.title,
                          ' font-size="15" font-weight="bold"'),
               *self._columns(), *self._rows(), self._proportional()]
        for line in self.lines:
            out += self._line(*line)
        out += [*self._legend(),
                self._text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12,
                           self.x_label, ' text-anchor="middle"'),
                self._text(16, middle, self.y_label, ' text-anchor="middle" '
                           'transform="rotate(-90 16 %.1f)"' % middle)]
        return '\n'.join(out) + '\n</svg>\n'


# ---------------------------------------------------------------- measurement

def turns(cases):
    """{key: [what the function returned, a pass each]}; there and back, so
    that what gets slower or faster meanwhile does so for all."""
    order = list(cases)
    samples = {key: [] for key in order}
    for key in order:
        cases[key]()                # what is only done once
    for i in range(PASSES):
        for key in order if i % 2 == 0 else reversed(order):
            samples[key].append(cases[key]())
    return samples


def curve(name, samples, line):
    return Curve(name, {n: v for (which, n), v in samples.items()
                        if which == line})


class Growth:
    def __init__(self, build, plots, short):
        self.build, self.plots, self.short = build, plots, short
        self.client = bench.Client(build)
        self.lab = None
        self.null = None

    def start(self, lab):
        self.lab = lab
        self.null = bench.Null(lab, self.program('null'))

    def program(self, name):
        return os.path.join(self.build, 'tests/bench', name)

    def cpu(self, daemon, ip, wanted, mail):
        """A function that measures one size once."""
        return lambda: self.client(daemon, ip, wanted, mail,
                                   seconds=SECONDS)[1]

    def nothing(self, mail):
        return self.cpu(self.null, FROM_OUTSIDE, 'Authentication-Results',
                        mail)

    def signetd(self, config):
        return self.lab.signetd('LogWhy no\nSyslogSuccess yes\nCheckKeys no\n'
                                + config, kind='unix')

    def draw(self, part, title, x_label, curves, null=None,
             y_label='microseconds of CPU a message'):
        plot = Plot(title, x_label, y_label)
        for c in curves:
            plot.add(c)
        if null:
            plot.add(null, dashed=True)
        path = os.path.join(self.plots, 'growth-%s.svg' % part)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(plot.svg())

    def report(self, part, title, x_label, samples, lines):
        """Tables and plot of curves measured in turns, null among them."""
        curves = [curve(name, samples, name) for name in lines]
        null = curve('null', samples, 'null')
        self.draw(part, title, x_label, curves, null)
        bad = show(title, 'CPU us', curves, null)
        for c in curves:
            bad += ['%s: %s' % (title, line) for line in judge(c.above(null))]
        return bad


# ----------------------------------------------------------------- signatures

def signatures(g):
    sizes = (1, 2, 5, 10, 20)
    keys, records = [], ''
    for i in range(max(sizes)):
        key, record = g.lab.genkey('sender.example', 's%d' % i)
        keys.append(key)
        records += record
    g.lab.dns(bench.ZONE + records)
    ours = g.signetd('MaximumSignaturesToVerify %d\n' % max(sizes))
    cases = {}
    for n in sizes:
        mail = bench.message(bench.SMALL)
        for i in range(n):
            mail = g.lab.sign(mail, 'sender.example', 's%d' % i, keys[i])
        results = passes(g, ours, mail)
        if results != n:
            sys.exit('%d signatures, %d verified' % (n, results))
        cases['judge', n] = g.cpu(ours, FROM_OUTSIDE, 'dmarc=pass', mail)
        cases['null', n] = g.nothing(mail)
    return g.report('signatures', 'Signatures of a message of 5 KB',
                    'DKIM signatures, RSA-2048', turns(cases), ['judge'])


def passes(g, daemon, mail):
    """How many signatures the daemon says are good."""
    before = len(daemon.log())
    g.client(daemon, FROM_OUTSIDE, 'dmarc=pass', mail, 1, '=1')
    return e2e.wait_until(lambda: daemon.log()[before:], 10,
                          'log').count(' dkim=pass:')


# --------------------------------------------------------------------- header

SIGNED_FIELDS = 500     # a signature may name 512 (RFC 6376 has no limit)


def with_fields(n, field='X-Field: of a usual length, the field of number %d'):
    """A message with n header fields, ten of them as any message has."""
    head, body = bench.message(bench.SMALL).split(b'\r\n\r\n', 1)
    more = ''.join('\r\n' + field % i for i in range(n - 10))
    return head + more.encode() + b'\r\n\r\n' + body


def header(g):
    sizes = (10, 30, 100, 300, 500, 1000)
    key, record = g.lab.genkey('sender.example', 'bench')
    g.lab.dns(bench.ZONE + record)
    one = 'Domain sender.example\nSelector bench\nKeyFile %s\n' % key
    ours = g.signetd(one + 'AuthservID mx.home.example\n')
    signs_all = g.signetd(one + 'SignHeaders *,+X-Field\n')
    cases = {}
    for n in sizes:
        plain = with_fields(n)
        def signed(*args, plain=plain):
            return g.lab.sign(plain, 'sender.example', 'bench', key, *args)
        cases['judge', n] = g.cpu(ours, FROM_OUTSIDE, 'dmarc=pass', signed())
        cases['sign', n] = g.cpu(ours, FROM_INSIDE, 'DKIM-Signature', plain)
        cases['null', n] = g.nothing(plain)
        cases['forged results', n] = g.cpu(     # each is taken out
            ours, FROM_OUTSIDE, 'spf=pass', with_fields(
                n, 'Authentication-Results: mx.home.example; spf=none #%d'))
        if n <= SIGNED_FIELDS:
            all_of_them = signed('--sign-headers', '*,+X-Field')
            cases['judge, all signed', n] = g.cpu(
                ours, FROM_OUTSIDE, 'dmarc=pass', all_of_them)
            cases['sign all', n] = g.cpu(signs_all, FROM_INSIDE,
                                         'DKIM-Signature', plain)
    return g.report('header', 'Header fields of a message of 5 KB',
                    'header fields', turns(cases),
                    ['judge', 'judge, all signed', 'sign', 'sign all',
                     'forged results'])


# ---------------------------------------------------------------------- table

def seconds_of(process):
    """Of CPU, so far."""
    return time.clock_gettime(~process.pid << 3 | 2)


def table(g):
    sizes = (10, 100, 1000, 10000, 100000, 200000)
    key, _ = g.lab.genkey('sender.example', 'bench')
    load, memory, cases = {}, {}, {}
    g.lab.dns('')
    for n in sizes:
        keys = g.lab.write('keys%d' % n, ''.join(
            'k%d d%d.example:bench:%s\n' % (i, i, key) for i in range(n)))
        mail = bench.message(bench.SMALL).replace(
            b'@sender.example', b'@d%d.example' % (n - 1))
        for kind, row in (('file', 'd%d.example k%d\n'),
                          ('refile', '*@d%d.example k%d\n')):
            rows = g.lab.write('%s%d' % (kind, n), ''.join(
                row % (i, i) for i in range(n)))
            load[kind, n], memory[kind, n] = [], []
            for left in range(0 if g.short else 2, -1, -1):
                ours = g.signetd('KeyTable %s\nSigningTable %s:%s\n' % (
                    keys, kind, rows))
                load[kind, n].append(seconds_of(ours.process) * 1000)
                memory[kind, n].append(bench.resident(ours)[0])
                if left:
                    ours.stop()
            cases[kind, n] = g.cpu(ours, FROM_INSIDE, 'd%d.example;' % (n - 1),
                                   mail)
        cases['null', n] = g.nothing(mail)
    bad = g.report('table', 'Rows of SigningTable and KeyTable',
                   'rows', turns(cases), ['file', 'refile'])
    for what, unit, samples, tolerance in (
            ('to load them', 'CPU ms', load, LOAD_TOLERANCE),
            ('memory', 'MB', memory, TOLERANCE)):
        bad += show('Rows of SigningTable and KeyTable, ' + what, unit,
                    [curve(kind, samples, kind) for kind in
                     ('file', 'refile')], tolerance=tolerance)
    return bad


# ---------------------------------------------------------------------- cache

NAMES_A_MESSAGE = 11    # that tests/bench/names makes nobody have asked before


class Names:
    """tests/bench/names, which makes names as fast as they are asked."""

    def __init__(self, g, zone):
        self.process = subprocess.Popen(
            [g.program('names'), FROM_OUTSIDE], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        g.lab.at_close(self.stop)
        self.process.stdin.write(zone)
        self.process.stdin.close()
        g.lab.nameserver = '127.0.0.1@%s' % self.process.stdout.readline() \
            .strip()

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def one_line(record):
    """`signet genkey`'s record as the table of the tests reads it."""
    name = re.search(r'^(\S+)\s+IN\s+TXT', record, re.M)[1]
    return '%s.sender.example TXT "%s"\n' % (
        name, ''.join(re.findall('"(.*?)"', record)))


def lookups(g, *args):
    """Names held, ns a lookup."""
    done = subprocess.run([g.program('cache'), *map(str, args)],
                          capture_output=True, check=True, text=True)
    held, ns, _ = done.stdout.split()
    return int(held), float(ns)


def instructions(g, names, *megabytes):
    """Of a lookup; None without valgrind, which cannot run a build with
    sanitizers either."""
    count = 10000
    out = g.lab.path('callgrind')
    try:
        subprocess.run(['valgrind', '-q', '--tool=callgrind',
                        '--toggle-collect=measured',
                        '--callgrind-out-file=' + out, g.program('cache'),
                        str(names), str(count), *megabytes],
                       capture_output=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    with open(out, encoding='ascii') as f:
        for line in f:
            if line.startswith('totals:'):
                return int(line.split()[1]) / count
    return None


LOOKUPS = 1000000
UNBOUNDED = '4096'      # MB: more than a million names take


def cache_lookups(g, sizes):
    """The cache by itself, as large as it is and without a bound."""
    lines = {'as large as it is': (), 'no bound': (UNBOUNDED,)}
    samples = turns({(name, n): lambda n=n, more=more: lookups(
        g, n, LOOKUPS, *more) for n in sizes
        for name, more in lines.items()})
    counted = {}
    for n in sizes:
        for name, more in lines.items():
            # once it is full nothing changes
            if n <= 100000 or more:
                counted[name, n] = [instructions(g, n, *more)]
    print('\nNames held of those asked: ' + '; '.join(
        '%s: ' % name + ', '.join('%s of %s' % (
            format(samples[name, n][0][0], ','), format(n, ','))
            for n in sizes) for name in lines))
    times = {key: [v[1] for v in values] for key, values in samples.items()}
    curves = [curve(name, times, name) for name in lines]
    g.draw('lookup', 'A lookup that the cache answers', 'names asked before',
           curves, y_label='nanoseconds')
    bad = show('A lookup that the cache answers', 'ns', curves)
    if None in (v[0] for v in counted.values()):
        print('valgrind does not run: instructions are not counted')
        return bad
    return bad + show('A lookup that the cache answers', 'instructions',
                      [curve(name, counted, name) for name in lines])


def fill(g, daemon, names):
    """Let so many names be asked for; CPU us of each."""
    count = names // NAMES_A_MESSAGE
    if count == 0:
        return None
    return g.client(daemon, FROM_OUTSIDE, 'spf=pass', bench.message(200), 16,
                    '=%d' % count, 'b@n%.fill.example')[1] / NAMES_A_MESSAGE


def cache_messages(g, sizes):
    """A message whose names are in the cache, after others were asked."""
    key, record = g.lab.genkey('sender.example', 'bench')
    Names(g, bench.ZONE + one_line(record))
    mail = g.lab.sign(bench.message(bench.SMALL), 'sender.example', 'bench',
                      key)
    cases, cold, memory = {}, {}, {}
    for n in sizes:
        ours = g.signetd('')
        cold[n] = [fill(g, ours, n)]
        memory[n] = [bench.resident(ours)[0]]
        cases['judge', n] = g.cpu(ours, FROM_OUTSIDE, 'dmarc=pass', mail)
        cases['null', n] = g.nothing(mail)
    bad = g.report('cache', 'Names asked before this message', 'names',
                   turns(cases), ['judge'])
    del cold[0]
    total = Curve('the name server is asked', {
        n: [v[0] * n / 1e6] for n, v in cold.items()})
    bad += show('Names that nobody has asked before, all of them',
                'CPU s', [total])
    return bad + show('Names asked before', 'MB',
                      [Curve('resident', memory)])


def cache(g):
    last = 100000 if g.short else 1000000
    sizes = [n for n in (10, 100, 1000, 10000, 100000, 1000000) if n <= last]
    bad = cache_lookups(g, sizes)
    return bad + cache_messages(g, [0] + [n for n in sizes if n >= 10000])


PARTS = {'signatures': signatures, 'header': header, 'table': table,
         'cache': cache}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('build')
    parser.add_argument('--short', action='store_true')
    parser.add_argument('--plots')
    parser.add_argument('parts', nargs='*', metavar='part')
    args = parser.parse_intermixed_args()
    plots = args.plots or os.path.join(args.build, 'tests/bench')
    growth = Growth(args.build, plots, args.short)
    bad = []
    for part in args.parts or PARTS:
        print('\n%s; load %.1f' % (time.strftime('%Y-%m-%d'),
                                   os.getloadavg()[0]))
        with e2e.Lab(os.path.join(args.build, 'signetd'),
                     os.path.join(args.build, 'signet')) as lab:
            growth.start(lab)
            bad += PARTS[part](growth)
    for line in bad:
        print('GREW FASTER: ' + line)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
