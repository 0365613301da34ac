// The factor `device`: this browser's key, registered as the provider would.

import { askForStatement, calls } from "./journey.mjs";

/** The settings of a customer whose provider asks for the device, or a code instead. */
export const deviceCustomer = { behaviour: { challenges: ["device"], deviceAlternatives: "phone" } };

export async function toDevice(stage) {
  await askForStatement(stage);
  await stage.widget.heading(stage.widget.words.wayTitle).waitFor();
}

/** Registers this browser for the customer of the page's approval, and returns the fingerprint. */
export async function registerBrowser(stage) {
  const fingerprint = await stage.page.evaluate(
    async (name) => (await import("/pkg/device.js")).register(name),
    await nameOfCustomer(stage),
  );
  await stage.customer.enrol({ deviceFingerprints: [fingerprint] });
  return fingerprint;
}

/** What the site's data holds of the customer's key goes. */
export const clearKey = async (stage) =>
  stage.page.evaluate(async (name) => (await import("/pkg/device.js")).forget(name), await nameOfCustomer(stage));

/** The name under which the customer's browsers keep their key, as the page's approval was told. */
async function nameOfCustomer(stage) {
  const told = ({ path }) => path.endsWith(calls.key.split("{id}")[1]);
  await stage.until(() => stage.answers.some(told));
  return stage.answers.find(told).said.customer;
}
