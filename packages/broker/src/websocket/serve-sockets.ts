import type { IncomingMessage } from "node:http";
import { type Duplex, Readable } from "node:stream";
import type { ProblemCode } from "@countersign/protocol";
import type { WebSocket } from "ws";
import { type Admission, createProgress, type DecoyCall, type GenuineCall, type Progress } from "../admit-call.ts";
import { fillCanaries } from "../answer-decoy.ts";
import { createMask, type Mask } from "../mask.ts";
import type { PathProofs } from "../path-proofs.ts";
import type { BrokerEvent, BrokerLimits, BrokerPorts, BrokerRequest } from "../ports.ts";
import { acceptCaller } from "./accept-caller.ts";
import { type JoinedSockets, joinSockets } from "./join-sockets.ts";
import { openUpstream } from "./open-upstream.ts";
import { parseOpening } from "./parse-opening.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { changeOf, standingOf } from "./socket-standing.ts";
import { waitForCaller } from "./wait-for-caller.ts";

/** A request to upgrade, as the host took it from the wire. */
export interface UpgradeRequest extends Pick<BrokerRequest, "project" | "api" | "rest" | "rawTarget" | "network"> {
  readonly message: IncomingMessage;
}

export interface SocketBroker {
  /** Answers one upgrade; resolves when the handshake has been answered. Never rejects. */
  upgrade(request: UpgradeRequest, socket: Duplex, head: Buffer): Promise<void>;
  /** Takes no more, and ends all there are with 1001; resolves when they are gone. */
  close(): Promise<void>;
}

export interface SocketDeps {
  readonly ports: BrokerPorts;
  readonly admission: Admission;
  readonly proofs: PathProofs;
  readonly limits: BrokerLimits;
  readonly pause: (aboutMs: number, abort: AbortSignal) => Promise<void>;
  /** The code of an error that a port threw. */
  readonly codeOf: (error: unknown) => ProblemCode;
}

/** The far side of a socket that is to be joined. */
type FarSide =
  | {
      readonly ok: true;
      /** Null for a decoy's. */
      readonly socket: WebSocket | null;
      readonly protocol: string;
      readonly mask: Mask;
    }
  | { readonly ok: false; readonly code: ProblemCode };

const gone = { ok: false, code: "upstream_unavailable" } as const;

/** Completes the caller's handshake with this subprotocol; null where the caller has gone. */
type Answer = (protocol: string) => WebSocket | null;

/** A decoy's that is refused as its API is said to answer is no refusal of ours. */
function eventOf(code: ProblemCode | null, isDecoy: boolean): BrokerEvent["event"] {
  if (isDecoy && (code === null || code === "upstream_refused")) return "brokered_decoy";
  return code === null ? "brokered" : "broker_refused";
}

/** One opening on its way. */
interface OpeningInWork {
  readonly request: UpgradeRequest;
  readonly protocols: readonly string[];
  readonly abort: AbortSignal;
  readonly progress: Progress;
}

/** Brokered WebSockets: each opening is judged as the GET it is (RFC 6455 §4.1), by the admission of all other calls and within its bounds. */
export function createSocketBroker({ ports, admission, proofs, limits, pause, codeOf }: SocketDeps): SocketBroker {
  const joined = new Set<JoinedSockets>();
  const openings = new Set<AbortController>();
  let isClosing = false;

  async function openFarSide(call: GenuineCall | DecoyCall, opening: OpeningInWork): Promise<FarSide> {
    const { protocols, abort, progress } = opening;
    if (call.kind === "decoy") {
      const filled = fillCanaries(call.plan, call.decoys);
      if (!filled.ok) return filled;
      const mask = createMask(filled.values);
      const { status, delayMs } = call.decoys.answerOf(call.api.api);
      await pause(delayMs, abort);
      // An API that is said to answer so would answer an opening so, too.
      if (status >= 300) return { ok: false, code: "upstream_refused" };
      return { ok: true, socket: null, protocol: protocols[0] ?? "", mask };
    }
    const { api, peer, channel, filled } = call;
    const mask = createMask(filled.values);
    const opened = await openUpstream({
      host: api.host,
      port: api.port,
      target: filled.url.slice(filled.url.indexOf("/", "https://".length)),
      headers: filled.headers,
      protocols,
      peer,
      channel,
      proofs,
      limits,
      abort,
    });
    progress.upstreamStatus = opened.ok ? 101 : opened.status;
    return opened.ok ? { ...opened, protocol: opened.socket.protocol, mask } : opened;
  }

  /** Answers one opening: gives a code where it must be refused. */
  async function open(
    opening: OpeningInWork,
    headers: BrokerRequest["headers"],
    answer: Answer,
  ): Promise<ProblemCode | null> {
    const { request, abort, progress } = opening;
    const { project } = request;
    const { message: _message, ...addressed } = request;
    const asked = { ...addressed, method: "GET", headers, body: Readable.from([]), opening: "websocket" as const };
    const call = await admission.admit(asked, progress);
    if (!call.ok) return call.code;
    let isJoined = false;
    try {
      const far = abort.aborted ? gone : await openFarSide(call, opening);
      if (!far.ok) return far.code;
      const caller = abort.aborted ? null : answer(far.protocol);
      if (caller === null) {
        far.socket?.terminate();
        return gone.code;
      }
      const sockets = joinSockets({
        caller,
        upstream: far.socket,
        mask: far.mask,
        limits,
        standing: () => standingOf(ports, project, call),
        look: () => changeOf(ports, project, call),
      });
      isJoined = true;
      joined.add(sockets);
      void sockets.over.then(() => {
        joined.delete(sockets);
        call.leave();
      });
      return null;
    } finally {
      if (!isJoined) call.leave();
    }
  }

  async function answerUpgrade(
    request: UpgradeRequest,
    socket: Duplex,
    head: Buffer,
    progress: Progress,
  ): Promise<ProblemCode | null> {
    const opening = parseOpening(request.message);
    if (!opening.ok) return opening.code;
    if (isClosing || openings.size >= limits.concurrentOpenings) return "unavailable";
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), limits.openingMs);
    const caller = waitForCaller(socket, head);
    openings.add(late);
    try {
      if (caller.hasSpoken()) return "malformed";
      const abort = AbortSignal.any([caller.signal, late.signal]);
      const { protocols, headers } = opening;
      const code = await open({ request, protocols, abort, progress }, headers, (protocol) => {
        caller.release();
        return acceptCaller(request.message, socket, protocol, limits);
      });
      if (code === null) return null;
      if (caller.hasSpoken()) return "malformed";
      return late.signal.aborted ? (isClosing ? "unavailable" : "upstream_timeout") : code;
    } catch (error) {
      return codeOf(error);
    } finally {
      clearTimeout(timer);
      openings.delete(late);
      caller.release();
    }
  }

  return {
    async upgrade(request, socket, head) {
      // A connection that breaks ends in its close.
      socket.on("error", () => {});
      const progress = createProgress();
      const code = await answerUpgrade(request, socket, head, progress);
      if (code !== null) refuseUpgrade(socket, code);
      ports.log({
        event: eventOf(code, progress.decoy),
        project: request.project,
        api: progress.api,
        instance: progress.instance,
        method: "GET",
        code,
        upstreamStatus: progress.upstreamStatus,
        secrets: progress.secrets,
      });
    },
    async close() {
      isClosing = true;
      for (const opening of openings) opening.abort();
      for (const sockets of joined) sockets.end();
      await Promise.all([...joined].map(({ over }) => over));
    },
  };
}
