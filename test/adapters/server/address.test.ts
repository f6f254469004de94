import { createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { ownAddress, visitedUrl } from "../../../src/adapters/server/address.ts";

test.each([
  [undefined, /^http:\/\/127\.0\.0\.1:\d+$/],
  ["http://127.0.0.1", /^http:\/\/127\.0\.0\.1:\d+$/],
  ["http://127.0.0.1/v1/", /^http:\/\/127\.0\.0\.1:\d+\/v1$/],
  ["http://[::1]", /^http:\/\/\[::1\]:\d+$/],
])("a free port is found where %s has none", async (url, address) => {
  const found = await ownAddress(url);
  expect(found.url).toMatch(address);
  expect(found).toMatchObject({ portIsGiven: false, port: expect.any(Number) });
  await new Promise<void>((resolve) => {
    const server = createServer().listen(found.port, "127.0.0.1", () => server.close(() => resolve()));
  });
});

test.each([
  ["http://127.0.0.1:80", 80],
  ["https://127.0.0.1:443/v1", 443],
  ["http://127.0.0.1:1", 1],
])("the port of %s is kept", async (url, port) => {
  expect(await ownAddress(url)).toMatchObject({ port, portIsGiven: true });
});

test("a host where nothing can listen is a fault of the config", async () => {
  await expect(ownAddress("http://192.0.2.1")).rejects.toThrow("server.url names 192.0.2.1");
});

test("a visited address keeps its path, and loses the slash at its end", () => {
  expect(visitedUrl("http://host:8000/base/")).toBe("http://host:8000/base");
});
