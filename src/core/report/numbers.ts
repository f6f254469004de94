/**
 * How numbers look. Point as decimal mark everywhere; thousands are grouped in prose and never in tables; the signs and
 * spaces are the language's (`number.*` of the dictionaries).
 */
import type { Interval } from "../model/comparison.ts";
import { groupThousands, type Words } from "./text.ts";

export type ShownUnit = "tok/s" | "req/s" | "ms" | "s" | "tok" | "%" | "";

/** What a stored value is printed in: latency is stored in ms and printed in s, a ratio is printed in percent. */
export interface Scale {
  readonly unit: ShownUnit;
  /** Printed = stored × factor. */
  readonly factor: number;
}

/** A value as tables show it: no unit, no thousands. */
export function tableNumber(value: number, { unit, factor }: Scale): string {
  return fixed(value * factor, digitsOf(value * factor, unit));
}

/** From and to with the same number of digits: "9.8 → 11.2", never "9.8 → 11". */
export function tablePair(from: number, to: number, scale: Scale): string {
  return pairOf(from, to, scale).join(" → ");
}

/** A value as prose shows it, with its unit: "10 920 мс", "10,920 ms", "2.890 s". */
export function proseNumber(value: number, scale: Scale, words: Words): string {
  return withUnit(grouped(tableNumber(value, scale), words), scale.unit, words);
}

/** Both ends of a prose pair as [from, to], with the unit on the second. */
export function prosePair(
  from: number,
  to: number,
  { scale, words }: { scale: Scale; words: Words },
): [string, string] {
  const [first, second] = pairOf(from, to, scale);
  return [grouped(first, words), withUnit(grouped(second, words), scale.unit, words)];
}

/** "+37 %", "−1 %", "0 %"; from tenfold up "×12". `ratio` is candidate ÷ baseline − 1. */
export function changeText(ratio: number, words: Words): string {
  if (ratio >= 9) return `×${fixed(ratio + 1, 0)}`;
  return percentSign(signed(ratio * 100, 0, words), words);
}

/** The same where a small change is what matters: "+0.3 %"; one decimal under 10 %. */
export function fineChangeText(ratio: number, words: Words): string {
  return Math.abs(ratio) < 0.0995 ? percentSign(signed(ratio * 100, 1, words), words) : changeText(ratio, words);
}

/** "+20…+57 %"; one decimal where both ends are under 10 %. */
export function intervalText({ low, high }: Interval, words: Words): string {
  const digits = Math.max(Math.abs(low), Math.abs(high)) < 0.0995 ? 1 : 0;
  return percentSign(`${signed(low * 100, digits, words)}…${signed(high * 100, digits, words)}`, words);
}

/** A share or level, unsigned: "5 %", "0.5 %". */
export function percentText(ratio: number, words: Words): string {
  const percent = ratio * 100;
  const rounded = Number(percent.toFixed(1));
  return percentSign(Number.isInteger(rounded) ? fixed(rounded, 0) : fixed(rounded, 1), words);
}

/** A share where only its size matters: "97 %". */
export function shareText(ratio: number, words: Words): string {
  return percentSign(fixed(ratio * 100, 0), words);
}

/** What could have been seen, rounded up so that it never promises more: 7.2 % reads "8 %". */
export function detectableText(ratio: number, words: Words): string {
  return percentSign(fixed(Math.ceil(ratio * 100 - 1e-9), 0), words);
}

/** A p-value: "0.0004", "< 0.0001". */
export function probabilityText(p: number): string {
  if (p < 0.0001) return "< 0.0001";
  return p < 0.01 ? fixed(p, 4) : fixed(p, 2);
}

/** Always positive zero: "0", never "-0". */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}

function signed(value: number, digits: number, words: Words): string {
  const text = fixed(Math.abs(value), digits);
  if (Number(text) === 0) return text;
  return `${value < 0 ? words.t("number.minus") : "+"}${text}`;
}

function percentSign(text: string, words: Words): string {
  return words.t("number.percent", { value: text });
}

function withUnit(text: string, unit: ShownUnit, words: Words): string {
  if (unit === "") return text;
  return unit === "%"
    ? percentSign(text, words)
    : words.t("number.unit", { value: text, unit: words.t(`unit.${unitKey(unit)}`) });
}

/** The unit as the language writes it: "ms", "мс". */
export function unitText(unit: ShownUnit, words: Words): string {
  return unit === "" || unit === "%" ? unit : words.t(`unit.${unitKey(unit)}`);
}

function unitKey(unit: Exclude<ShownUnit, "" | "%">): string {
  return unit.replace("/", "-per-");
}

function grouped(text: string, words: Words): string {
  return groupThousands(text, words.t("number.thousands"));
}

function pairOf(from: number, to: number, { unit, factor }: Scale): [string, string] {
  if (unit === "%") return [tableNumber(from, { unit, factor }), tableNumber(to, { unit, factor })];
  const digits = Math.max(digitsOf(from * factor, unit), digitsOf(to * factor, unit));
  const pair = (shown: number): [string, string] => [fixed(from * factor, shown), fixed(to * factor, shown)];
  const [first, second] = pair(digits);
  // "20 → 20 (+4%)" would contradict itself.
  const isHidden = first === second && fixed(Math.abs(to / from - 1) * 100, 0) !== "0";
  return from !== 0 && isHidden ? pair(digits + 1) : [first, second];
}

/**
 * Digits after the point of a printed value. Throughput 1, seconds 3, times in ms whole; a time under 10 ms, as small
 * models and the embedded engine have, shows 1 (under 1 ms: 2), or every change would vanish in rounding.
 */
function digitsOf(value: number, unit: ShownUnit): number {
  switch (unit) {
    case "tok/s":
    case "req/s":
      return 1;
    case "s":
      return 3;
    case "ms":
      if (value === 0 || value >= 9.95) return 0;
      return value < 0.995 ? 2 : 1;
    case "%":
      return value === 0 || value >= 9.95 ? 0 : 1;
    case "tok":
      return Number.isInteger(value) ? 0 : 2;
    case "":
      return 0;
  }
}
