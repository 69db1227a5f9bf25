import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import type { AbortHandle } from "../ports.ts";
import { webFetch } from "./web-fetch.ts";

it("leaves nothing on the caller's abort handle once the answer is read, empty, left or never came", async () => {
  let held = 0;
  const abort: AbortHandle = {
    aborted: false,
    onAbort: () => {
      held += 1;
      return () => {
        held -= 1;
      };
    },
  };
  const server = createServer((request, response) => {
    if (request.url === "/broken") request.socket.destroy();
    else if (request.url === "/empty") response.writeHead(204).end();
    else response.end("body");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (path: string) => webFetch({ url: origin + path, method: "GET", headers: [], body: null, abort });
  for await (const part of (await get("/")).body) expect(Buffer.from(part).toString()).toBe("body");
  for await (const _part of (await get("/")).body) break;
  await (await get("/")).body[Symbol.asyncIterator]().return?.();
  await get("/empty");
  await expect(get("/broken")).rejects.toMatchObject({ code: "network" });
  expect(held).toBe(0);
  server.closeAllConnections();
  server.close();
});
