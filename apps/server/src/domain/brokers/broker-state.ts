import type { LinkTerms, SecretTerms } from "@countersign/broker";
import { concatBytes, type Manifest, parseManifest, readU32, toUtf8, u32 } from "@countersign/protocol";
import type { LinkKeys, PassKeys } from "@countersign/protocol/server";
import type { WatchedDecoy } from "../alarms/watched-decoys.ts";
import type { Ban, DecoyAnswer, Secret } from "../ports/index.ts";
import { parseLinkJson } from "./link-json.ts";
import { type Span, stateShape, termsShape } from "./state-shape.ts";

/** A secret as a broker that stands alone has it. */
export interface StateSecret extends Pick<Secret, "name" | "version" | "mode" | "apps"> {
  /** Null: terms that this version does not know. The secret cannot be used then. */
  readonly terms: SecretTerms | null;
  /** Null where it is minted at the service for each bearer. */
  readonly value: Uint8Array | null;
  /** What stands for it in a decoy's call; null where the project has no decoys. */
  readonly canary: string | null;
}

/** What a broker that stands alone knows of its project. Holds values, and of the project seed what opens passes. */
export interface BrokerContent {
  /** Every API and secret of the project. */
  readonly manifest: Manifest;
  /** By generation of the seed, the newest first. */
  readonly passKeys: ReadonlyMap<number, PassKeys>;
  readonly linkKeys: ReadonlyMap<number, LinkKeys>;
  /** By API: which links of its answers are led through the broker. */
  readonly links: ReadonlyMap<string, LinkTerms>;
  /** Brokered ones alone. */
  readonly secrets: readonly StateSecret[];
  /** What is looked for in calls, by digests. */
  readonly watched: readonly WatchedDecoy[];
  readonly decoys: boolean;
  /** By API, where the operator set one. */
  readonly decoyAnswers: ReadonlyMap<string, DecoyAnswer>;
  readonly allowPrivate: boolean;
}

/** A ban or quarantine, without why. */
export type StateBan = Pick<Ban, "kind" | "by" | "target" | "untilMs">;

/** A part of the state; null where the asker holds it by this revision already. */
interface Part<T> {
  readonly revision: string;
  readonly content: T | null;
}

export interface BrokerState {
  readonly serverTimeMs: number;
  /** Where agents reach the broker that asks; null where that was not said. */
  readonly origin: string | null;
  readonly project: Part<BrokerContent>;
  /** The complete set of the project, as of a sequence that never falls. */
  readonly bans: Part<readonly StateBan[]> & { readonly sequence: number };
}

/** `u32(length) ∥ JSON ∥ bytes`: what must be wiped stands in the bytes, and the JSON says where. */
export function encodeState({ serverTimeMs, origin, project, bans }: BrokerState): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const put = (bytes: Uint8Array): Span => {
    const span: Span = [length, bytes.length];
    parts.push(bytes);
    length += bytes.length;
    return span;
  };
  const { content } = project;
  const json = {
    v: 1,
    serverTimeMs,
    origin,
    project: {
      revision: project.revision,
      content: content && {
        manifest: JSON.stringify(content.manifest),
        passKeys: [...content.passKeys].map(([generation, { pass, decoyPass, proof }]) => ({
          generation,
          pass: put(pass),
          decoyPass: put(decoyPass),
          proof: put(proof),
        })),
        linkKeys: [...content.linkKeys].map(([generation, { link, linkSalt, decoyLink }]) => ({
          generation,
          link: put(link),
          linkSalt: put(linkSalt),
          decoyLink: put(decoyLink),
        })),
        links: [...content.links].map(([api, terms]) => ({ api, ...terms })),
        secrets: content.secrets.map((secret) => ({ ...secret, value: secret.value && put(secret.value) })),
        watched: content.watched,
        decoys: content.decoys,
        decoyAnswers: [...content.decoyAnswers].map(([api, answer]) => ({ api, ...answer })),
        allowPrivate: content.allowPrivate,
      },
    },
    bans: {
      revision: bans.revision,
      sequence: bans.sequence,
      content: bans.content?.map(({ kind, by, target, untilMs }) => [kind, by, target, untilMs]) ?? null,
    },
  };
  const text = toUtf8(JSON.stringify(json));
  return concatBytes(u32(text.length), text, ...parts);
}

/** Reads a state; null where it is not of this form. `plaintext` may be wiped afterwards. */
export function parseState(plaintext: Uint8Array): BrokerState | null {
  const length = plaintext.length < 4 ? 0 : readU32(plaintext, 0);
  const read = parseLinkJson(plaintext.subarray(4, 4 + length), stateShape, plaintext.length);
  if (read === null) return null;
  const bytes = plaintext.subarray(4 + length);
  const spans = spansOf(read);
  if (!spans.every(([start, size]) => start + size <= bytes.length)) return null;
  const at = ([start, size]: Span): Uint8Array => bytes.slice(start, start + size);
  const { content } = read.project;
  const manifest = content === null ? null : parseManifest(toUtf8(content.manifest));
  if (manifest?.ok === false) return null;
  return {
    serverTimeMs: read.serverTimeMs,
    origin: read.origin,
    project: {
      revision: read.project.revision,
      content:
        content === null || manifest === null
          ? null
          : {
              manifest: manifest.value,
              passKeys: new Map(
                content.passKeys.map(({ generation, pass, decoyPass, proof }) => [
                  generation,
                  { pass: at(pass), decoyPass: at(decoyPass), proof: at(proof) },
                ]),
              ),
              linkKeys: new Map(
                content.linkKeys.map(({ generation, link, linkSalt, decoyLink }) => [
                  generation,
                  {
                    link: at(link),
                    linkSalt: at(linkSalt),
                    decoyLink: at(decoyLink),
                  },
                ]),
              ),
              links: new Map(content.links.map(({ api, ...terms }) => [api, terms])),
              secrets: content.secrets.map(({ terms, value, ...secret }) => ({
                ...secret,
                terms: termsShape.safeParse(terms).data ?? null,
                value: value && at(value),
              })),
              watched: content.watched,
              decoys: content.decoys,
              decoyAnswers: new Map(content.decoyAnswers.map(({ api, ...answer }) => [api, answer])),
              allowPrivate: content.allowPrivate,
            },
    },
    bans: {
      ...read.bans,
      content: read.bans.content?.map(([kind, by, target, untilMs]) => ({ kind, by, target, untilMs })) ?? null,
    },
  };
}

function spansOf({ project: { content } }: ReturnType<typeof stateShape.parse>): readonly Span[] {
  if (content === null) return [];
  const keys = content.passKeys.flatMap(({ pass, decoyPass, proof }) => [pass, decoyPass, proof]);
  const links = content.linkKeys.flatMap((each) => [each.link, each.linkSalt, each.decoyLink]);
  return [...keys, ...links, ...content.secrets.flatMap(({ value }) => (value === null ? [] : [value]))];
}
