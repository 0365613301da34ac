// What the pages of the demo have in common: language, theme, and forms that make a call.

import { unavailable } from "./results.js";
import { directions, say, spoken } from "./words.js";

const page = document.documentElement;
const theme = document.getElementById("theme");

/** The choice of the language. A page listens for its `change` as well, for texts of its own. */
export const language = document.getElementById("language");

language.addEventListener("change", speak);
theme.addEventListener("change", () => (page.dataset.theme = theme.value));
speak();

/** The text for a key in the language of the page. */
export function t(key, values) {
  return say(language.value, key, values);
}

function speak() {
  page.lang = spoken(language.value);
  page.dir = directions[page.lang];
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = t(element.dataset.say);
  for (const widget of document.querySelectorAll("sca-widget, sca-enrolment")) widget.setAttribute("locale", language.value);
}

/** Changes the text of an element for this and every later language. */
export function sayIn(element, key) {
  element.dataset.say = key;
  element.textContent = t(key);
}

/**
 * Runs a call when its form is submitted, one at a time, and shows the result below the form.
 * Returns a function that runs it again with what was open when the customer left the page, and tells them so.
 */
export function onSubmit(name, run) {
  const form = document.getElementById(name);
  const button = form.querySelector("button");
  const place = document.querySelector(`[data-place=${name}]`);
  const status = document.querySelector(`[data-status=${name}]`);
  const kept = Object.assign(document.createElement("p"), { className: "kept", tabIndex: -1, hidden: true });
  sayIn(kept, "keptPlace");
  place.before(kept);
  const tell = (key) => {
    status.textContent = key ? t(key) : "";
    status.classList.toggle("working", key === "working");
  };
  const start = async (open) => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    place.replaceChildren();
    kept.hidden = open === undefined;
    if (open) bringBack(kept);
    tell("working");
    const result = await run(form.elements, place, open);
    kept.hidden = true;
    button.removeAttribute("aria-disabled");
    // Without an approval, the widget stays and shows how it ended.
    tell(result.kind === "ended" ? (result.message ?? "nothingHappened") : undefined);
    if (result instanceof Element) show(place, result);
    if (result.kind === "trouble") show(place, unavailable(language.value, result.code));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  return start;
}

/** Brings the customer back to their place, unless they are already elsewhere on the page. */
function bringBack(kept) {
  if (document.activeElement !== document.body) return;
  kept.scrollIntoView({ block: "start" });
  kept.focus({ preventScroll: true });
}

/** Shows a result and focuses its heading, so that screen readers read it. */
function show(place, result) {
  place.replaceChildren(result);
  result.querySelector("h3").focus();
}
