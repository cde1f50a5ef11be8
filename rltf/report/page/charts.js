// Charts are drawn by plotly, each when it comes into view. A table beside it holds its numbers.

const PALETTE = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"];
const OF_STATUS = {
  passed: "c2", wrong_answer: "c3", runtime_error: "c4", syntax_error: "c5", timeout: "c1",
  "taught something": "c2", unscored: "c8",
};
const MOST_POINTS = 1500;
const MOST_BARS = 150;
const FORMATS = { percent: ".0%", seconds: ",.3~g", count: ",.3~s", number: ".3~g" };

let plotly = null;

/** Load the library once; its digest is in the page's content security policy. */
function loadPlotly() {
  plotly ??= unpacked("plotly").then((text) => {
    const script = document.createElement("script");
    script.textContent = text;
    document.head.append(script);
    return window.Plotly;
  });
  return plotly;
}

/** Plotly reads some HTML in names: they must stay texts. */
const plain = (text) =>
  visible(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Return a series with at most MOST_POINTS points, each the mean of its neighbours. */
function thinned(series) {
  const size = Math.ceil(series.x.length / (MOST_POINTS / 2));
  if (series.x.length <= MOST_POINTS) return series;
  const means = (values) => {
    const found = [];
    for (let start = 0; start < values.length; start += size) {
      const known = values.slice(start, start + size).filter((value) => value !== null);
      found.push(known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null);
    }
    return found;
  };
  return { ...series, x: means(series.x), y: means(series.y), low: null, high: null };
}

/** Return a colour for each series: a status has its own, and no other series gets that. */
function tintsOf(series) {
  const fixed = series.map((each) => OF_STATUS[each.name]);
  const free = PALETTE.filter((name) => !fixed.includes(name));
  let next = 0;
  return fixed.map((name) => colour(name || free[next++ % free.length]));
}

const withAlpha = (hex, alpha) => `${hex}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;

function traces(chart) {
  const found = [];
  const tints = tintsOf(chart.series);
  chart.series.forEach((full, index) => {
    const series = thinned(full);
    const tint = tints[index];
    const own = { name: plain(words(series.name)), x: series.x.map(asLabel), y: series.y };
    const isLong = series.x.length > MOST_BARS;
    if (chart.kind === "groups" || (chart.kind === "bars" && !isLong)) {
      const bounds = series.high && chart.kind === "groups" ? errorBars(series) : undefined;
      const tintsOfBars = chart.series.length === 1 && series.x.map((x) => (OF_STATUS[x] ? colour(OF_STATUS[x]) : tint));
      found.push({ ...own, type: "bar", marker: { color: tintsOfBars || tint }, error_y: bounds });
      return;
    }
    const isArea = chart.kind !== "lines";
    const fewPoints = series.x.length <= 40 && !isArea;
    if (series.high && series.x.length > 1) found.push(...band(own, series, tint));
    found.push({
      ...own,
      type: "scatter",
      mode: fewPoints ? "lines+markers" : "lines",
      line: { color: tint, width: isArea ? 0.5 : 2.25, shape: isArea && chart.kind === "bars" ? "hv" : "linear" },
      marker: { size: 6 },
      error_y: series.high && series.x.length === 1 ? errorBars(series) : undefined,
      ...(isArea ? { stackgroup: "all", fillcolor: withAlpha(tint, 0.75) } : {}),
    });
  });
  return found;
}

const asLabel = (value) => (typeof value === "string" ? plain(words(value)) : value);

function errorBars(series) {
  return {
    type: "data",
    symmetric: false,
    array: series.high.map((value, index) => (value === null ? null : value - series.y[index])),
    arrayminus: series.low.map((value, index) => (value === null ? null : series.y[index] - value)),
    color: colour("ink-2"),
    thickness: 1.5,
    width: 5,
  };
}

function band(own, series, tint) {
  const edge = { x: own.x, type: "scatter", mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false };
  return [
    { ...edge, y: series.low },
    { ...edge, y: series.high, fill: "tonexty", fillcolor: withAlpha(tint, 0.11) },
  ];
}

function layout(chart) {
  const ink = colour("ink-2");
  const axis = { gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line-2"), automargin: true, tickfont: { size: 12 } };
  const isShare = chart.unit === "percent";
  const isStacked = isShare && ["areas", "bars"].includes(chart.kind);
  const points = chart.series.flatMap((series) => series.y.concat(series.high || [])).filter((value) => value !== null);
  const hasLabels = typeof chart.series[0].x[0] === "string";
  return {
    autosize: true,
    height: 300,
    margin: { l: 46, r: 12, t: 8, b: 36 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, color: ink, size: 12 },
    colorway: PALETTE.map(colour),
    hovermode: hasLabels ? "closest" : "x unified",
    hoverlabel: { bgcolor: colour("surface"), bordercolor: colour("line-2"), font: { color: colour("ink") } },
    dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom",
    barmode: chart.kind === "groups" ? "group" : "stack",
    bargap: hasLabels ? Math.max(0.35, 1 - 0.11 * chart.series[0].x.length) : 0.08,
    showlegend: chart.series.length > 1,
    legend: { orientation: "h", yanchor: "top", y: -0.16, x: 0, font: { size: 12 }, traceorder: "normal" },
    xaxis: { ...axis, title: { text: plain(chart.x_title), font: { size: 12 }, standoff: 6 }, type: hasLabels ? "category" : "linear", showgrid: false },
    yaxis: {
      ...axis,
      tickformat: FORMATS[chart.unit],
      hoverformat: isShare ? ".1%" : ".4~g",
      rangemode: chart.unit === "number" ? "normal" : "tozero",
      ...(isStacked ? { range: [0, 1] } : {}),
      ...(isShare && !isStacked && Math.max(...points) > 0.85 ? { range: [0, 1.02] } : {}),
    },
  };
}

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false };

/** A figure element with a chart, its description and its numbers. */
class ChartView {
  constructor(chart) {
    this.chart = chart;
    this.isSeen = false;
    this.plot = make("div", { class: "plot", role: "img" });
    this.note = make("p", { class: "quiet" });
    const title = make("h3", {}, visible(chart.title));
    this.table = make("details", { class: "numbers" }, make("summary", {}, "Numbers"));
    this.table.addEventListener("toggle", () => this.fillTable());
    this.element = make("figure", { class: "card" }, make("figcaption", {}, title, this.note), this.plot, this.table);
    this.watch = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.isSeen = true;
      this.watch.disconnect();
      this.draw();
    }, { rootMargin: "300px" });
    this.watch.observe(this.element);
    this.show(chart);
  }

  show(chart) {
    const isSame = JSON.stringify(chart) === JSON.stringify(this.drawn);
    this.chart = chart;
    this.note.textContent = visible(chart.note);
    this.plot.setAttribute("aria-label", this.summary());
    if (this.isSeen && !isSame) this.draw();
    this.fillTable();
  }

  /** Say what the curves do, for those who do not see them. */
  summary() {
    const share = (value) => (this.chart.unit === "percent" ? `${(value * 100).toFixed(1)} %` : number(value));
    const texts = this.chart.series.map((series) => {
      const known = series.y.filter((value) => value !== null);
      const range = known.length > 1 ? `from ${share(known[0])} to ${share(known.at(-1))}` : share(known[0] ?? null);
      return `${words(series.name)} ${range}`;
    });
    return visible(`${this.chart.title}: ${texts.join("; ")}`);
  }

  async draw() {
    this.drawn = this.chart;
    const library = await loadPlotly();
    await library.react(this.plot, traces(this.chart), layout(this.chart), CONFIG);
  }

  fillTable() {
    if (!this.table.open) return;
    const { series } = this.chart;
    const places = [...new Set(series.flatMap((each) => each.x))].slice(-500);
    const at = series.map((each) => new Map(each.x.map((x, index) => [x, each.y[index]])));
    const rows = places.map((x) => [typeof x === "number" ? number(x, 6) : words(x), ...at.map((values) => number(values.get(x) ?? null, 4))]);
    const columns = [this.chart.x_title || "", ...series.map((each) => words(each.name))];
    this.table.replaceChildren(this.table.firstChild, tableOf(columns, rows));
  }
}

/** A table that scrolls by itself on a narrow screen. */
function tableOf(columns, rows) {
  const isNumber = (text) => /^[–+−-]?[\d.,]*\d?( ?[%s]| min| h| points)?$/.test(text) || /^[\d.]+% \(/.test(text);
  const right = columns.map((_, index) => index > 0 && rows.length > 0 && rows.every((row) => isNumber(String(row[index]))));
  const cell = (tag, text, index, more = {}) => make(tag, { class: right[index] ? "right" : undefined, ...more }, visible(text));
  const head = make("tr", {}, ...columns.map((text, index) => cell("th", text, index, { scope: "col" })));
  const body = rows.map((row) => make("tr", {}, ...row.map((text, index) => cell("td", text, index))));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  return make("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Table" }, table);
}
