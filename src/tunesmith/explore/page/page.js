// The page of a tree of tasks. All scripts of the page are one: what this file declares, the others use.
// Whatever comes from the tree is put into the page as text nodes, never as markup.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const tasks = data.tasks;
const children = tasks.map(() => []);
for (let i = 1; i < tasks.length; i++) children[tasks[i].parent].push(i);
const prunedBeneath = tasks.map((task) => (task.pruned ? (task.examples || []).length : 0));
for (let i = tasks.length - 1; i > 0; i--) prunedBeneath[tasks[i].parent] += prunedBeneath[i];
const under = tasks.map(() => 0); // how many tasks lie beneath each
for (let i = tasks.length - 1; i > 0; i--) under[tasks[i].parent] += under[i] + 1;
const trunk = Math.max(0, Math.min(...tasks.map((task) => (task.branch < 0 ? Infinity : task.depth))) - 1);

const $ = (id) => document.getElementById(id);
const own = (i) => (tasks[i].examples || []).length;
const numbers = new Intl.NumberFormat("en");
const many = (n, one, more = one + "s") => `${numbers.format(n)} ${n === 1 ? one : more}`;
const isWide = () => window.matchMedia("(min-width: 961px)").matches;
const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** An element with a class, and within it elements and texts. */
function make(tag, name, ...within) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...within);
  return element;
}

/** An element that holds a text of the tree: it runs in its own direction, whatever stands around it. */
function said(tag, name, text) {
  const element = make(tag, name, text);
  element.dir = "auto";
  return element;
}

function button(name, does, ...within) {
  const element = make("button", name, ...within);
  element.type = "button";
  element.addEventListener("click", does);
  return element;
}

/** The tasks from the root down to this one. */
function pathTo(i) {
  const path = [];
  for (let at = i; at >= 0; at = tasks[at].parent) path.unshift(at);
  return path;
}

/** The classes that give a task its colour: its branch, and how deep in that it lies. */
function colour(i) {
  const task = tasks[i];
  const shade = Math.min(Math.max(task.depth - trunk, 1), 7);
  return `${task.branch < 0 ? "trunk" : "b" + task.branch} d${shade}${task.pruned ? " pruned" : ""}`;
}

/** What is to be said of a task's examples, in a few words. */
function counted(i) {
  const parts = [many(own(i), "example")];
  if (children[i].length) parts.push(`${numbers.format(tasks[i].beneath)} with its subtasks`);
  if (tasks[i].pruned) parts.push("pruned: left out of the data set");
  else if (prunedBeneath[i]) parts.push(`${numbers.format(prunedBeneath[i])} of them in pruned tasks`);
  return parts.join(" · ");
}

/** The letters of a text as people see them, so that none is cut in two. */
const letters = (() => {
  const cutter = window.Intl && Intl.Segmenter ? new Intl.Segmenter() : null;
  return (text) => (cutter ? Array.from(cutter.segment(text), (part) => part.segment) : Array.from(text));
})();

function shortened(text, most) {
  if (text.length <= most) return text;
  const found = letters(text);
  return found.length <= most ? text : found.slice(0, most - 1).join("").trimEnd() + "…";
}

/** What of a task both sides show: chosen in one, it is marked in the other. */
const page = {
  chosen: -1,
  choose(i, reveal = true) {
    page.chosen = i;
    chart.mark(i);
    tree.choose(i, reveal);
  },
};
