import { randomBytes } from "node:crypto";
import {
  type AnswerBody,
  checkWork,
  concatBytes,
  decodeBase64url,
  type EnrolReason,
  encodeBase64url,
  encodeSession,
  instanceId,
  type Pass,
  type ProblemBody,
  type ProblemCode,
  parseChallenge,
  parseChallengeRequest,
  parseEnrolRequest,
  parseSessionRequest,
  parseStatement,
  previousInput,
  type SealedSession,
  type Statement,
  sealInfo,
  statementHash,
  statementMessage,
  toArc,
  toProblem,
  toUtf8,
} from "@countersign/protocol";
import {
  checkChallengeMac,
  mintChallenge,
  openCredential,
  proofKeyOf,
  sealCredential,
  sealPass,
  sealTo,
  sha256,
  signAnswer,
  verifyEs256,
} from "@countersign/protocol/server";
import {
  type AbortHandle,
  ChannelError,
  type ChannelResponse,
  type RelayRequest,
  type ServiceTransport,
} from "../ports.ts";
import type { FakeProject } from "./fake-project.ts";

interface FakeInstance {
  readonly attestedKey: string;
  readonly instanceKey: string;
  readonly subject: string;
  readonly evidenceNonce: string;
  counter: number;
  watermarkMs: number;
}

/** What the service decides on a statement that proved itself. */
export type Decision =
  | { readonly kind: "session"; readonly verdict?: "trusted" | "restricted"; readonly reenrolInSeconds?: number }
  | {
      readonly kind: "refused";
      readonly reasons?: readonly string[];
      readonly action?: "update";
      readonly retryAfterSeconds?: number;
    }
  | { readonly kind: "enrol"; readonly reason: EnrolReason }
  | { readonly kind: "problem"; readonly code: ProblemCode; readonly retryAfterSeconds?: number };

/** One call as it arrived. */
export interface Call {
  readonly path: string;
  readonly statement: Statement | null;
  readonly hasCredential: boolean;
  readonly hasPrevious: boolean;
  readonly evidence: readonly string[];
}

/** What a middleman makes of an answer on its way; null loses it. */
export type Middleman = (call: Call, answer: Uint8Array) => Uint8Array | null | Promise<Uint8Array | null>;

type Handled = object | Uint8Array;

/**
 * A service in memory: it signs, seals and MACs as the real one does, and checks challenge, proof, watermark, counter and claims in the
 * documented order, so that an agent can be tried against honest and hostile answers without a network. Not the service: no policy, no
 * evidence, no store.
 */
export class FakeService implements ServiceTransport {
  readonly origin = "https://countersign.test";
  readonly project: FakeProject;
  readonly calls: Call[] = [];
  readonly instances = new Map<string, FakeInstance>();
  readonly relayed: RelayRequest[] = [];
  /** Milliseconds of service time. */
  nowMs: () => number;
  decide: (statement: Statement, use: "enrol" | "session") => Decision = () => ({ kind: "session" });
  middleman: Middleman = (_call, answer) => answer;
  /** What the broker's upstream answers. */
  upstream: (request: RelayRequest) => { status: number; headers: [string, string][]; body: string } = () => ({
    status: 200,
    headers: [],
    body: "",
  });
  expiresInSeconds = 300;
  refreshInSeconds = 150;
  workBits = 0;
  bringsManifest = true;
  /** Takes statements of the other environment too, and answers them as what it is. */
  isLenient = false;
  /** APIs that take claims of the app's own. */
  customClaims: string[] = [];
  /** Generations of the keys of app-instance values, the newest first. */
  valuesGenerations: number[] = [0];
  watchSpreadSeconds: number | null = null;
  generation = 1;
  readonly #seed = new Uint8Array(randomBytes(32));
  readonly #projectSeed = new Uint8Array(randomBytes(32));
  #lastIssuedMs = 0;
  readonly #spentNonces = new Set<string>();
  readonly #claims = new Map<string, string>();
  readonly #streams = new Set<{ send: (data: string) => void; end: () => void }>();
  readonly #values = new Map<string, string>();
  /** Every credential that was ever sealed. */
  readonly credentials = new Set<string>();

  constructor(project: FakeProject, nowMs: () => number) {
    this.project = project;
    this.nowMs = nowMs;
  }

  paths(): string[] {
    return this.calls.map((call) => call.path);
  }

  statements(): Statement[] {
    return this.calls.map((call) => call.statement).filter((statement) => statement !== null);
  }

