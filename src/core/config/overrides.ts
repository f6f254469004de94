import type { Override } from "../model/config.ts";
import { args } from "./command.ts";
import { type Located, type Place, refuse } from "./place.ts";
import { listOf, located, mapping, present, prose, text } from "./readers.ts";

export interface WrittenOverride {
  readonly override: Override;
  /** The names in it, to be looked up when the whole file is read. */
  readonly names: {
    readonly phase?: Located<string> | undefined;
    readonly model?: Located<string> | undefined;
    readonly workload?: Located<string> | undefined;
  };
}

const overrideMapping = mapping(
  {
    phase: located(text("the id of a phase")),
    model: located(text("the id or label of a model")),
    workload: located(text("the name of a workload")),
    args,
    note: prose("a note for the reports"),
  },
  { expected: "a mapping with any of phase, model, workload, and args or note" },
);

function readOverride(place: Place): WrittenOverride | undefined {
  const fields = overrideMapping(place);
  if (fields === undefined) return undefined;
  const { phase, model, workload, note } = fields;
  const written = place.node.kind === "map" ? place.node.entries.map(({ key }) => key) : [];
  if (!written.includes("args") && !written.includes("note")) {
    refuse(place, "changes nothing; expected args or a note");
  }
  const names = { phase, model, workload };
  const override = { phase: phase?.value, model: model?.value, workload: workload?.value, args: fields.args, note };
  return { names, override: present(override) };
}

export const overrides = listOf(readOverride, "a list of overrides, each a mapping with args or a note");
