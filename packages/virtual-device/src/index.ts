export type { Provisioning } from "./android/chain-authority.ts";
export type { BootState, SecurityLevel } from "./android/key-description.ts";
export type { AppAttestEnvironment } from "./apple/app-attest.ts";
export type { IosRelease } from "./apple/leaf-extensions.ts";
export {
  agentOutcome,
  createInterceptor,
  type Interceptor,
  refreshCode,
  replaceMembers,
} from "./attacks/agent-attack.ts";
export type { Attack, AttackExpectation, AttackOutcome } from "./attacks/attack.ts";
export { createExchange, type Exchange, type Prepared, type RawAnswer } from "./attacks/exchange.ts";
export { attacks } from "./attacks/index.ts";
export type { AttackedAgent, AttackedPlay, AttackLab, Middleman, RawResponse } from "./attacks/lab.ts";
export { createRawInstance, type RawInstance, type RawInstanceOptions } from "./attacks/raw-instance.ts";
export { detectorRevisions } from "./planted-detectors.ts";
export type { PlayBinding, PlayFindings, PlayVerdict } from "./play/verdict.ts";
export { toPlayVerdict } from "./play/verdict.ts";
export { createVirtualPlay, type VirtualPlay } from "./play/virtual-play.ts";
export {
  createTestAuthority,
  statusListRevoking,
  type TestAuthority,
  type TestAuthorityOptions,
} from "./test-authority.ts";
export { createVirtualBrowser, type VirtualBrowserOptions } from "./virtual-browser.ts";
export type { AttackerHandles, VirtualDevice } from "./virtual-device.ts";
export { createVirtualIphone, type VirtualIphoneOptions } from "./virtual-iphone.ts";
export { createVirtualPixel, type VirtualPixelOptions } from "./virtual-pixel.ts";
export { createVirtualSimulator, type VirtualSimulatorOptions } from "./virtual-simulator.ts";
export { type DevelopmentItem, developmentEvidence } from "./wire/bindings.ts";
