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
