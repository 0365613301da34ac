// A wire: the steps to each of its screens, FaceSign's side, and the bank's ledger.

import assert from "node:assert/strict";

/** The code that simulated FaceSign sends by e-mail every time. */
export const EMAIL_CODE = "111111";

/** The origin of FaceSign's pages. */
export const pages = () => process.env.SCA_FACESIGN_PAGES;

/** Submits the form, in any language of the page. */
export async function sendWire({ page }, dollars = 50_000) {
  // Key by key: Playwright's `fill` adds to a number in Firefox instead of replacing it.
  await page.locator("#wire input").focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(String(dollars));
  await page.locator("#wire").getByRole("button").click();
}

/** Goes to the explanation, before anything is opened. */
export async function toExplanation(stage) {
  await sendWire(stage);
  await stage.widget.heading(stage.widget.words.faceTitle).waitFor();
}

/** FaceSign's page in its frame, at its first question. */
export async function toFrame(stage) {
  await toExplanation(stage);
  await begin(stage);
}

export async function begin(stage) {
  await stage.widget.button(stage.widget.words.faceStart).click();
  await inFrame(stage).locator("main[data-state=asking]").waitFor();
}

export const frameElement = ({ page }) => page.locator("sca-widget iframe");
export const inFrame = ({ page }) => page.frameLocator("sca-widget iframe");

/** Completes FaceSign's page. */
export async function walk(page, { code = EMAIL_CODE } = {}) {
  await page.locator("#continue").click();
  // The liveness check needs no press.
  await page.locator("button[data-outcome]").first().click();
  await page.locator("#code").fill(code);
  await page.locator("#code-submit").click();
  await page.locator("#continue").click();
}

/** Completes FaceSign's page in a tab, and comes back to the widget's page: a hidden one waits. */
export async function walkApart(tab) {
  await walk(tab);
  await tab.locator("main[data-state=finished]").waitFor();
  await tab.close();
}

/** Follows the link to another tab, and allows the camera there. */
export async function openApart({ page, context, widget }) {
  await context.grantPermissions(["camera", "microphone"], { origin: pages() });
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: widget.words.faceNewTab }).click();
  return opened;
}

/** Waits for the page's text after the bank has executed the wire. */
export const executedShown = ({ page }) => page.getByRole("heading", { name: "Executed" }).waitFor();

/** FaceSign's and the bank's side of the last wire of this stage's page. */
export function wireOf(stage) {
  const said = stage.answers.filter(({ path }) => path === "/api/wires").at(-1)?.said;
  assert.ok(said?.transfer, "a wire was sent");
  const { transfer } = said;
  const facesign = (path, method, body) => control(`/facesign${path}`, method, body);
  const sessions = () => facesign(`/sessions?for=${transfer}`);
  const session = async () => (await sessions()).at(-1);
  return {
    transfer,
    sessions,
    session,
    /** Changes FaceSign's behaviour for later sessions of this wire. */
    behave: (behaviour) => facesign(`/behaviour?for=${transfer}`, "PUT", behaviour),
    /** Changes FaceSign's behaviour for the open session. */
    behaveNow: async (behaviour) => facesign(`/sessions/${(await session()).id}/behaviour`, "PUT", behaviour),
    /** Plays the open session to its end; `row` is one of the sandbox's session scripts. */
    play: async (row, more = {}) => facesign(`/sessions/${(await session()).id}/play`, "POST", { row, ...more }),
    /** Ends the pending analyses of the session with these verdicts. */
    analyse: async (verdicts) => facesign(`/sessions/${(await session()).id}/analysis`, "POST", verdicts),
    /** Alters FaceSign's API answers about the open session. */
    tamper: async (patch) => facesign(`/sessions/${(await session()).id}/tamper`, "POST", { patch }),
    expire: async () => facesign(`/sessions/${(await session()).id}/expire`, "POST", {}),
    /** Scripts a fault of a call to FaceSign's API. */
    fault: (endpoint, fault, script = {}) => facesign("/faults", "POST", { endpoint, for: transfer, fault, ...script }),
    /** Scripts a fault of a delivery to the bank. */
    bankFault: (endpoint, fault, script = {}) => control("/bank/faults", "POST", { endpoint, for: transfer, fault, ...script }),
    /** The bank's entry for the wire. */
    ledger: async () => (await fetch(`${process.env.SCA_SANDBOX}/bank/wires/${transfer}`)).json(),
    notices: () => control(`/bank/notices?transfer=${transfer}`),
    /** Waits until the bank has received messages about the wire. */
    heard: (what, count = 1) => control("/bank/wait", "POST", { transfer, count, seconds: 40, what }),
  };
}

async function control(path, method = "GET", body) {
  const answer = await fetch(`${process.env.SCA_SANDBOX}/control${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} /control${path} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Asserts that the bank has neither executed the wire nor received a request for it. */
export async function assertNotExecuted(wire) {
  const { state, executions, deliveries } = await wire.ledger();
  assert.deepEqual({ state, executions, deliveries }, { state: "unknown", executions: 0, deliveries: 0 });
}

/** Asserts that the bank has executed the wire once. */
export async function assertExecutedOnce(wire) {
  const { state, executions, data } = await wire.ledger();
  assert.deepEqual({ state, executions }, { state: "executed", executions: 1 });
  return data;
}
