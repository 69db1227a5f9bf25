import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createDemoWorld } from "../../examples/astropiks/src/world/demo-world.ts";
import { createAndroidWorkshop } from "../../testing/android-tools.ts";
import { freePort } from "../../testing/mitmproxy.ts";
import type { Attempt } from "./attempt.ts";
import { listenToApi, listenToService, listenToUpstream } from "./attempts/listen-in.ts";
import { repackage, sendByScript } from "./attempts/pretend.ts";
import { scanPackage } from "./attempts/scan-package.ts";
import { sendAgain } from "./attempts/send-again.ts";
import { takeApart } from "./attempts/take-apart.ts";
import { buildForm } from "./build-forms.ts";

/** Told what is done next. */
export type Progress = (step: string) => void;

/**
 * Builds AstroPiks twice, with its key written into it and with Countersign, and attacks both with an attacker's own tools. Phones are virtual; service,
 * packages, tools and traffic are real. `folder` is left as it is, for whoever wants to look.
 */
export async function runAttackLab(folder: string, progress: Progress): Promise<readonly Attempt[]> {
  progress("starting the service and a stand-in of NASA's API");
  // Where the project says the service is, the attacker listens: signatures of brokered requests hold for that origin.
  const listen = await freePort();
  const service = { publicOrigin: `localhost:${listen}` };
  const world = await createDemoWorld({ folder: join(folder, "data"), port: 0, tls: true, service });
  try {
    const made = join(folder, "made");
    mkdirSync(made, { recursive: true });
    const workshop = createAndroidWorkshop(made);
    const api = world.standIn.origin;
    progress("building the app with its key written into it");
    const before = buildForm(workshop, made, {
      name: "before",
      native: `https://api.nasa.gov/planetary/apod?api_key=${world.apiKey()}`,
      environment: { EXPO_PUBLIC_NASA_API: api, EXPO_PUBLIC_NASA_API_KEY: world.apiKey() },
    });
    progress("building the app with Countersign");
    const after = buildForm(workshop, made, {
      name: "after",
      native: `https://api.nasa.gov/planetary/apod?api_key=${world.placeholder}`,
      environment: {
        EXPO_PUBLIC_NASA_API: api,
        EXPO_PUBLIC_NASA_API_KEY: world.placeholder,
        // Of a store's build. Virtual phones are let in by a development project alone, so what runs below is configured by that.
        EXPO_PUBLIC_COUNTERSIGN: world.productionProject.configuration,
      },
    });
    const keys = world.apiKeys();
    const attempts: Attempt[] = [];
    for (const [form, built] of [
      ["hard-coded", before],
      ["delivered", after],
    ] as const) {
      progress(`taking the package apart (${form})`);
      attempts.push(...takeApart({ form, built, keys, folder: made }), scanPackage(form, built.apk));
    }
    progress("calling the API from a script");
    attempts.push(...(await sendByScript(world)));
    for (const form of ["hard-coded", "delivered", "brokered"] as const) {
      progress(`listening in with mitmproxy (${form})`);
      const toApi = await listenToApi(world, form);
      attempts.push(toApi.attempt);
      if (form === "hard-coded") {
        attempts.push(await sendAgain(world, form, toApi.requests, { origin: api, ca: world.standInCa }));
        continue;
      }
      const toService = await listenToService(world, form, listen);
      const service = { origin: world.origin, ca: world.serviceCa };
      attempts.push(toService.attempt, await sendAgain(world, form, toService.requests, service));
    }
    attempts.push((await listenToUpstream(world)).attempt);
    progress("repackaging and signing anew");
    attempts.push(...(await repackage(world, workshop, after.apk, made)));
    return attempts;
  } finally {
    await world.close();
  }
}
