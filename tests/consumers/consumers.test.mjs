// Two tools that differ most from Vite (tests/consumer/), each as its recipe says. `cargo xtask consumers` tries all of them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/harness/engines/chromium.mjs";
import { root, startPrograms } from "../e2e/harness/programs.mjs";
import { LANGUAGES, Project, approve, pack } from "./project.mjs";
import bundlers from "./tools/bundlers.mjs";
import webpack from "./tools/webpack.mjs";

let archive;
let programs;
let browser;

before(async () => {
  archive = await pack(root);
  programs = await startPrograms();
  browser = await chromium.launch(launchOptions);
});

after(async () => {
  await browser?.close();
  await programs?.stop();
});

for (const name of ["webpack 5", "esbuild, classic script"]) {
  test(`${name}: approvals are carried out in a production build under a strict policy`, async () => {
    const tool = [...webpack, ...bundlers].find((known) => known.name === name);
    const project = new Project(tool);
    await project.install(archive);
    project.writeAll(tool.recipe);
    await project.build();
    const server = await project.serve(programs.checkout.address);
    try {
      for (const language of LANGUAGES) assert.equal(await approve(browser, server, language), "yes", language);
    } finally {
      await server.stop();
    }
  });
}
