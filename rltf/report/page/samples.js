// The browser of samples: a list that holds only the rows in view, and the sample that is chosen.

const ROW = 54;
const SPARE = 8;
const SIGNS = { passed: "✓", unscored: "?" };

const store = { samples: [], problems: {}, texts: [], shown: [], drawn: null, chosen: -1, scale: new WeakMap() };

const signOf = (status) => SIGNS[status] || "✗";
const sampleName = (sample) => (sample.greedy ? "greedy program" : `sample ${sample.number}`);

function addSamples(samples, problems, since) {
  store.samples.length = since;
  store.texts.length = Math.min(store.texts.length, since);
  for (const sample of samples) store.samples.push(sample);
  Object.assign(store.problems, problems);
  fillChoices();
  filterSamples();
}

const passedTests = (sample) => (sample.outcomes || []).filter((each) => each.status === "passed").length;

function describeRow(sample) {
  const parts = [sample.greedy ? "greedy" : `sample ${sample.number}`];
  if (sample.step !== undefined) parts.push(`step ${sample.step}`);
  if (sample.outcomes) parts.push(`${passedTests(sample)}/${sample.outcomes.length} tests`);
  return parts.join(" · ");
}

// ---------------------------------------------------------------------- filters

function fillChoices() {
  const tasks = new Set(), statuses = new Map(), steps = new Set();
  for (const sample of store.samples) {
    tasks.add(sample.task);
    statuses.set(sample.status, (statuses.get(sample.status) || 0) + 1);
    if (sample.step !== undefined) steps.add(sample.step);
  }
  const ordered = [...statuses].sort((a, b) => b[1] - a[1]);
  options(byId("by-status"), ordered.map(([name, count]) => [name, `${words(name)} (${count.toLocaleString("en")})`]));
  options(byId("by-step"), [...steps].sort((a, b) => a - b).map((step) => [String(step), `after ${step}`]));
  const list = byId("tasks");
  if (list.childElementCount !== Math.min(tasks.size, 5000)) {
    list.replaceChildren(...[...tasks].sort().slice(0, 5000).map((task) => make("option", { value: task })));
  }
  const isRun = steps.size > 0;
  byId("step-label").hidden = byId("kind-label").hidden = !isRun;
}

function options(select, choices) {
  const before = select.value;
  const all = [["", "any"], ...choices];
  select.replaceChildren(...all.map(([value, text]) => make("option", { value }, visible(text))));
  select.value = all.some(([value]) => value === before) ? before : "";
}

function textOf(index) {
  return (store.texts[index] ??= (({ task, program, error }) => `${task}\n${program}\n${error || ""}`.toLowerCase())(store.samples[index]));
}

function filterSamples() {
  const wanted = byId("search").value.trim().toLowerCase();
  const task = byId("by-task").value.trim();
  const [status, step, kind] = ["by-status", "by-step", "by-kind"].map((id) => byId(id).value);
  const isExact = store.problems[task] !== undefined || store.samples.some((sample) => sample.task === task);
  const kept = [];
  store.samples.forEach((sample, index) => {
    if (status && sample.status !== status) return;
    if (step && String(sample.step) !== step) return;
    if (task && (isExact ? sample.task !== task : !sample.task.includes(task))) return;
    if (kind === "greedy" && !sample.greedy) return;
    if (kind === "sampled" && sample.greedy) return;
    if (kind === "taught" && !sample.steps) return;
    if (wanted && !textOf(index).includes(wanted)) return;
    kept.push(index);
  });
  store.shown = kept;
  const of = store.samples.length.toLocaleString("en");
  byId("found").textContent = kept.length === store.samples.length ? `${of} programs` : `${kept.length.toLocaleString("en")} of ${of} programs`;
  byId("space").style.height = `${kept.length * ROW}px`;
  drawRows();
}

// ---------------------------------------------------------------------- the list

function drawRows() {
  const scroll = byId("scroll");
  const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - SPARE);
  const last = Math.min(store.shown.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + SPARE);
  const rows = byId("rows");
  rows.style.transform = `translateY(${first * ROW}px)`;
  if (store.drawn !== store.shown) rows.replaceChildren();
  store.drawn = store.shown;
  const inView = store.shown.slice(first, last);
  const kept = new Map([...rows.children].map((row) => [row.id, row]));
  for (const index of inView) kept.delete(`row-${index}`);
  for (const row of kept.values()) row.remove();
  let next = rows.firstElementChild;
  inView.forEach((index, place) => {
    if (next?.id === `row-${index}`) next = next.nextElementSibling;
    else rows.insertBefore(rowOf(index, first + place), next);
  });
  markChosen(scroll);
}

/** Rows that stay in view are not made again: only their mark changes. */
function markChosen(scroll) {
  byId("rows").querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  const chosen = byId(`row-${store.chosen}`);
  chosen?.setAttribute("aria-selected", "true");
  if (chosen) scroll.setAttribute("aria-activedescendant", chosen.id);
  else scroll.removeAttribute("aria-activedescendant");
}

