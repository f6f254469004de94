/** Counters and gauges of a Prometheus page, by name, summed over their labels; histogram buckets are left out. */
export function metricsOf(page: string, prefix: string): Readonly<Record<string, number>> {
  const sums = new Map<string, number>();
  for (const line of page.split("\n")) {
    const sample = sampleOf(line.trim());
    if (sample === undefined || !sample.name.startsWith(prefix) || /_(bucket|created)$/.test(sample.name)) continue;
    sums.set(sample.name, (sums.get(sample.name) ?? 0) + sample.value);
  }
  return Object.fromEntries(sums);
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
