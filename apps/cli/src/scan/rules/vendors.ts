/** Where a vendor's own documentation has the key travel. `place` is that of `countersign secret set --place`, without `api=`. */
interface VendorPlace {
  /** Proposed name of the API and the secret. */
  readonly name: string;
  readonly host: string;
  readonly place: string;
}

export type Vendor = keyof typeof vendors;

const bearer = "in=header,name=Authorization,prefix=Bearer ";

export const vendors = {
  airtable: { name: "airtable", host: "api.airtable.com", place: `${bearer},path=/v0` },
  anthropic: { name: "anthropic", host: "api.anthropic.com", place: "in=header,name=x-api-key,path=/v1,methods=POST" },
  digitalocean: { name: "digitalocean", host: "api.digitalocean.com", place: `${bearer},path=/v2` },
  discord: {
    name: "discord",
    host: "discord.com",
    place: "in=header,name=Authorization,prefix=Bot ,path=/api,methods=GET+POST",
  },
  elevenlabs: {
    name: "elevenlabs",
    host: "api.elevenlabs.io",
    place: "in=header,name=xi-api-key,path=/v1,methods=GET+POST",
  },
  fcm: {
    name: "fcm",
    host: "fcm.googleapis.com",
    place: "in=header,name=Authorization,prefix=key=,path=/fcm/send,methods=POST",
  },
  github: { name: "github", host: "api.github.com", place: bearer },
  gitlab: { name: "gitlab", host: "gitlab.com", place: "in=header,name=PRIVATE-TOKEN,path=/api/v4" },
  google: { name: "google", host: "maps.googleapis.com", place: "in=query,name=key,path=/maps/api" },
  groq: { name: "groq", host: "api.groq.com", place: `${bearer},path=/openai/v1,methods=POST` },
  huggingface: { name: "huggingface", host: "router.huggingface.co", place: `${bearer},methods=POST` },
  linear: { name: "linear", host: "api.linear.app", place: "in=header,name=Authorization,path=/graphql,methods=POST" },
  mailchimp: {
    name: "mailchimp",
    host: "us1.api.mailchimp.com",
    place: "in=basic,name=password,path=/3.0,methods=GET+POST",
  },
  mailgun: { name: "mailgun", host: "api.mailgun.net", place: "in=basic,name=password,path=/v3,methods=POST" },
  mapbox: { name: "mapbox", host: "api.mapbox.com", place: "in=query,name=access_token" },
  nasa: { name: "nasa", host: "api.nasa.gov", place: "in=query,name=api_key" },
  notion: { name: "notion", host: "api.notion.com", place: `${bearer},path=/v1,methods=GET+POST` },
  openai: { name: "openai", host: "api.openai.com", place: `${bearer},path=/v1,methods=GET+POST` },
  openrouter: { name: "openrouter", host: "openrouter.ai", place: `${bearer},path=/api/v1,methods=POST` },
  perplexity: { name: "perplexity", host: "api.perplexity.ai", place: `${bearer},methods=POST` },
  posthog: { name: "posthog", host: "app.posthog.com", place: `${bearer},path=/api` },
  replicate: { name: "replicate", host: "api.replicate.com", place: `${bearer},path=/v1,methods=GET+POST` },
  sendgrid: { name: "sendgrid", host: "api.sendgrid.com", place: `${bearer},path=/v3,methods=POST` },
  slack: { name: "slack", host: "slack.com", place: `${bearer},path=/api,methods=GET+POST` },
  square: { name: "square", host: "connect.squareup.com", place: `${bearer},path=/v2,methods=GET+POST` },
  stripe: { name: "stripe", host: "api.stripe.com", place: `${bearer},path=/v1,methods=GET+POST` },
  telegram: { name: "telegram", host: "api.telegram.org", place: "in=segment,name=1,prefix=bot,methods=GET+POST" },
  xai: { name: "xai", host: "api.x.ai", place: `${bearer},path=/v1,methods=POST` },
} as const satisfies Record<string, VendorPlace>;
