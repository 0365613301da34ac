// Steps to each screen, for tests that begin there.

/** The demo customer's PIN, and the code that the simulated provider sends every time. */
export const PIN = "1234";
export const CODE = "111111";

/** The paths of the widget's calls in the proxy's form, with `{id}` for the approval. */
export const calls = {
  approval: "/sca/v1/approval/{id}",
  events: "/sca/v1/approval/{id}/events",
  start: "/sca/v1/approval/{id}/start",
  verify: "/sca/v1/approval/{id}/verify",
  cancel: "/sca/v1/approval/{id}/cancel",
  deny: "/sca/v1/approval/{id}/deny",
  key: "/sca/v1/approval/{id}/encryption-key",
};

/** Requests the statement, in any language of the page. */
export const askForStatement = ({ page }) => page.locator("#statement").getByRole("button").click();

export async function toPin(stage) {
  await askForStatement(stage);
  await stage.widget.pinField.waitFor();
}

export async function toChoice(stage) {
  await toPin(stage);
  await stage.widget.enterPin(PIN);
  await stage.widget.heading(stage.widget.words.chooseTitle).waitFor();
}

export async function toCode(stage, way = stage.widget.words.sms) {
  await toChoice(stage);
  await stage.widget.choose(way);
  await stage.widget.codeField.waitFor();
}

export async function toStatement(stage) {
  await toCode(stage);
  await stage.widget.enterCode(CODE);
  await statementShown(stage);
}

export const statementShown = ({ page }) => page.getByRole("heading", { name: "Your statement" }).waitFor();

/** Waits for the page's text after an approval without success. */
export const nothingHappened = ({ page }) => page.getByText("Nothing was shown or sent. You can try again.").waitFor();

/** Lets the widget's own retries pass: four calls, with pauses of 1, 2 and 4 seconds. The test moves the page's clock. */
export async function unreachableShown({ proxy, widget, clock }) {
  const answered = () => proxy.sent("GET", calls.approval).filter(({ status }) => status !== undefined);
  const tries = () => answered().filter(({ url }) => url === answered().at(-1).url).length;
  for (const [made, seconds] of [1, 2, 4].entries()) {
    await proxy.until(() => tries() > made);
    await clock.forward(seconds);
  }
  await widget.heading(widget.words.unreachable).waitFor();
}

/** A new approval of the partner's server, for a page that does nothing by itself: its client secret. */
export const newSecret = ({ page }) =>
  page.evaluate(async () => {
    window.session ??= (await (await fetch("/api/demo/customer", { method: "POST" })).json()).session;
    const refused = await fetch("/api/statement?from=2026-07-01&to=2026-09-30", { headers: { "x-demo-session": window.session } });
    return (await refused.json()).approval.clientSecret;
  });

/** Loads the element, and records the events of all widgets of the page. */
export const recordEvents = ({ page }) =>
  page.evaluate(async () => {
    window.recorded = [];
    for (const kind of ["sca-ready", "sca-result", "sca-error"]) {
      document.addEventListener(kind, ({ detail }) => window.recorded.push([kind, detail?.code ?? detail?.outcome ?? null]));
    }
    await import("/pkg/define.js");
  });

/** The recorded events: `[kind, code or outcome]`. */
export const recorded = ({ page }) => page.evaluate(() => window.recorded);
