// A consumer of the package: `npm pack`, install the result in an empty Vite project, and clear an approval with it, in English and in
// another language. Once in a production build, once in Vite's development server, which bundles packages differently. And the package's
// types, as a strict project sees them.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { launchOptions } from "../e2e/harness/engines/chromium.mjs";
import { root, startPrograms } from "../e2e/harness/programs.mjs";
import { watch } from "../e2e/harness/watch.mjs";
import { Widget } from "../e2e/harness/widget.mjs";

const VITE = "8.3.8";
const TYPESCRIPT = "5.9.3";
/** The types of React 18 and 19. */
const REACT_TYPES = ["18.3.32", "19.3.3"];
const run = promisify(execFile);
const project = mkdtempSync(join(tmpdir(), "sca-consumer-"));
const vite = join(project, "node_modules/vite/bin/vite.js");
let packed;
let programs;
let browser;

before(async () => {
  cpSync(join(import.meta.dirname, "project"), project, { recursive: true });
  const [{ filename }] = JSON.parse((await npm(["pack", "--json", "--pack-destination", project], join(root, "pkg"))).stdout);
  packed = join(project, filename);
  await install(project, [packed, `vite@${VITE}`]);
  programs = await startPrograms();
  browser = await chromium.launch(launchOptions);
});

after(async () => {
  await browser?.close();
  await programs?.stop();
  rmSync(project, { recursive: true, force: true });
});

test("a production build mounts the widget and clears an approval under a strict policy", async () => {
  await run(process.execPath, [vite, "build"], { cwd: project });
  await clearApprovals(await serve(["preview", "--port", "0"]));
});

test("the development server does the same", async () => {
  await clearApprovals(await serve(["dev", "--port", "0"]));
});

for (const types of REACT_TYPES) {
  test(`the types compile in a strict project with the types of React ${types}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sca-types-"));
    try {
      cpSync(join(import.meta.dirname, "types"), folder, { recursive: true });
      await install(folder, [packed, `typescript@${TYPESCRIPT}`, `@types/react@${types}`]);
      const compiled = run(process.execPath, [join(folder, "node_modules/typescript/bin/tsc"), "-p", folder]);
      // The compiler writes what is wrong to its output.
      await compiled.catch(({ stdout }) => assert.fail(stdout));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function clearApprovals(server) {
  try {
    for (const language of ["en", "ar"]) await clearAnApproval(server.address, language);
  } finally {
    await server.stop();
  }
}

async function clearAnApproval(address, language) {
  const context = await browser.newContext();
  try {
    const { complaints } = await watch(context, new URL(address).origin);
    const page = await context.newPage();
    await page.goto(`${address}?locale=${language}`);
    const widget = new Widget(page, language);
    await widget.enterPin("1234");
    await widget.choose(widget.words.sms);
    await widget.enterCode("111111");
    await page.getByText("approved, and the statement answers 200").waitFor();
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const install = (folder, packages) => npm(["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages], folder);

function npm(options, folder) {
  return run(process.platform === "win32" ? "npm.cmd" : "npm", options, { cwd: folder, env: { ...process.env, NO_COLOR: "1" } });
}

/** Starts Vite's server in the project. Returns its URL and a function that stops it. */
async function serve(options) {
  const program = spawn(process.execPath, [vite, ...options], {
    cwd: project,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NO_COLOR: "1", PARTNER: programs.checkout.address },
  });
  const ended = new Promise((settle) => program.once("close", settle));
  const stop = () => (program.kill(), ended);
  for await (const line of createInterface({ input: program.stdout })) {
    const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(line) ?? [];
    if (address) return { address, stop };
  }
  throw new Error(`vite ended with ${await ended}`);
}
