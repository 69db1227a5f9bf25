import { createHash } from "node:crypto";
import type { AppClaims } from "@countersign/client";

/** The build that the virtual devices have installed, and that the project registers. */
export const demoApp = {
  claims: { id: "astropiks", version: "1.0.0", build: "100" } satisfies AppClaims,
  /** `TEAMID.bundle.id` */
  appId: "A5TR0P1K5X.dev.countersign.astropiks",
  packageName: "dev.countersign.astropiks",
  versionCode: 100,
  /** Hex SHA-256 of the certificate that signs the Android build: one for the demo, of no key. */
  signingDigest: createHash("sha256").update("AstroPiks release signing certificate").digest("hex"),
} as const;

export const demoNames = {
  project: "AstroPiks",
  productionProject: "AstroPiks production",
  /** A development project that demands Play Integrity on Android. */
  playProject: "AstroPiks with Play",
  /** The third party's API. */
  api: "nasa",
  /** The app's own backend, which takes tokens. */
  backend: "backend",
  secret: "nasa-api-key",
  /** Another key of the same API, which the service keeps: so that both forms can stand side by side. */
  brokeredSecret: "nasa-api-key-brokered",
} as const;
