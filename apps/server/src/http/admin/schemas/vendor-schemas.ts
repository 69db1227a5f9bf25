import { z } from "zod";
import { timeMs } from "./identifiers.ts";

export const VendorInput = z
  .record(z.string().max(256), z.unknown())
  .describe("What the kind demands: see docs/admin-api.md. Never given back.")
  .meta({ id: "AdminNewVendorCredential" });

export const VendorAnswer = z.object({ kind: z.string(), updatedAtMs: timeMs }).meta({ id: "AdminVendorCredential" });

export const VendorsAnswer = z.object({ vendors: z.array(VendorAnswer) }).meta({ id: "AdminVendorCredentials" });
