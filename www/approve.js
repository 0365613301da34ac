// All that a partner's page needs to know about the widget: show it, wait for its outcome, repeat the call.

import "/pkg/define.js";

/** More than one refusal of the same call in a row can happen: an approval may have run out on the way back. */
const MOST_APPROVALS = 3;

/**
 * Makes a call; when it is refused for want of an approval, asks for that in `place` and makes the same call again.
 * Answers what the call brought, or `{ kind: "ended", outcome }` when there is no approval.
 */
export async function approve(call, place, locale) {
  let answer = await call();
  for (let asked = 0; answer.kind === "approval-required" && asked < MOST_APPROVALS; asked += 1) {
    const { approval } = answer;
    const outcome = await ask(place, approval, locale);
    if (outcome !== "approved") return { kind: "ended", outcome };
    answer = await call(approval.id);
  }
  return answer;
}

/** Shows the widget and waits. The outcome is a hint for this page; the server decides. */
function ask(place, { clientSecret, frameOrigins }, locale) {
  const widget = document.createElement("sca-widget");
  widget.baseUrl = "/sca";
  widget.locale = locale;
  // Only because FaceSign's pages are simulated here: its real ones are the widget's default.
  widget.frameOrigins = frameOrigins;
  widget.clientSecret = clientSecret;
  const outcome = new Promise((settle) => {
    widget.addEventListener("sca-result", ({ detail }) => settle(detail.outcome));
    // What trying again cannot mend ends the approval for this page; the widget says so in its place.
    widget.addEventListener("sca-error", ({ detail }) => detail.retryable || settle("failed"));
  });
  place.replaceChildren(widget);
  return outcome;
}
