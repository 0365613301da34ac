import { DEADLINE, download, inlined } from "./download.js";
import { ScaError } from "./error.js";
import { soon, urlOf } from "./language.js";

/** The widget's module as JavaScript: one script, used as the glue of a module is. Bundlers copy it as a file, as they do with a module. */
const TRANSLATION = { file: "sca_translation.js", url: () => new URL("./dist/sca_translation.js", import.meta.url) };

/** Imports the translation of the widget's module. */
export async function translation(wasmUrl) {
  try {
    const url = String(urlOf(TRANSLATION, wasmUrl));
    const script = await soon(import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ url), DEADLINE);
    return script.default;
  } catch (cause) {
    throw new ScaError("load-failed", { cause });
  }
}

/**
 * A function that downloads and starts a module, once for the page. `instantiate` creates the module's glue, `fileUrl` and `integrity` are
 * those of its file. Where there is no WebAssembly, or the page's policy forbids it, `translated` imports the same in JavaScript.
 */
export function loaderOf(instantiate, fileUrl, integrity, translated) {
  /** The module, running or loading. Undefined after a failure, so that the next call tries again. */
  let current;
  return (options) => {
    if (!current) {
      const forget = () => {
        if (current === loading) current = undefined;
      };
      const loading = begin(options?.wasmUrl, forget);
      current = loading;
      loading.catch(forget);
    }
    return current;
  };

  async function begin(wasmUrl, forget) {
    try {
      const module = await compiled(() => wasmUrl ?? fileUrl(), integrity);
      return await start(instantiate, module, forget);
    } catch (error) {
      if (!translated || error.category !== "environment") throw error;
    }
    return start(await translated(wasmUrl), undefined, forget);
  }
}

async function compiled(fileUrl, integrity) {
  if (typeof WebAssembly !== "object") throw new ScaError("wasm-unsupported");
  const bytes = await moduleAt(fileUrl, integrity);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    // The bytes are correct: the browser does not know all that is in them, or the page's policy refuses them.
    throw new ScaError(WebAssembly.validate(bytes) ? "wasm-blocked" : "wasm-unsupported", { cause });
  }
}

async function start(instantiate, compiled, forget) {
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

async function moduleAt(fileUrl, integrity) {
  const bytesOf = inlined.get(integrity);
  if (bytesOf) return bytesOf();
  let url;
  try {
    url = fileUrl();
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
