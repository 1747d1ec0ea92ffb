// What is known of one task: how it came about, its examples, and what was filtered, refused and pruned.

const details = (() => {
  const FIRST = 3; // examples that are shown at once
  const CHUNK = 1000; // and how many more a click adds
  const LONG = 700; // characters after which a text is cut until it is asked for

  function passage(text) {
    if (text.length <= LONG * 1.3) return said("div", "text", text);
    const box = said("div", "text", shortened(text, LONG) + " ");
    const more = button("link", () => box.replaceChildren(text), `show all ${numbers.format(text.length)} characters`);
    box.append(more);
    return box;
  }

  const labelled = (name, text) => make("div", "field", make("span", "label", name), passage(text));
  const key = (reply) => make("div", "key", "reply ", make("code", "", reply));

  /** One example: [instruction, input, output, its reply's place, what else there is]. */
  function example([instruction, input, output, reply, more], extra) {
    const box = make("li", "example", said("div", "instruction", instruction));
    if (input) box.append(labelled("input", input));
    if (output) box.append(labelled("output", output));
    if (extra) box.append(extra);
    for (const [name, value] of Object.entries(more || {})) {
      if (value && !(extra && (name === "resembles" || name === "score"))) box.append(labelled(name, value));
    }
    if (reply >= 0) box.append(key(data.replies[reply]));
    return box;
  }

  /** The first of many, and a button for the rest. */
  function list(items, entry) {
    const box = make("ol", "examples");
    const rest = button("more", add, "");
    let shown = 0;
    function add() {
      const upTo = Math.min(items.length, shown + (shown ? CHUNK : FIRST));
      const added = [];
      while (shown < upTo) added.push(entry(items[shown++]));
      const first = box.children.length && added[0];
      box.append(...added);
      const left = items.length - shown;
      rest.textContent = left <= CHUNK ? `Show all ${numbers.format(items.length)}` : `Show ${numbers.format(CHUNK)} more of ${numbers.format(left)}`;
      rest.hidden = !left;
      if (first) {
        first.tabIndex = -1;
        first.focus({ preventScroll: true });
      }
    }
    add();
    return items.length > FIRST ? [box, rest] : [box];
  }

  /** A heading that opens; what is beneath it is made when it is first opened. */
  function folded(title, within) {
    const box = make("details", "folded", make("summary", "", title));
    box.addEventListener("toggle", () => box.open && box.children.length === 1 && box.append(...within()));
    return box;
  }

  function putAside(item) {
    const more = item[4] || {};
    const why = make("div", "why", "resembles ", said("q", "", more.resembles || "another"));
    if (more.score) why.append(` with a score of ${more.score}`);
    return example(item, more.resembles ? why : null);
  }

  function refused(groups) {
    return groups.map(([why, items]) => {
      const head = make("h4", "", said("span", "", why), make("span", "number", numbers.format(items.length)));
      return make("div", "group", head, ...list(items, (item) => example(item)));
    });
  }

  const ended = (what, [requests, why]) => {
    const line = make("span", "", many(requests, "request"));
    if (why) line.append("; ended: ", said("span", "", why));
    return [what, line];
  };

  /** How it came about, and how far it has been explored. */
  function story(task) {
    const lines = [];
    if (task.depth && !task.reply) lines.push(["Came about", "no reply of a teacher is noted; written or imported"]);
    if (task.reply) lines.push(["Came about", make("span", "", task.found_by ? `found by ${task.found_by}, in reply ` : "proposed by the teacher, in reply ", make("code", "", task.reply))]);
    if (task.lookahead) lines.push(ended("Asked for subtasks", task.lookahead));
    if (task.backtracks) lines.push(["Gone back to", many(task.backtracks, "time") + ", for branches that were missing"]);
    if (task.enriched) lines.push(ended("Asked for examples", task.enriched));
    const list = make("dl", "story");
    for (const [name, value] of lines) list.append(make("dt", "", name), make("dd", "", value));
    return list;
  }

  function whyPruned(task) {
    const { resembles, score, by, ...more } = task.pruned;
    const line = make("p", "pruned-why", make("strong", "", by === "hand" ? "Pruned by hand: " : "Pruned: "));
    line.append("its examples are left out of the data set");
    if (task.twin) line.append(", as it resembles ", button("link", () => page.choose(task.twin - 1), said("span", "", tasks[task.twin - 1].title)));
    else if (resembles) line.append(", as it resembles ", said("q", "", resembles));
    if (score) line.append(` (score ${score})`);
    for (const [name, value] of Object.entries(more)) line.append("; ", said("span", "", `${name}: ${value}`));
    return line;
  }

  function of(i) {
    const task = tasks[i];
    const box = make("div", "about");
    if (task.pruned) box.append(whyPruned(task));
    box.append(story(task));
    box.append(make("h3", "", many(own(i), "example")));
    if (own(i)) box.append(...list(task.examples, (item) => example(item)));
    if (task.filtered) box.append(folded(`${many(task.filtered.length, "example")} filtered`, () => list(task.filtered, putAside)));
    if (task.refused) {
      const all = task.refused.reduce((sum, [, items]) => sum + items.length, 0);
      box.append(folded(`${many(all, "proposal")} refused`, () => refused(task.refused)));
    }
    return box;
  }

  return { of, example };
})();
