
"use strict";
// Makes what stands on the page movable: the bars by a slider over the days, the matrix by clicks and a filter.
// It writes no markup, reads nothing but this page, and sends nothing.
for (const controls of document.querySelectorAll(".controls")) controls.hidden = false;

for (const table of document.querySelectorAll("table[data-days]")) {
  const days = table.dataset.days.split("|");
  const slider = document.getElementById("day");
  const shown = document.getElementById("day-shown");
  const titles = [...table.tHead.rows[0].cells].map(cell => cell.textContent.replace(/\s+/g, " "));
  const column = title => titles.indexOf(title);
  const [now, interval, firm, words] = ["now", "90 % interval", "confidence", "in words"].map(column);
  const x = value => 5 + 170 * value;
  const last = days.length - 1;
  const rows = [...table.tBodies[0].rows].map(row => ({
    cells: row.cells,
    range: row.querySelector("svg .range"),
    point: row.querySelector("svg .point"),
    end: row.dataset.end.split(";"),
    firm: row.cells[firm].textContent,
    course: row.dataset.course.split("|").map(day => day.split(";")),
  }));
  const show = day => {
    shown.textContent = days[day];
    for (const row of rows) {
      const [at, low, high, value, between, term] = day === last ? row.end : row.course[day];
      row.range.setAttribute("x", x(+low));
      row.range.setAttribute("width", Math.max(x(+high) - x(+low), 1));
      row.point.setAttribute("cx", x(+at));
      row.cells[now].textContent = value;
      row.cells[interval].textContent = between;
      row.cells[words].textContent = term;
      row.cells[firm].textContent = day === last ? row.firm : "";
    }
  };
  slider.addEventListener("input", () => show(+slider.value));
}

for (const table of document.querySelectorAll("table.ach")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const filter = document.getElementById("filter");
  const telling = document.getElementById("telling");
  const narrow = () => {
    const text = filter.value.trim().toLowerCase();
    for (const row of body.rows) {
      const fits = row.cells[0].textContent.toLowerCase().includes(text);
      row.hidden = !fits || (telling.checked && row.dataset.telling === "no");
    }
  };
  filter.addEventListener("input", narrow);
  telling.addEventListener("change", narrow);
  heads.forEach((head, place) => {
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") === "descending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = row => row.cells[place].dataset.key ?? row.cells[place].textContent;
      const order = (one, other) => key(one).localeCompare(key(other), "en", { numeric: true });
      const rows = [...body.rows].sort((one, other) => (up ? order(one, other) : order(other, one)));
      body.append(...rows);
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
  });
}
