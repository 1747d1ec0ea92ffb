// The sunburst: rings are depth, angles are examples or tasks. A click zooms in, one on the centre goes back.

const chart = (() => {
  const NS = "http://www.w3.org/2000/svg";
  const TURN = 2 * Math.PI;
  const stage = $("stage");
  const draw = (tag, name, attributes = {}) => {
    const element = document.createElementNS(NS, tag);
    if (name) element.setAttribute("class", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const svg = draw("svg", "sunburst", { role: "group" });
  svg.setAttribute("aria-label", "Sunburst of tasks. Arrow keys go from task to task, Enter zooms in, Backspace out.");
  const hatch = draw("pattern", "", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse" });
  hatch.setAttribute("patternTransform", "rotate(45)");
  hatch.append(draw("rect", "hatch-ground", { width: 6, height: 6 }), draw("rect", "hatch-line", { width: 2, height: 6 }));
  const defs = draw("defs");
  defs.append(hatch);
  const slices = draw("g", "slices");
  const labels = draw("g", "labels");
  const chosen = draw("path", "chosen");
  const hovered = draw("path", "hovered");
  const middle = draw("g", "middle", { role: "button" });
  const disc = draw("circle", "disc");
  const centre = draw("g", "labels");
  middle.append(disc, centre);
  svg.append(defs, slices, labels, chosen, hovered, middle);
  stage.append(svg);

  const lowest = tasks.map((task) => task.depth); // how deep the tree goes beneath each task
  for (let i = tasks.length - 1; i > 0; i--) {
    lowest[tasks[i].parent] = Math.max(lowest[tasks[i].parent], lowest[i]);
  }
  const paths = tasks.map((task, i) => {
    if (!i) return null;
    const path = draw("path", "slice " + colour(i), { role: "button", tabindex: -1 });
    path.setAttribute("aria-label", `${task.title}: ${counted(i)}`);
    path.dataset.task = i;
    return slices.appendChild(path);
  });

  let by = data.by;
  let focus = 0;
  let stop = 1; // the slice at which Tab stops
  let view = null; // what is seen: a part of the turn, from which depth on, how large centre and rings are
  let places = tasks.map((task) => task["by_" + by]);
  let size = 0;
  let held = false; // whether the keys zoomed, so that a slice must get the focus when that is over
  let running = 0;

  function viewOf(i) {
    const [from, to] = tasks[i]["by_" + by];
    const rings = Math.max(1, lowest[i] - tasks[i].depth);
    const edge = size / 2 - 4;
    const ring = Math.min((edge - Math.max(54, edge * 0.24)) / rings, edge * 0.34);
    return { from, to: Math.max(to, from + 1e-9), depth: tasks[i].depth, hole: edge - rings * ring, ring };
  }

  /** Where a slice is seen: its angles, and its inner and outer radius. */
  function shapeOf(i) {
    const turn = (part) => TURN * Math.min(1, Math.max(0, (part - view.from) / (view.to - view.from)));
    const radius = (k) => (k >= 0 ? view.hole + k * view.ring : view.hole * Math.max(0, 1 + k));
    const k = tasks[i].depth - view.depth;
    return { start: turn(places[i][0]), end: turn(places[i][1]), inner: radius(k - 1), outer: radius(k) };
  }

  const isSeen = (shape) => shape.outer > view.hole + 0.5 && (shape.end - shape.start) * shape.outer > 0.15;
  const at = (angle, radius) => `${(radius * Math.sin(angle)).toFixed(2)} ${(-radius * Math.cos(angle)).toFixed(2)}`;

  function outline({ start, end, inner, outer }) {
    const whole = end - start > TURN - 1e-5;
    const arc = (radius, from, to, sweep) => {
      const half = (from + to) / 2;
      const large = Math.abs(to - from) > Math.PI ? 1 : 0;
      const one = `A${radius.toFixed(2)} ${radius.toFixed(2)} 0`;
      return whole ? `${one} 0 ${sweep} ${at(half, radius)}${one} 0 ${sweep} ${at(to, radius)}` : `${one} ${large} ${sweep} ${at(to, radius)}`;
    };
    const join = whole ? "Z M" : "L";
    return `M${at(start, outer)}${arc(outer, start, end, 1)}${join}${at(end, inner)}${arc(inner, end, start, 0)}Z`;
  }

  function paint() {
    for (let i = 1; i < tasks.length; i++) {
      const shape = shapeOf(i);
      const seen = isSeen(shape);
      paths[i].style.display = seen ? "" : "none";
      if (!seen) continue;
      paths[i].setAttribute("d", outline(shape));
      // A line between very thin slices would be all that is seen of them.
      paths[i].style.strokeWidth = Math.min(1.2, ((shape.end - shape.start) * shape.outer) / 5).toFixed(2);
    }
    disc.setAttribute("r", Math.max(0, view.hole - 3).toFixed(2));
    outlined(chosen, page.chosen);
  }

  function outlined(path, i) {
    const shape = i > 0 ? shapeOf(i) : null;
    const seen = shape && isSeen(shape);
    path.style.display = seen ? "" : "none";
    if (seen) path.setAttribute("d", outline(shape));
  }

  function finish() {
    paint();
    labels.replaceChildren();
    for (let i = 1; i < tasks.length; i++) {
      const shape = shapeOf(i);
      if (!isSeen(shape)) continue;
      const label = lettering.fit(tasks[i].title, shape);
      if (label) labels.append(lettering.text(draw, label, tasks[i].pruned ? "in-pruned" : ""));
    }
    const back = focus ? "↑ back" : "";
    const total = by === "examples" ? many(tasks[focus].beneath, "example") : many(under[focus], "subtask");
    const rows = [tasks.length > 1 ? total : "no subtasks yet", back].filter(Boolean);
    note();
    centre.replaceChildren(...lettering.middle(draw, tasks[focus].title, rows, view.hole - 6));
    middle.setAttribute("tabindex", focus ? 0 : -1);
    middle.setAttribute("aria-label", focus ? `Back to ${tasks[tasks[focus].parent].title}` : tasks[0].title);
    middle.classList.toggle("can", focus > 0);
    if (!isWithin(stop)) rove(children[focus].find(isWithin) || 0);
    if (held && paths[stop]) paths[stop].focus({ preventScroll: true });
    held = false;
  }

  function isWithin(i) {
    return i > 0 && i < tasks.length && isSeen(shapeOf(i));
  }

  /** Go from what is seen to what should be, in a moment. */
  function go(soon) {
    const from = view;
    const was = places;
    const to = viewOf(focus);
    const will = tasks.map((task) => task["by_" + by]);
    const ticket = ++running;
    crumbs();
    if (soon || !from || isStill() || document.hidden) {
      view = to;
      places = will;
      return finish();
    }
    labels.replaceChildren();
    centre.replaceChildren();
    hovered.style.display = "none";
    const began = performance.now();
    const moves = was.some((place, i) => place !== will[i]);
    const step = (now) => {
      if (ticket !== running) return;
      const part = Math.min(1, Math.max(0, (now - began) / 420));
      const eased = part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2;
      const mixed = (one, other) => one + (other - one) * eased;
      view = Object.fromEntries(Object.keys(to).map((key) => [key, mixed(from[key], to[key])]));
      places = moves ? was.map((place, i) => [mixed(place[0], will[i][0]), mixed(place[1], will[i][1])]) : will;
      if (part === 1) return finish();
      paint();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  function zoom(i) {
    while (i > 0 && !children[i].length) i = tasks[i].parent; // there is nothing to see within a task without subtasks
    if (i !== focus) {
      focus = i;
      go();
    }
  }

  function crumbs() {
    const path = pathTo(focus);
    const parts = path.map((i, k) => {
      const last = k === path.length - 1;
      const title = said("span", "", tasks[i].title);
      const element = last ? make("span", "here", title) : button("link", () => zoom(i), title);
      if (last) element.setAttribute("aria-current", "true");
      return element;
    });
    $("crumbs").replaceChildren(...parts);
  }

  /** Say what a task is, beside the pointer or the slice; on a narrow page, beneath the picture. */
  function tell(i) {
    const above = pathTo(i).slice(0, -1);
    const path = make("p", "path soft", ...above.map((k) => said("span", "", tasks[k].title)));
    const told = [said("h2", "", tasks[i].title), make("p", "soft", counted(i))];
    if (tasks[i].reason) told.push(said("p", "reason", shortened(tasks[i].reason, 400)));
    $("caption").replaceChildren(...(above.length ? [path] : []), ...told);
  }

  function put(x, y) {
    const { style, offsetWidth, offsetHeight } = $("caption");
    style.left = `${Math.max(8, x + 18 + offsetWidth > window.innerWidth - 8 ? x - offsetWidth - 14 : x + 18)}px`;
    style.top = `${Math.max(8, Math.min(y + 14, window.innerHeight - offsetHeight - 8))}px`;
  }

  function hover(i, event) {
    outlined(hovered, i);
    $("caption").classList.toggle("beside", i > 0);
    tell(i > 0 ? i : page.chosen >= 0 ? page.chosen : focus);
    if (!i || !event) return;
    const { right, top } = paths[i].getBoundingClientRect();
    event.type === "focusin" ? put(right, top) : put(event.clientX, event.clientY);
  }

  function rove(i) {
    if (paths[stop]) paths[stop].setAttribute("tabindex", -1);
    if (!paths[i]) return;
    stop = i;
    paths[i].setAttribute("tabindex", 0);
  }

  const taskOf = (event) => Number(event.target.dataset ? event.target.dataset.task || 0 : 0);
  const back = () => {
    if (!focus) return;
    rove(focus);
    zoom(tasks[focus].parent);
  };
  const enter = (i) => {
    zoom(i);
    page.choose(i);
    hover(0);
  };
  svg.addEventListener("pointerover", (event) => hover(taskOf(event), event));
  svg.addEventListener("pointermove", (event) => put(event.clientX, event.clientY));
  svg.addEventListener("pointerleave", () => hover(0));
  svg.addEventListener("focusin", (event) => hover(taskOf(event), event));
  svg.addEventListener("focusout", () => hover(0));
  slices.addEventListener("click", (event) => {
    const i = taskOf(event);
    if (i) {
      rove(i);
      enter(i);
    }
  });
  middle.addEventListener("click", back);
  svg.addEventListener("keydown", (event) => {
    const i = taskOf(event);
    const beside = i ? children[tasks[i].parent].filter(isWithin) : [];
    const step = (by) => beside[(beside.indexOf(i) + by + beside.length) % beside.length];
    const before = focus;
    let next = 0;
    held = true;
    if (event.key === "ArrowRight") next = step(1);
    else if (event.key === "ArrowLeft") next = step(-1);
    else if (event.key === "ArrowDown") next = i ? children[i].find(isWithin) : stop;
    else if (event.key === "ArrowUp" && i) next = tasks[i].parent;
    else if (event.key === "Backspace" || event.key === "Escape") back();
    else if ((event.key === "Enter" || event.key === " ") && i) enter(i);
    else if (event.key === "Enter" || event.key === " ") back();
    if (focus === before) held = false;
    if (event.key === "Escape") hover(0);
    if (/^(Arrow|Enter$|Backspace$|Escape$| $)/.test(event.key)) event.preventDefault();
    if (next > 0 && isWithin(next)) {
      rove(next);
      paths[next].focus();
    }
  });
  for (const radio of document.querySelectorAll("input[name=by]")) {
    radio.checked = radio.value === by;
    radio.addEventListener("change", () => {
      by = radio.value;
      go();
    });
  }

  function note() {
    const hidden = by === "examples" ? tasks.filter((task) => !task.beneath).length : 0;
    const parts = [];
    if (tasks.length > 1 && hidden) parts.push(`${many(hidden, "task")} without examples ${hidden === 1 ? "is" : "are"} not seen here.`);
    if (by === "examples" && children[focus].length && own(focus) * 50 > tasks[focus].beneath) {
      parts.push(`The gap: ${many(own(focus), "example")} of the task in the middle itself.`);
    }
    if (tasks.some((task) => task.pruned)) parts.push("Hatched: pruned.");
    $("note").textContent = parts.join(" ");
  }

  /** Fade what is not among these tasks; all are bright where none are named. */
  function light(found) {
    const bright = new Set();
    for (const i of found || []) for (let k = i; k >= 0 && !bright.has(k); k = tasks[k].parent) bright.add(k);
    for (let i = 1; i < tasks.length; i++) paths[i].classList.toggle("dim", Boolean(found) && !bright.has(i));
  }

  function resize() {
    const wanted = Math.round(Math.min(stage.clientWidth, tasks.length > 1 ? 620 : 360, isWide() ? Math.max(400, window.innerHeight - 290) : 620));
    if (!wanted || wanted === size) return;
    size = wanted;
    for (const [key, value] of [["width", size], ["height", size]]) svg.setAttribute(key, value);
    svg.setAttribute("viewBox", `${-size / 2} ${-size / 2} ${size} ${size}`);
    go(true);
  }

  /** Mark the chosen task; if it lies outside of what is seen, step back until it does not. */
  function mark(i) {
    const path = pathTo(i);
    let wide = focus;
    while (!path.includes(wide)) wide = tasks[wide].parent;
    zoom(wide);
    outlined(chosen, i);
  }

  function start() {
    svg.classList.toggle("alone", tasks.length === 1);
    $("by").hidden = !tasks[0].beneath || tasks.length === 1;
    rove(1);
    resize();
    hover(0);
    new ResizeObserver(resize).observe(stage);
    window.addEventListener("resize", resize);
  }

  return { start, light, mark };
})();
