"use strict";

// Data never become HTML: every text goes into a text node through these two functions.

const byId = (id) => document.getElementById(id);

/** Make an element. `properties` are attributes; `children` are nodes or texts. */
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Characters that a reader cannot see, or that change the order of others, are shown as escapes. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]/gu;
const visible = (text) =>
  String(text).replace(HIDDEN, (found) => `\\u{${found.codePointAt(0).toString(16)}}`);

const words = (name) => String(name).replaceAll("_", " ");

function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Number(value.toPrecision(digits)).toString();
}

const signed = (value) => (value > 0 ? "+" : "") + number(value).replace("-", "−");

/** Read what a script element holds: base64 of gzip. */
async function unpacked(id) {
  const text = atob(byId(id).textContent);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// ---------------------------------------------------------------------- light and dark

const DARK = matchMedia("(prefers-color-scheme: dark)");
const themeListeners = [];

const isDark = () => (document.documentElement.dataset.theme || (DARK.matches ? "dark" : "light")) === "dark";

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("rltf-theme", theme);
  } catch {
    // a page that was opened from a file may have no storage
  }
  themeListeners.forEach((listen) => listen());
}

function startTheme() {
  try {
    const stored = localStorage.getItem("rltf-theme");
    if (stored === "dark" || stored === "light") document.documentElement.dataset.theme = stored;
  } catch {
    // see above
  }
  DARK.addEventListener("change", () => themeListeners.forEach((listen) => listen()));
}

const toggleTheme = () => setTheme(isDark() ? "light" : "dark");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
