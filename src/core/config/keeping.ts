/** `baseline:` and `report:`: what is kept of a run, and who reads it. */
import type { BaselineConfig, ReportConfig } from "../model/config.ts";
import { type Place, refuse } from "./place.ts";
import { mapping, oneOf, text, wholeNumber } from "./readers.ts";

export const baselineDefaults: BaselineConfig = { store: "dir", path: "~/.serving-gate", keep: 30 };
export const reportDefaults: ReportConfig = { language: "en" };

export const baselineSection = mapping(
  {
    store,
    path: text("the folder of the records, such as ~/.serving-gate"),
    keep: wholeNumber("how many runs to keep", { min: 1, max: 10_000 }),
  },
  { expected: "a mapping with store, path and keep" },
);

export const reportSection = mapping(
  { language: oneOf(["en", "ru", "both"]) },
  { expected: "a mapping with language: en, ru or both" },
);

function store(place: Place): "dir" | undefined {
  if (place.node.kind === "scalar" && place.node.value === "branch") {
    return refuse(place, 'is "branch", which is not in this version; expected dir, a folder on the runner');
  }
  return oneOf(["dir"])(place);
}
