import { describe, expect, it } from "vitest";
import { draw, drawPrivateKey, drawToken } from "../../testing/made-keys.ts";
import type { Passage, Severity, Sighting } from "../finding.ts";
import { keyRules } from "./key-rules.ts";
import { lookAtNamed, lookAtPassage } from "./look.ts";

const nowMs = Date.UTC(2026, 10, 22);

function look(text: string, form: Passage["form"] = "written"): readonly Sighting[] {
  const at = { line: 1, column: 1, offset: null } as const;
  return lookAtPassage({ text, form, positionOf: () => at }, { nowMs, isRelease: true }).sightings;
}

const [hex, alnum, upper, letters, digits] = (["hex", "alnum", "upper", "letters", "digits"] as const).map(
  (alphabet) => (length: number, seed?: string) => draw(alphabet, length, seed),
) as [typeof drawn, typeof drawn, typeof drawn, typeof drawn, typeof drawn];
declare function drawn(length: number, seed?: string): string;
const base32 = (length: number): string => draw("base32", length);
const google = `AIza${alnum(35)}`;
const mapbox = `${Buffer.from(JSON.stringify({ u: "somebody", a: alnum(25) })).toString("base64url")}.${alnum(22)}`;

type TrueCase = readonly [title: string, rule: string, severity: Severity, text: string];

