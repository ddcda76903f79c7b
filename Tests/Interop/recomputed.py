"""Fields that QEMU computes anew between a load and the next save: (section, field) patterns
with the reason. The judge compares everything else byte for byte. An entry here must be proved by
a run; the fewer, the better.

A pattern is a regular expression for the whole section name or field path. Where only some
bytes of a field are computed anew, BYTES names them; the others must still be equal.
"""
import re

RECOMPUTED = [
    ("mc146818rtc", "cmos_data", "before a save the clock chip writes the present time, computed "
     "from the other fields and the guest's clock, into its time registers"),
    ("mc146818rtc", "periodic_timer|next_periodic_time", "a load starts the period of the periodic "
     "interrupt anew when its next tick lies ahead, as it does in a machine that ran"),
    ("globalstate", "size|runstate", "the run state at the time of the save: a loaded machine that "
     "was never started is paused, not running"),
]


BYTES = {
    # seconds, minutes, hours, weekday, day, month, year; century
    ("mc146818rtc", "cmos_data"): {0, 2, 4, 6, 7, 8, 9, 0x32},
}


def same_elsewhere(idstr, path, left, right):
    """Whether two values of a field differ in computed bytes only."""
    free = BYTES.get((idstr, path))
    return free is None or len(left) == len(right) and all(
        a == b or i in free for i, (a, b) in enumerate(zip(left, right)))


def reason(idstr, path):
    """Why a field may differ, or None."""
    for section, field, why in RECOMPUTED:
        if re.fullmatch(section, idstr) and re.fullmatch(field, path):
            return why
    return None
