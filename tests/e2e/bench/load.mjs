// Work done a few pieces at a time, and what it costs.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The results of `work`, done `count` times, `atOnce` at the same time. */
export async function several(count, atOnce, work) {
  const results = new Array(count);
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const place = next;
      next += 1;
      results[place] = await work(place);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** As `several`. The time that each took, in milliseconds, and how many were done per second. */
export async function timed(count, atOnce, work) {
  const begun = performance.now();
  const times = await several(count, atOnce, async (place) => {
    const started = performance.now();
    await work(place);
    return performance.now() - started;
  });
  return { times, perSecond: count / ((performance.now() - begun) / 1000) };
}

/** In KiB; from /proc if there is one, otherwise from `ps`. */
export function residentMemory(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  } catch {
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
  }
}
