// The search: tasks by title and reason, examples by instruction.

const search = (() => {
  const FIRST = 30;
  const field = $("search");
  const results = $("results");
  let waiting = 0;

  /** A text in which what was looked for is marked. */
  function marked(tag, name, text, wanted) {
    const box = said(tag, name, "");
    const low = text.toLowerCase();
    const at = low.length === text.length ? low.indexOf(wanted) : -1;
    if (at < 0) box.append(text);
    else box.append(text.slice(0, at), make("mark", "", text.slice(at, at + wanted.length)), text.slice(at + wanted.length));
    return box;
  }

  const show = (i) => {
    field.value = "";
    look();
    page.choose(i);
  };

  function way(i) {
    return make("span", "path soft", ...pathTo(i).map((k) => said("span", "", tasks[k].title)));
  }

  function taskFound(i, wanted) {
    const within = [marked("span", "title", tasks[i].title, wanted)];
    if (i) within.push(way(tasks[i].parent));
    if (tasks[i].reason) within.push(marked("span", "reason", tasks[i].reason, wanted));
    return make("li", "", button("hit", () => show(i), ...within));
  }

  function exampleFound([i, k], wanted) {
    const item = tasks[i].examples[k];
    const entry = details.example(item);
    entry.querySelector(".instruction").replaceWith(marked("div", "instruction", item[0], wanted));
    entry.prepend(button("link", () => show(i), way(i)));
    return entry;
  }

  /** The first of what was found, and a button for more. */
  function list(found, entry) {
    const box = make("ol", "hits");
    const more = button("more", add, "");
    let shown = 0;
    function add() {
      box.append(...found.slice(shown, (shown += FIRST)).map(entry));
      more.hidden = shown >= found.length;
      more.textContent = `Show ${Math.min(FIRST, found.length - shown)} more of ${numbers.format(found.length - shown)}`;
    }
    add();
    return [box, more];
  }

  function look() {
    const wanted = field.value.trim().toLowerCase();
    results.hidden = !wanted;
    $("tree").hidden = Boolean(wanted);
    results.replaceChildren();
    $("found").textContent = "";
    if (!wanted) return chart.light(null);
    const has = (text) => text && text.toLowerCase().includes(wanted);
    const titles = [];
    const reasons = [];
    const examples = [];
    const lit = new Set();
    tasks.forEach((task, i) => {
      if (has(task.title)) titles.push(i);
      else if (has(task.reason)) reasons.push(i);
      const before = examples.length;
      (task.examples || []).forEach((item, k) => has(item[0]) && examples.push([i, k]));
      if (examples.length > before) lit.add(i);
    });
    const found = [...titles, ...reasons];
    $("found").textContent = `${many(found.length, "task")}, ${many(examples.length, "instruction")}`;
    if (found.length) results.append(make("h3", "", "Tasks"), ...list(found, (i) => taskFound(i, wanted)));
    if (examples.length) results.append(make("h3", "", "Instructions"), ...list(examples, (one) => exampleFound(one, wanted)));
    chart.light([...found, ...lit]);
  }

  function start() {
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(look, 120);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && event.target === field) {
        field.value = "";
        look();
      } else if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName) && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        field.focus();
      }
    });
  }

  return { start };
})();

tree.start();
chart.start();
search.start();
