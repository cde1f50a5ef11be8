// Fills the page with its data, once or again and again while a run goes on.

const SECONDS_BETWEEN_READINGS = 2;
const TABS = ["overview", "samples", "options"];

const charts = new Map();
let restarts = 0;

function showTab(name, { focus = false } = {}) {
  if (byId(`tab-${name}`).hidden) return;
  for (const each of TABS) {
    const tab = byId(`tab-${each}`);
    tab.setAttribute("aria-selected", String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
    byId(each).hidden = each !== name;
  }
  document.body.dataset.tab = name;
  if (focus) byId(`tab-${name}`).focus();
  if (name === "samples") {
    filterSamples();
    if (store.chosen < 0 && store.shown.length && !isNarrow()) choose(store.shown[0]);
    else if (store.chosen >= 0) history.replaceState(null, "", `#sample-${store.chosen}`);
    byId("scroll").focus({ preventScroll: true });
  } else {
    history.replaceState(null, "", `#${name}`);
  }
}

const openTab = () => TABS.find((name) => !byId(name).hidden);

// ---------------------------------------------------------------------- the page

function showPage(page) {
  document.title = `${visible(page.title)} – rltf report`;
  byId("kind").textContent = page.kind;
  byId("title").textContent = visible(page.title);
  byId("subtitle").textContent = visible(page.subtitle);
  byId("notes").replaceChildren(...page.notes.map((note) => make("li", {}, visible(note))));
  byId("tiles").replaceChildren(...page.tiles.map(tileOf));
  showSections(page.sections);
  byId("about").replaceChildren(tableOf(["option", "value"], page.about));
}

function tileOf(tile) {
  return make("div", { class: "tile", "data-tone": tile.tone || undefined }, make("dt", {}, visible(tile.label)), make("dd", { class: "value" }, visible(tile.value)), tile.note ? make("dd", { class: "quiet" }, visible(tile.note)) : null);
}

/** Show the sections. Charts stay as they are, and get new data; tables are made again. */
function showSections(sections) {
  const shape = JSON.stringify(sections.map((section) => [section.title, section.charts.map((chart) => chart.id), section.tables]));
  for (const chart of sections.flatMap((section) => section.charts)) {
    if (charts.has(chart.id)) charts.get(chart.id).show(chart);
    else charts.set(chart.id, new ChartView(chart));
  }
  if (byId("sections").shape === shape) return;
  byId("sections").shape = shape;
  byId("sections").replaceChildren(...sections.map(sectionOf));
}

function sectionOf(section) {
  const tables = section.tables.map((table) => {
    const note = table.note ? make("p", { class: "quiet" }, visible(table.note)) : null;
    return make("div", { class: "card" }, make("h3", {}, visible(table.title)), note, table.rows.length ? tableOf(table.columns, table.rows) : null);
  });
  const drawn = section.charts.map((chart) => charts.get(chart.id).element);
  return make("section", { class: "part" }, make("h2", {}, visible(section.title)), drawn.length ? make("div", { class: `charts${drawn.length === 1 ? " one" : ""}` }, ...drawn) : null, ...tables);
}

function take(data) {
  restarts = data.restarts;
  showPage(data.page);
  if (data.since === 0 || data.samples.length) addSamples(data.samples, data.problems, data.since);
  byId("tab-samples").hidden = store.samples.length === 0;
  byId("tab-count").textContent = store.samples.length.toLocaleString("en");
}

// ---------------------------------------------------------------------- live

async function follow(address) {
  const live = byId("live");
  live.dataset.state = "live";
  for (;;) {
    try {
      const answer = await fetch(`${address}?since=${store.samples.length}&restarts=${restarts}`);
      if (!answer.ok) throw new Error((await answer.text()).trim());
      const data = await answer.json();
      if (data.since === 0) resetSamples();
      take(data);
      live.textContent = data.page.finished ? "finished" : "live";
      live.dataset.state = data.page.finished ? "done" : "live";
    } catch (error) {
      live.textContent = error instanceof TypeError ? "the server has stopped" : visible(error.message);
      live.dataset.state = "lost";
    }
    await new Promise((done) => setTimeout(done, 1000 * SECONDS_BETWEEN_READINGS));
  }
}

function resetSamples() {
  store.samples = [];
  store.texts = [];
  store.problems = {};
}

// ---------------------------------------------------------------------- keys

const isTyping = (target) => target.closest?.("input, select, textarea") !== null;

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (byId("keys").open) return;
  if (event.key === "Escape") {
    if (isTyping(event.target)) event.target.blur();
    if (openTab() === "samples") leaveSample();
    return;
  }
  if (isTyping(event.target)) return;
  const inSamples = openTab() === "samples";
  const inList = inSamples && (event.target === byId("scroll") || event.target === document.body);
  const page = Math.max(1, Math.floor(byId("scroll").clientHeight / ROW) - 1);
  const moves = { j: 1, k: -1, ...(inList ? { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity } : {}), g: -Infinity, G: Infinity };
  if (inSamples && event.key in moves) move(moves[event.key]);
  else if (event.key === "Enter" && inList && store.chosen >= 0) choose(store.chosen, { reads: true }), byId("detail").focus();
  else if (event.key === "/" && !byId("tab-samples").hidden) showTab("samples"), byId("search").focus();
  else if (event.key === "?") byId("keys").showModal();
  else if (event.key === "t") toggleTheme();
  else if (TABS[event.key - 1]) showTab(TABS[event.key - 1]);
  else return;
  event.preventDefault();
}

function onTabKey(event) {
  const known = TABS.filter((name) => !byId(`tab-${name}`).hidden);
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const next = (known.indexOf(openTab()) + step + known.length) % known.length;
  showTab(known[next]);
  byId(`tab-${known[next]}`).focus();
}

async function start() {
  startTheme();
  startSamples();
  byId("theme").addEventListener("click", toggleTheme);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  document.addEventListener("keydown", onKey);
  document.querySelector('[role="tablist"]').addEventListener("keydown", onTabKey);
  TABS.forEach((name) => byId(`tab-${name}`).addEventListener("click", () => showTab(name)));
  themeListeners.push(() => charts.forEach((chart) => chart.isSeen && chart.draw()));
  const live = document.querySelector('meta[name="rltf-live"]');
  if (live) {
    follow(live.content);
    return;
  }
  take(JSON.parse(await unpacked("data")));
  const place = decodeURIComponent(location.hash.slice(1));
  const sample = /^sample-(\d+)$/.exec(place);
  if (sample && store.samples[sample[1]]) {
    store.chosen = Number(sample[1]);
    showTab("samples");
    choose(store.chosen, { reads: true });
  } else if (TABS.includes(place)) showTab(place);
}

start().catch((error) => {
  byId("title").textContent = "This report cannot be shown";
  byId("subtitle").textContent = `${error.message}. A current browser is needed.`;
});
