import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Range } from "yaml";
import type { Problem } from "../model/gate-error.ts";

/** A YAML value and the 1-based line it begins on. Entries are a list, never an object: no key is special. */
export type YamlNode = YamlScalar | YamlList | YamlMap;

interface YamlScalar {
  readonly kind: "scalar";
  readonly line: number;
  readonly value: string | number | boolean | null;
  /** As written: `1.10` stays 1.10 where text is wanted. */
  readonly source: string;
}

interface YamlList {
  readonly kind: "list";
  readonly line: number;
  readonly items: readonly YamlNode[];
}

interface YamlMap {
  readonly kind: "map";
  readonly line: number;
  readonly entries: readonly YamlEntry[];
}

export interface YamlEntry {
  readonly key: string;
  readonly line: number;
  readonly value: YamlNode;
}

export interface YamlTree {
  /** Absent: nothing but comments and space. */
  readonly root?: YamlNode;
  readonly problems: readonly Problem[];
}

/** Reads YAML 1.2 as data. An alias is the very node it names, so that aliases do not grow the tree. */
export function parseYamlTree(text: string, file: string): YamlTree {
  const excess = sizeProblem(text);
  if (excess !== undefined) return { problems: [{ path: "", message: excess, file }] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    ...{ lineCounter: lines, prettyErrors: false, uniqueKeys: false, resolveKnownTags: false, logLevel: "error" },
  });
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const problems = faults.map(({ code, message, pos }) => ({
      ...{ path: "", message: `the file is not valid YAML: ${yamlFault(code, message)}`, file, line: lineAt(pos[0]) },
    }));
    return { problems };
  }
  return convert(document.contents, { file, lineAt });
}

/** A config is a page or two. The bounds keep the parser, which recurses, away from files made to exhaust it. */
const longestText = 256 * 1024;
const deepestNesting = 50;
/** Values that the file stands for, an alias counted as what it names: whoever reads the tree meets each of them. */
const mostValues = 1_000_000;

function sizeProblem(text: string): string | undefined {
  if (text.length > longestText) {
    return `the file has ${text.length} characters; expected at most ${longestText}`;
  }
  const tooDeep = `the file nests deeper than ${deepestNesting} levels; expected a configuration of a few`;
  let open = 0;
  for (const character of text) {
    if (character === "[" || character === "{") open += 1;
    if (character === "]" || character === "}") open -= 1;
    if (open > deepestNesting) return tooDeep;
  }
  const markers = new RegExp(`^[ ]*(?:[-?:][ \\t]+){${deepestNesting}}`, "m");
  const indents = new Set(text.match(/^ +(?=\S)/gm)?.map((indent) => indent.length));
  return markers.test(text) || indents.size > deepestNesting ? tooDeep : undefined;
}

/** The parser's sentence, or ours where its own does not help. */
function yamlFault(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "it holds several documents (---); expected one";
  if (code === "TAG_RESOLVE_FAILED") return `${message}; expected plain values without tags`;
  return message;
}

interface Source {
  readonly file: string;
  readonly lineAt: (offset: number) => number;
}

/** The parser's nodes as ours, keeping anchors as they come: an alias means the latest anchor of its name before it. */
function convert(contents: unknown, { file, lineAt }: Source): YamlTree {
  const problems: Problem[] = [];
  const anchors = new Map<string, { readonly node: YamlNode; readonly values: number }>();
  let values = 0;

  const lineOf = (node: { range?: Range | null | undefined }, fallback: number) =>
    node.range ? lineAt(node.range[0]) : fallback;

  const refuse = (path: string, line: number, message: string): YamlScalar => {
    problems.push({ path, message, file, line });
    return { kind: "scalar", line, value: null, source: "" };
  };

  const toNode = (node: unknown, path: string, parentLine: number): YamlNode => {
    if (isAlias(node)) {
      const line = lineOf(node, parentLine);
      const target = anchors.get(node.source);
      if (target === undefined)
        return refuse(path, line, `is *${node.source}; no anchor &${node.source} stands before it`);
      values += target.values;
      return { ...target.node, line };
    }
    const before = values;
    values += 1;
    const converted = toPlainNode(node, path, parentLine);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) anchors.set(anchor, { node: converted, values: values - before });
    return converted;
  };

  const toPlainNode = (node: unknown, path: string, parentLine: number): YamlNode => {
    if (isSeq(node)) {
      const line = lineOf(node, parentLine);
      return { kind: "list", line, items: node.items.map((item, index) => toNode(item, `${path}[${index}]`, line)) };
    }
    if (isMap(node)) {
      const line = lineOf(node, parentLine);
      return { kind: "map", line, entries: node.items.flatMap((pair) => toEntry(pair, path, line)) };
    }
    return toScalar(node, path, parentLine);
  };

  /** An empty value (`key:`) has no node of its own, or one without a source. */
  const toScalar = (node: unknown, path: string, parentLine: number): YamlScalar => {
    if (!isScalar(node)) return { kind: "scalar", line: parentLine, value: null, source: "" };
    const { value } = node;
    const line = lineOf(node, parentLine);
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      return { kind: "scalar", line, value, source: node.source ?? String(value ?? "") };
    }
    return refuse(path, line, `is ${String(value)}; expected text, a number, true or false`);
  };

  const toEntry = (pair: { key: unknown; value: unknown }, path: string, line: number): YamlEntry[] => {
    if (!isScalar(pair.key)) {
      refuse(path, line, "has a key that is not text; a value that begins with { or [ needs quotes");
      return [];
    }
    const key = String(pair.key.value ?? "");
    const keyLine = lineOf(pair.key, line);
    return [{ key, line: keyLine, value: toNode(pair.value, path === "" ? key : `${path}.${key}`, keyLine) }];
  };

  if (contents === null) return { problems };
  const root = toNode(contents, "", 1);
  if (values <= mostValues) return { root, problems };
  const message = `the file stands for more than ${mostValues} values through its aliases; expected a page or two`;
  return { problems: [{ path: "", message, file }] };
}
