import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { toNodeHeaders } from "../node/message-body.ts";
import { bindingOf } from "./token-binding.ts";

const token = { header: "x-token", prefix: "", bind: ["authorization", "x-device"] };
const hash = (bytes: string, encoding: BufferEncoding = "latin1"): string =>
  createHash("sha256").update(bytes, encoding).digest("base64url");

/** The value of a header as it arrives, one character a byte. */
async function arrived(headers: readonly (readonly [string, string])[], name: string): Promise<string> {
  const server = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const came = once(server, "request");
  request({ port, host: "127.0.0.1", headers: toNodeHeaders(headers) }, (answer) => answer.resume()).end();
  const [{ rawHeaders }] = (await came) as [{ rawHeaders: string[] }];
  server.closeAllConnections();
  server.close();
  return rawHeaders[rawHeaders.indexOf(name) + 1] ?? "";
}

describe("what a token is bound to", () => {
  it("is the named headers in the manifest's order, an absent one as empty, and nothing where none is there", () => {
    const authorization = ["Authorization", "Bearer a"] as const;
    expect(bindingOf(token, [["X-Device", "d"], authorization])).toBe(hash("Bearer a\nd"));
    expect(bindingOf(token, [authorization])).toBe(hash("Bearer a\n"));
    expect(bindingOf(token, [["x-other", "o"]])).toBe(null);
    expect(bindingOf({ ...token, binding: "concatenated" }, [["X-Device", "d"], authorization])).toBe(
      hash("Bearer ad"),
    );
  });

  it("is the bytes that arrive, where a value is not ASCII", async () => {
    const headers = [["X-Device", "ger\u00e4t"]] as const;
    const value = await arrived(headers, "X-Device");
    expect(bindingOf({ ...token, bind: ["x-device"] }, headers)).toBe(hash(value));
  });
});