  /** Every secret text the service ever put into a seal: what no one else may see. */
  sealedTexts(): string[] {
    return [...this.#values.keys()];
  }

  async send({ path, body }: { path: string; body: string | null }): ReturnType<ServiceTransport["send"]> {
    const bytes = toUtf8(body ?? "");
    const { call, answer } = this.#handle(path, bytes);
    this.calls.push(call);
    const sent = await this.middleman(call, answer instanceof Uint8Array ? answer : toUtf8(JSON.stringify(answer)));
    if (sent === null) throw new Error("connection lost");
    return { status: 200, headers: [], body: sent };
  }

  #handle(path: string, bytes: Uint8Array): { call: Call; answer: Handled } {
    const bare: Call = { path, statement: null, hasCredential: false, hasPrevious: false, evidence: [] };
    if (path === "/v1/challenges") {
      const request = parseChallengeRequest(bytes);
      if (!request.ok) return { call: bare, answer: toProblem(request.code) };
      return { call: bare, answer: { challenge: encodeBase64url(this.openChallenge()), expiresInSeconds: 120 } };
    }
    if (path.startsWith("/v1/manifest/")) return { call: bare, answer: this.project.manifest() };
    if (path === "/v1/sessions") {
      const request = parseSessionRequest(bytes);
      if (!request.ok) return { call: bare, answer: toProblem(request.code) };
      const { statement, credential } = request.value;
      const parsed = parseStatement(statement);
      if (!parsed.ok) return { call: bare, answer: toProblem(parsed.code) };
      const call = { ...bare, statement: parsed.value, hasCredential: credential !== undefined };
      return { call, answer: this.#session(parsed.value, statement, request.value) };
    }
    const request = parseEnrolRequest(bytes);
    if (!request.ok) return { call: bare, answer: toProblem(request.code) };
    const parsed = parseStatement(request.value.statement);
    if (!parsed.ok) return { call: bare, answer: toProblem(parsed.code) };
    const evidence = request.value.evidence.map((item) => ("challenge" in item ? item.challenge : ""));
    const call = { ...bare, statement: parsed.value, hasPrevious: request.value.previous !== undefined, evidence };
    return { call, answer: this.#enrol(parsed.value, request.value) };
  }

  openChallenge(): Uint8Array {
    return mintChallenge({
      kind: "open",
      project: this.project.projectId,
      generation: 0,
      seed: this.#seed,
      nowMs: this.nowMs(),
      workBits: this.workBits,
      random: new Uint8Array(randomBytes(16)),
    });
  }

  #continuing(instance: string): Uint8Array {
    this.#lastIssuedMs = Math.max(this.nowMs(), this.#lastIssuedMs + 1);
    return mintChallenge({
      kind: "continuing",
      project: this.project.projectId,
      scope: decodeBase64url(instance, 16) ?? new Uint8Array(16),
      generation: 0,
      seed: this.#seed,
      nowMs: this.#lastIssuedMs,
      random: new Uint8Array(randomBytes(16)),
    });
  }

  #problem(code: ProblemCode, retryAfterSeconds?: number): ProblemBody {
    return toProblem(code, {
      challenge: encodeBase64url(this.openChallenge()),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }

  #isOwn(statement: Statement): boolean {
    const isSame = statement.environment === this.project.environment;
    return statement.project === this.project.project && (isSame || this.isLenient);
  }

  #checkChallenge(statement: Statement): ProblemCode | null {
    const challenge = parseChallenge(statement.challenge);
    if (!challenge.ok) return "challenge_invalid";
    const work = statement.work === undefined ? null : decodeBase64url(statement.work, 8);
    if (!checkWork(sha256, challenge.value, work)) return "challenge_invalid";
    const scope = decodeBase64url(statement.instance, 16) ?? new Uint8Array(16);
    const { bytes, issuedAtMs, lifetimeSeconds, kind, nonce } = challenge.value;
    if (!checkChallengeMac(bytes, { project: this.project.projectId, scope, seed: this.#seed }))
      return "challenge_invalid";
    if (this.nowMs() >= issuedAtMs + lifetimeSeconds * 1000 + 5000) return "challenge_expired";
    if (kind === "open") return this.#spentNonces.has(encodeBase64url(nonce)) ? "challenge_spent" : null;
    const watermark = this.instances.get(statement.instance)?.watermarkMs ?? -1;
    return issuedAtMs <= watermark ? "challenge_spent" : null;
  }

  #spend(statement: Statement, instance: FakeInstance): void {
    const challenge = parseChallenge(statement.challenge);
    if (!challenge.ok) return;
    if (challenge.value.kind === "open") this.#spentNonces.add(encodeBase64url(challenge.value.nonce));
    else instance.watermarkMs = challenge.value.issuedAtMs;
  }

  /** The assertion's counter, or null where it does not verify. */
  #counterOf(instance: FakeInstance, statement: Uint8Array, assertion: Uint8Array | undefined): number | null {
    if (assertion === undefined) return null;
    const counter = assertion.slice(0, 4);
    const message = concatBytes(counter, statementHash(sha256, statement));
    const point = decodeBase64url(instance.attestedKey) ?? new Uint8Array(0);
    return verifyEs256(point, message, assertion.slice(4)) ? new DataView(counter.buffer).getUint32(0) : null;
  }

  #checkProof(
    instance: FakeInstance,
    platform: string,
    bytes: Uint8Array,
    proof: { assertion?: Uint8Array; signature?: Uint8Array },
    enrolling: boolean,
  ): ProblemCode | number | null {
    const point = decodeBase64url(instance.instanceKey) ?? new Uint8Array(0);
    const signed = verifyEs256(point, statementMessage(bytes), proof.signature ?? new Uint8Array(0));
    if (platform !== "ios") return signed ? null : "proof_invalid";
    if (enrolling && !signed) return "proof_invalid";
    const counter = this.#counterOf(instance, bytes, proof.assertion);
    if (counter === null) return "proof_invalid";
    return counter > instance.counter ? counter : "counter_stale";
  }

