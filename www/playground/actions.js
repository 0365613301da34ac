// What is approved. A payment is the mock bank's own default.

const euros = (minor, payee) => ({ amount: { minor, currency: "EUR" }, payee });

export const actions = [
  { id: "payment", name: "One payment", options: {} },
  { id: "payments", name: "Several payments", options: { action: { payments: [euros(125_000, "Acme Corp"), euros(8_990, "Brightside Studio GmbH"), euros(43_000, "شركة الأفق للتجارة")] } } },
  { id: "payees", name: "Payees to trust", options: { action: { payees: [{ name: "Acme Corp", accountTail: "7890" }, { name: "Brightside Studio GmbH", accountTail: "4211" }] } } },
  { id: "statement", name: "A statement", options: { action: { statement: { account: "EUR balance", from: "2026-07-01", to: "2026-09-30" } } } },
  { id: "account", name: "Access to the account", options: { action: { access: "account" } } },
  { id: "security", name: "Access to the security settings", options: { action: { access: "security" } } },
];
