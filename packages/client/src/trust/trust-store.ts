import { parseKeyListEnvelope, parseManifestEnvelope } from "@countersign/protocol";
import type { AgentClock, Moment } from "../clock/agent-clock.ts";
import type { AgentStorage } from "../memory/agent-storage.ts";
import type { HeldChannels } from "./held-channels.ts";
import { manifestInForce, noTrust, type Trust, type TrustScope, takeKeyList, takeManifest } from "./trust.ts";

function parseMoment(text: string | null): Moment | null {
  try {
    const { continuousMs, wallMs } = JSON.parse(text ?? "{}") as Partial<Moment>;
    return typeof continuousMs === "number" && typeof wallMs === "number" ? { continuousMs, wallMs } : null;
  } catch {
    return null;
  }
}

/** The held key list and manifest, in memory and storage. What is read back is verified again, so storage need not be trusted. */
export class TrustStore {
  readonly #storage: AgentStorage;
  readonly #scope: TrustScope;
  readonly #clock: AgentClock;
  readonly #channels: HeldChannels;
  #trust: Trust = noTrust;
  #confirmedAtMs: number | null = null;

  constructor(storage: AgentStorage, scope: TrustScope, clock: AgentClock, channels: HeldChannels) {
    this.#storage = storage;
    this.#scope = scope;
    this.#clock = clock;
    this.#channels = channels;
  }

  async load(): Promise<void> {
    const [keysText, manifestText, confirmedText] = await Promise.all([
      this.#storage.read("keys"),
      this.#storage.read("manifest"),
      this.#storage.read("confirmed"),
    ]);
    const keys = keysText === null ? null : parseKeyListEnvelope(keysText);
    if (keys?.ok === true) this.#trust = takeKeyList(noTrust, keys.value, this.#scope) ?? noTrust;
    const manifest = manifestText === null ? null : parseManifestEnvelope(manifestText);
    if (manifest?.ok === true) this.#trust = takeManifest(this.#trust, manifest.value, this.#scope) ?? this.#trust;
    const confirmed = parseMoment(confirmedText);
    if (confirmed !== null) this.#confirmedAtMs = this.#clock.nowMs() - this.#clock.ageMs(confirmed);
    await this.#channels.hold(manifestInForce(this.#trust));
  }

  current(): Trust {
    return this.#trust;
  }

  /** Keeps what a verified answer established, and notes that the service confirmed it: the request was sent at `sentAtMs`. */
  async keep(trust: Trust, sentAtMs: number, sentAt: Moment): Promise<void> {
    const before = this.#trust;
    this.#trust = trust;
    this.#confirmedAtMs = sentAtMs;
    const writes: Promise<void>[] = [this.#storage.write("confirmed", JSON.stringify(sentAt))];
    if (trust.keys !== null && trust.keys !== before.keys) {
      writes.push(this.#storage.write("keys", JSON.stringify(trust.keys.envelope)));
    }
    if (trust.manifest !== null && trust.manifest !== before.manifest) {
      writes.push(this.#storage.write("manifest", JSON.stringify(trust.manifest.envelope)));
    }
    await Promise.all([...writes, this.#channels.hold(manifestInForce(trust))]);
  }

  /** True where no answer has confirmed the manifest for longer than it allows, or none is in force. */
  isStale(): boolean {
    const manifest = manifestInForce(this.#trust);
    if (manifest === null || this.#confirmedAtMs === null) return true;
    return this.#clock.nowMs() - this.#confirmedAtMs > manifest.staleAfterSeconds * 1000;
  }
}
