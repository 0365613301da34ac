// The backend and two hand-written handlers, each with a database of its own in the same cluster, and with the same simulated FaceSign
// and bank. Each returns its webhook URL, and for every transfer the session that decides about it.

import { join } from "node:path";
import pg from "pg";
import { addressOf, shownOf } from "../../harness/shown.mjs";
import { AMOUNT, BANK_SECRET, FACESIGN_API_KEY, FACESIGN_WEBHOOK_SECRET, backendSettings, binary, cargo, database, get, hold, post, start } from "../programs.mjs";

const here = import.meta.dirname;

export async function startBackend(sandbox, cluster) {
  cargo("--package=sca-backend", "--bins");
  return backend(sandbox, cluster, "sca-backend", binary("sca-backend"));
}

/** Another build of the backend: the file that SCA_BASELINE names. `undefined` without it. */
export async function startBaseline(sandbox, cluster) {
  const file = process.env.SCA_BASELINE;
  return file ? backend(sandbox, cluster, "sca-backend, the build to compare with", file) : undefined;
}

async function backend(sandbox, cluster, name, file) {
  const settings = backendSettings(sandbox, await database(cluster));
  const program = await start(file, [], settings);
  const [address] = program.addresses;
  /** Holds a transfer and opens its session, with the calls of a partner and a widget. */
  const prepare = async (transfer) => {
    const { clientSecret, approval } = await hold(address, settings.SCA_API_KEYS__PARTNER, transfer);
    const begin = { challenge: approval.challenges[0].id, factor: "face", shown: shownOf(approval) };
    await post(`${address}${addressOf("/v1/approval/{id}/start", clientSecret)}`, begin, { authorization: `Bearer ${clientSecret}` });
    const [session] = await get(`${sandbox.bank}/control/facesign/sessions?for=${transfer}`);
    return session.id;
  };
  return { ...program, name, webhooks: `${address}/webhooks/facesign`, prepare };
}

export async function startNode(sandbox, cluster) {
  const transfers = await database(cluster);
  const program = await start(process.execPath, [join(here, "node_handler.mjs")], handlerEnvironment(sandbox, transfers));
  const [address] = program.addresses;
  return { ...program, name: `node:http and pg, Node ${process.versions.node}`, webhooks: address, prepare: await byHand(sandbox, transfers) };
}

/** `undefined` without SCA_PYTHON, a Python with Flask: `cargo xtask bench --webhooks` makes one. */
export async function startFlask(sandbox, cluster) {
  const python = process.env.SCA_PYTHON;
  if (!python) return undefined;
  const transfers = await database(cluster);
  const options = ["-m", "gunicorn", "--chdir", here, "--bind", "127.0.0.1:0", "--workers", "2", "--threads", "8", "flask_handler:app"];
  const program = await start(python, options, handlerEnvironment(sandbox, transfers));
  const [address] = program.addresses;
  return { ...program, name: "Flask behind gunicorn, two processes", webhooks: `${address}/webhooks/facesign`, prepare: await byHand(sandbox, transfers) };
}

const handlerEnvironment = (sandbox, transfers) => ({
  DATABASE_URL: transfers,
  FACESIGN_URL: sandbox.facesign,
  FACESIGN_API_KEY,
  FACESIGN_WEBHOOK_SECRET,
  BANK_URL: sandbox.bank,
  BANK_SECRET,
});

/** The data of a partner without the backend: one table of transfers, with the session of each. */
async function byHand(sandbox, url) {
  const client = new pg.Pool({ connectionString: url, max: 4 });
  await client.query(
    "CREATE TABLE transfers (id TEXT PRIMARY KEY, session_id TEXT NOT NULL UNIQUE, amount BIGINT NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL)",
  );
  return async (transfer) => {
    const settings = { clientReferenceId: transfer, metadata: { transfer }, providedData: { email: "a@example.com" }, flow: FLOW };
    const { session } = await post(`${sandbox.facesign}/sessions`, settings, { authorization: `Bearer ${FACESIGN_API_KEY}` });
    await client.query("INSERT INTO transfers VALUES ($1, $2, $3, $4, 'pending_verification')", [transfer, session.id, AMOUNT.minor, AMOUNT.currency]);
    return session.id;
  };
}

const always = (id, targetNodeId) => ({ id, targetNodeId, condition: "" });
const FLOW = [
  { id: "start", type: "start", outcome: "greeting" },
  { id: "greeting", type: "conversation", prompt: "Say: Hello.", outcomes: [always("next", "liveness")] },
  {
    id: "liveness",
    type: "liveness_detection",
    outcomes: { livenessDetected: "confirm_transfer", deepfakeDetected: "closing", noFace: "closing", inconclusive: "closing" },
  },
  {
    id: "confirm_transfer",
    type: "conversation",
    prompt: "Say: Do you confirm the transfer?",
    outcomes: [
      { id: "confirmed", targetNodeId: "email_otp", condition: "The user confirmed" },
      { id: "denied", targetNodeId: "closing", condition: "The user declined" },
      { id: "stall", targetNodeId: "closing", condition: "No clear answer" },
    ],
  },
  {
    id: "email_otp",
    type: "two_factor_email",
    outcomes: { verified: "closing", delivery_failed: "closing", failed_unverified: "closing", cancelled: "closing", error: "closing" },
  },
  { id: "closing", type: "conversation", prompt: "Say: Thank you.", doesNotRequireReply: true, outcomes: [always("done", "end")] },
  { id: "end", type: "end" },
];
