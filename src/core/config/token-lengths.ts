import type { TokenLengths } from "../model/results.ts";
import { type Place, refuse, refuseValue } from "./place.ts";
import { ratio } from "./quantities.ts";
import { itemPlaces, mapping, positiveNumber, wholeNumber } from "./readers.ts";

const largest = 1_000_000;
const tokenCount = wholeNumber("a number of tokens", { min: 1, max: largest });

const forms =
  "a number of tokens, [low, high], { mean: 550, stddev: 150 }, or a mix such as " +
  "[{ share: 75%, tokens: [1024, 2048] }, { share: 25%, tokens: [64, 128] }]";

/** `prompt-tokens` and `output-tokens`: a number, [low, high], { mean, stddev }, or a mix with shares of these. */
export function tokenLengths(place: Place): TokenLengths | undefined {
  const { node } = place;
  if (node.kind === "list" && node.items[0]?.kind === "map") return mix(place);
  return oneShape(place, forms);
}

function oneShape(place: Place, expected: string): TokenLengths | undefined {
  const { node } = place;
  if (node.kind === "map") return normal(place);
  if (node.kind === "list") return range(place, expected);
  if (typeof node.value !== "number") return refuseValue(place, expected);
  const tokens = tokenCount(place);
  return tokens === undefined ? undefined : { kind: "fixed", tokens };
}

function range(place: Place, expected: string): TokenLengths | undefined {
  const ends = itemPlaces(place) ?? [];
  if (ends.length !== 2) return refuseValue(place, expected);
  const [low, high] = ends.map(tokenCount);
  if (low === undefined || high === undefined) return undefined;
  if (low <= high) return { kind: "uniform", low, high };
  return refuse(place, `is [${low}, ${high}]; expected the lower number first`);
}

const normalMapping = mapping(
  {
    mean: positiveNumber("a mean number of tokens, such as 550"),
    stddev: positiveNumber("a number of tokens, such as 150"),
  },
  {
    expected: "a mapping with mean and stddev",
    required: { mean: "the mean number of tokens", stddev: "their standard deviation" },
  },
);

function normal(place: Place): TokenLengths | undefined {
  const fields = normalMapping(place);
  if (fields?.mean === undefined || fields.stddev === undefined) return undefined;
  const { mean, stddev } = fields;
  if (mean > largest || stddev > mean)
    return refuse(
      place,
      `has mean ${mean} and stddev ${stddev}; expected a mean of at most ${largest}, and stddev at most the mean`,
    );
  return { kind: "normal", mean, stddev };
}

const partMapping = mapping(
  { share: ratio, tokens: (place: Place) => oneShape(place, "a number of tokens, [low, high] or { mean, stddev }") },
  {
    expected: "a part of the mix: { share: 75%, tokens: [1024, 2048] }",
    required: { share: "its share, such as 75%", tokens: "its lengths" },
  },
);

/** A millionth of a share is rounding of thirds; more is a mistake. */
const shareTolerance = 1e-6;

function mix(place: Place): TokenLengths | undefined {
  const fields = (itemPlaces(place) ?? []).map(partMapping);
  const parts = fields.flatMap((part) =>
    part?.share === undefined || part.tokens === undefined ? [] : [{ share: part.share, tokens: part.tokens }],
  );
  if (parts.length < fields.length) return undefined;
  const sum = parts.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) <= shareTolerance) return { kind: "mix", parts };
  return refuse(place, `has shares that sum to ${Math.round(sum * 10_000) / 100}%; expected 100%`);
}
