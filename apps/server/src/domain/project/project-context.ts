import type { TrustAnchor } from "@countersign/attestation";
import type { Manifest, ManifestEnvelope } from "@countersign/protocol";
import type { PassKeys } from "@countersign/protocol/server";
import type {
  App,
  DecoySecret,
  DevelopmentKey,
  Project,
  ProtectedApi,
  Release,
  Secret,
  SecretValue,
} from "../ports/index.ts";
import type { OpenSigningKey } from "./signing-keys.ts";
import type { TokenKeyRing } from "./token-key-ring.ts";

/** A project's seed of one generation, on loan. */
export interface OpenSeed {
  readonly generation: number;
  readonly seed: SecretValue;
}

/** Everything a node needs of a project to answer its devices, read at one time. Secrets stay enveloped. */
export interface ProjectContext extends TokenKeyRing {
  readonly project: Project;
  readonly projectId: Uint8Array;
  readonly apps: ReadonlyMap<string, App>;
  /** By app; an app without any is not in it. */
  readonly releases: ReadonlyMap<string, readonly Release[]>;
  readonly apis: ReadonlyMap<string, ProtectedApi>;
  readonly secrets: ReadonlyMap<string, Secret>;
  /** Planted values whose use raises an alarm. */
  readonly decoySecrets: readonly DecoySecret[];
  /** Newest first; two generations are accepted. */
  readonly seeds: readonly [OpenSeed, ...OpenSeed[]];
  /** What opens passes, by the generation of the seed it is of. */
  readonly passKeys: ReadonlyMap<number, PassKeys>;
  readonly responseKey: OpenSigningKey;
  readonly manifestKey: OpenSigningKey;
  /** Further anchors of a development project; empty in production whatever is stored. */
  readonly anchors: readonly TrustAnchor[];
  /** By id, revoked and expired ones too; empty in production whatever is stored. */
  readonly developmentKeys: ReadonlyMap<string, DevelopmentKey>;
  /** The signed manifest of an app of this project, made once per context; null for any other. */
  manifestOf(app: string): ManifestEnvelope | null;
  /** A manifest that allows nothing, for an app this project does not have. Made anew at each call. */
  emptyManifestOf(app: string): ManifestEnvelope;
  /** The whole manifest, every API and secret of the project: for the broker, never for an agent. */
  wholeManifest(): Manifest;
  /** Names the content of the manifests; differs where any app's differs. */
  readonly manifestDigest: string;
}