/** One of every known form, in the kinds of text that carry them. */
const forms: readonly TrueCase[] = [
  ["AWS pair", "aws-access-key", "secret", `accessKeyId: "AKIA${base32(16)}"`],
  ["AWS secret", "aws-secret-key", "secret", `aws_secret_access_key = ${alnum(40)}`],
  ["AWS secret in code", "aws-secret-key", "secret", `secretAccessKey: "${alnum(20)}/${alnum(19)}"`],
  ["AWS temporary", "aws-temporary-key", "suspicious", `"ASIA${base32(16)}"`],
  ["Google key alone", "google-api-key", "suspicious", `const k = "${google}";`],
  [
    "Google key of a web service",
    "google-api-key",
    "secret",
    `fetch("https://maps.googleapis.com/maps/api/geocode/json?key=${google}")`,
  ],
  [
    "Google key of Maps",
    "google-api-key",
    "public-by-design",
    `<meta-data android:name="com.google.android.geo.API_KEY" android:value="${google}"/>`,
  ],
  ["Google key of Firebase", "google-api-key", "public-by-design", `{"api_key":[{"current_key":"${google}"}]}`],
  [
    "Google key of Firebase on iOS",
    "google-api-key",
    "public-by-design",
    `<key>API_KEY</key>\n<string>${google}</string>`,
  ],
  ["Google key under a plain name", "google-api-key", "suspicious", `const API_KEY = "${google}"`],
  ["Google OAuth secret", "google-oauth-secret", "secret", `GOCSPX-${alnum(28)}`],
  [
    "Google OAuth client",
    "google-oauth-client",
    "public-by-design",
    `${digits(12)}-${draw("lower", 32)}.apps.googleusercontent.com`,
  ],
  ["Google access token", "google-access-token", "suspicious", `ya29.${alnum(80)}`],
  ["Firebase server key", "firebase-server-key", "secret", `key=AAAA${alnum(7)}:APA91b${alnum(134)}`],
  [
    "Azure account",
    "azure-account-key",
    "secret",
    `AccountName=a;AccountKey=${alnum(86)}==;EndpointSuffix=core.windows.net`,
  ],
  [
    "Azure bus",
    "azure-shared-access-key",
    "secret",
    `Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=r;SharedAccessKey=${alnum(43)}=`,
  ],
  [
    "Azure SAS",
    "azure-sas",
    "secret",
    `https://a.blob.core.windows.net/c?sv=2022-11-02&ss=b&se=2030-01-01&sig=${alnum(43)}%3D`,
  ],
  ["Entra secret", "azure-client-secret", "secret", `"${alnum(3)}8Q~${alnum(34)}"`],
  ["DigitalOcean", "digitalocean-token", "secret", `dop_v1_${hex(64)}`],
  ["Heroku", "heroku-key", "secret", `HRKU-${alnum(60)}`],
  ["Vault", "vault-token", "secret", `hvs.${alnum(90)}`],
  ["Databricks", "databricks-token", "secret", `dapi${hex(32)}`],
  ["Stripe live", "stripe-secret-key", "secret", `Stripe("sk_live_${alnum(24)}")`],
  ["Stripe live, long", "stripe-secret-key", "secret", `'sk_live_51${alnum(97)}'`],
  ["Stripe restricted", "stripe-restricted-key", "secret", `"rk_live_${alnum(24)}"`],
  ["Stripe test", "stripe-test-key", "suspicious", `"sk_test_${alnum(24)}"`],
  ["Stripe webhook", "stripe-webhook-secret", "secret", `whsec_${alnum(32)}`],
  ["Stripe publishable", "stripe-publishable-key", "public-by-design", `publishableKey="pk_live_${alnum(24)}"`],
  ["Square token", "square-token", "secret", `"sq0atp-${alnum(22)}"`],
  ["Square token, new", "square-token", "secret", `"EAAA${alnum(60)}"`],
  ["Square OAuth", "square-oauth-secret", "secret", `sq0csp-${alnum(43)}`],
  ["Square application", "square-application-id", "public-by-design", `sq0idp-${alnum(22)}`],
  ["Braintree", "braintree-token", "secret", `access_token$production$${draw("lower", 16)}$${hex(32)}`],
  ["Razorpay id", "razorpay-key-id", "public-by-design", `rzp_live_${alnum(14)}`],
  ["Shopify", "shopify-token", "secret", `shpat_${hex(32)}`],
  ["Flutterwave", "flutterwave-secret-key", "secret", `FLWSECK-${hex(32)}-X`],
  ["OpenAI project", "openai-key", "secret", `apiKey: "sk-proj-${alnum(60)}T3BlbkFJ${alnum(60)}"`],
  ["OpenAI old", "openai-key", "secret", `"sk-${alnum(20)}T3BlbkFJ${alnum(20, "z")}"`],
  ["OpenAI's form", "openai-style-key", "secret", `"sk-${hex(32)}"`],
  ["Anthropic", "anthropic-key", "secret", `"sk-ant-api03-${alnum(93)}AA"`],
  ["OpenRouter", "openrouter-key", "secret", `sk-or-v1-${hex(64)}`],
  ["an administrator of Countersign", "countersign-csa", "secret", `csa_${letters(43)}`],
  ["Countersign's first start", "countersign-csb", "secret", `csb_${letters(43)}`],
  ["a backend of Countersign", "countersign-csv", "secret", `csv_${letters(43)}`],
  ["a broker of Countersign", "countersign-csk", "secret", `csk_${letters(43)}`],
  ["a development key of Countersign", "countersign-csd", "secret", `csd_${letters(43)}`],
  ["Hugging Face", "huggingface-token", "secret", `hf_${letters(34)}`],
  ["Replicate", "replicate-token", "secret", `r8_${alnum(37)}`],
  ["Groq", "groq-key", "secret", `gsk_${alnum(52)}`],
  ["xAI", "xai-key", "secret", `xai-${alnum(80)}`],
  ["Perplexity", "perplexity-key", "secret", `pplx-${alnum(48)}`],
  ["ElevenLabs", "elevenlabs-key", "secret", `sk_${hex(48)}`],
  ["GitHub", "github-token", "secret", `ghp_${alnum(36)}`],
  ["GitHub, fine", "github-fine-grained-token", "secret", `github_pat_${alnum(22)}_${alnum(59)}`],
  ["GitLab", "gitlab-token", "secret", `glpat-${alnum(20)}`],
  ["npm", "npm-token", "secret", `//registry.npmjs.org/:_authToken=npm_${alnum(36)}`],
  ["PyPI", "pypi-token", "secret", `pypi-AgEIcHlwaS5vcmc${alnum(80)}`],
  ["Docker", "docker-token", "secret", `dckr_pat_${alnum(27)}`],
  ["Atlassian", "atlassian-token", "secret", `ATATT3${alnum(180)}`],
  ["Linear", "linear-key", "secret", `lin_api_${alnum(40)}`],
  ["Notion", "notion-token", "secret", `ntn_${alnum(46)}`],
  ["Airtable", "airtable-token", "secret", `pat${alnum(14)}.${hex(64)}`],
  ["Sentry token", "sentry-auth-token", "secret", `sntrys_${alnum(120)}`],
  ["New Relic", "new-relic-key", "secret", `NRAK-${upper(27)}`],
  ["Doppler", "doppler-token", "secret", `dp.pt.${alnum(43)}`],
  ["Slack bot", "slack-token", "secret", `xoxb-${digits(12)}-${digits(13)}-${alnum(24)}`],
  [
    "Slack webhook",
    "slack-webhook",
    "secret",
    `https://hooks.slack.com/services/T${upper(8)}/B${upper(10)}/${alnum(24)}`,
  ],
  ["Discord webhook", "discord-webhook", "secret", `https://discord.com/api/webhooks/${digits(18)}/${alnum(68)}`],
  ["Discord bot", "discord-bot-token", "secret", `"M${alnum(24)}.${alnum(6)}.${alnum(38)}"`],
  [
    "Telegram bot",
    "telegram-bot-token",
    "secret",
    `https://api.telegram.org/bot${digits(10)}:AA${alnum(33)}/sendMessage`,
  ],
  ["Twilio key", "twilio-key-sid", "suspicious", `"SK${hex(32)}"`],
  ["Twilio account", "twilio-account-sid", "public-by-design", `"AC${hex(32)}"`],
  ["SendGrid", "sendgrid-key", "secret", `SG.${alnum(22)}.${alnum(43)}`],
  ["Mailgun", "mailgun-key", "secret", `key-${hex(32)}`],
  ["Mailgun, new", "mailgun-key", "secret", `"${hex(32)}-${hex(8)}-${hex(8, "b")}"`],
  ["Mailchimp", "mailchimp-key", "secret", `${hex(32)}-us14`],
  ["Brevo", "brevo-key", "secret", `xkeysib-${hex(64)}-${alnum(16)}`],
  ["Mapbox secret", "mapbox-secret-token", "secret", `sk.${mapbox}`],
  ["Mapbox public", "mapbox-public-token", "public-by-design", `pk.${mapbox}`],
  ["Algolia admin", "algolia-admin-key", "secret", `algoliaAdminKey: "${hex(32)}"`],
  ["Algolia search", "algolia-search-key", "public-by-design", `ALGOLIA_SEARCH_KEY=${hex(32)}`],
  ["Supabase secret", "supabase-secret-key", "secret", `sb_secret_${alnum(31)}`],
  ["Supabase publishable", "supabase-publishable-key", "public-by-design", `sb_publishable_${alnum(31)}`],
  ["Sentry DSN", "sentry-dsn", "public-by-design", `https://${hex(32)}@o${digits(6)}.ingest.sentry.io/${digits(7)}`],
  ["PostHog personal", "posthog-personal-key", "secret", `phx_${alnum(43)}`],
  ["PostHog project", "posthog-project-key", "public-by-design", `phc_${alnum(43)}`],
  ["RevenueCat", "revenuecat-public-key", "public-by-design", `appl_${letters(27)}`],
  ["New Relic app", "new-relic-app-token", "public-by-design", `AA${hex(40)}-NRMA`],
  ["Facebook token", "facebook-access-token", "secret", `"EAA${alnum(180)}"`],
];

