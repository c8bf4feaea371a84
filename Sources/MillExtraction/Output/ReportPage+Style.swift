extension ReportPage {
    /// The looks of the page: light and dark, on screens of any width and on paper.
    static let style = #"""
        :root { color-scheme: light dark; --line: #d9dde3; --soft: #f5f6f8; --back: #fff; --text: #1c2330; --quiet: #5d6776;
          --accent: #2a6fd1; --field: #2a6fd1; --figure: #12805c; --finding: #b45f06; --table: #7a5bb5; --bad: #b3261e; --desk: #e9ebef }
        @media (prefers-color-scheme: dark) { :root { --line: #343b46; --soft: #1d222a; --back: #14181e; --text: #e4e8ee; --quiet: #98a2b1;
          --accent: #77a9ff; --finding: #f0a64b; --figure: #4cc79b; --table: #b79bf0; --bad: #ff8a80; --desk: #0d1014 } }
        * { box-sizing: border-box }
        body { margin: 0; display: flex; flex-direction: column; height: 100vh; font: 14px/1.45 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif; color: var(--text); background: var(--back) }
        h1 { font-size: 17px; margin: 0; white-space: nowrap } h1 a { color: inherit; text-decoration: none }
        h2 { font-size: 18px; margin: 0; overflow-wrap: anywhere } h3 { font-size: 13px; margin: 20px 0 6px; color: var(--quiet) }
        h3 span { font-weight: 400 }
        button, input, select { font: inherit; color: inherit }
        button { background: none; border: 0; padding: 0; text-align: inherit; cursor: pointer }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
        .bar { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding: 9px 16px; border-bottom: 1px solid var(--line);
          position: sticky; top: 0; background: var(--back); z-index: 5; min-height: 52px }
        .bar input { margin-left: auto; flex: 0 1 300px }
        .bar input, select { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 5px 9px; min-width: 0; max-width: 220px }
        .bar input { max-width: none }
        .totals { display: flex; flex-wrap: wrap; gap: 6px } .pick { color: var(--quiet) }
        .chip { border: 1px solid var(--line); border-radius: 99px; padding: 2px 11px; white-space: nowrap }
        .chip[aria-pressed=true] { border-color: var(--accent); background: color-mix(in srgb, var(--accent) 14%, transparent) }
        .frame { display: grid; grid-template-columns: 270px minmax(0, 1fr); flex: 1; min-height: 0 }
        nav { overflow-y: auto; border-right: 1px solid var(--line); background: var(--soft); padding: 6px }
        nav button { display: block; width: 100%; padding: 6px 9px; border-radius: 6px; content-visibility: auto; contain-intrinsic-height: 46px }
        nav button:hover { background: color-mix(in srgb, var(--accent) 8%, transparent) }
        nav button[aria-current=true] { background: color-mix(in srgb, var(--accent) 17%, transparent) }
        nav .name { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500 }
        nav .more { display: block; color: var(--quiet); font-size: 12px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
        main { overflow-y: auto; min-width: 0 } main:focus { outline: none } .pad { padding: 18px 22px }
        .note { color: var(--quiet); padding: 18px 22px }
        .status { display: inline-block; white-space: nowrap } .status::before { content: ""; display: inline-block; width: 8px; height: 8px;
          border-radius: 50%; margin-right: 6px; background: var(--quiet) }
        .success::before { background: var(--figure) } .partial::before { background: var(--finding) } .failed::before { background: var(--bad) }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
        th { text-align: left; font-weight: 500; color: var(--quiet); font-size: 12px; white-space: nowrap } th, td { padding: 5px 8px 5px 0; vertical-align: top;
          border-bottom: 1px solid var(--line); overflow-wrap: anywhere } .num { text-align: right; overflow-wrap: normal } .num:last-child { padding-right: 4px }
        td button { overflow-wrap: anywhere } td button:hover { text-decoration: underline }
        tbody tr.row { cursor: pointer } tr.row:hover td { background: var(--soft) }
        tr.chosen td { background: color-mix(in srgb, var(--accent) 15%, transparent) !important }
        .flag { display: inline-block; font-size: 11px; color: var(--finding); border: 1px solid; border-radius: 4px; padding: 0 4px; margin: 1px 4px 1px 0;
          white-space: nowrap }
        .quiet { color: var(--quiet) } .short { white-space: nowrap } .values th, .values td { overflow-wrap: break-word } .documents td { overflow-wrap: anywhere } .documents td:first-child { min-width: 180px } .values td:first-child { overflow-wrap: anywhere; min-width: 120px }
        .printed { overflow-wrap: anywhere; color: var(--quiet); font-size: 12px }
        .reason { border-left: 3px solid var(--finding); background: var(--soft); padding: 6px 10px; margin: 10px 0 0; overflow-wrap: anywhere }
        .reason.quiet { border-color: var(--line) }
        .document { display: grid; grid-template-columns: minmax(360px, 44%) minmax(0, 1fr); height: 100% }
        .values { overflow-y: auto; padding: 14px 18px 40px; border-right: 1px solid var(--line) }
        .pages { overflow-y: auto; background: var(--desk); padding: 14px 18px 40vh; position: relative }
        .facts { color: var(--quiet); margin: 3px 0 0 } .facts span + span::before { content: " · " }
        .steps { float: right; display: flex; gap: 6px } .steps button, .legend button { border: 1px solid var(--line); border-radius: 6px; padding: 1px 9px;
          background: var(--back) } .steps button:disabled { opacity: .4; cursor: default }
        .legend { display: flex; gap: 6px; margin: -14px -18px 4px; padding: 9px 18px; background: var(--desk); position: sticky; top: -14px; z-index: 3;
          flex-wrap: wrap }
        .legend button::before { content: ""; display: inline-block; width: 10px; height: 10px; border: 2px solid var(--kind); border-radius: 2px; margin-right: 6px }
        .legend button[aria-pressed=false] { opacity: .5 }
        .k-field { --kind: var(--field) } .k-figure { --kind: var(--figure) } .k-finding { --kind: var(--finding) } .k-table { --kind: var(--table) }
        figure { margin: 0 auto 18px; max-width: 900px } figcaption { color: var(--quiet); font-size: 12px; margin: 4px 0 0 }
        .sheet { position: relative; background: #fff; box-shadow: 0 1px 5px #0003; overflow: hidden; --field: #2a6fd1; --figure: #12805c;
          --finding: #b45f06; --table: #7a5bb5 }
        .sheet img { position: absolute; inset: 0; width: 100%; height: 100%; display: block }
        .sheet .missing { position: absolute; inset: 0; display: grid; place-items: center; color: #8a93a0; font-size: 13px }
        .box { position: absolute; border-radius: 2px; outline-offset: 1px; min-width: 4px; min-height: 4px;
          background: color-mix(in srgb, var(--kind) 14%, transparent); box-shadow: 0 0 0 1.5px color-mix(in srgb, var(--kind) 65%, transparent) }
        button.box:hover { background: color-mix(in srgb, var(--kind) 30%, transparent) }
        .box.second { background: none; box-shadow: 0 0 0 1px color-mix(in srgb, var(--kind) 60%, transparent) }
        .box.k-table { pointer-events: none; background: none; box-shadow: 0 0 0 1px color-mix(in srgb, var(--kind) 50%, transparent) }
        .box.k-finding { background: none; box-shadow: none; outline: 1px dashed var(--finding); outline-offset: 1px }
        .box.aside { pointer-events: none; background: none; box-shadow: none; border-bottom: 2px solid var(--kind); border-radius: 0 }
        .box.chosen.k-table { background: color-mix(in srgb, var(--kind) 9%, transparent) }
        .box.chosen { background: color-mix(in srgb, var(--kind) 28%, transparent); box-shadow: 0 0 0 2.5px var(--kind); z-index: 2 }
        .flash { animation: flash 1.3s ease-out } @keyframes flash { 0%, 40% { box-shadow: 0 0 0 9px color-mix(in srgb, var(--kind) 45%, transparent) } }
        .off-field .box.k-field, .off-figure .box.k-figure, .off-finding .box.k-finding, .off-table .box.k-table { display: none }
        details { margin: 6px 0 } summary { cursor: pointer; padding: 3px 0 } .grid { overflow-x: auto } .grid td, .grid th { border: 1px solid var(--line);
          padding: 3px 7px; min-width: 40px; color: inherit; font-size: 13px } .grid th { background: var(--soft); white-space: normal }
        .grid td.at, .grid th.at { cursor: pointer }
        mark { background: color-mix(in srgb, var(--finding) 35%, transparent); color: inherit; border-radius: 2px }
        @media (max-width: 1000px) { body { display: block; height: auto } .bar { position: static } .frame { display: block; height: auto } nav { max-height: 30vh; border-right: 0; border-bottom: 1px solid var(--line) }
          main, .values, .pages { overflow: visible } .document { display: block; height: auto } .values { border-right: 0 } .pages { padding-bottom: 20px } }
        @media (prefers-reduced-motion: reduce) { .flash { animation: none } }
        @media print { body { display: block; height: auto } :root { --back: #fff; --text: #000; --soft: #fff; --desk: #fff; --quiet: #444; --line: #bbb } .bar, nav, .steps, .legend { display: none }
          .frame, .document { display: block; height: auto } main, .values, .pages { overflow: visible; padding: 0; border: 0 }
          figure { break-inside: avoid; break-before: page; max-width: none; width: min(100%, calc(92vh * var(--ratio))) } tr { break-inside: avoid } .sheet { box-shadow: 0 0 0 1px #bbb }
          .box, img { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
        """#
}
