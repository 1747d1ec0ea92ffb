// Labels of the sunburst: which words fit into which slice, and which way they run.

const lettering = (() => {
  const SIZES = [13.5, 11.5, 10]; // the largest in which the whole title fits
  const LEADING = 1.14;
  const pen = document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  const widths = new Map();
  const words = window.Intl && Intl.Segmenter ? new Intl.Segmenter(undefined, { granularity: "word" }) : null;

  function wide(text, size) {
    const key = size + text;
    if (!widths.has(key)) {
      pen.font = `${size}px ${family}`;
      widths.set(key, pen.measureText(text).width);
    }
    return widths.get(key);
  }

  /** Where a title may be broken; marks stay with the word before them. */
  function pieces(title) {
    if (!words) return title.match(/\S+\s*|\s+/g) || [];
    const found = [];
    for (const { segment, isWordLike } of words.segment(title)) {
      if (!found.length || (isWordLike && !/[-/'’]$/.test(found[found.length - 1]))) found.push(segment);
      else found[found.length - 1] += segment;
    }
    return found;
  }

  function cut(text, width, size) {
    if (wide(text, size) <= width) return text;
    const found = letters(text);
    while (found.length && wide(found.join("").trimEnd() + "…", size) > width) found.pop();
    return found.join("").trimEnd() + "…";
  }

  /** The title in lines of this width, and whether all of it is there. */
  function wrapped(title, width, most, size) {
    const parts = pieces(shortened(title, 120));
    const lines = [];
    const fits = (text) => wide(text.trim(), size) <= width;
    for (let k = 0; k < parts.length; k++) {
      const last = lines.length - 1;
      if (last >= 0 && fits(lines[last] + parts[k])) lines[last] += parts[k];
      else if (lines.length < most && fits(parts[k])) lines.push(parts[k]);
      else {
        const begun = lines.length === most ? lines.pop() : "";
        lines.push(cut(begun + parts.slice(k).join(""), width, size));
        return { lines: lines.map((line) => line.trim()), size, whole: false };
      }
    }
    return { lines: lines.map((line) => line.trim()), size, whole: title.length <= 120 };
  }

  const shown = ({ lines }) => lines.join("").length;

  /** The better of two ways to letter a slice. */
  function better(one, other) {
    if (!one || !other) return one || other;
    if (one.whole !== other.whole) return one.whole ? one : other;
    if (one.whole) return one.lines.length <= other.lines.length ? one : other;
    return shown(one) >= shown(other) ? one : other;
  }

  /** Lines along the radius, for slices that are longer than wide. */
  function outwards(title, { start, end, inner, outer }, size) {
    const width = outer - inner - 10;
    const most = Math.min(3, Math.floor(((end - start) * (inner + 6)) / (size * LEADING)));
    return most < 1 || width < 30 ? null : { ...wrapped(title, width, most, size), turned: true };
  }

  /** Lines across the radius, for slices that are wider than long. */
  function across(title, { start, end, inner, outer }, size) {
    const line = size * LEADING;
    let found = null;
    for (let most = 1; most <= 3 && most * line <= outer - inner - 4; most++) {
      const [low, high] = [(inner + outer - most * line) / 2, (inner + outer + most * line) / 2];
      const rim = Math.sqrt(Math.max(0, (outer - 3) ** 2 - high ** 2));
      const sides = low * Math.tan(Math.min((end - start) / 2, 1.4)) - 4;
      const width = 2 * Math.min(rim, sides);
      if (width >= 24) found = better(found, { ...wrapped(title, width, most, size), turned: false });
    }
    return found;
  }

  /** A slice's label, or nothing where too little of the title can be read. */
  function fit(title, shape) {
    let label = null;
    for (const size of SIZES) {
      label = better(across(title, shape, size), outwards(title, shape, size));
      if (label && label.whole) break;
    }
    if (!label || (!label.whole && shown(label) < Math.min(9, title.length))) return null;
    return { ...label, angle: (shape.start + shape.end) / 2, radius: (shape.inner + shape.outer) / 2 };
  }

  function row(draw, line, y, size, name = "") {
    const element = draw("text", name, { y: y.toFixed(1), "font-size": size, "text-anchor": "middle" });
    element.textContent = line;
    return element;
  }

  /** The label as a drawing, right way up. */
  function text(draw, { lines, angle, radius, turned, size }, name) {
    const degrees = (angle * 180) / Math.PI;
    const flipped = turned ? degrees > 180 : degrees > 90 && degrees < 270;
    const turn = degrees + (turned ? -90 : 0) + (flipped ? 180 : 0);
    const [x, y] = [radius * Math.sin(angle), -radius * Math.cos(angle)];
    const group = draw("g", name, { transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) rotate(${turn.toFixed(1)})` });
    group.append(...lines.map((line, k) => row(draw, line, ((k - (lines.length - 1) / 2) * LEADING + 0.35) * size, size)));
    return group;
  }

  /** The title and what else there is room for within the circle in the middle. */
  function middle(draw, title, more, radius) {
    const size = radius > 80 ? 15 : radius > 60 ? 12.5 : 11.5;
    const line = size * 1.25;
    const below = more.map((text) => (wide(text, 12) < radius * 1.7 ? text : text.split(" ")[0]));
    const most = Math.min(5, Math.floor((1.3 * radius - below.length * 16) / line));
    const { lines } = most > 0 ? wrapped(title, radius * 1.5, most, size) : { lines: [] };
    const high = lines.length * line + below.length * 16;
    const rows = lines.map((text, k) => row(draw, text, -high / 2 + k * line + size, size, "bold"));
    const rest = below.map((text, k) => row(draw, text, -high / 2 + lines.length * line + k * 16 + 13, 12, "soft"));
    return [...rows, ...rest];
  }

  return { fit, text, middle };
})();
