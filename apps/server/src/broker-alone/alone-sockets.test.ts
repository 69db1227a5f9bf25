import { once } from "node:events";
import {
  formatSignature,
  placeholderOf,
  type SealedSession,
  signatureBase,
  toBrokeredProtocols,
} from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import { afterEach, beforeEach, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type AloneLab, actor, brokeredValue, openAloneLab } from "./alone-lab.suite.ts";

let alone: AloneLab;
beforeEach(async () => {
  alone = await openAloneLab();
  const sockets = new WebSocketServer({ server: alone.upstream });
  sockets.on("connection", (socket, { url }) => {
    alone.asked.push(url ?? "");
    socket.send(`asked ${url ?? ""}`);
    socket.on("message", (data: Buffer) => socket.send(String(data)));
  });
});
afterEach(() => alone.close());

/** A WebSocket with a session's pass, signed for this origin. */
function open(origin: string, { pass, proofKey, session }: SealedSession, nonce: string, at = origin): WebSocket {
  const placeholder = placeholderOf(sha256, Buffer.from(alone.lab.project, "base64url"), "photo-key");
  const target = `/b/${alone.lab.project}/photos/v1/live?key=${placeholder}`;
  const created = Math.floor(alone.lab.nowMs() / 1000);
  const header = { name: "countersign-pass", value: pass };
  const covered = { method: "GET", targetUri: origin.replace(/^http/, "ws") + target, contentDigest: null, header };
  const base = signatureBase(covered, { created, expires: created + 60, nonce, keyid: session });
  if (!base.ok) throw new TypeError(base.detail);
  const signature = formatSignature(hmacSha256(Buffer.from(proofKey, "base64url"), base.value.base));
  const { signatureInput } = base.value;
  const protocols = toBrokeredProtocols({ protocols: [], pass, signatureInput, signature }) ?? [];
  const socket = new WebSocket(at.replace(/^http/, "ws") + target, [...protocols]);
  socket.on("error", () => {});
  return socket;
}

const messageOf = async (socket: WebSocket): Promise<string> =>
  String(((await once(socket, "message")) as [Buffer])[0]);
const codeOf = async (socket: WebSocket): Promise<number> => ((await once(socket, "close")) as [number])[0];

it("opens a WebSocket with the value, masks it, and follows a ban while it is open", async () => {
  const broker = await alone.start();
  const { instance, session } = await alone.caller();
  const socket = open(broker.origin, session, "first");
  expect(await messageOf(socket)).toBe(`asked /v1/live?key=${"*".repeat(brokeredValue.length)}`);
  expect(alone.asked).toEqual([`/v1/live?key=${brokeredValue}`]);
  await alone.lab.service().domain.admin.banInstance(actor, alone.lab.project, instance, { reason: "test" });
  expect(await codeOf(socket)).toBe(1008);
}, 15_000);

it("ends a WebSocket when its value is changed, and when it ends itself", async () => {
  const broker = await alone.start();
  const { session } = await alone.caller();
  const first = open(broker.origin, session, "first");
  await messageOf(first);
  await alone.lab
    .service()
    .domain.admin.rotateSecret(actor, alone.lab.project, "photo-key", { value: "another-value" });
  expect(await codeOf(first)).toBe(1012);
  const second = open(broker.origin, session, "second");
  expect(await messageOf(second)).toBe(`asked /v1/live?key=${"*".repeat("another-value".length)}`);
  const [, code] = await Promise.all([broker.close(), codeOf(second)]);
  expect(code).toBe(1001);
}, 15_000);

it("takes no WebSocket that was signed for the service, and the service none that was signed for it", async () => {
  const broker = await alone.start();
  const service = alone.lab.service().origin;
  const { session } = await alone.caller();
  for (const [origin, at] of [
    [service, broker.origin],
    [broker.origin, service],
  ] as const) {
    const [, response] = (await once(
      open(origin, session, `at-${at}`.replace(/\W/g, ""), at),
      "unexpected-response",
    )) as [unknown, { statusCode: number; destroy(): void }];
    response.destroy();
    expect(response.statusCode).toBe(401);
  }
  expect(alone.asked).toEqual([]);
});
