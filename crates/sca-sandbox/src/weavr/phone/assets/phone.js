// The customer's phone: shows the live requests, sends the customer's answers, and follows changes by long polls.

const ANN = "115000000000000001";
const PAUSE = 2000;
// After so many consecutive failures, the page waits for the customer.
const MAX_FAILURES = 10;

const user = new URLSearchParams(location.search).get("user") ?? ANN;
const main = document.querySelector("main");
const title = document.querySelector("#title");
const status = document.querySelector("#status");
const list = document.querySelector("#requests");
const retry = document.querySelector("#retry");

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  const { dataset, ...others } = properties;
  Object.assign(made, others);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

// ---- texts

function money({ currency, minor }) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

const receiver = (item) => item.payee ?? `account ${item.account}`;
const sum = (totals) => totals.map(money).join(" and ");

function question({ what, items, totals }) {
  switch (what) {
    case "payments":
      return items.length === 1
        ? `Pay ${money(items[0])} to ${receiver(items[0])}?`
        : `Make ${items.length} payments, ${sum(totals)} in all?`;
    case "payees":
      return `Trust ${items.map((item) => item.payee).join(", ")}?`;
    case "session":
      return "Show your account information?";
    default:
      return "Use this phone to confirm payments?";
  }
}

const CHANNELS = { SMS: "by SMS", AUTHY: "in Authy", BIOMETRIC: "by fingerprint or face" };

// ---- rendering

function payment(item) {
  const line = element("li");
  line.append(element("p", { textContent: item.payee ?? "Account" }));
  line.append(element("p", { className: "note", textContent: item.account ?? "" }));
  line.append(element("p", { className: "amount", textContent: money(item) }));
  return line;
}

function card(request) {
  const heading = element("h2", { id: `question-${request.id}`, textContent: question(request) });
  const until = new Date(Date.now() + request.secondsLeft * 1000);
  const time = until.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const { id, kind, channel, issuedAt } = request;
  const made = element("li", { className: "request", dataset: { request: id, kind, channel, issuedAt } }, heading);
  made.append(element("p", { className: "note", textContent: `Asked ${CHANNELS[channel]}, until ${time}.` }));
  if (request.what === "payments") {
    made.append(element("ul", { className: "items" }, ...request.items.map(payment)));
  }
  if (kind === "OTP") {
    const code = element("strong", { textContent: request.code, dataset: { code: "" } });
    made.append(element("p", {}, "Your code is ", code));
  } else {
    made.append(element("div", { className: "answers" }, answerButton(made, "approve"), answerButton(made, "reject")));
  }
  return made;
}

const ANSWERS = { approve: ["Approve", "Approved."], reject: ["Reject", "Rejected."] };

function answerButton(item, answer) {
  const button = element("button", { type: "button", textContent: ANSWERS[answer][0], dataset: { answer } });
  button.setAttribute("aria-describedby", `question-${item.dataset.request}`);
  button.addEventListener("click", () => send(item, answer));
  return button;
}

function show({ name, requests }) {
  title.textContent = `${name}’s phone`;
  main.dataset.state = requests.length > 0 ? "waiting" : "idle";
  const known = new Map([...list.children].map((item) => [`${item.dataset.request} ${item.dataset.issuedAt}`, item]));
  // Existing items are not replaced, so that they keep the focus.
  const wanted = requests.map((request) => {
    const key = `${request.id} ${request.issuedAt}`;
    const item = known.get(key) ?? card(request);
    known.delete(key);
    return item;
  });
  for (const gone of known.values()) {
    if (gone.contains(document.activeElement)) {
      title.focus();
    }
    gone.remove();
  }
  wanted.forEach((item, at) => {
    if (list.children[at] !== item) {
      list.insertBefore(item, list.children[at] ?? null);
    }
  });
  // The result of the last answer stays before the summary.
  if (!status.textContent.endsWith(summary())) {
    status.textContent = summary();
  }
}

function summary() {
  const count = list.children.length;
  if (count === 0) {
    return "Nothing waits. What you are asked will appear here by itself.";
  }
  return count === 1 ? "One message waits." : `${count} messages wait.`;
}

// ---- calls

async function send(item, answer) {
  if (item.getAttribute("aria-busy") === "true") {
    return;
  }
  item.setAttribute("aria-busy", "true");
  for (const button of item.querySelectorAll("button")) {
    button.setAttribute("aria-disabled", "true");
  }
  try {
    const reply = await fetch(`/phone/requests/${item.dataset.request}/${answer}`, { method: "POST" });
    title.focus();
    item.remove();
    status.textContent = `${reply.ok ? ANSWERS[answer][1] : "This was over before your answer."} ${summary()}`;
  } catch {
    item.removeAttribute("aria-busy");
    for (const button of item.querySelectorAll("button")) {
      button.removeAttribute("aria-disabled");
    }
    status.textContent = "Your answer could not be sent. Try again.";
  }
}

const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));
const visible = () =>
  new Promise((resume) => {
    if (!document.hidden) {
      return resume();
    }
    document.addEventListener("visibilitychange", () => resume(), { once: true });
  });

async function poll(shown) {
  const query = new URLSearchParams(shown === null ? { user } : { user, shown });
  const reply = await fetch(`/phone/requests?${query}`, { cache: "no-store" });
  if (!reply.ok) {
    throw new Error(`status ${reply.status}`);
  }
  return reply.json();
}

async function run() {
  retry.hidden = true;
  let shown = null;
  let failures = 0;
  while (failures < MAX_FAILURES) {
    await visible();
    try {
      const found = await poll(shown);
      failures = 0;
      if (found.version !== shown) {
        shown = found.version;
        show(found);
      }
    } catch {
      failures += 1;
      shown = null;
      await pause(PAUSE);
    }
  }
  main.dataset.state = "error";
  status.textContent = "This phone cannot be reached.";
  retry.hidden = false;
}

retry.addEventListener("click", () => {
  title.focus();
  run();
});
run();
