import { Problem } from "./problem.js";

/** The factors that send a code, and those that send a request to the customer's phone. */
const CODES = ["sms", "whatsapp", "voice"];
const REQUESTS = ["push", "biometric"];

/** Where a code or request goes, masked as the providers do it. */
const DESTINATION = "*********8888";

/** One approval: what the script makes of each call, and of the time that passes. Times of the script are in seconds. */
export class Approval {
  id = `mock_${random(8)}`;
  clientSecret = `${this.id}_secret_${random(24)}`;
  version = 1;
  #script;
  #status = "pending";
  #reason;
  #challenges;
  #attemptsLeft;
  #expiresAt;
  #settledAt;
  #codesSent = 0;
  /** When each factor may send another code. */
  #resendAt = new Map();
  /** How often each factor has failed. */
  #failures = new Map();
  /** What happens by itself: `{ at, happen, challenge }`. */
  #plan = [];
  /** The challenge whose request is open on the phone. It can be answered, whatever factor the customer has chosen since. */
  #requested;

  constructor(script) {
    this.#script = script;
    this.#attemptsLeft = script.attempts;
    this.#expiresAt = inSeconds(script.lifetime);
    this.#challenges = script.challenges.map((factors, index) => {
      const [primary, ...alternatives] = factors.map((factor) => this.#optionOf(factor));
      return { id: `mock_challenge_${index + 1}`, primary, alternatives, required: true, passed: false };
    });
    if (script.ended) this.end(script.ended.status, script.ended.reason);
    else this.#failIfStuck();
    if (script.sent && !this.isSettled) this.start(this.#open.id, script.sent);
  }

  get isSettled() {
    return this.#status !== "pending";
  }

