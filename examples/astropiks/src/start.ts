import { StartError } from "@countersign/server";
import { createBrokeredForm } from "./forms/brokered.ts";
import { createDeliveredForm } from "./forms/delivered.ts";
import { createHardCodedForm } from "./forms/hard-coded.ts";
import { createPlatformFetch } from "./forms/platform-fetch.ts";
import { createGalleryWeb, type GalleryWeb } from "./gallery/gallery-web.ts";
import { keepAlive } from "./keep-alive.ts";
import { storyText } from "./story/story-table.ts";
import { tellStory } from "./story/tell-story.ts";
import { demoNames } from "./world/demo-app.ts";
import { createDemoWorld, type DemoWorld } from "./world/demo-world.ts";

const data = process.env.COUNTERSIGN_DATA ?? ".countersign";
const port = Number(process.env.COUNTERSIGN_PORT ?? "8400");

/** The app's screens in a browser: the three forms, on a phone of their own each. */
async function openGallery(world: DemoWorld): Promise<GalleryWeb> {
  const { origin } = world.standIn;
  const { nowMs } = world.clock;
  const phone = world.createAgent(world.devices.iphone({ ios: "27" })).agent;
  const pixel = world.createAgent(world.devices.pixel({ security: "strongbox" })).agent;
  await Promise.all([phone.start(), pixel.start()]);
  const web = await createGalleryWeb({
    port: 0,
    forms: [
      {
        name: "hard-coded",
        title: "Key in the app",
        sentence: "Whoever opens the package reads the key. A new key needs a new release.",
        gallery: createHardCodedForm({ origin, fetch: createPlatformFetch({ trustedCas: [world.standInCa] }), nowMs }),
      },
      {
        name: "delivered",
        title: "Key delivered at run time",
        sentence: "A genuine app on a sound device is given the key for minutes, for this one place.",
        gallery: createDeliveredForm({ origin, agent: phone, placeholder: world.placeholder, nowMs }),
      },
      {
        name: "brokered",
        title: "Key kept at the server",
        sentence: "The broker fills the key in on behalf of a genuine app. It is on no device.",
        gallery: createBrokeredForm({ origin, agent: pixel, placeholder: world.brokeredPlaceholder, nowMs }),
      },
    ],
  });
  return {
    origin: web.origin,
    async close() {
      await web.close();
      phone.stop();
      pixel.stop();
    },
  };
}

/** Resolves on SIGINT or SIGTERM. */
function told(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

async function start(): Promise<number> {
  const stopped = told();
  let world: DemoWorld;
  try {
    world = await createDemoWorld({ folder: data, port, tls: false });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`${error.message} ${error.action ?? ""}\n`.replace(/ \n$/, "\n"));
    return 2;
  }
  process.stderr.write(`The service is up at ${world.origin}. Telling the story:\n`);
  const story = await Promise.race([tellStory(world, (text) => process.stderr.write(`  ${text}\n`)), stopped]);
  if (story !== undefined) {
    const gallery = await openGallery(world);
    const rest = keepAlive(world);
    process.stdout.write(storyText(story));
    process.stdout.write(`
service    ${world.origin}
gallery    ${gallery.origin}
operator   export COUNTERSIGN_URL=${world.origin} COUNTERSIGN_TOKEN="$(cat '${world.folder.tokenFile}')"
           npx countersign arc show ARC --project ${demoNames.project}
Ctrl-C stops.
`);
    await stopped;
    rest.stop();
    await gallery.close();
  }
  await world.close();
  // Told to stop amid the story: what it still waits for is of no interest.
  if (story === undefined) process.exit(0);
  return 0;
}

process.exitCode = await start();
