import {
  createVirtualIphone,
  createVirtualPixel,
  type TestAuthority,
  type VirtualDevice,
  type VirtualIphoneOptions,
  type VirtualPixelOptions,
} from "@countersign/virtual-device";
import { demoApp } from "./demo-app.ts";

/** Makes devices with the registered app, except where told otherwise. */
export interface DemoDevices {
  iphone(options?: Partial<VirtualIphoneOptions>): VirtualDevice;
  pixel(options?: Partial<VirtualPixelOptions>): VirtualDevice;
}

export function createDemoDevices(options: {
  readonly authority: TestAuthority;
  readonly project: string;
  readonly nowMs: () => number;
}): DemoDevices {
  const { appId, packageName, versionCode, signingDigest, claims } = demoApp;
  const shared = { ...options, app: claims };
  return {
    iphone: (changes) => createVirtualIphone({ ...shared, appId, ios: "18", ...changes }),
    pixel: (changes) =>
      createVirtualPixel({
        ...shared,
        packageName,
        versionCode,
        signingDigest,
        security: "tee",
        provisioning: "factory",
        ...changes,
      }),
  };
}

/** One genuine device of the story. */
export interface GenuineDevice {
  readonly name: string;
  readonly platform: "ios" | "android";
  make(devices: DemoDevices): VirtualDevice;
}

export const genuineDevices: readonly GenuineDevice[] = [
  { name: "iphone-app-attest", platform: "ios", make: (devices) => devices.iphone({ ios: "18" }) },
  { name: "iphone-ios-27", platform: "ios", make: (devices) => devices.iphone({ ios: "27" }) },
  {
    name: "pixel-tee",
    platform: "android",
    make: (devices) => devices.pixel({ security: "tee", provisioning: "factory" }),
  },
  {
    name: "pixel-strongbox",
    platform: "android",
    make: (devices) => devices.pixel({ security: "strongbox", provisioning: "factory" }),
  },
  {
    name: "pixel-rkp",
    platform: "android",
    make: (devices) => devices.pixel({ security: "tee", provisioning: "remote" }),
  },
];
