// The filters over the questions. What they compare is text; nothing of it becomes markup.
"use strict";

(() => {
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
    found.textContent = `${numbers.format(shown)} ${shown === 1 ? "question" : "questions"}`;
  }

  for (const [, select] of chosen) select.addEventListener("change", filter);
  find.addEventListener("input", filter);
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  filter(); // a browser may have kept what was chosen before
})();
