extension ReportPage {
    /// What the page does: it lists documents, opens one, and leads from values to their places and back.
    static let script = #"""
        "use strict";
        // Everything from the documents becomes text nodes and never markup.
        const byId = id => document.getElementById(id);
        const data = id => { const block = byId(id); return block ? JSON.parse(block.textContent) : null };
        const index = data("index");
        const kinds = ["field", "figure", "finding", "table"];
        const plural = { field: "fields", figure: "figures", finding: "findings", table: "tables" };
        const statuses = ["success", "partial", "failed", "skipped"];
        const state = { status: new Set(), flag: "", query: "", open: -1, record: null, chosen: null, off: new Set() };

        // Characters that cannot be seen or that turn the direction of writing are written out.
        const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u206f\ufeff]/g;
        const show = text => String(text).replace(/[\n\r\t]+/g, " ").replace(hidden, c => "\\u{" + c.charCodeAt(0).toString(16) + "}");

        function make(tag, attributes, ...children) {
          const element = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes || {})) {
            if (value === null || value === undefined || value === false) continue;
            if (name === "click") element.addEventListener("click", value);
            else element.setAttribute(name, value === true ? "" : value);
          }
          for (const child of children) if (child !== null && child !== undefined) element.append(child);
          return element;
        }
        const own = text => make("bdi", { dir: "auto" }, show(text));
        const count = (number, noun) => number.toLocaleString("en-US") + " " + noun + (number === 1 ? "" : "s");
        const flags = list => list.map(flag => make("span", { class: "flag" }, show(flag)));

        const digits = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
        const units = { percent: " %", basis_points: " bp", percentage_points: " pp", times: "×" };
        function amount(number, unit, signed) {
          if (number === null || number === undefined) return "";
          const sign = signed && number > 0 ? "+" : "";
          return sign + digits.format(number) + (unit ? (Object.hasOwn(units, unit) ? units[unit] : " " + unit) : "");
        }
        const fieldValue = field => field.type === "amount" ? amount(field.value, field.unit)
          : field.value + (field.scale && field.scale !== field.value.toLowerCase() ? " (" + field.scale + ")" : "");
        const language = code => ({ en: "English", zh: "Chinese" })[code] || code || "";
        const label = name => name.replaceAll("_", " ");
        const figureTitle = figure => [figure.name, figure.period, amount(figure.value, figure.unit) || amount(figure.change?.value, figure.change?.unit, true)]
          .filter(Boolean).join(" · ");
        const titleOf = { field: item => label(item.name) + ": " + fieldValue(item), figure: figureTitle,
          finding: item => item.code + ": " + item.message, table: item => item.caption || "table" };

        // Records are read once they are needed.
        const records = new Map();
        function record(number) {
          if (!records.has(number)) {
            const value = data("d" + number);
            const lines = kinds.slice(0, 3).flatMap(kind => value[plural[kind]].map((item, at) =>
              ({ kind, at, item, text: (titleOf[kind](item) + " " + (item.provenance || []).map(p => p.raw).join(" ")).toLowerCase() })));
            records.set(number, { value, lines });
          }
          return records.get(number);
        }

        // --- The list of documents ---

        const words = () => state.query.toLowerCase().split(/\s+/).filter(Boolean);
        const holds = (text, wanted) => wanted.every(word => text.includes(word));
        function isShown(entry, number, wanted) {
          if (state.status.size && !state.status.has(entry.status)) return false;
          if (state.flag && !entry.flags.includes(state.flag)) return false;
          if (!wanted.length || holds((entry.file + " " + entry.status + " " + (entry.reason || "")).toLowerCase(), wanted)) return true;
          return record(number).lines.some(line => holds(line.text, wanted));
        }
        const shown = () => { const wanted = words(); return index.map((_, number) => number).filter(number => isShown(index[number], number, wanted)) };

        function listDocuments() {
          const numbers = shown();
          byId("documents").replaceChildren(...numbers.map(number => {
            const entry = index[number];
            const more = entry.reason && entry.status !== "success" ? show(entry.reason) : count(entry.figures, "figure") + ", " + count(entry.pages, "page")
              + (entry.findings ? ", " + count(entry.findings, "finding") : "");
            return make("button", { type: "button", title: show(entry.file), "data-number": number,
              "aria-current": number === state.open ? "true" : null, click: () => go({ file: entry.file }) },
              make("span", { class: "name status " + entry.status }, own(entry.file)),
              make("span", { class: "more" }, make("span", { class: "quiet" }, entry.status + " · "), more));
          }), ...(numbers.length ? [] : [make("p", { class: "note" }, "No document fits.")]));
          for (const chip of byId("totals").children) chip.setAttribute("aria-pressed", String(state.status.has(chip.dataset.status)));
          return numbers;
        }

        function listTotals() {
          byId("totals").replaceChildren(...statuses.filter(status => index.some(entry => entry.status === status)).map(status =>
            make("button", { type: "button", class: "chip", "data-status": status, click: () => {
              state.status.has(status) ? state.status.delete(status) : state.status.add(status); refresh() } },
              make("span", { class: "status " + status }, index.filter(entry => entry.status === status).length + " " + status))));
          const all = [...new Set(index.flatMap(entry => entry.flags))].sort();
          byId("flag").append(...all.map(flag => make("option", { value: flag }, show(flag))));
          byId("flag").parentElement.hidden = !all.length;
        }

        // --- What main shows ---

        function overview(numbers) {
          const sum = key => numbers.reduce((total, number) => total + index[number][key], 0);
          const wanted = words();
          const parts = [make("h2", {}, numbers.length === index.length ? count(index.length, "document") : numbers.length + " of " + count(index.length, "document")),
            make("p", { class: "facts" }, ...["page", "figure", "field", "table", "finding"].map(noun => make("span", {}, count(sum(noun + "s"), noun))))];
          if (state.missing) parts.push(make("p", { class: "reason" }, "There is no document ", own(state.missing), " here."));
          if (wanted.length) parts.push(...matches(numbers, wanted));
          parts.push(make("h3", {}, "Documents"), make("table", { class: "documents" },
            make("thead", {}, row("th", ["File", "Status", "Reason", "Language", "Pages", "Figures", "Fields", "Tables", "Findings"], 4)),
            make("tbody", {}, ...numbers.map(number => {
              const entry = index[number];
              const line = row("td", [make("button", { type: "button" }, own(entry.file)), make("span", { class: "status " + entry.status }, entry.status),
                entry.reason ? own(entry.reason) : "", language(entry.language), entry.pages, entry.figures, entry.fields, entry.tables, entry.findings], 4);
              line.className = "row";
              line.addEventListener("click", () => go({ file: entry.file }));
              return line;
            }))));
          byId("main").replaceChildren(make("div", { class: "pad" }, ...parts));
        }

        function row(tag, cells, firstNumber) {
          return make("tr", {}, ...cells.map((cell, at) => make(tag, { class: at >= firstNumber ? "num" : null }, cell instanceof Node ? cell : String(cell))));
        }

        function matches(numbers, wanted) {
          const found = numbers.flatMap(number => record(number).lines.filter(line => holds(line.text, wanted)).map(line => ({ number, ...line })));
          const body = found.slice(0, 500).map(({ number, kind, at, item }) => {
            const line = row("td", [make("button", { type: "button" }, own(titleOf[kind](item))), own(item.provenance?.[0]?.raw || ""), kind, own(index[number].file)], 9);
            line.className = "row";
            line.addEventListener("click", () => go({ file: index[number].file, [kind]: at + 1 }));
            return line;
          });
          if (!found.length) return [];
          return [make("h3", {}, "Values ", make("span", {}, found.length > 500 ? "(the first 500 of " + found.length + ")" : String(found.length))),
            make("table", {}, make("thead", {}, row("th", ["Value", "As printed", "", "File"], 9)), make("tbody", {}, ...body))];
        }

        function openDocument(number) {
          const entry = index[number], value = record(number).value;
          state.record = value;
          const numbers = shown(), at = numbers.indexOf(number);
          const step = (text, offset, name) => make("button", { type: "button", "aria-label": name, title: name,
            disabled: numbers[at + offset] === undefined, click: () => go({ file: index[numbers[at + offset]].file }) }, text);
          const scanned = value.pages.filter(page => page.source === "recognition").length;
          const facts = [make("span", { class: "status " + entry.status }, entry.status), language(value.language), count(value.pages.length, "page"),
            scanned === 0 ? null : scanned === value.pages.length ? "scanned" : scanned + " scanned",
            value.sha256 ? make("span", { title: "SHA-256 " + value.sha256 }, "SHA-256 " + show(value.sha256.slice(0, 12)) + "…") : null];
          const values = make("section", { class: "values", "aria-label": "Values" },
            make("div", { class: "steps" }, step("‹", -1, "Previous document (k)"), step("›", 1, "Next document (j)")),
            make("h2", {}, own(entry.file)), make("p", { class: "facts" }, ...facts.filter(Boolean).map(fact => make("span", {}, fact))),
            value.reason ? make("p", { class: entry.status === "success" ? "reason quiet" : "reason" }, own(value.reason)) : null, ...findings(value), ...fields(value), ...figures(value), ...tables(value));
          const legend = make("div", { class: "legend", role: "group", "aria-label": "Highlight" }, ...kinds.filter(kind => value[plural[kind]].length).map(kind =>
            make("button", { type: "button", class: "k-" + kind, "aria-pressed": String(!state.off.has(kind)), click: event => {
              state.off.has(kind) ? state.off.delete(kind) : state.off.add(kind);
              event.currentTarget.setAttribute("aria-pressed", String(!state.off.has(kind)));
              pages.classList.toggle("off-" + kind, state.off.has(kind)) } }, plural[kind])));
          const pages = make("section", { class: "pages " + [...state.off].map(kind => "off-" + kind).join(" "), "aria-label": "Pages" }, legend,
            ...value.pages.map(page => sheet(number, page, value.pages.length)));
          byId("main").replaceChildren(make("article", { class: "document" }, values, pages));
          watch(pages);
          addBoxes(value);
        }

        const section = (name, list, ...rest) => list.length ? [make("h3", {}, name + " ", make("span", {}, String(list.length))), ...rest] : [];
        function line(kind, at, cells, numbers) {
          const element = make("tr", { class: "row", id: kind + "-" + at }, ...cells.map((cell, column) =>
            make("td", { class: numbers.includes(column) ? "num" : null }, ...[cell].flat())));
          element.addEventListener("click", event => { if (!event.target.closest("a, .jump")) choose(kind, at, "row") });
          return element;
        }
        const key = text => make("button", { type: "button" }, own(text));
        // The words as they stand in the document, where they say more than the value.
        function printed(item, value) {
          const raw = item.provenance[0]?.raw;
          return raw && raw !== value ? [make("div", { class: "printed", title: "as printed" }, own(raw))] : [];
        }
        // A unit of several words may take a line of its own.
        function breakable(text) {
          const [number, ...unit] = show(text).split(" ");
          return unit.length > 1 ? [make("span", { class: "short" }, number), " " + unit.join(" ")] : [make("span", { class: "short" }, show(text))];
        }
        const pageOf = places => places[0] ? String(places[0].page) : "";
        const sure = item => item.provenance.some(p => p.confidence < 0.8) ? [make("span", { class: "flag", title: "how sure the recognition was" },
          Math.round(Math.min(...item.provenance.map(p => p.confidence)) * 100) + " %")] : [];

        function fields(value) {
          return section("Fields", value.fields, make("table", {}, make("thead", {}, row("th", ["Field", "Value", "Page"], 2)),
            make("tbody", {}, ...value.fields.map((field, at) => line("field", at, [key(label(field.name)),
              [own(fieldValue(field)), " ", ...flags(field.flags), ...sure(field), ...printed(field, field.type === "rating" ? field.value : fieldValue(field))],
              pageOf(field.provenance[0]?.places || [])], [2])))));
        }
        function figures(value) {
          return section("Figures", value.figures, make("table", {},
            make("thead", {}, row("th", ["Figure", "Period", "Value", "Change", "Page"], 2)),
            make("tbody", {}, ...value.figures.map((figure, at) => line("figure", at, [
              [key(figure.name), " ", ...(figure.kind && figure.kind !== "actual" ? [make("span", { class: "quiet" }, figure.kind + " ")] : []),
                ...flags(figure.flags), ...sure(figure)],
              make("span", { class: "short" }, show(figure.period || "")),
              [...breakable(amount(figure.value, figure.unit)), ...printed(figure, amount(figure.value, figure.unit))],
              make("span", { class: "short" }, show(amount(figure.change?.value, figure.change?.unit, true))),
              pageOf(figure.provenance[0]?.places || [])], [2, 3, 4])))));
        }
        function findings(value) {
          return section("Findings", value.findings, make("table", {}, make("tbody", {}, ...value.findings.map((finding, at) =>
            line("finding", at, [make("span", { class: "flag" }, show(finding.code)), [key(finding.message), make("div", {},
              ...finding.places.slice(0, 6).map((place, one) => make("button", { type: "button", class: "flag jump",
                "aria-label": "place " + (one + 1) + " on page " + place.page, click: () => choose("finding", at, "row", one) }, "page " + place.page)),
              finding.places.length > 6 ? make("span", { class: "printed" }, "and " + count(finding.places.length - 6, "place") + " more") : "")]], [])))));
        }
        function tables(value) {
          return section("Tables", value.tables, ...value.tables.map((table, at) => {
            const details = make("details", { id: "table-" + at }, make("summary", {}, own(table.caption || "Table " + (at + 1)),
              make("span", { class: "quiet" }, " " + table.rows + " × " + table.columns + (table.places[0] ? ", page " + table.places[0].page : ""))));
            details.fill = () => { if (!details.querySelector("table")) details.append(make("div", { class: "grid" }, grid(table))) };
            details.addEventListener("toggle", () => {
              if (details.open) details.fill();
              if (details.open && !state.isPrinting && state.chosen !== "table-" + at) choose("table", at, "row");
            });
            return details;
          }));
        }
        function grid(table) {
          const covered = new Set(), at = new Map(table.cells.map(cell => [cell[0] + "," + cell[1], cell]));
          const width = Math.min(table.columns, 200), height = Math.min(table.rows, 2000), rows = [];
          for (let r = 0; r < height; r++) {
            const line = make("tr");
            for (let c = 0; c < width; c++) {
              if (covered.has(r + "," + c)) continue;
              const [, , down = 1, across = 1, text = "", page, box] = at.get(r + "," + c) || [];
              const [rows, columns] = [Math.min(down, height - r), Math.min(across, width - c)];
              if (rows * columns > 1) for (let y = r; y < r + rows; y++) for (let x = c; x < c + columns; x++) covered.add(y + "," + x);
              const cell = make(r < table.header_rows || c < table.header_columns ? "th" : "td", { rowspan: rows > 1 ? rows : null,
                colspan: columns > 1 ? columns : null, class: page ? "at" : null }, own(text));
              if (page) cell.addEventListener("click", () => point([{ page, box }], "table"));
              line.append(cell);
            }
            rows.push(line);
          }
          return make("table", {}, ...rows);
        }

        // --- Pages ---

        function sheet(number, page, of) {
          const picture = byId("p" + number + "-" + page.page);
          const sheet = make("div", { class: "sheet", id: "sheet-" + page.page, "data-picture": picture ? picture.id : null });
          sheet.style.aspectRatio = (page.width || 1) + " / " + (page.height || 1);
          if (!picture) sheet.append(make("div", { class: "missing" }, "no picture of this page was kept"));
          const figure = make("figure", {}, sheet, make("figcaption", {}, "Page " + page.page + " of " + of
            + (page.source === "recognition" ? ", scanned" : page.source === "none" ? ", without text" : "")));
          figure.style.setProperty("--ratio", (page.width || 1) / (page.height || 1));
          return figure;
        }
        function load(sheet) {
          if (!sheet.dataset.picture || sheet.querySelector("img")) return;
          const code = byId(sheet.dataset.picture).textContent;
          const image = make("img", { alt: sheet.parentElement.querySelector("figcaption").textContent });
          image.src = "data:image/" + (code.startsWith("iVBOR") ? "png" : "jpeg") + ";base64," + code;
          sheet.prepend(image);
        }
        function watch(pages) {
          const observer = new IntersectionObserver(entries => { for (const entry of entries) if (entry.isIntersecting) { load(entry.target); observer.unobserve(entry.target) } },
            { rootMargin: "900px" });
          for (const sheet of pages.querySelectorAll(".sheet")) observer.observe(sheet);
        }
        addEventListener("beforeprint", () => {
          document.querySelectorAll(".sheet").forEach(load);
          document.querySelectorAll(".values details").forEach(details => { state.isPrinting = true; details.fill(); details.open = true });
        });
        addEventListener("afterprint", () => setTimeout(() => { state.isPrinting = false }, 500));

        function put(box, place) {
          const page = state.record.pages.find(page => page.page === place.page), sheet = byId("sheet-" + place.page);
          if (!page || !sheet) return null;
          const [left, top, right, bottom] = place.box, percent = part => (Math.min(Math.max(part, 0), 1) * 100).toFixed(3) + "%";
          box.style.left = percent(left / page.width); box.style.top = percent(top / page.height);
          box.style.width = percent((right - left) / page.width); box.style.height = percent((bottom - top) / page.height);
          sheet.append(box);
          return box;
        }
        function addBoxes(value) {
          value.tables.forEach((table, at) => table.places.forEach(place => put(make("div", { class: "box k-table", "data-of": "table-" + at }), place)));
          for (const kind of ["finding", "field", "figure"]) value[plural[kind]].forEach((item, at) => {
            const title = show(titleOf[kind](item));
            const places = kind === "finding" ? [item.places] : item.provenance.map(origin => origin.places);
            places.forEach((list, rank) => list.forEach(place => put(make("button", { type: "button", class: "box k-" + kind + (rank ? " second" : ""),
              "data-of": kind + "-" + at, title, "aria-label": title + ", page " + place.page, click: () => choose(kind, at, "box") }), place)));
          });
        }

        const calm = matchMedia("(prefers-reduced-motion: reduce)");
        const bring = element => element.scrollIntoView({ block: "center", inline: "nearest", behavior: calm.matches || state.jump ? "auto" : "smooth" });
        function flash(element) { element.classList.remove("flash"); void element.offsetWidth; element.classList.add("flash") }

        // Marks places for a moment that no box stands for.
        function point(places, kind) {
          document.querySelectorAll(".box.aside").forEach(box => box.remove());
          const boxes = places.map(place => put(make("div", { class: "box aside k-" + kind }), place)).filter(Boolean);
          boxes.forEach(flash);
          if (boxes[0]) bring(boxes[0]);
        }
        function choose(kind, at, from, one) {
          const name = kind + "-" + at, item = state.record[plural[kind]][at], line = byId(name);
          if (!item) return;
          state.chosen = name;
          document.querySelectorAll(".chosen").forEach(element => element.classList.remove("chosen"));
          document.querySelectorAll(".box.aside").forEach(box => box.remove());
          const boxes = [...document.querySelectorAll(".box[data-of=\"" + name + "\"]")];
          boxes.forEach(box => box.classList.add("chosen"));
          line.classList.add("chosen");
          if (kind === "table") line.open = true;
          for (const origin of [item.name_provenance, item.period_provenance, item.change_provenance]) {
            for (const place of origin?.places || []) put(make("div", { class: "box aside k-" + kind }), place);
          }
          if (state.off.delete(kind)) openLegend(kind);
          if (from === "row" || from === "link") {
            (one === undefined ? boxes : boxes.slice(one, one + 1)).forEach(flash);
            if (boxes[one || 0]) { load(boxes[one || 0].parentElement); bring(boxes[one || 0]) }
          }
          if (from !== "row") bring(line);
          if (from === "box") line.querySelector("button")?.focus({ preventScroll: true });
          if (from !== "link") history.replaceState(null, "", address({ file: index[state.open].file, [kind]: at + 1 }));
        }
        function openLegend(kind) {
          document.querySelector(".pages").classList.remove("off-" + kind);
          document.querySelector(".legend .k-" + kind)?.setAttribute("aria-pressed", "true");
        }

        // --- Addresses: #file=a.pdf&figure=3 ---

        const address = parts => "#" + Object.entries(parts).map(([name, value]) => name + "=" + encodeURIComponent(value)).join("&");
        function go(parts) { const hash = address(parts); if (location.hash === hash) follow(); else location.hash = hash }
        function follow() {
          // A plus sign is one, or a blank, as some programs write it.
          const [parts, blanks] = [location.hash.slice(1).replaceAll("+", "%2B"), location.hash.slice(1)].map(text => new URLSearchParams(text));
          const find = name => index.findIndex(entry => entry.file === name);
          const number = parts.has("file") ? Math.max(find(parts.get("file")), find(blanks.get("file"))) : -1;
          state.missing = parts.has("file") && number < 0 ? parts.get("file") : null;
          state.jump = number !== state.open;
          if (number !== state.open || number < 0) { state.open = number; state.chosen = null; refresh() }
          const kind = kinds.find(kind => parts.has(kind));
          if (number >= 0 && kind) choose(kind, Number(parts.get(kind)) - 1, "link");
          state.jump = false;
        }
        const title = document.title;
        function refresh() {
          document.title = state.open >= 0 ? show(index[state.open].file) + " – " + title : title;
          const numbers = listDocuments();
          if (state.open >= 0) openDocument(state.open); else overview(numbers);
          document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest" });
        }

        byId("home").addEventListener("click", event => { event.preventDefault(); history.pushState(null, "", location.pathname + location.search); follow() });
        byId("flag").addEventListener("change", event => { state.flag = event.target.value; refresh() });
        let pause;
        byId("search").addEventListener("input", event => {
          clearTimeout(pause);
          pause = setTimeout(() => { state.query = event.target.value; if (state.open >= 0 && state.query) { history.pushState(null, "", location.pathname + location.search); state.open = -1 } refresh() }, 120);
        });
        addEventListener("keydown", event => {
          if (event.ctrlKey || event.metaKey || event.altKey) return;
          const isTyping = event.target.matches?.("input, select, textarea");
          if (event.key === "Escape") { if (isTyping) event.target.blur(); else byId("home").click(); return }
          if (isTyping) return;
          const steps = { j: 1, k: -1 }[event.key];
          if (event.key === "/") { event.preventDefault(); byId("search").focus() }
          else if (steps) {
            const numbers = shown(), at = numbers.indexOf(state.open), next = numbers[at < 0 ? (steps > 0 ? 0 : numbers.length - 1) : at + steps];
            if (next !== undefined) go({ file: index[next].file });
          } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            const near = event.target.closest?.("tr.row, nav button");
            if (!near) return;
            const rows = [...(near.closest("nav, .values, main")).querySelectorAll("tr.row, nav > button")];
            const next = rows[rows.indexOf(near) + (event.key === "ArrowDown" ? 1 : -1)];
            if (next) { event.preventDefault(); (next.querySelector("button") || next).focus() }
          }
        });
        addEventListener("hashchange", follow);
        listTotals();
        follow();
        """#
}
