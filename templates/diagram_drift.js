const differs = document.querySelector("[data-drift]");
differs?.addEventListener("click", () => {
  words.value = words.value === differs.dataset.drift ? "" : differs.dataset.drift;
  search();
});
