// The stories whose transcripts are kept: what a customer does who hears the screen and has a keyboard. The texts that a story waits for are
// the language's own.

import { changed, held, heldThen, html, json } from "./faults.mjs";
import { CODE, PIN, calls } from "./journey.mjs";
import { WRONG_CODE, weavrOf } from "./payments.mjs";
import { inFrame, wireOf } from "./wire.mjs";

/** The moment that every receipt shows. */
const SETTLED_AT = Date.UTC(2026, 0, 31, 9, 30);

/**
 * The time of a story: it passes by `pass` alone, for the page and for the server's answers, so that a transcript is the same on a slow machine.
 * A code can be sent again at once, and is over after five minutes.
 */
export function timeOf({ clock, proxy }) {
  let start;
  let passed = 0;
  const sent = new Map();
  const steady = (said) => {
    const approval = said?.approval ?? said;
    if (approval?.serverTime === undefined) return said;
    start ??= approval.serverTime;
    const now = start + passed;
    for (const { delivery } of approval.challenges) {
      if (!delivery) continue;
      if (!sent.has(delivery.resendAt)) sent.set(delivery.resendAt, now);
      const at = sent.get(delivery.resendAt);
      delivery.resendAt = at;
      sent.set(at, at);
      if (delivery.expiresAt) delivery.expiresAt = at + 300_000;
    }
    Object.assign(approval, { serverTime: now, expiresAt: start + 900_000 });
    if (approval.settledAt) approval.settledAt = SETTLED_AT;
    return said;
  };
  proxy.alter(steady);
  return {
    steady,
    pass: async (seconds) => {
      passed += seconds * 1000;
      await clock.forward(seconds);
    },
  };
}

/** Alters the next answer to a call. */
const once = ({ proxy, time }, method, call, change) =>
  proxy.fault(method, call, changed((said) => {
    change(said.approval ?? said);
    return time.steady(said);
  }));

/** The next code is sent at once: the server's own time has not passed. */
function sendAgain({ proxy, answers, time }) {
  const { said } = answers.findLast(({ path }) => path === calls.start);
  const again = structuredClone(said);
  const approval = again.approval ?? again;
  for (const { delivery } of approval.challenges) if (delivery) delivery.resendAt += 1;
  proxy.fault("POST", calls.start, (exchange) => json(200, time.steady(again))(exchange));
}

const heading = ({ page }, text) => page.locator("sca-widget").getByRole("heading", { name: text, exact: true }).waitFor();
const field = ({ page }, text) => page.locator("sca-widget").getByRole("textbox", { name: text, exact: true }).waitFor();
const button = ({ page }, text) => page.locator("sca-widget").locator("button, a").filter({ hasText: text, visible: true }).first();

/** Waits for a sentence of a notice or an announcement. */
const sentence = ({ page }, text) => page.locator("sca-widget [role=status]").getByText(text).first().waitFor({ state: "attached" });

/** What stands before the first value in a phrase. */
const beginning = (phrase) => phrase.split(" | ").at(-1).split("{").find((part) => part.trim()).replace(/^.*\}/, "").trim();

/** The customer presses the button of one of the page's forms. */
const ask = (stage, transcript, form, arrived) =>
  transcript.moment("The customer presses the page's button", async () => {
    await stage.page.locator(`#${form} button`).last().focus();
    await stage.page.keyboard.press("Enter");
    await arrived();
  });

/** The customer goes to a button, hears it, and presses it. */
async function choose(stage, transcript, label, arrived) {
  await transcript.moment("The customer goes to a button", () => button(stage, label).focus());
  await transcript.moment("Return", async () => {
    await stage.page.keyboard.press("Enter");
    await arrived();
  });
}

/** Types digits and presses Return. */
async function enter({ page }, transcript, digits, arrived) {
  await transcript.type(digits);
  await transcript.moment("Digits, and Return", async () => {
    await page.keyboard.press("Enter");
    await arrived();
  });
}

/** Chooses what a form of the page has to do. */
async function select({ page }, what) {
  await page.locator("#weavr [name=what]").selectOption(what);
}

