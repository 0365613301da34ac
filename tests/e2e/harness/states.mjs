// Every visible state of the widget, and how to reach it, for the checks that hold in all states and for the screenshots. Each is
// reached on the checkout page, in the language of `stage.widget`.

import * as faults from "./faults.mjs";
import { CODE, PIN, askForStatement, calls, toChoice, toCode, toPin, unreachableShown } from "./journey.mjs";
import { pay, phoneAwaited, toPhone, toWays, toWeavrCode } from "./payments.mjs";
import { frameElement, openApart, sendWire, toExplanation, toFrame, wireOf } from "./wire.mjs";

const ended = (name, status, reason) => ({
  name,
  reach: async (stage) => {
    stage.proxy.fault("GET", calls.approval, faults.changed((approval) => Object.assign(approval, { status, reason, settledAt: approval.serverTime })));
    await askForStatement(stage);
    await stage.widget.heading(stage.widget.words[status]).waitFor();
  },
});

const wireEnded = (name, status, reason) => ({
  name,
  reach: async (stage) => {
    stage.proxy.fault("GET", calls.approval, faults.changed((approval) => Object.assign(approval, { status, reason, settledAt: approval.serverTime })));
    await sendWire(stage);
    await stage.widget.heading(stage.widget.words[status]).waitFor();
  },
});

/** Changes the backend's answers so that every delivery has expired. */
function outlive({ proxy }) {
  const expire = ({ serverTime, challenges }) => {
    for (const { delivery } of challenges) if (delivery) Object.assign(delivery, { expiresAt: serverTime, resendAt: serverTime });
  };
  proxy.fault("POST", calls.start, faults.changed(expire), Number.POSITIVE_INFINITY);
  proxy.fault("GET", calls.approval, faults.changed(expire), Number.POSITIVE_INFINITY);
  proxy.fault("GET", calls.events, faults.held().act, Number.POSITIVE_INFINITY);
}

