import { defaultGrants, FACTS_VERSION } from "@countersign/policy";
import {
  encodeBase64url,
  type Facts,
  fromUtf8,
  limits,
  type SealedSession,
  type SessionSecret,
  type Statement,
} from "@countersign/protocol";
import { proofKeyOf, sealCredential, sealPass } from "@countersign/protocol/server";
import type { Secret } from "../ports/index.ts";
import type { ProjectContext } from "../project/project-context.ts";
import { usedBy } from "../project/secret-use.ts";
import { decoySecret, recipeDecoy } from "./decoy-secret.ts";
import type { DeviceDeps } from "./device-deps.ts";
import { leastFacts } from "./fitting-facts.ts";
import type { Grant } from "./grant.ts";
import type { KnownInstance } from "./known-instance.ts";
import { mintClientAttestations } from "./mint-client-attestations.ts";
import { mintDelivered } from "./mint-delivered.ts";
import { mintCustomTokens, mintTokens } from "./mint-tokens.ts";
import { valuesKeysOf } from "./values-keys.ts";

const daySeconds = 86_400;
/** How long before its evidence ends an instance is asked to enrol again. */
const reenrolAheadSeconds = 14 * daySeconds;

/** Step 12 of protocol section 7, up to the seal: mints tokens, opens secrets for this app and verdict, makes credential and pass. */
export async function grantSession(deps: DeviceDeps, grant: Grant): Promise<SealedSession> {
  const { context, statement, verdict, arc, known } = grant;
  const { settings } = context.project;
  const nowMs = deps.clock.nowMs();
  const session = encodeBase64url(deps.random(16));
  const endsAtMs = nowMs + settings.sessionSeconds * 1000;
  const grants = defaultGrants[verdict];
  const opened = await openSecrets(deps, grant, secretsOf(context, statement), endsAtMs - nowMs);
  const { pass, proofKey, named } = makePass(deps, grant, session, Math.floor(endsAtMs / 1000), opened);
  const evidenceLeft = evidenceEndsAt(context, known) - Math.floor(nowMs / 1000);
  return {
    session,
    verdict,
    arc,
    expiresInSeconds: settings.sessionSeconds,
    refreshInSeconds: Math.min(settings.refreshSeconds, settings.sessionSeconds),
    ...(known.platform !== "web" && evidenceLeft < reenrolAheadSeconds
      ? { reenrolInSeconds: Math.max(0, evidenceLeft) }
      : {}),
    credential: makeCredential(deps, grant),
    tokens: grants.tokens ? await mintTokens(deps, grant, endsAtMs) : [],
    clientAttestations: grants.tokens && !grant.decoy ? await mintClientAttestations(deps, grant) : [],
    ...(statement.asks.customTokens === undefined
      ? {}
      : { customTokens: verdict === "trusted" ? await mintCustomTokens(deps, grant, endsAtMs) : [] }),
    ...valuesKeysOf(grant),
    secrets: named,
    pass,
    proofKey: encodeBase64url(proofKey),
    watch: { generation: deps.changes.generation(context.project.id), spreadSeconds: settings.watchSpreadSeconds },
  };
}

/** The secrets asked for that there are, each once, in the order of asking. */
function secretsOf(context: ProjectContext, statement: Statement): readonly Secret[] {
  return [...new Set(statement.asks.secrets)].flatMap((name) => context.secrets.get(name) ?? []);
}

/** The secrets that this app has by this verdict; values of those delivered to it are opened, as many as fit a session. */
async function openSecrets(
  deps: DeviceDeps,
  grant: Grant,
  secrets: readonly Secret[],
  sessionMs: number,
): Promise<readonly SessionSecret[]> {
  const minted = await mintDelivered(deps, grant, secrets, sessionMs);
  let bytes = 0;
  return secrets.flatMap((secret): readonly SessionSecret[] => {
    const { name, version } = secret;
    const mode = usedBy(secret, { app: grant.statement.app.id, verdict: grant.verdict });
    if (mode === null) return [];
    if (mode === "brokered") return [{ name, version, mode }];
    if (secret.recipe != null && grant.decoy) return [recipeDecoy(deps, grant.context, secret, secret.recipe)];
    const opened =
      secret.recipe == null
        ? deps.vault.open(secret.value, ["secret", secret.project, name, String(version)])
        : minted.get(name);
    if (opened === undefined) return [];
    const clear = opened.reveal();
    const value = fromUtf8(clear);
    if (value === null || bytes + clear.length > limits.secretBytesPerSession) return [];
    bytes += clear.length;
    if (grant.decoy) return [decoySecret(deps, grant.context, secret, value)];
    return [{ name, version, mode, value }];
  });
}

/** A pass has at most 1500 characters: the brokered secrets whose names do not fit are left out of pass and session. */
function makePass(
  deps: DeviceDeps,
  { context, known, verdict, decoy }: Grant,
  session: string,
  exp: number,
  secrets: readonly SessionSecret[],
): { readonly pass: string; readonly proofKey: Uint8Array; readonly named: readonly SessionSecret[] } {
  const { generation, seed } = context.seeds[0];
  const projectSeed = seed.reveal();
  const { instance, subject, app } = known;
  let named = secrets;
  for (;;) {
    const names = named.filter((secret) => secret.mode === "brokered").map((secret) => secret.name);
    const pass = sealPass(
      { instance, subject, app, verdict, session, issuedAtMs: deps.clock.nowMs(), exp, secrets: names },
      { projectSeed, generation, project: context.projectId, salt: deps.random(16), decoy },
    );
    if (pass !== null) return { pass, proofKey: proofKeyOf(projectSeed, context.projectId, pass), named };
    const last = names.at(-1);
    if (last === undefined) throw new TypeError("a pass without secrets does not fit");
    named = named.filter((secret) => secret.name !== last);
  }
}

/** Older than every version of facts: the record is asked for them. */
const noFactsVersion = 0;

function makeCredential(deps: DeviceDeps, { context, known, decoyCredential }: Grant): string {
  const { generation, seed } = context.seeds[0];
  const iat = Math.floor(deps.clock.nowMs() / 1000);
  const { evidenceAtMs, ...rest } = known;
  const exp = Math.min(
    iat + limits.credentialSeconds,
    known.platform === "web" ? Number.MAX_SAFE_INTEGER : evidenceEndsAt(context, known),
  );
  const seal = (facts: Facts, factsVersion: number) =>
    sealCredential(
      { ...rest, facts, factsVersion, evidenceAt: Math.floor(evidenceAtMs / 1000), iat, exp },
      {
        projectSeed: seed.reveal(),
        generation,
        project: context.projectId,
        salt: deps.random(16),
        decoy: decoyCredential,
      },
    );
  const credential =
    seal(known.facts, Math.min(known.factsVersion, FACTS_VERSION)) ?? seal(leastFacts(known.facts), noFactsVersion);
  if (credential === null) throw new TypeError("a credential of the least facts does not fit");
  return credential;
}

function evidenceEndsAt({ project }: ProjectContext, { evidenceAtMs }: KnownInstance): number {
  return Math.floor(evidenceAtMs / 1000) + project.settings.evidenceMaxAgeDays * daySeconds;
}
