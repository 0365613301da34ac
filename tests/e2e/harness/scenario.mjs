// One test on a stage of its own, with a list of things that must not happen on it.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { disconnect } from "./browser.mjs";
import { open } from "./stage.mjs";

after(disconnect);

/** A test. For its setting see {@link open}. */
export function scenario(name, setting, run) {
  test(name, async () => {
    const stage = await open(setting);
    try {
      await inTime(run(stage));
      assert.deepEqual(stage.complaints(), [], "the page complained");
    } catch (error) {
      await stage.keepEvidence(name, error);
      throw error;
    } finally {
      await stage.close();
    }
  });
}

/** A test that waits for what never comes fails by itself, and its stage is cleared like any other. */
async function inTime(running) {
  const [over, timer] = deadline(60_000);
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
