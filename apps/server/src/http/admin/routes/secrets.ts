import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import { Nothing, ProjectParams, SecretParams } from "../schemas/identifiers.ts";
import { MintTestAnswer, RecipeInput } from "../schemas/recipe-schemas.ts";
import {
  CanaryInput,
  ModeInput,
  RotateInput,
  SecretAnswer,
  SecretInput,
  SecretsAnswer,
  TermsInput,
} from "../schemas/secret-schemas.ts";

const one = {
  url: "/admin/v1/projects/:project/secrets/:name",
  tag: "secrets",
  params: SecretParams,
  bodyLimit: 64 * 1024,
} as const;

/** Secrets: values go in and never come out. */
export function mountSecrets(mount: Mount, useCases: AdminUseCases): void {
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/secrets",
    tag: "secrets",
    params: ProjectParams,
    id: "listSecrets",
    summary: "All secrets of the project, never a value",
    status: 200,
    answer: SecretsAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ secrets: await useCases.listSecrets(params.project) }),
  });
  mount({
    ...one,
    method: "PUT",
    id: "setSecret",
    summary: "Set a secret: value, places, apps",
    body: SecretInput,
    status: 200,
    answer: SecretAnswer,
    problems: ["not_found", "conflict", "limit_reached", "exposed_value"],
    run: ({ actor, params, body }) => useCases.setSecret(actor, params.project, params.name, body),
  });
  mount({
    ...one,
    url: "/admin/v1/projects/:project/secrets/:name/rotate",
    method: "POST",
    id: "rotateSecret",
    summary: "Give a secret a new value",
    body: RotateInput,
    status: 200,
    answer: SecretAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params, body }) => useCases.rotateSecret(actor, params.project, params.name, body),
  });
  mount({
    ...one,
    url: "/admin/v1/projects/:project/secrets/:name/mode",
    method: "POST",
    id: "changeSecretMode",
    summary: "Deliver a secret, broker it, or let the verdict decide",
    body: ModeInput,
    status: 200,
    answer: SecretAnswer,
    problems: ["not_found", "conflict", "exposed_value"],
    run: ({ actor, params, body }) => useCases.changeSecretMode(actor, params.project, params.name, body),
  });
  mount({
    ...one,
    url: "/admin/v1/projects/:project/secrets/:name/canary",
    method: "PUT",
    id: "setCanary",
    summary: "Set what decoys get in place of a secret",
    body: CanaryInput,
    status: 200,
    answer: SecretAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params, body }) => useCases.setCanary(actor, params.project, params.name, body),
  });
  mount({
    ...one,
    url: "/admin/v1/projects/:project/secrets/:name/terms",
    method: "PUT",
    id: "setTerms",
    summary: "Set what is made of a brokered secret and how often it may be used",
    body: TermsInput,
    status: 200,
    answer: SecretAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params, body }) => useCases.setTerms(actor, params.project, params.name, body),
  });
  mount({
    ...one,
    url: "/admin/v1/projects/:project/secrets/:name/recipe",
    method: "PUT",
    id: "setRecipe",
    summary: "Set how short-lived values of a secret are minted from its own",
    body: RecipeInput,
    status: 200,
    answer: SecretAnswer,
    problems: ["not_found", "conflict", "exposed_value"],
    run: ({ actor, params, body }) => useCases.setRecipe(actor, params.project, params.name, body),
  });
  mount({
    ...one,
    url: "/admin/v1/projects/:project/secrets/:name/mint-test",
    method: "POST",
    id: "testRecipe",
    summary: "Mint a value once and drop it: whether the recipe works, and how long its values live",
    status: 200,
    answer: MintTestAnswer,
    problems: ["not_found", "conflict"],
    run: ({ actor, params }) => useCases.testRecipe(actor, params.project, params.name),
  });
  mount({
    ...one,
    method: "DELETE",
    id: "removeSecret",
    summary: "Remove a secret",
    status: 204,
    answer: Nothing,
    problems: ["not_found", "in_use"],
    run: async ({ actor, params }) => {
      await useCases.removeSecret(actor, params.project, params.name);
      return null;
    },
  });
}
