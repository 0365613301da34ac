// Plays the scenarios of tests/scenarios/confirmations in the browser. The backend's tests play the same files without one.
// tests/scenarios/README.md explains each word.

import assert from "node:assert/strict";
import { sentAs } from "./faults.mjs";
import { madeAtWeavr, newWeavrCustomer, openPhone, paidShown, pay, tap, weavrOf } from "./payments.mjs";
import { scenario } from "./scenario.mjs";
import { kind } from "./scenario_files.mjs";

/** All scenarios, in two halves that can run in parallel. */
export function confirmations() {
  return kind("confirmations").scenarios.map(({ name, scenario: file }) => ({
    name,
    ...file,
    isAboutPhones: file.steps.some((step) => step.expectScreen?.view === "phone"),
  }));
}

/** Plays one as a test of its own. It moves the clock, so its suite needs programs of its own. */
export function play({ name, title, setup = {}, payment, steps }) {
  const { factors, behaviour, faults = [] } = setup;
  const customer = { weavr: { ...(factors && { factors }), ...(behaviour && { behaviour }) } };
  scenario(`${name}: ${title}`, { movesTime: true, customer, patience: 120_000 }, async (stage) => {
    const weavr = weavrOf(stage);
    for (const { endpoint, fault, ...script } of faults) await weavr.fault(endpoint, fault, script);
    const { what, amounts, made } = payments[payment];
    if (made) stage.proxy.fault("POST", PAYMENTS, sentAs(await orderOf(made, stage)));
    await pay(stage, what, amounts);
    const first = { ...stage, words: stage.widget.words };
    const world = { stage, weavr, tabs: [first], acting: first, hasWebhooks: behaviour?.events?.deliver !== "never" };
    for (const [place, step] of steps.entries()) await take(world, step, place + 1);
  });
}

const PAYMENTS = "/api/weavr/payments";

async function take(world, step, number) {
  try {
    await say(stepWords, step, world);
  } catch (error) {
    error.message = `step ${number}, ${JSON.stringify(step)}: ${error.message}`;
    throw error;
  }
}

/** Executes a word. A word is a text, or an object with the word as key and its argument as value. */
function say(table, said, ...given) {
  const [word, value] = typeof said === "string" ? [said] : Object.entries(said)[0];
  return meaning(table, word)(...given, value);
}

function meaning(table, word) {
  assert.ok(Object.hasOwn(table, word), `nobody knows the word ${word} here`);
  return table[word];
}

/** What the page pays. `made`: payments of the customer that replace those which the page would create. */
const payments = {
  singleWire: { what: "wire", amounts: "large" },
  bulkWires: { what: "wires", amounts: "large" },
  singleSend: { what: "send", amounts: "large" },
  bulkSends: { what: "sends", amounts: "large" },
  smallWire: { what: "wire", amounts: "small" },
  smallWires: { what: "wires", amounts: "small" },
  smallSend: { what: "send", amounts: "small" },
  smallSends: { what: "sends", amounts: "small" },
  unknownId: { what: "wire", amounts: "large", made: async () => ["115999999999999999"] },
  foreignId: {
    what: "wires",
    amounts: "large",
    made: async (own) => [await own.wire(125_050), await (await madeAtWeavr((await newWeavrCustomer()).userId)).wire(125_050)],
  },
  mixedTypes: { what: "wires", amounts: "large", made: async (own) => [await own.wire(125_050), await own.send(50_000)] },
  executed: {
    what: "wire",
    amounts: "large",
    made: async (own, weavr) => {
      const id = await own.wire(125_050);
      await weavr.force("COMPLETED");
      return [id];
    },
  },
};

async function orderOf(made, stage) {
  const weavr = weavrOf(stage);
  const ids = await made(await madeAtWeavr(weavr.user), weavr);
  return (order) => ({ ...order, made: ids });
}

/** The views of a screen. */
const views = {
  choose: ({ widget, words }) => widget.heading(words.wayTitle).or(widget.heading(words.chooseTitle)).waitFor(),
  code: ({ widget }) => widget.codeField.waitFor(),
  phone: ({ widget, words }) => widget.heading(words.phoneTitle).waitFor(),
};

/** The notices of a screen. */
const notices = {
  wrong: ({ widget, words }) => widget.notice(words.wrong).waitFor(),
  codeExpired: ({ widget, words }) => widget.says(words.codeExpired),
  requestExpired: ({ widget, words }) => widget.says(words.requestExpired),
  sent: ({ widget, words }) => widget.notice(words.sentAgain).waitFor(),
  wait: ({ widget, words }) => widget.notice(words.wait).waitFor(),
};

