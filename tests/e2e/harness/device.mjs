// This browser as a device of the customer: from the enrolment to the checkout.

import { toBareOverview } from "./enrolment.mjs";
import { askForStatement } from "./journey.mjs";

/** The setting of a story that begins with an enrolment on a page of its own. */
export const bare = { page: "/strict.html" };

/** Wise asks for the device, or for a code instead. */
export const deviceOrCode = { challenges: ["device"], deviceAlternatives: "phone" };

/** Adds this browser. */
export async function addThisBrowser(stage) {
  const { element } = await toBareOverview(stage);
  await element.addBrowser("Phone");
  await element.notice("This browser is one of your devices now.").waitFor();
}

/** Adds this browser, has Wise ask for these factors from now on, and opens the checkout. */
export async function toCheckoutWithDevice(stage, behaviour) {
  await addThisBrowser(stage);
  await openCheckout(stage, behaviour);
}

/** Has Wise ask for these factors from now on, and opens the checkout. */
export async function openCheckout({ page, customer }, behaviour) {
  await customer.behave(behaviour);
  // After the approval that began the enrolment, Wise asks for nothing before a statement for five minutes.
  await customer.advance(301);
  await page.goto("/");
}

/** Requests the statement, and waits for the choice that has this browser. */
export async function toDevice(stage) {
  await askForStatement(stage);
  await deviceOffered(stage);
}

export const deviceOffered = ({ widget }) => widget.heading(widget.words.wayTitle).waitFor();

/** The customer, or the browser, deletes the keys, but not the rest of the site's data. */
export const deleteKeys = (page) =>
  page.evaluate(
    () =>
      new Promise((done, failed) => {
        const deletion = indexedDB.deleteDatabase("sca-widget");
        deletion.onsuccess = () => done();
        deletion.onerror = failed;
      }),
  );

/** What of the bigger module a page has requested. */
export const requestedOfEnrolment = ({ proxy }, since = 0) =>
  proxy.seen.slice(since).map(({ path }) => path).filter((path) => /enrolment/.test(path) && path.startsWith("/pkg/"));
