import { languages, wasmIntegrity } from "../dist/enrolment-manifest.js";
import instantiate from "../dist/sca_enrolment.js";
import { catalogOf, languageOf, nameOf } from "../language.js";
import { loaderOf } from "../loader.js";

/** Downloads and starts the module of both elements. */
export const load = loaderOf(instantiate, () => new URL("../dist/sca_enrolment_bg.wasm", import.meta.url), wasmIntegrity);

const phrasesOf = catalogOf(languages);

/** A language with the phrases of both elements. English if one of the two has no translation or cannot be fetched. */
export async function bothLanguagesOf(tag, wasmUrl) {
  const [language, enrolmentPhrases] = await Promise.all([languageOf(tag, wasmUrl), phrasesOf(nameOf(tag), wasmUrl)]);
  // The widget's phrases are in English already.
  const same = language && nameOf(language.locale) === nameOf(tag);
  if (same && enrolmentPhrases !== undefined) return { ...language, enrolmentPhrases };
  return nameOf(tag) === "en" ? undefined : bothLanguagesOf("en", wasmUrl);
}
