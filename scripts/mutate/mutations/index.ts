import type { Mutation } from "../mutation.ts";
import { agentMutations } from "./agent.ts";
import { agentApiMutations } from "./agent-api.ts";
import { alarmMutations } from "./alarms.ts";
import { appAttestReceiptMutations } from "./app-attest-receipts.ts";
import { androidPackageMutations } from "./app-package-android.ts";
import { apkMutations } from "./app-package-apk.ts";
import { ipaMutations } from "./app-package-ipa.ts";
import { jarMutations } from "./app-package-jar.ts";
import { zipMutations } from "./app-package-zip.ts";
import { attestationMutations } from "./attestation.ts";
import { brokerMutations } from "./broker.ts";
import { brokerAloneMutations } from "./broker-alone.ts";
import { brokerLinkMutations } from "./broker-links.ts";
import { brokerSocketMutations } from "./broker-sockets.ts";
import { brokerTransportMutations } from "./broker-transport.ts";
import { decisionMutations } from "./decisions.ts";
import { decoyMutations } from "./decoy.ts";
import { developmentKeyMutations } from "./development-keys.ts";
import { deviceApiMutations } from "./device-api.ts";
import { lockoutMutations } from "./lockout.ts";
import { nativeAndroidMutations } from "./native-android.ts";
import { nativeIosMutations } from "./native-ios.ts";
import { networkStackMutations } from "./network-stacks.ts";
import { playIntegrityMutations } from "./play-integrity.ts";
import { policyMutations } from "./policy.ts";
import { recipeMutations } from "./recipes.ts";
import { secretModeMutations } from "./secret-modes.ts";
import { tokenKeyMutations } from "./token-keys.ts";
import { verifyAdapterMutations } from "./verify-adapters.ts";
import { verifyRequestMutations } from "./verify-requests.ts";
import { verifyServiceMutations } from "./verify-service.ts";
import { verifyTokenMutations } from "./verify-tokens.ts";

/** Every mutation, in the order of docs/mutations.md. */
export const mutations: readonly Mutation[] = [
  ...attestationMutations,
  ...appAttestReceiptMutations,
  ...playIntegrityMutations,
  ...policyMutations,
  ...developmentKeyMutations,
  ...deviceApiMutations,
  ...brokerMutations,
  ...brokerTransportMutations,
  ...brokerAloneMutations,
  ...brokerSocketMutations,
  ...brokerLinkMutations,
  ...decoyMutations,
  ...alarmMutations,
  ...secretModeMutations,
  ...tokenKeyMutations,
  ...agentMutations,
  ...agentApiMutations,
  ...networkStackMutations,
  ...nativeAndroidMutations,
  ...nativeIosMutations,
  ...lockoutMutations,
  ...recipeMutations,
  ...verifyTokenMutations,
  ...verifyRequestMutations,
  ...verifyServiceMutations,
  ...verifyAdapterMutations,
  ...decisionMutations,
  ...zipMutations,
  ...apkMutations,
  ...jarMutations,
  ...ipaMutations,
  ...androidPackageMutations,
];
