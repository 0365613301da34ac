// What the pages of the demo have in common: language, theme, and forms that make a call.

import { unavailable } from "./results.js";
import { directions, say } from "./words.js";

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
  page.lang = language.value;
  page.dir = directions[language.value];
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
 * Returns a function that runs another call.
 */
export function onSubmit(name, run) {
  const form = document.getElementById(name);
  const button = form.querySelector("button");
  const place = document.querySelector(`[data-place=${name}]`);
  const status = document.querySelector(`[data-status=${name}]`);
  const tell = (key) => {
    status.textContent = key ? t(key) : "";
    status.classList.toggle("working", key === "working");
  };
  const start = async (call) => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    place.replaceChildren();
    tell("working");
    const result = await call(form.elements, place);
    button.removeAttribute("aria-disabled");
    // Without an approval, the widget stays and shows how it ended.
    tell(result.kind === "ended" ? (result.message ?? "nothingHappened") : undefined);
    if (result instanceof Element) show(place, result);
    if (result.kind === "trouble") show(place, unavailable(language.value, result.code));
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start(run);
  });
  return start;
}

/** Shows a result and focuses its heading, so that screen readers read it. */
function show(place, result) {
  place.replaceChildren(result);
  result.querySelector("h3").focus();
}
