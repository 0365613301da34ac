// What a widget says that it has shown, made here once more from the contract: an independent peer of the Rust that makes it.

import { createHash } from "node:crypto";

/** The address of a widget's call for the approval that a client secret is for. */
export const addressOf = (call, clientSecret) => call.replace("{id}", clientSecret.split("_secret_")[0]);

/** All that is shown of an action, and for which approval, as one text. */
export function shownText(id, { statement, payments, payees }) {
  const kinds = {
    statement: () => [statement.account, statement.from, statement.to],
    payments: () => payments.flatMap(({ amount, payee, accountTail, reference }) => [amount.minor, amount.currency, payee, accountTail, reference]),
    payees: () => payees.flatMap(({ name, accountTail }) => [name, accountTail]),
  };
  const kind = statement ? "statement" : payments ? "payments" : "payees";
  return ["sca-shown-1", id, kind, ...kinds[kind]()].map((line) => `${line ?? ""}\n`).join("");
}

/** What goes with an entry for an approval that is shown as it is told. */
export const shownOf = ({ id, version, action }) => ({
  approval: id,
  version,
  digest: createHash("sha256").update(shownText(id, action)).digest("hex"),
});
