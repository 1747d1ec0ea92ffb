// The tasks as a tree whose branches open and close. What is closed has not been made yet.

const tree = (() => {
  const ROWS = 40; // how many rows may be open at first
  const top = $("tree");
  const items = tasks.map(() => null);
  const isOpen = tasks.map(() => false);
  let stop = 0; // the row at which Tab stops

  function item(i) {
    const task = tasks[i];
    const row = make("div", "row");
    const head = make("div", "line", make("span", "twist"), make("span", "dot " + (i ? colour(i) : "trunk d1")));
    const title = said("span", "title", task.title);
    title.id = `title-${i}`;
    head.append(title);
    if (task.pruned) head.append(make("span", "tag", "pruned"));
    const count = make("span", "count");
    if (children[i].length && own(i)) count.append(make("small", "", `${numbers.format(own(i))} own`), " ");
    if (tasks[0].beneath) count.append(numbers.format(task.beneath));
    else if (under[i]) count.append(make("small", "", many(under[i], "subtask")));
    count.title = counted(i);
    head.append(count);
    row.append(head);
    if (task.reason) row.append(said("p", "reason", task.reason));
    const found = make("li", children[i].length ? "parent" : "leaf", row);
    found.setAttribute("role", "treeitem");
    found.setAttribute("aria-level", task.depth + 1);
    found.setAttribute("aria-selected", "false");
    found.setAttribute("aria-label", `${task.title}: ${counted(i)}`);
    if (children[i].length) found.setAttribute("aria-expanded", "false");
    found.tabIndex = -1;
    found.dataset.task = i;
    items[i] = found;
    return found;
  }

  function open(i, wanted) {
    if (!children[i].length || isOpen[i] === wanted) return;
    isOpen[i] = wanted;
    const li = items[i];
    let group = li.querySelector(":scope > ul");
    if (!group) {
      group = make("ul", "");
      group.setAttribute("role", "group");
      group.append(...children[i].map(item));
      li.append(group);
    }
    group.hidden = !wanted;
    li.setAttribute("aria-expanded", String(wanted));
    if (!wanted && stop !== i && pathTo(stop).includes(i)) rove(i);
  }

  /** Show or hide what is known of a task, beneath its row. */
  function tell(i, wanted) {
    const li = items[i];
    const box = li.querySelector(":scope > .about");
    if (wanted && !box) li.querySelector(":scope > .row").after(details.of(i));
    if (!wanted && box) box.remove();
    li.classList.toggle("told", wanted);
  }

  function choose(i, reveal) {
    const before = top.querySelector("[aria-selected=true]");
    if (before) {
      before.setAttribute("aria-selected", "false");
      tell(Number(before.dataset.task), false);
    }
    for (const above of pathTo(i).slice(0, -1)) open(above, true);
    items[i].setAttribute("aria-selected", "true");
    tell(i, true);
    rove(i);
    if (reveal && isWide()) {
      const { top: y } = items[i].getBoundingClientRect();
      const near = Math.abs(y) < 2 * window.innerHeight && !isStill();
      if (y < 80 || y > window.innerHeight * 0.7) window.scrollBy({ top: y - 90, behavior: near ? "smooth" : "auto" });
    }
  }

  function rove(i) {
    if (items[stop]) items[stop].tabIndex = -1;
    stop = i;
    items[i].tabIndex = 0;
  }

  /** The rows that can be seen before and after this one. */
  function before(i) {
    const beside = i ? children[tasks[i].parent] : [0];
    let at = beside[beside.indexOf(i) - 1];
    if (at === undefined) return tasks[i].parent;
    while (isOpen[at]) at = children[at][children[at].length - 1];
    return at;
  }

  function after(i) {
    if (isOpen[i]) return children[i][0];
    for (let at = i; at > 0; at = tasks[at].parent) {
      const beside = children[tasks[at].parent];
      const next = beside[beside.indexOf(at) + 1];
      if (next !== undefined) return next;
    }
    return -1;
  }

  function last() {
    let at = 0;
    while (isOpen[at]) at = children[at][children[at].length - 1];
    return at;
  }

  function toggle(i) {
    if (page.chosen === i && items[i].classList.contains("told")) tell(i, false);
    else page.choose(i, false);
  }

  top.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (!row) return;
    const i = Number(row.parentElement.dataset.task);
    rove(i);
    if (event.target.closest(".twist")) open(i, !isOpen[i]);
    else if (!String(window.getSelection())) toggle(i);
  });

  top.addEventListener("keydown", (event) => {
    if (event.target.getAttribute("role") !== "treeitem" || event.ctrlKey || event.metaKey || event.altKey) return;
    const i = Number(event.target.dataset.task);
    let next = -1;
    if (event.key === "ArrowDown") next = after(i);
    else if (event.key === "ArrowUp") next = before(i);
    else if (event.key === "ArrowRight") isOpen[i] ? (next = children[i][0]) : open(i, true);
    else if (event.key === "ArrowLeft") isOpen[i] ? open(i, false) : (next = tasks[i].parent);
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = last();
    else if (event.key === "*") for (const beside of i ? children[tasks[i].parent] : [0]) open(beside, true);
    else if (event.key === "Enter" || event.key === " ") toggle(i);
    else return;
    event.preventDefault();
    if (next >= 0) {
      rove(next);
      items[next].focus();
    }
  });

  const expand = () => tasks.forEach((_, i) => open(i, true));
  const collapse = () => {
    for (let i = tasks.length - 1; i >= 0; i--) if (items[i]) open(i, i === 0);
  };
  $("expand").addEventListener("click", expand);
  $("collapse").addEventListener("click", collapse);

  // On paper, all tasks are there; afterwards, those that were open are again.
  let wereOpen = null;
  window.addEventListener("beforeprint", () => {
    wereOpen = isOpen.slice();
    expand();
  });
  window.addEventListener("afterprint", () => {
    for (let i = tasks.length - 1; wereOpen && i >= 0; i--) open(i, wereOpen[i]);
    wereOpen = null;
  });

  function start() {
    top.append(item(0));
    rove(0);
    let rows = 1;
    for (let i = 0; i < tasks.length && (!i || rows + children[i].length <= ROWS); i++) {
      open(i, true); // tasks stand level by level
      rows += children[i].length;
    }
    $("expand").hidden = $("collapse").hidden = !children.some((beneath, i) => i && beneath.length);
  }

  return { start, choose };
})();
