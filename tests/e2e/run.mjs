// Starts both servers and what the engine needs, runs the suites against them, and stops everything.
//
//   node tests/e2e/run.mjs                    every suite
//   node tests/e2e/run.mjs happy keyboard     the suites with these names
//   node tests/e2e/run.mjs --smoke            the one suite that is run in every engine on each commit
//   node tests/e2e/run.mjs --engine webkit    in another engine than Chromium: firefox or webkit
//   node tests/e2e/run.mjs --without-wasm     in a browser without WebAssembly, where the translation of the module runs
//   node tests/e2e/run.mjs pin --only typed   of these suites the tests whose names match

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPrograms } from "./harness/programs.mjs";

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: "string", default: "chromium" },
    smoke: { type: "boolean", default: false },
    only: { type: "string" },
    "without-wasm": { type: "boolean", default: false },
  },
});
process.env.SCA_ENGINE = values.engine;
if (values["without-wasm"]) process.env.SCA_WITHOUT_WASM = "1";
const { engine } = await import("./harness/engine.mjs");

const suites = join(import.meta.dirname, values.smoke ? "smoke" : "suites");
const files = readdirSync(suites)
  .filter((file) => file.endsWith(".test.mjs"))
  .filter((file) => wanted.length === 0 || wanted.includes(file.replace(".test.mjs", "")))
  .map((file) => join(suites, file));
if (files.length === 0) throw new Error(`no suite is named ${wanted.join(" or ")}`);

// A signal to this process stops everything that it has started.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

const programs = await startPrograms();
try {
  const shared = await engine.share({ isWhole: values.smoke });
  try {
    process.exitCode = await runTests({ ...programs.environment, ...shared.environment });
  } finally {
    await shared.stop();
  }
} finally {
  await programs.stop();
}

function runTests(environment) {
  const only = values.only ? [`--test-name-pattern=${values.only}`] : [];
  const tests = spawn(process.execPath, ["--test", "--test-concurrency=2", ...only, ...files], {
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  process.once("exit", () => tests.kill());
  return new Promise((settle, fail) => {
    tests.on("error", fail);
    tests.on("exit", (code) => settle(code ?? 1));
  });
}
