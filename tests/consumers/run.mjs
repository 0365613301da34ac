// The package in projects of many tools: each is installed, built, served, and an approval is carried out in it, in English and in Arabic. The
// results go into the table of docs/compatibility.md.
//
//   node tests/consumers/run.mjs                 all tools
//   node tests/consumers/run.mjs Vite "Next 16"  those whose names begin so; the other rows stay as they are

import assert from "node:assert/strict";
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/harness/engines/chromium.mjs";
import { root, startPrograms } from "../e2e/harness/programs.mjs";
import { noWebAssembly } from "../e2e/harness/webassembly.mjs";
import { LANGUAGES, Project, approve, pack } from "./project.mjs";

/** Those that most partners use come first. */
const ORDER = ["none", "vite", "vite-frameworks", "next", "webpack", "angular", "nuxt", "sveltekit", "astro", "bundlers"];
const document = join(root, "docs/compatibility.md");
const [begin, end] = ["<!-- consumers: start -->", "<!-- consumers: end -->"];
const HEAD = ["tool", "version", "on", "as installed, production build", "as installed, development server", "production build", "development server", "production build, in a browser without WebAssembly", "what it needs"];

const files = readdirSync(join(import.meta.dirname, "tools")).map((file) => file.replace(".mjs", ""));
assert.deepEqual([...files].sort(), [...ORDER].sort(), "every file of tools/ has its place in the order");
const tools = (await Promise.all(ORDER.map((name) => import(`./tools/${name}.mjs`)))).flatMap((module) => module.default);

const wanted = process.argv.slice(2);
const unknown = wanted.find((word) => !tools.some(({ name }) => name.startsWith(word)));
assert.equal(unknown, undefined, `there is no tool called ${unknown}`);
const chosen = tools.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));
assertRecipesAreShown();

const archive = await pack(root);
const programs = await startPrograms();
const browser = await chromium.launch(launchOptions);
let failures = 0;
try {
  for (const tool of chosen) {
    const row = await measure(tool);
    console.error(row.join(" | "));
    writeRow(tool.name, row);
  }
} finally {
  await browser.close();
  await programs.stop();
}
process.exit(failures > 0 ? 1 : 0);

/** Each recipe has a heading of its own. */
function assertRecipesAreShown() {
  const headings = readFileSync(join(root, "docs/integration.md"), "utf8").match(/^#+ .*$/gm).map(anchorOf);
  for (const { name, anchor } of tools) assert.ok(!anchor || headings.includes(anchor), `docs/integration.md has no heading ${anchor} for ${name}`);
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading) {
  return heading.replace(/^#+ /, "").toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-");
}

/** The row of a tool. */
async function measure(tool) {
  const project = new Project(tool);
  const today = new Date().toISOString().slice(0, 10);
  const recipe = tool.anchor ? `[${tool.needs}](integration.md#${tool.anchor})` : "nothing";
  try {
    await project.install(archive);
    const version = tool.version ? JSON.parse(readFileSync(join(project.folder, "node_modules", tool.version, "package.json"), "utf8")).version : "";
    // What a tool does as it is installed, and what it does with its recipe.
    const without = tool.recipe ? [await result(project, false), await result(project, true)] : ["–", "–"];
    const cells = [await result(project, false, tool.recipe), await result(project, true, tool.recipe)];
    const translated = await result(project, false, tool.recipe, noWebAssembly);
    failures += cells.filter((cell) => cell.includes("**")).length;
    return [tool.name, version, today, ...without, ...cells, translated, recipe];
  } catch (error) {
    failures += 1;
    console.error(error);
    return [tool.name, "", today, "–", "–", `**${firstLine(error)}**`, "–", "–", recipe];
  } finally {
    rmSync(project.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The approvals in the production build, or in the development server; "–" if the tool has none. `init` runs in the page before its scripts. */
async function result(project, isDevelopment, recipe, init) {
  const { tool } = project;
  if (isDevelopment && !tool.dev) return "–";
  try {
    project.writeAll(recipe);
    if (!isDevelopment) await project.build();
    const server = await project.serve(programs.checkout.address, isDevelopment);
    try {
      const said = [];
      for (const language of LANGUAGES) said.push(await approve(browser, server, language, { expected: tool.expected, init }).catch(firstLine));
      console.error(`${tool.name}, ${isDevelopment ? "development server" : "production build"}${recipe ? " with recipe" : ""}: ${said.join(" / ")}`);
      return summary(said);
    } finally {
      await server.stop();
    }
  } catch (error) {
    console.error(error.message.slice(-4000));
    return `**${firstLine(error)}**`;
  }
}

/** Approvals that succeed are named by their language. */
function summary(said) {
  if (said.every((what) => what === said[0])) return said[0] === "yes" ? LANGUAGES.join(", ") : `**${said[0]}**`;
  return LANGUAGES.map((language, index) => (said[index] === "yes" ? language : `${language}: **${said[index]}**`)).join(", ");
}

function firstLine(error) {
  return String(error.message ?? error).split("\n", 1)[0].replaceAll("|", "/").slice(0, 120);
}

/** Puts a row into the document's table, in the order of the tools. */
function writeRow(name, row) {
  const text = readFileSync(document, "utf8");
  const [before, rest] = text.split(begin);
  assert.ok(rest?.includes(end), "docs/compatibility.md has no place for the table");
  const [table, after] = rest.split(end);
  const rows = new Map(table.split("\n").filter((line) => line.startsWith("| ")).slice(1).map((line) => [line.split(" | ")[0].slice(2), line]));
  rows.set(name, `| ${row.join(" | ")} |`);
  const lines = tools.flatMap((tool) => rows.get(tool.name) ?? []);
  const head = [`| ${HEAD.join(" | ")} |`, `|${"---|".repeat(HEAD.length)}`];
  writeFileSync(document, [before, begin, "\n", [...head, ...lines].join("\n"), "\n", end, after].join(""));
}
