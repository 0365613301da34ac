// The resources that a page still holds: timers, listeners, nodes and WebAssembly memory.

/** Runs in the page before its scripts: records running timers and the memory of every WebAssembly instance. */
export function watchLeftovers() {
  const timers = new Set();
  const memories = new Set();
  for (const kind of ["Timeout", "Interval"]) {
    const set = window[`set${kind}`];
    const clear = window[`clear${kind}`];
    window[`set${kind}`] = (callback, ...rest) => {
      const timer = set((...values) => {
        if (kind === "Timeout") timers.delete(timer);
        return typeof callback === "function" ? callback(...values) : undefined;
      }, ...rest);
      timers.add(timer);
      return timer;
    };
    window[`clear${kind}`] = (timer) => {
      timers.delete(timer);
      clear(timer);
    };
  }
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate(...given);
    memories.add((made.instance ?? made).exports.memory);
    return made;
  };
  window.leftovers = () => ({
    timers: timers.size,
    memory: [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0),
  });
}

/** Counts them after a garbage collection. */
export async function countLeftovers(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  for (let rounds = 0; rounds < 3; rounds += 1) await session.send("HeapProfiler.collectGarbage");
  const { jsEventListeners, nodes } = await session.send("Memory.getDOMCounters");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  await session.detach();
  return { listeners: jsEventListeners, nodes, heap: usedSize, ...(await page.evaluate(() => window.leftovers())) };
}
