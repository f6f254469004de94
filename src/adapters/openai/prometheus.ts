/** What is a share of something, by the endings that servers give such names. */
const share = /_(perc|ratio|usage|utilization|rate)$/;

/**
 * Counters and gauges of a Prometheus page, by name, summed over their labels (engines, ranks); of shares the greatest, since
 * a sum of them is nothing. Histogram buckets are left out.
 */
export function metricsOf(page: string, prefix: string): Readonly<Record<string, number>> {
  const values = new Map<string, number>();
  for (const line of page.split("\n")) {
    const sample = sampleOf(line.trim());
    if (sample === undefined || !sample.name.startsWith(prefix) || /_(bucket|created)$/.test(sample.name)) continue;
    const { name, value } = sample;
    const before = values.get(name) ?? 0;
    values.set(name, share.test(name) ? Math.max(before, value) : before + value);
  }
  return Object.fromEntries(values);
}

/** `name{label="any } text"} value timestamp`; labels and timestamp may be absent. */
function sampleOf(line: string): { readonly name: string; readonly value: number } | undefined {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  const labelled = line[name.length] === "{";
  const rest = labelled ? line.slice(line.lastIndexOf("}") + 1) : line.slice(name.length);
  const value = Number(rest.trim().split(/\s+/)[0] || Number.NaN);
  return Number.isFinite(value) ? { name, value } : undefined;
}
