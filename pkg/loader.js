import { download, inlined } from "./download.js";
import { ScaError } from "./error.js";

/**
 * A function that downloads and starts a module, once for the page. `instantiate` creates the module's glue, `urlOf` and `integrity` are
 * those of its file.
 */
export function loaderOf(instantiate, urlOf, integrity) {
  /** The module, running or loading. Undefined after a failure, so that the next call tries again. */
  let current;
  return (options) => {
    if (!current) {
      const forget = () => {
        if (current === loading) current = undefined;
      };
      const loading = start(instantiate, () => options?.wasmUrl ?? urlOf(), integrity, forget);
      current = loading;
      loading.catch(forget);
    }
    return current;
  };
}

async function start(instantiate, urlOf, integrity, forget) {
  if (typeof WebAssembly !== "object") throw new ScaError("wasm-unsupported");
  const bytes = await moduleAt(urlOf, integrity);
  let compiled;
  try {
    compiled = await WebAssembly.compile(bytes);
  } catch (cause) {
    // The bytes are correct: the browser does not know all that is in them, or the page's policy refuses them.
    throw new ScaError(WebAssembly.validate(bytes) ? "wasm-blocked" : "wasm-unsupported", { cause });
  }
  // Each start has its own copy of the glue, so that a crashed module cannot reach the next one.
  const glue = instantiate();
  const module = { ...glue, hasCrashed: false, crashListeners: new Set() };
  let memory;
  const onTrap = () => {
    if (module.hasCrashed || !memory) return;
    module.hasCrashed = true;
    forget();
    // When the module's code has returned.
    queueMicrotask(() => {
      new Uint8Array(memory.buffer).fill(0);
      const listeners = [...module.crashListeners];
      module.crashListeners.clear();
      for (const listener of listeners) listener();
    });
  };
  try {
    ({ memory } = await glue.start(compiled, onTrap));
  } catch (cause) {
    throw new ScaError(cause instanceof RangeError ? "out-of-memory" : "load-failed", { cause });
  }
  return module;
}

async function moduleAt(urlOf, integrity) {
  const bytesOf = inlined.get(integrity);
  if (bytesOf) return bytesOf();
  let url;
  try {
    url = urlOf();
  } catch (cause) {
    // Some bundlers leave scripts without a URL.
    throw new ScaError("wasm-url-unknown", { cause });
  }
  try {
    return await download(url, integrity);
  } catch (cause) {
    throw new ScaError("load-failed", { cause });
  }
}
