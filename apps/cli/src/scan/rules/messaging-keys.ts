import { type KeyRule, key } from "./key-rule.ts";

/** Keys that send messages in the owner's name. */
export const messagingKeyRules: readonly KeyRule[] = [
  {
    id: "slack-token",
    kind: "Slack token",
    severity: "secret",
    anchors: ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xapp-"],
    pattern: key`(?:xox[abprs]-(?:\d-)?\d{8,14}-[A-Za-z0-9-]{16,120}|xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[0-9a-f]{64})`,
    vendor: "slack",
  },
  {
    id: "slack-webhook",
    kind: "Slack webhook address",
    severity: "secret",
    anchors: ["hooks.slack.com/"],
    pattern: /hooks\.slack\.com\/(?:services|workflows)\/(T[A-Z0-9]{6,12}\/[AB][A-Z0-9]{6,14}\/[A-Za-z0-9/]{20,64})/g,
  },
  {
    id: "discord-webhook",
    kind: "Discord webhook address",
    severity: "secret",
    anchors: ["/api/webhooks/"],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/(\d{17,20}\/[A-Za-z0-9_-]{60,72})/g,
  },
  {
    id: "discord-bot-token",
    kind: "Discord bot token",
    severity: "secret",
    anchors: ["."],
    pattern:
      /(?<![A-Za-z0-9_+/=.-])([MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38})(?![A-Za-z0-9_+/=.-])/g,
    vendor: "discord",
    entropy: 4.2,
  },
  {
    id: "telegram-bot-token",
    kind: "Telegram bot token",
    severity: "secret",
    anchors: [":AA"],
    pattern: /(?<![A-Za-z0-9_-])(?:bot)?(\d{8,10}:AA[A-Za-z0-9_-]{33})(?![A-Za-z0-9_-])/g,
    vendor: "telegram",
  },
  {
    id: "twilio-key-sid",
    kind: "Twilio API key SID",
    severity: "suspicious",
    anchors: ["SK"],
    pattern: key`SK[0-9a-f]{32}`,
    advice:
      "The SID names a key; the secret that goes with it must not be in the app. Mint Twilio access tokens on a server.",
  },
  {
    id: "twilio-account-sid",
    kind: "Twilio account SID",
    severity: "public-by-design",
    anchors: ["AC"],
    pattern: key`AC[0-9a-f]{32}`,
    advice: "A name, not a secret; the auth token that goes with it must not be in the app.",
  },
  {
    id: "sendgrid-key",
    kind: "SendGrid API key",
    severity: "secret",
    anchors: ["SG."],
    pattern: key`SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`,
    vendor: "sendgrid",
  },
  {
    id: "mailgun-key",
    kind: "Mailgun API key",
    severity: "secret",
    anchors: ["key-", "-"],
    pattern: key`(?:key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})`,
    vendor: "mailgun",
  },
  {
    id: "mailchimp-key",
    kind: "Mailchimp API key",
    severity: "secret",
    anchors: ["-us"],
    pattern: key`[0-9a-f]{32}-us\d{1,2}`,
    vendor: "mailchimp",
  },
  {
    id: "brevo-key",
    kind: "Brevo API key",
    severity: "secret",
    anchors: ["xkeysib-"],
    pattern: key`xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}`,
  },
];
