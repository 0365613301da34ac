import { rightToLeft } from "./dist/manifest.js";
import { languageOf, nameOf, tagOf } from "./language.js";

/** The texts for the customer when the module cannot show its own. In all other languages they are the last lines of the file. */
const ENGLISH = [
  "This step can’t run in this browser. Nothing has been approved.",
  "This step didn’t load. Check your connection and try again.",
  "Something went wrong here. Try again to see where your approval stands.",
  "This step can’t be shown. Please contact the site you are on.",
  "Try again",
];

/** The errors that the texts are for. */
const CATEGORIES = ["environment", "network", "internal", "integration"];

/**
 * Replaces the root's content by the outline of a screen, as tall as the first one. It can take the focus. Screen readers hear that it is busy,
 * once the language's file has come.
 */
export function showOutline(root, { locale, wasmUrl }) {
  const box = boxIn(root, "root");
  box.lang = nameOf(tagOf(locale));
  box.dir = directionOf(box.lang);
  box.dataset.place = "loading";
  box.setAttribute("aria-busy", "true");
  add(box, "div", "sca-heading").tabIndex = -1;
  add(box, "div", "sca-screen");
  const status = add(box, "p", "sca-spoken");
  status.setAttribute("role", "status");
  languageOf(tagOf(locale), wasmUrl).then((language) => {
    if (language) [, , status.textContent] = language.phrases.split("\n");
  });
}

/** Replaces the root's content by a text, with a button if a retry can help. It is in English until the language's file has come. */
export function showFallback(root, error, { locale, wasmUrl }, retry) {
  const box = boxIn(root, "fallback");
  const text = add(box, "p", "");
  text.setAttribute("role", "alert");
  let button;
  if (error.retryable) {
    button = add(box, "button", "sca-button sca-button-primary");
    button.type = "button";
    button.addEventListener("click", retry, { once: true });
  }
  const speak = (name, texts) => {
    box.lang = name;
    box.dir = directionOf(name);
    text.textContent = texts[CATEGORIES.indexOf(error.category)];
    if (button) button.textContent = texts.at(-1);
  };
  speak("en", ENGLISH);
  languageOf(tagOf(locale), wasmUrl).then((language) => {
    const name = language && nameOf(language.locale);
    if (name && name !== "en") speak(name, language.phrases.split("\n").slice(-ENGLISH.length));
  });
}

const directionOf = (name) => (rightToLeft.includes(name) ? "rtl" : "ltr");

/** An empty box as the root's content. */
function boxIn(root, part) {
  root.replaceChildren();
  const box = add(root, "div", "sca");
  box.setAttribute("part", part);
  return box;
}

function add(parent, name, style) {
  const element = document.createElement(name);
  element.className = style;
  parent.append(element);
  return element;
}
