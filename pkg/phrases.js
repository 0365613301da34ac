import * as enrolment from "./dist/enrolment-phrases.js";
import { rightToLeft } from "./dist/manifest.js";
import * as widget from "./dist/phrases.js";
import { nameOf, ownPhrases } from "./language.js";

/** The phrases in English, by name: of the widget, and of `<sca-enrolment>`. */
export const englishPhrases = { ...widget.english };
export const englishEnrolmentPhrases = { ...enrolment.english };

/** The number of plural forms of each language: released ones, and those of the page. */
const forms = new Map(Object.entries(widget.forms));

/** Has the widget say some phrases of a language, or all of a language that it does not have, as the page words them. */
export function setPhrases(language, phrases) {
  const names = [...Object.keys(widget.english), ...(language === "en" ? [] : widget.fallback)];
  const own = Object.hasOwn(widget.forms, language) ? undefined : String(phrases.plurals).split("|").length;
  set("", language, phrases, names, widget.english, own);
  if (own) forms.set(language, own);
  if (phrases.direction === "rtl" && !rightToLeft.includes(language)) rightToLeft.push(language);
}

/** The same for what `<sca-enrolment>` says besides. */
export function setEnrolmentPhrases(language, phrases) {
  set("enrolment-", language, phrases, Object.keys(enrolment.english), enrolment.english);
}

function set(prefix, language, phrases, names, english, count = forms.get(language)) {
  const isReleased = Object.hasOwn(widget.forms, language);
  if (nameOf(language) !== language) throw new TypeError(`"${language}" is no name of a language without a region, such as "de".`);
  if (count === undefined) throw new TypeError(`Call setPhrases() for "${language}" before.`);
  const problems = [];
  for (const name of Object.keys(phrases)) {
    if (!names.includes(name)) problems.push(`${name}: there is no such phrase`);
    else if (isReleased && FIXED.includes(name)) problems.push(`${name}: is that of the language's other phrases`);
    else problems.push(...problemsOf(name, phrases[name], english[name], count));
  }
  const missing = isReleased ? [] : names.filter((name) => !Object.hasOwn(phrases, name));
  problems.push(...missing.map((name) => `${name}: is missing`));
  if (problems.length > 0) throw new TypeError(`These phrases of "${language}" cannot be used.\n${problems.join("\n")}`);

  const lines = names.map((name) => phrases[name]?.replaceAll(" | ", "|"));
  ownPhrases.set(prefix + language, async (released) => {
    const others = isReleased ? await released() : lines.join("\n");
    return others?.split("\n").map((line, at) => lines[at] ?? line).join("\n");
  });
}

/** What follows from the language, not from the wording. */
const FIXED = ["direction", "plurals"];

/** What is wrong with one phrase. Values such as an amount have to stay in it, and a plural needs a form for each category. */
function problemsOf(name, phrase, english = "", count) {
  if (typeof phrase !== "string" || !phrase.trim() || /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(phrase)) return [`${name}: is one line of text`];
  if (name === "direction") return /^(ltr|rtl)$/.test(phrase) ? [] : ["direction: is ltr or rtl"];
  if (name === "plurals") return phrase.split(" | ").every((form) => CATEGORIES.includes(form)) && / ?other$/.test(phrase) ? [] : [`plurals: are categories of CLDR, "other" last`];
  const forms = phrase.split(" | ").length;
  const wanted = english.includes(" | ") ? count : 1;
  const values = (text) => [...new Set(text.match(/\{\w+\}/g))].sort().join(" ");
  return [
    forms !== wanted && `${name}: ${forms} forms instead of ${wanted}`,
    values(phrase) !== values(english) && `${name}: the values are ${values(english) || "none"}`,
  ].filter(Boolean);
}

const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];
