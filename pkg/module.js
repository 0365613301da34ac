import { wasmIntegrity } from "./dist/manifest.js";
import instantiate from "./dist/sca_widget.js";
import { loaderOf } from "./loader.js";

/** Downloads and starts the widget's module. */
export const load = loaderOf(instantiate, () => new URL("./dist/sca_widget_bg.wasm", import.meta.url), wasmIntegrity);
