import { wasmIntegrity } from "./dist/manifest.js";
import instantiate from "./dist/sca_widget.js";
import { download } from "./download.js";
import { ScaError } from "./error.js";

/** The module, running or loading. Undefined after a failure, so that the next call tries again. */
let current;

/** Downloads and starts the module, once for the page. */
export function load(options) {
  if (!current) {
    const loading = start(options?.wasmUrl, () => {
      if (current === loading) current = undefined;
    });
    current = loading;
    loading.catch(() => {
      if (current === loading) current = undefined;
    });
  }
  return current;
}

async function start(wasmUrl, forget) {
  if (typeof WebAssembly !== "object") throw new ScaError("wasm-unsupported");
  const bytes = await moduleAt(wasmUrl ?? new URL("./dist/sca_widget_bg.wasm", import.meta.url));
  let compiled;
  try {
    compiled = await WebAssembly.compile(bytes);
  } catch (cause) {
    // The bytes are correct, so the page's policy refuses them.
    throw new ScaError("wasm-blocked", { cause });
  }
  // Each start has its own copy of the glue, so that a crashed module cannot reach the next one.
  const glue = instantiate();
  let memory;
  try {
    ({ memory } = await glue.start(compiled));
  } catch (cause) {
    throw new ScaError("load-failed", { cause });
  }
  const module = { Widget: glue.Widget, hasCrashed: false, crashListeners: new Set() };
  glue.onCrash(() => {
    module.hasCrashed = true;
    forget();
    // When the module's code has returned.
    queueMicrotask(() => {
      new Uint8Array(memory.buffer).fill(0);
      const listeners = [...module.crashListeners];
      module.crashListeners.clear();
      for (const listener of listeners) listener();
    });
  });
  return module;
}

async function moduleAt(url) {
  try {
    return await (await download(url, wasmIntegrity)).arrayBuffer();
  } catch (cause) {
    throw new ScaError("load-failed", { cause });
  }
}
