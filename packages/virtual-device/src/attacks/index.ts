import { alteredStatement } from "./altered-statement.ts";
import type { Attack } from "./attack.ts";
import { bareScript } from "./bare-script.ts";
import {
  customSystem,
  extendedChain,
  extendedRemoteChain,
  revokedCertificate,
  softwareKey,
  unlockedBootloader,
} from "./compromised-device.ts";
import { counterRollback } from "./counter-rollback.ts";
import {
  developmentKeyAfterExpiry,
  developmentKeyInProduction,
  developmentKeyOfAnotherProject,
  developmentKeyReplayed,
} from "./development-keys.ts";
import { developmentEnvironment, otherAppId, otherPackage, repackagedBuild } from "./foreign-app.ts";
import { forgedErrors } from "./forged-errors.ts";
import { hookQuarantine, hookSignal } from "./hooked-process.ts";
import { expiredChallenge, foreignChallenge, forgedChallenge } from "./old-challenges.ts";
import { oldKeyList, oldManifest } from "./old-configuration.ts";
import {
  playBorrowedName,
  playForgedToken,
  playOldToken,
  playOtherPackage,
  playTestAnswer,
  playTokenForAnother,
  playTokenLeftOut,
  playTokenReused,
  playUnevaluated,
} from "./play-tokens.ts";
import { replayedAssertion, replayedChallenge, replayedSessionRequest, reusedEvidenceChallenge } from "./replays.ts";
import {
  copiedAttestationOwnKeys,
  copiedChain,
  copiedChainOwnKey,
  impersonatedVictim,
  stolenCredential,
} from "./stolen-identity.ts";
import { forgedRoot, testRootInProduction, testRootInProductionOnIos } from "./untrusted-root.ts";

/** Every attack on the wire, each with the code it must end in (docs/attacks.md). */
export const attacks: readonly Attack[] = [
  bareScript,
  replayedChallenge,
  replayedSessionRequest,
  replayedAssertion,
  reusedEvidenceChallenge,
  expiredChallenge,
  forgedChallenge,
  foreignChallenge,
  alteredStatement,
  stolenCredential,
  impersonatedVictim,
  copiedChain,
  copiedChainOwnKey,
  copiedAttestationOwnKeys,
  otherAppId,
  otherPackage,
  repackagedBuild,
  developmentEnvironment,
  counterRollback,
  unlockedBootloader,
  customSystem,
  softwareKey,
  revokedCertificate,
  extendedChain,
  extendedRemoteChain,
  forgedRoot,
  testRootInProduction,
  testRootInProductionOnIos,
  developmentKeyReplayed,
  developmentKeyOfAnotherProject,
  developmentKeyAfterExpiry,
  developmentKeyInProduction,
  playTokenLeftOut,
  playTokenReused,
  playTokenForAnother,
  playOtherPackage,
  playBorrowedName,
  playTestAnswer,
  playOldToken,
  playUnevaluated,
  playForgedToken,
  hookSignal,
  hookQuarantine,
  forgedErrors,
  oldManifest,
  oldKeyList,
];
