/** How long a download may take, in milliseconds. */
export const DEADLINE = 30_000;

/** Functions that return the bytes of files which the page has in its scripts (`dist/inline/`), by the files' integrity. */
export const inlined = new Map();

/** The bytes of a file. Throws when it is not exactly the file that was released with these scripts. */
export async function download(url, integrity) {
  // Older browsers have no such signal.
  const signal = AbortSignal.timeout?.(DEADLINE);
  const get = async (cache) => {
    const response = await fetch(url, { integrity, signal, cache });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.arrayBuffer();
  };
  try {
    // A cache may have the file of another release: it is fetched once past it.
    return await get("default").catch(() => get("reload"));
  } catch (cause) {
    throw new Error(`${url} (see wasmUrl): ${cause?.message}`, { cause });
  }
}
