/** The Countersign service, for whoever hosts it. Everything else goes over its APIs. */

export { composeService, type Service } from "./compose.ts";
export { type AloneBroker, type BrokerOptions, composeBroker } from "./compose-broker.ts";
export { type Budgets, defaultBudgets, type ServiceOptions } from "./config.ts";
export { backupKeys } from "./data-folder/backup-keys.ts";
export { readPrivateFile } from "./data-folder/read-private-file.ts";
export { restoreKeys } from "./data-folder/restore-keys.ts";
export { StartError, type StartErrorCode } from "./data-folder/start-error.ts";
export { chainSentence } from "./domain/chains/chain-sentence.ts";
export { judgeChain } from "./domain/chains/judge-chain.ts";
export { proposeChannel } from "./domain/chains/propose-channel.ts";
export { createBootstrapToken } from "./start/create-bootstrap-token.ts";
export { readLiveChain } from "./tls/read-live-chain.ts";
