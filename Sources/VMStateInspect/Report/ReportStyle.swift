/// The page's style: light and dark by the reader's setting, system fonts, nothing loaded.
enum ReportStyle {
  static let text = """
    :root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--ink:#1b2230;--soft:#5b6577;
    --line:#e1e5ec;--accent:#2f6fde;--ram:#4a7fe0;--device:#21a179;--json:#b98a1d;
    --other:#8c6bd0;--bad:#c93a3a;--badbg:#fdecec;--absent:#e9ecf1;--zero:#cfd8e6;
    --low:#9fc3ff;--high:#123e9c;--patched:#c2571a;--packed:#7a4fc4}
    @media (prefers-color-scheme:dark){:root{--bg:#11151c;--card:#191f29;--ink:#e3e8f0;
    --soft:#94a0b3;--line:#2a3240;--accent:#7fb0ff;--ram:#5c8fee;--device:#35c096;
    --json:#d9ab45;--other:#a98bea;--bad:#ff8080;--badbg:#3a1d20;--absent:#222a36;
    --zero:#35425a;--low:#2f62b8;--high:#cfe2ff;--patched:#ff9a5c;--packed:#b895ff}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);
    font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
    main{max-width:1120px;margin:0 auto;padding:28px 20px 80px}
    header{display:flex;flex-wrap:wrap;align-items:baseline;gap:6px 16px;margin-bottom:18px}
    h1{font-size:24px;margin:0;letter-spacing:-.01em;overflow-wrap:anywhere}
    header p{margin:0;color:var(--soft)}
    h2{font-size:16px;margin:0 0 12px}h3{font-size:13px;margin:0;overflow-wrap:anywhere}
    .card{background:var(--card);border:1px solid var(--line);border-radius:12px;
    padding:18px 20px;margin-bottom:16px}
    .note{color:var(--soft);font-size:12.5px;margin:0 0 12px}
    .problems{background:var(--badbg);border-color:var(--bad)}
    .problems h2{color:var(--bad)}.problems ol{margin:0;padding-left:20px}
    .problems li{margin:4px 0;overflow-wrap:anywhere}
    .good{border-left:4px solid var(--device)}
    dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:14px 20px;
    margin:0}
    dt{color:var(--soft);font-size:12px}dd{margin:0;font-weight:600;overflow-wrap:anywhere}
    .chips{display:flex;flex-wrap:wrap;gap:6px}
    .chips span{background:var(--absent);border-radius:99px;padding:1px 10px;font-weight:500;
    font-size:12.5px}
    code,.n,.v,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;
    font-size:12.5px}
    svg.map{display:block;width:100%;height:56px;border-radius:8px;background:var(--absent)}
    svg.map rect{stroke:var(--card);stroke-width:.6}
    .ram{fill:var(--ram);background:var(--ram)}.device{fill:var(--device);background:var(--device)}
    .json{fill:var(--json);background:var(--json)}
    .other{fill:var(--other);background:var(--other)}.bad{fill:var(--bad);background:var(--bad)}
    .legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:10px 0 0;color:var(--soft);
    font-size:12.5px}
    .legend i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
    .bars{display:grid;grid-template-columns:minmax(120px,240px) 1fr auto;gap:5px 12px;
    align-items:center;margin-top:16px;font-size:12.5px}
    .bars b{font-weight:500;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
    .bars u{display:block;height:10px;border-radius:5px;min-width:2px}
    .bars em{font-style:normal;color:var(--soft);text-align:right}
    .block{margin-top:18px}.block:first-of-type{margin-top:0}
    .block header{margin:0 0 6px}.block header p{font-size:12.5px}
    canvas{display:block;width:100%;image-rendering:pixelated;border-radius:6px;
    background:var(--absent)}
    .axis{display:flex;justify-content:space-between;color:var(--soft);font-size:11.5px;
    margin-top:3px}
    .two{display:grid;grid-template-columns:1fr 1fr;gap:18px}
    @media (max-width:760px){.two{grid-template-columns:1fr}}
    input[type=search]{width:100%;padding:9px 14px;border:1px solid var(--line);
    border-radius:9px;background:var(--bg);color:var(--ink);font:inherit;margin-bottom:10px}
    input[type=search]:focus{outline:2px solid var(--accent);outline-offset:-1px}
    .row{border-top:1px solid var(--line)}
    .row>summary,.head{display:grid;grid-template-columns:1fr 70px 76px 110px 110px;gap:10px;
    padding:7px 6px;align-items:baseline;cursor:pointer;list-style:none}
    .row>summary::-webkit-details-marker{display:none}
    .row>summary:hover{background:var(--absent)}
    .row>summary b{font-weight:600;overflow-wrap:anywhere}
    .row>summary b::before{content:"▸";color:var(--soft);margin-right:8px}
    .row[open]>summary b::before{content:"▾"}
    .row span,.head span{text-align:right;color:var(--soft);font-size:12.5px}
    .head{color:var(--soft);font-size:12px;cursor:default}.head span{font-size:12px}
    .row .tag{color:var(--bad);font-weight:600}
    .fields{padding:4px 6px 14px 20px}
    .fields details{margin-left:0}.fields details>div{border-left:2px solid var(--line);
    padding-left:12px;margin-left:4px}
    .fields summary{cursor:pointer;padding:2px 0}
    .f{display:grid;grid-template-columns:minmax(130px,260px) 120px 1fr;gap:12px;padding:1px 0}
    .f .n{overflow-wrap:anywhere}.t{color:var(--soft);font-size:12px}
    .v{white-space:pre-wrap;overflow-wrap:anywhere}
    @media (max-width:760px){.f{grid-template-columns:1fr;gap:0;margin-bottom:6px}
    .row>summary,.head{grid-template-columns:1fr 90px}.row>summary span:nth-of-type(-n+3),
    .head span:nth-of-type(-n+3){display:none}}
    footer{color:var(--soft);font-size:12px}
    """
}
