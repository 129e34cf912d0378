"""Parses the Swift of the native half, because no Swift compiler is to be had where it is written. What it finds: text
that is not Swift, a call of the Rust half that has no function, and a question that stands in for a key."""

import re
import sys
from pathlib import Path

import tree_sitter
import tree_sitter_swift

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 200
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_swift.language()))


def problems_in(name, source):
    """What is wrong with one file."""
    found = []
    open_nodes = [PARSER.parse(source.encode()).root_node]
    while open_nodes:
        node = open_nodes.pop()
        if node.is_error or node.is_missing:
            found.append(f"{name}:{node.start_point[0] + 1}: this is not Swift")
        elif node.has_error:
            open_nodes.extend(node.children)
    if re.search(r"\bevaluatePolicy\b|\bLAContext\b", source):
        found.append(f"{name}: a question that no key depends on")
    if re.search(r"\bSecKey|\bSecItem|kSec", source):
        found.append(f"{name}: keys are asked for in Rust")
    if re.search(r"\b(print|NSLog|os_log|Logger)\(", source):
        found.append(f"{name}: nothing is logged here")
    if source.count("\n") > LARGEST:
        found.append(f"{name}: more than {LARGEST} lines")
    return found


def functions_of(source):
    """The functions that Tauri finds by their names."""
    return set(re.findall(r"@objc (?:override )?func (\w+)\(_ invoke: Invoke\)", source))


def calls_of(source):
    """What the Rust half calls."""
    return set(re.findall(r"\.(?:call|tell|ask|run)\(\s*\"(\w+)\"", source))


def unanswered(rust, swift):
    return sorted(calls_of(rust) - functions_of(swift))


def main():
    files = [ROOT / "ios/Package.swift", *sorted((ROOT / "ios/Sources").glob("*.swift"))]
    device = ROOT / "src-tauri/device/src"
    rust = "".join((device / name).read_text() for name in ("mobile.rs", "mobile/apple.rs"))
    swift = (ROOT / "ios/Sources/DevicePlugin.swift").read_text()
    found = [problem for file in files for problem in problems_in(file.name, file.read_text())]
    found += [f"{name}: called by Rust and not there" for name in unanswered(rust, swift)]

    # The check itself: each of these has to be found.
    planted = {
        "func broken( {": "not Swift",
        "let a = 1 +\n": "not Swift",
        "LAContext().evaluatePolicy(.deviceOwnerAuthentication) { _, _ in }": "no key depends on",
        "SecItemCopyMatching(query, nil)": "in Rust",
        'print("code")': "logged",
        "\n" * (LARGEST + 1): "more than",
    }
    missed = [source for source, word in planted.items() if not any(word in found_here for found_here in problems_in("planted", source))]
    if not unanswered('self.native.call("noSuchCall", ())', swift):
        missed.append("noSuchCall")
    if len(calls_of(rust)) < 15:
        missed.append("the calls of the Rust half")
    found += [f"planted and not found: {source!r}" for source in missed]

    for problem in found:
        print(problem)
    passed = len(files) + len(planted) + 2
    print(f"test result: {'FAILED' if found else 'ok'}. {passed - len(found)} passed; {len(found)} failed; 0 ignored")
    sys.exit(bool(found))


main()
