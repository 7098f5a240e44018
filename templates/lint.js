const tools = document.querySelector(".tools");
const words = tools.querySelector("input[type=search]");
const boxes = [...tools.querySelectorAll("input[type=checkbox]")];
const none = document.querySelector(".none");
function filter() {
  const wanted = words.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  const levels = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  let shown = 0;
  for (const rule of document.querySelectorAll("details")) {
    const head = rule.querySelector("summary").textContent;
    let left = 0;
    for (const row of rule.querySelectorAll(".rows li")) {
      const text = (head + " " + row.textContent).normalize("NFKC").toLowerCase();
      row.hidden = !(levels.has(rule.dataset.level) && wanted.every((word) => text.includes(word)));
      left += row.hidden ? 0 : 1;
    }
    rule.hidden = left === 0;
    shown += left;
  }
  none.hidden = shown > 0;
}
tools.hidden = false;
tools.addEventListener("input", filter);
