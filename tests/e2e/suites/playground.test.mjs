// The playground: what each state leads to, each control, the address, the code that it shows, and the page itself.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { actions } from "../../../www/playground/actions.js";
import { codeOf, scriptOf } from "../../../www/playground/code.js";
import { choices } from "../../../www/playground/settings.js";
import { groups } from "../../../www/playground/states.js";
import { assertAccessible, assertNoSidewaysScroll } from "../harness/accessibility.mjs";
import { engine } from "../harness/engine.mjs";
import { CODE, PIN } from "../harness/journey.mjs";
import { nameOfFocus, tabTo } from "../harness/keyboard.mjs";
import { languages } from "../harness/languages.mjs";
import { root } from "../harness/programs.mjs";
import { scenario } from "../harness/scenario.mjs";
import { words } from "../harness/words.mjs";

const text = words.en;
const WARNING = /sca-widget\/mock: a scripted bank answers/;
const playground = { page: "/playground/", expected: [WARNING] };
const WRONG = "9999";

const choose = ({ page }, name, id) => page.locator(`select[name=${name}]`).selectOption(id);
const pageGets = ({ page }, result) => page.getByText(`Your page gets: ${result}.`, { exact: true }).waitFor();
const codeShown = ({ page }) => page.locator("#code").textContent();

/** Enters a PIN, and what the customer sees then. */
const afterPin = (pin, see) => async (stage) => {
  await stage.widget.enterPin(pin);
  await see(stage);
};
const heading = (name) => ({ widget }) => widget.heading(name).waitFor();
const says = (words) => ({ widget }) => widget.says(words);
const ends = (name, result) => async (stage) => {
  await stage.widget.heading(name).waitFor();
  await pageGets(stage, result);
};
const approved = ends(text.approved, "approved");
/** Chooses a way, and what the customer sees then. */
const afterWay = (way, see) => async (stage) => {
  await stage.widget.choose(way);
  await see(stage);
};
const afterCode = (see) => async (stage) => {
  await stage.widget.enterCode(CODE);
  await see(stage);
};
const afterSeconds = (seconds, ready, see) => async (stage) => {
  await stage.widget.heading(ready).waitFor();
  await stage.clock.forward(seconds);
  await see(stage);
};
const onPhone = (answer, see) => async (stage) => {
  await stage.widget.heading(text.phoneTitle).waitFor();
  await stage.page.getByRole("group", { name: "The customer’s phone" }).getByRole("button", { name: answer }).click();
  await see(stage);
};
/** Reads again after pauses of seconds, until the customer is asked. */
const afterRetries = (see) => async (stage) => {
  for (let second = 0; second < 8; second += 1) await stage.clock.forward(1);
  await see(stage);
};
const inTurn = (...steps) => async (stage) => {
  for (const step of steps) await step(stage);
};
const ended = (name) => (status, reason) => ends(name, reason ? `${status}, ${reason}` : status);

