// Searching the help while one types, in an index that is fetched once; the rules are those of help_search.py.
(() => {
  "use strict";
  const form = document.querySelector("form.search");
  const found = document.getElementById("found");
  if (!form || !found) return;
  const field = form.querySelector("input[type=search]");
  const page = document.getElementById("topic");
  const words = (text) => [...new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) || [])];
  let index;

  const fetched = () => {
    index ??= fetch(form.dataset.index).then((answer) => answer.json()).then((read) => {
      read.parts = read.parts.map(([at, anchor, heading, text]) => {
        const [address, title, about] = read.pages[at];
        const to = anchor ? `${address}#${anchor}` : address;
        const places = [[words(heading), 6], [words(text), 2], [words(`${title} ${about}`), heading ? 1 : 8]];
        return { to, title, heading, text, places };
      });
      return read;
    });
    return index;
  };

  const meant = (term, alike) => {
    const all = [[term, 2]];
    if (term.length > 3 && term.endsWith("s")) all.push([term.slice(0, -1), 2]);
    for (const group of alike) {
      if (term.length > 2 && group.some((word) => word.startsWith(term))) all.push(...group.map((word) => [word, 1]));
    }
    return all;
  };

  const score = (part, terms) => {
    let total = 0;
    for (const meanings of terms) {
      let best = 0;
      for (const [word, weight] of meanings) {
        const hits = part.places.filter(([known]) => known.some((other) => other.startsWith(word)));
        best = Math.max(best, weight * hits.reduce((sum, [, worth]) => sum + worth, 0));
      }
      if (!best) return 0;
      total += best;
    }
    return total;
  };

  const excerpt = (text, terms) => {
    const wanted = terms.flat().filter(([, weight]) => weight > 1).map(([word]) => word).join("|");
    const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${wanted})[\\p{L}\\p{N}_]*`, "giu");
    const first = text.search(pattern);
    const start = first > 60 ? text.lastIndexOf(" ", first - 61) + 1 : 0;
    let piece = text.slice(start, start + 180);
    if (start + 180 < text.length) piece = `${piece.slice(0, piece.lastIndexOf(" "))} …`;
    const line = document.createElement("p");
    let at = 0;
    if (start) line.append("… ");
    for (const match of piece.matchAll(pattern)) {
      const mark = document.createElement("mark");
      mark.textContent = match[0];
      line.append(piece.slice(at, match.index), mark);
      at = match.index + match[0].length;
    }
    line.append(piece.slice(at));
    return line;
  };

  const show = (query, hits, terms) => {
    const heading = document.createElement("h1");
    heading.textContent = hits.length ? `Found for “${query}”` : `Nothing found for “${query}”`;
    const list = document.createElement("ol");
    list.className = "hits";
    for (const part of hits) {
      const entry = document.createElement("li");
      const link = document.createElement("a");
      link.href = part.to;
      link.textContent = part.heading || part.title;
      const of = document.createElement("span");
      of.className = "of";
      of.textContent = part.heading ? ` ${part.title}` : "";
      entry.append(link, of, excerpt(part.text, terms));
      list.append(entry);
    }
    found.replaceChildren(heading, list);
  };

  const search = async () => {
    const query = field.value.trim();
    const { parts, alike, empty } = await fetched();
    if (query !== field.value.trim()) return;
    const typed = words(query.slice(0, 200));
    const said = typed.filter((word) => !empty.includes(word));
    const terms = (said.length ? said : typed).map((term) => meant(term, alike));
    found.hidden = !terms.length;
    page.hidden = !!terms.length;
    if (!terms.length) return;
    const scored = parts.map((part, place) => [score(part, terms), place, part]).filter(([points]) => points);
    scored.sort((one, other) => other[0] - one[0] || one[1] - other[1]);
    show(query, scored.slice(0, 20).map(([, , part]) => part), terms);
  };

  field.addEventListener("focus", fetched, { once: true });
  field.addEventListener("input", search);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    field.value = "";
    search();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search().then(() => found.querySelector("a")?.focus());
  });
  // A result on this very page: show the page again before going to the place.
  found.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || link.pathname !== location.pathname) return;
    field.value = "";
    found.hidden = true;
    page.hidden = false;
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.focus();
  });
})();