  /** The factors of all challenges, as the gate's answer names them. */
  get factors() {
    return [...new Set(this.#script.challenges.flat())];
  }

  get expiresAt() {
    return this.#expiresAt;
  }

  /** The approval as the widget reads it. One that has ended has neither its action nor the name of a key. */
  snapshot() {
    this.advance();
    const { id, version, isSettled } = this;
    const open = isSettled ? {} : { action: this.#script.action, attemptsLeft: this.#attemptsLeft, browserKey: this.#script.browserKey };
    return structuredClone({
      id,
      version,
      serverTime: Date.now(),
      expiresAt: this.#expiresAt,
      settledAt: this.#settledAt,
      status: this.#status,
      reason: this.#reason,
      challenges: this.#challenges,
      steps: this.#challenges.length,
      ...open,
    });
  }

  /** Has happen what is due. */
  advance() {
    for (;;) {
      if (!this.isSettled && this.#expiresAt <= Date.now()) this.end("expired");
      const due = this.#plan.find(({ at }) => at <= Date.now());
      if (!due) return;
      this.#plan.splice(this.#plan.indexOf(due), 1);
      due.happen();
      this.version += 1;
    }
  }

  /** Sends a code or a request, or opens a session. */
  start(challengeId, factor) {
    const challenge = this.#usable(challengeId, factor);
    if (CODES.includes(factor)) this.#sendCode(challenge, factor);
    else if (REQUESTS.includes(factor)) this.#sendRequest(challenge, factor);
    else if (factor === "face") this.#openSession(challenge);
    else throw new Problem("factor-not-available");
    this.version += 1;
  }

  /** The verdict on what was submitted. `judge(factor)` says whether the factor is right, or undefined if it cannot be read. */
  async verify(challengeId, factor, judge) {
    const challenge = this.#usable(challengeId, factor);
    if (CODES.includes(factor) && challenge.delivery?.factor !== factor) return "code-expired";
    if (challenge.delivery?.expiresAt <= Date.now() && CODES.includes(factor)) return this.#fail(factor, "code-expired");
    const isRight = await judge(factor);
    if (isRight === undefined) return "key-stale";
    return isRight ? this.#pass(challenge) : this.#fail(factor, "refused");
  }

  /** The customer cancels it, or says that the action is not theirs. */
  stop(status, reason) {
    this.#assertOpen();
    this.end(status, reason);
  }

  end(status, reason) {
    this.#status = status;
    this.#reason = reason;
    this.#settledAt = Date.now();
    this.#plan = [];
    this.#requested = undefined;
    for (const challenge of this.#challenges) {
      delete challenge.delivery;
      delete challenge.face;
    }
    this.version += 1;
  }

  /** The customer's answer on the phone: `approve` or `reject`. */
  answerPhone(answer) {
    this.advance();
    if (!this.#requested) throw new Error("sca-widget/mock: no request is open on the phone");
    if (answer === "approve") this.#pass(this.#requested);
    else this.end("declined", "denied");
  }

  /** Whether the factor could be used to clear the challenge now. Throws the backend's problem if not. */
  #usable(challengeId, factor) {
    this.#assertOpen();
    const option = this.#open.id === challengeId && optionsOf(this.#open).find((option) => option.factor === factor);
    if (option?.availability === "cooling-off") throw new Problem("factor-cooling-off");
    if (option?.availability !== "available") throw new Problem("factor-not-available");
    return this.#open;
  }

  #assertOpen() {
    this.advance();
    if (this.isSettled) throw new Problem("approval-settled");
  }

  get #open() {
    return this.#challenges.find(({ passed }) => !passed);
  }

  #optionOf(factor) {
    const { pin, code, unavailable } = this.#script;
    const digits = factor === "pin" ? pin.length : CODES.includes(factor) ? code.length : undefined;
    return { factor, availability: unavailable[factor] ?? "available", ...(digits && { digits }) };
  }

  #sendCode(challenge, factor) {
    const { codes, codeLifetime, resendAfter } = this.#script;
    const waitUntil = (time) => new Problem("too-many-requests", (time - Date.now()) / 1_000);
    if (this.#codesSent >= codes) throw waitUntil(this.#expiresAt);
    if (this.#resendAt.get(factor) > Date.now()) throw waitUntil(this.#resendAt.get(factor));
    this.#codesSent += 1;
    this.#resendAt.set(factor, inSeconds(resendAfter));
    challenge.delivery = { factor, destination: DESTINATION, resendAt: inSeconds(resendAfter) };
    if (codeLifetime !== null) challenge.delivery.expiresAt = inSeconds(codeLifetime);
  }

  /** One that is open is not sent again. */
  #sendRequest(challenge, factor) {
    if (challenge.delivery?.factor === factor) return;
    const { answer, after, lifetime } = this.#script.phone;
    const end = inSeconds(lifetime);
    this.#forget(challenge);
    this.#requested = challenge;
    challenge.delivery = { factor, destination: DESTINATION, resendAt: end, expiresAt: end };
    if (answer !== "none" && after < lifetime) this.#after(after, challenge, () => this.answerPhone(answer));
    this.#after(lifetime, challenge, () => {
      this.#requested = undefined;
      if (challenge.delivery?.factor !== factor) return;
      delete challenge.delivery;
      challenge.stepFailure = "request-expired";
    });
  }

  /** A session whose page the customer has completed: there is no page to show, and the bank is deciding. */
  #openSession(challenge) {
    if (challenge.face) return;
    const { origin, result, after } = this.#script.face;
    this.#forget(challenge);
    challenge.face = { url: `${origin}/mock`, expiresAt: this.#expiresAt, ended: true };
    this.#after(after, challenge, () => {
      delete challenge.face;
      if (result === "approved") this.#pass(challenge);
      else if (["no-face", "inconclusive", "code-not-delivered", "abandoned", "session-expired"].includes(result)) challenge.stepFailure = result;
      else this.end("declined", result);
    });
  }

  #after(seconds, challenge, happen) {
    this.#plan.push({ at: inSeconds(seconds), challenge, happen });
    this.#plan.sort((one, other) => one.at - other.at);
  }

  /** What was planned for a challenge happens no more. */
  #forget(challenge) {
    this.#plan = this.#plan.filter((planned) => planned.challenge !== challenge);
    if (this.#requested === challenge) this.#requested = undefined;
    delete challenge.stepFailure;
  }

  #pass(challenge) {
    this.#forget(challenge);
    challenge.passed = true;
    delete challenge.delivery;
    this.#attemptsLeft = this.#script.attempts;
    if (this.#open) this.version += 1;
    else this.end("approved");
    return "accepted";
  }

  #fail(factor, verdict) {
    const failures = (this.#failures.get(factor) ?? 0) + 1;
    this.#failures.set(factor, failures);
    this.#attemptsLeft -= 1;
    this.version += 1;
    const isBlocked = failures === this.#script.blockAfter;
    if (isBlocked) {
      for (const option of this.#challenges.flatMap(optionsOf)) if (option.factor === factor) option.availability = "blocked";
    }
    if (this.#attemptsLeft === 0) this.end("declined", "too-many-attempts");
    else this.#failIfStuck();
    return isBlocked ? "blocked" : verdict;
  }

  /** Fails if an open challenge has no factor left. */
  #failIfStuck() {
    const stuck = this.#challenges.find((challenge) => !challenge.passed && optionsOf(challenge).every(({ availability }) => availability !== "available"));
    if (!stuck) return;
    const why = optionsOf(stuck).map(({ availability }) => availability);
    this.end("failed", ["blocked", "cooling-off"].filter((each) => why.includes(each)).map((each) => `factor-${each}`)[0] ?? "factor-not-set-up");
  }
}

const optionsOf = ({ primary, alternatives }) => [primary, ...alternatives];

const inSeconds = (seconds) => Math.round(Date.now() + seconds * 1_000);

/** So many random bytes, in hexadecimal. */
const random = (count) => Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => byte.toString(16).padStart(2, "0")).join("");