function rowOf(index, place) {
  const sample = store.samples[index];
  const row = make(
    "div",
    { id: `row-${index}`, class: "row", role: "option", "aria-selected": "false", "aria-posinset": place + 1, "aria-setsize": store.shown.length },
    make("span", { class: "sign", "data-status": sample.status, "aria-hidden": "true" }, signOf(sample.status)),
    make("span", { class: "what" }, make("span", { class: "task" }, visible(sample.task)), make("span", { class: "quiet" }, describeRow(sample))),
    make("span", { class: "status" }, words(sample.status)),
  );
  row.addEventListener("click", () => choose(index, { reads: true }));
  return row;
}

function choose(index, { reads = false } = {}) {
  store.chosen = index;
  scrollTo(store.shown.indexOf(index));
  drawRows();
  showSample(store.samples[index], index);
  history.replaceState(null, "", `#sample-${index}`);
  if (reads) {
    byId("samples").classList.add("reading");
    if (isNarrow()) byId("detail").focus();
  }
}

const isNarrow = () => matchMedia("(max-width: 800px)").matches;

function scrollTo(place) {
  if (place < 0) return;
  const scroll = byId("scroll");
  const top = place * ROW;
  if (top < scroll.scrollTop) scroll.scrollTop = top;
  else if (top + ROW > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = top + ROW - scroll.clientHeight;
}

/** Choose the sample that many places further in the list. */
function move(by) {
  if (!store.shown.length) return;
  const place = store.shown.indexOf(store.chosen);
  const next = place < 0 ? (by > 0 ? 0 : store.shown.length - 1) : place + by;
  choose(store.shown[Math.max(0, Math.min(store.shown.length - 1, next))]);
}

// ---------------------------------------------------------------------- one sample

function showSample(sample, index) {
  const back = make("button", { type: "button", class: "back" }, "← All programs");
  back.addEventListener("click", leaveSample);
  const about = [sampleName(sample)];
  if (sample.step !== undefined) about.push(`written after step ${sample.step}`);
  if (sample.truncated) about.push("cut off at the length limit");
  const head = make(
    "header", {}, back,
    make("h2", {}, visible(sample.task)),
    make("p", { class: "badges" }, make("span", { class: "badge", "data-status": sample.status }, `${signOf(sample.status)} ${words(sample.status)}`), make("span", { class: "quiet" }, visible(about.join(" · ")))),
  );
  const parts = [head, facts(sample), program(sample), failure(sample), tests(sample), task(sample)];
  byId("detail").replaceChildren(...parts.filter(Boolean));
  byId("detail").scrollTop = 0;
  byId("detail").setAttribute("aria-label", visible(`${sample.task}, ${sampleName(sample)}, ${words(sample.status)}`));
  byId("detail").dataset.index = index;
}

function leaveSample() {
  byId("samples").classList.remove("reading");
  byId("scroll").focus();
}

function facts(sample) {
  const rows = [];
  const fact = (name, ...values) => rows.push(make("div", {}, make("dt", {}, name), make("dd", {}, ...values)));
  if (sample.diagnosis) fact("diagnosis", visible(sample.diagnosis));
  if (sample.error) fact("error", make("code", {}, visible(sample.error)), sample.line ? ` in line ${sample.line}` : "");
  if (sample.note) fact("note", visible(sample.note));
  const rewards = Object.entries(sample.rewards || {});
  if (rewards.length) fact("rewards", rewardBars(rewards));
  if (!sample.greedy && sample.step !== undefined && !sample.steps) fact("training", "learns nothing from this program");
  return rows.length ? make("dl", { class: "facts" }, ...rows) : null;
}

/** Each reward's contribution, as a bar that begins at 0. */
function rewardBars(rewards) {
  const most = Math.max(...rewards.map(([, value]) => Math.abs(value ?? 0)), 1e-9);
  const bars = rewards.map(([name, value]) => {
    const bar = make("span", { class: "bar", "data-sign": value < 0 ? "minus" : "plus" });
    bar.style.width = `${(50 * Math.abs(value ?? 0)) / most}%`;
    bar.style[value < 0 ? "right" : "left"] = "50%";
    return make("span", { class: "reward" }, make("span", {}, visible(name)), make("span", { class: "track", "aria-hidden": "true" }, bar), make("span", { class: "right" }, value === null ? "not scored" : signed(value)));
  });
  return make("span", { class: "rewards" }, ...bars);
}

/** The advantage of each UTF-16 unit of a program; Python counts characters. */
function advantages(text, steps) {
  const values = [];
  let next = 0, value = null, character = 0;
  for (const unit of text) {
    while (next < steps.length && steps[next][0] <= character) value = steps[next++][1];
    for (let part = 0; part < unit.length; part++) values.push(value);
    character += 1;
  }
  return values;
}

function program(sample) {
  const text = sample.program || "";
  if (!text) return make("section", {}, make("h3", {}, "Program"), make("p", { class: "quiet" }, "The program is empty, or its text was not recorded."));
  const steps = sample.steps || [];
  const values = steps.length ? advantages(text, steps) : [];
  const most = Math.max(...steps.map(([, value]) => Math.abs(value)), 1e-9);
  const [from, to] = sample.lines || [0, -1];
  let start = 0;
  const lines = text.replace(/\n$/, "").split("\n").map((line, at) => {
    const spans = tinted(line, values.slice(start, start + line.length), most);
    start += line.length + 1;
    const broke = sample.line === at + 1, blamed = at + 1 >= from && at + 1 <= to;
    const said = broke ? "the program broke here" : blamed ? "at fault" : "";
    return make(
      "div", { class: `line${broke ? " broke" : ""}${blamed ? " blamed" : ""}`, title: said || undefined },
      make("span", { class: "no", "aria-hidden": "true" }, String(at + 1)),
      make("span", { class: "mark", "aria-hidden": "true" }, broke ? "▶" : blamed ? "▎" : ""),
      make("code", {}, said ? make("span", { class: "sr" }, `${said}: `) : null, ...spans),
    );
  });
  return make(
    "section", {}, make("h3", {}, "Program"), legend(steps, most),
    make("div", { class: "program", tabindex: "0", role: "region", "aria-label": "Program" }, ...lines),
  );
}

function tinted(line, values, most) {
  const spans = [];
  for (let start = 0; start < line.length; ) {
    let end = start + 1;
    while (end < line.length && values[end] === values[start]) end += 1;
    const value = values[start];
    const text = visible(line.slice(start, end));
    spans.push(value ? tint(text, value, most) : text);
    start = end;
  }
  return spans;
}

function tint(text, value, most) {
  const span = make("span", { class: value < 0 ? "minus" : "plus", title: `advantage ${signed(value)}` }, text);
  span.style.setProperty("--strength", `${Math.round(12 + 48 * (Math.abs(value) / most))}%`);
  return span;
}

function legend(steps, most) {
  if (!steps.length) return null;
  const values = steps.map(([, value]) => value);
  const ends = [Math.min(...values), Math.max(...values)].filter((value, at, all) => !at || value !== all[0]);
  return make("p", { class: "quiet legend" }, "Advantage of each token: ", ...ends.flatMap((value) => [value ? tint(` ${signed(value)} `, value, most) : "0", " "]), "– underlined with dots below 0, with a line above.");
}

function failure(sample) {
  if (!sample.failure || !sample.failure.length) return null;
  let part = "";
  const lines = sample.failure.map((line) => {
    if (!/^[ >]/.test(line)) part = /^(expected|got):/.exec(line)?.[1] || (/^E {3}/.test(line) ? "error" : "");
    return make("span", { class: `out ${part}${line.startsWith("> ") ? " differs" : ""}` }, `${visible(line)}\n`);
  });
  return make("section", {}, make("h3", {}, "The first failing test, run again"), make("pre", { class: "block", tabindex: "0" }, ...lines));
}

function tests(sample) {
  const outcomes = sample.outcomes || [];
  if (!outcomes.length) return null;
  const known = store.problems[sample.task]?.tests || [];
  const failed = outcomes.findIndex((each) => each.status !== "passed");
  const items = outcomes.map((outcome, at) => testItem(outcome, known[at], at, at === failed && !sample.failure?.length));
  const head = `Tests: ${passedTests(sample)} of ${outcomes.length} passed`;
  return make("section", {}, make("h3", {}, head), make("ol", { class: "tests" }, ...items));
}

function testItem(outcome, test, at, isOpen) {
  const title = make("summary", {}, make("span", { class: "sign", "data-status": outcome.status, "aria-hidden": "true" }, signOf(outcome.status)), ` test ${at + 1}: ${words(outcome.status)}`, test ? make("code", { class: "short" }, visible(firstLine(test.given || ""))) : null);
  const parts = [];
  const part = (name, text) => parts.push(make("p", { class: "quiet" }, name), make("pre", { class: "block", tabindex: "0" }, visible(text)));
  if (test) {
    part({ stdin: "input", call: "call", assert: "test code" }[test.kind] || "test", test.given || "(nothing)");
    if (test.kind !== "assert") part("expected", test.expected || "(nothing)");
  }
  if (outcome.got) part("output", outcome.got);
  if (outcome.error) part(outcome.line ? `error in line ${outcome.line} of the program` : "error", outcome.error);
  if (!parts.length) parts.push(make("p", { class: "quiet" }, "Nothing more was recorded of this test."));
  return make("li", {}, make("details", { open: isOpen }, title, ...parts));
}

const firstLine = (text) => text.trim().split("\n")[0].slice(0, 120);

function task(sample) {
  const prompt = store.problems[sample.task]?.prompt;
  if (!prompt) return null;
  return make("section", {}, make("details", {}, make("summary", {}, "Problem"), make("pre", { class: "block", tabindex: "0" }, visible(prompt))));
}

function startSamples() {
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      byId("scroll").scrollTop = 0;
      filterSamples();
    }, 90);
  };
  const filters = byId("filters");
  filters.addEventListener("input", soon);
  filters.addEventListener("reset", soon);
  filters.addEventListener("submit", (event) => {
    event.preventDefault();
    byId("scroll").focus();
  });
  let drawing = false;
  byId("scroll").addEventListener("scroll", () => {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      drawRows();
    });
  });
  new ResizeObserver(drawRows).observe(byId("scroll"));
}