  #session(
    statement: Statement,
    bytes: Uint8Array,
    request: { proof: { assertion?: Uint8Array; signature?: Uint8Array }; credential?: string },
  ): Handled {
    if (!this.#isOwn(statement)) {
      return this.#problem("unknown_project");
    }
    const fault = this.#checkChallenge(statement);
    if (fault !== null) return this.#problem(fault);
    const seedOf = (): Uint8Array => this.#projectSeed;
    const opened =
      request.credential === undefined
        ? null
        : openCredential(request.credential, { seedOf, project: this.project.projectId });
    if (opened !== null && (!opened.ok || opened.value.instance !== statement.instance)) {
      return this.#problem("credential_invalid");
    }
    const instance = this.instances.get(statement.instance);
    if (instance === undefined) return this.#answer(statement, bytes, { kind: "enrol", reason: "unknown_instance" });
    const proved = this.#checkProof(instance, statement.platform, bytes, request.proof, false);
    if (typeof proved === "string") return this.#problem(proved);
    this.#spend(statement, instance);
    if (proved !== null) instance.counter = proved;
    return this.#answer(statement, bytes, this.decide(statement, "session"));
  }

  #enrol(
    statement: Statement,
    request: {
      statement: Uint8Array;
      proof: { assertion?: Uint8Array; signature?: Uint8Array };
      evidence: readonly {
        type: string;
        challenge?: string;
        attestation?: Uint8Array;
        chain?: readonly Uint8Array[];
      }[];
      previous?: { credential: string; signature: Uint8Array };
    },
  ): Handled {
    const { statement: bytes, proof } = request;
    if (!this.#isOwn(statement)) {
      return this.#problem("unknown_project");
    }
    const fault = this.#checkChallenge(statement);
    if (fault !== null) return this.#problem(fault);
    const [item] = request.evidence;
    const attested = item?.attestation ?? item?.chain?.[0] ?? decodeBase64url(statement.instanceKey, 65);
    if (attested === null || attested === undefined) return this.#problem("malformed");
    const id = encodeBase64url(instanceId(sha256, this.project.projectId, attested));
    if (id !== statement.instance) return this.#problem("malformed");
    const evidenceNonce = item?.challenge ?? "";
    const claimed = this.#claims.get(evidenceNonce);
    if (item !== undefined) {
      const made = parseChallenge(evidenceNonce);
      if (!made.ok || this.nowMs() >= made.value.issuedAtMs + 3_605_000) return this.#problem("challenge_expired");
      const scope = { project: this.project.projectId, scope: new Uint8Array(16), seed: this.#seed };
      if (!checkChallengeMac(made.value.bytes, scope)) return this.#problem("challenge_invalid");
      if (claimed !== undefined && claimed !== id) return this.#problem("evidence_challenge_reused");
    }
    const known = this.instances.get(id);
    const instance: FakeInstance = known ?? {
      attestedKey: encodeBase64url(attested),
      instanceKey: statement.instanceKey,
      subject: this.#subjectOf(request.previous, bytes),
      evidenceNonce,
      counter: 0,
      watermarkMs: -1,
    };
    const proved = this.#checkProof(instance, statement.platform, bytes, proof, true);
    if (typeof proved === "string") return this.#problem(proved);
    this.#spend(statement, instance);
    this.#claims.set(evidenceNonce, id);
    if (proved !== null) instance.counter = proved;
    this.instances.set(id, instance);
    return this.#answer(statement, bytes, this.decide(statement, "enrol"));
  }

  #subjectOf(previous: { credential: string; signature: Uint8Array } | undefined, bytes: Uint8Array): string {
    const fresh = encodeBase64url(new Uint8Array(randomBytes(16)));
    if (previous === undefined) return fresh;
    const seedOf = (): Uint8Array => this.#projectSeed;
    const opened = openCredential(previous.credential, { seedOf, project: this.project.projectId });
    if (!opened.ok) return fresh;
    const point = decodeBase64url(opened.value.instanceKey) ?? new Uint8Array(0);
    const message = previousInput(statementHash(sha256, bytes));
    return verifyEs256(point, message, previous.signature) ? opened.value.subject : fresh;
  }

  #sealed(statement: Statement, decision: Decision & { kind: "session" }): SealedSession {
    const { project } = this;
    const instance = this.instances.get(statement.instance);
    const salt = (): Uint8Array => new Uint8Array(randomBytes(16));
    const seal = { projectSeed: this.#projectSeed, generation: 0, project: project.projectId };
    const nowSeconds = Math.floor(this.nowMs() / 1000);
    const session = encodeBase64url(salt());
    const subject = instance?.subject ?? "";
    const credential = sealCredential(
      {
        instance: statement.instance,
        platform: statement.platform,
        app: statement.app.id,
        attestedKey: instance?.attestedKey ?? "",
        instanceKey: statement.instanceKey,
        counter: instance?.counter ?? 0,
        subject,
        evidenceAt: nowSeconds,
        factsVersion: 1,
        facts: { platform: "web", origin: null },
        iat: nowSeconds,
        exp: nowSeconds + 86_400,
      },
      { ...seal, salt: salt() },
    );
    if (credential !== null) this.credentials.add(credential);
    const asked = statement.asks.secrets;
    const verdict = decision.verdict ?? "trusted";
    const granted = project.secrets
      .filter((secret) => asked.includes(secret.name))
      .map(({ mode, ...secret }) => ({ ...secret, mode: mode === "by-verdict" ? modeByVerdict[verdict] : mode }));
    const passContents: Pass = {
      instance: statement.instance,
      subject,
      app: statement.app.id,
      verdict,
      session,
      issuedAtMs: this.nowMs(),
      exp: nowSeconds + this.expiresInSeconds,
      secrets: granted.filter((secret) => secret.mode === "brokered").map((secret) => secret.name),
    };
    const pass = sealPass(passContents, { ...seal, salt: salt() }) ?? "";
    const proofKey = encodeBase64url(proofKeyOf(this.#projectSeed, project.projectId, pass));
    const tokens = statement.asks.tokens.flatMap(({ api, bind }) => {
      const known = project.apis.find((each) => each.api === api)?.token;
      if (known === undefined) return [];
      const token = `token.${api}.${bind ?? "unbound"}.${encodeBase64url(salt())}`;
      return [{ api, header: known.header, prefix: known.prefix, token }];
    });
    const clientAttestations = statement.asks.clientAttestations.flatMap(({ clientId }) =>
      project.oauthClients.includes(clientId) ? [{ clientId, jwt: `attestation.${encodeBase64url(salt())}` }] : [],
    );
    const customTokens = (statement.asks.customTokens ?? []).flatMap(({ api, claims }) => {
      const known = project.apis.find((each) => each.api === api)?.token;
      if (known === undefined || !this.customClaims.includes(api)) return [];
      const token = `custom.${encodeBase64url(toUtf8(claims))}.${encodeBase64url(salt())}`;
      return [{ api, header: known.header, prefix: known.prefix, token }];
    });
    const isTrusted = verdict === "trusted";
    const valuesKeys =
      statement.asks.valuesKeys === true && isTrusted
        ? this.valuesGenerations.map((generation) => ({
            generation,
            key: encodeBase64url(sha256(toUtf8(`values ${generation} ${project.project} ${subject}`))),
          }))
        : [];
    const secrets = granted.map(({ name, version, mode, value }) =>
      mode === "delivered" ? { name, version, mode, value } : { name, version, mode },
    );
    for (const text of [
      credential ?? "",
      pass,
      proofKey,
      ...tokens.map(({ token }) => token),
      ...clientAttestations.map(({ jwt }) => jwt),
      ...customTokens.map(({ token }) => token),
      ...valuesKeys.map(({ key }) => key),
    ])
      this.#values.set(text, text);
    for (const secret of granted) this.#values.set(secret.value, secret.value);
    return {
      session,
      verdict,
      arc: toArc(new Uint8Array(randomBytes(10))),
      expiresInSeconds: this.expiresInSeconds,
      refreshInSeconds: this.refreshInSeconds,
      ...(decision.reenrolInSeconds === undefined ? {} : { reenrolInSeconds: decision.reenrolInSeconds }),
      credential: credential ?? "",
      tokens,
      clientAttestations,
      ...(statement.asks.customTokens === undefined ? {} : { customTokens }),
      ...(valuesKeys.length === 0 ? {} : { valuesKeys }),
      secrets,
      pass,
      proofKey,
      ...(this.watchSpreadSeconds === null
        ? {}
        : { watch: { generation: this.generation, spreadSeconds: this.watchSpreadSeconds } }),
    };
  }

  #answer(statement: Statement, bytes: Uint8Array, decision: Decision): Handled {
    if (decision.kind === "problem") return this.#problem(decision.code, decision.retryAfterSeconds);
    const { project } = this;
    const hash = statementHash(sha256, bytes);
    const common = {
      v: 1,
      project: project.project,
      environment: project.environment,
      serverTimeMs: Math.floor(this.nowMs()),
      keys: project.keysVersion,
      manifest: { epoch: project.epoch, version: project.manifestVersion },
      challenge: encodeBase64url(this.#continuing(statement.instance)),
    } as const;
    const { holds } = statement;
    const isManifestOld = holds.manifestEpoch !== project.epoch || holds.manifest < project.manifestVersion;
    return signAnswer({
      responseKey: project.response.privateKey,
      kid: project.kid(project.response),
      hash,
      body: this.#body(common, statement, hash, decision),
      ...(holds.keys === project.keysVersion && project.signedBy === "root" ? {} : { keys: project.keyList() }),
      ...(isManifestOld && this.bringsManifest ? { manifest: project.manifest() } : {}),
    });
  }

  #body(
    common: Pick<AnswerBody, "v" | "project" | "environment" | "serverTimeMs" | "keys" | "manifest" | "challenge">,
    statement: Statement,
    hash: Uint8Array,
    decision: Exclude<Decision, { kind: "problem" }>,
  ): AnswerBody {
    if (decision.kind === "enrol") return { ...common, outcome: "enrol", reason: decision.reason };
    if (decision.kind === "refused") {
      return {
        ...common,
        outcome: "refused",
        arc: toArc(new Uint8Array(randomBytes(10))),
        ...(decision.reasons === undefined ? {} : { reasons: decision.reasons }),
        ...(decision.action === undefined ? {} : { action: decision.action }),
        retryAfterSeconds: decision.retryAfterSeconds ?? 300,
      };
    }
    const recipient = decodeBase64url(statement.sessionKey, 32) ?? new Uint8Array(32);
    const plaintext = encodeSession(this.#sealed(statement, decision));
    const sealed = sealTo({ recipient, info: sealInfo(hash), plaintext });
    if (sealed === null) throw new TypeError("the session key cannot be used");
    return { ...common, outcome: "session", enc: encodeBase64url(sealed.enc), sealed: encodeBase64url(sealed.sealed) };
  }

  /** Tells every open stream a generation. */
  announce(generation: number): void {
    for (const stream of this.#streams) stream.send(String(generation));
  }

  streams(): number {
    return this.#streams.size;
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.end();
  }

  watch(_request: unknown, onData: (data: string) => void, abort: AbortHandle): Promise<void> {
    return new Promise((resolve) => {
      const stream = {
        send: onData,
        end: () => {
          this.#streams.delete(stream);
          resolve();
        },
      };
      this.#streams.add(stream);
      abort.onAbort(stream.end);
    });
  }

  async relay(request: RelayRequest): Promise<ChannelResponse> {
    if (request.abort.aborted) throw new ChannelError("aborted", "aborted");
    this.relayed.push(request);
    const { status, headers, body } = this.upstream(request);
    return { status, headers, body: bodyOf(body) };
  }

  /** The proof key of a pass, as the broker derives it. */
  proofKeyOf(pass: string): Uint8Array {
    return proofKeyOf(this.#projectSeed, this.project.projectId, pass);
  }
}

const modeByVerdict = { trusted: "delivered", restricted: "brokered" } as const;

export async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield toUtf8(text);
}
