"use strict";
// Keys (j, k and those of kb triage), the filter of a list, copying a command, the search of a folder of pages.
const fold = (text) => text.normalize("NFKC").toLowerCase().normalize("NFKC").split(/\s+/).filter(Boolean).join(" ");
const age = document.getElementById("age");
if (Date.now() - Date.parse(age.dataset.read) > 864e5) age.classList.add("old");
const rows = [...document.querySelectorAll(".finding, .group")];
const filter = document.getElementById("filter");
if (filter) {
  filter.closest(".tools").hidden = false;
  const texts = rows.map((row) => fold(row.textContent));
  filter.addEventListener("input", () => {
    const words = fold(filter.value).split(" ").filter(Boolean);
    let left = 0;
    rows.forEach((row, at) => {
      row.hidden = !words.every((word) => texts[at].includes(word));
      left += row.hidden ? 0 : 1;
    });
    document.getElementById("count").textContent = `${left} / ${rows.length}`;
  });
}
let at = -1;
const go = (step) => {
  const seen = rows.filter((row) => !row.hidden);
  if (!seen.length) return;
  const now = seen.indexOf(rows[at]);
  const next = seen[Math.min(seen.length - 1, Math.max(0, now + step))];
  at = rows.indexOf(next);
  next.tabIndex = 0;
  next.focus();
};
document.addEventListener("focusin", (event) => {
  const row = event.target.closest(".finding, .group");
  if (row) at = rows.indexOf(row);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || /INPUT|TEXTAREA/.test(event.target.tagName)) return;
  const key = event.key;
  if (key === "j" || key === "s") go(1);
  else if (key === "k") go(-1);
  else if (key === "/" && filter) filter.focus();
  else if (at >= 0) {
    const button = [...rows[at].querySelectorAll("form:first-of-type button")].find((each) => each.textContent.trim().endsWith(" " + key));
    if (!button) return;
    const words = rows[at].querySelector("[name=words]");
    if (words && "azt".includes(key) && !words.value) words.focus();
    else button.click();
  } else return;
  event.preventDefault();
});
for (const input of document.querySelectorAll("[name=words]")) {
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") input.closest(".finding").focus();
  });
}
document.getElementById("copy")?.addEventListener("click", () => navigator.clipboard.writeText(document.getElementById("command").textContent));

const form = document.getElementById("search");
if (form?.dataset.shards) {
  const root = document.documentElement.dataset.root;
  let loading;
  globalThis.kbIndex = [];
  const load = () => loading ??= Promise.all([...Array(Number(form.dataset.shards)).keys()].map((shard) => new Promise((done, failed) => {
    const script = document.createElement("script");
    Object.assign(script, { src: `${root}search-${shard}.js`, onload: done, onerror: failed });
    document.head.append(script);
  })));
  const terms = (query) => [...query.matchAll(/"([^"]*)"|“([^”]*)”|(\S+)/g)].map((m) => fold(m[1] || m[2] || m[3] || "")).filter(Boolean);
  const find = async (query) => {
    const wanted = terms(query);
    await load();
    const found = wanted.length ? kbIndex.filter((row) => wanted.every((term) => row[3].includes(term))) : [];
    const titled = (row) => wanted.filter((term) => fold(row[1]).includes(term)).length;
    found.sort((one, other) => titled(other) - titled(one) || (one[4] < other[4] ? 1 : one[4] > other[4] ? -1 : 0));
    document.getElementById("found").textContent = wanted.length ? `${found.length.toLocaleString()}` : "";
    document.getElementById("hits").replaceChildren(...found.slice(0, 500).map((row) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = `${root}docs/${row[0]}.html`;
      link.textContent = row[1];
      item.append(link, ` ${row[2]}`);
      return item;
    }));
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); find(form.elements.q.value); });
  form.elements.q.addEventListener("input", () => find(form.elements.q.value));
}
