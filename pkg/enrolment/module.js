import { english, wasmIntegrity } from "../dist/enrolment-manifest.js";
import instantiate from "../dist/sca_enrolment.js";
import { catalogOf, languageOf, nameOf, soon, tagOf } from "../language.js";
import { loaderOf } from "../loader.js";
import * as deviceKeys from "./device.js";
import { faceCaptureOf } from "./face.js";

/** Downloads and starts the module of both elements. */
export const load = loaderOf(instantiate, () => new URL("../dist/sca_enrolment_bg.wasm", import.meta.url), wasmIntegrity);

const phrasesOf = catalogOf(english, () => import("../dist/enrolment-languages.js"));

/** A language with the phrases of both elements. English if one of the two has no translation or cannot be fetched. */
export async function bothLanguagesOf(tag, wasmUrl) {
  const [language, enrolmentPhrases] = await Promise.all([languageOf(tag, wasmUrl), phrasesOf(nameOf(tag), wasmUrl)]);
  // The widget's phrases are in English already.
  const same = language && nameOf(language.locale) === nameOf(tag);
  if (same && enrolmentPhrases !== undefined) return { ...language, enrolmentPhrases };
  return nameOf(tag) === "en" ? undefined : bothLanguagesOf("en", wasmUrl);
}

/** The same module, for the widget: with the keys that this browser keeps, the page's capture of faces, and the phrases about both. */
export async function loadWidget(options) {
  const [module] = await Promise.all([load(options), soon(learn(tagOf(options?.locale)))]);
  return Object.create(module, { Widget: { value: { open: (...given) => open(module, ...given) } } });
}

function open(module, root, options, onEnd) {
  const faceCapture = faceCaptureOf(options.faceCapture);
  const widget = module.Widget.open(root, { ...options, ...phrasesIn(options), deviceKeys, faceCapture }, onEnd);
  const [update, free] = [widget.update.bind(widget), widget.free.bind(widget)];
  let newest;
  widget.update = async (language) => {
    newest = language;
    await soon(learn(language.locale));
    // Another was requested meanwhile, or the widget is gone.
    if (newest === language && !module.hasCrashed) update({ ...language, ...phrasesIn(language) });
  };
  widget.free = () => {
    newest = undefined;
    free();
  };
  return widget;
}

/** This module's phrases by language, as far as they are fetched. Without them the widget uses phrases of its own. */
const learnt = new Map();

async function learn(tag) {
  learnt.set(nameOf(tag), await phrasesOf(nameOf(tag)));
}

const phrasesIn = ({ locale }) => ({ enrolmentPhrases: learnt.get(nameOf(locale)) });
