import { z } from "zod";
import { timeMs } from "./identifiers.ts";

const name = z.string().min(1).max(64);
const segment = z.string().min(1).max(64);

export const DecoyParams = z.object({ project: segment, decoy: segment });
export const AlarmParams = z.object({ project: segment, alarm: segment });
export const AlarmHookParams = z.object({ project: segment, hook: segment });

export const DecoyInput = z
  .strictObject({
    name: name.describe("1 to 48 of `a-z`, `0-9`, `-`."),
    note: z.string().max(256).optional().describe("Where it will be planted; at most 128 printable characters."),
    like: z
      .string()
      .max(512)
      .optional()
      .describe("The form of the value, `sk_live_{alnum*24}`. Left out: 40 letters and digits."),
    value: z.string().max(1024).optional().describe("A value of your own, in place of one that is made."),
  })
  .meta({ id: "AdminNewDecoy" });

const decoy = { name: z.string(), note: z.string(), length: z.int(), createdAtMs: timeMs };

export const DecoyCreated = z
  .object({ ...decoy, value: z.string().describe("To be planted. Shown this once.") })
  .meta({ id: "AdminDecoyWithValue" });

export const DecoysAnswer = z
  .object({ decoys: z.array(z.object(decoy).meta({ id: "AdminDecoy" })) })
  .meta({ id: "AdminDecoys" });

export const AlarmsQuery = z.object({
  open: z
    .enum(["true", "false"])
    .default("false")
    .describe("Whether those alone that nobody has acknowledged. Default false."),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe("How many. Default 100."),
});

export const AlarmAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(["decoy_secret_used", "canary_used", "reported"]),
    decoy: z.string().nullable().describe("The decoy; of a canary, its secret. Null where a report named none."),
    where: z.enum(["broker", "decision", "verifier", "webhook"]),
    who: z
      .object({
        api: z.string().optional(),
        verifier: z.string().optional(),
        hook: z.string().optional(),
        instance: z.string().optional().describe("Whose pass was good."),
        network: z.string().optional().describe("A keyed hash of the network that rotates daily."),
        userAgent: z.string().optional(),
        text: z.string().optional(),
        many: z.literal(true).optional().describe("So many came at once that they were not told apart any more."),
      })
      .describe("As far as it is known."),
    count: z.int().min(1),
    firstAtMs: timeMs,
    lastAtMs: timeMs,
    acknowledgedAtMs: timeMs.nullable(),
  })
  .meta({ id: "AdminAlarm" });

export const AlarmsAnswer = z.object({ alarms: z.array(AlarmAnswer) }).meta({ id: "AdminAlarms" });

export const AlarmHookInput = z
  .strictObject({
    name: name.describe("1 to 48 of `a-z`, `0-9`, `-`."),
    decoy: name.nullable().optional().describe("The decoy that its reports are about; left out: each may name one."),
  })
  .meta({ id: "AdminNewAlarmHook" });

const hook = { name: z.string(), decoy: z.string().nullable(), createdAtMs: timeMs };

export const AlarmHookCreated = z
  .object({
    ...hook,
    token: z.string().describe("`csh_` and 43 characters, for `Authorization: Bearer`. Shown this once."),
    url: z.string().describe("With the token in it, for senders that have nothing but a URL."),
  })
  .meta({ id: "AdminAlarmHookWithToken" });

export const AlarmHooksAnswer = z
  .object({ hooks: z.array(z.object(hook).meta({ id: "AdminAlarmHook" })) })
  .meta({ id: "AdminAlarmHooks" });

export const AlarmNoticesInput = z
  .strictObject({ url: z.string().min(1).max(2048).describe("`https://…`, without user, password and fragment.") })
  .meta({ id: "AdminNewAlarmNotices" });

export const AlarmNoticesAnswer = z
  .object({ origin: z.string().nullable().describe("Of the address; null: alarms are told nowhere.") })
  .meta({ id: "AdminAlarmNotices" });

export const AlarmNoticesSet = z
  .object({ origin: z.string(), key: z.string().describe("`whsec_` and base64 of 32 bytes. Shown this once.") })
  .meta({ id: "AdminAlarmNoticesWithKey" });

export const AlarmNoticesTest = z
  .object({
    ok: z.boolean(),
    status: z.int().nullable().describe("What the address answered."),
    problem: z.enum(["address_refused", "unreachable", "timeout", "status"]).nullable(),
  })
  .meta({ id: "AdminAlarmNoticesTest" });
