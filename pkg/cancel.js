/** How long the backend may take to cancel an approval, in milliseconds. */
const DEADLINE = 5_000;

/** Cancels the approval of a secret. Resolves with whether the backend has confirmed that. */
export async function cancel(baseUrl, clientSecret) {
  const [approvalId] = clientSecret.split("_secret_");
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), DEADLINE);
  const attempt = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const answer = await globalThis.fetch(`${String(baseUrl).replace(/\/+$/, "")}/v1/approval/${approvalId}/cancel`, {
      method: "POST",
      headers: { authorization: `Bearer ${clientSecret}`, "idempotency-key": attempt },
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      // Also when the customer leaves the page.
      keepalive: true,
      signal: late.signal,
    });
    return answer.ok && (await answer.json()).status === "cancelled";
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
