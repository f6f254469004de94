/** The two written quantities the engine's flags use: durations ("2s") and shares ("10%"). */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** "500ms", "2s", "1.5s", "5m" in milliseconds; undefined when it is none of these. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN);
}

/** "15%" or "-5%" as a ratio (0.15, -0.05); undefined when it is no percentage. */
export function parsePercentage(text: string): number | undefined {
  return /^[+-]?\d+(?:\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : undefined;
}
