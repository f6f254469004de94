import { describe, expect, test } from "@jest/globals";
import { createRenderer } from "../../../src/adapters/render/renderer.ts";
import { logPhases, logWorkloads } from "../../../src/core/report/log-phases.ts";
import { phasesSoFar } from "../../../src/core/report/log-so-far.ts";
import { words } from "../../../src/core/report/text.ts";
import { seedLog } from "../../fakes/serving-log-cases.ts";

const english = words(createRenderer({ templatesDir: "templates" }).dictionary("en"), "en");

function soFar(workload: string, phase: string, comparedWith = "continuous") {
  const input = seedLog();
  const phases = logPhases(input);
  const later = phases.find(({ id }) => id === phase);
  const headline = logWorkloads(later?.cells ?? [], input.candidate).find((each) => each.workload === workload);
  if (later === undefined || headline === undefined) throw new Error(`${workload} of ${phase} is not in the log`);
  return phasesSoFar({ phases, later, headline, candidate: input.candidate, comparedWith }, english);
}

describe("the phases so far", () => {
  test.each([
    ["paged_attention", "Throughput (tok/s) on `paged_attention`, all phases so far:", "+32%"],
    ["chunked_prefill", "ITL P99 (ms) on `chunked_prefill`, all phases so far:", "×43"],
    ["prefix_caching", "TTFT P50 (ms) on `prefix_caching`, all phases so far:", "-29%"],
  ])("of %s show what it is there to watch", (workload, intro, onLlama) => {
    const view = soFar(workload, "paged");
    if (view === false) throw new Error("three phases were measured");
    expect(view.intro).toBe(intro);
    expect(view.table.split("\n").at(-1)).toContain(`**${onLlama}**`);
  });

  test("are not shown before the third", () => {
    expect(soFar("paged_attention", "continuous", "static")).toBe(false);
  });

  test("say nothing against the first phase where the comparison said it", () => {
    const view = soFar("paged_attention", "paged", "static");
    expect(view === false ? undefined : view.against).toBe("");
  });
});
