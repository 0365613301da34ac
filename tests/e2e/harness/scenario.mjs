// One test on a stage of its own, which also fails on complaints of the page.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { engine } from "./engine.mjs";
import { assertAllMet, whyLeftOut } from "./left_out.mjs";
import { open } from "./stage.mjs";

// On these signals Playwright ends its browsers but lets the tests continue.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
after(engine.close);
after(() => assertAllMet(engine.name));

/** A test. For its setting see {@link open}; `patience` is its timeout in milliseconds. */
export function scenario(name, { patience = 60_000, ...setting }, run) {
  test(name, { skip: whyLeftOut(engine.name, name) }, async () => {
    const stage = await open(setting);
    try {
      await inTime(run(stage), patience);
      assert.deepEqual(stage.complaints(), [], "the page complained");
    } catch (error) {
      await stage.keepEvidence(name, error);
      throw error;
    } finally {
      await stage.close();
    }
  });
}

/** Fails the test after its timeout, so that its stage is closed like any other. */
async function inTime(running, patience) {
  const [over, timer] = deadline(patience);
  try {
    await Promise.race([running, over]);
  } finally {
    clearTimeout(timer);
  }
}

function deadline(milliseconds) {
  let timer;
  const over = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  return [over, timer];
}
