// Statistics of samples.

/** The value below which a share of the samples lies. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

export const median = (samples) => percentile(samples, 0.5);

/** A Markdown table; every column but the first holds numbers. */
export const table = (head, rows) => [
  `| ${head.join(" | ")} |`,
  `|---|${"---:|".repeat(head.length - 1)}`,
  ...rows.map((row) => `| ${row.join(" | ")} |`),
];

export const milliseconds = (value) => `${value.toFixed(2)} ms`;
