import { type Place, refuseValue } from "./place.ts";

const msPerUnit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const longestMs = 24 * msPerUnit.h;

/** `500ms`, `300s`, `5m`, `1h` in ms; undefined where it is none of these. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,6})?) ?(ms|s|m|h)$/.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return Number(digits) * msPerUnit[unit as keyof typeof msPerUnit];
}

/** `5%` or `0.05` as 0.05; undefined where it is neither. */
export function parseRatio(text: string): number | undefined {
  const [, digits, percent] = /^(\d{1,9}(?:\.\d{1,12})?) ?(%?)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  return percent === "%" ? Number(digits) / 100 : Number(digits);
}

/** A time above 0 and up to a day. */
export function duration(place: Place): number | undefined {
  const { node } = place;
  const ms = node.kind === "scalar" ? parseDuration(node.source) : undefined;
  if (ms !== undefined && ms > 0 && ms <= longestMs) return ms;
  return refuseValue(place, "a time with its unit, such as 500ms, 300s or 5m, above 0 and at most 24h");
}

/** A ratio above 0 and up to 1. */
export function ratio(place: Place): number | undefined {
  const { node } = place;
  const value = node.kind === "scalar" ? parseRatio(node.source) : undefined;
  if (value !== undefined && value > 0 && value <= 1) return value;
  return refuseValue(place, "a ratio above 0 and up to 100%, such as 5% (or 0.05)");
}