/** What has no form of its own, and is known by its company. */
const company: readonly TrueCase[] = [
  ["PKCS #8", "private-key", "secret", drawPrivateKey()],
  ["PKCS #8, escaped", "private-key", "secret", JSON.stringify({ private_key: drawPrivateKey() })],
  ["EC key", "private-key", "secret", drawPrivateKey("EC PRIVATE KEY", "MHcCAQEEI")],
  ["OpenSSH key", "private-key", "secret", drawPrivateKey("OPENSSH PRIVATE KEY", "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")],
  [
    "key under a passphrase",
    "private-key",
    "suspicious",
    drawPrivateKey("ENCRYPTED PRIVATE KEY", "MIIFLTBXBgkqhkiG9w0BBQ0w"),
  ],
  ["token without end", "json-web-token", "secret", drawToken({ sub: "service" })],
  ["token that has ended", "json-web-token", "suspicious", drawToken({ sub: "u7", exp: 1_600_000_000 })],
  [
    "Supabase anon",
    "json-web-token",
    "public-by-design",
    drawToken({ iss: "supabase", role: "anon", exp: 2_000_000_000 }),
  ],
  [
    "Supabase service",
    "json-web-token",
    "secret",
    drawToken({ iss: "supabase", role: "service_role", exp: 2_000_000_000 }),
  ],
  ["URL with a password", "url-password", "secret", `mongodb+srv://app:${alnum(18)}@cluster0.k3jd8.mongodb.net/db`],
  ["URL with a short one", "url-password", "secret", "https://deploy:Kaffee7!@build.acme-corp.io/artifacts"],
  [
    "URL of a hosted Redis",
    "url-password",
    "secret",
    `rediss://default:${alnum(24)}@redis-12345.c1.cloud.redislabs.com:12345`,
  ],
  ["URL of a host called db", "url-password", "secret", `postgres://app:${alnum(18)}@db.acme-corp.io/shop`],
  ["assignment in TypeScript", "named-key", "secret", `const weatherApiKey: string = "${hex(32)}";`],
  ["assignment in Swift", "named-key", "secret", `static let clientSecret = "${alnum(40)}"`],
  ["assignment in Kotlin", "named-key", "secret", `const val API_KEY = "${alnum(32)}"`],
  ["BuildConfig in Gradle", "named-key", "secret", `buildConfigField "String", "API_KEY", "\\"${alnum(32)}\\""`],
  ["member of JSON", "named-key", "secret", `{"client_secret": "${alnum(24)}"}`],
  ["escaped JSON", "named-key", "secret", `"{\\"apiKey\\":\\"${alnum(32)}\\"}"`],
  ["minified", "named-key", "secret", `e.exports={apiKey:"${alnum(40)}",u:1}`],
  ["environment file", "named-key", "secret", `FOO=1\nNASA_API_KEY=${alnum(40)}\n`],
  ["environment file, a key with few digits", "named-key", "secret", `API_TOKEN=${letters(15)}4${letters(16)}\n`],
  ["properties", "named-key", "secret", `maps.api.key = ${hex(32)}\n`],
  ["string resource", "named-key", "secret", `<string name="weather_api_key" translatable="false">${hex(32)}</string>`],
  ["property list", "named-key", "secret", `<key>WeatherAPIKey</key>\n\t<string>${hex(32)}</string>`],
  ["header", "named-key", "secret", `headers: {"X-Api-Key": "${alnum(40)}"}`],
  ["header with a scheme", "named-key", "secret", `"Authorization": "Bearer ${alnum(40)}"`],
  ["fallback of an environment variable", "named-key", "secret", `const k = process.env.API_KEY ?? "${alnum(32)}"`],
  ["UUID", "named-key", "secret", `apiKey: "${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3, "q")}-${hex(12)}"`],
  ["words", "named-key", "secret", `const apiKey = "gallery-hard-coded-demonstration-key-0";`],
  ["variable of a minifier", "named-key", "secret", `var f="${hex(32)}",G=f;function k(n){return g({...n,apiKey:f})}`],
  ["variable with words", "named-key", "secret", `var f="gallery-hard-coded-demonstration-key-0";g({apiKey:f})`],
  ["name that may mean anything", "named-key", "suspicious", `const nasaKey = "${alnum(40)}"`],
  ["password", "named-password", "suspicious", `password: "Tr0ub4dor&3x"`],
  ["query", "key-in-url", "secret", `https://api.nasa.gov/planetary/apod?date=today&api_key=${alnum(40)}`],
  [
    "query by another name",
    "key-in-url",
    "secret",
    `https://api.openweathermap.org/data/2.5/weather?q=Bonn&appid=${hex(32)}`,
  ],
];

