import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { KeyParams, ProjectParams } from "../schemas/identifiers.ts";
import {
  ActivationInput,
  ExportAnswer,
  ExportInput,
  ImportInput,
  KeyAnswer,
  KeyChangeAnswer,
  KeysAnswer,
  RetirementInput,
  RotationInput,
  StageInput,
} from "../schemas/key-schemas.ts";

const path = "/admin/v1/projects/:project/token-keys";
const ofProject = { tag: "keys", params: ProjectParams } as const;
const ofKey = { tag: "keys", params: KeyParams } as const;

/** Token keys: what signs the tokens of APIs and client attestations. */
export function mountKeys(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...ofProject,
    method: "GET",
    url: path,
    id: "listTokenKeys",
    summary: "All token keys of the project and how they stand, never their material",
    status: 200,
    answer: KeysAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ keys: await useCases.listTokenKeys(params.project) }),
  });
  mount({
    ...ofProject,
    method: "POST",
    url: `${path}/rotate`,
    id: "rotateTokenKey",
    summary: "Make a key that takes over from the others",
    body: RotationInput,
    status: 201,
    answer: KeyChangeAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.rotateTokenKey(actor, params.project, body),
  });
  mount({
    ...ofProject,
    method: "POST",
    url: `${path}/stage`,
    id: "stageTokenKey",
    summary: "Make a key that signs nothing until it is activated",
    body: StageInput,
    status: 201,
    answer: KeyAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.stageTokenKey(actor, params.project, body),
  });
  mount({
    ...ofProject,
    method: "POST",
    url: `${path}/import`,
    id: "importTokenSecret",
    summary: "Take over an HS256 secret that backends hold already",
    body: ImportInput,
    status: 201,
    answer: KeyChangeAnswer,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.importTokenSecret(actor, params.project, body),
  });
  mount({
    ...ofProject,
    method: "POST",
    url: `${path}/export`,
    id: "exportTokenKey",
    summary: "What a backend verifies with: a public key, or a secret where that is asked for; audited",
    body: ExportInput,
    status: 200,
    answer: ExportAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params, body }) => useCases.exportTokenKey(actor, params.project, body),
  });
  mount({
    ...ofKey,
    method: "POST",
    url: `${path}/:kid/activate`,
    id: "activateTokenKey",
    summary: "Have a staged key take over",
    body: ActivationInput,
    status: 200,
    answer: KeyChangeAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params, body }) => useCases.activateTokenKey(actor, params.project, params.kid, body),
  });
  mount({
    ...ofKey,
    method: "POST",
    url: `${path}/:kid/retire`,
    id: "retireTokenKey",
    summary: "Set the end of a key",
    body: RetirementInput,
    status: 200,
    answer: KeyAnswer,
    problems: ["not_found", "conflict", "in_use"],
    run: ({ actor, params, body }) => useCases.retireTokenKey(actor, params.project, params.kid, body),
  });
}
