/** A workload in the words of the reports' workloads table. */
import type { Arrivals, TokenLengths, WorkloadInfo } from "../model/results.ts";
import { knownWorkloads } from "../workload/built-in.ts";
import { code, md } from "./markdown.ts";
import type { Words } from "./text.ts";

/** Room for a sentence that a user wrote. */
const MAX_SENTENCE = 400;

/** "Staggered Arrivals"; empty where the workload has none. */
export function workloadTitle(info: Pick<WorkloadInfo, "name" | "title">, words: Words): string {
  return ownWords(info, "title", words);
}

/** What the workload is there to show. */
export function workloadPurpose(info: Pick<WorkloadInfo, "name" | "purpose">, words: Words): string {
  return ownWords(info, "purpose", words);
}

/** Built-in workloads speak the reader's language, unless the config gave them words of its own. */
function ownWords(
  info: { readonly name: string; readonly title?: string; readonly purpose?: string },
  part: "title" | "purpose",
  words: Words,
): string {
  const text = info[part];
  if (text === undefined) return "";
  const builtIn = knownWorkloads.find(({ name }) => name === info.name);
  return builtIn?.[part] === text ? words.t(`workload.${info.name}.${part}`) : md(text, MAX_SENTENCE);
}

/** "~[64, 512] tok", "~1024 tok shared prefix + ~[32,128] tok suffix". */
export function promptLengthsText({ promptTokens, sharedPrefixTokens }: WorkloadInfo, words: Words): string {
  if (promptTokens === undefined) return "—";
  if (sharedPrefixTokens === undefined || sharedPrefixTokens === 0) {
    return words.t("servingLog.lengths.prompt", { lengths: `~${lengthsText(promptTokens, words)}` });
  }
  const suffix = `~${lengthsText(promptTokens, words, ",")}`;
  return words.t("servingLog.lengths.shared-prefix", { prefix: `~${sharedPrefixTokens}`, suffix });
}

/** "[64, 256]", "256". */
export function outputLengthsText({ outputTokens }: WorkloadInfo, words: Words): string {
  return outputTokens === undefined ? "—" : lengthsText(outputTokens, words);
}

function lengthsText(lengths: TokenLengths, words: Words, comma = ", "): string {
  switch (lengths.kind) {
    case "fixed":
      return String(lengths.tokens);
    case "uniform":
      return `[${lengths.low}${comma}${lengths.high}]`;
    case "normal":
      return `${lengths.mean} ± ${lengths.stddev}`;
    case "mix":
      return lengths.parts
        .map(({ share, tokens }, index) => {
          const percent = words.t("number.percent", { value: String(Number((share * 100).toFixed(1))) });
          return `${index === 0 ? "" : "~"}${percent} ${lengthsText(tokens, words, ",")}`;
        })
        .join(", ");
    case "replay":
      return `[${Math.min(...lengths.tokens)}${comma}${Math.max(...lengths.tokens)}]`;
  }
}

/** "Uniform 4 RPS", "Single burst (all at once)". */
export function arrivalsText(arrivals: Arrivals | undefined, words: Words): string {
  if (arrivals === undefined) return "—";
  switch (arrivals.process) {
    case "sequential":
      return words.t("servingLog.arrivals.sequential");
    case "burst":
      return words.t("servingLog.arrivals.burst");
    case "concurrency":
      return words.t("servingLog.arrivals.concurrency", { count: arrivals.concurrency });
    case "uniform":
      return words.t("servingLog.arrivals.uniform", { rate: String(arrivals.rate) });
    case "poisson":
      return words.t("servingLog.arrivals.poisson", { rate: String(arrivals.rate) });
    case "gamma":
      return words.t("servingLog.arrivals.gamma", {
        rate: String(arrivals.rate),
        burstiness: String(arrivals.burstiness),
      });
    case "replay":
      return words.t("servingLog.arrivals.replay", { file: code(arrivals.file, 80) });
  }
}
