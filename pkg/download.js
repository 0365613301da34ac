/** How long a download may take, in milliseconds. */
const DEADLINE = 30_000;

/** The response with a file. Throws when it is not exactly the file that was released with these scripts. */
export async function download(url, integrity) {
  const response = await fetch(url, { integrity, signal: AbortSignal.timeout(DEADLINE) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}
