// Starts both servers and one browser, runs the suites against them, and stops everything.
//
//   node tests/e2e/run.mjs                 every suite
//   node tests/e2e/run.mjs happy keyboard  the suites with these names

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { launchBrowserServer } from "./harness/browser.mjs";
import { startPrograms } from "./harness/programs.mjs";

const suites = join(import.meta.dirname, "suites");
const wanted = process.argv.slice(2);
const files = readdirSync(suites)
  .filter((file) => file.endsWith(".test.mjs"))
  .filter((file) => wanted.length === 0 || wanted.includes(file.replace(".test.mjs", "")))
  .map((file) => join(suites, file));
if (files.length === 0) throw new Error(`no suite is named ${wanted.join(" or ")}`);

// Whoever stops this run stops what it has started.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const programs = await startPrograms();
const browser = await launchBrowserServer();
try {
  process.exitCode = await runTests({ ...programs.environment, SCA_BROWSER: browser.wsEndpoint() });
} finally {
  await browser.close();
  await programs.stop();
}

function runTests(environment) {
  const tests = spawn(process.execPath, ["--test", "--test-concurrency=2", ...files], {
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  return new Promise((settle, fail) => {
    tests.on("error", fail);
    tests.on("exit", (code) => settle(code ?? 1));
  });
}
