import type { ManifestApi, Pass, ProblemCode } from "@countersign/protocol";
import { createCallGate } from "./call-gate.ts";
import { channelOf, type UpstreamChannel } from "./channel.ts";
import { checkAgain, checkCaller, isBodyCovered, type KnownCaller, type Standing } from "./check-caller.ts";
import { drawBudgets } from "./draw-budgets.ts";
import { type Injected, type InjectionInput, injectSecrets, planInjection } from "./inject.ts";
import type { Injection } from "./injection.ts";
import type { BrokerLimits, BrokerPorts, BrokerRequest, Decoys } from "./ports.ts";
import { presentedBody, presentedHead } from "./presented-call.ts";
import { type ReadBody, readBody } from "./read-body.ts";
import { type Peer, type Resolve, resolvePeer } from "./resolve-peer.ts";
import { needsBody } from "./secret-terms.ts";
import { declaredLength, mayBeStreamed, sha256OfDigest } from "./take-body.ts";
import { createUpload, type Upload } from "./upload.ts";

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
  /** Origin of this service that the caller used. */
  readonly origin: string;
  readonly plan: Injection;
  /** A body that is not held, and not proven yet; null where `plan` and what is filled have all of it. */
  readonly upload: Upload | null;
  /** Whether the caller still may, at this moment. */
  readonly standing: () => Standing;
  /** By secret, of a WebSocket: the versions of the values it was opened with. Empty for any other call. */
  readonly versions: ReadonlyMap<string, number | null>;
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

interface Planned {
  readonly ok: true;
  readonly plan: Injection;
  readonly upload: Upload | null;
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

async function versionsOf(
  ports: Pick<BrokerPorts, "versionOf">,
  { project, opening }: BrokerRequest,
  { secrets, bearer }: Injection,
): Promise<ReadonlyMap<string, number | null>> {
  const names = opening === undefined ? [] : secrets;
  return new Map(
    await Promise.all(names.map(async (name) => [name, await ports.versionOf(project, name, bearer)] as const)),
  );
}

/**
 * Creates the admission of a broker. The order of checks is the argument: who asks (pass, MAC, quota, nonce, bans), what for (API, path, place), where
 * it would go (address of the peer), and once more whether the caller still may; only then is a secret revealed, and only the secrets this one request
 * has places for.
 */
export function createAdmission(ports: BrokerPorts, { limits, resolve }: AdmissionOptions): Admission {
  const bounds = { calls: limits.concurrentCalls, perInstance: limits.concurrentCallsPerInstance };
  // Anybody can become a decoy, as many as they like: what decoys hold is never a genuine caller's. What sockets hold for an hour is no call's.
  const createGates = () => ({ genuine: createCallGate(bounds), decoys: createCallGate(bounds) });
  const gates = { calls: createGates(), sockets: createGates() };

  /** A request that says of no body has none (RFC 9112 §6.3). */
  function takeBody(request: BrokerRequest): ReadBody | Promise<ReadBody> {
    if (declaredLength(request) === undefined) return { ok: true, bytes: new Uint8Array(0) };
    return readBody(request.body, limits.requestBytes, limits.idleMs);
  }

  /** Whether every secret of the plan can be used without the body. */
  async function isWithoutBody(project: string, { secrets }: Injection): Promise<boolean> {
    const terms = await Promise.all(secrets.map((name) => ports.termsOf(project, name)));
    return terms.every(({ processor }) => processor === null || !needsBody(processor));
  }

  /** What the request asks for, and its body: held and proven, or where nothing needs it whole, on its way. */
  async function planCall(caller: KnownCaller, asked: Omit<InjectionInput, "body">): Promise<Planned | Refused> {
    const { request, manifest } = asked;
    const { digest } = caller;
    if (digest !== null && mayBeStreamed(request, { digest, manifest, heldBytes: limits.heldBytes })) {
      const length = declaredLength(request) ?? null;
      const streamedSha256 = sha256OfDigest(digest) ?? undefined;
      const plan = planInjection({ ...asked, body: new Uint8Array(0), streamedSha256 });
      if (plan.ok && (await isWithoutBody(request.project, plan))) {
        if (length !== null && length > limits.uploadBytes) return refuse("too_large");
        const mayEnd = (): ProblemCode | null => {
          const standing = checkAgain(ports, request.project, caller);
          if (!standing.ok) return standing.code;
          return standing.decoys === null ? null : "pass_withdrawn";
        };
        const { uploadBytes: limit, idleMs } = limits;
        return { ok: true, plan, upload: createUpload(request.body, { digest, length, limit, idleMs, mayEnd }) };
      }
    }
    const body = await takeBody(request);
    if (!body.ok) return body;
    if (!isBodyCovered(body.bytes, digest)) return refuse("signature_invalid");
    ports.spotDecoys(presentedBody(request, caller.pass.instance, body.bytes));
    const plan = planInjection({ ...asked, body: body.bytes });
    return plan.ok ? { ok: true, plan, upload: null } : plan;
  }

  async function admitCaller(
    caller: KnownCaller,
    request: BrokerRequest,
    progress: Progress,
    leave: () => void,
  ): Promise<AdmittedCall> {
    const project = await ports.project(request.project);
    const api = project?.manifest.apis.find((one) => one.api === request.api);
    if (project === null || api === undefined) return refuse("not_found");
    const channel = channelOf(api, project.manifest, ports.upstreamCas());
    if (channel === null) return refuse("not_found");
    progress.api = api.api;

    const { pass } = caller;
    const { manifest } = project;
    const asked = { request, url: upstreamUrl(api, request.rest), api: api.api, manifest, pass };
    const planned = await planCall(caller, asked);
    if (!planned.ok) return planned;
    const { plan, upload } = planned;
    const peer = await resolvePeer(api.host, ports.allowPrivate(request.project), resolve);
    if (!peer.ok) return peer;
    const isDecoy = caller.decoys !== null;
    const drawn = { project: request.project, secrets: plan.secrets, instance: pass.instance, decoy: isDecoy };
    if (!(await drawBudgets(ports, drawn))) return refuse("slow_down");

    const now = checkAgain(ports, request.project, caller);
    if (!now.ok) return now;
    const { decoys } = now;
    const standing = (): Standing => checkAgain(ports, request.project, caller);
    // Before the values, so that a change in between ends the socket.
    const versions = await versionsOf(ports, request, plan);
    const call = { ok: true as const, api, pass, origin: caller.origin, plan, upload, standing, versions, leave };
    progress.decoy = decoys !== null;
    if (decoys !== null) {
      progress.secrets = plan.secrets;
      return { ...call, kind: "decoy", decoys };
    }
    const filled = await injectSecrets(ports, request.project, plan);
    if (!filled.ok) return filled;
    progress.secrets = plan.secrets;
    return { ...call, kind: "genuine", peer: peer.peer, channel, filled };
  }

  return {
    async admit(request, progress) {
      const caller = await checkCaller(ports, request, limits.callsPerInstancePerMinute);
      ports.spotDecoys(presentedHead(request, caller.ok ? caller.pass.instance : null));
      if (!caller.ok) return caller;
      progress.instance = caller.pass.instance;
      const share = request.opening === undefined ? gates.calls : gates.sockets;
      const gate = caller.decoys === null ? share.genuine : share.decoys;
      const entered = gate.enter(request.project, caller.pass.instance);
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
