import type { ManifestApi, Pass, ProblemCode } from "@countersign/protocol";
import { createCallGate } from "./call-gate.ts";
import type { UpstreamChannel } from "./channel.ts";
import { checkAgain, checkCaller, isBodyCovered, type KnownCaller } from "./check-caller.ts";
import { drawBudgets } from "./draw-budgets.ts";
import { type Injected, injectSecrets, planInjection } from "./inject.ts";
import type { Injection } from "./injection.ts";
import type { BrokerLimits, BrokerPorts, BrokerRequest, Decoys } from "./ports.ts";
import { readBody } from "./read-body.ts";
import { type Peer, type Resolve, resolvePeer } from "./resolve-peer.ts";

/** What is known of a request so far, for the log. */
export interface Progress {
  api: string | null;
  instance: string | null;
  secrets: readonly string[];
  upstreamStatus: number | null;
  decoy: boolean;
}

export const createProgress = (): Progress => ({
  api: null,
  instance: null,
  secrets: [],
  upstreamStatus: null,
  decoy: false,
});

interface AnyCall {
  readonly ok: true;
  readonly api: ManifestApi;
  readonly pass: Pass;
  readonly plan: Injection;
  /** Gives the caller's place among those in work back. Whoever is given a call must call it, once. */
  readonly leave: () => void;
}

/** Goes to the upstream, filled: holds values from here on. */
export interface GenuineCall extends AnyCall {
  readonly kind: "genuine";
  readonly peer: Peer;
  readonly channel: UpstreamChannel;
  readonly filled: Injected;
}

/** Goes nowhere: no value was revealed for it. */
export interface DecoyCall extends AnyCall {
  readonly kind: "decoy";
  readonly decoys: Decoys;
}

interface Refused {
  readonly ok: false;
  readonly code: ProblemCode;
}

export type AdmittedCall = GenuineCall | DecoyCall | Refused;

/** Judges requests, before a byte of them is sent upstream. */
export interface Admission {
  /** Rejects only where a port does. */
  admit(request: BrokerRequest, progress: Progress): Promise<AdmittedCall>;
}

export interface AdmissionOptions {
  readonly limits: BrokerLimits;
  readonly resolve?: Resolve | undefined;
}

const refuse = (code: ProblemCode): Refused => ({ ok: false, code });

const upstreamUrl = (api: ManifestApi, rest: string): string =>
  `https://${api.host}${api.port === 443 ? "" : `:${api.port}`}${rest}`;

const toPem = (der: string): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der, "base64url")
    .toString("base64")
    .replace(/.{1,64}/g, "$&\n")}-----END CERTIFICATE-----\n`;

/**
 * Creates the admission of a broker. The order of checks is the argument: who asks (pass, MAC, quota, nonce, bans), what for (API, path, place), where
 * it would go (address of the peer), and once more whether the caller still may; only then is a secret revealed, and only the secrets this one request
 * has places for.
 */
export function createAdmission(ports: BrokerPorts, { limits, resolve }: AdmissionOptions): Admission {
  const bounds = { calls: limits.concurrentCalls, perInstance: limits.concurrentCallsPerInstance };
  // Anybody can become a decoy, as many as they like: what decoys hold is never a genuine caller's.
  const gates = { genuine: createCallGate(bounds), decoys: createCallGate(bounds) };

  async function admitCaller(
    caller: KnownCaller,
    request: BrokerRequest,
    progress: Progress,
    leave: () => void,
  ): Promise<AdmittedCall> {
    const body = await readBody(request.body, limits.requestBytes, limits.idleMs);
    if (!body.ok) return body;
    if (!isBodyCovered(body.bytes, caller.digest)) return refuse("signature_invalid");
    const project = await ports.project(request.project);
    const api = project?.manifest.apis.find((one) => one.api === request.api);
    if (project === null || api === undefined || api.channel === "unknown") return refuse("not_found");
    progress.api = api.api;

    const { pass } = caller;
    const url = upstreamUrl(api, request.rest);
    const { manifest } = project;
    const plan = planInjection({ request, url, api: api.api, body: body.bytes, manifest, pass });
    if (!plan.ok) return plan;
    const peer = await resolvePeer(api.host, ports.allowPrivate(request.project), resolve);
    if (!peer.ok) return peer;
    const isDecoy = caller.decoys !== null;
    const drawn = { project: request.project, secrets: plan.secrets, instance: pass.instance, decoy: isDecoy };
    if (!(await drawBudgets(ports, drawn))) return refuse("slow_down");

    const standing = checkAgain(ports, request.project, caller);
    if (!standing.ok) return standing;
    const { decoys } = standing;
    const call = { ok: true as const, api, pass, plan, leave };
    progress.decoy = decoys !== null;
    if (decoys !== null) {
      progress.secrets = plan.secrets;
      return { ...call, kind: "decoy", decoys };
    }
    const filled = await injectSecrets(ports, request.project, plan);
    if (!filled.ok) return filled;
    progress.secrets = plan.secrets;
    const { channel, pins } = api;
    const roots = manifest.roots.map(toPem);
    const held: UpstreamChannel = { channel, pins, roots, furtherCas: ports.upstreamCas() };
    return { ...call, kind: "genuine", peer: peer.peer, channel: held, filled };
  }

  return {
    async admit(request, progress) {
      const caller = await checkCaller(ports, request, limits.callsPerInstancePerMinute);
      if (!caller.ok) return caller;
      progress.instance = caller.pass.instance;
      const gate = caller.decoys === null ? gates.genuine : gates.decoys;
      const entered = gate.enter(`${request.project}:${caller.pass.instance}`);
      if (!entered.ok) return entered;
      let call: AdmittedCall = refuse("internal");
      try {
        call = await admitCaller(caller, request, progress, entered.leave);
        return call;
      } finally {
        if (!call.ok) entered.leave();
      }
    },
  };
}
