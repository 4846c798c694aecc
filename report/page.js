// What a reader can do with the pictures beyond looking: hide a curve, zoom, and move
// one cross-hair over all pictures of a section. The page says everything without it.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const create = (parent, tag, properties) => parent.appendChild(Object.assign(document.createElement(tag), properties));
  const attribute = (element, name) => +element.getAttribute(name);

  // A picture of curves. Its axes are in data-x and data-y of its ticks: the lowest and
  // the highest value, their places, and "log" for a logarithmic axis. A zoom maps places
  // to places, so it needs no other data than what is drawn.
  class Picture {
    constructor(svg) {
      this.svg = svg;
      this.ticks = svg.querySelector(".ticks");
      this.drawn = this.ticks.innerHTML;
      [this.x, this.y] = ["x", "y"].map(name => {
        const [low, high, from, to, kind] = this.ticks.dataset[name].split(" ");
        return { low: +low, high: +high, from: +from, to: +to, log: kind === "log" };
      });
      this.reads = all(".read", svg).map(element => {
        const [band, cursor, box, words] = ["band", "cursor", "box", "box + text"].map(name => element.querySelector("." + name));
        return { element, band, cursor, box, words, step: +(element.dataset.step ?? 0), x: attribute(cursor, "x1"), from: attribute(band, "x"), width: attribute(band, "width") };
      });
      this.marks = all(".inside *", svg).filter(e => /^(path|line|circle|text)$/.test(e.tagName)).map(element => ({
        element,
        start: Object.fromEntries(["d", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy"].filter(n => element.hasAttribute(n)).map(n => [n, element.getAttribute(n)])),
        pinned: element.closest(".pinned") !== null, // moves up and down only
      }));
      this.whole = [this.x.from, this.x.to];
      this.range = this.whole;
    }

    get zoomed() { return this.range !== this.whole; }

    zoom(from, to) {
      const [left, right] = this.whole, least = (right - left) / 200;
      from = Math.max(Math.min(from, right - least), left);
      to = Math.min(Math.max(to, from + least), right);
      this.range = from <= left && to >= right ? this.whole : [from, to];
      this.draw();
    }

    // The heights between which the visible curves lie in the range.
    heights() {
      const [from, to] = this.range;
      const start = this.zoomed || this.x.log ? from : from + 0.04 * (to - from);
      let top = Infinity, bottom = -Infinity;
      for (const { element, start: { d } } of this.marks) {
        if (!d || element.closest(".off")) continue;
        let before = null;
        for (const [x, y] of places(d)) {
          const take = y => { top = Math.min(top, y); bottom = Math.max(bottom, y); };
          if (x >= start && x <= to) take(y);
          for (const edge of [start, to]) {
            if (before && (before[0] - edge) * (x - edge) < 0) take(before[1] + (y - before[1]) * (edge - before[0]) / (x - before[0]));
          }
          before = [x, y];
        }
      }
      const pad = 0.06 * (bottom - top);
      return bottom > top ? [bottom + pad, top - pad] : [this.y.from, this.y.to];
    }

    draw() {
      const { x, y } = this;
      const asDrawn = !this.zoomed && !this.svg.querySelector(".inside .off");
      const [left, right] = this.range, [bottom, top] = asDrawn ? [y.from, y.to] : this.heights();
      const toX = v => asDrawn ? v : x.from + (v - left) / (right - left) * (x.to - x.from);
      const toY = v => asDrawn ? v : y.from + (v - bottom) / (top - bottom) * (y.to - y.from);
      const within = (v, s) => v >= Math.min(s.from, s.to) - 0.5 && v <= Math.max(s.from, s.to) + 0.5;
      for (const { element, start, pinned } of this.marks) {
        for (const [name, value] of Object.entries(start)) {
          if (name === "d") {
            element.setAttribute("d", asDrawn ? value : value.replace(/(-?[\d.]+),(-?[\d.]+)/g, (_, a, b) => toX(+a).toFixed(1) + "," + toY(+b).toFixed(1)));
          } else if (name.includes("y")) {
            element.setAttribute(name, toY(+value));
          } else if (!pinned) {
            element.setAttribute(name, toX(+value));
          }
        }
        const shown = element.tagName === "text" ? within(attribute(element, "y"), y)
          : element.tagName !== "circle" || within(attribute(element, "cx"), x) && within(attribute(element, "cy"), y);
        element.style.visibility = shown ? "" : "hidden";
      }
      for (const r of this.reads) {
        const at = toX(r.x), from = Math.max(toX(r.from), x.from), to = Math.min(toX(r.from + r.width), x.to);
        r.element.style.display = within(at, x) ? "" : "none";
        r.band.setAttribute("x", asDrawn ? r.from : from);
        r.band.setAttribute("width", asDrawn ? r.width : Math.max(to - from, 0));
        r.cursor.setAttribute("x1", at);
        r.cursor.setAttribute("x2", at);
        const width = attribute(r.box, "width"), place = at + 8 + width > x.to ? Math.max(at - 8 - width, x.from) : at + 8;
        const shift = asDrawn ? "" : `translate(${place - attribute(r.box, "x")} 0)`;
        for (const e of [r.box, r.words]) e.setAttribute("transform", shift);
      }
      this.ticks.innerHTML = this.drawn;
      if (!asDrawn) this.label(toX, toY, left, right, bottom, top);
      this.svg.classList.toggle("zoomed", this.zoomed);
    }

    // Grid lines and labels at round values of the part that is seen.
    label(toX, toY, left, right, bottom, top) {
      all("line.grid, text.tick", this.ticks).forEach(e => e.remove());
      const { x, y } = this;
      const add = (tag, attributes, text) => {
        const e = document.createElementNS(document.querySelector("svg").namespaceURI, tag);
        for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
        if (text) e.textContent = text;
        this.ticks.prepend(e);
      };
      const count = x.to - x.from > 520 ? 8 : 5;
      for (const [value, text] of round(valueAt(x, left), valueAt(x, right), count, x.log)) {
        const at = toX(placeOf(x, value));
        add("text", { class: "tick", "text-anchor": "middle", x: at, y: y.from + 16 }, text);
        add("line", { class: "grid", x1: at, x2: at, y1: y.from, y2: y.to });
      }
      for (const [value, text] of round(valueAt(y, bottom), valueAt(y, top), 6)) {
        const at = toY(placeOf(y, value));
        add("text", { class: "tick", "text-anchor": "end", x: x.from - 7, y: at + 4 }, text);
        add("line", { class: "grid", x1: x.from, x2: x.to, y1: at, y2: at });
      }
    }

    // The reading that is the nearest to a step.
    nearest(step) {
      return this.reads.reduce((best, r) => !best || Math.abs(r.step - step) < Math.abs(best.step - step) ? r : best, null);
    }
  }

  const places = d => [...d.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(m => [+m[1], +m[2]]);
  const valueAt = (s, place) => {
    const t = (place - s.from) / (s.to - s.from);
    return s.log ? s.low * (s.high / s.low) ** t : s.low + t * (s.high - s.low);
  };
  const placeOf = (s, value) =>
    s.from + (s.to - s.from) * (s.log ? Math.log(value / s.low) / Math.log(s.high / s.low) : (value - s.low) / (s.high - s.low));

  // About n multiples of 1, 2 or 5 times a power of ten, with their texts. On a
  // logarithmic axis of more than a decade they are 1, 2 and 5 times its powers of ten, or
  // these powers alone.
  const round = (low, high, n, log) => {
    if (log && high >= 10 * low) {
      const factors = Math.log10(high / low) > n / 2 ? [1] : [1, 2, 5], ticks = [];
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
        ticks.push(...factors.map(f => f * 10 ** power).filter(v => v >= 0.999 * low && v <= 1.001 * high).map(v => [v, text(v, v)]));
      }
      return ticks;
    }
    const power = 10 ** Math.floor(Math.log10((high - low) / n));
    const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= 0.999 * (high - low) / n);
    const ticks = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step && ticks.length < 3 * n; i++) ticks.push([i * step, text(i * step + 0, step)]); // -0 + 0 is 0
    return ticks;
  };
  const text = (value, step) => {
    const unit = [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e5, "k"]].find(([least]) => Math.abs(value) >= least);
    if (unit) return +(value / (unit[1] === "k" ? 1e3 : unit[0])).toFixed(3) + "\u202f" + unit[1];
    return step >= 1 ? Math.round(value).toLocaleString("en-US") : value.toFixed(Math.ceil(-Math.log10(step) - 1e-9));
  };

  const pictures = all("svg").filter(svg => svg.querySelector(".ticks")).map(svg => new Picture(svg));

  // Curves are hidden by the name of their variant, in all pictures.
  const hidden = new Set();
  const toggle = name => {
    hidden.has(name) ? hidden.delete(name) : hidden.add(name);
    all("[data-series]").forEach(e => e.classList.toggle("off", hidden.has(e.dataset.series)));
    all("button[data-key]").forEach(b => b.setAttribute("aria-pressed", !hidden.has(b.dataset.key)));
    pictures.forEach(p => p.draw());
  };
  for (const section of all("section")) {
    const keys = new Map(all("g[data-key]", section).map(e => [e.dataset.key, e.dataset.class]));
    const figures = section.querySelector(".figures");
    if (keys.size < 2 || !figures) continue;
    const bar = document.createElement("div");
    bar.className = "toggles";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Curves that are shown");
    figures.before(bar);
    for (const [name, color] of keys) {
      const button = create(bar, "button", { type: "button", title: "Show or hide " + name, onclick: () => toggle(name) });
      button.dataset.key = name;
      button.setAttribute("aria-pressed", "true");
      create(button, "span", { className: "swatch " + color });
      button.append(name);
    }
  }
  all("g[data-key]").forEach(e => e.addEventListener("click", () => toggle(e.dataset.key)));

  // One cross-hair over all pictures of a section, and its values for screen readers.
  const said = create(document.body, "p", { className: "said" });
  said.setAttribute("aria-live", "polite");
  const point = (picture, reading, held) => {
    const section = picture.svg.closest("section");
    for (const p of pictures.filter(p => p.svg.closest("section") === section)) {
      p.reads.forEach(r => r.element.classList.remove("linked", "held"));
      p.at = reading && p.nearest(reading.step);
      if (p.at) p.at.element.classList.add(p === picture && held ? "held" : "linked");
    }
    said.textContent = reading && held ? all("text, tspan", reading.element).map(e => e.firstChild.textContent).join(", ") : "";
  };

  for (const p of pictures) {
    const { svg } = p;
    const figure = svg.closest("figure"), name = figure.querySelector("h3");
    const place = event => {
      const m = svg.getScreenCTM().inverse();
      return m.a * event.clientX + m.e;
    };
    for (const r of p.reads) r.element.addEventListener("pointerenter", () => point(p, r, false));
    svg.addEventListener("pointerleave", () => point(p, null, false));

    // Zoom by dragging; a touch scrolls the page, and has the buttons.
    let from = null, chosen = null;
    const clear = () => { chosen?.remove(); from = chosen = null; };
    svg.addEventListener("pointerdown", event => {
      if (event.pointerType !== "mouse" || event.button !== 0 || event.target.closest("[data-key]")) return;
      from = place(event);
      svg.setPointerCapture(event.pointerId);
      svg.focus({ preventScroll: true }); // for the keys
      event.preventDefault();
    });
    svg.addEventListener("pointermove", event => {
      if (from === null) return;
      if (!chosen) {
        chosen = svg.appendChild(document.createElementNS(document.querySelector("svg").namespaceURI, "rect"));
        chosen.setAttribute("class", "chosen");
        chosen.setAttribute("y", p.y.to);
        chosen.setAttribute("height", p.y.from - p.y.to);
      }
      const [a, b] = [from, place(event)].map(v => Math.min(Math.max(v, p.x.from), p.x.to)).sort((a, b) => a - b);
      chosen.setAttribute("x", a);
      chosen.setAttribute("width", b - a);
    });
    svg.addEventListener("pointerup", event => {
      if (from === null) return;
      const [a, b] = [from, place(event)].sort((a, b) => a - b);
      clear();
      const [left, right] = p.range, scale = (right - left) / (p.x.to - p.x.from);
      if (b - a > 8) p.zoom(left + (a - p.x.from) * scale, left + (b - p.x.from) * scale);
    });
    svg.addEventListener("pointercancel", clear);
    svg.addEventListener("dblclick", () => p.zoom(...p.whole));

    const by = factor => {
      const [left, right] = p.range, middle = p.at ? Math.min(Math.max(p.at.x, left), right) : (left + right) / 2;
      p.zoom(middle - (middle - left) * factor, middle + (right - middle) * factor);
    };
    const step = way => {
      const shown = p.reads.filter(r => r.element.style.display !== "none");
      const i = shown.indexOf(p.at);
      point(p, shown[i < 0 ? (way > 0 ? 0 : shown.length - 1) : Math.min(Math.max(i + way, 0), shown.length - 1)], true);
    };
    const keys = {
      ArrowLeft: () => step(-1), ArrowRight: () => step(1), "+": () => by(1 / 2), "=": () => by(1 / 2), "-": () => by(2),
      Escape: () => { point(p, null, false); p.zoom(...p.whole); },
    };
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("role", "application"); // screen readers keep the arrows of an image to themselves
    svg.setAttribute("aria-roledescription", "interactive picture");
    svg.addEventListener("blur", () => point(p, null, false));
    svg.setAttribute("aria-label", svg.getAttribute("aria-label") + ". Left and right arrows read values, plus and minus zoom, Escape resets.");
    svg.addEventListener("keydown", event => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      keys[event.key]();
      event.preventDefault();
    });
    const buttons = create(figure, "span", { className: "zooms " + svg.classList[0] });
    name.before(buttons); // a name that holds buttons would be read out with theirs
    for (const [sign, what, act] of [["+", "Zoom in", keys["+"]], ["\u2212", "Zoom out", keys["-"]], ["\u21ba", "Show all", keys.Escape]]) {
      create(buttons, "button", { type: "button", textContent: sign, title: what, ariaLabel: what + ": " + name.textContent, onclick: act });
    }
  }
  all(".lead.readings").forEach(e => create(e, "span", { className: "hint", textContent: " Drag over a picture to zoom. Its buttons and the keys +, \u2212, arrows and Escape work too; a name hides its curve." }));
})();
