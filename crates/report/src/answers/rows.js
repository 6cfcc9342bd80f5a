"use strict";
// Sorts tables by clicks on their heads and filters their rows. It writes no markup, reads nothing but this page, and sends nothing.
for (const controls of document.querySelectorAll(".controls")) controls.hidden = false;
const collator = new Intl.Collator("en", { numeric: true });
for (const table of document.querySelectorAll("table.rows")) {
  const body = table.tBodies[0];
  const scope = table.closest(".filtered") ?? document;
  const filter = scope.querySelector("input[type=search]");
  const look = scope.querySelector("input[type=checkbox]");
  const choices = [...scope.querySelectorAll("select[data-column]")];
  const shown = scope.querySelector("output");
  const chosen = row => choices.every(choice => !choice.value || row.cells[choice.dataset.column].textContent === choice.value);
  const narrow = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(word => word);
    let number = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word)) || (look?.checked && row.dataset.look === "no") || !chosen(row);
      if (!row.hidden) number += 1;
    }
    shown.textContent = `${number} of ${body.rows.length} shown`;
  };
  filter.addEventListener("input", narrow);
  for (const control of [look, ...choices]) control?.addEventListener("change", narrow);
  narrow();
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, place) => {
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const keyed = [...body.rows].map(row => [row.cells[place].dataset.key ?? row.cells[place].textContent, row]);
      keyed.sort(([one], [other]) => (up ? collator.compare(one, other) : collator.compare(other, one)));
      body.append(...keyed.map(([, row]) => row));
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
  });
}
