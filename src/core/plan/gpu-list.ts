import type { Gpu } from "../model/results.ts";

/** A GPU as nvidia-smi lists it. */
export interface ListedGpu extends Gpu {
  readonly index: string;
  readonly uuid: string;
  readonly driver?: string;
  readonly usedMiB?: number;
}

/** Arguments of nvidia-smi that `listedGpus` reads the answer of. */
export const GPU_QUERY: readonly string[] = [
  "--query-gpu=index,uuid,name,memory.total,memory.used,driver_version",
  "--format=csv,noheader,nounits",
];

/** Lines of nvidia-smi; one that is not of that form (a warning) is no GPU. "[N/A]" is an absent number. */
export function listedGpus(csv: string): readonly ListedGpu[] {
  return csv.split("\n").flatMap((line) => {
    const [index = "", uuid = "", name = "", total, used, driver] = line.split(",").map((field) => field.trim());
    if (!/^\d+$/.test(index) || name === "") return [];
    return [
      {
        index,
        uuid,
        name,
        ...numbered("memoryMiB", total),
        ...numbered("usedMiB", used),
        ...(driver === undefined || driver === "" ? {} : { driver }),
      },
    ];
  });
}

/**
 * The GPUs that CUDA_VISIBLE_DEVICES leaves (indices, or beginnings of UUIDs), in its order; absent means all.
 *
 * CUDA stops at the first entry it does not know, so "-1" or "" hides every GPU.
 */
export function visibleGpus(gpus: readonly ListedGpu[], visibleDevices: string | undefined): readonly ListedGpu[] {
  if (visibleDevices === undefined) return gpus;
  const visible: ListedGpu[] = [];
  for (const wanted of visibleDevices.split(",").map((entry) => entry.trim())) {
    const found = gpus.find(({ index, uuid }) => index === wanted || (wanted.length > 4 && uuid.startsWith(wanted)));
    if (found === undefined) break;
    visible.push(found);
  }
  return visible;
}

function numbered<K extends "memoryMiB" | "usedMiB">(key: K, text: string | undefined): { readonly [k in K]?: number } {
  const value = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? ({ [key]: value } as { readonly [k in K]: number }) : {};
}
