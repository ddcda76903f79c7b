#!/usr/bin/env python3
"""Would it load there? `vmstate-dump check` against the real QEMU.

    verdicts.py --command TEMPLATE [--sample N] [--seed S] [--facts DIR] [--lists A,B]
                [--targets stream,alone,both,dump] [--collect-only] [--judge-only] [--verbose]

Pairs of a stream and a destination are formed from the lists in verdict_lists.py (every
configuration as the source of every other one of its list, from every QEMU to every QEMU) and
from the edits in verdict_edits.py (every edit at every place of some streams). For each pair the
destination's QEMU is started with `-incoming`; what it does, what it says, and, after a load,
what differs in the stream that it saves at once, is the truth. Then the command is asked; its
template's {source} and {options} are filled in, and it prints the JSON report.

A pair counts as failed when a definite answer is contradicted (loads, but QEMU refuses; refused,
but QEMU loads; loads whole, but something is lost; loss, but nothing is lost that a second save
could show), or when the first named cause is not in QEMU's words although the target tells all. The share of "does not tell"
must not be above 1 in 20 where a stream of the destination is given.

With --facts the streams and results are kept in a folder and used again. The installed QEMU
judges, and those in the chroots that VMSTATE_QEMU_ROOT names (with colons between).
Python 3.9 or later, standard library only.
"""
import argparse
import collections
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile

import verdict_edits
import verdict_lists
from machines import roots
from verdict_trials import Bench, Store, losses, parsed, real

COMMAND_SECONDS = 120
UNTOLD_SHARE = 1 / 20


class Pair:
    """A source stream and a destination; `edit` is an edit's name or None."""

    def __init__(self, group, source, source_version, target, target_version, edit=None):
        self.group, self.source, self.source_version = group, source, source_version
        self.target, self.target_version, self.edit = target, target_version, edit

    @property
    def key(self):
        text = f"{self.group}: {self.source}@{self.source_version} -> " \
            f"{self.target}@{self.target_version}"
        return f"{text} {self.edit}" if self.edit else text


class Benches:
    """The QEMUs by version, and the streams made with them."""

    def __init__(self, store):
        self.store, self.known = store, verdict_lists.configurations()
        self.benches = {}
        for root in roots():
            bench = Bench(root)
            self.benches[bench.version] = bench

    @property
    def versions(self):
        return list(self.benches)

    def source(self, name, version):
        return self.store.stream(f"{name}@{version}.ran", lambda: self.benches[version].saved(
            self.known[name], fresh=False))

    def target(self, name, version):
        return self.store.stream(f"{name}@{version}.fresh", lambda: self.benches[version].saved(
            self.known[name], fresh=True))

    def dump(self, name, version):
        configuration = self.known[name]
        machine = configuration.machine.split(",")[0]
        leaf = f"dump-{machine}@{version}.json"
        self.store.stream(leaf, lambda: self.benches[version].dump_vmstate(configuration))
        return self.store.file(leaf)

    def data(self, pair):
        """The bytes that a pair's destination gets, or None."""
        base = self.source(pair.source, pair.source_version)
        if base is None or not pair.edit:
            return base
        try:
            return verdict_edits.apply(parsed(base), pair.edit)
        except ValueError:                  # there is no such place in this stream
            return None

    def close(self):
        for bench in self.benches.values():
            bench.close()


def all_pairs(benches, lists):
    """Every pair of the wanted lists, in the lists' order."""
    out = [Pair(*p) for p in verdict_lists.pairs(benches.versions) if not lists or p[0] in lists]
    if not lists or "edits" in lists:
        for configuration in verdict_lists.EDITED:
            for version in benches.versions:
                stream = benches.source(configuration.name, version)
                for edit in verdict_edits.edits(parsed(stream)) if stream else ():
                    out.append(Pair("edits", configuration.name, version, configuration.name,
                                    version, edit))
    return out


