// Plays the stories of tests/scenarios/confirmations in the browser: the same data that the backend's tests play without one.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { openPhone, paidShown, pay, tap, weavrOf } from "./payments.mjs";
import { scenario } from "./scenario.mjs";

const folder = join(import.meta.dirname, "../../scenarios/confirmations");

/** All stories; each belongs to one half, so that two can be played at a time. */
export function stories() {
  const all = readdirSync(folder).filter((file) => file.endsWith(".json"));
  return all.map((file) => {
    const story = JSON.parse(readFileSync(join(folder, file), "utf8"));
    return { name: file.replace(".json", ""), isAboutPhones: JSON.stringify(story.steps).includes('"sees":"phone"'), ...story };
  });
}

/** Plays one story as a test of its own. */
export function playStory({ name, story, setup = {}, pay: basket, steps }) {
  // Another code after a second, a request that lives for fifteen, no webhooks.
  const hasty = setup.webhooks === "off" || setup.requestLifetime !== undefined || steps.some((step) => step.resend);
  const { factors, behaviour } = { ...setup, ...baskets[basket].setup };
  const customer = { weavr: { ...(factors && { factors }), ...(behaviour && { behaviour }) } };
  scenario(`${name}: ${story}`, { hasty, customer, patience: 120_000 }, async (stage) => {
    // Weavr's pause between two codes is fifteen seconds, and a request's life as long.
    stage.context.setDefaultTimeout(45_000);
    const weavr = weavrOf(stage);
    for (const { endpoint, fault, ...script } of [...(setup.faults ?? []), ...(baskets[basket].faults ?? [])]) {
      await weavr.fault(endpoint, fault, script);
    }
    await pay(stage, ...baskets[basket].order);
    const first = { ...stage, words: stage.widget.words };
    const world = { stage, weavr, tabs: [first], acting: first };
    for (const [place, step] of steps.entries()) await take(world, step, place + 1);
  });
}

async function take(world, step, number) {
  const [[name, value]] = Object.entries(step);
  assert.ok(actions[name], `step ${number} is none: ${name}`);
  try {
    await actions[name](world, value, step);
  } catch (error) {
    error.message = `step ${number}, ${JSON.stringify(step)}: ${error.message}`;
    throw error;
  }
}

/**
 * What each word for a basket is on the page. The shop names payments that it has made itself, and no others: that Weavr does
 * not know them, or that they do not wait, is Weavr's answer here.
 */
const notFound = { faults: [{ endpoint: "readWire", fault: { kind: "status", status: 404 } }] };
const baskets = {
  "single-wire": { order: ["wire", "large"] },
  "bulk-wires": { order: ["wires", "large"] },
  "single-send": { order: ["send", "large"] },
  "bulk-sends": { order: ["sends", "large"] },
  "small-wire": { order: ["wire", "small"] },
  "small-wires": { order: ["wires", "small"] },
  "small-send": { order: ["send", "small"] },
  "small-sends": { order: ["sends", "small"] },
  "unknown-id": { order: ["wire", "large"], ...notFound },
  "foreign-id": { order: ["wire", "large"], ...notFound },
  "mixed-types": { order: ["wires", "large"], ...notFound },
  executed: { order: ["wire", "large"], setup: { behaviour: { payeeCheck: true } } },
};

/** How customers tell where they are, and what they are told. */
const sights = {
  choice: ({ widget, words }) => widget.heading(words.wayTitle).or(widget.heading(words.chooseTitle)).waitFor(),
  code: ({ widget }) => widget.codeField.waitFor(),
  phone: ({ widget, words }) => widget.heading(words.phoneTitle).waitFor(),
  wrong: ({ widget, words }) => widget.notice(words.wrong).waitFor(),
  "last-attempt": ({ widget, words }) => widget.says(words.lastAttempt),
  "code-expired": ({ widget, words }) => widget.says(words.codeExpired),
  "request-expired": ({ widget, words }) => widget.says(words.requestExpired),
  "sent-again": ({ widget, words }) => widget.notice(words.sentAgain).waitFor(),
  wait: ({ widget, words }) => widget.says(words.waitFor),
  unreachable: ({ widget, words }) => widget.says(words.unreachable),
  "way-blocked": ({ widget, words }) => widget.says(words.wayBlocked),
};

/** What the page says when its server makes no approval. */
const refusals = {
  "not-found": "We cannot reach your bank at the moment",
  "no-pending-payment": "We cannot reach your bank at the moment",
  "factor-not-set-up": "You have not set up a way to confirm yet",
};

