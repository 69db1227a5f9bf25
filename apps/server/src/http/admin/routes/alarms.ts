import type { AdminUseCases } from "../../../domain/admin/admin-use-cases.ts";
import type { Mount } from "../operation.ts";
import {
  AlarmAnswer,
  AlarmHookCreated,
  AlarmHookInput,
  AlarmHookParams,
  AlarmHooksAnswer,
  AlarmNoticesAnswer,
  AlarmNoticesInput,
  AlarmNoticesSet,
  AlarmNoticesTest,
  AlarmParams,
  AlarmsAnswer,
  AlarmsQuery,
  DecoyCreated,
  DecoyInput,
  DecoyParams,
  DecoysAnswer,
} from "../schemas/alarm-schemas.ts";
import { Nothing, ProjectParams } from "../schemas/identifiers.ts";

const ofProject = { tag: "alarms", params: ProjectParams } as const;
const decoys = { ...ofProject, url: "/admin/v1/projects/:project/decoys" } as const;
const hooks = { ...ofProject, url: "/admin/v1/projects/:project/alarm-hooks" } as const;
const notices = { ...ofProject, url: "/admin/v1/projects/:project/alarm-notices" } as const;

/** Decoy secrets, and what their use raised. */
export function mountAlarms(mount: Mount, useCases: AdminUseCases): void {
  mountDecoys(mount, useCases);
  mount({
    ...ofProject,
    method: "GET",
    url: "/admin/v1/projects/:project/alarms",
    query: AlarmsQuery,
    id: "listAlarms",
    summary: "Uses of decoys, newest first",
    status: 200,
    answer: AlarmsAnswer,
    problems: ["not_found"],
    run: async ({ params, query }) => ({
      alarms: await useCases.listAlarms(params.project, { open: query.open === "true", limit: query.limit }),
    }),
  });
  mount({
    method: "GET",
    url: "/admin/v1/projects/:project/alarms/:alarm",
    tag: "alarms",
    params: AlarmParams,
    id: "showAlarm",
    summary: "One alarm",
    status: 200,
    answer: AlarmAnswer,
    problems: ["not_found"],
    run: ({ params }) => useCases.showAlarm(params.project, params.alarm),
  });
  mount({
    method: "POST",
    url: "/admin/v1/projects/:project/alarms/:alarm/acknowledgement",
    tag: "alarms",
    params: AlarmParams,
    id: "acknowledgeAlarm",
    summary: "Say that an alarm was seen; further uses are a new one",
    status: 200,
    answer: AlarmAnswer,
    problems: ["not_found"],
    run: ({ actor, params }) => useCases.acknowledgeAlarm(actor, params.project, params.alarm),
  });
  mountHooks(mount, useCases);
  mountNotices(mount, useCases);
}

function mountDecoys(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...decoys,
    method: "GET",
    id: "listDecoys",
    summary: "The project's decoy secrets, never a value",
    status: 200,
    answer: DecoysAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ decoys: await useCases.listDecoys(params.project) }),
  });
  mount({
    ...decoys,
    method: "POST",
    id: "addDecoy",
    summary: "Make a decoy secret, whose use raises an alarm",
    body: DecoyInput,
    status: 201,
    answer: DecoyCreated,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.addDecoy(actor, params.project, body),
  });
  mount({
    method: "DELETE",
    url: "/admin/v1/projects/:project/decoys/:decoy",
    tag: "alarms",
    params: DecoyParams,
    id: "removeDecoy",
    summary: "Take a decoy secret out of use",
    status: 204,
    answer: Nothing,
    problems: ["not_found", "in_use"],
    run: async ({ actor, params }) => {
      await useCases.removeDecoy(actor, params.project, params.decoy);
      return null;
    },
  });
}

function mountHooks(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...hooks,
    method: "GET",
    id: "listAlarmHooks",
    summary: "Where others report the use of decoys, never a token",
    status: 200,
    answer: AlarmHooksAnswer,
    problems: ["not_found"],
    run: async ({ params }) => ({ hooks: await useCases.listAlarmHooks(params.project) }),
  });
  mount({
    ...hooks,
    method: "POST",
    id: "addAlarmHook",
    summary: "Make an address where others report the use of decoys",
    body: AlarmHookInput,
    status: 201,
    answer: AlarmHookCreated,
    problems: ["not_found", "conflict", "limit_reached"],
    run: ({ actor, params, body }) => useCases.addAlarmHook(actor, params.project, body),
  });
  mount({
    method: "DELETE",
    url: "/admin/v1/projects/:project/alarm-hooks/:hook",
    tag: "alarms",
    params: AlarmHookParams,
    id: "removeAlarmHook",
    summary: "Take such an address out of use",
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params }) => {
      await useCases.removeAlarmHook(actor, params.project, params.hook);
      return null;
    },
  });
}

function mountNotices(mount: Mount, useCases: AdminUseCases): void {
  mount({
    ...notices,
    method: "GET",
    id: "showAlarmNotices",
    summary: "Where alarms are told",
    status: 200,
    answer: AlarmNoticesAnswer,
    problems: ["not_found"],
    run: ({ params }) => useCases.showAlarmNotices(params.project),
  });
  mount({
    ...notices,
    method: "PUT",
    id: "setAlarmNotices",
    summary: "Have each new alarm told to an https address, signed with a new key",
    body: AlarmNoticesInput,
    status: 200,
    answer: AlarmNoticesSet,
    problems: ["not_found"],
    run: ({ actor, params, body }) => useCases.setAlarmNotices(actor, params.project, body),
  });
  mount({
    ...notices,
    method: "DELETE",
    id: "removeAlarmNotices",
    summary: "Tell alarms nowhere any more",
    status: 204,
    answer: Nothing,
    problems: ["not_found"],
    run: async ({ actor, params }) => {
      await useCases.removeAlarmNotices(actor, params.project);
      return null;
    },
  });
  mount({
    ...notices,
    method: "POST",
    url: "/admin/v1/projects/:project/alarm-notices/test",
    id: "testAlarmNotices",
    summary: "Send a message that no alarm stands behind, and say what came of it",
    status: 200,
    answer: AlarmNoticesTest,
    problems: ["not_found"],
    run: async ({ actor, params }) => {
      const told = await useCases.testAlarmNotices(actor, params.project);
      return { ok: told.ok, status: "status" in told ? told.status : null, problem: told.ok ? null : told.problem };
    },
  });
}
