/* A micrograph's page: zoom and pan by the viewBox, a scale bar that follows, two points for a diameter.
   Without it the page shows the picture whole and takes the four numbers of a line. */
"use strict";
(() => {
  const svg = document.querySelector("[data-micrograph]");
  if (!svg) return;
  const full = { width: Number(svg.dataset.width), height: Number(svg.dataset.height) };
  const nm = Number(svg.dataset.nm);
  const form = document.querySelector("[data-line]");
  const draft = svg.querySelector("[data-draft]");
  const told = document.querySelector("[data-length]");
  const measure = document.querySelector("[data-act=measure]");
  const box = svg.viewBox.baseVal;
  const view = { x: box.x, y: box.y, width: box.width };
  const MOST_ZOOM = 40;
  let points = [];
  const held = new Map();

  const set = (node, values) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  const between = (value, low, high) => Math.min(Math.max(value, low), high);
  const lengthText = (length) =>
    length >= 1e6 ? `${length / 1e6} mm` : length >= 1e3 ? `${length / 1e3} µm` : `${Number(length.toPrecision(6))} nm`;

  function show() {
    view.width = between(view.width, full.width / MOST_ZOOM, full.width);
    const height = (view.width * full.height) / full.width;
    view.x = between(view.x, 0, full.width - view.width);
    view.y = between(view.y, 0, full.height - height);
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${height}`);
    const asked = [view.x, view.y, view.width].map((value) => value.toFixed(2)).join(",");
    document.querySelectorAll("input[name=view]").forEach((input) => (input.value = asked));
    svg.querySelectorAll("[data-size]").forEach((text) => text.setAttribute("font-size", view.width * 0.02));
    bar(height);
  }

  function bar(height) {
    const group = svg.querySelector("[data-bar]");
    if (!group) return;
    const unit = view.width / 100;
    const wished = view.width * nm * 0.2;
    const decade = 10 ** Math.floor(Math.log10(wished));
    const away = (length) => Math.abs(Math.log10(length / wished));
    const round = [1, 2, 5, 10].map((step) => step * decade).reduce((a, b) => (away(b) < away(a) ? b : a));
    const [ground, line] = group.querySelectorAll("rect");
    const text = group.querySelector("text");
    const x = view.x + 2 * unit;
    const y = view.y + height - 3 * unit;
    set(line, { x, y, width: round / nm, height: unit });
    set(ground, { x: x - unit, y: y - 4.5 * unit, width: Math.max(round / nm, 9 * unit) + 2 * unit, height: 6.5 * unit });
    set(text, { x, y: y - unit, "font-size": 2.4 * unit });
    text.textContent = lengthText(round);
  }

  function zoom(factor, at) {
    const height = (view.width * full.height) / full.width;
    const point = at ?? { x: view.x + view.width / 2, y: view.y + height / 2 };
    const width = between(view.width * factor, full.width / MOST_ZOOM, full.width);
    const share = width / view.width;
    view.x = point.x - (point.x - view.x) * share;
    view.y = point.y - (point.y - view.y) * share;
    view.width = width;
    show();
  }

  function move(right, down) {
    view.x += right * view.width;
    view.y += (down * view.width * full.height) / full.width;
    show();
  }

  function pointAt(event) {
    const found = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x: between(found.x, 0, full.width), y: between(found.y, 0, full.height) };
  }

  const isMeasuring = () => measure?.getAttribute("aria-pressed") === "true";
  function setMeasuring(wanted) {
    if (!measure) return;
    measure.setAttribute("aria-pressed", String(wanted));
    svg.toggleAttribute("data-measuring", wanted);
    if (!wanted) forget();
  }

  function forget() {
    points = [];
    draft.setAttribute("visibility", "hidden");
    if (told) told.textContent = "";
  }

  function line(from, to) {
    set(draft, { x1: from.x, y1: from.y, x2: to.x, y2: to.y, visibility: "visible" });
    told.textContent = `${(Math.hypot(to.x - from.x, to.y - from.y) * nm).toFixed(1)} nm`;
  }

  function mark(point) {
    if (points.length === 2) forget();
    points.push(point);
    if (points.length === 1) return line(point, point);
    line(points[0], points[1]);
    points.forEach((one, at) => {
      form.elements[`x${at + 1}`].value = one.x.toFixed(2);
      form.elements[`y${at + 1}`].value = one.y.toFixed(2);
    });
    form.querySelector("[name=measure]").focus({ preventScroll: true });
  }

  const spread = () => {
    const [one, other] = [...held.values()];
    return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
  };

  let moved = 0;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    svg.setPointerCapture(event.pointerId);
    held.set(event.pointerId, event);
    moved = held.size > 1 ? Infinity : 0;
  });
  svg.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId);
    if (!before) {
      if (isMeasuring() && points.length === 1) line(points[0], pointAt(event));
      return;
    }
    if (held.size === 2) {
      const wide = spread();
      held.set(event.pointerId, event);
      return zoom(wide / Math.max(spread(), 1), pointAt(event));
    }
    moved += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    if (moved < 6) return;
    const [from, to] = [pointAt(before), pointAt(event)];
    held.set(event.pointerId, event);
    svg.setAttribute("data-moving", "");
    view.x += from.x - to.x;
    view.y += from.y - to.y;
    show();
  });
  const release = (event) => {
    const was = held.delete(event.pointerId);
    svg.removeAttribute("data-moving");
    if (was && event.type === "pointerup" && moved < 6 && isMeasuring()) mark(pointAt(event));
  };
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, pointAt(event));
  }, { passive: false });

  const acts = {
    in: () => zoom(1 / 1.5),
    out: () => zoom(1.5),
    whole: () => zoom(MOST_ZOOM),
    left: () => move(-0.2, 0),
    right: () => move(0.2, 0),
    up: () => move(0, -0.2),
    down: () => move(0, 0.2),
    measure: () => setMeasuring(!isMeasuring()),
  };
  const keys = {
    "+": "in", "=": "in", "-": "out", "−": "out", 0: "whole",
    ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", m: "measure",
  };
  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") return setMeasuring(false);
    if (!keys[event.key]) return;
    event.preventDefault();
    acts[keys[event.key]]();
  });
  document.querySelectorAll("[data-act]").forEach((button) => button.addEventListener("click", acts[button.dataset.act]));
  document.querySelectorAll("[data-tools]").forEach((part) => (part.hidden = false));
  if (location.hash === "#measuring") setMeasuring(true);
  show();
})();
