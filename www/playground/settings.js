// What the visitor has chosen, in the page's address: `#state=wrong&language=de`. A default is not in it.

import { actions } from "./actions.js";
import { states } from "./states.js";

/** The languages of the widget. */
const languages = "en ar bg cs da de el es et fi fr ga he hr hu it lt lv mt nl pl pt ro sk sl sv tr uk".split(" ");

/** The choices of each control, the default first: `{ id, name }`. */
export const choices = {
  state: states,
  action: actions,
  language: languages.map((id) => ({ id, name: nameOf(id) })),
  theme: named(["auto", "Same as the device"], ["light", "Light"], ["dark", "Dark"]),
  direction: named(["auto", "As the language"], ["ltr", "Left to right"], ["rtl", "Right to left"]),
  width: named(["full", "As wide as the page"], ["320", "320 px"], ["250", "250 px"]),
};

export function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(
    Object.entries(choices).map(([name, [first, ...others]]) => {
      const chosen = others.find(({ id }) => id === given.get(name)) ?? first;
      return [name, chosen.id];
    }),
  );
}

export function write(settings) {
  const changed = Object.entries(settings).filter(([name, id]) => id !== choices[name][0].id);
  const hash = new URLSearchParams(changed).toString();
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

/** The choice that a setting names. */
export const chosen = (settings, name) => choices[name].find(({ id }) => id === settings[name]);

/** The direction of the page around the widget. */
export const directionOf = ({ direction, language }) => (direction !== "auto" ? direction : ["ar", "he"].includes(language) ? "rtl" : "ltr");

function named(...pairs) {
  return pairs.map(([id, name]) => ({ id, name }));
}

/** The name of a language in itself. */
function nameOf(tag) {
  const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag);
  return name.slice(0, 1).toLocaleUpperCase(tag) + name.slice(1);
}
