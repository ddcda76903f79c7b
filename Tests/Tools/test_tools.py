#!/usr/bin/env python3
"""The gates' own tests: each gate sees what it is there to see.

    python3 -m unittest discover -s Tests/Tools -p 'test_*.py'
"""
import os
import random
import unittest

import gate_clean_tree
import gate_documentation
import gate_foundation
import gate_layers
import pack_fixtures
import readme_commands
import sources


class CodeTests(unittest.TestCase):
    def test_blanks_comments_and_strings_but_keeps_lines(self):
        text = 'a /* b /* c */ d\n */ e // f\n"g \\(h("i")) j" k\n#"l " m"# n\n"""\no\n""" p'
        kept = sources.code(text)
        self.assertEqual(kept.split(), ["a", "e", "k", "n", "p"])
        self.assertEqual(kept.count("\n"), text.count("\n"))

    def test_an_escaped_quote_does_not_end_a_string(self):
        self.assertEqual(sources.code('x "a\\"b" y').split(), ["x", "y"])


class LayerTests(unittest.TestCase):
    texts = {
        "Sources/VMState/SaveLoad/Saver.swift": "public struct Saver { enum Step {} }",
        "Sources/VMState/Wire/Limits.swift": "struct Limits {}",
    }

    def folders(self, name, text, exceptions=None):
        return gate_layers.check_folders({**self.texts, name: text}, exceptions or {})

    def test_reports_a_lower_folder_that_names_a_higher_type(self):
        faults = self.folders("Sources/VMState/Stream/A.swift", "\nlet a: Saver? = nil")
        self.assertEqual(faults, ["Sources/VMState/Stream/A.swift:2: Stream names Saver of SaveLoad"])

    def test_accepts_a_higher_folder_that_names_a_lower_type(self):
        self.assertEqual(self.folders("Sources/VMState/RAM/A.swift", "let a: (Saver, Limits)"), [])

    def test_text_and_stream_do_not_know_each_other(self):
        self.texts = {"Sources/VMState/Text/J.swift": "struct JSONThing {}"}
        self.assertEqual(len(self.folders("Sources/VMState/Stream/A.swift", "JSONThing()")), 1)

    def test_nested_types_are_not_a_folders_own(self):
        self.assertEqual(self.folders("Sources/VMState/Stream/A.swift", "let a: Step"), [])

    def test_an_exception_excuses_and_is_marked_used(self):
        key = ("Sources/VMState/Stream/A.swift", "Saver")
        exceptions = {key: False}
        self.assertEqual(self.folders(key[0], "Saver()", exceptions), [])
        self.assertTrue(exceptions[key])

    def test_an_exception_for_libc_covers_its_spellings(self):
        name = "Sources/VMState/RAM/A.swift"
        faults = gate_layers.check_modules({name: "import Glibc\nimport Darwin"},
                                           {(name, "libc"): False})
        self.assertEqual(faults, [])

    def test_reports_an_import_upwards_and_libc_outside_its_folder(self):
        faults = gate_layers.check_modules({
            "Sources/VMState/Wire/A.swift": "import VMStateDSL",
            "Sources/VMState/Fields/B.swift": "@preconcurrency import Glibc",
            "Sources/VMState/Stream/C.swift": "import Glibc\nimport Synchronization",
            "Sources/VMStateDSL/D.swift": "import struct VMState.Limits",
        }, {})
        self.assertEqual(len(faults), 2)
        self.assertIn("imports VMStateDSL", faults[0])
        self.assertIn("may import Glibc", faults[1])


class FoundationTests(unittest.TestCase):
    def test_sees_every_spelling_of_the_import(self):
        for line in ("import Foundation", "@testable import FoundationEssentials",
                     "public import Foundation", "  import struct Foundation.Date"):
            self.assertTrue(gate_foundation.IMPORT.search(line), line)
        self.assertFalse(gate_foundation.IMPORT.search("import VMState"))


class CleanTreeTests(unittest.TestCase):
    def test_knows_what_is_built(self):
        for name in ("Package.resolved", "Tests/Fuzz/Package.resolved", ".build/debug/a",
                     "x/.build-release/y", "a/b.o"):
            self.assertTrue(gate_clean_tree.BUILT.search(name), name)
        self.assertFalse(gate_clean_tree.BUILT.search("Sources/VMState/Stream/StreamWriter.swift"))


class DocumentationTests(unittest.TestCase):
    def symbol(self, name, **more):
        return {"identifier": {"precise": name}, "pathComponents": [name],
                "location": {"uri": "file:///x.swift", "position": {"line": 4}}, **more}

    def test_reports_only_what_must_have_a_comment(self):
        graph = {"relationships": [{"kind": "defaultImplementationOf", "source": "c", "target": "d"}],
                 "symbols": [self.symbol("a", docComment={"lines": [{"text": "Said."}]}),
                             self.symbol("b", docComment={"lines": [{"text": " "}]}),
                             self.symbol("c"), self.symbol("e::SYNTHESIZED::f"),
                             self.symbol("g")]}
        faults, count = gate_documentation.undocumented("M", graph)
        self.assertEqual(count, 3)
        self.assertEqual([f.rsplit(" ", 1)[1] for f in faults], ["b", "g"])
        self.assertTrue(all(":5:" in f for f in faults))


class ReadmeTests(unittest.TestCase):
    def test_takes_the_commands_of_shell_blocks_in_order(self):
        text = "a\n```swift\nlet a = 1\n```\n```sh\n# say\nswift run devices\n\n```\n" \
               "```console\n$ swift test\n```\n"
        self.assertEqual(readme_commands.commands(text), ["swift run devices", "swift test"])


class PackingTests(unittest.TestCase):
    def test_round_trips_runs_repeats_and_noise(self):
        seed = int.from_bytes(os.urandom(4), "big")
        r = random.Random(seed)
        for _ in range(50):
            parts = [r.choice((bytes(r.randrange(9000)), r.randbytes(r.randrange(300)),
                               b"counter" * r.randrange(200))) for _ in range(r.randrange(12))]
            data = b"".join(parts + r.sample(parts, len(parts)))
            packed = pack_fixtures.pack(data)
            self.assertEqual(pack_fixtures.unpack(packed, len(data)), data, f"seed {seed}")


if __name__ == "__main__":
    unittest.main()
