export type { Provisioning } from "./android/google-authority.ts";
export type { BootState, SecurityLevel } from "./android/key-description.ts";
export type { AppAttestEnvironment } from "./apple/app-attest.ts";
export type { IosRelease } from "./apple/leaf-extensions.ts";
export { detectorRevisions } from "./planted-detectors.ts";
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
