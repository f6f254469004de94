import type { ModelConfig } from "../model/config.ts";
import { args } from "./command.ts";
import { type Place, refuse, refuseValue } from "./place.ts";
import { itemPlaces, line, mapping } from "./readers.ts";

const modelId = line("the id of a model, such as Qwen/Qwen3-4B");

const modelMapping = mapping(
  { id: modelId, label: line("a short name for tables, such as Qwen3"), args },
  {
    expected: "the id of a model, or a mapping with id, label and args",
    required: { id: "the id of a model, such as Qwen/Qwen3-4B" },
  },
);

/** `models:` of the file or of a phase. Ids and labels are each unique: both name a model on the command line. */
export function models(place: Place): readonly ModelConfig[] | undefined {
  const items = itemPlaces(place);
  if (items === undefined || items.length === 0)
    return refuseValue(place, "a list of models; leave it out to use the server's first");
  const names = new Set<string>();
  return items.flatMap((item) => {
    const model = readModel(item);
    if (model === undefined) return [];
    for (const name of new Set([model.id, model.label])) {
      if (names.has(name)) refuse(item, `is a second model named "${name}"; expected different ids and labels`);
      names.add(name);
    }
    return [model];
  });
}

function readModel(place: Place): ModelConfig | undefined {
  if (place.node.kind === "scalar") {
    const id = modelId(place);
    return id === undefined ? undefined : { id, label: id, args: [] };
  }
  const fields = modelMapping(place);
  if (fields?.id === undefined) return undefined;
  return { id: fields.id, label: fields.label ?? fields.id, args: fields.args ?? [] };
}
