import { wasmIntegrity } from "./dist/hosted-manifest.js";
import instantiate from "./dist/sca_hosted.js";
import { urlOf } from "./language.js";
import { loaderOf, translation } from "./loader.js";

const FILE = { file: "sca_hosted_bg.wasm", url: () => new URL("./dist/sca_hosted_bg.wasm", import.meta.url) };

const loadOwn = loaderOf(instantiate, FILE.url, wasmIntegrity, translation);

/** Downloads and starts the module of the widget with hosted challenges. */
export const load = (options) => loadOwn(options?.wasmUrl && { wasmUrl: urlOf(FILE, options.wasmUrl) });
