// A page's memory after the first mounts, and after a hundred more.

import { mountTimes } from "../harness/mounts.mjs";
import { countLeftovers, watchLeftovers } from "../harness/leftovers.mjs";
import { open } from "../harness/stage.mjs";
import { table } from "./figures.mjs";

const MOUNTS = 100;

export async function measureMemory() {
  const stage = await open({ page: "/strict.html", init: watchLeftovers });
  await mountTimes(stage, 10);
  const before = await countLeftovers(stage.page);
  await mountTimes(stage, MOUNTS);
  const after = await countLeftovers(stage.page);
  await stage.close();
  const row = (name, key, unit = 1) => [name, Math.round(before[key] / unit), Math.round(after[key] / unit)];
  return table(
    ["What the page holds", "after 10 mounts", `after ${MOUNTS} more`],
    [
      row("WebAssembly memory, KiB", "memory", 1024),
      row("JavaScript heap, KiB", "heap", 1024),
      row("nodes", "nodes"),
      row("event listeners", "listeners"),
      row("timers", "timers"),
    ],
  );
}
