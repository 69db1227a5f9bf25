import { get } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Signal } from "@countersign/client";
import {
  encodeBase64url,
  formatSignature,
  instanceId,
  parseSealedSession,
  placeholderOf,
  type SealedSession,
  signatureBase,
} from "@countersign/protocol";
import { hmacSha256, sha256 } from "@countersign/protocol/server";
import { createTlsAuthority } from "../../../../testing/tls-authority.ts";
import { type AloneBroker, type BrokerOptions, composeBroker } from "../compose-broker.ts";
import type { ServiceOptions } from "../config.ts";
import { type DeviceLab, openDeviceLab } from "../http/device/device-lab.suite.ts";

export const actor = { id: "lab", name: "lab" };
/** A value that is brokered, and one that is delivered and so must never reach a broker that stands alone. */
export const brokeredValue = "a-brokered-value-4711";
export const asks = { tokens: [], secrets: ["photo-key"], clientAttestations: [] };

export interface AloneLab {
  readonly lab: DeviceLab;
  /** What `broker add` printed. */
  readonly credential: string;
  readonly lines: readonly string[];
  /** Targets that the upstream was asked for. */
  readonly asked: string[];
  readonly upstream: Server;
  start(options?: Partial<BrokerOptions>): Promise<AloneBroker>;
  /** An instance's session with its pass. */
  caller(seen?: readonly Signal[]): Promise<{ readonly instance: string; readonly session: SealedSession }>;
  /** One call with a session's pass, signed for this origin; its status, and the problem's code where it is one. */
  call(
    origin: string,
    session: SealedSession,
    more?: { readonly nonce?: string; readonly at?: string },
  ): Promise<string>;
  close(): Promise<void>;
}

/** A service, an upstream, and brokers that stand alone; all over real sockets of this machine. */
export async function openAloneLab(options: Partial<ServiceOptions> = {}): Promise<AloneLab> {
  const authority = createTlsAuthority({ name: "Upstream CA", nowMs: Date.now() });
  const asked: string[] = [];
  const upstream: Server = createServer(authority.issue(["localhost"]), (request, response) => {
    asked.push(request.url ?? "");
    response.end("ok");
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const lab = await openDeviceLab(options);
  const { admin } = lab.service().domain;
  const { port } = upstream.address() as AddressInfo;
  const api = { host: "localhost", port, channel: "roots" as const, pins: [], roots: [authority.pem] };
  await admin.putApi(actor, lab.project, "photos", { ...api, whenUnavailable: "fail" }, "create");
  const place = { api: "photos", path: "/v1", in: "query", name: "key", methods: ["GET"] } as const;
  const places = [{ ...place, when: "placeholder" as const }];
  await admin.setSecret(actor, lab.project, "photo-key", { value: brokeredValue, mode: "brokered", places });
  const { credential } = await admin.addBroker(actor, lab.project, { name: "edge" });
  const lines: string[] = [];
  const started: AloneBroker[] = [];
  let nonces = 0;

  return {
    lab,
    credential,
    lines,
    asked,
    upstream,
    async start(more = {}) {
      const broker = await composeBroker({
        credential,
        host: "127.0.0.1",
        port: 0,
        logLevel: "debug",
        logSink: (line) => lines.push(line),
        freshness: { reconcileMs: 200, staleMs: 1_000 },
        ...more,
      });
      started.push(broker);
      return broker;
    },
    async caller(seen = []) {
      const instance = lab.instanceOf(lab.pixel());
      await instance.enrol();
      const answer = await instance.session({ asks, seen, challenge: await lab.exchange.challenge(lab.project) });
      const session = answer.session === null ? null : parseSealedSession(answer.session.plaintext);
      if (session?.ok !== true) throw new TypeError("no session");
      const projectId = Buffer.from(lab.project, "base64url");
      const id = instanceId(sha256, projectId, instance.key().attestedKey);
      return { instance: encodeBase64url(id), session: session.value };
    },
    call(origin, { pass, proofKey, session: keyid }, { nonce, at = origin } = {}) {
      nonces += 1;
      const placeholder = placeholderOf(sha256, Buffer.from(lab.project, "base64url"), "photo-key");
      const target = `/b/${lab.project}/photos/v1/list?key=${placeholder}`;
      const created = Math.floor(lab.nowMs() / 1000);
      const header = { name: "countersign-pass", value: pass };
      const parameters = { created, expires: created + 60, nonce: nonce ?? `nonce-${nonces}`, keyid };
      const covered = { method: "GET", targetUri: origin + target, contentDigest: null, header };
      const base = signatureBase(covered, parameters);
      if (!base.ok) throw new TypeError(base.detail);
      const mac = hmacSha256(Buffer.from(proofKey, "base64url"), base.value.base);
      const headers = {
        "countersign-pass": pass,
        "signature-input": base.value.signatureInput,
        signature: formatSignature(mac),
      };
      return new Promise((resolve, reject) => {
        get(at + target, { headers, agent: false }, (response) => {
          let text = "";
          response.on("data", (part: Buffer) => (text += part.toString()));
          response.on("end", () => resolve(text.startsWith("{") ? (JSON.parse(text) as { code: string }).code : text));
        }).on("error", reject);
      });
    },
    async close() {
      for (const broker of started) await broker.close();
      await lab.close();
      upstream.closeAllConnections();
      upstream.close();
    },
  };
}
