// The factor `device`: one press, no entry.

import assert from "node:assert/strict";
import { clearKey, deviceCustomer as customer, registerBrowser, toDevice } from "../harness/device.mjs";
import { CODE, askForStatement, calls, nothingHappened, statementShown } from "../harness/journey.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;

/** The approval is stopped, and the page asks for the next one. */
async function again(stage) {
  await stage.widget.cancel();
  await nothingHappened(stage);
  await toDevice(stage);
}

scenario("a browser that is not registered is told so, and a code clears the challenge instead", { customer }, async (stage) => {
  const { page, widget, proxy } = stage;
  await toDevice(stage);
  await widget.choose(text.device);
  await widget.notice(text.deviceUnknown).waitFor();
  assert.equal(await widget.way(text.device).count(), 0, "it is not offered again");
  assert.equal(proxy.sent("POST", calls.verify).length, 0, "no attempt was used");
  await widget.choose(text.sms);
  await widget.enterCode(CODE);
  await statementShown(stage);
  assert.deepEqual(await page.evaluate(async () => (await indexedDB.databases?.())?.map(({ version }) => version) ?? [1]), [1]);
});

scenario("a fingerprint never leaves the browser in the open, and is not stored", { customer }, async (stage) => {
  const { page, widget, proxy } = stage;
  await toDevice(stage);
  await widget.choose(text.device);
  await widget.notice(text.deviceUnknown).waitFor();
  const fingerprint = await registerBrowser(stage);
  assert.match(fingerprint, /^[\w-]{43}$/);
  await again(stage);
  await widget.choose(text.device);
  await statementShown(stage);
  const [{ body }] = proxy.sent("POST", calls.verify);
  assert.match(JSON.parse(body).entry.jwe, /^[\w-]+(\.[\w-]+){4}$/);
  for (const { url, body = "" } of proxy.seen) assert.ok(!`${url} ${body}`.includes(fingerprint), url);
  assert.ok(!stage.console.join("\n").includes(fingerprint));
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!kept.includes(fingerprint));
  const stored = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open("sca-widget");
        opening.onsuccess = () => {
          const reading = opening.result.transaction("device-keys").objectStore("device-keys").getAll();
          reading.onsuccess = () => resolve(reading.result.map((key) => [key.constructor.name, key.extractable]));
        };
      }),
  );
  assert.deepEqual(stored, [["CryptoKey", false]]);
});

scenario("a browser whose data was cleared is told so", { customer }, async (stage) => {
  const { widget } = stage;
  await toDevice(stage);
  await widget.choose(text.device);
  await widget.notice(text.deviceUnknown).waitFor();
  await registerBrowser(stage);
  await clearKey(stage);
  await again(stage);
  await widget.choose(text.device);
  await widget.notice(text.deviceUnknown).waitFor();
});

scenario("a device that the provider does not recognise is not tried twice", { customer }, async (stage) => {
  const { widget, proxy } = stage;
  await toDevice(stage);
  await widget.choose(text.device);
  await widget.notice(text.deviceUnknown).waitFor();
  await registerBrowser(stage);
  await stage.customer.enrol({ deviceFingerprints: ["another browser of the same customer"] });
  await again(stage);
  await widget.choose(text.device);
  await widget.notice(text.deviceUnknown).waitFor();
  assert.equal(await widget.way(text.device).count(), 0);
  assert.equal(proxy.sent("POST", calls.verify).length, 1);
});

scenario("a double press is one attempt", { customer }, async (stage) => {
  const { widget, proxy } = stage;
  await toDevice(stage);
  await widget.choose(text.device);
  await widget.notice(text.deviceUnknown).waitFor();
  await registerBrowser(stage);
  await again(stage);
  await widget.way(text.device).dblclick();
  await statementShown(stage);
  assert.equal(proxy.sent("POST", calls.verify).length, 1);
});

scenario("two tabs that register at the same time end up with one key", { customer }, async (stage) => {
  const { page } = stage;
  const register = (times) =>
    page.evaluate(async (times) => {
      const { register } = await import("/pkg/device.js");
      return Promise.all(Array.from({ length: times }, () => register("customer")));
    }, times);
  await askForStatement(stage);
  assert.equal(new Set(await register(5)).size, 1);
});