/** What to do in each state, and what it leads to. */
const outcomes = {
  "pin-and-code": afterPin(PIN, afterWay(text.sms, afterCode(approved))),
  pin: afterPin(PIN, approved),
  choice: afterWay(text.whatsApp, afterCode(approved)),
  sms: afterCode(approved),
  voice: afterCode(approved),
  push: inTurn(onPhone("Reject", ends(text.declined, "declined, denied")), again, afterSeconds(21, text.phoneTitle, approved)),
  biometric: onPhone("Approve", approved),
  device: afterWay(text.device, approved),
  "face-scan": afterWay("Face check", approved),
  face: afterWay(text.faceStart, inTurn(heading(text.checkingTitle), ({ clock }) => clock.forward(4), approved)),
  wrong: afterPin(WRONG, inTurn(says(text.wrong), says(text.attemptsLeft(4)))),
  "last-attempt": afterPin(WRONG, inTurn(says(text.lastAttempt), afterPin(WRONG, ends(text.declined, "declined, too-many-attempts")))),
  "locked-out": afterPin(WRONG, ends(text.declined, "declined, too-many-attempts")),
  blocked: afterPin(WRONG, inTurn(says(text.pinBlocked), afterWay(text.sms, afterCode(approved)))),
  unavailable: inTurn(says("Blocked"), afterWay(text.voice, afterCode(approved))),
  "device-not-recognised": afterWay(text.device, says(text.deviceNotRecognised)),
  "device-missing": inTurn(says(text.notPossible), afterWay(text.sms, afterCode(approved))),
  "camera-refused": afterWay("Face check", says(text.faceNotScanned)),
  "no-match": afterWay("Face check", says(text.faceNotRecognised)),
  "no-face": afterWay(text.faceStart, inTurn(heading(text.checkingTitle), ({ clock }) => clock.forward(4), says(text.noFace))),
  expires: afterSeconds(17, text.pinTitle, ends(text.expired, "expired")),
  "code-expired": afterSeconds(6, text.codeTitle, says(text.codeOver)),
  "resend-too-early": afterWay(text.resend, says(text.resendIn(20))),
  "resend-limit": afterWay(text.resend, says(text.resendNever)),
  "phone-rejected": afterSeconds(4, text.phoneTitle, ends(text.declined, "declined, denied")),
  "phone-slow": inTurn(afterSeconds(12, text.phoneTitle, says(text.requestExpired)), async ({ page }) => {
    await page.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByText("No request is open on the phone.").waitFor();
  }),
  slow: inTurn(heading(text.loading), ({ clock }) => clock.forward(4), ({ widget }) => widget.pinField.waitFor()),
  loading: inTurn(heading(text.loading), ({ clock }) => clock.forward(12), ({ widget }) => widget.pinField.waitFor()),
  offline: inTurn(heading(text.loading), afterRetries(heading(text.unreachable))),
  "offline-later": afterPin(PIN, inTurn(heading(text.checkingTitle), afterRetries(heading(text.unreachable)))),
  "server-error": inTurn(heading(text.loading), afterRetries(heading(text.unreachable))),
  "no-clear-answer": afterPin(PIN, says(text.noAnswer)),
  "answer-lost": afterPin(PIN, approved),
  "too-many-requests": afterPin(PIN, says(text.waitFor)),
  "not-delivered": afterWay(text.sms, says("We could not send the text message.")),
  "signed-out": afterPin(PIN, inTurn(says(text.signedOut), ends(text.failed, "failed, session-ended"))),
  "no-events": async (stage) => {
    await stage.widget.heading(text.phoneTitle).waitFor();
    await afterRetries(approved)(stage);
  },
  approved,
  cancelled: ends(text.cancelled, "cancelled"),
  expired: ends(text.expired, "expired"),
  "too-many-attempts": inTurn(says(text.tooManyAttempts), ended(text.declined)("declined", "too-many-attempts")),
  denied: inTurn(says(text.denied), ended(text.declined)("declined", "denied")),
  unclear: inTurn(says(text.unclear), ended(text.declined)("declined", "unclear")),
  "not-verified": inTurn(says(text.notVerified), ended(text.declined)("declined", "not-verified")),
  "code-failed": inTurn(says(text.codeFailed), ended(text.declined)("declined", "code-failed")),
  changed: inTurn(says(text.changed), ended(text.declined)("declined", "changed")),
  "factor-blocked": inTurn(says(text.onlyFactorBlocked), ended(text.failed)("failed", "factor-blocked")),
  "factor-not-set-up": inTurn(says(text.onlyFactorNotSetUp), ended(text.failed)("failed", "factor-not-set-up")),
  "factor-cooling-off": ended(text.failed)("failed", "factor-cooling-off"),
  "session-ended": inTurn(says(text.signedOut), ended(text.failed)("failed", "session-ended")),
  "provider-refused": inTurn(says(text.providerRefused), ended(text.failed)("failed", "provider-refused")),
  unsupported: inTurn(says(text.unsupported), ended(text.failed)("failed", "unsupported")),
};

async function again({ page }) {
  await page.getByRole("button", { name: "Start again" }).click();
}

test("each state has a test", () => {
  const ids = groups.flatMap(({ states }) => states.map(({ id }) => id));
  assert.deepEqual(Object.keys(outcomes).sort(), [...ids].sort());
});

