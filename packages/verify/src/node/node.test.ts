import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { createVerifier } from "../index.ts";
import { signedRequest } from "../testing/corpus/http-signature-cases.ts";
import type { CorpusRequest } from "../testing/corpus/index.ts";
import { handled, listen, readAll } from "../testing/servers/guarded-server.ts";
import { toOptions } from "../testing/settings.ts";
import type { Verification } from "../verification.ts";
import { countersign } from "./index.ts";

const httpsig = (onVerification?: (verification: Verification) => void) =>
  createVerifier({ ...toOptions("httpsig"), ...(onVerification === undefined ? {} : { onVerification }) });

/** Sends a request over HTTP/2, without Content-Length. */
function sendHttp2(port: number, { method, target, headers, body }: CorpusRequest): Promise<string> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request(
    {
      ...Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
      ":method": method,
      ":path": target,
    },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(Buffer.from(body));
  return readAll(stream)
    .then((bytes) => Buffer.from(bytes).toString())
    .finally(() => session.close());
}

describe("countersign of node:http", () => {
  it("guards HTTP/2 as well, and hands its bodies on whole", async () => {
    const handle = countersign(httpsig(), { reveal: true })(async (request, response) => {
      response.end(handled(await readAll(request), request.countersign));
    });
    const server = createHttp2Server((request, response: Http2ServerResponse) => {
      void handle(request as unknown as IncomingMessage, response as unknown as ServerResponse);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    for (const body of ["{}", "x".repeat(100_000)]) {
      expect(await sendHttp2(port, signedRequest({ body }))).toBe(
        handled(Buffer.from(body), null).replace("unverified", "verified"),
      );
    }
    expect(await sendHttp2(port, signedRequest())).toContain(" verified");
    expect(await sendHttp2(port, { ...signedRequest({ body: "{}" }), body: Buffer.from("[]") })).toContain(
      "digest_wrong",
    );
    await new Promise((resolve) => server.close(resolve));
  });

  it("leaves an answer that was given meanwhile alone, and fails nowhere", async () => {
    let done = Promise.resolve();
    const handle = countersign({ verify: async () => ({ ok: false, bucket: "invalid", reason: "token_malformed" }) })(
      () => {
        throw new Error("the handler ran");
      },
    );
    const server = await listen(
      createServer((request, response) => {
        done = handle(request, response);
        response.writeHead(408).end();
      }),
    );
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(408);
    await expect(done).resolves.toBe(undefined);
    await server.close();
  });

  it.each([
    ["while it is read", 0],
    ["before it is read", 1],
  ])("gives up a body whose sender went away %s, and runs no handler", async (_name, first) => {
    let ran = false;
    let wentAway = (): void => {};
    const away = new Promise<void>((resolve) => {
      wentAway = resolve;
    });
    let judge = (_verification: Verification): void => {};
    const judged = new Promise<Verification>((resolve) => {
      judge = resolve;
    });
    const handle = countersign(httpsig((verification) => judge(verification)))(() => {
      ran = true;
    });
    const { headers } = signedRequest({ body: "{}".repeat(100) });
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    const head = `POST /v1/photos?day=2026-11-22 HTTP/1.1\r\nHost: a\r\n${lines}Content-Length: 200\r\n\r\n{}`;
    const server = await listen(
      createServer((request, response) => {
        request.on("close", () => wentAway());
        request.on("error", () => {});
        socket.destroy();
        void (first === 1 ? away : Promise.resolve()).then(() => handle(request, response));
      }),
    );
    const socket = connect(server.port, "127.0.0.1", () => socket.write(head));
    expect(await judged).toMatchObject({ ok: false, reason: "body_unavailable" });
    expect(ran).toBe(false);
    await server.close();
  });
});
