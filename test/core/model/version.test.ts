import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { CLIENT_VERSION } from "../../../src/core/model/version.ts";

test("the client's version is the package's", () => {
  const manifest = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
  expect(CLIENT_VERSION).toBe(manifest.version);
});
