// This browser as a device, in the element for enrolments: its key, its limits, and its loss.

import assert from "node:assert/strict";
import { shownIn, toBareOverview } from "../harness/enrolment.mjs";
import { answerLost } from "../harness/faults.mjs";
import { assertAbsent } from "../harness/leaks.mjs";
import { scenario } from "../harness/scenario.mjs";
import { enrolmentCalls, factorsOf, fingerprintIn, showEnrolment } from "../harness/security.mjs";

const bare = { page: "/strict.html" };
const DATABASE = "sca-widget";

/** What this browser keeps for customers: the number of keys, and whether any of them could leave it. */
const keptIn = (page) =>
  page.evaluate(async (name) => {
    const database = await new Promise((done, failed) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => done(opening.result);
      opening.onerror = failed;
    });
    const kept = await new Promise((done) => {
      const request = database.transaction("device-keys").objectStore("device-keys").getAll();
      request.onsuccess = () => done(request.result);
    });
    database.close();
    const canLeave = [];
    for (const { key } of kept) {
      canLeave.push(await crypto.subtle.exportKey("raw", key).then(() => true, () => false));
    }
    return { keys: kept.length, canLeave, others: kept.map(({ key: _, ...rest }) => rest) };
  }, DATABASE);

/** The customer, or the browser, deletes the site's data. */
const wipe = (page) =>
  page.evaluate(
    (name) =>
      new Promise((done, failed) => {
        const deletion = indexedDB.deleteDatabase(name);
        deletion.onsuccess = () => done();
        deletion.onerror = failed;
      }),
    DATABASE,
  );

const sent = ({ proxy }, path) => proxy.sent("POST", path).length;
const atWise = async ({ customer }) => (await customer.now()).deviceFingerprints;

scenario("this browser becomes a device, is recognised later, and is removed with its key", bare, async (stage) => {
  const { page, proxy } = stage;
  const { begun, element } = await toBareOverview(stage);
  await element.addBrowser("Oliver's phone");
  await element.notice("This browser is one of your devices now.").waitFor();
  await element.devices.getByText("This browser", { exact: true }).waitFor();
  assert.equal(await element.devices.count(), 1);
  assert.match(await element.devices.textContent(), /^Oliver's phone ?This browser ?Added on \w+ \d+, \d{4}/);
  assert.equal(await element.button("Add this browser").count(), 0);
  assert.equal((await atWise(stage)).length, 1);
  const kept = await keptIn(page);
  assert.deepEqual([kept.keys, kept.canLeave], [1, [false]]);
  const secret = { fingerprint: await fingerprintIn(stage) };
  assertAbsent(secret, "the database", JSON.stringify(kept.others));
  for (const { url, body } of proxy.seen) assertAbsent(secret, "a call", `${url} ${body}`);

  // A new page of the same browser.
  await page.reload();
  await showEnrolment(page, begun.clientSecret);
  await element.overviewShown();
  await element.devices.getByText("This browser", { exact: true }).waitFor();
  await element.removeDevice("Oliver's phone");
  await element.notice("The device is removed.").waitFor();
  await element.button("Add this browser").waitFor();
  assert.deepEqual([(await keptIn(page)).keys, (await atWise(stage)).length], [0, 0]);
});

scenario("a device without a name is not added", bare, async (stage) => {
  const { element } = await toBareOverview(stage);
  await element.addBrowser(" ");
  await element.notice("Please enter a name").waitFor();
  assert.equal(sent(stage, enrolmentCalls.devices), 0);
  await element.field("A name for this device").fill("Phone");
  await element.button("Add").click();
  await element.notice("This browser is one of your devices now.").waitFor();
});

scenario("with three devices, the customer is told to remove one", bare, async (stage) => {
  const { element } = await toBareOverview(stage);
  await factorsOf(stage).set({ deviceFingerprints: ["one", "two", "three"] });
  await element.addBrowser("Phone");
  await element.notice("You have as many devices as are possible.").waitFor();
  assert.equal((await atWise(stage)).length, 3);
});

scenario("after a lost answer, the customer adds this browser again, and is told that it is there", bare, async (stage) => {
  const { element } = await toBareOverview(stage);
  stage.proxy.fault("POST", enrolmentCalls.devices, answerLost);
  await element.addBrowser("Phone");
  await element.notice("The answer was lost, so we do not know whether this browser is added.").waitFor();
  assert.equal((await atWise(stage)).length, 1);
  await element.addBrowser("Phone");
  await element.notice("This browser is one of your devices already, so nothing has changed.").waitFor();
  assert.equal((await atWise(stage)).length, 1);
});

scenario("two tabs that add this browser use one key, and one device is there", bare, async (stage) => {
  const { begun, element } = await toBareOverview(stage);
  const tab = await stage.tab("/strict.html");
  await showEnrolment(tab.page, begun.clientSecret);
  const other = await shownIn(tab.page);
  await element.addBrowser("Phone");
  await element.notice("This browser is one of your devices now.").waitFor();
  await other.addBrowser("Phone");
  await other.notice("This browser is one of your devices already, so nothing has changed.").waitFor();
  assert.deepEqual([(await keptIn(stage.page)).keys, (await atWise(stage)).length], [1, 1]);
});

scenario("after the site's data was deleted, the customer is told, and adds this browser again", bare, async (stage) => {
  const { page } = stage;
  const { begun, element } = await toBareOverview(stage);
  await element.addBrowser("Phone");
  await element.notice("This browser is one of your devices now.").waitFor();
  await page.goto("/strict.html");
  await wipe(page);
  await showEnrolment(page, begun.clientSecret);
  await element.overviewShown();
  await page.getByText("This browser is not one of your devices, or its site data has been deleted since.").waitFor();
  await element.addBrowser("Phone again");
  await element.notice("This browser is one of your devices now.").waitFor();
  assert.equal((await atWise(stage)).length, 2);
  assert.equal(await element.devices.count(), 2);
});

for (const [how, init] of [
  ["refuses its storage", () => (IDBFactory.prototype.open = () => { throw new DOMException("made up by a test", "SecurityError"); })],
  ["has no storage", () => Object.defineProperty(window, "indexedDB", { value: undefined })],
]) {
  scenario(`a browser that ${how} cannot be added, and the customer is told`, { ...bare, init }, async (stage) => {
    const { element } = await toBareOverview(stage);
    await stage.page.getByText("This browser keeps no data for this site").waitFor();
    assert.equal(await element.button("Add this browser").count(), 0);
    await element.button("Change the PIN").waitFor();
  });
}

const stores = () => (IDBObjectStore.prototype.put = () => { throw new DOMException("made up by a test", "DataCloneError"); });
scenario("a browser that stores no key is not added, and the customer is told", { ...bare, init: stores }, async (stage) => {
  const { element } = await toBareOverview(stage);
  await element.addBrowser("Phone");
  await element.notice("This browser keeps no data for this site").waitFor();
  assert.equal(sent(stage, enrolmentCalls.devices), 0);
});
