import type { ServiceRequest, ServiceResponse } from "@countersign/client";
import type { PlayFindings } from "../play/verdict.ts";
import type { VirtualPlay } from "../play/virtual-play.ts";
import type { TestAuthority } from "../test-authority.ts";
import type { VirtualDevice } from "../virtual-device.ts";
import type { VirtualIphoneOptions } from "../virtual-iphone.ts";
import type { VirtualPixelOptions } from "../virtual-pixel.ts";

/** An answer of the service as a script sees it. `json` is null where the body is no JSON. */
export interface RawResponse {
  readonly status: number;
  readonly body: Uint8Array;
  readonly json: unknown;
}

/** What an attack uses of an agent. The real agent of `@countersign/client` fits. */
export interface AttackedAgent {
  start(): Promise<void>;
  refresh(reason?: string): Promise<unknown>;
  /** `instance` is the instance id, b64u, once there is one. */
  state(): { readonly instance: string | null };
  stop(): void;
}

/** Someone between agent and service who sees and changes what passes. `forward` sends a request on to the service. */
export type Middleman = (
  request: ServiceRequest,
  forward: (request: ServiceRequest) => Promise<ServiceResponse>,
) => Promise<ServiceResponse>;

/** What attacks on Play Integrity need. */
export interface AttackedPlay {
  readonly configuration: string;
  readonly google: VirtualPlay;
  /** What Play finds on a genuine device with the registered app, now. */
  findings(): PlayFindings;
}

/**
 * A service under attack. The attacks run one after another against one lab; each makes devices of its own. The demo project is of kind
 * development, trusts `authority`'s anchors and permits nothing beyond that; the service holds `statusListRevoking([authority.revokedSerial])`.
 */
export interface AttackLab {
  /** Configuration string of the demo project. */
  readonly configuration: string;
  /** Configuration string of a project of kind production on the same service, with the same app registered and only the vendors' anchors. */
  readonly productionConfiguration: string;
  /** A project like the demo's that demands Play Integrity, and the Play whose response keys it holds. */
  readonly play: AttackedPlay;
  /** The authority whose anchors the demo project trusts. */
  readonly authority: TestAuthority;
  /** An authority that no project trusts. */
  readonly foreignAuthority: TestAuthority;
  /** Names of delivered secrets that a trusted instance of the demo app gets. */
  readonly secrets: readonly string[];
  /** Sends one request to the service, past every agent. `path` is path and query; `body` is sent as JSON, null sends none. */
  send(method: "GET" | "POST", path: string, body: unknown): Promise<RawResponse>;
  /** A device with the registered app, except where `options` says otherwise. */
  iphone(options?: Partial<VirtualIphoneOptions>): VirtualDevice;
  pixel(options?: Partial<VirtualPixelOptions>): VirtualDevice;
  /** A real agent on the device, for the demo project, asking for `secrets`. `middleman` stands between it and the service. */
  createAgent(device: VirtualDevice, options?: { readonly middleman?: Middleman }): Promise<AttackedAgent>;
  /** A development key that the service makes: of the demo project, or of the one that demands Play. */
  createDevelopmentKey(options: {
    readonly project: "demo" | "play";
    readonly expiresInSeconds: number;
  }): Promise<string>;
  /** The service's clock. Devices of the lab are on it too. */
  nowMs(): number;
  /** Moves the service's clock (and `nowMs`) forward. */
  advanceServiceClock(ms: number): void;
  /** Makes the service publish a next manifest of the demo app. */
  publishManifest(): Promise<void>;
  /** Makes the service publish a next key list of the demo project. */
  publishKeyList(): Promise<void>;
}
