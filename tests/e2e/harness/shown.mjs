// The `shown` member of a call, implemented here independently of the Rust code, from the contract.

import { createHash } from "node:crypto";

/** The path of a widget's call, for the approval of a client secret. */
export const addressOf = (call, clientSecret) => call.replace("{id}", clientSecret.split("_secret_")[0]);

/** All that is shown of an action, with the approval's id, as one text. */
export function shownText(id, { statement, payments, payees, access }) {
  const kinds = {
    statement: () => [statement.account, statement.from, statement.to],
    payments: () => payments.flatMap(({ amount, payee, accountTail, reference }) => [amount.minor, amount.currency, payee, accountTail, reference]),
    payees: () => payees.flatMap(({ name, accountTail }) => [name, accountTail]),
    access: () => [access],
  };
  const kind = statement ? "statement" : payments ? "payments" : payees ? "payees" : "access";
  return ["sca-shown-1", id, kind, ...kinds[kind]()].map((line) => `${line ?? ""}\n`).join("");
}

/** The `shown` member for an approval that is shown as received. */
export const shownOf = ({ id, version, action }) => ({
  approval: id,
  version,
  digest: createHash("sha256").update(shownText(id, action)).digest("hex"),
});
