import { randomBytes } from "node:crypto";
import {
  encodeBase64url,
  formatConfigurationString,
  type KeyListEnvelope,
  kidOf,
  type Manifest,
  type ManifestApi,
  type ManifestEnvelope,
  type ManifestSecret,
  type OnlineKeyUse,
  type Place,
  placeholderOf,
} from "@countersign/protocol";
import {
  generateSigningKey,
  type SigningKeyPair,
  sha256,
  signKeyList,
  signManifest,
} from "@countersign/protocol/server";

export type Environment = "production" | "development";

export interface FakeSecret {
  readonly name: string;
  value: string;
  version: number;
  /** `by-verdict`: delivered where the session is trusted, else brokered. */
  mode: "delivered" | "brokered" | "by-verdict";
  readonly places: readonly Place[];
}

/** Keys, key lists and manifests of one project, really signed. */
export class FakeProject {
  readonly environment: Environment;
  readonly projectId = new Uint8Array(randomBytes(16));
  readonly project = encodeBase64url(this.projectId);
  readonly root = generateSigningKey();
  readonly recovery = generateSigningKey();
  readonly app = "astropiks";
  response = generateSigningKey();
  manifestKey = generateSigningKey();
  keysVersion = 1;
  epoch = 0;
  manifestVersion = 1;
  staleAfterSeconds = 7 * 86_400;
  signedBy: "root" | "recovery" = "root";
  apis: ManifestApi[] = [];
  secrets: FakeSecret[] = [];
  /** Origin of a broker that stands alone. */
  broker: string | undefined = undefined;
  roots: string[] = [];
  /** OAuth clients that this app may be attested as. */
  oauthClients: string[] = [];

  constructor(environment: Environment = "development") {
    this.environment = environment;
  }

  configuration(host = "countersign.test"): string {
    return formatConfigurationString({
      kind: this.environment,
      host,
      port: null,
      projectId: this.projectId,
      root: sha256(this.root.point),
      recovery: sha256(this.recovery.point),
    });
  }

  kid(key: SigningKeyPair): string {
    return kidOf(sha256, key.point);
  }

  placeholder(name: string): string {
    return placeholderOf(sha256, this.projectId, name);
  }

  keyList(change: Partial<{ environment: Environment; project: string; version: number }> = {}): KeyListEnvelope {
    const entry = (key: SigningKeyPair, use: OnlineKeyUse) => ({
      kid: this.kid(key),
      use,
      point: encodeBase64url(key.point),
    });
    const signer = this.signedBy === "root" ? this.root : this.recovery;
    return signKeyList(
      {
        v: 1,
        project: this.project,
        environment: this.environment,
        version: this.keysVersion,
        manifestEpoch: this.epoch,
        keys: [entry(this.response, "response"), entry(this.manifestKey, "manifest")],
        ...change,
      },
      { point: signer.point, key: signer.privateKey },
    );
  }

  manifest(change: Partial<Manifest> = {}): ManifestEnvelope {
    return signManifest(
      {
        v: 1,
        project: this.project,
        environment: this.environment,
        app: this.app,
        epoch: this.epoch,
        version: this.manifestVersion,
        issuedAtMs: 1,
        staleAfterSeconds: this.staleAfterSeconds,
        apis: this.apis,
        secrets: this.secrets.map(
          ({ name, places }): ManifestSecret => ({
            name,
            placeholder: this.placeholder(name),
            places,
          }),
        ),
        roots: this.roots,
        signals: { required: [] },
        ...(this.broker === undefined ? {} : { broker: this.broker }),
        ...change,
      },
      { kid: this.kid(this.manifestKey), key: this.manifestKey.privateKey },
    );
  }

  /** Fresh online keys, signed by the root. */
  rotateKeys(): void {
    this.response = generateSigningKey();
    this.manifestKey = generateSigningKey();
    this.keysVersion += 1;
  }

  /** The root is given up: fresh keys and a new epoch, signed by the recovery root, versions from 1. */
  recover(): void {
    this.rotateKeys();
    this.signedBy = "recovery";
    this.keysVersion = 1;
    this.epoch += 1;
    this.manifestVersion = 1;
  }
}
