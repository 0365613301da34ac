// Draws docs/images/benchmarks.svg from the tables of docs/benchmarks.md: `node docs/plot.mjs`.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const page = readFileSync(join(here, "benchmarks.md"), "utf8");

/** The cells of the one table row whose first cell begins with `start`, in a part of the page. */
function row(start, part = page) {
  const rows = part.split("\n").filter((line) => line.startsWith(`| ${start}`));
  if (rows.length !== 1) throw new Error(`benchmarks.md has ${rows.length} rows that begin with "${start}"`);
  return rows[0].split("|").slice(1, -1).map((cell) => cell.replace(/[*`]/g, "").trim());
}

/** The numbers of a cell such as `0.76 / 0.83` or `25 / 42 ms`. */
function numbers(cell) {
  const found = cell.match(/\d+(\.\d+)?/g);
  if (found === null) throw new Error(`no number in "${cell}"`);
  return found.map(Number);
}

/** The table of a checkout's download comes before the ones with frames and with an enrolment. */
const checkout = page.split("A checkout that allows frames")[0];
/** Kilobytes after brotli, from the last cell. */
const download = numbers(row("**all**, in the largest", checkout).at(-1))[0] / 1000;
const widget = numbers(row("PIN to JWE, widget").at(-1))[0];
const jose = numbers(row("PIN to JWE, npm `jose`, key imported earlier").at(-1))[0];
const [typingMedian, typing] = numbers(row("key press to painted slot").at(-1));
const webhooks = page.split("## FaceSign's webhooks")[1].split("\n## ")[0];
const backend = numbers(row("sca-backend", webhooks).at(1))[0];
const node = numbers(row("`node:http` and `pg`", webhooks).at(1))[0];
const flask = numbers(row("Flask", webhooks).at(1))[0];

/** Each group has one scale. Shorter is better unless its title says otherwise. */
const groups = [
  {
    title: "Download after brotli, largest language (KB)",
    bars: [
      { label: "widget", value: download, ours: true },
      { label: "limit of the build", value: 100 },
    ],
  },
  {
    title: "PIN to JWE, median (ms)",
    bars: [
      { label: "widget", value: widget, ours: true },
      { label: "npm jose", value: jose },
    ],
  },
  {
    title: "Key press to painted slot, processor slowed down four times (ms)",
    bars: [
      { label: "widget, median", value: typingMedian, ours: true },
      { label: "widget, 95th percentile", value: typing, ours: true },
    ],
  },
  {
    title: "FaceSign's webhooks decided and executed per second (longer is better)",
    bars: [
      { label: "sca-backend", value: backend, ours: true },
      { label: "hand-written, Node", value: node },
      { label: "hand-written, Flask", value: flask },
    ],
  },
];

const width = 720;
const labels = 190;
const values = 60;
const longest = width - labels - values;
const parts = [];
let y = 8;
for (const { title, bars } of groups) {
  y += 18;
  parts.push(`<text x="0" y="${y}" class="title">${title}</text>`);
  y += 10;
  const largest = Math.max(...bars.map(({ value }) => value));
  for (const { label, value, ours } of bars) {
    const length = Math.max(1, Math.round((value / largest) * longest));
    parts.push(
      `<text x="${labels - 10}" y="${y + 14}" text-anchor="end">${label}</text>`,
      `<rect x="${labels}" y="${y}" width="${length}" height="18" rx="2" class="${ours ? "ours" : "other"}"/>`,
      `<text x="${labels + length + 8}" y="${y + 14}">${value}</text>`,
    );
    y += 24;
  }
  y += 10;
}

// A medium grey text is legible on white and on black: an image does not know the page's theme.
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">
<title>Benchmarks</title>
<style>text{font:13px system-ui,sans-serif;fill:#767676}.title{font-weight:600}.ours{fill:#2f6fde}.other{fill:#9aa3ad}</style>
${parts.join("\n")}
</svg>
`;
writeFileSync(join(here, "images/benchmarks.svg"), svg);
console.log("docs/images/benchmarks.svg");
