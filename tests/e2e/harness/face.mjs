// The capture of a face: the sandbox's own with the camera, and made-up ones that the page loads instead.

import { answer } from "./faults.mjs";
import { askForStatement } from "./journey.mjs";
import { beginEnrolment, callEnrolment } from "./security.mjs";

/** Wise asks for the face, or for a code instead. */
export const faceOrCode = { challenges: ["face"], faceAlternatives: "phone" };

/** The paths of the calls about a face. */
export const faceCalls = {
  session: "/sca/v1/approval/{id}/face/session",
  verify: "/sca/v1/approval/{id}/face",
  enrolSession: "/sca/v1/enrolment/{id}/face/session",
  enrol: "/sca/v1/enrolment/{id}/face",
};

/** The sandbox's capture, as the customer sees it. */
export class Capture {
  constructor(page) {
    this.dialog = page.locator("dialog");
  }

  /** Waits for the dialog. */
  async shown() {
    await this.dialog.getByRole("button", { name: "Scan", exact: true }).waitFor();
  }

  /** Scans a person: `you`, `other` or `photo`. */
  async scan(person = "you") {
    const button = this.dialog.getByRole("button", { name: "Scan", exact: true });
    await button.waitFor();
    if (person !== "you") await this.dialog.locator("select").selectOption(person);
    await button.click();
  }

  async cancel() {
    await this.dialog.getByRole("button", { name: "Cancel", exact: true }).click();
  }

  /** Waits until the dialog is gone. */
  async gone() {
    await this.dialog.waitFor({ state: "detached" });
  }
}

/** A scan of the simulated FaceTec server; see `scan.rs` of the sandbox. */
export const scanOf = (person, sessionToken) => ({
  faceScan: btoa(JSON.stringify({ person, live: true, sessionToken })),
  auditTrailImage: btoa("picture"),
  lowQualityAuditTrailImage: btoa("picture"),
});

/** Enrols the face that the sandbox's capture calls `you`, as the element does, and ends the enrolment. */
export async function enrolFace(customer) {
  const begun = await beginEnrolment(customer);
  const call = async (path, body) => {
    const { status, said } = await callEnrolment(begun, "POST", path, body);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(said)}`);
    return said;
  };
  const { sessionToken } = await call("/face/session");
  const { verdict } = await call("/face", { scan: scanOf("you", sessionToken) });
  if (verdict !== "enrolled") throw new Error(`the face was not enrolled: ${verdict}`);
  await call("/end");
}

/** A customer with a face opens the checkout, and Wise asks for it from now on. */
export async function toCheckoutWithFace({ page, customer }, behaviour = faceOrCode) {
  await enrolFace(customer);
  await customer.behave(behaviour);
  // After the approval that began the enrolment, Wise asks for nothing before a statement for five minutes.
  await customer.advance(301);
  await page.goto("/");
}

/** Requests the statement, and waits for the choice that has the face. */
export async function toFace(stage) {
  const { widget } = stage;
  await askForStatement(stage);
  await widget.heading(widget.words.wayTitle).waitFor();
}

/** A made-up capture, as the body of a function: `request` is its argument, `log` a list that {@link captured} reads. */
export function captureBy({ proxy }, body) {
  const script = `const log = (window.captured = []);\nexport async function faceCapture(request) {\n${body}\n}`;
  proxy.fault("GET", "/face-capture.js", answer(200, script, { "content-type": "text/javascript" }), Number.POSITIVE_INFINITY);
}

/** Waits until a made-up capture has logged this. */
export const captured = (page, entry) => page.waitForFunction((entry) => window.captured.includes(entry), entry);

/** The body of a made-up capture that never ends by itself, and logs the abort of its signal. */
export const hangs = `log.push("begun");
  return new Promise((_, reject) => {
    request.signal.addEventListener("abort", () => { log.push("stopped"); reject(request.signal.reason); });
  });`;

/** That of one whose scan shows the enrolled person, and that logs what becomes of it. */
export const scans = `return {
    faceScan: btoa(JSON.stringify({ person: "you", live: true, sessionToken: request.sessionToken })),
    auditTrailImage: btoa("picture"),
    lowQualityAuditTrailImage: btoa("picture"),
    finished: (result) => log.push(result === null ? "no result" : JSON.parse(atob(result)).success ? "success" : "refused"),
  };`;
