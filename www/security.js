// The page "Security": an approval of the customer's own, then the enrolment, and what the bank would mail about each change.

import { approve, faceCapture, goingOn } from "./approve.js";
import { language, onSubmit, sayIn } from "./page.js";
import { finishedEnrolment, mailText } from "./results.js";
import { manageSecurity, openApprovals, security, securityMail } from "./shop.js";

/** The pause between two reads of the mail, and how long it is read after an enrolment: its last webhook may be late. In milliseconds. */
const MAIL_PAUSE = 1_000;
const MAIL_PATIENCE = 60_000;

const button = document.querySelector("#security button");
const noMail = document.querySelector("[data-no-mail]");
/** The mails, once they were read. */
let mails;
/** The lists of mails in the page: `{ list, isShown }`. */
const lists = [{ list: document.querySelector("[data-mails]"), isShown: () => true }];
let readUntil = 0;
let isReading = false;

/** Loads the element for enrolments. Its module serves the approval before it, too, so the page downloads one. */
const loadEnrolment = () => import("/pkg/enrolment/index.js");

// A failure is told when the element is needed.
loadEnrolment().catch(() => {});
language.addEventListener("change", showMails);
const goOn = onSubmit("security", (_, place, open) => (open?.enrolment ? enrol(open.enrolment, place) : manage(place, open)));
readMail();
resume();

/** Continues with what was open when the customer left the page: an enrolment, or the approval before it. */
async function resume() {
  const { kind, body } = await security();
  if (kind === "done" && body.enrolment) return goOn(body);
  const open = (await openApprovals()).find(({ call }) => call.kind === "security");
  if (open) goOn(open);
}

async function manage(place, open) {
  const answer = await approve(goingOn(manageSecurity(), open), place, language.value);
  if (answer.kind === "ended") return { ...answer, message: "notConfirmedHere" };
  if (answer.code === "factor-not-set-up") return { ...answer, code: "nothing-to-confirm-with" };
  return answer.kind === "done" ? enrol(answer.body.enrolment, place) : answer;
}

/** Shows the enrolment until it ends, and returns what it has changed. */
async function enrol({ id, clientSecret }, place) {
  try {
    await loadEnrolment();
  } catch {
    return { kind: "trouble", code: "enrolment-not-loaded" };
  }
  const enrolment = document.createElement("sca-enrolment");
  enrolment.setAttribute("base-url", "/sca");
  enrolment.setAttribute("locale", language.value);
  enrolment.faceCapture = await faceCapture();
  enrolment.clientSecret = clientSecret;
  const ended = new Promise((settle) => {
    enrolment.addEventListener("sca-enrolment-result", ({ detail }) => settle(detail.outcome));
    // An error that is not retryable ends the enrolment for this page.
    enrolment.addEventListener("sca-error", ({ detail }) => detail.retryable || settle("failed"));
  });
  place.replaceChildren(enrolment);
  followMail(Number.POSITIVE_INFINITY);
  const outcome = await ended;
  followMail(Date.now() + MAIL_PATIENCE);
  sayIn(button, "startAgain");
  // Otherwise the element stays and shows how it ended. Some changes may have been made before.
  return outcome === "done" ? finishedEnrolment(changesOf(id), language.value) : { kind: "ended", message: "enrolmentOver" };
}

/** The list of what one enrolment has changed. It grows as the mails arrive. */
function changesOf(enrolment) {
  const list = Object.assign(document.createElement("ul"), { className: "mails" });
  // The former result's list is no longer in the page.
  lists.splice(1, lists.length, { list, isShown: (mail) => mail.enrolment === enrolment });
  showMails();
  return list;
}

async function followMail(until) {
  readUntil = until;
  if (isReading) return;
  isReading = true;
  while (Date.now() < readUntil) {
    await readMail();
    await new Promise((over) => setTimeout(over, MAIL_PAUSE));
  }
  isReading = false;
}

async function readMail() {
  const { kind, body } = await securityMail();
  // What was read before stays.
  if (kind === "done") mails = body;
  showMails();
}

function showMails() {
  for (const { list, isShown } of lists) showIn(list, (mails ?? []).filter(isShown));
  sayIn(noMail, mails === undefined ? "mailUnknown" : "noMail");
  noMail.hidden = mails?.length > 0;
}

/** Changes only what is different, so that screen readers read what is new. */
function showIn(list, shown) {
  while (list.children.length < shown.length) list.append(document.createElement("li"));
  while (list.children.length > shown.length) list.lastChild.remove();
  for (const [place, mail] of shown.entries()) {
    const text = mailText(mail, language.value);
    if (list.children[place].textContent !== text) list.children[place].textContent = text;
  }
}