const screenParts = {
  view: (tab, view) => meaning(views, view)(tab),
  notice: (tab, notice) => meaning(notices, notice)(tab),
  noMoreCodes: async ({ widget, words, page }, isSaid) => {
    if (isSaid) await widget.says(words.resendNever);
    else assert.equal(await page.getByText(words.resendNever).count(), 0);
  },
  lastAttempt: async ({ widget, words, page }, isLast) => {
    if (isLast) await widget.says(words.lastAttempt);
    else assert.equal(await page.getByText(words.lastAttempt).count(), 0);
  },
};

/** The server's answers without an approval, and the page's texts for them. */
const NO_BANK = "We cannot reach your bank at the moment";
const refusals = {
  "not-found": { code: "not-found", heading: NO_BANK },
  "no-pending-payment": { code: "no-pending-payment", heading: NO_BANK },
  "factor-not-set-up": { code: "factor-not-set-up", heading: "You have not set up a way to confirm yet" },
};

/** The heading of each outcome. */
const outcomes = {
  approved: "approved",
  declined: "declined",
  cancelled: "cancelled",
  expired: "expired",
  failed: "failed",
};

/** The widget's text for each reason. */
const reasons = {
  "too-many-attempts": "tooManyAttempts",
  "factor-blocked": "onlyFactorBlocked",
  "factor-not-set-up": "onlyFactorNotSetUp",
  "session-ended": "signedOut",
  "provider-refused": "providerRefused",
  denied: "denied",
  unclear: "unclear",
  "not-verified": "notVerified",
  "code-failed": "codeFailed",
  changed: "changed",
  unsupported: "unsupported",
  unreachable: "endUnknown",
  unknown: undefined,
};

/** The page's name of a factor. */
const factors = { sms: "sms", push: "push", biometric: "biometric" };

/** Weavr's state of a code. */
const sentCodes = { newest: "LIVE", superseded: "SUPERSEDED" };

/** A code that was sent, by its state. */
async function sentCode(weavr, status) {
  const codes = (await weavr.requests()).filter((request) => request.kind === "OTP" && request.status === status);
  assert.ok(codes.length > 0, `a code that is ${status}`);
  return codes.at(-1).code;
}

/** The delivery in the last answer that the page received. */
function lastDelivery({ answers }) {
  const deliveries = answers.flatMap(({ said }) => said.challenges ?? said.approval?.challenges ?? []).flatMap(({ delivery }) => delivery ?? []);
  assert.ok(deliveries.length > 0, "a code or request was sent");
  return deliveries.at(-1);
}

/** Advances the backend's and the page's clock to that moment. */
async function passUntil({ time }, moment) {
  await time.pass(Math.max(0, moment - (await time.now())));
}

/** Advances the clocks by the `retryAfter` of the last answer to this call. */
async function passAsToldTo(stage, call) {
  const said = stage.answers.findLast(({ path }) => path === `/sca/v1/approval/{id}/${call}`)?.said;
  if (said?.retryAfter) await stage.time.pass(said.retryAfter * 1000);
}

async function enter({ stage, acting }, code) {
  await passAsToldTo(stage, "verify");
  await acting.widget.enterCode(code);
}

/** How long the backend waits for a webhook before it polls, in milliseconds, and a little more. */
const POLL_MS = 6_000;

async function pollWithoutWebhooks({ stage, hasWebhooks }) {
  if (!hasWebhooks) await stage.time.pass(POLL_MS);
}

/** The results of the request on the phone. */
const phoneAnswers = {
  approve: (world, id) => answerOnPhone(world, id, "approve"),
  reject: (world, id) => answerOnPhone(world, id, "reject"),
  expire: async ({ stage, weavr }, id) => {
    await weavr.answer(id, "expire");
    await passUntil(stage, lastDelivery(stage).expiresAt);
  },
};

async function answerOnPhone(world, id, answer) {
  const phone = await openPhone(world.stage);
  await tap(phone, id, answer);
  await phone.close();
  await pollWithoutWebhooks(world);
}

const customerWords = {
  choose: async ({ stage, acting: { widget, words } }, factor) => {
    const isPhone = await widget.heading(words.phoneTitle).isVisible();
    if (isPhone && factor === "sms") return widget.button(words.codeInstead).click();
    if (isPhone) await widget.button(words.otherFactor).click();
    await passAsToldTo(stage, "start");
    return widget.choose(words[meaning(factors, factor)]);
  },
  otherFactor: ({ acting: { widget, words } }) => widget.button(words.otherFactor).click(),
  enterCode: enter,
  enterSentCode: async (world, sent) => enter(world, await sentCode(world.weavr, meaning(sentCodes, sent))),
  resend: async ({ stage, acting: { widget, words } }) => {
    await passUntil(stage, lastDelivery(stage).resendAt);
    await widget.button(words.resend).click();
  },
  cancel: ({ acting: { widget } }) => widget.cancel(),
  deny: ({ acting: { widget } }) => widget.deny(),
  reload: ({ acting: { page } }) => page.reload(),
  openSecondTab: async (world) => {
    const { stage } = world;
    const tab = await stage.tab("/strict.html");
    await tab.page.evaluate(async (clientSecret) => {
      const { mount } = await import("/pkg/index.js");
      await mount("#approval", { clientSecret, baseUrl: "/sca", locale: "en" }).ready;
    }, stage.approvals.at(-1).clientSecret);
    world.acting = { ...tab, words: tab.widget.words };
    world.tabs.push(world.acting);
  },
  switchToFirstTab: (world) => void ([world.acting] = world.tabs),
};

