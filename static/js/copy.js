/* Copies the text that a button names with data-copy; says so beside it. Without script the text is selected by hand. */
"use strict";
(() => {
  async function copy(button) {
    const text = document.querySelector(button.dataset.copy);
    const said = document.querySelector(button.dataset.said);
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = "Copied.";
    } catch {
      // Only encrypted pages may write to the clipboard: the text is selected, the keyboard copies it.
      getSelection().selectAllChildren(text);
      said.textContent = "Selected: copy it with the keyboard.";
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (button) copy(button);
  });
})();
