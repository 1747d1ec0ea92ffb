// The filters over the questions, and the sign that a table or picture goes on at the right. What the filters compare is
// text; nothing of it becomes markup.
"use strict";

(() => {
  for (const box of document.querySelectorAll(".scroll")) {
    const look = () => box.classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 1);
    box.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(box);
  }

  const questions = [...document.querySelectorAll(".question")];
  const chosen = ["outcome", "category", "pair"].map((name) => [name, document.getElementById(name)]).filter(([, select]) => select);
  const find = document.getElementById("find");
  const found = document.getElementById("found");
  if (!find) return;
  const numbers = new Intl.NumberFormat("en");

  function filter() {
    const wanted = find.value.trim().toLowerCase();
    let shown = 0;
    for (const question of questions) {
      const fits = chosen.every(([name, select]) => !select.value || question.dataset[name] === select.value);
      question.hidden = !fits || (wanted && !question.textContent.toLowerCase().includes(wanted));
      shown += !question.hidden;
    }
    found.textContent = `${numbers.format(shown)} ${shown === 1 ? found.dataset.one : found.dataset.many}`;
  }

  for (const [, select] of chosen) select.addEventListener("change", filter);
  find.addEventListener("input", filter);
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  filter(); // a browser may have kept what was chosen before
})();
