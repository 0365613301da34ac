// All that a partner's page does with the widget: show it, wait for its outcome, repeat the call.

import "/pkg/define.js";

/** The same call may be refused more than once in a row: the approval may have expired before the repeat. */
const MOST_APPROVALS = 3;

/**
 * Makes a call. If the server requires an approval, shows the widget in `place` and repeats the call after the approval.
 * Returns the call's result, or `{ kind: "ended", outcome }` if it was not approved.
 */
export async function approve(call, place, locale) {
  const pressed = document.activeElement;
  let answer = await call();
  for (let asked = 0; answer.kind === "approval-required" && asked < MOST_APPROVALS; asked += 1) {
    const { approval } = answer;
    const outcome = await ask(place, approval, locale, pressed);
    if (outcome !== "approved") return { kind: "ended", outcome };
    answer = await call(approval.id);
  }
  return answer;
}

/**
 * The call as it goes on with an approval that was open when the customer left the page: the approval comes first, or the call itself if the
 * customer has approved it since. Without one, it is the call.
 */
export function goingOn(call, open) {
  if (open === undefined) return call;
  const { approval, isApproved } = open;
  return async (approvalId) =>
    approvalId === undefined && !isApproved ? { kind: "approval-required", approval } : call(approvalId ?? approval.id);
}

/** Captures a face, on a page that asks for one. Undefined if the script cannot be loaded: then the customer uses another factor. */
export async function faceCapture() {
  try {
    return (await import("/face-capture.js")).faceCapture;
  } catch {
    return undefined;
  }
}

/**
 * Shows the widget and waits. The outcome is a hint for this page; the server decides. The customer who is still where they `pressed` expects
 * an answer: the widget comes into sight and takes the focus. One who has gone elsewhere meanwhile is left in peace, and so is one who has
 * come back to the page: no press has brought the widget.
 */
async function ask(place, { clientSecret, frameOrigins, factors }, locale, pressed) {
  const capture = factors?.includes("face-scan") ? await faceCapture() : undefined;
  const widget = document.createElement("sca-widget");
  widget.baseUrl = "/sca";
  widget.locale = locale;
  const isPress = pressed === document.body || pressed.form?.id === place.dataset.place;
  if (isPress && [pressed, document.body].includes(document.activeElement)) widget.arrival = "focus";
  // Only for the simulated FaceSign: its real origin is the widget's default.
  widget.frameOrigins = frameOrigins;
  widget.faceCapture = capture;
  widget.clientSecret = clientSecret;
  const outcome = new Promise((settle) => {
    widget.addEventListener("sca-result", ({ detail }) => settle(detail.outcome));
    // An error that is not retryable ends the approval for this page. The widget shows a message.
    widget.addEventListener("sca-error", ({ detail }) => detail.retryable || settle("failed"));
  });
  place.replaceChildren(widget);
  return outcome;
}
