/* What pages do in the browser, beside htmx. Everything hangs on data attributes; pages work without it. */
"use strict";
(() => {
  const page = document.body.dataset;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
  const skew = Date.parse(page.now) - Date.now() || 0; // tablets' clocks are often wrong

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  // notices: stay until they are dismissed or no longer true

  function notice(kind, words, ...actions) {
    clearNotice(kind);
    const close = element("button", { type: "button", class: "close", "data-dismiss": "", "aria-label": "Dismiss" }, "×");
    const box = element("div", { id: `notice-${kind}`, class: "said said-warning", role: "alert", "data-dismissible": "" });
    document.getElementById("notices")?.append(box);
    box.append(element("p", {}, words), ...actions, close); // filled in place, so that it is read out
  }

  function clearNotice(kind) {
    document.getElementById(`notice-${kind}`)?.remove();
  }

  function say(words) {
    const region = document.getElementById("said");
    if (region && words) region.textContent = words;
  }

  function signInLink() {
    const next = encodeURIComponent(location.pathname + location.search);
    return element("a", { class: "btn btn-accent", href: `${page.signIn}?next=${next}` }, "Sign in again");
  }

  function button(words, kind, act) {
    const made = element("button", { type: "button", class: `btn ${kind}` }, words);
    made.addEventListener("click", act);
    return made;
  }

  // drafts: what was typed survives a reload, a lost connection and the end of the session.
  // One localStorage item a person and form: {at, fields: {name: {value, was}}}.

  const MOST_DAYS = 14;
  const SECRET = "[type=hidden],[type=password],[type=file],[type=submit],[type=button],[readonly],[data-no-draft]";
  const draftKey = (form) => `draft:${page.person}:${form.dataset.draft}`;
  const controls = (form) => all("input[name],select[name],textarea[name]", form).filter((c) => !c.matches(SECRET));
  const slotOf = (c) => (c.type === "checkbox" ? `${c.name}=${c.value}` : c.name);

  function stored(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }

  /** What a form says now, or (start) what the server had put there, by slot. */
  function readForm(form, start) {
    const values = {};
    for (const c of controls(form)) {
      if (c.type === "radio") {
        values[c.name] ??= "";
        if (start ? c.defaultChecked : c.checked) values[c.name] = c.value;
      } else if (c.type === "checkbox") values[slotOf(c)] = (start ? c.defaultChecked : c.checked) ? "yes" : "";
      else if (c.options) {
        const chosen = [...c.options].filter((o) => (start ? o.defaultSelected : o.selected));
        values[c.name] = chosen.length ? chosen.map((o) => o.value).join("\n") : c.multiple ? "" : c.options[0]?.value ?? "";
      } else values[c.name] = start ? c.defaultValue : c.value;
    }
    return values;
  }

  function fill(form, slot, value) {
    for (const c of controls(form).filter((c) => slotOf(c) === slot)) {
      if (c.type === "radio") c.checked = c.value === value;
      else if (c.type === "checkbox") c.checked = value === "yes";
      else if (c.multiple) for (const o of c.options) o.selected = value.split("\n").includes(o.value);
      else c.value = value;
    }
  }

  function keepDraft(form) {
    if (!page.person) return;
    const now = readForm(form), was = readForm(form, true), fields = {};
    for (const slot in now) if (now[slot] !== was[slot]) fields[slot] = { value: now[slot], was: was[slot] };
    try {
      if (Object.keys(fields).length) localStorage.setItem(draftKey(form), JSON.stringify({ at: Date.now(), fields }));
      else localStorage.removeItem(draftKey(form));
    } catch { /* storage full or forbidden: the page works without drafts */ }
  }

  function forgetDraft(form) {
    localStorage.removeItem(draftKey(form));
    form.querySelector(".draft")?.remove();
  }

  function restoreDraft(form) {
    const draft = stored(draftKey(form));
    if (!page.person || !draft) return;
    addMissingRows(form, Object.keys(draft.fields));
    const was = readForm(form, true);
    const differing = Object.entries(draft.fields).filter(([slot, kept]) => slot in was && was[slot] !== kept.value);
    if (!differing.length) return forgetDraft(form);
    for (const [slot, kept] of differing) fill(form, slot, kept.value);
    const moved = differing.some(([slot, kept]) => was[slot] !== kept.was);
    const at = new Date(draft.at), today = at.toDateString() === new Date().toDateString();
    const time = at.toLocaleString("en-GB", { hour: "2-digit", minute: "2-digit", ...(!today && { day: "numeric", month: "short" }) });
    const words = `Restored what you typed at ${time}; not saved yet.${moved ? " The saved value has changed since." : ""}`;
    const bar = element("div", { class: "draft", role: "status" }, element("span", {}, words));
    if (form.dataset.value) bar.append(button("Save now", "btn-accent", () => form.requestSubmit()));
    bar.append(button("Discard", "btn-outline-secondary", () => {
      for (const [slot] of differing) fill(form, slot, was[slot]);
      forgetDraft(form);
    }));
    form.prepend(bar);
  }

  function dropOldDrafts() {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith("draft:") && Date.now() - (stored(key)?.at ?? 0) > MOST_DAYS * 864e5) localStorage.removeItem(key);
    }
  }

  /** A full submit was saved when the page says so, or when it redirected to another page without an error. */
  function settleSubmitted() {
    for (const tag of all('meta[name="draft-saved"]')) localStorage.removeItem(`draft:${page.person}:${tag.content}`);
    const sent = JSON.parse(sessionStorage.getItem("submitted") || "null");
    sessionStorage.removeItem("submitted");
    const arrival = performance.getEntriesByType("navigation")[0];
    const elsewhere = sent && sent.path !== location.pathname && arrival?.redirectCount > 0;
    const refused = document.querySelector('[data-message-level~="error"],[data-refusal]');
    if (elsewhere && !refused && page.person && sent.key.startsWith(`draft:${page.person}:`)) localStorage.removeItem(sent.key);
  }

  function onTyped(event) {
    const form = event.target.closest?.("[data-draft]");
    if (form) keepDraft(form);
  }

  function onSubmit(event) {
    const form = event.target.closest("[data-draft]");
    if (!form || form.hasAttribute("hx-post")) return;
    sessionStorage.setItem("submitted", JSON.stringify({ key: draftKey(form), path: location.pathname }));
  }

  // values that save themselves (components/_value.html)

  const waiting = new Set(); // ids of the values to send again when the connection is back
  const typedMeanwhile = new Map(); // what was typed while the answer was on its way, by id
  let heldFocus = "";

  function controlName(form) {
    return form.querySelector(".posts [name]")?.name;
  }

  function setAndSave(form, value) {
    fill(form, controlName(form), value);
    form.querySelector(".posts [name]").dispatchEvent(new Event("change", { bubbles: true }));
  }

  function beforeSwap(event) {
    const { xhr, target, requestConfig } = event.detail;
    const form = target.closest?.("form[data-value]");
    if (new URL(xhr.responseURL || location.href, location.href).pathname === page.signIn && location.pathname !== page.signIn) {
      event.detail.shouldSwap = false; // the session ended and the answer is the sign-in page
      return signedOut(event.detail.elt);
    }
    // A refusal may come with the value itself (409 with both values): then it is shown in its place.
    if (xhr.status >= 400 && target.id && xhr.responseText.includes(`id="${target.id}"`)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    if (!form || !event.detail.shouldSwap) return;
    const name = controlName(form), now = readForm(form)[name];
    const sent = requestConfig.formData.get(name) ?? "";
    if (now !== undefined && now !== sent && requestConfig.elt === form) typedMeanwhile.set(form.id, now);
    heldFocus = form.contains(document.activeElement) ? form.id : "";
  }

  function onLoaded(event) {
    const form = event.detail.elt;
    if (!form.matches?.("[data-value]")) return;
    waiting.delete(form.id);
    if (!waiting.size) clearNotice("network");
    clearNotice("problem");
    if (form.dataset.saved) forgetDraft(form);
    say(form.dataset.say);
    if (typedMeanwhile.has(form.id)) {
      const value = typedMeanwhile.get(form.id);
      typedMeanwhile.delete(form.id);
      return setAndSave(form, value);
    }
    const question = form.querySelector(".field-ask select, .field-ask button");
    if (heldFocus === form.id && (question || !form.contains(document.activeElement))) (question ?? form.querySelector(".posts [name]"))?.focus();
  }

  // when saving fails

  function markUnsaved(elt) {
    const form = elt.closest?.("form[data-value]");
    if (form?.querySelector("[data-unsaved]")) form.querySelector("[data-unsaved]").hidden = false;
    return form;
  }

  function signedOut(elt) {
    markUnsaved(elt);
    notice("problem", "Not saved: you are signed out. Sign in again; what you typed is kept.", signInLink());
  }

  function onRefused(event) {
    const { xhr, elt } = event.detail;
    if (xhr.status === 401) return signedOut(elt);
    markUnsaved(elt);
    const answer = new DOMParser().parseFromString(xhr.responseText, "text/html");
    const words = answer.querySelector("[data-refusal] p, p[data-refusal]")?.textContent.trim();
    notice("problem", words ? `Not saved: ${words}` : {
      403: "Not saved: this is not for your role, or you signed in again elsewhere. Load the page again; what you typed is kept.",
      409: "Not saved: the record has moved on. Load the page again; what you typed is kept.",
    }[xhr.status] || "Not saved: the server had a fault. What you typed is kept on this device; try again.");
  }

  function onNetworkLost(event) {
    const form = markUnsaved(event.detail.elt);
    if (form) waiting.add(form.id); // a value names what was seen before, so sending it twice is harmless
    notice("network", form ? "No connection: kept on this tablet, will be saved again." : "No connection: nothing was done. Try again.");
  }

  function sendAgain() {
    for (const id of waiting) {
      const form = document.getElementById(id);
      if (form) window.htmx?.trigger(form, "submit");
      else waiting.delete(id);
    }
  }

  /** The token of the cookie: the one in the page is old after signing in again in another tab. */
  function freshToken(event) {
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
    if (!token) return;
    event.detail.headers["X-CSRFToken"] = token;
    if (event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = token;
  }

  // end of the session

  const idleMinutes = Number(meta("session-idle-minutes"));

  function noteActivity() {
    if (idleMinutes) localStorage.setItem("seen", Date.now()); // shared by the tabs of this browser
    clearNotice("session");
  }

  async function stayHere() {
    try {
      const answer = await fetch(page.stillHere, { headers: { "HX-Request": "true" }, redirect: "error" });
      if (answer.ok) return noteActivity();
    } catch { /* told below */ }
    notice("session", "You could not be kept signed in. Sign in again; what you typed is kept.", signInLink());
  }

  function watchSession() {
    // The server notes activity once a minute, so a session may end up to a minute early.
    const left = Number(localStorage.getItem("seen")) + (idleMinutes - 1) * 6e4 - Date.now();
    const shown = document.getElementById("notice-session");
    if (left > 12e4) { if (shown?.dataset.state !== undefined) clearNotice("session"); return; }
    const state = left > 0 ? "soon" : "over";
    if (shown?.dataset.state === state) return;
    if (left > 0) notice("session", "You will be signed out in 2 minutes.", button("Stay signed in", "btn-accent", stayHere));
    else notice("session", "You are signed out. Sign in again; what you typed is kept.", signInLink());
    document.getElementById("notice-session").dataset.state = state;
  }

  // clocks of running steps
  // <time data-running-since data-from-min data-to-min>, with [data-running-words] beside it

  function showElapsed(clock) {
    const seconds = Math.max(0, Math.floor((Date.now() + skew - Date.parse(clock.dataset.runningSince)) / 1000));
    const two = (n) => String(n).padStart(2, "0");
    clock.textContent = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    const over = seconds > clock.dataset.toMin * 60, enough = seconds >= clock.dataset.fromMin * 60;
    const words = clock.parentElement.querySelector("[data-running-words]");
    if (words) words.textContent = over ? "too long" : enough ? "may be stopped" : "";
    const pill = clock.closest(".pill");
    for (const [kind, on] of [["fail", over], ["pass", enough && !over], ["live", !over && !enough]]) pill?.classList.toggle(kind, on);
  }

  // keyboard and scanner

  const BURST_MS = 40, BURST_LENGTH = 6;
  let burst = "", lastKey = 0, overtyped = null;

  const isTyping = (target) => target.matches?.("input:not([type=radio],[type=checkbox],[type=submit],[type=button]),textarea,select,[contenteditable]");

  function send(code) {
    const input = document.querySelector("form[data-scan] input:not([type=hidden]), input[data-scan]");
    if (!input) return;
    input.value = code;
    input.form.requestSubmit();
  }

  /** Scanners type faster than people and end with Enter. What they type goes to the page's scan form, else
      to the search box; a number field that had the focus gets its own value back. */
  function scanned(event) {
    const fast = event.timeStamp - lastKey < BURST_MS;
    const target = event.target, numeric = target.matches?.(".field [inputmode=decimal],.field [inputmode=numeric]");
    if (isTyping(target) && !numeric) return false;
    if (event.key === "Enter" && fast && burst.length >= BURST_LENGTH) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (numeric && overtyped !== null) target.value = overtyped;
      send(burst);
      burst = "";
      return true;
    }
    if (event.key.length !== 1) return false;
    if (!fast) overtyped = numeric ? target.value : null;
    burst = fast ? burst + event.key : event.key;
    lastKey = event.timeStamp;
    if (burst.length > 1 && !numeric) event.preventDefault(); // no shortcut, no click, no scrolling
    return burst.length > 1;
  }

  function moveReview(step) {
    const items = all("[data-review-item]"), here = items.findIndex((item) => item.hasAttribute("aria-current"));
    const next = items[Math.min(items.length - 1, Math.max(0, here + step))];
    if (!next) return;
    items[here]?.removeAttribute("aria-current");
    next.setAttribute("aria-current", "true");
    if (!next.hasAttribute("tabindex")) next.tabIndex = -1;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function closeMenus(except) {
    for (const menu of all("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
  }

  function escape(target) {
    const menu = target.closest?.("details.menu[open]");
    if (menu) menu.querySelector("summary").focus();
    closeMenus(null);
    if (target.matches?.("input[data-scan]")) target.blur();
  }

  /** Arrow keys walk along a choice without choosing: each choice on the way would be saved. Space chooses. */
  function walkChoice(event) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.matches?.(".posts .choice-input")) return;
    event.preventDefault();
    const choices = all(".choice-input", event.target.closest(".choice"));
    choices[(choices.indexOf(event.target) + step + choices.length) % choices.length].focus();
  }

  /** Enter in a question's own line answers that question, not the value above it. */
  function answerHere(event) {
    if (event.key !== "Enter" || !event.target.matches?.(".menu-ask input,.field-ask input")) return;
    event.preventDefault();
    event.target.closest(".menu-ask,.field-ask").querySelector("button[type=submit]").click();
  }

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || scanned(event)) return;
    if (event.key === "Escape") return escape(event.target);
    walkChoice(event);
    answerHere(event);
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      document.querySelector("input[type=search][data-scan]")?.focus();
    } else if (event.key === "j") moveReview(1);
    else if (event.key === "k") moveReview(-1);
    else if (event.key === "d") document.querySelector("[data-review-item][aria-current] a[data-deviation]")?.click();
  }

  // clicks

  function addRow(prefix) {
    const total = document.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
    const most = Number(document.querySelector(`[name="${prefix}-MAX_NUM_FORMS"]`)?.value || 1000);
    const pattern = document.querySelector(`template[data-rows-template="${prefix}"]`);
    const rows = document.querySelector(`[data-rows="${prefix}"]`);
    if (!total || !pattern || !rows || Number(total.value) >= most) return null;
    rows.insertAdjacentHTML("beforeend", pattern.innerHTML.replaceAll("__prefix__", total.value));
    total.value = Number(total.value) + 1;
    window.htmx?.process(rows.lastElementChild);
    return rows.lastElementChild;
  }

  function addMissingRows(form, slots) {
    for (const slot of slots) {
      const [, prefix, index] = /^(.+)-(\d+)-/.exec(slot) || [];
      const total = prefix && form.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
      while (total && Number(total.value) <= Number(index) && addRow(prefix));
    }
  }

  function onClick(event) {
    closeMenus(event.target);
    const hit = event.target.closest?.("[data-dismiss],[data-fill],[data-rows-add],[data-opens],[data-closes]");
    if (!hit) return;
    const { dataset } = hit;
    if ("dismiss" in dataset) hit.closest("[data-dismissible]").remove();
    else if ("fill" in dataset) {
      event.preventDefault();
      setAndSave(hit.form, dataset.fill);
    } else if ("rowsAdd" in dataset) addRow(dataset.rowsAdd)?.querySelector("input:not([type=hidden]),select,textarea")?.focus();
    else if ("opens" in dataset) document.getElementById(dataset.opens)?.showModal();
    else hit.closest("dialog").close();
  }

  // start

  document.addEventListener("keydown", onKey, true);
  document.addEventListener("click", onClick);
  document.addEventListener("input", onTyped);
  document.addEventListener("change", onTyped);
  document.addEventListener("submit", onSubmit);
  const listen = (name, act) => document.addEventListener(`htmx:${name}`, act);
  listen("configRequest", freshToken);
  listen("beforeSwap", beforeSwap);
  listen("load", onLoaded);
  listen("afterRequest", (event) => event.detail.successful && noteActivity());
  listen("responseError", onRefused);
  listen("sendError", onNetworkLost);
  listen("timeout", onNetworkLost);
  window.addEventListener("online", sendAgain);
  setInterval(() => navigator.onLine && sendAgain(), 15e3);

  settleSubmitted();
  dropOldDrafts();
  for (const form of all("[data-draft]")) restoreDraft(form);
  if (idleMinutes && page.person) {
    noteActivity();
    setInterval(watchSession, 5e3);
  }
  const tick = () => all("time[data-running-since]").forEach(showElapsed);
  tick();
  setInterval(tick, 1000);
})();
