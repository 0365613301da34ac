// The backend behind three proxies that differ most, each with the lines that docs/proxies.md has for it. `cargo xtask proxies` measures all of
// them.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBackend } from "./backend.mjs";
import { found, startInstance } from "./instances.mjs";
import { measureEvents, measureOrigins, measureRefusals } from "./measure.mjs";
import { stopAll } from "../programs.mjs";
import { proxies } from "./proxies.mjs";

/** Milliseconds. */
const AT_ONCE = 1_000;
let backend;

before(async () => {
  backend = await startBackend();
});
after(stopAll);

for (const name of ["nginx", "HAProxy", "lighttpd"]) {
  const proxy = proxies.find((known) => known.name === name);
  const program = found(proxy.program);
  describe(name, { skip: program ? false : "it is not installed" }, () => {
    let instance;

    before(async () => {
      instance = await startInstance({ proxy, program, lines: proxy.lines }, backend.port);
    });

    test("events arrive at once, although the page accepts compressed answers", async () => {
      const { first, change, stream } = await measureEvents(instance.port, backend);
      stream.close();
      assert.ok(Math.min(...first) < AT_ONCE, `the first event after ${first} ms`);
      assert.ok(Math.min(...change) < AT_ONCE, `a change after ${change} ms`);
    });

    test("a refusal arrives as it is, although the body was not read", async () => {
      assert.deepEqual(await measureRefusals(instance.port), []);
    });

    test("a page of the host may call, with and without a port, and so may one that is listed", async () => {
      const { own, listed } = await measureOrigins(instance.port, proxy.isLocal);
      // The secret is wrong.
      for (const [host, status] of [...own, ["a listed origin", listed]]) assert.equal(status, "401", host);
    });
  });
}
