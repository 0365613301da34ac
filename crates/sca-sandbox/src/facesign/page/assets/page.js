// The hosted page: shows the session's current node, and reports the outcome of each node to the service.

import * as camera from "./camera.js";
import * as messages from "./messages.js";
import * as service from "./service.js";
import * as simulate from "./simulate.js";

const main = document.querySelector("main");
const title = document.querySelector("#title");
const text = document.querySelector("#text");
const stage = document.querySelector("#stage");
const actions = document.querySelector("#actions");
const walkAway = document.querySelector("#walk-away");

let session = null;
let over = false;
/// A node with one outcome is a greeting before the first step, and a farewell after it.
let stepsMade = 0;

// ---- rendering

function show(state, heading, words, { keep = false } = {}) {
  main.dataset.state = state;
  title.textContent = heading;
  document.title = `${heading} · FaceSign simulator`;
  text.textContent = words;
  if (!keep) {
    stage.replaceChildren();
    actions.replaceChildren();
  }
  title.focus({ preventScroll: true });
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function button(label, properties, act) {
  const made = element("button", { type: "button", textContent: label, ...properties });
  made.addEventListener("click", act);
  actions.append(made);
  return made;
}

// ---- the nodes

function render() {
  camera.release();
  if (session.status === "complete") {
    return finish();
  }
  if (session.status === "incomplete") {
    return end("left", "This session has ended", "It was not finished. You can close this window.");
  }
  const node = session.node;
  main.dataset.nodeId = node.id;
  main.dataset.nodeType = node.type;
  const wanted = simulate.outcomeOf(node.id);
  switch (node.type) {
    case "liveness_detection":
      return liveness();
    case "two_factor_email":
    case "two_factor_sms":
      return wanted ? step(wanted) : code(node);
    default:
      return wanted ? step(wanted) : conversation(node);
  }
}

const spoken = (prompt) => {
  const said = prompt.match(/^Say:\s*([\s\S]*)$/);
  return said ? said[1] : prompt;
};

function conversation(node) {
  if (node.outcomes.length < 2) {
    const last = stepsMade > 0;
    const words = last && !node.prompt.startsWith("Say:") ? "Thank you. That is all we need." : spoken(node.prompt);
    show("asking", last ? "The check is over" : "Hello", words);
    button(last ? "Finish" : "Continue", { id: "continue", className: "main" }, () => step());
    return;
  }
  show("asking", "Please confirm", spoken(node.prompt));
  for (const { outcome, condition } of node.outcomes) {
    const className = outcome.startsWith("confirm") ? "main" : "";
    const made = button(label(outcome, condition), { className }, () => step(outcome));
    made.dataset.outcome = outcome;
  }
}

function label(outcome, condition) {
  if (outcome.startsWith("confirm")) {
    return "Yes, I authorise this";
  }
  if (outcome.startsWith("den")) {
    return "No, this is not mine";
  }
  if (outcome.startsWith("stall")) {
    return "I am not sure";
  }
  return condition || outcome;
}

async function liveness() {
  const node = session.node;
  show("loading", "Looking for your camera", "Your browser may ask you to allow the camera.");
  const video = element("video", { id: "preview", muted: true, playsInline: true });
  video.setAttribute("aria-label", "Your camera");
  stage.append(video);
  try {
    await camera.show(video);
  } catch (problem) {
    return session.node?.id === node.id && !over ? cameraRefused(problem) : undefined;
  }
  show("camera", "Look into the camera", "Hold still for a moment. This goes on by itself.", { keep: true });
  await camera.seen(video);
  if (session.node?.id === node.id && !over) {
    const wanted = simulate.outcomeOf(node.id) || "livenessDetected";
    await step(wanted, wanted === "inconclusive" ? simulate.reason() : undefined);
  }
}

function cameraRefused(problem) {
  const absent = problem.name === "NotFoundError" || problem.name === "OverconstrainedError";
  show("camera-refused", absent ? "No camera was found" : "The camera is blocked", "");
  const words = absent
    ? "This check needs a camera. Connect one and try again."
    : "Allow the camera for this site in your browser's settings, then try again.";
  stage.append(element("p", { id: "camera-refused", role: "alert", textContent: words }));
  button("Try again", { id: "camera-retry", className: "main" }, liveness);
  button("Go on without the camera", { id: "camera-skip" }, () => step("noFace"));
}

function code(node) {
  const where = node.type === "two_factor_sms" ? "phone" : (session.email ?? "e-mail address");
  show("code", "Enter the code", `We have sent a code to your ${session.email ? "e-mail address " : ""}${where}.`);
  const input = element("input", { id: "code", inputMode: "numeric", autocomplete: "one-time-code", maxLength: 8 });
  const problem = element("p", { id: "code-error", className: "problem" });
  problem.setAttribute("role", "alert");
  const form = element("form", { noValidate: true }, element("label", {}, "Code", input), problem);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  stage.append(form);
  button("Continue", { id: "code-submit", className: "main" }, submit);
  button("Cancel", { id: "code-cancel" }, () => step("cancelled"));
  input.focus();

  async function submit() {
    const next = await busy(() => service.enterCode(node.id, input.value.trim()));
    if (next?.triesLeft) {
      main.dataset.state = "code-wrong";
      problem.textContent = `That code is not right. Tries left: ${next.triesLeft}.`;
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", "code-error");
      input.select();
      session.version = next.version;
    } else if (next) {
      arrive(next);
    }
  }
}

// ---- steps

async function step(outcome, reason) {
  const next = await busy(() => service.step(session.node.id, outcome, reason));
  stepsMade += 1;
  if (next) {
    arrive(next);
  }
}

async function busy(call) {
  const buttons = [...actions.querySelectorAll("button")];
  buttons.forEach((made) => (made.disabled = true));
  try {
    return await call();
  } catch {
    const now = await service.state().catch(() => null);
    if (now && now.version !== session?.version) {
      arrive(now);
    } else {
      end("error", "This session is over", "It has expired or was ended. Go back to where you came from.");
    }
    return null;
  } finally {
    buttons.forEach((made) => (made.disabled = false));
  }
}

/// The response to a step and the long poll may deliver the same change in any order.
function arrive(next) {
  if (over || (session && next.version < session.version)) {
    return;
  }
  const moved = !session || next.node?.id !== session.node?.id || next.status !== session.status;
  session = next;
  if (moved) {
    render();
  }
}

function end(state, heading, words) {
  over = true;
  camera.release();
  walkAway.hidden = true;
  show(state, heading, words);
}

function finish() {
  main.dataset.nodeId = "end";
  main.dataset.nodeType = "end";
  end("finished", "You are done", "You can close this window.");
  messages.finished(session.page, session.elsewhere);
  if (session.page.away === "onFinish") {
    location.assign(session.elsewhere);
  }
}

/// Follows changes by the control API while the page is open.
async function follow() {
  while (!over) {
    const known = session.version;
    const next = await service.stateAfter(known).catch(() => null);
    if (over) {
      return;
    }
    if (next === null) {
      end("error", "This session is over", "It has expired or was ended. Go back to where you came from.");
    } else {
      arrive(next);
    }
  }
}

walkAway.addEventListener("click", async () => {
  const next = await busy(service.leave);
  if (next) {
    arrive(next);
  }
});

const opened = await busy(service.open);
if (opened) {
  messages.flood(opened.page.flood);
  messages.noise(opened.page.noise);
  simulate.offer(opened.nodes, (nodeId, outcome) => {
    if (outcome && session.node?.id === nodeId && session.node.type !== "liveness_detection") {
      step(outcome);
    }
  });
  if (opened.page.away === "onOpen") {
    location.assign(opened.elsewhere);
  } else {
    arrive(opened);
    follow();
  }
}
