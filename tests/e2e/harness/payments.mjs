// Payments through Weavr: the steps to each of their screens, the customer's phone, and Weavr's side.

import assert from "node:assert/strict";

/** The code that simulated Weavr sends every time. */
export const WEAVR_CODE = "123456";
export const WRONG_CODE = "000000";

/** Submits the form, in any language of the page. */
export async function pay({ page }, what = "wire", amounts = "large") {
  const form = page.locator("#weavr");
  await form.locator("[name=what]").selectOption(what);
  await form.locator("[name=amounts]").selectOption(amounts);
  await form.getByRole("button").click();
}

/** Goes to the choice of factors. */
export async function toWays(stage, what) {
  await pay(stage, what);
  await stage.widget.heading(stage.widget.words.wayTitle).waitFor();
}

export async function toWeavrCode(stage, what) {
  await toWays(stage, what);
  await stage.widget.choose(stage.widget.words.sms);
  await stage.widget.codeField.waitFor();
}

/** Goes to the screen that waits for the phone. */
export async function toPhone(stage, what, way = stage.widget.words.push) {
  await toWays(stage, what);
  await stage.widget.choose(way);
  await phoneAwaited(stage);
}

export const phoneAwaited = ({ widget }) => widget.heading(widget.words.phoneTitle).waitFor();

/** Waits for the page's text after Weavr has executed all payments. */
export const paidShown = ({ page }) => page.getByRole("heading", { name: "Paid", exact: true }).waitFor();

/** The customer's phone, opened by the link on the page. */
export async function openPhone({ page, context }) {
  const opened = context.waitForEvent("page");
  await page.locator("a[data-phone]").click();
  const phone = await opened;
  await phone.locator("main[data-state=waiting], main[data-state=idle]").waitFor();
  return phone;
}

/** Answers a request on the phone, and waits until the phone shows that. */
export async function tap(phone, id, answer) {
  const request = phone.locator(`li[data-request="${id}"]`);
  await request.locator(`button[data-answer=${answer}]`).click();
  await request.waitFor({ state: "detached" });
}

/** Answers the last request on the customer's phone: that one, or one in a tab that is closed afterwards, since a hidden page waits. */
export async function tapPhone(stage, answer, phone) {
  const { id } = await weavrOf(stage).push();
  const shown = phone ?? (await openPhone(stage));
  await tap(shown, id, answer);
  if (!phone) await shown.close();
}

/** Weavr's side of this stage's customer. */
export function weavrOf({ customer }) {
  const user = customer.weavrUserId;
  assert.ok(user, "the customer is known to Weavr");
  const own = (path, method, body) => control(`/customers/${user}${path}`, method, body);
  const requests = () => control(`/requests?user=${user}`);
  const resources = () => control(`/resources?user=${user}`);
  /** The request that the phone shows. */
  const push = async () => {
    const pushes = (await requests()).filter(({ kind, status }) => kind === "PUSH" && status === "LIVE");
    assert.ok(pushes.length > 0, "a request was sent to the phone");
    return pushes.at(-1);
  };
  return {
    user,
    behave: (behaviour) => own("/behaviour", "PUT", behaviour),
    factors: (factors) => own("/factors", "PUT", factors),
    advance: (seconds) => own("/advance", "POST", { seconds }),
    logout: () => own("/logout", "POST", {}),
    /** Another user of the same company, with a session token. */
    colleague: () => control("/customers", "POST", { colleagueOf: user }),
    requests,
    /** Waits for the code that is sent to the customer. */
    code: () => control("/requests/wait", "POST", { user, channel: "SMS", seconds: 10 }),
    push,
    /** Answers a request or lets it expire: `approve`, `reject`, `expire`. */
    answer: (id, answer) => control(`/requests/${id}/${answer}`, "POST", {}),
    /** Answers the request that the phone shows. */
    answerPush: async (answer) => control(`/requests/${(await push()).id}/${answer}`, "POST", {}),
    resources,
    /** The states of all payments, each once. */
    states: async () => [...new Set((await resources()).map(({ state }) => state))],
    /** Waits until a payment is in a state. */
    reached: async (state) => {
      for (const { id } of await resources()) await control("/resources/wait", "POST", { id, state, seconds: 40 });
    },
    force: async (state, more = {}) => {
      for (const { id } of await resources()) await control(`/resources/${id}/state`, "POST", { state, ...more });
    },
    tamper: async (patch) => {
      for (const { id } of await resources()) await control(`/resources/${id}/tamper`, "POST", { patch });
    },
    fault: (endpoint, fault, script = {}) => control("/faults", "POST", { endpoint, for: user, fault, ...script }),
    calls: (endpoint) => control(`/calls?user=${user}&endpoint=${endpoint}`),
  };
}

/** A new customer of Weavr without a page. */
export const newWeavrCustomer = () => control("/customers", "POST", {});

/** The programme's API key at the simulated Weavr. */
const WEAVR_KEY = "weavr_sandbox_key";

/** Creates payments of a customer at Weavr, without the page; in minor units. Each returns the payment's id. */
export async function madeAtWeavr(user) {
  const { api } = await control("");
  const { email, password, profiles, accounts } = await control(`/customers/${user}`);
  const ask = async (path, body, token) => {
    const headers = { "content-type": "application/json", "api-key": WEAVR_KEY, ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${api}/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(answer.status, 200, `${path}: ${answer.status}`);
    return answer.json();
  };
  const { token } = await ask("login_with_password", { email, password: { value: password } });
  const account = (id) => ({ type: "managed_accounts", id });
  const make = async (path, body) => (await ask(path, body, token)).id;
  return {
    wire: (amount) =>
      make("outgoing_wire_transfers", {
        profileId: profiles.wires,
        sourceInstrument: account(accounts.EUR),
        transferAmount: { currency: "EUR", amount },
        description: "Invoice 7",
        destinationBeneficiary: { name: "Acme Corp", iban: "DE89370400440532013000" },
      }),
    /** To Carla, who exists in the sandbox from the start. */
    send: (amount) =>
      make("sends", {
        profileId: profiles.sends,
        source: account(accounts.GBP),
        destination: account("115000000000000204"),
        destinationAmount: { currency: "GBP", amount },
      }),
  };
}

async function control(path, method = "GET", body) {
  const answer = await fetch(`${process.env.SCA_SANDBOX}/control/weavr${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} /control/weavr${path} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Asserts that no payment was executed. */
export async function assertNotPaid(weavr) {
  for (const { state } of await weavr.resources()) {
    assert.ok(["PENDING_CHALLENGE", "REJECTED", "CANCELLED", "FAILED"].includes(state), `a payment is ${state}`);
  }
}

/** Asserts that all payments were executed. */
export async function assertPaid(weavr, count) {
  const resources = await weavr.resources();
  assert.equal(resources.length, count);
  for (const { state } of resources) assert.ok(["SUBMITTED", "APPROVED", "COMPLETED"].includes(state), `a payment is ${state}`);
}
