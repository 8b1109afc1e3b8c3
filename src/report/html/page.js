"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const all = data.findings;
  const CHUNK = 60, BARS = 15, PRINTED = 200, DAY = 86400;
  const $ = (id) => document.getElementById(id);
  const number = new Intl.NumberFormat("en");
  const words = (n, word) => `${number.format(n)} ${word}${n === 1 ? "" : "s"}`;
  const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);

  // Text goes in as text only: nothing here makes markup of it.
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value !== undefined && value !== null) node.setAttribute(name, value);
    }
    for (const child of children) {
      if (child !== undefined && child !== null && child !== "") node.append(child);
    }
    return node;
  }

  // An address from a rule or a remote: a link only where it is one of the web.
  function link(address, text) {
    if (!/^https?:\/\//.test(address || "")) return document.createTextNode(text);
    return el("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, text);
  }

  // ---- one finding

  function head(f) {
    if (f.head === undefined) return "";
    return f.head ? "in HEAD" : "history only";
  }

  function row(f) {
    const place = f.places[0] ? f.places[0].name : "";
    const more = f.total > 1 ? ` and ${words(f.total - 1, "more place")}` : "";
    const since = f.first === undefined ? "" : `, since ${day(f.first)}${f.author ? ` by ${f.author}` : ""}`;
    const tags = el("span", { class: "tags" },
      head(f) && el("span", { class: "tag" }, head(f)),
      el("span", { class: `tag ${f.verdict.replace(" ", "-")}` }, f.verdict));
    const summary = el("summary", {},
      el("span", { class: "level" }, f.severity),
      el("span", { class: "what" }, el("b", {}, f.title), el("code", {}, f.masked)),
      tags,
      el("span", { class: "where" }, el("span", { class: "mono" }, place), more + since));
    const details = el("details", {}, summary);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(body(f));
    });
    const item = el("li", { class: `finding ${f.severity}`, id: f.id }, details);
    return item;
  }

  function body(f) {
    const out = el("div", { class: "body" });
    const first = f.places[0];
    if (first && first.line) out.append(context(first.line, f.masked));
    out.append(el("p", {}, f.opens));
    const facts = [["Severity", `${f.severity}: ${f.reason}`], ["Confidence", f.confidence]];
    if (f.days !== undefined) facts.push(["Exposed", `${words(f.days, "day")}, since ${day(f.first)}`]);
    facts.push(["State", f.verdict], ...(f.facts || []), ...(f.parts || []));
    facts.push(["Rule", f.rule], ["Finding", f.id]);
    const list = el("dl", { class: "facts" });
    for (const [name, value] of facts) list.append(el("dt", {}, name), el("dd", {}, value));
    out.append(el("h3", {}, "What is known"), list);
    out.append(el("h3", {}, "What to do, in this order"), steps(f));
    out.append(el("h3", {}, `Where it stands (${words(f.total, "place")})`), places(f));
    if (f.evidence) {
      const reasons = el("ul", {});
      for (const reason of f.evidence) reasons.append(el("li", {}, reason));
      out.append(el("h3", {}, "Why it is taken for a credential"), reasons);
    }
    return out;
  }

  function context(line, masked) {
    const box = el("pre", { class: "context mono" });
    const at = masked ? line.indexOf(masked) : -1;
    if (at < 0) box.append(line);
    else box.append(line.slice(0, at), el("mark", {}, masked), line.slice(at + masked.length));
    return box;
  }

  function steps(f) {
    const list = el("ol", { class: "steps" });
    for (const step of f.steps.map((number) => data.steps[number])) {
      const item = el("li", {}, step.what);
      if (step.address) item.append(" ", link(step.address, step.address));
      for (const command of step.commands || []) item.append(el("pre", { class: "mono" }, command.replace("{id}", f.id)));
      if (step.warning) item.append(el("p", { class: "warning" }, step.warning));
      list.append(item);
    }
    return list;
  }

  function places(f) {
    const rows = el("tbody", {});
    for (const place of f.places) {
      const commit = place.commit;
      const brought = el("td", {});
      if (commit) brought.append(link(commit.page, commit.id), ` ${commit.author}: ${commit.subject}`);
      const until = place.until ? `${place.until}` : commit ? "still there" : "";
      rows.append(el("tr", {},
        el("td", { class: "mono" }, link(place.page, place.name), place.state && ` (${place.state})`),
        brought,
        el("td", { class: "day" }, commit ? commit.day : ""),
        el("td", { class: "day" }, until)));
    }
    const titles = ["Place", "Brought by", "From", "Until"].map((title) => el("th", { scope: "col" }, title));
    const table = el("table", { class: "places" }, el("thead", {}, el("tr", {}, ...titles)), rows);
    const box = el("div", {}, table);
    if (f.total > f.places.length) box.append(el("p", {}, `and ${words(f.total - f.places.length, "more place")}`));
    return box;
  }

  // ---- filters

  const filters = ["severity", "verdict", "issuer", "kind"];
  const orders = { severity: ["critical", "high", "medium", "low"], verdict: ["live", "unknown", "not checked", "dead"] };

  function options(name) {
    const counts = new Map();
    for (const f of all) counts.set(f[name], (counts.get(f[name]) || 0) + 1);
    const known = orders[name] || [...counts.keys()].sort((a, b) => a.localeCompare(b, "en"));
    $(name).append(el("option", { value: "" }, "any"));
    for (const value of known) {
      if (counts.has(value)) $(name).append(el("option", { value }, `${value} (${number.format(counts.get(value))})`));
    }
  }

  function haystack(f) {
    if (f.hay === undefined) {
      const places = f.places.map((p) => `${p.name} ${p.commit ? `${p.commit.id} ${p.commit.author} ${p.commit.subject}` : ""}`);
      const facts = (f.facts || []).map(([, value]) => value);
      f.hay = [f.id, f.title, f.masked, f.rule, f.author || "", ...facts, ...places].join("\n").toLowerCase();
    }
    return f.hay;
  }

  function fits(f, wanted) {
    if (filters.some((name) => wanted[name] && f[name] !== wanted[name])) return false;
    if (wanted.head === "yes" && f.head !== true) return false;
    if (wanted.head === "no" && f.head !== false) return false;
    if (wanted.head === "unknown" && f.head !== undefined) return false;
    return wanted.text.every((word) => haystack(f).includes(word));
  }

  let shown = all, drawn = 0;

  function apply() {
    const wanted = { head: $("head").value, text: $("text").value.toLowerCase().split(/\s+/).filter(Boolean) };
    for (const name of filters) wanted[name] = $(name).value;
    shown = all.filter((f) => fits(f, wanted));
    drawn = 0;
    $("list").replaceChildren();
    draw(CHUNK);
    $("count").textContent = shown.length === all.length
      ? words(all.length, "finding") : `${number.format(shown.length)} of ${words(all.length, "finding")}`;
    timeline(BARS);
  }

  function draw(count) {
    const rows = document.createDocumentFragment();
    for (const f of shown.slice(drawn, drawn + count)) rows.append(row(f));
    $("list").append(rows);
    drawn = Math.min(shown.length, drawn + count);
    $("more").hidden = drawn >= shown.length;
    $("more").textContent = `Show more (${number.format(shown.length - drawn)} left)`;
  }

  // ---- timeline

  function timeline(limit) {
    const dated = shown.filter((f) => f.first !== undefined);
    $("timeline").hidden = dated.length === 0;
    if (dated.length === 0) return;
    const from = dated.reduce((least, f) => Math.min(least, f.first), data.now - DAY);
    const span = Math.max(data.now - from, DAY);
    const percent = (seconds) => Math.min(100, Math.max(0, ((seconds - from) / span) * 100));
    axis(from, span, percent);
    const by = $("lanes").value;
    const lanes = new Map();
    for (const f of [...dated].sort((a, b) => a.first - b.first)) {
      const name = by ? f[by] || "not known" : "";
      if (!lanes.has(name)) lanes.set(name, []);
      lanes.get(name).push(f);
    }
    const ordered = [...lanes].sort((a, b) => b[1].length - a[1].length);
    const bars = document.createDocumentFragment();
    let left = limit;
    for (const [name, own] of ordered) {
      if (left <= 0) break;
      if (by) {
        const live = own.filter((f) => f.verdict === "live").length;
        bars.append(el("h3", {}, `${name}: ${words(own.length, "key")}${live ? `, ${number.format(live)} live` : ""}`));
      }
      for (const f of own.slice(0, left)) bars.append(bar(f, percent));
      left -= own.length;
    }
    $("bars").replaceChildren(bars);
    const undated = shown.length - dated.length;
    $("bars-rest").hidden = undated === 0;
    $("bars-rest").textContent = `${words(undated, "finding")} without a commit: not in this picture.`;
    $("bars-more").hidden = dated.length <= limit;
    $("bars-more").onclick = () => timeline(limit + 20 * BARS);
  }

  function axis(from, span, percent) {
    const ticks = [];
    const first = new Date(from * 1000).getUTCFullYear() + 1;
    const last = new Date((from + span) * 1000).getUTCFullYear();
    const step = Math.max(1, Math.ceil((last - first + 1) / 8));
    for (let year = first; year <= last; year += step) {
      const tick = el("span", {}, String(year));
      tick.style.left = `${percent(Date.UTC(year, 0, 1) / 1000)}%`;
      ticks.push(tick);
    }
    if (ticks.length === 0) ticks.push(el("span", {}, day(from)));
    $("axis").replaceChildren(...ticks);
  }

  function bar(f, percent) {
    const until = f.head === false && f.last !== undefined ? f.last : data.now;
    const lane = el("span", { class: "lane" });
    const piece = (start, end, kind) => {
      const piece = el("i", kind ? { class: kind } : {});
      piece.style.left = `${percent(start)}%`;
      piece.style.width = `${percent(end) - percent(start)}%`;
      lane.append(piece);
    };
    if (until < data.now) piece(until, data.now, "gone");
    piece(f.first, until);
    const where = f.places[0] ? f.places[0].name.split("/").pop() : "";
    const node = el("button", {
      type: "button",
      class: `bar ${f.verdict.replace(" ", "-")}`,
      title: `${f.title}, ${f.places[0] ? f.places[0].name : "in no place"}, ${f.verdict}, since ${day(f.first)}${f.days === undefined ? "" : ` (${words(f.days, "day")})`}`,
    }, el("span", { class: "name" }, `${f.issuer} · ${where}`), lane);
    node.addEventListener("click", () => open(f));
    return node;
  }

  // ---- getting about

  function open(f) {
    let item = $(f.id);
    if (!item) {
      const at = shown.indexOf(f);
      if (at < 0 || at > 2000) {
        $("filters").reset();
        $("text").value = f.id;
        apply();
      } else {
        draw(at + 1 - drawn);
      }
      item = $(f.id);
    }
    if (!item) return;
    item.firstChild.open = true;
    item.firstChild.firstChild.focus({ preventScroll: true });
    item.scrollIntoView({ block: "start" });
  }

  function byHash() {
    const f = all.find((f) => `#${f.id}` === location.hash);
    if (f) open(f);
  }

  function step(by) {
    const rows = [...$("list").querySelectorAll("summary")];
    const at = rows.indexOf(document.activeElement);
    if (by > 0 && at === rows.length - 1 && drawn < shown.length) {
      draw(CHUNK);
      return step(by);
    }
    const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }

  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing) {
      // A browser would empty the field.
      if (event.key === "Escape") { event.target.blur(); event.preventDefault(); }
      return;
    }
    if (event.key === "/") { $("text").focus(); event.preventDefault(); }
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });

  let printed = [];
  addEventListener("beforeprint", () => {
    if (drawn < PRINTED) draw(PRINTED - drawn);
    printed = [...$("list").querySelectorAll("details:not([open])")].slice(0, PRINTED);
    for (const details of printed) {
      details.open = true;
      if (details.children.length === 1) details.append(body(all.find((f) => f.id === details.parentNode.id)));
    }
  });
  addEventListener("afterprint", () => { for (const details of printed) details.open = false; });

  filters.forEach(options);
  if (data.notes.length > 0) {
    $("notes").hidden = false;
    for (const note of data.notes) $("notes").append(el("li", {}, note));
  }
  let soon;
  $("text").addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(apply, 80); });
  for (const name of [...filters, "head"]) $(name).addEventListener("change", apply);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => setTimeout(apply));
  $("lanes").addEventListener("change", () => timeline(BARS));
  $("more").addEventListener("click", () => draw(CHUNK));
  new IntersectionObserver((seen) => { if (seen[0].isIntersecting && drawn < shown.length) draw(CHUNK); },
    { rootMargin: "600px" }).observe($("more"));
  addEventListener("hashchange", byHash);
  apply();
  byHash();
})();
