
"use strict";
// Sorts the table by clicks on its heads and filters its rows. It writes no markup, reads nothing but this page, and sends nothing.
for (const controls of document.querySelectorAll(".controls")) controls.hidden = false;
const table = document.querySelector("table.rows");
const body = table.tBodies[0];
const filter = document.getElementById("filter");
const look = document.getElementById("look");
const shown = document.getElementById("shown");
const narrow = () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(word => word);
  let number = 0;
  for (const row of body.rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word)) || (look.checked && row.dataset.look === "no");
    if (!row.hidden) number += 1;
  }
  shown.textContent = `${number} of ${body.rows.length} shown`;
};
filter.addEventListener("input", narrow);
look.addEventListener("change", narrow);
narrow();
const heads = [...table.tHead.rows[0].cells];
heads.forEach((head, place) => {
  head.tabIndex = 0;
  const sort = () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = row => row.cells[place].dataset.key ?? row.cells[place].textContent;
    const order = (one, other) => key(one).localeCompare(key(other), "en", { numeric: true });
    body.append(...[...body.rows].sort((one, other) => (up ? order(one, other) : order(other, one))));
  };
  head.addEventListener("click", sort);
  head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
});
