/* Passkeys: asking the person's own device to make one, or to sign. Needs nothing but the browser.
   [data-passkey-register]  a form that registers one (account page)
   [data-challenge-by]      the hidden field of a form that is signed: challenges by the choice made in it
   [data-passkey-answer]    the hidden field of a form that carries all it asks of the browser (sign-in) */
"use strict";
(() => {
  if (window.exoledgerPasskeys) return;
  window.exoledgerPasskeys = true;
  const own = document.currentScript?.dataset.own;
  const canDo = Boolean(window.PublicKeyCredential && navigator.credentials?.create);
  const NONE = "This browser can't use passkeys. Use another browser or device, or your password.";

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  function say(form, words) {
    const place = form.querySelector("[data-passkey-said]");
    place.textContent = words;
    place.hidden = !words;
  }

  function wordsFor(error, options) {
    const domain = options?.rpId || options?.rp?.id;
    if (error.name === "InvalidStateError") return "This device already holds a passkey of yours.";
    if (error.name === "SecurityError" && domain) return `Passkeys belong to the address ${domain}: open the product there.`;
    if (error.name === "NotAllowedError") return "The passkey was not used, or it took too long. Nothing was sent; try again.";
    return `The passkey could not be used: ${error.message}`;
  }

  function answer(credential, parts) {
    const response = Object.fromEntries(parts.map((part) => [part, text(credential.response[part])]));
    const transports = credential.response.getTransports?.();
    if (transports) response.transports = transports;
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
  }

  async function create(options) {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    };
    return answer(await navigator.credentials.create({ publicKey }), ["clientDataJSON", "attestationObject"]);
  }

  async function get(options) {
    const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
    return answer(await navigator.credentials.get({ publicKey }), ["clientDataJSON", "authenticatorData", "signature"]);
  }

  /** Ask the device, fill the hidden field, send the form; say what went wrong beside the button. */
  async function ask(form, field, how, options) {
    say(form, "");
    try {
      field.value = await how(options);
    } catch (error) {
      return say(form, wordsFor(error, options));
    }
    form.requestSubmit();
  }

  async function register(form) {
    if (!form.reportValidity()) return;
    const asked = await fetch(form.dataset.passkeyRegister, { method: "POST", body: new FormData(form), redirect: "error" }).catch(() => null);
    const options = await asked?.json().catch(() => null);
    if (!options) return say(form, "The server did not answer, or you are signed out: load the page again.");
    if (options.refusal) return say(form, options.refusal);
    form.elements.password.value = "";
    form.elements.password.required = false;
    await ask(form, form.elements.passkey, create, options);
  }

  async function sign(form) {
    const field = form.querySelector("[data-challenge-by]"), by = field.dataset.challengeBy;
    const choice = by ? form.elements[by]?.value || "" : "", challenge = JSON.parse(field.dataset.challenges)[choice];
    if (!challenge) return say(form, "Choose first what you sign.");
    await ask(form, field, get, { ...(await mine()), challenge });
  }

  let asked = null;
  const mine = () => (asked ??= fetch(own, { redirect: "error" }).then((found) => (found.ok ? found.json() : {})).catch(() => ({})));

  /** Buttons for signing stand there for people who have a passkey, in browsers that know what that is. */
  async function show() {
    for (const form of document.querySelectorAll("[data-passkey-register]")) if (!canDo) say(form, NONE);
    const buttons = [...document.querySelectorAll("[data-passkey-sign][hidden]")];
    if (canDo && own && buttons.length && (await mine()).challenge) for (const one of buttons) one.hidden = false;
    for (const one of document.querySelectorAll("[data-passkey-sign-in]")) {
      one.hidden = !canDo;
      if (!canDo) say(one.form, NONE);
    }
  }

  document.addEventListener("click", (event) => {
    const hit = event.target.closest?.("[data-passkey-sign],[data-passkey-sign-in]");
    if (!hit) return;
    if ("passkeySign" in hit.dataset) return sign(hit.form);
    const field = hit.form.querySelector("[data-passkey-answer]");
    ask(hit.form, field, get, JSON.parse(field.dataset.passkeyAnswer));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-passkey-register]");
    if (!form || form.elements.passkey.value) return;
    event.preventDefault();
    if (canDo) register(form);
  });
  window.addEventListener("pageshow", () => { // an answer serves once: none is kept for going back
    for (const field of document.querySelectorAll("[data-passkey-register] [name=passkey],[data-challenge-by],[data-passkey-answer]")) field.value = "";
  });
  document.addEventListener("htmx:load", show);
  show();
})();