describe("what is found", () => {
  it.each([...forms, ...company])("%s: %s, %s", (_title, rule, severity, text) => {
    expect(look(text).map((found) => [found.rule, found.severity])).toEqual([[rule, severity]]);
  });

  it("has a case for every row of the tables", () => {
    const shown = new Set(forms.map(([, rule]) => rule));
    expect(keyRules.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
    expect(new Set(keyRules.map(({ id }) => id)).size).toBe(keyRules.length);
  });

  it.each(forms)("%s: an anchor of its row stands in it", (_title, rule, _severity, text) => {
    const row = keyRules.find(({ id }) => id === rule);
    expect(row?.anchors.some((anchor) => text.includes(anchor))).toBe(true);
  });

  it("finds a value beside a telling name in a table that keeps the program's order, and not in one that is sorted", () => {
    const strings = ["GET", "weather_api_key", hex(32), "Content-Type"].join("\n");
    expect(look(strings, "pool").map(({ rule, name }) => [rule, name])).toEqual([
      ["random-near-name", "weather_api_key"],
    ]);
    expect(look(["GET", "api_key", "a".repeat(24)].join("\n"), "pool")).toEqual([]);
    expect(look(strings, "sorted").map(({ rule }) => rule)).toEqual(["random-string"]);
  });

  it("finds what looks random among the literals of a minified script, which has lost its names", () => {
    const script = `!function(){${"var a=b(c),d=[];".repeat(60)}e="${draw("alnum", 40)}";}();`;
    expect(look(script).map(({ rule, severity }) => [rule, severity])).toEqual([["random-string", "suspicious"]]);
    expect(look(`const e = "${draw("alnum", 40)}";\n`.repeat(3))).toEqual([]);
  });

  it("says nothing of sorted strings where many look random: they are hashes then", () => {
    const hashes = Array.from({ length: 9 }, (_, index) => hex(32, String(index)));
    expect(look(hashes.join("\n"), "sorted")).toEqual([]);
  });

  it("takes no symbol of a compiler for a value, whatever stands beside it", () => {
    const symbols = ["PEM_read_PrivateKey", "_ZN4node6crypto9KeyObjectC1Ev8a7B2x", "$s7Gallery3KeyV5value8a7B2xSSvg"];
    expect(look(symbols.join("\n"), "pool")).toEqual([]);
  });

  it("judges a value by the name that its format ties it to", () => {
    const at = { line: null, column: null, offset: 7 } as const;
    const looked = lookAtNamed({ name: "API_KEY", value: hex(32), at }, { nowMs, isRelease: true });
    expect(looked.sightings).toMatchObject([{ rule: "named-key", severity: "secret", at }]);
    const maps = lookAtNamed({ name: "google_maps_key", value: google, at }, { nowMs, isRelease: true });
    expect(maps.sightings).toMatchObject([{ rule: "google-api-key", severity: "public-by-design" }]);
  });

  it("tells of a token its algorithm and end, and of a URL its host", () => {
    expect(look(drawToken({ sub: "u", exp: 1_900_000_000 }))[0]?.details).toBe("alg HS256, expires 2030-03-17");
    expect(look("https://deploy:Kaffee7!@build.acme-corp.io/a")[0]?.details).toBe("at build.acme-corp.io");
  });
});

const falseCases: readonly (readonly [string, string])[] = [
  ["AWS's documentation", `AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`],
  ["a stand-in", `const apiKey = "YOUR_API_KEY_GOES_HERE";`],
  ["a stand-in of crosses", `sk_live_xxxxxxxxxxxxxxxxxxxxxxxx`],
  ["a form filled with a few letters", `hf_${"abcde".repeat(7).slice(0, 34)} sk_live_${"qwops".repeat(5)}`],
  ["a stand-in in brackets", `api_key: "<insert your key 1234>"`],
  ["a template", `const url = "https://api.acme.io?api_key=\${key}";`],
  ["an environment variable", `const apiKey = process.env.NASA_API_KEY_2024;`],
  ["a lookup", `password: config.get("database.password.primary1")`],
  ["our placeholder", `const apiKey = "cs-nasa-key-${"a2b3c4d5e6"}";`],
  ["a type", `token: OpenID4VCIIssueCredential;`],
  ["a member's type", `privateKey: asn1js.OctetString;`],
  ["a storage key", `const storageKey = "user-session-cache-v2-2024-long-name";`],
  ["a React key", `key="list-item-4711-abcdef01"`],
  ["a public key", `publicKey: "${alnum(44)}"`],
  ["a public key in DER", `const verificationKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE${alnum(60)}"`],
  ["a certificate", `-----BEGIN CERTIFICATE-----\nMIIB${alnum(60)}\n-----END CERTIFICATE-----`],
  ["the heading alone", `if (!pem.startsWith("-----BEGIN PRIVATE KEY-----")) throw new Error("no key");`],
  [
    "headings in a list",
    `-----BEGIN PRIVATE KEY----------BEGIN RSA PRIVATE KEY----------BEGIN EC PRIVATE KEY-----${"and so on and so forth ".repeat(9)}`,
  ],
  ["a checksum", `integrity: "sha512-${alnum(86)}=="`],
  ["a commit", `const commit = "${hex(40)}";`],
  ["an asset's hash", `registerAsset({hash:"${hex(32)}",name:"icon"})`],
  ["an alphabet", `const token = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";`],
  ["a table of digits", `const secretDigits = "0123456789abcdefghijklmnopqrstuvwxyz";`],
  ["a message", `"auth.password.reset.error": "Your password could not be reset"`],
  ["a message's key", `invalidToken: "error.session.token_expired_message"`],
  ["a label", `passwordPlaceholder: "At least 8 characters, 1 digit"`],
  ["a word", `tokenType: "Bearer", passwordField: "password1"`],
  ["a path", `privateKey: "./certs/server/private-2024.key.pem"`],
  ["an address", `tokenUrl: "https://login.acme.com/oauth2/v2.0/token"`],
  ["a scheme", `secret: "projects/123/secrets/name/versions/1"`],
  ["a URL without a password", `https://user@build.acme-corp.io/artifacts`],
  ["a URL of documentation", `postgres://user:password@localhost:5432/db`],
  ["a URL of documentation, with a host", `https://user:Pa55word7@example.com/`],
  ["a proxy in a comment", `// http://username:password@proxy.acme.com:8080`],
  ["a port", `http://build.acme-corp.io:8080/@scope/name`],
  ["NASA's key for trying", `https://api.nasa.gov/planetary/apod?api_key=DEMO_KEY`],
  ["a regular expression", `const pattern = /sk_live_[A-Za-z0-9]{24}/; const other = /AKIA[A-Z2-7]{16}/;`],
  ["a CSS class", `token: "css-1q2w3e-container-flex"`],
  ["a comparison", `if (apiKey === "abc") return token === other;`],
  [
    "the documented token",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
  ],
  ["base64 of JSON that is no token", `eyJ${alnum(30)}.eyJ${alnum(30)}.${alnum(20)}`],
  ["a UUID without company", `const id = "${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}";`],
  ["a version", `"npm_config_user_agent": "npm/11.0.0 node/v26.10.0 linux x64"`],
  ["a npm variable", `npm_package_config_something_that_is_long_enough`],
  ["a git ref", `ghost_writer_name_that_is_long_enough_to_be_a_token`],
  ["a locale key", `"secret_santa_title": "Geheimer Weihnachtsmann 2024"`],
  ["a source map's mappings", `"mappings": "AAAA,SAASA,KAAKC,EAAG,OAAOA,EAAE,CAAC,SAASC,EAAEC,EAAEC"`],
  ["an Apple App ID", `appId: "A5TR0P1K5X.dev.countersign.astropiks"`],
  ["an import list", `{"importedNames":["generateSigningKey","signEs256"]}`],
  ["a keyboard", `keyboardKey: "ArrowUpLeft12345Modifier"`],
  ["a variable of two values", `function a(){e="${alnum(40)}"}function b(){e="${alnum(40, "b")}";return{apiKey:e}}`],
  ["a variable of a word", `var e="GET_ACCESS_TOKEN";g({accessToken:e})`],
  ["a word with dashes", `apiToken: "access-token-handler"`],
];

describe("what is let be", () => {
  it.each(falseCases)("%s", (_title, text) => {
    expect(look(text).map(({ rule, value }) => [rule, value])).toEqual([]);
  });

  it("is most of a page of ordinary source", () => {
    const text = "import { createHash } from 'node:crypto';\nexport const tokenPattern = /^[a-z0-9]{1,64}$/;\n".repeat(
      500,
    );
    expect(look(text)).toEqual([]);
  });
});

describe("our own texts", () => {
  const parts = ["a", "b"].map((seed) => draw("alnum", 42, seed)).map((text) => `${text}A`);
  const configuration = (scheme: string): string => `${scheme}~attest.acme.io~${draw("alnum", 21)}A~${parts.join("~")}`;
  const at = { line: 1, column: 1, offset: null } as const;
  const judge = (text: string, isRelease: boolean) =>
    lookAtPassage({ text, form: "written", positionOf: () => at }, { nowMs, isRelease });

  it("placeholders and a production project's configuration are harmless, and counted", () => {
    const { sightings, harmless } = judge(`"cs-nasa-key-a2b3c4d5e6" "${configuration("cs1")}"`, true);
    expect(sightings).toEqual([]);
    expect(harmless).toEqual(["placeholder", "configuration"]);
  });

  it("a development project's configuration is a finding in a build, and harmless in sources", () => {
    expect(judge(configuration("csd1"), true).sightings.map(({ rule }) => rule)).toEqual(["development-configuration"]);
    expect(judge(configuration("csd1"), false)).toMatchObject({ sightings: [], harmless: ["configuration"] });
  });
});
