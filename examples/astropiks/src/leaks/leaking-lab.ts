import type { AttackLab } from "@countersign/virtual-device";
import { leakForms } from "./find-leaks.ts";

/** A lab on which a leak is planted: what an attack sees there must be found. */
export interface LeakingLab extends AttackLab {
  /** The forms that the answers held. */
  planted(): readonly string[];
}

/**
 * The same lab, where every answer of the service holds the key: behind its end in every form, or, where an agent must still be able to read it,
 * as one more member in every form that JSON can hold as it is.
 */
export function createLeakingLab(lab: AttackLab, key: string): LeakingLab {
  const forms = leakForms(key);
  const inJson = forms.filter(([, bytes]) => bytes.every((byte) => byte !== 0));
  const behind = Buffer.concat(forms.flatMap(([, bytes]) => [Buffer.from(" "), bytes]));
  const member = inJson.map(([, bytes]) => bytes.toString()).join(" ");
  let planted = forms;
  return {
    ...lab,
    planted: () => planted.map(([form]) => form),
    send: async (method, path, body) => {
      const answer = await lab.send(method, path, body);
      return { ...answer, body: Buffer.concat([answer.body, behind]) };
    },
    createAgent: (device, options = {}) => {
      const { middleman } = options;
      if (middleman === undefined) return lab.createAgent(device);
      planted = inJson;
      return lab.createAgent(device, {
        middleman: (request, forward) =>
          middleman(request, async (onward) => {
            const answer = await forward(onward);
            const said = JSON.parse(Buffer.from(answer.body).toString()) as Record<string, unknown>;
            return { ...answer, body: Buffer.from(JSON.stringify({ ...said, leak: member })) };
          }),
      });
    },
  };
}