def sampled(pairs, count, seed):
    """Some of the pairs, the groups in turn, so that no long list crowds out the others."""
    generator = random.Random(seed)
    groups = collections.defaultdict(list)
    for pair in pairs:
        groups[pair.group].append(pair)
    for members in groups.values():
        generator.shuffle(members)
    out = []
    while groups and (count is None or len(out) < count):
        for name in list(groups):
            out.append(groups[name].pop())
            if not groups[name]:
                del groups[name]
            if len(out) == count:
                break
    return out


def fact(benches, pair):
    """QEMU's own verdict over a pair, or None if the pair cannot be formed."""
    data = benches.data(pair)
    if data is None or benches.target(pair.target, pair.target_version) is None:
        return {"outcome": "unformed"}
    result = benches.benches[pair.target_version].load(benches.known[pair.target], data)
    again = result.pop("again", None)
    if result["outcome"] == "loaded":
        base = parsed(benches.source(pair.source, pair.source_version))
        given, after = parsed(data) or base, parsed(again) if again else None
        removed = verdict_edits.removed(base, pair.edit) if pair.edit and base else ()
        result["lost"] = losses(given, after, removed) if given and after else None
    return result


# -- asking the checker ----------------------------------------------------------------------------

class Question:
    """One pair put to the checker with one kind of target."""

    def __init__(self, benches, pair, kind, command, folder):
        self.pair, self.kind = pair, kind
        source = os.path.join(folder, "source.stream")
        with open(source, "wb") as f:
            f.write(benches.data(pair))
        stream = benches.store.file(f"{pair.target}@{pair.target_version}.fresh")
        dump = benches.dump(pair.target, pair.target_version) if kind in ("dump", "both") \
            else None
        options = []
        for target in {"stream": [stream], "alone": [stream], "dump": [dump],
                       "both": [stream, dump]}[kind]:
            options += ["--against", target]
        if kind != "alone":
            options += Question.known(benches.known[pair.target], pair.target_version)
        words = [w for word in shlex.split(command)
                 for w in (options if word == "{options}" else [word.format(source=source)])]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=COMMAND_SECONDS)
        self.status, self.stderr = done.returncode, done.stderr.decode(errors="replace")
        try:
            self.report = json.loads(done.stdout)
        except ValueError:
            self.report = {"answer": "crashed", "blockers": [], "losses": []}

    @staticmethod
    def known(configuration, version):
        """What the destination's owner knows beside its stream."""
        options = ["--qemu", version, "--uuid", configuration.uuid]
        for name in configuration.capabilities:
            options += ["--capability", name]
        if "compress" not in configuration.capabilities:
            options += ["--capability", "compress=off"]
        return options


def squeezed(text):
    return re.sub(r"\s+", " ", text)


