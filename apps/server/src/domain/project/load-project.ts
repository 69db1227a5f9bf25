import { type TrustAnchor, trustAnchorFromPem } from "@countersign/attestation";
import { decodeBase64url, type Manifest, type ManifestEnvelope, toHex, toUtf8 } from "@countersign/protocol";
import { derivePassKeys, sha256, signManifest } from "@countersign/protocol/server";
import type { Project, ProjectSeed, RecordStore, SigningKey, Vault } from "../ports/index.ts";
import { listedKids } from "./key-list.ts";
import { manifestContent, toManifest } from "./manifest.ts";
import type { OpenSeed, ProjectContext } from "./project-context.ts";
import { newestKey, type OpenSigningKey, openSigningKey } from "./signing-keys.ts";
import { createTokenKeyRing } from "./token-key-ring.ts";

/** Seeds that are accepted: the newest two generations. */
const acceptedGenerations = 2;

/** Reads a project with everything a node needs to answer its devices; null where there is none. */
export async function loadProject(store: RecordStore, vault: Vault, id: string): Promise<ProjectContext | null> {
  const project = await store.projects.get(id);
  if (project === null) return null;
  const [apps, releases, apis, secrets, seeds, keys, tokenKeys, developmentKeys, brokers, decoySecrets] =
    await Promise.all([
      store.apps.list(id),
      store.releases.list(id),
      store.protectedApis.list(id),
      store.secrets.list(id),
      store.seeds.ofProject(id),
      store.signingKeys.ofProject(id),
      store.tokenKeys.ofProject(id),
      store.developmentKeys.list(id),
      store.brokers.list(id),
      store.decoySecrets.list(id),
    ]);
  const projectId = decodeBase64url(id, 16);
  if (projectId === null) throw new TypeError("a stored project id is not 16 bytes");
  const listed = listedKids(project);
  const online = keys.filter((key) => listed.has(key.kid));
  const manifestKey = openNewest(vault, online, "manifest");
  const known = new Map(apps.map((app) => [app.id, app]));
  const apisById = new Map(apis.map((api) => [api.id, api]));
  const broker = brokers.find((each) => each.inUse)?.origin ?? null;
  const rows = { project, projectId, apis, broker };
  const content = (app: string) => manifestContent({ ...rows, secrets }, app, known.has(app));
  const signer = { kid: manifestKey.kid, key: manifestKey.privateKey };
  const sign = (app: string) => signManifest(toManifest(content(app), project), signer);
  const accepted = openSeeds(vault, seeds);
  const manifests = new Map<string, ManifestEnvelope>();
  let whole: Manifest | null = null;

  return {
    project,
    projectId,
    apps: known,
    releases: Map.groupBy(releases, ({ app }) => app),
    apis: apisById,
    secrets: new Map(secrets.map((secret) => [secret.name, secret])),
    decoySecrets,
    seeds: accepted,
    passKeys: new Map(accepted.map(({ generation, seed }) => [generation, derivePassKeys(seed.reveal(), projectId)])),
    responseKey: openNewest(vault, online, "response"),
    manifestKey,
    ...createTokenKeyRing(vault, tokenKeys, apisById),
    anchors: anchorsOf(project),
    developmentKeys: new Map(project.kind === "development" ? developmentKeys.map((key) => [key.id, key]) : []),
    manifestOf(app) {
      if (!known.has(app)) return null;
      const manifest = manifests.get(app) ?? sign(app);
      manifests.set(app, manifest);
      return manifest;
    },
    emptyManifestOf: sign,
    wholeManifest() {
      const everything = secrets.map((secret) => ({ ...secret, apps: null }));
      whole ??= toManifest(manifestContent({ ...rows, secrets: everything }, "broker", true), project);
      return whole;
    },
    manifestDigest: toHex(sha256(toUtf8(JSON.stringify([...known.keys()].toSorted().map(content))))),
  };
}

function openSeeds(vault: Vault, seeds: readonly ProjectSeed[]): readonly [OpenSeed, ...OpenSeed[]] {
  const [newest, ...older] = seeds
    .toSorted((a, b) => b.generation - a.generation)
    .slice(0, acceptedGenerations)
    .map(({ project, generation, seed }) => ({
      generation,
      seed: vault.open(seed, ["project-seed", project, String(generation)]),
    }));
  if (newest === undefined) throw new TypeError("a stored project has no seed");
  return [newest, ...older];
}

/** Only a key that the published list names may sign: agents know no other. */
function openNewest(vault: Vault, online: readonly SigningKey[], use: "response" | "manifest"): OpenSigningKey {
  const key = newestKey(online.filter((each) => each.use === use));
  if (key === null) throw new TypeError(`a stored project has no ${use} key`);
  return openSigningKey(vault, key);
}

/** A production project has no further anchors, whatever its row says. */
function anchorsOf(project: Project): readonly TrustAnchor[] {
  return project.kind === "development" ? project.settings.anchors.map(trustAnchorFromPem) : [];
}
