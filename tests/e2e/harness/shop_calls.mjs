// A partner's page that makes its calls through `sca-widget/fetch`, and a partner's server that wants approvals for them.

import { json } from "./faults.mjs";
import { CODE, PIN } from "./journey.mjs";

/** The path of a payment, which the test's own server answers. */
export const PAY = "/api/pay";

const STATEMENT = "/api/statement?from=2026-07-01&to=2026-09-30";

/**
 * The page gets `call(name, path, init)`, which makes a call and records how it ends, `controllers[name]`, which aborts it, and a button
 * "Pay" with the focus. `options` are those of `createScaFetch`; the members of `more` are expressions.
 */
export async function beginShop({ page, customer }, options = {}, more = {}) {
  const members = Object.entries(more).map(([name, source]) => `${JSON.stringify(name)}: ${source}`);
  // The page's policy permits no `eval`, and a script of the test is none.
  await page.evaluate(`window.more = { ${members.join(", ")} };`);
  await page.evaluate(
    async ([options, session]) => {
      const { createScaFetch } = await import("/pkg/fetch.js");
      window.session = session;
      window.ended = {};
      window.controllers = {};
      window.start = (options) => {
        window.scaFetch = createScaFetch({ baseUrl: "/sca", locale: "en", ...options });
      };
      window.start({ ...options, ...window.more });
      window.call = async (name, path, init = {}) => {
        window.controllers[name] = new AbortController();
        const signal = window.controllers[name].signal;
        try {
          const answer = await window.scaFetch(path, { signal, ...init, headers: { "x-demo-session": session, ...init.headers } });
          window.ended[name] = { status: answer.status, said: await answer.json() };
        } catch (error) {
          const { name: kind, message, outcome, approvalId, reason, cause } = error;
          window.ended[name] = { kind, message, outcome, approvalId, reason, cause: cause?.code };
        }
      };
      const pay = Object.assign(document.createElement("button"), { type: "button", textContent: "Pay" });
      pay.addEventListener("click", () => window.call("pay", "/api/pay", { method: "POST", body: "{}", headers: { "content-type": "application/json" } }));
      document.querySelector("main").append(pay);
      pay.focus();
    },
    [options, customer.session],
  );
}

/** The partner's server wants an approval for each of the next `refusals` payments. `pay` answers the others. */
export function protect({ proxy, customer }, refusals = 1, pay = json(200, { paid: true })) {
  let left = refusals;
  const act = async (exchange) => {
    if (left === 0) return pay(exchange);
    left -= 1;
    const refused = await fetch(`${process.env.SCA_CHECKOUT}${STATEMENT}`, { headers: { "x-demo-session": customer.session } });
    return json(refused.status, await refused.json())(exchange);
  };
  for (const method of ["POST", "PUT"]) proxy.fault(method, PAY, act, Infinity);
}

export const payments = ({ proxy }) => proxy.seen.filter(({ path }) => path === PAY);

export const press = ({ page }) => page.getByRole("button", { name: "Pay" }).click();

export const askForStatement = ({ page }, name = "statement") => page.evaluate(([name, path]) => void window.call(name, path), [name, STATEMENT]);

export async function approve({ widget }) {
  await widget.enterPin(PIN);
  await widget.choose(widget.words.sms);
  await widget.enterCode(CODE);
}

/** How a call has ended: `{ status, said }` or the members of its error. */
export async function end({ page }, name = "pay") {
  await page.waitForFunction((name) => window.ended[name] !== undefined, name);
  return page.evaluate((name) => window.ended[name], name);
}

/** Whether a call is still under way. */
export const isOpen = ({ page }, name = "pay") => page.evaluate((name) => window.ended[name] === undefined, name);

export const dialogOf = ({ page }) => page.getByRole("dialog", { name: "Your approval" });

/** What is left of an approval in the page. */
export const leftOver = ({ page }) =>
  page.evaluate(() => ({
    dialogs: document.querySelectorAll("dialog").length,
    sheets: document.adoptedStyleSheets.length,
    widgets: [...document.querySelectorAll("*")].filter(({ shadowRoot }) => shadowRoot).length,
  }));

export const NOTHING = { dialogs: 0, sheets: 0, widgets: 0 };