/** What the widget says at the end, for each reason. */
const reasons = { denied: "denied", "too-many-attempts": "tooManyAttempts", changed: "changed", "session-ended": "signedOut" };

/** A code that was sent, by what has become of it. */
async function sentCode(weavr, status) {
  const codes = (await weavr.requests()).filter((request) => request.kind === "OTP" && request.status === status);
  assert.ok(codes.length > 0, `a code that is ${status}`);
  return codes.at(-1).code;
}

/** Until the server takes the next request for a code, as it has said with the last one. */
async function resendAllowed({ answers, page }) {
  const deliveries = answers.flatMap(({ said }) => said.challenges ?? []).flatMap(({ delivery }) => delivery ?? []);
  await page.waitForFunction((resendAt) => Date.now() > resendAt, deliveries.at(-1).resendAt);
}

const actions = {
  exempt: async ({ stage }) => {
    await paidShown(stage);
    assert.equal(await stage.page.locator("sca-widget").count(), 0, "no widget appears");
  },
  refused: async ({ stage }, code) => {
    await stage.page.getByRole("heading", { name: refusals[code] }).waitFor();
    assert.equal(await stage.page.locator("sca-widget").count(), 0, "no widget appears");
  },
  ways: async ({ acting }, ways) => {
    await sights.choice(acting);
    const { widget, words } = acting;
    for (const way of ["sms", "push", "biometric"]) assert.equal(await widget.way(words[way]).count(), ways.includes(way) ? 1 : 0, way);
  },
  choose: async ({ acting: { widget, words } }, way) => {
    const isPhone = await widget.heading(words.phoneTitle).isVisible();
    if (isPhone && way === "sms") return widget.button(words.codeInstead).click();
    if (isPhone) await widget.button(words.otherWay).click();
    return widget.choose(words[way]);
  },
  code: async ({ acting: { widget }, weavr }, code) => {
    if (code === "newest") return widget.enterCode(await sentCode(weavr, "LIVE"));
    if (code === "superseded") return widget.enterCode(await sentCode(weavr, "SUPERSEDED"));
    return widget.enterCode(code);
  },
  resend: async ({ stage, acting: { widget, words } }) => {
    await resendAllowed(stage);
    await widget.button(words.resend).click();
  },
  otherWay: ({ acting: { widget, words } }) => widget.button(words.otherWay).click(),
  cancel: ({ acting: { widget } }) => widget.cancel(),
  reload: ({ acting: { page } }) => page.reload(),
  sees: async ({ acting }, sight) => {
    assert.ok(sights[sight], `nobody knows how ${sight} looks`);
    await sights[sight](acting);
  },
  secondTab: async (world) => {
    const { stage } = world;
    const tab = await stage.tab("/strict.html");
    await tab.page.evaluate(async (clientSecret) => {
      const { mount } = await import("/pkg/index.js");
      await mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en" }).ready;
    }, stage.approvals.at(-1).clientSecret);
    world.acting = { ...tab, words: tab.widget.words };
    world.tabs.push(world.acting);
  },
  firstTab: (world) => void ([world.acting] = world.tabs),
  phone: async ({ stage, weavr }, answer) => {
    const { id } = await weavr.push();
    if (answer === "expire") return weavr.answer(id, "expire");
    const phone = await openPhone(stage);
    await tap(phone, id, answer);
    return phone.close();
  },
  phoneAgain: async ({ weavr }, answer) => {
    const { id } = (await weavr.requests()).filter(({ kind }) => kind === "PUSH").at(-1);
    await assert.rejects(weavr.answer(id, answer), /answered 409/);
  },
  advance: ({ weavr }, seconds) => weavr.advance(seconds),
  logout: ({ weavr }) => weavr.logout(),
  force: ({ weavr }, state) => weavr.force(state),
  fault: ({ weavr }, { endpoint, fault, ...script }) => weavr.fault(endpoint, fault, script),
  outcome: async ({ stage, tabs }, outcome, { reason }) => {
    for (const { page, widget, words } of tabs) {
      if (outcome === "approved" && page === stage.page) await paidShown(stage);
      else await widget.heading(words[outcome]).waitFor();
      if (reasons[reason]) await widget.says(words[reasons[reason]]);
    }
    if (outcome !== "approved") await stage.page.getByText("Nothing was confirmed here.").waitFor();
  },
  resources: async ({ weavr }, state) => {
    await weavr.reached(state);
    assert.deepEqual(await weavr.states(), [state]);
  },
  calls: async ({ weavr }, counts) => {
    for (const [endpoint, count] of Object.entries(counts)) assert.equal((await weavr.calls(endpoint)).length, count, endpoint);
  },
};
