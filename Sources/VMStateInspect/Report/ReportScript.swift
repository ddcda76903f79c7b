/// The page's script: it colours the heat maps and filters the section table. The page reads
/// without it.
enum ReportScript {
  static let text = """
    "use strict";
    const css = n => getComputedStyle(document.documentElement).getPropertyValue(n).trim();
    const rgb = h => [1, 3, 5].map(i => parseInt(h.slice(i, i + 2), 16));
    function palette() {
      const low = rgb(css("--low")), high = rgb(css("--high")), p = {};
      p.a = rgb(css("--absent")); p.z = rgb(css("--zero"));
      p.x = rgb(css("--patched")); p.c = rgb(css("--packed"));
      for (let i = 0; i < 10; i++) p[i] = low.map((v, k) => Math.round(v + (high[k] - v) * i / 9));
      return p;
    }
    function draw() {
      const p = palette();
      for (const c of document.querySelectorAll("canvas[data-cells]")) {
        const w = +c.dataset.columns, s = c.dataset.cells, h = Math.max(1, Math.ceil(s.length / w));
        c.width = w; c.height = h;
        c.style.height = Math.min(320, Math.max(28, h * (+c.dataset.height || 6))) + "px";
        const g = c.getContext("2d"), d = g.createImageData(w, h);
        for (let i = 0; i < s.length; i++) {
          const v = p[s[i]] || p.a;
          d.data.set([v[0], v[1], v[2], 255], 4 * i);
        }
        for (let i = s.length; i < w * h; i++) d.data.set([...p.a, 0], 4 * i);
        g.putImageData(d, 0, 0);
      }
    }
    const names = {a: "nothing", z: "zeros", x: "patched by XBZRLE", c: "compressed"};
    function hover(e) {
      const c = e.target, r = c.getBoundingClientRect(), w = +c.dataset.columns;
      const x = Math.floor((e.clientX - r.left) / r.width * c.width);
      const y = Math.floor((e.clientY - r.top) / r.height * c.height);
      const s = c.dataset.cells[y * w + x];
      if (s === undefined) { c.title = ""; return; }
      const at = BigInt(c.dataset.step) * BigInt(c.dataset.rows ? x : y * w + x);
      const what = names[s] || ("content, " + (+s + 1) * 10 + " %");
      c.title = "0x" + at.toString(16) + ": " + (c.dataset.rows
        ? "row " + (y + 1) + ", " + (s === "a" ? "no pages" : "pages sent, " + s + " of 9")
        : what);
    }
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    for (const c of document.querySelectorAll("canvas[data-cells]"))
      c.addEventListener("mousemove", hover);
    const rows = [...document.querySelectorAll(".row")];
    const texts = rows.map(r => r.textContent.toLowerCase());
    const box = document.getElementById("search"), count = document.getElementById("count");
    function filter() {
      const words = box.value.toLowerCase().split(" ").filter(Boolean);
      let shown = 0;
      rows.forEach((r, i) => {
        r.hidden = !words.every(w => texts[i].includes(w));
        if (!r.hidden) shown++;
      });
      count.textContent = shown + " of " + rows.length;
    }
    if (box) { box.addEventListener("input", filter); filter(); }
    document.documentElement.dataset.ready = "1";
    """
}
