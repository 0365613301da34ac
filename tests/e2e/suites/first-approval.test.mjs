// The guide's first approval: its files as they are printed, with the ports of this run.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { CODE, PIN } from "../harness/journey.mjs";
import { root, start } from "../harness/programs.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** The blocks of the section. Each names its file in its first lines. */
const [, section] = readFileSync(join(root, "docs/integration.md"), "utf8").match(/^## A first approval on your machine$(.*?)^## /ms);
const blocks = [...section.matchAll(/^```\w+\n(.*?)^```$/gms)].map(([, block]) => block);
const printed = (name) => blocks.find((block) => block.split("\n", 2).some((line) => line.includes(name)));

const folder = mkdtempSync(join(tmpdir(), "first-approval-"));
const started = [];
after(async () => {
  for (const program of started.reverse()) await program.stop();
  rmSync(folder, { recursive: true });
});

/** Writes a file as it is printed, with other values in the place of some. */
const write = (name, values) => {
  let content = printed(name);
  for (const [from, to] of values) {
    assert.ok(content.includes(from), `${name} has no ${from}`);
    content = content.replace(from, () => to);
  }
  writeFileSync(join(folder, name), content);
};

/** Without the variables of this run: the backend takes those that begin with SCA_ for settings. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SCA_")));

const run = async (file, options, name) => {
  const program = await start(file, options, name, "info", [], { cwd: folder, env });
  started.push(program);
  return program.address;
};

mkdirSync(join(folder, "node_modules"));
symlinkSync(join(root, "pkg"), join(folder, "node_modules/sca-widget"));
write("sca-backend.toml", [["127.0.0.1:8080", "127.0.0.1:0"], ["…", randomBytes(32).toString("base64")], ["http://127.0.0.1:4010", process.env.SCA_SANDBOX]]);
const backend = await run(join(process.env.SCA_PROGRAMS, "sca-backend"), ["--config", "sca-backend.toml"], "first approval, backend");
write("shop.mjs", [["http://127.0.0.1:8080", backend], ["3000", "0"]]);
write("index.html", []);
write("pay.js", []);
const shop = await run(process.execPath, ["shop.mjs"], "first approval, shop");

scenario("who copies the guide's first approval pays once", { page: null, expected: [new RegExp(`^another origin: ${shop}/`)] }, async ({ page, widget }) => {
  await page.goto(shop);
  await page.getByRole("button", { name: "Pay €1,250.00", exact: true }).click();
  await widget.enterPin(PIN);
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await page.getByRole("status").getByText("Paid.", { exact: true }).waitFor();
  const { transfers } = await (await fetch(`${process.env.SCA_SANDBOX}/control/customers/6146956`)).json();
  assert.deepEqual(transfers[50500001], { executedPayments: 1, refusedAgain: 0 });
});
