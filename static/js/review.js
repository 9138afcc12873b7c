/* The keyboard of the review page, beside j, k and d of exoledger.js. Everything works by mouse and without it. */
"use strict";
(() => {
  const here = () => document.querySelector("[data-review-item][aria-current]");
  const isTyping = (target) => target.matches?.("input:not([type=checkbox],[type=radio]),textarea,select");

  function stand(row) {
    if (!row) return;
    here()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.focus();
  }

  function accept() {
    const fold = (here() ?? document.querySelector("[data-review-item]:not([data-decided])"))?.querySelector("details.decide");
    if (!fold) return;
    stand(fold.closest("[data-review-item]"));
    fold.open = true;
    fold.querySelector("[data-accept]").focus();
  }

  function leave(target) {
    const fold = target.closest?.("details.decide");
    if (!fold) return;
    fold.open = false;
    stand(fold.closest("[data-review-item]"));
  }

  function toSign() {
    const card = document.getElementById("sign") ?? document.getElementById("disposition");
    card?.scrollIntoView({ block: "start" });
    card?.querySelector("input:not([type=hidden]),button")?.focus();
  }

  const keys = {
    a: accept,
    q: () => here()?.querySelector("[data-query]")?.click(),
    c: () => document.querySelector("[data-changes]")?.click(),
    s: toSign,
    w: () => document.querySelector("[data-whole]")?.click(),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape") return leave(event.target);
    if (isTyping(event.target) || document.querySelector("dialog[open]") || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  const arrived = location.hash.startsWith("#x-") && document.getElementById(location.hash.slice(1));
  if (arrived) stand(arrived);
})();
