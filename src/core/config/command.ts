import { type Place, quoted, type Read, refuse, refuseValue } from "./place.ts";
import { itemPlaces, text } from "./readers.ts";
import { splitWords } from "./words.ts";

const placeholders = ["{{model}}", "{{args}}", "{{port}}"] as const;

/** `server.command`: a line split as a shell splits it, or a list taken as it is; placeholders checked. */
export function command(place: Place): readonly string[] | undefined {
  return programWords(place, {
    expected: "a command, such as: vllm serve {{model}} --port {{port}} {{args}}",
    fault: placeholderFault,
  });
}

/** `server.build`: read alike, without placeholders: the base is built once for whatever is started of it. */
export function buildCommand(place: Place): readonly string[] | undefined {
  return programWords(place, { expected: "a command, such as: make -j8 server", fault: filledLater });
}

interface WordRules {
  readonly expected: string;
  /** What is wrong with one word, if anything. */
  readonly fault: (word: string) => readonly string[];
}

function programWords(place: Place, { expected, fault }: WordRules): readonly string[] | undefined {
  const words = readWords(place, expected);
  if (words === undefined) return undefined;
  const [program] = words;
  if (program === undefined || program === "") return refuseValue(place, "a program and its arguments");
  if (place.node.kind === "scalar" && /^[A-Za-z_]\w*=/.test(program)) {
    const message = `begins with ${quoted(program)}, which would be taken for the program's name; put variables in server.env.set`;
    return refuse(place, message);
  }
  const faults = words.flatMap(fault);
  for (const message of faults) refuse(place, message);
  return faults.length > 0 ? undefined : words;
}

/** Arguments, split alike; may be empty. Placeholders have no meaning here. */
export function args(place: Place): readonly string[] | undefined {
  if (place.node.kind === "scalar" && place.node.value === "") return [];
  const words = readWords(place, 'arguments in one text, such as "--max-batch-size 8", or a list of words');
  const odd = words?.find((word) => word.includes("{{"));
  if (odd === undefined) return words;
  return refuse(place, `has ${quoted(odd)}; placeholders stand in server.command only`);
}

function readWords(place: Place, expected: string): readonly string[] | undefined {
  const items = itemPlaces(place);
  if (items === undefined) return splitText(place, expected);
  const words = items.map(word);
  return words.some((item) => item === undefined) ? undefined : words.filter((item) => item !== undefined);
}

function splitText(place: Place, expected: string): readonly string[] | undefined {
  const value = text(expected)(place);
  if (value === undefined) return undefined;
  const split = splitWords(value);
  return split.ok ? split.words : refuse(place, split.message);
}

/** One word of a list, taken as it is; may be empty. */
const word: Read<string> = (place) => {
  if (place.node.kind === "scalar" && place.node.value === "") return "";
  return text("one word of the command, as text")(place);
};

/** {{args}} becomes any number of words, so it has to be one of its own; the others may be part of a word. */
function placeholderFault(word: string): string[] {
  if (word !== "{{args}}" && word.includes("{{args}}")) {
    return [`has ${quoted(word)}; expected {{args}} as a word of its own`];
  }
  const left = placeholders.reduce((text, placeholder) => text.replaceAll(placeholder, ""), word);
  if (!left.includes("{{")) return [];
  return [`has ${quoted(word)}; expected no placeholders but ${placeholders.join(", ")}, without blanks inside`];
}

function filledLater(word: string): string[] {
  if (!/\{\{ *(model|args|port) *\}\}/.test(word)) return [];
  return [
    `has ${quoted(word)}; expected no placeholders: the base is built once, whatever model and arguments it is started with`,
  ];
}