def fault(truth, report):
    """What is wrong with a report, given QEMU's own verdict; None if nothing is."""
    answer = report["answer"]
    loaded = truth["outcome"] == "loaded"
    if answer == "unknown":
        return None
    if answer in ("loads", "loss"):
        if not loaded:
            return "contradicted: QEMU refuses"
        if truth.get("lost") is None:
            return None
        if answer == "loads" and truth["lost"]:
            return "contradicted: something is lost"
        if answer == "loss" and not truth["lost"] and \
                all(loss["shown"] for loss in report["losses"]):
            return "contradicted: nothing is lost"
        return None
    if answer != "refused":
        return f"no answer: {answer}"
    if loaded:
        return "contradicted: QEMU loads it"
    first = report["blockers"][0]
    said = squeezed(truth["said"])
    if truth["outcome"] == "aborted" and first.get("aborts"):
        return None
    if report["untold"]:
        return None             # what the target does not tell may come first
    # A QEMU that names its cause and then falls over in its own cleanup has still refused for it.
    if not any(squeezed(words) in said for words in first["words"]):
        return "cause: QEMU aborts" if truth["outcome"] == "aborted" else \
            "cause: the first blocker is not in QEMU's words"
    return None


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.answers = collections.Counter()
        self.faults = collections.Counter()

    def add(self, question, truth, verbose):
        report = question.report
        wrong = fault(truth, report)
        self.answers[question.kind, report["answer"]] += 1
        self.passed, self.failed = self.passed + (not wrong), self.failed + bool(wrong)
        if wrong:
            self.faults[wrong] += 1
        if wrong or verbose:
            print(f"{'FAIL' if wrong else 'ok  '} [{question.kind}] {question.pair.key}: "
                  f"{report['answer']}")
        if wrong:
            print(f"       {wrong}")
            print(f"       QEMU: {truth['outcome']}: {squeezed(truth['said'])[:600]}")
            for line in (truth.get("lost") or [])[:4]:
                print(f"       lost: {line}")
            for blocker in report["blockers"][:3]:
                print(f"       blocker: {blocker['path']}: {blocker['words']}")
            for loss in report["losses"][:3]:
                print(f"       loss: {loss['path']}: {loss['message']}")
            if question.stderr:
                print(f"       stderr: {question.stderr[:300]}")

    def end(self):
        for wrong, count in self.faults.most_common():
            print(f"{count} {wrong}")
        crowded = False
        for kind in sorted({k for k, _ in self.answers}):
            total = sum(n for (k, _), n in self.answers.items() if k == kind)
            parts = ", ".join(f"{a} {n}" for (k, a), n in sorted(self.answers.items()) if k == kind)
            untold = self.answers[kind, "unknown"]
            print(f"{kind}: {total} pairs: {parts}; does not tell: {untold / total:.1%}")
            crowded |= kind != "dump" and untold > total * UNTOLD_SHARE
        if crowded:
            print("too many answers are \"does not tell\"")
            self.failed += 1
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def run(options, store):
    benches = Benches(store)
    tally = Tally()
    lists = options.lists.split(",") if options.lists else None
    kinds = options.targets.split(",")
    print(f"seed {options.seed}", flush=True)
    try:
        judged = 0
        for pair in sampled(all_pairs(benches, lists), None, options.seed):
            if options.sample and judged >= options.sample:
                break
            if pair.key not in store.facts:
                if options.judge_only:
                    continue
                store.put(pair.key, fact(benches, pair))
            truth = dict(store.facts[pair.key])
            if pair.edit and verdict_edits.reads_otherwise(pair.edit):
                truth["lost"] = None
            if truth.get("lost"):
                truth["lost"] = real(truth["lost"], str(pair.source) == "kvm-nopit"
                                     and str(pair.target) in ("kvm", "kvm-host"))
            if truth["outcome"] in ("unformed", "unstarted", "hung"):
                continue
            judged += 1
            if options.collect_only:
                continue
            for kind in kinds:
                with tempfile.TemporaryDirectory() as folder:
                    tally.add(Question(benches, pair, kind, options.command, folder), truth,
                              options.verbose)
    finally:
        store.flush()
        benches.close()
    if options.collect_only:
        print(collections.Counter(f["outcome"] for f in store.facts.values()))
        return 0
    return tally.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", help="the checker's command line, as a template",
                        default="vmstate-dump check {source} {options} --format json")
    parser.add_argument("--sample", type=int, help="how many pairs; all without it")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--facts", help="a folder for streams and results, kept and used again")
    parser.add_argument("--lists", help="only these lists, separated by commas; edits is one")
    parser.add_argument("--targets", default="stream",
                        help="stream (with the owner's knowledge), alone, dump, both; with commas")
    parser.add_argument("--collect-only", action="store_true", help="ask QEMU only")
    parser.add_argument("--judge-only", action="store_true", help="only pairs with kept results")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    if options.facts:
        return run(options, Store(options.facts))
    with tempfile.TemporaryDirectory() as folder:
        return run(options, Store(folder))


if __name__ == "__main__":
    sys.exit(main())
