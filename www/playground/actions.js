// What is approved. A payment is the mock bank's own default.

const invoice = (payee, minor, number) => ({ amount: { minor, currency: "EUR" }, payee, accountTail: "7890", reference: `Invoice ${number}` });

export const actions = [
  { id: "payment", name: "One payment", options: {} },
  { id: "payments", name: "Several payments", options: { action: { payments: [invoice("Acme Corp", 125_000, 1), invoice("Brightside Studio GmbH", 8_990, 2), invoice("شركة الأفق للتجارة", 43_000, 3)] } } },
  { id: "payees", name: "Payees to trust", options: { action: { payees: [{ name: "Acme Corp", accountTail: "7890" }, { name: "Brightside Studio GmbH", accountTail: "4211" }] } } },
  { id: "statement", name: "A statement", options: { action: { statement: { account: "EUR balance", from: "2026-07-01", to: "2026-09-30" } } } },
  { id: "account", name: "Access to the account", options: { action: { access: "account" } } },
  { id: "security", name: "Access to the security settings", options: { action: { access: "security" } } },
];