export const states = [
  {
    name: "loading",
    reach: async (stage) => {
      stage.proxy.fault("GET", calls.approval, faults.held().act);
      await askForStatement(stage);
      await stage.widget.heading(stage.widget.words.loading).waitFor();
    },
  },
  { name: "pin", reach: toPin },
  {
    name: "pin wrong",
    reach: async (stage) => {
      await toPin(stage);
      await stage.widget.enterPin("9999");
      await stage.widget.notice(stage.widget.words.wrong).waitFor();
    },
  },
  {
    name: "pin, submitting",
    reach: async (stage) => {
      await toPin(stage);
      const verify = faults.held();
      stage.proxy.fault("POST", calls.verify, verify.act);
      await stage.widget.enterPin(PIN);
      await verify.arrived;
    },
  },
  {
    name: "pin for a transfer",
    reach: async (stage) => {
      await stage.page.locator("#transfer").getByRole("button").click();
      await stage.widget.pinField.waitFor();
    },
  },
  { name: "choose", reach: toChoice },
  {
    name: "choose, with unavailable factors",
    reach: async (stage) => {
      stage.proxy.fault("POST", calls.verify, faults.changed(({ approval }) => {
        const [sms, whatsApp] = approval.challenges.find(({ passed }) => !passed).alternatives;
        sms.availability = "blocked";
        whatsApp.availability = "not-set-up";
      }));
      await toChoice(stage);
    },
  },
  { name: "code", reach: (stage) => toCode(stage) },
  {
    name: "code typed in part",
    reach: async (stage) => {
      await toCode(stage);
      await stage.widget.codeField.click();
      await stage.page.keyboard.type("111");
    },
  },
  {
    name: "code wrong",
    reach: async (stage) => {
      await toCode(stage);
      await stage.widget.enterCode("999999");
      await stage.widget.notice(stage.widget.words.wrong).waitFor();
    },
  },
  {
    name: "code, no answer",
    reach: async (stage) => {
      await toCode(stage);
      stage.proxy.fault("POST", calls.verify, faults.html(502));
      await stage.widget.enterCode(CODE);
      await stage.widget.notice(stage.widget.words.noAnswer).waitFor();
    },
  },
  {
    name: "code, no more codes",
    reach: async (stage) => {
      const last = ({ expiresAt, challenges }) => {
        for (const { delivery } of challenges) if (delivery) Object.assign(delivery, { resendAt: expiresAt });
      };
      stage.proxy.fault("POST", calls.start, faults.changed(last), Number.POSITIVE_INFINITY);
      stage.proxy.fault("GET", calls.approval, faults.changed(last), Number.POSITIVE_INFINITY);
      stage.proxy.fault("GET", calls.events, faults.held().act, Number.POSITIVE_INFINITY);
      await toCode(stage);
      await stage.widget.says(stage.widget.words.resendNever);
    },
  },
  {
    name: "code, last attempt",
    reach: async (stage) => {
      await toCode(stage);
      stage.proxy.fault("POST", calls.verify, faults.changed(({ approval }) => void (approval.attemptsLeft = 1)));
      await stage.widget.enterCode("999999");
      await stage.widget.notice(stage.widget.words.lastAttempt).waitFor();
    },
  },
  {
    name: "code, asked to wait",
    reach: async (stage) => {
      await toCode(stage);
      stage.proxy.fault("POST", calls.verify, faults.problem(429, "too-many-requests", { retryAfter: 60 }));
      await stage.widget.enterCode(CODE);
      await stage.widget.says(stage.widget.words.waitFor);
    },
  },
  {
    name: "checking",
    reach: async (stage) => {
      await toCode(stage);
      stage.proxy.fault("POST", calls.verify, faults.unreachable);
      stage.proxy.fault("GET", calls.approval, faults.held().act);
      await stage.widget.enterCode("999999");
      await stage.widget.heading(stage.widget.words.checkingTitle).waitFor();
    },
  },
  {
    name: "unreachable",
    clock: true,
    reach: async (stage) => {
      stage.proxy.fault("GET", calls.approval, faults.html(503), Number.POSITIVE_INFINITY);
      await askForStatement(stage);
      await unreachableShown(stage);
    },
  },
  {
    name: "cannot be done here",
    reach: async (stage) => {
      await stage.customer.fault("statement", { kind: "unknownChallenge" });
      await askForStatement(stage);
      await stage.widget.heading(stage.widget.words.cannotBeDone).waitFor();
    },
  },
  {
    name: "cancelling",
    reach: async (stage) => {
      await toPin(stage);
      stage.proxy.fault("POST", calls.cancel, faults.held().act);
      await stage.widget.cancel();
      await stage.widget.heading(stage.widget.words.cancelling).waitFor();
    },
  },
  {
    name: "approved",
    reach: async (stage) => {
      // The page repeats its call at once. The widget is visible until that call ends.
      stage.proxy.fault("GET", calls.approval, faults.changed((approval) => Object.assign(approval, { status: "approved", settledAt: approval.serverTime })));
      stage.proxy.faultAfter("GET", "/api/statement", 1, faults.held().act);
      await askForStatement(stage);
      await stage.widget.heading(stage.widget.words.approved).waitFor();
    },
  },
  { name: "face", reach: toExplanation },
  {
    name: "face, camera refused",
    camera: "denied",
    reach: async (stage) => {
      await toExplanation(stage);
      await stage.widget.says(stage.widget.words.cameraRefused);
    },
  },
  {
    name: "face, opening",
    reach: async (stage) => {
      await toExplanation(stage);
      const start = faults.held();
      stage.proxy.fault("POST", calls.start, start.act);
      await stage.widget.button(stage.widget.words.faceStart).click();
      await start.arrived;
    },
  },
  { name: "face, shown", reach: toFrame },
  {
    name: "face, shown and late",
    clock: true,
    reach: async (stage) => {
      await toExplanation(stage);
      await wireOf(stage).behave({ page: { load: "never" } });
      await stage.widget.button(stage.widget.words.faceStart).click();
      await frameElement(stage).waitFor();
      await stage.clock.forward(16);
      await stage.widget.says(stage.widget.words.faceLate);
    },
  },
  {
    name: "face, after a failed attempt",
    reach: async (stage) => {
      await toFrame(stage);
      await wireOf(stage).play("noFace");
      await stage.widget.says(stage.widget.words.noFace);
    },
  },
  {
    name: "face, in another tab",
    reach: async (stage) => {
      await toFrame(stage);
      await (await openApart(stage)).close();
      await stage.widget.heading(stage.widget.words.faceElsewhere).waitFor();
    },
  },
  { name: "factors for one payment", reach: (stage) => toWays(stage, "wire") },
  { name: "factors for several payments", reach: (stage) => toWays(stage, "wires") },
  { name: "a code for several payments", reach: (stage) => toWeavrCode(stage, "sends") },
  { name: "the phone, for one payment", reach: (stage) => toPhone(stage, "send") },
  { name: "the phone, for several payments", reach: (stage) => toPhone(stage, "wires", stage.widget.words.biometric) },
  {
    name: "the phone, the only factor",
    customer: { weavr: { factors: { AUTHY: "ACTIVE" } } },
    reach: async (stage) => {
      await pay(stage);
      await stage.widget.choose(stage.widget.words.push);
      await phoneAwaited(stage);
    },
  },
  {
    name: "a request that was not answered",
    reach: async (stage) => {
      stage.proxy.fault("GET", calls.approval, faults.changed((approval) => void (approval.challenges[0].stepFailure = "request-expired")));
      await pay(stage);
      await stage.widget.says(stage.widget.words.requestExpired);
    },
  },
  {
    name: "payees to trust",
    reach: async (stage) => {
      const payees = ["Acme Corp", "Brightside Studio GmbH", "شركة الأفق للتجارة"].map((name) => ({ name, accountTail: "7890" }));
      stage.proxy.fault("GET", calls.approval, faults.changed((approval) => void (approval.action = { payees })));
      await toWays(stage);
    },
  },
  {
    name: "access to the security settings",
    reach: async (stage) => {
      stage.proxy.fault("GET", calls.approval, faults.changed((approval) => void (approval.action = { access: "security" })));
      await toPin(stage);
    },
  },
  {
    name: "many payments",
    reach: async (stage) => {
      const payees = ["Acme Corp", "شركة الأفق للتجارة (Al Ofoq) 24", "Donaudampfschifffahrtselektrizitätengesellschaft"];
      const payments = Array.from({ length: 40 }, (_, number) => ({
        amount: { minor: 1999 * (number + 1), currency: number % 2 === 0 ? "EUR" : "GBP" },
        payee: payees[number % payees.length],
        accountTail: "7890",
        reference: `Invoice ${number + 1}`,
      }));
      stage.proxy.fault("GET", calls.approval, faults.changed((approval) => void (approval.action = { payments })));
      await toWays(stage);
    },
  },
  {
    name: "a code that has expired",
    reach: async (stage) => {
      outlive(stage);
      await toWeavrCode(stage);
      await stage.widget.says(stage.widget.words.codeOver);
    },
  },
  {
    name: "the phone, expired",
    reach: async (stage) => {
      outlive(stage);
      await toPhone(stage);
      await stage.widget.says(stage.widget.words.checking);
    },
  },
  wireEnded("wire denied", "declined", "denied"),
  wireEnded("wire not verified", "declined", "not-verified"),
  ended("declined", "declined", "too-many-attempts"),
  ended("cancelled", "cancelled"),
  ended("expired", "expired"),
  ended("failed, blocked", "failed", "factor-blocked"),
  ended("failed, signed out", "failed", "session-ended"),
];
