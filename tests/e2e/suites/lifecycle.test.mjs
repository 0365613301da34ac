// A hundred mounts and unmounts leak nothing: no listener, timer, node, stream or memory.

import assert from "node:assert/strict";
import { calls, toPin } from "../harness/journey.mjs";
import { countLeftovers, watchLeftovers } from "../harness/leftovers.mjs";
import { mountTimes } from "../harness/mounts.mjs";
import { scenario } from "../harness/scenario.mjs";

const PAGE_OF_MEMORY = 65_536;

scenario("a hundred mounts and unmounts leave nothing behind", { page: "/strict.html", init: watchLeftovers }, async (stage) => {
  const { page, proxy } = stage;
  // The first ones fill caches, the module's and the browser's.
  await mountTimes(stage, 10);
  const before = await countLeftovers(page);
  await mountTimes(stage, 100);
  // One stream stays open: that of the page's own widget.
  await stage.until(() => proxy.sent("GET", calls.events).filter(({ status }) => status === undefined).length === 1);
  const after = await countLeftovers(page);
  assert.equal(after.timers, before.timers, "timers");
  assert.equal(after.listeners, before.listeners, "event listeners");
  assert.equal(after.nodes, before.nodes, "nodes");
  assert.ok(after.memory - before.memory <= PAGE_OF_MEMORY, `WebAssembly memory grew from ${before.memory} to ${after.memory}`);
});

scenario("an element that is removed and inserted again continues", {}, async (stage) => {
  const { page, widget } = stage;
  await toPin(stage);
  await page.evaluate(() => {
    window.element = document.querySelector("sca-widget");
    window.place = window.element.parentElement;
    window.element.remove();
  });
  await page.waitForFunction(() => window.element.handle === null);
  await page.evaluate(() => window.place.append(window.element));
  await widget.pinField.waitFor();
});