/** Sets the language of a page that was opened anew. */
async function speak({ page, language }) {
  if (language !== "en") await page.locator("#language").selectOption(language);
}

async function hearAll(transcript) {
  await transcript.read();
  await transcript.tabs();
}

/** The page repeats its call after an approval, and then removes the widget. This keeps the end in sight. */
const stay = ({ proxy }, method, path) => proxy.fault(method, path, held().act, Number.POSITIVE_INFINITY);

const lastPath = ({ proxy }, method, start) => proxy.seen.findLast((each) => each.method === method && each.path.startsWith(start)).path;

export const spokenStories = [
  {
    name: "transfer",
    title: "A transfer, by PIN and by a code",
    async play(stage, transcript, text) {
      await ask(stage, transcript, "transfer", () => field(stage, text.pin_title));
      stay(stage, "POST", lastPath(stage, "POST", "/api/transfers/"));
      await hearAll(transcript);
      await enter(stage, transcript, "12", () => sentence(stage, beginning(text.incomplete)));
      await stage.page.keyboard.press("ControlOrMeta+A");
      await enter(stage, transcript, "9999", () => sentence(stage, text.wrong_pin));
      await transcript.type("9998");
      await choose(stage, transcript, beginning(text.confirm_amount), () => sentence(stage, text.wrong_pin));
      await enter(stage, transcript, PIN, () => heading(stage, text.choose_code));
      await hearAll(transcript);
      await choose(stage, transcript, text["factors.sms"], () => field(stage, text.code_title));
      await hearAll(transcript);
      await enter(stage, transcript, "999999", () => sentence(stage, text.wrong_code));
      sendAgain(stage);
      await choose(stage, transcript, text.resend, () => sentence(stage, text["sent.sms"]));
      await enter(stage, transcript, CODE, () => heading(stage, text.approved));
      await transcript.read();
    },
  },
  {
    name: "statement",
    title: "A statement, which appears while the customer is elsewhere on the page",
    async play(stage, transcript, text) {
      const { page, proxy } = stage;
      const list = held();
      proxy.fault("GET", calls.approval, list.act);
      await transcript.moment("The customer presses the page's button, and goes on to another part of the page", async () => {
        await page.locator("#statement button").last().focus();
        await page.keyboard.press("Enter");
        await list.arrived;
        await page.locator("#language").focus();
        list.release();
        await field(stage, text.pin_title);
      });
      stay(stage, "GET", "/api/statement");
      await transcript.moment("The customer goes to the field", () => page.locator("sca-widget input").focus());
      await enter(stage, transcript, PIN, () => heading(stage, text.choose_code));
      await choose(stage, transcript, text["factors.voice"], () => field(stage, text.code_title));
      await enter(stage, transcript, CODE, () => heading(stage, text.approved));
    },
  },
  {
    name: "payment",
    title: "One payment, by a code: the last attempt",
    async play(stage, transcript, text) {
      await ask(stage, transcript, "weavr", () => heading(stage, text.choose_factor));
      await hearAll(transcript);
      await choose(stage, transcript, text["factors.sms"], () => field(stage, text.code_title));
      await hearAll(transcript);
      once(stage, "POST", calls.verify, (approval) => void (approval.attemptsLeft = 1));
      await enter(stage, transcript, WRONG_CODE, () => sentence(stage, text.last_attempt));
      await transcript.tabs();
    },
  },
  {
    name: "payments",
    title: "Several payments, on the phone",
    async play(stage, transcript, text) {
      await select(stage, "wires");
      stay(stage, "GET", "/api/weavr/payments");
      await ask(stage, transcript, "weavr", () => heading(stage, text.choose_factor));
      await hearAll(transcript);
      await choose(stage, transcript, text["factors.push"], () => heading(stage, text.phone_title));
      await hearAll(transcript);
      await transcript.moment("The customer approves on the phone", async () => {
        await weavrOf(stage).answerPush("approve");
        await heading(stage, text.approved);
      });
    },
  },
  {
    name: "phone",
    title: "A payment that the customer rejects on the phone, after a request that was not answered",
    async play(stage, transcript, text) {
      await select(stage, "send");
      once(stage, "GET", calls.approval, (approval) => void (approval.challenges[0].stepFailure = "request-expired"));
      await ask(stage, transcript, "weavr", () => heading(stage, text.choose_factor));
      await transcript.tabs();
      await choose(stage, transcript, text["factors.biometric"], () => heading(stage, text.phone_title));
      await transcript.read();
      await transcript.moment("The customer rejects on the phone", async () => {
        await weavrOf(stage).answerPush("reject");
        await heading(stage, text.declined);
      });
      await hearAll(transcript);
    },
  },
  {
    name: "face",
    title: "A transfer, by a face check that fails once, and is then not passed",
    async play(stage, transcript, text) {
      await ask(stage, transcript, "wire", () => heading(stage, text.face_title));
      await hearAll(transcript);
      await choose(stage, transcript, text.face_start, () => inFrame(stage).locator("main[data-state=asking]").waitFor());
      await transcript.read();
      const wire = wireOf(stage);
      await transcript.moment("The check sees no face", async () => {
        await wire.play("noFace");
        await heading(stage, text.face_title);
      });
      await transcript.tabs();
      await choose(stage, transcript, text.face_start, () => inFrame(stage).locator("main[data-state=asking]").waitFor());
      await transcript.moment("The customer says no", async () => {
        await wire.play("denied");
        await heading(stage, text.declined);
      });
      await transcript.read();
    },
  },
  {
    name: "waiting",
    title: "Long calls, an answer that is lost, and a request that is cancelled, taken back, and cancelled",
    async play(stage, transcript, text) {
      const { page, proxy, time } = stage;
      await ask(stage, transcript, "transfer", () => field(stage, text.pin_title));
      const verify = heldThen(html(502));
      proxy.fault("POST", calls.verify, verify.act);
      await enter(stage, transcript, PIN, () => verify.arrived);
      await transcript.later("5 seconds", () => time.pass(5));
      await transcript.later("2 seconds", async () => {
        await time.pass(2);
        verify.release();
        await sentence(stage, text.no_answer);
      });
      await transcript.read();
      await choose(stage, transcript, text.cancel, () => sentence(stage, text.cancel_soon));
      await transcript.moment("Return", async () => {
        await page.keyboard.press("Enter");
        await button(stage, text.cancel).waitFor();
      });
      await choose(stage, transcript, text.cancel, () => sentence(stage, text.cancel_soon));
      await transcript.later("5 seconds", async () => {
        await time.pass(5);
        await heading(stage, text.cancelled);
      });
      await transcript.read();
    },
  },
  {
    name: "ends",
    title: "Requests that have ended in other ways",
    async play(stage, transcript, text) {
      for (const [status, reason] of [["declined", "too-many-attempts"], ["expired"], ["failed", "factor-blocked"], ["failed", "session-ended"]]) {
        transcript.forget();
        once(stage, "GET", calls.approval, (approval) => void Object.assign(approval, { status, reason }));
        await ask(stage, transcript, "transfer", () => heading(stage, text[status]));
        await transcript.read();
      }
    },
  },
  {
    name: "other-actions",
    title: "Payees to trust, access to the settings, and many payments",
    async play(stage, transcript, text) {
      const actions = [
        { payees: [{ name: "Acme Corp", accountTail: "7890" }, { name: "Brightside Studio GmbH" }] },
        { access: "security" },
        { payments: [1, 2, 3, 4].map((number) => ({ amount: { minor: 1999 * number, currency: number % 2 ? "EUR" : "GBP" }, payee: "Acme Corp", reference: `Invoice ${number}` })) },
      ];
      for (const action of actions) {
        transcript.forget();
        stage.proxy.fault("GET", "/api/approvals", json(200, { approvals: [] }));
        await stage.page.goto("/");
        await speak(stage);
        once(stage, "GET", calls.approval, (approval) => void (approval.action = action));
        await ask(stage, transcript, "weavr", () => heading(stage, text.choose_factor));
        await hearAll(transcript);
      }
    },
  },
];
