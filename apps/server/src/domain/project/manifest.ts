import { X509Certificate } from "node:crypto";
import { encodeBase64url, type Manifest, type ManifestApi, placeholderOf } from "@countersign/protocol";
import { sha256 } from "@countersign/protocol/server";
import type { Project, ProtectedApi, Secret } from "../ports/index.ts";

/** What a manifest says of an app, before it has an order. Equal rows give equal content, byte for byte. */
export type ManifestContent = Omit<Manifest, "epoch" | "version" | "issuedAtMs">;

export interface ManifestRows {
  readonly project: Project;
  readonly projectId: Uint8Array;
  readonly apis: readonly ProtectedApi[];
  readonly secrets: readonly Pick<Secret, "name" | "places" | "apps">[];
  /** Origin of the broker that agents are sent to. Absent or null: the service. */
  readonly broker?: string | null;
}

/** Whether an app may have a secret. */
export function isForApp(secret: Pick<Secret, "apps">, app: string): boolean {
  return secret.apps === null || secret.apps.includes(app);
}

/** Builds the content of one app's manifest from the rows; an app the project does not have gets one that allows nothing. */
export function manifestContent(rows: ManifestRows, app: string, known: boolean): ManifestContent {
  const { project, projectId } = rows;
  const apis = known ? rows.apis.toSorted(byText((api) => api.id)) : [];
  const secrets = known
    ? rows.secrets.filter((secret) => isForApp(secret, app)).toSorted(byText((each) => each.name))
    : [];
  return {
    v: 1,
    project: project.id,
    environment: project.kind,
    app,
    staleAfterSeconds: project.settings.manifestStaleAfterSeconds,
    apis: apis.map(toManifestApi),
    secrets: secrets.map(({ name, places }) => ({ name, placeholder: placeholderOf(sha256, projectId, name), places })),
    roots: [...new Set(apis.flatMap((api) => api.roots).map(toDer))].toSorted(),
    signals: { required: project.settings.requiredDetectors },
    ...(known && rows.broker != null ? { broker: rows.broker } : {}),
  };
}

/**
 * Gives a manifest its order. Two manifests of one (epoch, version) must be equal byte for byte, so nothing in them may depend on when
 * they are built: `issuedAtMs` is the version, which is the time of the change (see `nextVersion`).
 */
export function toManifest(content: ManifestContent, project: Project): Manifest {
  const { manifestEpoch: epoch, manifestVersion: version } = project;
  return { ...content, epoch, version, issuedAtMs: version };
}

function toManifestApi(api: ProtectedApi): ManifestApi {
  const { id, host, port, channel, pins, whenUnavailable } = api;
  return { api: id, host, port, channel, pins, ...toManifestToken(api.token), whenUnavailable };
}

/** What an agent needs of it: how tokens are signed and what is in them is not its business. */
function toManifestToken(token: ProtectedApi["token"]): Pick<ManifestApi, "token" | "proof"> {
  if (token === null) return {};
  const { header, prefix, bind, proof, profile, limitedUse } = token;
  return {
    token: {
      header,
      prefix,
      bind,
      ...(profile === "approov" ? { binding: "concatenated" } : {}),
      ...(limitedUse ? { limitedUse } : {}),
    },
    ...(proof === "none" ? {} : { proof }),
  };
}

function toDer(pem: string): string {
  return encodeBase64url(new Uint8Array(new X509Certificate(pem).raw));
}

function byText<T>(textOf: (each: T) => string): (a: T, b: T) => number {
  return (a, b) => (textOf(a) < textOf(b) ? -1 : 1);
}
