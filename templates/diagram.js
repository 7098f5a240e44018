const cards = JSON.parse(document.getElementById("cards").textContent);
const pages = [...document.querySelectorAll(".page")];
const choice = document.querySelector("select");
const words = document.querySelector("input[type=search]");
const found = document.querySelector(".found");
const side = document.querySelector("aside");
const hits = document.querySelector(".hits");
const folded = (text) => text.normalize("NFKC").toLowerCase();
const whole = new Map(pages.map((page) => [page, page.querySelector("svg").getAttribute("viewBox").split(" ").map(Number)]));
const seen = new Map([...whole].map(([page, box]) => [page, [...box]]));
for (const card of cards) {
  card.text = folded([card.label, card.detail, card.owner, ...card.words].join(" "));
}
function current() {
  return pages.find((page) => !page.hidden);
}
function look(page, box) {
  seen.set(page, box);
  page.querySelector("svg").setAttribute("viewBox", box.map((each) => each.toFixed(2)).join(" "));
}
// Smaller than this (CSS pixels a point) nobody reads it: then only the beginning is shown, to be moved.
const READABLE = 0.75;
const opened = new Set();
function begin(page) {
  const room = page.querySelector("svg").getBoundingClientRect();
  const [left, top, width, height] = whole.get(page);
  const scale = Math.min(room.width / width, room.height / height);
  const least = room.width < 640 ? 1 : READABLE;
  if (!room.width || !room.height || scale >= least) return;
  const [wide, high] = [room.width, room.height];
  look(page, [left + Math.min(0, (width - wide) / 2), top, wide, high]);
}
function open(name) {
  const wanted = pages.find((page) => page.dataset.page === name) || pages[0];
  for (const page of pages) page.hidden = page !== wanted;
  choice.value = wanted.dataset.page;
  if (!opened.has(wanted)) {
    opened.add(wanted);
    begin(wanted);
  }
  return wanted;
}
function zoom(factor, x = 0.5, y = 0.5) {
  const page = current();
  const [left, top, width, height] = seen.get(page);
  const most = whole.get(page);
  const wide = Math.min(Math.max(width * factor, most[2] / 60), most[2] * 4);
  const high = height * (wide / width);
  look(page, [left + (width - wide) * x, top + (height - high) * y, wide, high]);
}
function place(event) {
  const svg = current().querySelector("svg");
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  const [left, top, width, height] = seen.get(current());
  return [(at.x - left) / width, (at.y - top) / height];
}
function show(card) {
  const page = open(card.page);
  for (const old of document.querySelectorAll(".node.here")) old.classList.remove("here");
  const node = document.getElementById(card.element);
  const svg = page.querySelector("svg");
  const box = whole.get(page);
  look(page, [...box]);
  const at = node.getBoundingClientRect();
  const to = svg.getScreenCTM().inverse();
  const middle = new DOMPoint(at.x + at.width / 2, at.y + at.height / 2).matrixTransform(to);
  const wide = Math.min(box[2], Math.max(900, box[2] / 4));
  const high = (box[3] * wide) / box[2];
  look(page, [middle.x - wide / 2, middle.y - high / 2, wide, high]);
  node.classList.add("here");
}
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
function search() {
  const wanted = folded(words.value).split(/\s+/).filter(Boolean);
  const matching = wanted.length ? cards.filter((card) => wanted.every((word) => card.text.includes(word))) : [];
  document.body.classList.toggle("searching", wanted.length > 0);
  for (const old of document.querySelectorAll(".node.hit")) old.classList.remove("hit");
  for (const card of matching) document.getElementById(card.element).classList.add("hit");
  found.textContent = wanted.length ? `${matching.length} 件` : "";
  side.hidden = matching.length === 0;
  hits.replaceChildren();
  for (const card of matching.slice(0, 200)) {
    const row = document.createElement("li");
    const button = element("button", card.label);
    button.type = "button";
    button.addEventListener("click", () => show(card));
    row.append(button, element("p", [card.detail, card.owner].filter(Boolean).join(" ・ ")));
    for (const [title, url] of card.links) {
      const link = element("a", title);
      link.href = url;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      row.append(link);
    }
    hits.append(row);
  }
}
words.addEventListener("input", search);
words.addEventListener("keydown", (event) => {
  if (event.key === "Enter") hits.querySelector("button")?.click();
});
choice.addEventListener("change", () => {
  location.hash = choice.value;
});
addEventListener("hashchange", () => open(decodeURIComponent(location.hash.slice(1))));
for (const button of document.querySelectorAll("[data-zoom]")) {
  button.addEventListener("click", () => {
    if (button.dataset.zoom === "all") look(current(), [...whole.get(current())]);
    else zoom(button.dataset.zoom === "in" ? 0.8 : 1.25);
  });
}
let from = null;
for (const page of pages) {
  const svg = page.querySelector("svg");
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.88 : 1.14, ...place(event));
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && !event.target.closest("a, text")) {
      from = [event.clientX, event.clientY, ...seen.get(page)];
      svg.setPointerCapture(event.pointerId);
      svg.classList.add("dragging");
    }
  });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const scale = svg.getScreenCTM().a;
    look(page, [from[2] - (event.clientX - from[0]) / scale, from[3] - (event.clientY - from[1]) / scale, from[4], from[5]]);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    svg.addEventListener(end, () => {
      from = null;
      svg.classList.remove("dragging");
    });
  }
}
open(decodeURIComponent(location.hash.slice(1)));
