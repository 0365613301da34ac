/** How long a download may take, in milliseconds. */
const DEADLINE = 30_000;

/** The response with a file. Throws when it is not exactly the file that was released with these scripts. */
export async function download(url, integrity) {
  // Older browsers have no such signal.
  const signal = AbortSignal.timeout?.(DEADLINE);
  const get = (cache) => fetch(url, { integrity, signal, cache });
  try {
    // A cache may have the file of another release: it is fetched once past it.
    const response = await get("default").catch(() => get("reload"));
    if (response.ok) return response;
    throw new Error(`status ${response.status}`);
  } catch (cause) {
    throw new Error(`${url} (see wasmUrl): ${cause.message}`, { cause });
  }
}
