import type { Kysely } from "kysely";
import type { ProjectSeed, Seeds } from "../domain/ports/index.ts";
import type { Tables } from "./tables.ts";

export function createSeeds(database: Kysely<Tables>): Seeds {
  return {
    ofProject: async (project) => {
      const rows = await database
        .selectFrom("project_seeds")
        .selectAll()
        .where("project", "=", project)
        .orderBy("generation")
        .execute();
      return rows.map((row) => ({
        project: row.project,
        generation: row.generation,
        seed: row.seed,
        createdAtMs: row.created_at_ms,
      }));
    },
    ofService: async () => {
      const rows = await database.selectFrom("service_seeds").selectAll().orderBy("generation").execute();
      return rows.map((row) => ({ generation: row.generation, seed: row.seed, createdAtMs: row.created_at_ms }));
    },
    addServiceSeed: async ({ generation, seed, createdAtMs }) => {
      await database.insertInto("service_seeds").values({ generation, seed, created_at_ms: createdAtMs }).execute();
    },
    addProjectSeed: async (seed) => {
      await database.insertInto("project_seeds").values(seedRow(seed)).execute();
    },
  };
}

export function seedRow({ project, generation, seed, createdAtMs }: ProjectSeed): Tables["project_seeds"] {
  return { project, generation, seed, created_at_ms: createdAtMs };
}
