import { expect, test } from "@jest/globals";
import { listedGpus, visibleGpus } from "../../../src/core/plan/gpu-list.ts";

const csv = `0, GPU-aaaa-1, NVIDIA GeForce RTX 5080, 16303, 512, 570.86.15
1, GPU-bbbb-2, NVIDIA A100, [N/A], [N/A], 570.86.15
`;

test("the lines of nvidia-smi are GPUs, and what it cannot tell is absent", () => {
  expect(listedGpus(csv)).toEqual([
    {
      index: "0",
      uuid: "GPU-aaaa-1",
      name: "NVIDIA GeForce RTX 5080",
      memoryMiB: 16303,
      usedMiB: 512,
      driver: "570.86.15",
    },
    { index: "1", uuid: "GPU-bbbb-2", name: "NVIDIA A100", driver: "570.86.15" },
  ]);
});

test("what is not such a line is no GPU", () => {
  expect(listedGpus("No devices were found\n")).toEqual([]);
});

test.each([
  [undefined, ["0", "1"]],
  ["1", ["1"]],
  ["1,0", ["1", "0"]],
  ["GPU-bbbb", ["1"]],
  ["", []],
  ["-1", []],
  ["0,7,1", ["0"]],
])("CUDA_VISIBLE_DEVICES=%s leaves %j", (devices, indices) => {
  expect(visibleGpus(listedGpus(csv), devices).map(({ index }) => index)).toEqual(indices);
});