for (const { name, states } of groups) {
  scenario(`${name}: each state leads to what it says`, { ...playground, clock: true, expected: name === "Wrong entries" ? [WARNING, /^uncaught: /] : [WARNING] }, async (stage) => {
    for (const { id, does } of states) {
      await choose(stage, "state", id);
      await stage.page.getByText(does, { exact: true }).waitFor();
      try {
        await outcomes[id](stage);
      } catch (error) {
        error.message = `${id}: ${error.message}`;
        throw error;
      }
    }
  });
}

scenario("the widget follows each language, theme, action, direction and width", playground, async (stage) => {
  const { page, widget } = stage;
  const place = (run) => page.locator("#widget").evaluate(run);
  assert.deepEqual(choices.language.map(({ id }) => id).sort(), [...languages].sort());
  for (const { id } of choices.language) {
    await choose(stage, "language", id);
    await widget.heading(words[id].pinTitle).waitFor();
    assert.equal(await place(({ dir }) => dir), ["ar", "he"].includes(id) ? "rtl" : "ltr");
  }
  await choose(stage, "language", "en");
  await choose(stage, "direction", "rtl");
  assert.equal(await place(({ dir }) => dir), "rtl");
  await choose(stage, "direction", "auto");
  const shownActions = { payment: "Acme Corp", payments: "Brightside Studio GmbH", payees: "Brightside Studio GmbH", statement: "EUR balance", account: "access", security: "access" };
  for (const { id } of actions) {
    await choose(stage, "action", id);
    await widget.pinField.waitFor();
    await page.getByText(new RegExp(shownActions[id], "i")).filter({ visible: true }).first().waitFor();
  }
  const backgrounds = {};
  for (const theme of ["light", "dark"]) {
    await choose(stage, "theme", theme);
    await widget.pinField.waitFor();
    backgrounds[theme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  }
  assert.notEqual(backgrounds.light, backgrounds.dark);
  for (const width of ["320", "250"]) {
    await choose(stage, "width", width);
    await widget.pinField.waitFor();
    assert.ok((await place((element) => element.clientWidth)) <= Number(width));
  }
});

scenario("a link shows the state that it names, and the address follows the controls", { ...playground, page: null }, async (stage) => {
  const { page, widget } = stage;
  await page.goto("/playground/#state=voice&language=ar&theme=dark&width=320");
  await widget.heading(words.ar.codeTitle).waitFor();
  const address = () => page.evaluate(() => location.hash);
  await choose(stage, "language", "en");
  await widget.codeField.waitFor();
  assert.equal(await address(), "#state=voice&theme=dark&width=320");
  await page.evaluate(() => (location.hash = "#state=pin"));
  await widget.pinField.waitFor();
  assert.equal(await page.locator("select[name=theme]").evaluate(({ value }) => value), "auto");
  await choose(stage, "state", "pin-and-code");
  assert.equal(await address(), "");
  // What is no choice is the default.
  await page.evaluate(() => (location.hash = "#state=no-such-state&language=xx"));
  await widget.pinField.waitFor();
});

scenario("everything is reached by the keyboard, and the skip link keeps the address", { ...playground, page: "/playground/#state=biometric" }, async (stage) => {
  const { page, widget } = stage;
  await widget.heading(text.phoneTitle).waitFor();
  await tabTo(page, "Skip to the widget");
  await page.keyboard.press("Enter");
  await tabTo(page, "Approve");
  await page.keyboard.press("Enter");
  await widget.heading(text.approved).waitFor();
  assert.equal(await page.evaluate(() => location.hash), "#state=biometric");
  await tabTo(page, "Copy");
  while ((await nameOfFocus(page)) !== "Start again") await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await widget.heading(text.phoneTitle).waitFor();
});

/** Settings whose code differs, with the heading that they lead to. */
const samples = [
  [{}, text.pinTitle],
  [{ state: "push", action: "payments" }, text.phoneTitle],
  [{ state: "unavailable", action: "statement" }, text.wayTitle],
  [{ state: "device" }, text.wayTitle],
  [{ state: "face-scan", theme: "dark" }, text.wayTitle],
  [{ state: "no-face" }, text.faceTitle],
  [{ state: "denied", action: "security" }, text.declined],
  [{ state: "sms", language: "ar" }, words.ar.codeTitle],
];

scenario("the copied code, run in a page, leads to the same screen", { ...playground, context: { permissions: ["clipboard-read", "clipboard-write"] } }, async (stage) => {
  const { page, proxy, widget } = stage;
  for (const [number, [settings, heading]] of samples.entries()) {
    await page.goto(`/playground/?${number}#${new URLSearchParams(settings)}`);
    await widget.heading(heading).waitFor();
    const shown = await codeShown(stage);
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied.", { exact: true }).waitFor();
    if (engine.name === "chromium") assert.equal(await engine.clipboard.read(page), shown);
    // What a bundler makes of the names.
    const script = shown.replace('"sca-widget"', '"/pkg/index.js"').replace('"sca-widget/mock"', '"/pkg/mock/index.js"');
    proxy.fault("GET", `/test/copied-${number}.js`, ({ outgoing }) => {
      outgoing.writeHead(200, { "content-type": "text/javascript" });
      outgoing.end(script);
    });
    await page.goto("/strict.html");
    await page.evaluate((address) => void import(address), `/test/copied-${number}.js`);
    await widget.heading(heading).waitFor();
  }
});

test("the code of every state says the script that the playground plays", () => {
  for (const state of choices.state) {
    for (const action of choices.action) {
      const settings = { state: state.id, action: action.id, language: "en", theme: "auto", direction: "auto", width: "full" };
      const code = codeOf(settings);
      const [, given] = /createMockBank\(([\s\S]*?)\);\nbank\.install/.exec(code);
      const script = given === "" ? {} : new Function(`return ${given}`)();
      assert.deepEqual(script, scriptOf(settings));
      assert.ok(code.split("\n").every((line) => line.length <= 200), code);
    }
  }
});

for (const language of ["en", "ar"]) {
  scenario(`the page is accessible and fits a narrow screen, ${language}`, { ...playground, page: null }, async (stage) => {
    const { page, widget } = stage;
    // A way to choose: Firefox crashes in axe at a field for digits.
    await page.goto(`/playground/#state=choice&language=${language}`);
    await widget.heading(words[language].chooseTitle ?? words[language].wayTitle).waitFor();
    for (const colorScheme of engine.colorSchemes) {
      if (colorScheme) await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await assertAccessible(page, `playground, ${language}, ${colorScheme ?? "as it is"}`);
    }
    if (!engine.isResizable) return;
    await page.setViewportSize({ width: 320, height: 640 });
    await page.evaluate(() => (document.querySelector("details").open = true));
    // The code scrolls by itself, as WCAG 1.4.10 allows.
    await page.locator("pre").evaluate((pre) => (pre.hidden = true));
    await assertNoSidewaysScroll(page, `playground, ${language}`);
  });
}

scenario("as plain files below any path, beside a copy of the package, it works under its own policy", { page: null, expected: [WARNING, /^another origin/] }, async (stage) => {
  const { page, widget } = stage;
  const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml", wasm: "application/wasm", txt: "text/plain" };
  const asked = [];
  const server = createServer(async ({ url }, answer) => {
    const [, folder, path] = /^\/docs\/1\.0\/(playground|pkg)\/(.*)$/.exec(url) ?? [];
    const file = path === "" ? "index.html" : path;
    const bytes = await readFile(join(root, folder === "pkg" ? "pkg" : "www/playground", file ?? "no-such-file")).catch(() => undefined);
    asked.push(`${bytes ? 200 : 404} ${url}`);
    answer.writeHead(bytes ? 200 : 404, { "content-type": types[file?.split(".").at(-1)] ?? "text/plain" });
    answer.end(bytes);
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/docs/1.0/playground/#state=pin`);
    await widget.enterPin(PIN);
    await widget.heading(text.approved).waitFor();
    assert.deepEqual(asked.filter((line) => line.startsWith("404")), []);
  } finally {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});
