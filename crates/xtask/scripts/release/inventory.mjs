// The inventory of scripts that PCI DSS 4.0.1, requirement 6.4.3, asks of a page that takes payments.

import { posix } from "node:path";
import { INLINE, LANGUAGE, integrityOf, version } from "./pack.mjs";

/** The purpose of each file that a page fetches. A new file needs one. */
const PURPOSES = {
  "base.js": "what both elements have: the secret, the options, the life in the page",
  "cancel.js": "cancels an approval, when a dialog is closed",
  "define.js": "registers `<sca-widget>`",
  "dialog.js": "a modal dialog for one approval",
  "dist/enrolment-languages.js": "names the files of all languages but English for enrolments, with their integrity",
  "dist/enrolment-manifest.js": "names the files of the module for enrolments, with their integrity",
  "dist/enrolment-style.js": "the styles of `<sca-enrolment>`",
  "dist/enrolment-phrases.js": "the English phrases of `<sca-enrolment>` by name, for a page with its own",
  "dist/hosted-manifest.js": "names the integrity of the module with hosted challenges",
  "dist/languages.js": "names the files of all languages but English, with their integrity",
  "dist/manifest.js": "names the files of the widget's module, with their integrity",
  "dist/phrases.js": "the English phrases of the widget by name, for a page with its own",
  "dist/sca_enrolment.js": "connects the module for enrolments to the browser",
  "dist/sca_enrolment_bg.wasm": "both elements, with the factors that the page carries out",
  "dist/sca_hosted.js": "connects the module with hosted challenges to the browser",
  "dist/sca_hosted_bg.wasm": "the widget with what shows a provider's page in a frame",
  "dist/sca_translation.js": "the widget's module as JavaScript, for browsers and policies without WebAssembly",
  "dist/sca_widget.js": "connects the widget's module to the browser",
  "dist/sca_widget_bg.wasm": "the widget: shows what is approved, takes the PIN or code, encrypts the PIN",
  "dist/style.css": "the same styles, for a browser without constructed style sheets",
  "dist/style.js": "the styles of `<sca-widget>`",
  "download.js": "fetches a module or a language and has its integrity checked",
  "element.js": "`<sca-widget>`",
  "enrolment/countries.js": "the countries of phone numbers",
  "enrolment/device.js": "keeps the key of this browser as a device",
  "enrolment/element.js": "`<sca-enrolment>`",
  "enrolment/face.js": "passes the scan of a face from the page's SDK to the module",
  "enrolment/index.js": "registers `<sca-enrolment>`",
  "enrolment/module.js": "loads the module for enrolments",
  "error.js": "the errors that a page gets",
  "fallback.js": "what is shown while or if the module does not come",
  "fetch.js": "a call that asks for an approval by itself",
  "hosted.js": "loads the module with hosted challenges",
  "index.js": "mount() and load()",
  "isolated-frame.js": "isolated mode: the widget in the page of the frame, which sca-backend serves",
  "isolated.js": "isolated mode: shows the frame in your page, and speaks with it",
  "inline.js": "has modules and languages used that are scripts",
  "language.js": "chooses and fetches the language",
  "loader.js": "compiles and starts a module",
  "mock/approval.js": "a mock for tests, not for production: one approval, by its script",
  "mock/index.js": "a mock for tests, not for production: a scripted bank in the page",
  "mock/installed.js": "a mock for tests, not for production: answers the page's calls to the bank",
  "mock/key.js": "a mock for tests, not for production: the provider's key",
  "mock/problem.js": "a mock for tests, not for production: the backend's problems",
  "mock/routes.js": "a mock for tests, not for production: the backend's routes",
  "module.js": "loads the widget's module",
  "page.js": "adds the styles, and keeps keys from the page's shortcuts",
  "phrases.js": "takes the page's own phrases",
  "react.js": "a component and a hook for React",
  "web-otp.js": "takes a code from a text message, where the page asks for that",
  "widget.js": "one approval in the page",
};

/** The script of the page that sca-backend serves, which is not in the package. */
const FRAME_SCRIPT = "isolated-frame.js";

/** Whether a page fetches a file. */
export const isFetched = (path) => /\.(js|wasm|css)$/.test(path) || LANGUAGE.test(path);

/** The integrity of each file that a page fetches, by its path in the package. */
export function integrities(files) {
  return Object.fromEntries(files.filter(({ path }) => isFetched(path)).map(({ path, bytes }) => [path, integrityOf(bytes)]));
}

/** The inventory, in Markdown. */
export function inventory(files, manifest) {
  const entries = Object.values(manifest.exports).map((target) => posix.normalize(target.default ?? target));
  const fetched = files.filter(({ path }) => isFetched(path));
  const rows = fetched.map(({ path, bytes }) => {
    const purpose = purposeOf(path);
    if (!purpose) throw new Error(`crates/xtask/scripts/release/inventory.mjs does not say why a page has ${path}`);
    const loaders = loadersOf(files, path);
    if (entries.includes(path) || INLINE.test(path)) loaders.unshift("your page");
    if (path === FRAME_SCRIPT) loaders.unshift("sca-backend's page");
    if (loaders.length === 0) throw new Error(`nothing loads ${path}`);
    return `| \`${path}\` | ${purpose} | ${loaders.join(", ")} | ${checkOf(path)} | \`${integrityOf(bytes)}\` |`;
  });
  return `# Scripts of sca-widget ${version} for PCI DSS 4.0.1, requirement 6.4.3

The scripts and modules that a page with \`<sca-widget>\` or \`<sca-enrolment>\` loads from the package. They load no other script.

- **Justification**: the column "purpose".
- **Authorisation**: yours. You authorise a version when you set it, with the integrity in your lock file, and deploy it. The package never
  updates itself.
- **Integrity**: the column "checked by".
  - **page**: your page sees to it. If it loads these files as they are, an import map tells the browser their values, which are in
    \`sca-widget-${version}.integrity.json\` as well. If you bundle them, the bundle is one of your own scripts, with a value of its own; the lock
    file's integrity covers what went into it.
  - **browser**: the scripts fetch the file with the value that is built into them (\`integrity\` of \`fetch\`), also from a bundle. A file with other
    bytes is not used.
- Your inventory has more than this: your own scripts, and the SDK of your face server if you have one. FaceSign's page runs in a frame of
  another origin. In isolated mode the widget does too: your page then loads \`isolated.js\` and what it imports, and only the frame loads a
  module.

| file | purpose | loaded by | checked by | SHA-384 |
|---|---|---|---|---|
${rows.join("\n")}
`;
}

function purposeOf(path) {
  if (LANGUAGE.test(path)) return "the phrases of a language";
  if (INLINE.test(path)) return "a module or a language as a script, where the page asks for that";
  return PURPOSES[path];
}

/** The package's scripts that import a file, or name its URL. */
function loadersOf(files, path) {
  const isNamedIn = (script, text) => {
    const folder = posix.dirname(script);
    const named = [...text.matchAll(/(?:from |import\(|import |new URL\()"(\.[^"]+)"/g)].map(([, name]) => posix.join(folder, name));
    return named.includes(path);
  };
  const scripts = files.filter((file) => file.path.endsWith(".js"));
  const loaders = scripts.filter((file) => isNamedIn(file.path, file.bytes.toString())).map((file) => file.path.replace(INLINE, "dist/inline/*.js"));
  return [...new Set(loaders)].map((loader) => `\`${loader}\``);
}

function checkOf(path) {
  if (path.endsWith(".css")) return "not a script";
  return path.endsWith(".wasm") || LANGUAGE.test(path) ? "browser" : "page";
}
