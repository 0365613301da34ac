import { wasmIntegrity } from "./dist/manifest.js";
import instantiate from "./dist/sca_widget.js";
import { loaderOf } from "./loader.js";

const loadOwn = loaderOf(instantiate, () => new URL("./dist/sca_widget_bg.wasm", import.meta.url), wasmIntegrity);

let loadShared;

/** Has the widget use another module that contains it, because the page downloads that one anyway. */
export const share = (loadOther) => (loadShared = loadOther);

/** Downloads and starts the widget's module. */
export const load = (options) => (loadShared && !options?.wasmUrl ? loadShared : loadOwn)(options);
