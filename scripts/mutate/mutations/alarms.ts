import { mutationsOf } from "../mutation.ts";

const tests = ["apps/server/src/http/alarms/alarms.test.ts"];

export const alarmMutations = mutationsOf(
  { table: "problem", file: "apps/server/src/domain/alarms/report-alarm.ts", tests },
  [
    [
      "not_found/alarm-hook",
      "that a report comes to the project of its hook",
      "hook?.project === project && timingSafeEqual",
      "hook !== null && timingSafeEqual",
    ],
    [
      "slow_down/alarm-hook-guesses",
      "the bound of guesses at tokens of hooks",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source's text
      "if (!(await ledger.take(`service:hook-failures:${network}`, failuresPerMinute, 60)))",
      "if (false)",
    ],
    [
      "slow_down/alarm-hook",
      "the bound of reports of one hook",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the source's text
      "if (!(await ledger.take(`${project}:hook:${name}`, reportsPerHookPerMinute, 60)))",
      "if (false)",
    ],
  ],
);
