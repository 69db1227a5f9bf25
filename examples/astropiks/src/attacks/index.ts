import type { DemoAttack } from "./demo-attack.ts";
import {
  keyEchoedInLocation,
  keyEchoedToBroker,
  redirectToForeignHost,
  redirectToPlainHttp,
} from "./hostile-upstream.ts";
import { middleboxAsBroker, middleboxToApi, middleboxToService } from "./tls-middlebox.ts";
import { typedIntoJson, typedIntoNote, typedIntoSearch } from "./typed-placeholder.ts";

/** The attacks that need an upstream or a box on the path, each with the code it must end in (docs/attacks.md). */
export const demoAttacks: readonly DemoAttack[] = [
  typedIntoNote,
  typedIntoSearch,
  typedIntoJson,
  redirectToForeignHost,
  redirectToPlainHttp,
  keyEchoedInLocation,
  keyEchoedToBroker,
  middleboxToService,
  middleboxAsBroker,
  middleboxToApi,
];
