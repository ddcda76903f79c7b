"""What the gates share: the repository's files, and Swift text without comments and strings.

Python 3.9 or later, standard library only.
"""
import os
import subprocess

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def tracked():
    """Every file under version control, or about to be, relative to the root."""
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                         cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return sorted(n for n in out.decode().split("\0") if n and os.path.isfile(path(n)))


def path(name):
    return os.path.join(ROOT, name)


def text(name):
    with open(path(name), encoding="utf-8") as f:
        return f.read()


def swift_files(*folders):
    return [n for n in tracked()
            if n.endswith(".swift") and n.startswith(tuple(f + "/" for f in folders))]


def _skip_comment(source, pos):
    """The position after the block comment that starts at `pos`; they nest."""
    depth = 0
    while pos < len(source):
        if source.startswith("/*", pos):
            depth, pos = depth + 1, pos + 2
        elif source.startswith("*/", pos):
            depth, pos = depth - 1, pos + 2
            if depth == 0:
                break
        else:
            pos += 1
    return pos


def _skip_string(source, pos):
    """The position after the string literal whose first `#` or quote is at `pos`."""
    hashes = 0
    while source[pos] == "#":
        hashes, pos = hashes + 1, pos + 1
    quote = '"""' if source.startswith('"""', pos) else '"'
    pos += len(quote)
    end, escape = quote + "#" * hashes, "\\" + "#" * hashes
    while pos < len(source) and not source.startswith(end, pos):
        if source.startswith(escape + "(", pos):
            pos = _skip_interpolation(source, pos + len(escape))
        else:
            pos += len(escape) + 1 if source.startswith(escape, pos) else 1
    return pos + len(end)


def _skip_interpolation(source, pos):
    """The position after the parentheses that open at `pos`."""
    depth = 0
    while pos < len(source):
        if source[pos] == '"':
            pos = _skip_string(source, pos)
            continue
        depth += {"(": 1, ")": -1}.get(source[pos], 0)
        pos += 1
        if depth == 0:
            break
    return pos


def _opens_string(source, pos):
    at = pos
    while at < len(source) and source[at] == "#":
        at += 1
    return at < len(source) and source[at] == '"'


def code(source):
    """Swift text with comments and string literals replaced by blanks, lines kept."""
    out, pos = [], 0
    while pos < len(source):
        if source.startswith("//", pos):
            end = source.find("\n", pos)
            end = len(source) if end < 0 else end
        elif source.startswith("/*", pos):
            end = _skip_comment(source, pos)
        elif source[pos] in '"#' and _opens_string(source, pos):
            end = _skip_string(source, pos)
        else:
            out.append(source[pos])
            pos += 1
            continue
        out.append("".join("\n" if c == "\n" else " " for c in source[pos:end]))
        pos = end
    return "".join(out)


def report(sentence, faults):
    """Prints the faults under their sentence; the exit status."""
    if not faults:
        return 0
    print(sentence)
    for fault in faults:
        print(f"  {fault}")
    return 1
