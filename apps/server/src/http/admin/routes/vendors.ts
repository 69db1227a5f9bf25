import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { Nothing, ProjectParams, VendorParams } from "../schemas/identifiers.ts";
import { VendorAnswer, VendorInput, VendorsAnswer } from "../schemas/vendor-schemas.ts";

const one = { url: "/admin/v1/projects/:project/vendors/:kind", tag: "vendors", params: VendorParams } as const;

/** What the service calls vendors with: it goes in and never comes out. */
export function mountVendors(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/vendors",
    tag: "vendors",
    params: ProjectParams,
    id: "listVendors",
    summary: "Which vendor credentials the project has, never a value",
    status: 200,
    answer: VendorsAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ vendors: await useCases.listVendors(params.project) }),
  });
  mount({
    ...one,
    method: "PUT",
    id: "setVendor",
    summary: "Set a vendor credential",
    bodyLimit: 64 * 1024,
    body: VendorInput,
    status: 200,
    answer: VendorAnswer,
    problems: ["not_found"],
    run: ({ actor, params, body }) => useCases.setVendor(actor, params.project, params.kind, body),
  });
  mount({
    ...one,
    method: "DELETE",
    id: "removeVendor",
    summary: "Remove a vendor credential",
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params }) => {
      await useCases.removeVendor(actor, params.project, params.kind);
      return null;
    },
  });
}
