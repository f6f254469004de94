import type { ModelConfig } from "../model/config.ts";
import { models } from "./models.ts";
import { type Located, type Place, refuse, refuseValue } from "./place.ts";
import { itemPlaces, line, located, mapping, name, prose } from "./readers.ts";
import { type ServerFields, serverKeys } from "./server.ts";

/** A phase as it was written, not yet laid over `server:`. */
export interface WrittenPhase {
  readonly id: string;
  readonly title: string;
  readonly description?: string | undefined;
  readonly models?: readonly ModelConfig[] | undefined;
  readonly compareWith?: Located<string> | undefined;
  readonly headline?: Located<string> | undefined;
  readonly server: ServerFields;
  readonly place: Place;
}

const phaseName = name("the id of a phase");

const phaseMapping = mapping(
  {
    id: phaseName,
    title: line("a title, such as Phase 5 — Continuous Batching"),
    description: prose("a sentence on the phase"),
    models,
    "compare-with": located(phaseName),
    headline: located(name("the name of a workload")),
    ...serverKeys,
  },
  {
    expected: "a mapping with id, title and args",
    required: { id: "a short name for the phase, such as paged" },
    elsewhere: { server: "is not a key of a phase; write the server's keys, such as args or url, in the phase itself" },
  },
);

export function phases(place: Place): readonly WrittenPhase[] | undefined {
  const items = itemPlaces(place);
  if (items === undefined || items.length === 0) return refuseValue(place, "a list of phases, each with an id");
  const ids = new Set<string>();
  return items.flatMap((item) => {
    const fields = phaseMapping(item);
    if (fields?.id === undefined) return [];
    const { id, title = id, description, headline, "compare-with": compareWith, ...server } = fields;
    if (ids.has(id)) refuse(item, `is a second phase "${id}"; expected different ids`);
    ids.add(id);
    return [{ id, title, description, models: fields.models, compareWith, headline, server, place: item }];
  });
}
