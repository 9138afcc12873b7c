/* Dropping files on a batch, one request a file, with progress. Without it the form sends them all at once. */
"use strict";
(() => {
  const form = document.querySelector("[data-drop]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-drop-list]");

  function line(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Sending ${file.name}`);
    item.append(name, bar);
    list.append(item);
    return { item, bar };
  }

  function send(file, { item, bar }) {
    return new Promise((done) => {
      const body = new FormData(form);
      body.delete("files");
      body.append("files", file, file.name);
      const request = new XMLHttpRequest();
      request.open("POST", form.action || location.href);
      request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
        if (bar.value === 1) item.classList.add("is-read");
      });
      request.addEventListener("load", () => done(request.status < 400));
      request.addEventListener("error", () => done(false));
      request.send(body);
    }).then((isStored) => {
      bar.value = 1;
      if (!isStored) item.append(" was not stored; send it again");
      return isStored;
    });
  }

  async function sendAll(files) {
    form.setAttribute("aria-busy", "true");
    const waiting = [...files].map((file) => [file, line(file)]);
    let areStored = true;
    for (const [file, shown] of waiting) areStored = (await send(file, shown)) && areStored;
    form.removeAttribute("aria-busy");
    input.value = "";
    if (areStored) location.assign(location.pathname);
  }

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    sendAll(input.files);
  });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      form.dataset.over = "";
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) delete form.dataset.over;
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    delete form.dataset.over;
    sendAll(event.dataTransfer.files);
  });
})();
