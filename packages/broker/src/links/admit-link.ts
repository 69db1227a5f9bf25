import type { IncomingHttpHeaders } from "node:http";
import type { ManifestApi, ProblemCode } from "@countersign/protocol";
import { linkCharacters } from "@countersign/protocol/server";
import type { Progress } from "../admit-call.ts";
import { createCallGate } from "../call-gate.ts";
import { channelOf, type UpstreamChannel } from "../channel.ts";
import type { BrokerLimits, BrokerPorts, Decoys, SealedLink } from "../ports.ts";
import { type Peer, type Resolve, resolvePeer } from "../resolve-peer.ts";
import { isLinkTarget, type LinkedAddress, toLinkedAddresses } from "./link-target.ts";

/** A link as it came back from the wire: `/l/{project}/{api}/{token}{target}`. */
export interface LinkRequest {
  readonly method: string;
  readonly project: string;
  readonly api: string;
  readonly token: string;
  /** Path and query after the token, undecoded. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

interface AnyLink {
  readonly ok: true;
  readonly api: ManifestApi;
  readonly channel: UpstreamChannel;
  readonly bearer: SealedLink;
  /** Where a redirect of the upstream may lead. */
  readonly linked: readonly LinkedAddress[];
  /** Gives the place among those in work back. Whoever is given a link must call it, once. */
  readonly leave: () => void;
}

export type AdmittedLink =
  | (AnyLink & { readonly kind: "genuine"; readonly peer: Peer })
  | (AnyLink & { readonly kind: "decoy"; readonly decoys: Decoys })
  | { readonly ok: false; readonly code: ProblemCode };

/** Judges links, before a byte is sent upstream. */
export interface LinkAdmission {
  /** Rejects only where a port does. */
  admit(request: LinkRequest, progress: Progress): Promise<AdmittedLink>;
}

export interface LinkAdmissionOptions {
  readonly limits: BrokerLimits;
  readonly resolve?: Resolve | undefined;
}

const refuse = (code: ProblemCode): { readonly ok: false; readonly code: ProblemCode } => ({ ok: false, code });

const hasBody = ({ headers }: LinkRequest): boolean =>
  headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";

/**
 * Creates the admission of links. What a link may fetch is sealed in it; whether it still may is judged at each use: its end, its instance's bans, and
 * whether the operator still leads links there. Links have quotas and places in work of their own: whoever got hold of one takes nothing of its
 * instance's calls.
 */
export function createLinkAdmission(ports: BrokerPorts, { limits, resolve }: LinkAdmissionOptions): LinkAdmission {
  const bounds = { calls: limits.concurrentLinks, perInstance: limits.concurrentLinksPerInstance };
  const gates = { genuine: createCallGate(bounds), decoys: createCallGate(bounds) };

  function standingOf(project: string, link: SealedLink): Decoys | null | "withdrawn" {
    if (!ports.isBanned(project, link.instance, link.subject) && !link.decoy) return null;
    return ports.decoys(project) ?? "withdrawn";
  }

  async function admitBearer(
    { project, api: id, target }: LinkRequest,
    bearer: SealedLink,
    progress: Progress,
    leave: () => void,
  ): Promise<AdmittedLink> {
    const there = await ports.project(project);
    const api = there?.manifest.apis.find((one) => one.api === id);
    if (there === null || api === undefined) return refuse("not_found");
    const channel = channelOf(api, there.manifest, ports.upstreamCas());
    if (channel === null) return refuse("not_found");
    progress.api = api.api;
    const terms = await ports.linkTerms(project);
    const paths = [...terms.values()].flatMap(({ to }) => to);
    const linked = toLinkedAddresses(paths, there.manifest.apis);
    if (!isLinkTarget(target, id, linked)) return refuse("link_invalid");
    const peer = await resolvePeer(api.host, ports.allowPrivate(project), resolve);
    if (!peer.ok) return peer;

    if (bearer.exp * 1000 <= ports.nowMs()) return refuse("link_invalid");
    const standing = standingOf(project, bearer);
    if (standing === "withdrawn") return refuse("pass_withdrawn");
    progress.decoy = standing !== null;
    const link = { ok: true as const, api, channel, bearer, linked, leave };
    return standing === null
      ? { ...link, kind: "genuine", peer: peer.peer }
      : { ...link, kind: "decoy", decoys: standing };
  }

  return {
    async admit(request, progress) {
      const { method, project, api, token, target } = request;
      if (method !== "GET" && method !== "HEAD") return refuse("method_not_allowed");
      if (hasBody(request)) return refuse("malformed");
      if (token.length !== linkCharacters) return refuse("link_invalid");
      const bearer = await ports.openLink(project, { api, target }, token);
      if (bearer === null || bearer.exp * 1000 <= ports.nowMs()) return refuse("link_invalid");
      progress.instance = bearer.instance;
      const standing = standingOf(project, bearer);
      if (standing === "withdrawn") return refuse("pass_withdrawn");
      const within = await ports.take(`${project}:link:${bearer.instance}`, limits.linksPerInstancePerMinute, 60);
      if (!within) return refuse("slow_down");
      const gate = standing === null ? gates.genuine : gates.decoys;
      const entered = gate.enter(project, bearer.instance);
      if (!entered.ok) return entered;
      let link: AdmittedLink = refuse("internal");
      try {
        link = await admitBearer(request, bearer, progress, entered.leave);
        return link;
      } finally {
        if (!link.ok) entered.leave();
      }
    },
  };
}
