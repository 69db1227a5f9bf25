import { aiKeyRules } from "./ai-keys.ts";
import { cloudKeyRules } from "./cloud-keys.ts";
import { developerKeyRules } from "./developer-keys.ts";
import type { KeyRule } from "./key-rule.ts";
import { messagingKeyRules } from "./messaging-keys.ts";
import { ownKeyRules } from "./own-keys.ts";
import { paymentKeyRules } from "./payment-keys.ts";
import { serviceKeyRules } from "./service-keys.ts";

/** Every known form of key. */
export const keyRules: readonly KeyRule[] = [
  ...cloudKeyRules,
  ...paymentKeyRules,
  ...aiKeyRules,
  ...developerKeyRules,
  ...messagingKeyRules,
  ...serviceKeyRules,
  ...ownKeyRules,
];
