#!/usr/bin/env python3
"""Look at a report in headless Chromium.

    report_screenshot.py REPORT.html [-o OUT.png] [--dark] [--width N] [--height N]

Checks that the page's script ran to its end, that every heat map was painted, that the search
field hides rows, and that nothing was asked for over the network; and takes a screenshot.
Without Chromium it says so and ends with 77 (skipped).
Python 3.9 or later, standard library only.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
PROBE = """
<script>
addEventListener("load", () => setTimeout(() => {
  const out = [];
  const canvases = [...document.querySelectorAll("canvas[data-cells]")];
  const painted = canvases.filter(c => {
    const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
    return d.some(v => v !== 0);
  });
  out.push("ready=" + (document.documentElement.dataset.ready || "0"));
  out.push("canvases=" + canvases.length + "/" + painted.length);
  const rows = [...document.querySelectorAll(".row")];
  const box = document.getElementById("search");
  box.value = "no such section anywhere"; box.dispatchEvent(new Event("input"));
  out.push("hidden=" + rows.filter(r => r.hidden).length + "/" + rows.length);
  box.value = ""; box.dispatchEvent(new Event("input"));
  out.push("shown=" + rows.filter(r => !r.hidden).length + "/" + rows.length);
  out.push("requests=" + performance.getEntriesByType("resource").length);
  out.push("wide=" + (document.documentElement.scrollWidth > innerWidth ? 1 : 0));
  document.body.dataset.probe = out.join(" ");
}, 50));
</script></body>"""


def run(chromium, *args):
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium, "--headless=new", "--no-sandbox", "--disable-gpu",
                   "--disable-dev-shm-usage", "--no-first-run", f"--user-data-dir={profile}",
                   "--virtual-time-budget=3000", *args]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=180, check=True).stdout.decode("utf-8", "replace")


def probe(chromium, page, size):
    """What the page looks like to a script in it, as a dictionary."""
    with open(page, encoding="utf-8") as f:
        text = f.read()
    head, _, tail = text.rpartition("</body>")
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(folder, "page.html")
        with open(copy, "w", encoding="utf-8") as f:
            f.write(head + PROBE + tail)
        dom = run(chromium, size, "--dump-dom", "file://" + copy)
    found = re.search(r'data-probe="([^"]*)"', dom)
    if not found:
        raise SystemExit("the page did not load to its end")
    return dict(part.split("=", 1) for part in found.group(1).split())


def check(facts):
    problems = []
    if facts["ready"] != "1":
        problems.append("the page's script stopped before its end")
    total, painted = facts["canvases"].split("/")
    if total != painted:
        problems.append(f"{painted} of {total} heat maps were painted")
    hidden, rows = facts["hidden"].split("/")
    if hidden != rows or facts["shown"] != f"{rows}/{rows}" or rows == "0":
        problems.append("the search field does not hide and show the rows")
    if facts["requests"] != "0":
        problems.append("the page asked for something over the network")
    if facts["wide"] != "0":
        problems.append("the page is wider than the window")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report")
    parser.add_argument("-o", "--output")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=2400)
    options = parser.parse_args()
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not chromium:
        print("SKIPPED: no Chromium here, the report was NOT looked at", file=sys.stderr)
        return 77
    size = f"--window-size={options.width},{options.height}"
    page = os.path.abspath(options.report)
    facts = probe(chromium, page, size)
    print(" ".join(f"{k}={v}" for k, v in facts.items()))
    problems = check(facts)
    if options.output:
        dark = ["--blink-settings=preferredColorScheme=0"] if options.dark else []
        run(chromium, size, "--hide-scrollbars", *dark,
            f"--screenshot={os.path.abspath(options.output)}", "file://" + page)
        print(f"screenshot: {options.output}")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
