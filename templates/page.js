"use strict";
const fold = (text) => text.normalize("NFKC").toLowerCase();
const tools = document.querySelector(".tools");
const words = tools.querySelector("input[type=search]");
const owner = tools.querySelector("select");
const kinds = [...tools.querySelectorAll("input[type=checkbox]")];
const clear = tools.querySelector(".clear");
const status = tools.querySelector("[role=status]");
const lists = [...document.querySelectorAll(".list")].map((list) => ({
  list,
  table: list.querySelector("table"),
  nobody: list.querySelector(".nobody"),
  head: fold(list.querySelector(":scope > summary")?.textContent ?? ""),
  rows: [...list.querySelectorAll("tbody tr")],
})).filter((list) => list.table);
const texts = new Map();
const textOf = (row) => {
  if (!texts.has(row)) texts.set(row, fold(row.textContent));
  return texts.get(row);
};
// What a row is counted under, as whole words: web-1 does not find web-10.
const keys = new Map();
const isUnder = (row, word) => {
  if (!row.dataset.keys) return false;
  if (!keys.has(row)) keys.set(row, new Set(fold(row.dataset.keys).split("|")));
  return keys.get(row).has(word);
};

function filter() {
  const wanted = fold(words.value).split(/\s+/).filter(Boolean);
  const whose = owner?.value ?? "";
  const unticked = new Set(kinds.filter((box) => !box.checked).map((box) => box.value));
  const searched = wanted.length > 0 || whose !== "";
  let all = 0, some = 0;
  for (const { list, table, nobody, head, rows } of lists) {
    let left = 0;
    for (const row of rows) {
      row.hidden = unticked.has(row.dataset.kind ?? list.dataset.kind) ||
        !wanted.every((word) => head.includes(word) || textOf(row).includes(word) || isUnder(row, word)) ||
        (whose !== "" && row.querySelector(".owner").textContent !== whose);
      left += row.hidden ? 0 : 1;
    }
    if (list.localName === "details") {
      list.hidden = left === 0;
      list.open = searched && left > 0;
    }
    table.hidden = left === 0;
    if (nobody) nobody.hidden = left > 0;
    all += rows.length;
    some += left;
  }
  const narrowed = searched || unticked.size > 0;
  clear.hidden = !narrowed;
  status.textContent = tools.dataset[narrowed ? "some" : "all"]
    .replace("{all}", all.toLocaleString()).replace("{some}", some.toLocaleString());
}

function find(wanted) {
  const named = [...owner?.options ?? []].some((option) => option.value === wanted);
  if (owner) owner.value = named ? wanted : "";
  words.value = named ? "" : wanted;
  for (const box of kinds) box.checked = true;
  filter();
}

const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
const keyOf = (row, column) => {
  const cell = row.cells[column];
  return (cell.dataset.order ?? cell.textContent).trim().replaceAll(",", "");
};

function sort(head, column) {
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = head.closest("table").tBodies[0];
  const keyed = [...body.rows].map((row) => [keyOf(row, column), row]);
  // What has nothing in this column stands last, whichever way the rest is.
  keyed.sort(([one], [two]) => (one === "") - (two === "") || (down ? compare(two, one) : compare(one, two)));
  body.append(...keyed.map(([, row]) => row));
}

for (const table of document.querySelectorAll(".sortable")) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head, column));
    head.append(button);
  });
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-find]");
  if (!link || !lists.length) return;
  find(link.dataset.find);
  const some = lists.filter(({ table }) => !table.hidden).map(({ table }) => table.closest("section"));
  if (some.some((list) => `#${list.id}` === link.getAttribute("href"))) return;
  // The list it names is cut, or tells of each page one finding only: what is here of it may stand in another.
  event.preventDefault();
  if (some.length) {
    location.hash = some[0].id;
  } else {
    status.textContent = tools.dataset.none + link.dataset.listing;
    tools.scrollIntoView({ block: "nearest" });
  }
});
words.addEventListener("input", filter);
owner?.addEventListener("change", filter);
for (const box of kinds) box.addEventListener("change", filter);
clear.addEventListener("click", () => { find(""); words.focus(); });
addEventListener("beforeprint", () => {
  for (const { list } of lists) if (list.localName === "details") list.open = !list.hidden;
});
document.documentElement.classList.add("scripted");
tools.hidden = lists.length === 0;
filter();
