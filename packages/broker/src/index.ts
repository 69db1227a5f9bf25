export { type AwsCredentials, parseAwsCredentials } from "./aws-credentials.ts";
export { type Broker, type BrokerOptions, createBroker } from "./broker.ts";
export { budgetKeyOf, type CountedBudget, parseBudgetKey } from "./budget-key.ts";
export { drawBudgets } from "./draw-budgets.ts";
export type { LinkRequest } from "./links/admit-link.ts";
export type { LinkedPath, LinkTerms } from "./links/link-terms.ts";
export { parseMacKey } from "./make-mac.ts";
export { type PeerKind, peerKind } from "./peer-address.ts";
export {
  type Bearer,
  type BrokerEvent,
  type BrokerLimits,
  type BrokerPorts,
  type BrokerRequest,
  type DecoyAnswer,
  type Decoys,
  defaultLimits,
  type OpenedPass,
  type PresentedCall,
  type RevealableSecret,
  type SealedLink,
} from "./ports.ts";
export { type Resolve, type ResolvedPeer, resolvePeer } from "./resolve-peer.ts";
export type { AwsProcessor, HmacProcessor, Processor, SecretTerms, UseBudget } from "./secret-terms.ts";
export { signAws } from "./sign-aws.ts";
export { parseTemplate } from "./template.ts";
export { refuseUpgrade } from "./websocket/refuse-upgrade.ts";
export type { UpgradeRequest } from "./websocket/serve-sockets.ts";
export type { SocketLimits } from "./websocket/socket-limits.ts";
