#!/usr/bin/python3
"""The openspf test suites, read and sorted out.

As a module: load(name) gives the scenarios. As a program, with the name of a
suite ("rfc7208-tests"): the same as lines for check_spf_suite.c, text in
hexadecimal ("-" when empty), on standard output:

    S description               a scenario begins
    R name TYPE data            a record; MX data is the preference, a colon
                                and the name
    F name TYPE                 this question fails
    T id helo host mailfrom results explanation
                                results with commas between; explanation "*"
                                when none is wanted, "-" for the checker's own

Exit status 77 when the suite, or what reads YAML, is not there.
"""
import gzip
import os
import sys

TYPES = ("TXT", "A", "AAAA", "MX", "PTR")


def find(name):
    """The file of a suite: beside the project, or of Debian's package."""
    top = os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__))))
    shared = os.environ.get("SIGNET_SHARED") or os.path.join(
        os.path.dirname(top), "shared")
    for path in (os.path.join(shared, "data", "spf-openspf", name + ".yml"),
                 "/usr/share/doc/python3-spf/%s.yml.gz" % name):
        if os.access(path, os.R_OK):
            return path
    return None


def skip(why):
    print("SKIP: " + why)
    sys.exit(77)


def read(name):
    """The documents of a suite; leaves the program when it is not there."""
    try:
        import yaml
    except ImportError:
        skip("no python3-yaml")
    path = find(name)
    if path is None:
        skip("no %s.yml: set SIGNET_SHARED or install python3-spf" % name)
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as f:
        return list(yaml.safe_load_all(f))


def octets(text):
    """The suite writes one character for each byte."""
    return str(text).encode("latin-1")


def joined(value):
    """A TXT value: one string, or a list of them."""
    if isinstance(value, list):
        return b"".join(octets(v) for v in value)
    return octets(value)


def node(entries):
    """The records of a name: (type, data) pairs, and the types that fail.

    SPF entries stand for TXT where there is none; "TXT: NONE" says that there
    is none to come. What stands behind TIMEOUT does not count against it.
    """
    records, fails, spf, has_txt = [], set(), [], False
    for entry in entries:
        if entry == "TIMEOUT":
            there = {t for t, _ in records}
            if spf and not has_txt:
                there.add("TXT")
            fails |= {t for t in TYPES if t not in there}
            continue
        (kind, value), = entry.items()
        if kind == "TXT":
            has_txt = True
        if value == "TIMEOUT":
            fails.add(kind)
        elif kind == "SPF":
            spf.append(("TXT", joined(value)))
        elif kind == "TXT":
            if value != "NONE":
                records.append(("TXT", joined(value)))
        elif kind == "MX":
            records.append(("MX", (int(value[0]), octets(value[1]))))
        else:
            records.append((kind, octets(value)))
    if not has_txt:
        records += spf
    return records, fails


class Test:
    def __init__(self, name, raw):
        self.name = name
        self.helo = octets(raw["helo"])
        self.host = raw["host"]
        self.mailfrom = octets(raw["mailfrom"])
        result = raw["result"]
        self.results = result if isinstance(result, list) else [result]
        self.explanation = raw.get("explanation")


class Scenario:
    def __init__(self, raw):
        self.name = raw["description"].strip()
        self.zone = {octets(n).lower().rstrip(b"."): node(entries)
                     for n, entries in raw["zonedata"].items()}
        self.tests = [Test(n, t) for n, t in sorted(raw["tests"].items())]


def load(name):
    return [Scenario(raw) for raw in read(name)]


def hexed(data):
    return data.hex() or "-"


def main():
    for s in load(sys.argv[1]):
        print("S", hexed(octets(s.name)))
        for name, (records, fails) in s.zone.items():
            for kind, data in records:
                if kind == "MX":
                    data = b"%d:%s" % data
                print("R", hexed(name), kind, hexed(data))
            for kind in sorted(fails):
                print("F", hexed(name), kind)
        for t in s.tests:
            want = "*" if t.explanation is None else \
                "-" if t.explanation == "DEFAULT" else \
                hexed(octets(t.explanation))
            print("T", hexed(octets(t.name)), hexed(t.helo),
                  hexed(octets(t.host)), hexed(t.mailfrom),
                  ",".join(t.results), want)


if __name__ == "__main__":
    main()
