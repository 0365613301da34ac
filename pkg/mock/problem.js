/** The status and the title of each problem that the mock bank can answer, as the backend has them. */
const PROBLEMS = {
  "approval-settled": [409, "The approval has ended"],
  "factor-cooling-off": [422, "The factor was set up so recently that it cannot be used yet"],
  "factor-not-available": [422, "The challenge or factor cannot be used now"],
  "idempotency-key-missing": [400, "Idempotency key missing"],
  internal: [500, "Internal error"],
  "invalid-request": [400, "Invalid request"],
  "not-found": [404, "Not found"],
  "provider-error": [502, "The provider gave no usable answer"],
  "provider-session-ended": [409, "The customer's session at the provider has ended"],
  "provider-timeout": [504, "The provider did not answer in time"],
  "request-in-progress": [409, "Another call for this approval is in flight"],
  "service-unavailable": [503, "Service unavailable"],
  "shown-mismatch": [409, "The payer was shown something other than what is approved"],
  "too-many-requests": [429, "Too many requests"],
  unauthorized: [401, "Invalid credentials"],
};

export const isProblem = (code) => Object.hasOwn(PROBLEMS, code);

/** Why a call failed. `retryAfter` is in seconds. */
export class Problem extends Error {
  constructor(code, retryAfter) {
    super(code);
    this.code = code;
    this.retryAfter = retryAfter === undefined ? undefined : Math.max(1, Math.ceil(retryAfter));
  }

  /** The answer: a problem document (RFC 9457). */
  response() {
    const { code, retryAfter } = this;
    const [status, title] = PROBLEMS[code];
    const headers = { "content-type": "application/problem+json" };
    if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
    return new Response(JSON.stringify({ type: `tag:sca-backend,2026:${code}`, title, status, code, retryAfter }), { status, headers });
  }
}