const noWidget = async ({ page }) => assert.equal(await page.locator("sca-widget").count(), 0, "no widget appears");

/** A state of Weavr's, possibly an undocumented one. */
const stateOf = (state) => (typeof state === "string" ? state : state.unknown);

const stepWords = {
  customer: (world, action) => say(customerWords, action, world),
  phone: async (world, answer) => meaning(phoneAnswers, answer)(world, (await world.weavr.push()).id),
  expectPhoneRefused: async ({ weavr }, answer) => {
    const { id } = (await weavr.requests()).filter(({ kind: sort }) => sort === "PUSH").at(-1);
    await assert.rejects(weavr.answer(id, answer), /answered 409/);
  },
  advanceSeconds: async ({ stage, weavr }, seconds) => {
    await weavr.advance(seconds);
    await stage.time.pass(seconds * 1000);
  },
  endProviderSession: ({ weavr }) => weavr.logout(),
  setPaymentState: async (world, state) => {
    await world.weavr.force(stateOf(state));
    await pollWithoutWebhooks(world);
  },
  expectExempt: async ({ stage }) => {
    await paidShown(stage);
    await noWidget(stage);
  },
  expectRefused: async ({ stage }, refusal) => {
    const { code, heading } = meaning(refusals, refusal);
    await stage.page.getByRole("heading", { name: heading }).waitFor();
    assert.equal(stage.answers.findLast(({ path }) => path === PAYMENTS)?.said.code, code);
    await noWidget(stage);
  },
  expectFactors: async ({ acting }, offered) => {
    await views.choose(acting);
    const { widget, words } = acting;
    for (const factor of offered) meaning(factors, factor);
    for (const [factor, name] of Object.entries(factors)) {
      assert.equal(await widget.way(words[name]).count(), offered.includes(factor) ? 1 : 0, factor);
    }
  },
  expectScreen: async ({ acting }, screen) => {
    for (const [part, expected] of Object.entries(screen)) await meaning(screenParts, part)(acting, expected);
  },
  expectOutcome: async ({ stage, tabs }, { outcome, reason }) => {
    const heading = meaning(outcomes, outcome);
    for (const { page, widget, words } of tabs) {
      if (outcome === "approved" && page === stage.page) await paidShown(stage);
      else await widget.heading(words[heading]).waitFor();
      const because = typeof reason === "string" ? meaning(reasons, reason) : undefined;
      if (because) await widget.says(words[because]);
    }
    if (outcome !== "approved") await stage.page.getByText("Nothing was confirmed here.").waitFor();
  },
  expectPaymentState: async ({ weavr }, state) => {
    await weavr.reached(stateOf(state));
    assert.deepEqual(await weavr.states(), [stateOf(state)]);
  },
  expectProviderCalls: async ({ weavr }, counts) => {
    for (const [endpoint, count] of Object.entries(counts)) assert.equal((await weavr.calls(endpoint)).length, count, endpoint);
  },
};

/** The words that this player implements, by their definitions in the schema. */
export const known = {
  ConfirmationScenario: ["$schema", "title", "setup", "payment", "steps"],
  Setup: ["factors", "behaviour", "faults"],
  PaymentKind: Object.keys(payments),
  ConfirmationStep: Object.keys(stepWords),
  ConfirmationAction: Object.keys(customerWords),
  ConfirmationFactor: Object.keys(factors),
  SentCode: Object.keys(sentCodes),
  PhoneAnswer: Object.keys(phoneAnswers),
  Refusal: Object.keys(refusals),
  ScreenPart: Object.keys(screenParts),
  ViewName: Object.keys(views),
  NoticeName: Object.keys(notices),
  Outcome: ["outcome", "reason"],
  OutcomeName: Object.keys(outcomes),
  Reason: Object.keys(reasons),
};

/** The definitions whose words are passed to the sandbox unchanged: it refuses unknown ones. */
export const handedOn = [
  ...["Channels", "ChannelStatus", "Behaviour", "Codes", "ResendId", "Spelling", "BadRequest", "Amounts", "EventIds", "Events", "Deliver"],
  ...["Fault", "Endpoint", "When", "FaultKind", "ProviderCalls", "PaymentState"],
];
