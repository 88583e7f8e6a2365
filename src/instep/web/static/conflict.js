// Keys in the dialog of a conflict, and what follows from a choice; without script the form does all of it.
(() => {
  "use strict";
  const form = document.getElementById("decision");
  if (!form) return;
  document.body.classList.add("keyed");
  const choices = [...form.querySelectorAll("input[name=choice]")];
  const takes = () => [...form.querySelectorAll("input[name^='take.']")];
  const groups = () => [...new Set(takes().map((radio) => radio.name))];
  const radiosOf = (name) => takes().filter((radio) => radio.name === name);
  const choose = (value) => {
    const radio = choices.find((one) => one.value === value);
    if (radio) { radio.checked = true; radio.focus(); tell(radio); }
  };
  const tell = (radio) => radio.dispatchEvent(new Event("change", { bubbles: true }));

  // The preview, by fetch: htmx would complain aloud of each request that the next choice or the decision cuts off.
  const outcome = document.getElementById("outcome");
  let waits = 0;
  let asked = new AbortController();
  const foresee = async () => {
    asked.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`/conflicts/${form.dataset.number}/preview`, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "HX-Request": "true" }, signal: asked.signal,
      });
      if (answer.ok) outcome.innerHTML = await answer.text();
    } catch {
      // Cut off, or the program has ended; the form says so when it is sent.
    }
  };
  form.addEventListener("change", () => { clearTimeout(waits); waits = setTimeout(foresee, 60); });
  form.addEventListener("submit", () => { clearTimeout(waits); asked.abort(); });

  form.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (name.startsWith("take.")) {
      const merge = choices.find((one) => one.value === "merge");
      if (merge) merge.checked = true;
    } else if (name === "choice" && (value === "server" || value === "desktop")) {
      // What a whole version means for each field; a field can then be chosen otherwise.
      for (const radio of takes()) radio.checked = radio.value === value;
    } else if (name === "choice" && value !== "merge") {
      for (const radio of takes()) radio.checked = false;
    }
  }, true);

  // The same for what the page came with.
  const came = choices.find((radio) => radio.checked);
  if (came && (came.value === "server" || came.value === "desktop")) {
    for (const radio of takes()) radio.checked = radio.value === came.value;
  }

  const which = document.getElementById("which");
  if (which) which.addEventListener("change", () => which.form.submit());

  const typing = (target) => target.matches("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])");
  const moveTo = (radios) => (radios.find((radio) => radio.checked) || radios[0]).focus();

  const arrow = (event, target) => {
    const names = groups();
    const at = names.indexOf(target.name);
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      if (at < 0) return false;
      const radio = radiosOf(target.name)[event.key === "ArrowLeft" ? 0 : 1];
      radio.checked = true;
      radio.focus();
      tell(radio);
      return true;
    }
    const down = event.key === "ArrowDown";
    if (at >= 0) {
      const next = names[at + (down ? 1 : -1)];
      if (next) moveTo(radiosOf(next));
      else if (down) moveTo(choices);
      return true;
    }
    if (target.name === "choice") {
      if (down || target !== choices[0] || !names.length) return false;
      moveTo(radiosOf(names[names.length - 1]));
      return true;
    }
    if (target !== document.body && target.id !== "main") return false;
    moveTo(names.length && down ? radiosOf(names[0]) : choices);
    return true;
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || typing(target)) return;
    if (event.key.startsWith("Arrow")) {
      if (arrow(event, target)) event.preventDefault();
      return;
    }
    if (event.key === "Enter") {
      if (target.matches("a, button, summary")) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[name=then]"));
      return;
    }
    if (event.key === "u") {
      const undo = document.getElementById("undo");
      if (undo) undo.requestSubmit();
      return;
    }
    const radio = choices.find((one) => one.getAttribute("aria-keyshortcuts") === event.key.toLowerCase());
    if (radio) { event.preventDefault(); choose(radio.value); }
  });
})();
