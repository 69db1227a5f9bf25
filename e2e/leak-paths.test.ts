import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request as requestPlain } from "node:http";
import { createServer, request as requestTls } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createListener, type Listener } from "../examples/astropiks/src/attacks/listener.ts";
import { createMiddlebox, type Middlebox } from "../examples/astropiks/src/attacks/middlebox.ts";
import { findLeaks, leakForms } from "../examples/astropiks/src/leaks/find-leaks.ts";
import { createTlsAuthority } from "../examples/astropiks/src/tls/tls-authority.ts";
import { sendRaw } from "../examples/astropiks/src/world/admin-client.ts";
import { createDemoWorld, type DemoWorld } from "../examples/astropiks/src/world/demo-world.ts";
import { findLeaks as findLeaksOtherwise, secretForms } from "../testing/leak-detector.ts";

// Random, and with characters of which every encoding makes something else.
const key = `planted+${crypto.randomUUID()}/key?&=ü`;
const folder = mkdtempSync(join(tmpdir(), "leak-paths-"));
let world: DemoWorld;

beforeAll(async () => {
  world = await createDemoWorld({ folder, port: 0, tls: true });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every form that either detector knows. */
const forms: readonly (readonly [string, Uint8Array])[] = [
  ...leakForms(key),
  ...[...secretForms(key)].map(([form, bytes]) => [`${form}, of the other detector`, bytes] as const),
];
/** What a request's target or header can carry: printable ASCII without a space. */
const inTarget = forms.filter(([, bytes]) => bytes.every((byte) => byte > 0x20 && byte < 0x7f));

/** What was seen on the path holds the planted bytes, and the detector whose form it is says so. */
function expectFound(form: string, planted: Uint8Array, seen: readonly Uint8Array[]): void {
  const found = [
    ...findLeaks(seen, { key }).map((leak) => leak.form),
    ...findLeaksOtherwise(Buffer.concat(seen), key).map((name) => `${name}, of the other detector`),
  ];
  expect([form, Buffer.concat(seen).includes(planted), found]).toEqual([form, true, expect.arrayContaining([form])]);
}

/** Sends bytes as they are, which need not be text. */
async function post(origin: string, ca: string | null, path: string, body: Uint8Array): Promise<void> {
  const request = origin.startsWith("https:") ? requestTls : requestPlain;
  const headers = { "content-type": "application/octet-stream", "content-length": String(body.length) };
  const outgoing = request(new URL(path, origin), {
    method: "POST",
    headers,
    agent: false,
    ...(ca === null ? {} : { ca }),
  });
  const answered = once(outgoing, "response");
  outgoing.end(body);
  const [incoming] = (await answered) as [NodeJS.ReadableStream];
  incoming.resume();
  await once(incoming, "end");
}

describe.each(["service", "third party"] as const)("a box on the path to the %s", (which) => {
  let box: Middlebox;
  beforeAll(async () => {
    const port = which === "service" ? world.port : world.standIn.port;
    box = await createMiddlebox({ port, tls: true, nowMs: world.clock.nowMs() });
  });
  afterAll(() => box.close());
  const origin = (): string => `https://localhost:${box.port}`;

  test.each(forms)("shows the search a key that leaves in a body as %s", async (form, planted) => {
    box.forget();
    await post(origin(), box.caPem, "/planted", planted);
    expectFound(form, planted, box.seen());
  });

  test.each(inTarget)("shows the search a key that leaves in a header as %s", async (form, planted) => {
    box.forget();
    const headers = { "x-note": Buffer.from(planted).toString("latin1") };
    await sendRaw({ origin: origin(), ca: box.caPem }, "GET", "/planted", headers, null);
    expectFound(form, planted, box.seen());
  });

  test("shows the search nothing where nothing was planted", async () => {
    box.forget();
    await post(origin(), box.caPem, "/planted", Buffer.from("nothing to see"));
    expect(box.seen()).not.toEqual([]);
    expect([findLeaks(box.seen(), { key }), findLeaksOtherwise(Buffer.concat(box.seen()), key)]).toEqual([[], []]);
  });
});

describe("a box on the path, towards the app,", () => {
  test.each(forms)("shows the search a key that comes in an answer as %s", async (form, planted) => {
    const authority = createTlsAuthority({ name: "Answering CA", nowMs: world.clock.nowMs() });
    const upstream = createServer(authority.issue(["localhost"]), (_request, response) => response.end(planted));
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    const { port } = upstream.address() as AddressInfo;
    const box = await createMiddlebox({ port, tls: true, nowMs: world.clock.nowMs() });
    await sendRaw({ origin: `https://localhost:${box.port}`, ca: box.caPem }, "GET", "/", {}, null);
    expectFound(form, planted, box.seen());
    await box.close();
    upstream.closeAllConnections();
    await new Promise((resolve) => upstream.close(resolve));
  });
});

describe.each(["with TLS", "in the clear"] as const)("a host of the attacker's, %s,", (how) => {
  let listener: Listener;
  let origin = "";
  let ca: string | null = null;
  beforeAll(async () => {
    const authority = createTlsAuthority({ name: "A public CA", nowMs: world.clock.nowMs() });
    const isTls = how === "with TLS";
    listener = await createListener(isTls ? authority.issue(["127.0.0.1"]) : null);
    ca = isTls ? authority.pem : null;
    origin = `${isTls ? "https" : "http"}://127.0.0.1:${listener.port}`;
  });
  afterAll(() => listener.close());

  test.each(forms)("shows the search a key that arrives in a body as %s", async (form, planted) => {
    const before = listener.seen().length;
    await post(origin, ca, "/collect", planted);
    expectFound(form, planted, listener.seen().slice(before));
  });
});
