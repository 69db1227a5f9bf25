import { first } from "./0001-first.ts";
import { vendorCredentials } from "./0002-vendor-credentials.ts";
import { appAttestReceipts } from "./0003-app-attest-receipts.ts";
import { releases } from "./0004-releases.ts";
import { tokenKeys } from "./0005-token-keys.ts";
import { verifiers } from "./0006-verifiers.ts";
import { trafficCounts } from "./0007-traffic-counts.ts";
import { decoys } from "./0008-decoys.ts";
import { apiChains } from "./0009-api-chains.ts";
import { developmentKeys } from "./0010-development-keys.ts";
import { fleet } from "./0011-fleet.ts";
import { verifierInjections } from "./0012-verifier-injections.ts";
import { secretTerms } from "./0013-secret-terms.ts";
import { brokers } from "./0014-brokers.ts";
import { secretRecipes } from "./0015-secret-recipes.ts";
import { apiLinks } from "./0016-api-links.ts";
import { alarms } from "./0017-alarms.ts";
import type { Migration } from "./migration.ts";

/** Every step, in order. One list for all databases. */
export const migrations: readonly Migration[] = [
  first,
  vendorCredentials,
  appAttestReceipts,
  releases,
  tokenKeys,
  verifiers,
  trafficCounts,
  decoys,
  apiChains,
  developmentKeys,
  fleet,
  verifierInjections,
  secretTerms,
  brokers,
  secretRecipes,
  apiLinks,
  alarms,
];
