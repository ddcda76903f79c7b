"""Fields that QEMU computes anew between a load and the next save: (section, field) patterns
with the reason. The judge compares everything else byte for byte. An entry here must be proved by
a run; the fewer, the better.

A pattern is a regular expression for the whole section name or field path.
"""
import re

RECOMPUTED = [
    ("globalstate", "size|runstate", "the run state at the time of the save: a loaded machine that "
     "was never started is paused, not running"),
]


def reason(idstr, path):
    """Why a field may differ, or None."""
    for section, field, why in RECOMPUTED:
        if re.fullmatch(section, idstr) and re.fullmatch(field, path):
            return why
    return None
