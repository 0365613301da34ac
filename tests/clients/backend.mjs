// The backend with every provider, and what only the customer or a provider knows: codes, ciphertexts, scans, tokens, signatures.

import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { CompactEncrypt, importSPKI } from "jose";
import { shownOf } from "../e2e/harness/shown.mjs";
import { folder, start } from "../programs.mjs";

const anywhere = "127.0.0.1:0";
const weavrKey = "weavr_sandbox_key";
const facesignSecret = "whsec_sandbox";
const bankSecret = "whsec_c2FuZGJveC1zYW5kYm94LXNhbmRib3gtMDE=";

/**
 * Starts a sandbox and a backend for one client. `known` has what the calls of `calls.json` refer to, and gains what their answers give.
 * `make(name, step)` makes what is made anew for each call.
 */
export async function startBackend(programs) {
  const place = mkdtempSync(join(folder, "clients-"));
  const listeners = ["--listen", "--facesign-listen", "--facesign-pages-listen", "--weavr-listen", "--weavr-phone-listen"];
  const sandbox = start([join(programs, "sca-sandbox"), ...listeners.flatMap((listener) => [listener, anywhere])], { cwd: place });
  const [wise, facesign, pages, weavr] = await sandbox.until(() => {
    const said = ["listening", "facesign api", "facesign pages", "weavr api"].map((words) => new RegExp(`^${words} on (http\\S+)$`, "m").exec(sandbox.said())?.[1]);
    return said.every(Boolean) && said;
  });
  const known = { apiKey: randomBytes(24).toString("hex"), wrongKey: "a-key-that-the-backend-does-not-know" };
  const backend = start([join(programs, "sca-backend")], {
    cwd: mkdtempSync(join(folder, "clients-")),
    environment: {
      SCA_LISTEN: anywhere,
      SCA_API_KEYS__PARTNER: known.apiKey,
      SCA_ENROLMENT__PARTNER_STEP_UP: "true",
      SCA_WISE__BASE: wise,
      SCA_WISE__CLIENT_ID: "sandbox-client",
      SCA_WISE__CLIENT_SECRET: "sandbox-client-secret",
      SCA_PHONE__START_URL: `${wise}/bank/phone-codes`,
      SCA_PHONE__CHECK_URL: `${wise}/bank/phone-codes/check`,
      SCA_PHONE__SECRET: "sandbox-phone-verification-secret",
      SCA_FACETEC__BASE: `${wise}/facetec`,
      SCA_FACETEC__DEVICE_KEY: "sandbox-device-key",
      SCA_FACESIGN__BASE: facesign,
      SCA_FACESIGN__ENVIRONMENT: "sandbox",
      SCA_FACESIGN__API_KEY: "sk_test_sandbox",
      SCA_FACESIGN__FRAME_ORIGINS: pages,
      SCA_FACESIGN__WEBHOOK_SECRETS: facesignSecret,
      SCA_TRANSFERS__EXECUTE_URL: `${wise}/bank/wires`,
      SCA_TRANSFERS__SECRETS: bankSecret,
      SCA_WEAVR__BASE: `${weavr}/multi`,
      SCA_WEAVR__API_KEY: weavrKey,
    },
  });
  const address = await backend.until(() => /http:\/\/127\.0\.0\.1:\d+/.exec(backend.said())?.[0]);
  const control = (method, path, body) => ask(method, `${wise}/control${path}`, {}, body);

  const [customer, phoneless] = [await control("POST", "/customers", { behaviour: { lowRiskWindow: "never" } }), await control("POST", "/customers", { phone: null })];
  const payer = await control("POST", "/weavr/customers", { factors: { SMS: "ACTIVE", AUTHY: "ACTIVE" } });
  const factorless = await control("POST", "/weavr/customers", { factors: {} });
  Object.assign(known, {
    wiseToken: customer.accessToken,
    profileId: String(customer.profileId),
    userId: String(customer.userId),
    phonelessToken: phoneless.accessToken,
    phonelessProfileId: String(phoneless.profileId),
    phonelessUserId: String(phoneless.userId),
    weavrToken: payer.token,
    factorlessToken: factorless.token,
  });

  const atWeavr = (path, body) => ask("POST", `${weavr}/multi${path}`, { "api-key": weavrKey, authorization: `Bearer ${payer.token}` }, body);
  const makers = {
    challenge: () => known.approval.challenges.find(({ passed }) => !passed).id,
    shown: () => shownOf(known.approval),
    pinJwe: () => encrypted(known.spki, { pin: "1234" }),
    newPinJwe: () => encrypted(known.spki, { pin: "4711" }),
    fingerprintJwe: () => encrypted(known.spki, { deviceFingerprint: "a-laptop" }),
    /** Only the widget can read it in Wise's encrypted answer. */
    device: async () => (await control("GET", `/customers/${customer.userId}`)).deviceFingerprints[0]?.deviceFingerprintId ?? known.device,
    phoneCode: async () => (await control("GET", "/bank/phone-codes")).at(-1).code,
    scan: () => ({
      faceScan: btoa(JSON.stringify({ person: "oliver", live: true, sessionToken: known.scanToken })),
      auditTrailImage: btoa("picture"),
      lowQualityAuditTrailImage: btoa("picture"),
    }),
    /** Wise refuses a statement, and asks for the face. */
    oneTimeToken: async () => {
      await control("PUT", `/customers/${customer.userId}/behaviour`, { challenges: ["face"], lowRiskWindow: "never" });
      const statement = `/v1/profiles/${customer.profileId}/balance-statements/${customer.balanceId}/statement.json`;
      const interval = "currency=EUR&intervalStart=2026-10-01T00:00:00Z&intervalEnd=2026-10-31T00:00:00Z";
      const refused = await fetch(`${wise}${statement}?${interval}`, { headers: { authorization: `Bearer ${customer.accessToken}` } });
      return refused.headers.get("x-2fa-approval");
    },
    wire: async () => {
      const { id } = await atWeavr("/outgoing_wire_transfers", {
        profileId: payer.profiles.wires,
        sourceInstrument: { type: "managed_accounts", id: payer.accounts.EUR },
        transferAmount: { currency: "EUR", amount: 50_000 },
        description: "Invoice 7",
        destinationBeneficiary: { name: "Acme Corp", iban: "DE89370400440532013000" },
      });
      return id;
    },
    batch: async () => {
      const payee = { trustLevel: "TRUSTED", beneficiaryInformation: { businessName: "Acme Corp" }, beneficiaryDetails: { bankAccountDetails: { iban: "DE89370400440532013000" } } };
      const { operationBatchId } = await atWeavr("/beneficiaries", { beneficiaries: [payee] });
      return operationBatchId.batchId;
    },
    facesignSignature: ({ body }) => {
      const time = Math.floor(Date.now() / 1_000);
      return `t=${time},v1=${createHmac("sha256", facesignSecret).update(`${time}.${JSON.stringify(body)}`).digest("hex")}`;
    },
    published: () => String(Date.now()),
    weavrSignature: ({ headers, body }) => createHmac("sha256", weavrKey).update(`${headers["call-ref"]}${JSON.stringify(body)}${known.published}`).digest("base64"),
  };
  /** Makes what a call refers to and no answer has given. */
  const prepare = async (step) => {
    for (const name of namesIn(step)) if (makers[name]) known[name] = await makers[name](step);
  };
  return { address, known, prepare, stop: () => Promise.all([backend.stop(), sandbox.stop()]) };
}

/** The names that a call refers to as `$name`, in their order. */
export function namesIn({ as, path, headers, body }) {
  return [...JSON.stringify([as, path, headers, body]).matchAll(/"\$(\w+)"/g)].map(([, name]) => name);
}

async function encrypted(spki, secret) {
  const key = await importSPKI(`-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----`, "RSA-OAEP-256");
  return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(secret))).setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" }).encrypt(key);
}

async function ask(method, url, headers, body) {
  const answer = await fetch(url, { method, headers: { "content-type": "application/json", "idempotency-ref": randomUUID(), ...headers }, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
