// Writes the table of ways to enter digits into docs/compatibility.md, from the tests of each way in each engine.
//
//   node tests/e2e/entry_table.mjs     after `cargo xtask test --only smoke`, which installs and compiles what it needs

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { engines } from "./harness/engine.mjs";
import { root } from "./harness/programs.mjs";

/** Each way, and the tests that show it for a PIN and for a code. */
const ways = [
  ["typed, key by key", /^the field never shows a digit/, /^too few digits are reported/],
  ["deleted and typed again", /^digits can be deleted and typed again$/, /^correct in a code: a digit that is deleted/],
  ["corrected in the middle, by arrow keys", /^a digit of a PIN is corrected where the caret is$/, /^correct in a code: a digit in the middle/],
  ["over a selection", null, /^correct in a code: everything, selected$/],
  ["corrected after a click on a place", null, /^a digit that is typed after a click on a place/],
  ["pasted", /^the PIN can be pasted/, /^a code can be pasted in every common format$/],
  ["dragged in", null, /^a code can be dragged into the field$/],
  ["from a text message, by WebOTP (the browser's half is simulated)", null, /^the code of a text message is entered/],
  ["by an input method", /^a PIN composed oneByOne in full-width/, /^a code composed oneByOne/],
  ["by a filler that fires `input`", /^a password manager can fill the PIN in$/, /^phones can fill the code field automatically$/],
  ["by a filler that fires only `change`", /that fires only change is submitted$/, /that fires only change is submitted$/],
  ["by a filler that fires nothing", /that fires no event is submitted$/, /that fires no event is submitted$/],
  ["by a filler that fires before it fills", /that fires its events first is submitted$/, /that fires its events first is submitted$/],
  ["restored by the back button", /^a page that is left during the entry and restored/, null],
  ["undo", /^undo after a composition does not restore/, null],
];

const SUITES = ["pin", "code", "paste", "fillers", "composition", "caret", "web-otp"];
const document = join(root, "docs/compatibility.md");
const [start, end] = ["<!-- entries: start -->", "<!-- entries: end -->"];

/** What each test says in an engine: its title, and "passes" or why it is left out. */
function testsIn(engine) {
  const { stdout } = spawnSync(process.execPath, [join(import.meta.dirname, "run.mjs"), "--engine", engine, ...SUITES], { encoding: "utf8", maxBuffer: Infinity, stdio: ["ignore", "pipe", "inherit"] });
  const lines = stdout.matchAll(/^\s*(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$/gm);
  return [...lines].map(([, failed, title, reason]) => [title, failed ? "**fails**" : (reason ? "not tested" : "yes"), reason]);
}

const reasons = new Set();
const columns = engines.map((engine) => {
  const tests = testsIn(engine);
  return ({ title }) => {
    if (title === null) return "–";
    const found = tests.filter(([name]) => title.test(name));
    assert.ok(found.length > 0, `no test has the title ${title}`);
    for (const [, , reason] of found) if (reason) reasons.add(reason);
    const states = [...new Set(found.map(([, state]) => state))];
    return states.length === 1 ? states[0] : states.join(", ");
  };
});
const rows = ways.map(([way, pin, code]) => `| ${way} | ${columns.flatMap((cell) => [cell({ title: pin }), cell({ title: code })]).join(" | ")} |`);
const day = new Date().toISOString().slice(0, 10);
const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
const table = [
  start,
  `Run on ${day}, commit ${commit}.`,
  "",
  `| way | ${engines.flatMap((engine) => [`${engine}, PIN`, `${engine}, code`]).join(" | ")} |`,
  `|---|${"---|".repeat(2 * engines.length)}`,
  ...rows,
  "",
  ...(reasons.size > 0 ? ["Not tested, since the test cannot play it there:", "", ...[...reasons].map((reason) => `- ${reason}`), ""] : []),
  end,
].join("\n");
const text = readFileSync(document, "utf8");
const [before, after] = [text.split(start)[0], text.split(end)[1]];
assert.ok(after !== undefined, "docs/compatibility.md has no place for the table");
writeFileSync(document, before + table + after);
