/** What a reason means, for operators: the text of traces, of the doctor and of docs/errors. */
export interface ReasonText {
  readonly title: string;
  readonly meaning: string;
  readonly action: string;
}

const text = (title: string, meaning: string, action: string): ReasonText => ({ title, meaning, action });

/** The closed list of refusal reasons. The order is not significant here; each verifier documents its own. */
export const reasons = {
  evidence_missing: text(
    "No evidence",
    "An enrolment brought none of the evidence its platform demands.",
    "Check that the agent runs on a device with hardware attestation.",
  ),
  evidence_malformed: text(
    "Evidence cannot be read",
    "The evidence is truncated, oversized or not of the documented structure.",
    "Look at the detail; a genuine device does not send this.",
  ),
  chain_length: text(
    "Chain of the wrong length",
    "The certificate chain is shorter or longer than any genuine one.",
    "Treat as tampering.",
  ),
  chain_untrusted: text(
    "Chain does not reach a trust anchor",
    "A name or signature does not chain, or the root is not a pinned vendor anchor.",
    "An emulator, a software key, a test root, or a forged chain.",
  ),
  chain_shape: text(
    "Chain of an unknown shape",
    "The chain is neither a factory-provisioned nor a remotely provisioned one.",
    "Treat as tampering; report a genuine device that shows this.",
  ),
  chain_extended: text(
    "Chain extended past the attested key",
    "A certificate with a key description was signed by an attested key.",
    "An attack: someone appended a certificate of their own.",
  ),
  certificate_expired: text(
    "Certificate expired",
    "A certificate whose dates count was used after its end.",
    "Old evidence, or a wrong clock at the service.",
  ),
  certificate_not_yet_valid: text(
    "Certificate not yet valid",
    "A certificate whose dates count was used before its beginning.",
    "A wrong clock at the service.",
  ),
  certificate_revoked: text(
    "Certificate revoked",
    "The vendor's status list names a certificate of the chain.",
    "The attestation key has leaked; refuse the device.",
  ),
  revocation_unknown: text(
    "Revocation cannot be decided",
    "No status list is at hand, or it is older than the grace allows.",
    "Restore the service's access to the status list.",
  ),
  challenge_mismatch: text(
    "Other challenge",
    "The evidence was made for another challenge.",
    "Replayed or relayed evidence.",
  ),
  nonce_mismatch: text(
    "Nonce does not match",
    "App Attest's nonce does not cover this authenticator data and client data.",
    "Replayed or altered evidence.",
  ),
  key_id_mismatch: text(
    "Key id does not match",
    "The key id is not the hash of the attested public key.",
    "Altered evidence, or key ids mixed up in the app.",
  ),
  credential_id_mismatch: text(
    "Credential id does not match",
    "The credential id inside the authenticator data is not the key id.",
    "Altered evidence.",
  ),
  public_key_mismatch: text(
    "Key does not match",
    "The key in the evidence is not the certified or announced key.",
    "Altered evidence, or another device's chain.",
  ),
  app_id_mismatch: text(
    "Other app",
    "The evidence names an App ID that is not registered.",
    "Another app, or register this team and bundle id.",
  ),
  environment_mismatch: text(
    "Wrong App Attest environment",
    "Development evidence where production is required, or the reverse.",
    "A build run from Xcode; use a development project.",
  ),
  receipt_malformed: text(
    "Receipt cannot be read",
    "App Attest's receipt is not the documented signed structure; the finding names the part.",
    "Nothing by itself: the attestation is judged without it. Report a genuine device that shows this.",
  ),
  receipt_signer_unauthorized: text(
    "Receipt by another signer",
    "The certificate that signed the receipt is not Apple's for receipts.",
    "Treat as tampering.",
  ),
  receipt_signature_invalid: text(
    "Receipt's signature does not verify",
    "The receipt was altered after it was signed.",
    "Treat as tampering.",
  ),
  receipt_type_unexpected: text(
    "Receipt of another kind",
    "An attestation brought a receipt that Apple's server renewed, or the reverse.",
    "Treat as tampering.",
  ),
  receipt_not_fresh: text(
    "Receipt is not fresh",
    "The receipt was not created within five minutes of its attestation's arrival.",
    "A device that was offline between attestation and enrolment, or a wrong clock at the service.",
  ),
  receipt_expired: text(
    "Receipt expired",
    "The receipt is past its expiration; Apple's server no longer takes it.",
    "The app enrols again by itself, which brings a new one.",
  ),
  distribution_not_allowed: text(
    "Build from another channel",
    "The app was not installed by a channel that the project demands: App Store, TestFlight, enterprise, development.",
    "Install it from there, or allow the channel with requiredCategories. Before iOS 27 a device names none.",
  ),
  risk_metric_too_high: text(
    "Device attests too many keys",
    "Apple counts more attested keys of this app on the device within 30 days than the project lets pass.",
    "A device that attests for others, or one that was reinstalled often; raise maxRiskMetric if those are genuine.",
  ),
  counter_not_zero: text("Counter is not zero", "A fresh attestation must have counter 0.", "Altered evidence."),
  counter_stale: text(
    "Counter did not rise",
    "An assertion's counter is not above the last one seen.",
    "A replayed assertion or a cloned key.",
  ),
  assertion_invalid: text(
    "Assertion does not verify",
    "The signature is not by the attested key over this statement.",
    "Altered or replayed statement.",
  ),
  flags_unexpected: text(
    "Unexpected flags",
    "Authenticator data has flags that no documented device sends.",
    "Altered evidence.",
  ),
  key_description_missing: text(
    "No key description",
    "The attested certificate lacks the Android key attestation extension.",
    "Not an attested key.",
  ),
  key_description_malformed: text(
    "Key description cannot be read",
    "The extension is not the documented ASN.1 structure.",
    "Treat as tampering; report a genuine device that shows this.",
  ),
  attestation_version_unsupported: text(
    "Unknown attestation version",
    "The key description has a version this release does not know.",
    "Update the service.",
  ),
  security_level_software: text(
    "Software key",
    "The attestation or the key lives in software.",
    "An emulator, or a device without hardware keystore.",
  ),
  security_level_mismatch: text(
    "Security levels differ",
    "Attestation and key report different security levels.",
    "Treat as tampering.",
  ),
  strongbox_unproven: text(
    "StrongBox not proven",
    "The key claims StrongBox but its attestation certificate does not.",
    "Treat as tampering.",
  ),
  strongbox_missing: text(
    "No StrongBox",
    "The project demands a key in a StrongBox, and this one is in the trusted environment.",
    "The device has none, or the agent did not ask for it; turn requireStrongBox off to take the device.",
  ),
  patch_level_too_old: text(
    "Security patches too old",
    "The operating system's patch level is older than maxPatchAgeMonths, or not said.",
    "The user installs system updates, then enrols again; or raise the setting.",
  ),
  certificates_issued_too_many: text(
    "Too many certificates issued",
    "Google issued more attestation certificates to the device within 30 days than maxCertificatesIssued.",
    "Typical of a device whose keys are farmed out; look at the number, and raise the setting where it is harmless.",
  ),
  root_of_trust_missing: text(
    "No hardware root of trust",
    "The hardware-enforced list holds no root of trust.",
    "Software attestation or tampering.",
  ),
  bootloader_unlocked: text(
    "Bootloader unlocked",
    "The device reports an unlocked bootloader.",
    "The operating system can be altered; lock the bootloader.",
  ),
  boot_state_unverified: text(
    "Boot not verified",
    "Verified boot is not in the state Verified.",
    "An altered or custom operating system.",
  ),
  boot_key_unknown: text(
    "Unknown boot key",
    "A self-signed operating system whose key is not on the allow-list.",
    "Allow the verified boot key if you trust that system.",
  ),
  key_origin: text(
    "Key not generated in hardware",
    "The key was imported, or its origin is unknown.",
    "Treat as tampering.",
  ),
  key_parameters: text(
    "Unsuitable key",
    "The key is not the P-256 signing key with SHA-256 that enrolment demands.",
    "An agent that asks for another key, or another algorithm.",
  ),
  package_mismatch: text(
    "Other package",
    "The attested application id does not name the registered package.",
    "Another app, or register this package.",
  ),
  signing_digest_mismatch: text(
    "Other signing certificate",
    "The attested signing digest is not a registered one.",
    "A repackaged or re-signed app; with Play App Signing register Google's certificate.",
  ),
  application_id_missing: text(
    "No application id",
    "The key description does not say which app made the key.",
    "A key made by the system or by tampering.",
  ),
  play_missing: text(
    "No Play Integrity token",
    "Policy demands a Play Integrity token, and the enrolment brought none.",
    "Check that the app asks for one, and that the device has Google Play.",
  ),
  play_unconfigured: text(
    "Play Integrity not set up",
    "A token came, but the project holds neither the keys nor the service account to open it with.",
    "Set them with vendor set google-play.",
  ),
  play_quota_exhausted: text(
    "Play Integrity quota used up",
    "The project's budget of tokens that Google opens is used up for today; the token was not looked at.",
    "Ask Google for a higher quota and raise the budget; if Play is demanded, enrolments fail until then.",
  ),
  play_unavailable: text(
    "Google did not open the token",
    "Google's decode call failed, was refused, or gave no answer in time.",
    "Look at the log; check the service account and that it may use the Play Integrity API.",
  ),
  play_token_malformed: text(
    "Play token cannot be read",
    "The token is not of the one form that Google documents: A256KW with A256GCM around ES256, no other header.",
    "Treat as tampering; report a genuine device that shows this.",
  ),
  play_token_undecryptable: text(
    "Play token is for another key",
    "The token does not decrypt under the project's key, or was altered.",
    "Check the decryption key from the Play Console; else treat as tampering.",
  ),
  play_signature_invalid: text(
    "Play token not signed by Google",
    "The token decrypts, but its signature is not by the verification key.",
    "Check the verification key from the Play Console; else treat as tampering.",
  ),
  play_token_reused: text(
    "Play token seen before",
    "This token, or one bound to the same statement, was already used.",
    "A replay; the app asks for a new token with every enrolment.",
  ),
  play_payload_malformed: text(
    "Play verdict cannot be read",
    "The decoded payload is not the documented structure.",
    "Report it; Google does not send this.",
  ),
  play_request_package_mismatch: text(
    "Play token asked for by another app",
    "The request was made in the name of another package.",
    "Another app, or register this package.",
  ),
  play_nonce_mismatch: text(
    "Play token for another statement",
    "Nonce or requestHash is not the hash of this statement.",
    "A relayed or replayed token.",
  ),
  play_timestamp_future: text(
    "Play token from the future",
    "The token's time is later than the service's clock.",
    "A wrong clock at the service.",
  ),
  play_token_too_old: text(
    "Play token too old",
    "The token was asked for longer ago than the window allows.",
    "A kept-back token; the app asks for a new one with every enrolment.",
  ),
  play_app_unevaluated: text(
    "Play did not judge the app",
    "A requirement was missed: an untrusted device, no Play Store, or a token that had been decoded before.",
    "Look at the device labels beside it.",
  ),
  play_app_unrecognized: text(
    "Play does not know this app",
    "The installed app is not one that Google Play distributes.",
    "A re-signed or sideloaded build, or one not yet released on any track.",
  ),
  play_package_mismatch: text(
    "Other package by Play",
    "The app that Play judged is not the registered package.",
    "Another app, or register this package.",
  ),
  play_version_missing: text(
    "Play names no version",
    "The app verdict has no version code.",
    "Report it; Google does not send this.",
  ),
  play_signing_digest_mismatch: text(
    "Other signing certificate by Play",
    "No certificate that Play names is a registered one.",
    "A re-signed app; with Play App Signing register Google's certificate.",
  ),
  play_device_unrecognized: text(
    "Device lacks a demanded Play label",
    "The device verdict has not every label that policy demands.",
    "An emulator, an altered system or an uncertified device; policy names the labels.",
  ),
  play_sdk_too_low: text(
    "Android version too low by Play",
    "The device runs an older Android than policy demands, or Play did not say which.",
    "Lower the demand, or ask for an update of the device.",
  ),
  play_unlicensed: text(
    "Not installed from Play",
    "The account has no licence for the app, or Play did not judge it.",
    "A sideloaded app; demand licences only of apps that Play alone distributes.",
  ),
  play_device_activity: text(
    "Too many tokens from this device",
    "The device asked for more tokens lately than policy allows.",
    "A device that farms tokens.",
  ),
  play_device_recalled: text(
    "Device marked in Play",
    "A device recall bit that policy refuses is set, or the bits are unknown.",
    "The operator marked this device earlier.",
  ),
  play_app_access_risk: text(
    "Risky app running by Play",
    "Another app of a kind that policy refuses may capture or control the screen, or Play did not judge it.",
    "Ask the user to close it.",
  ),
  play_protect_risk: text(
    "Play Protect warns",
    "Play Protect is off or has seen harmful apps, or did not answer.",
    "Ask the user to run Play Protect.",
  ),
  play_testing_response: text(
    "Play test answer",
    "The verdict was set by hand for a tester in the Play Console.",
    "Counts only in a development project that permits it.",
  ),
  version_unregistered: text(
    "Unregistered release",
    "The project takes listed releases of this app alone, and the version is none, or evidence names none (before iOS 27).",
    "Register the release, or ask users to update.",
  ),
  version_withdrawn: text(
    "Withdrawn release",
    "The attested or the claimed version of the app is a release that was withdrawn.",
    "The app is told to ask its user for an update; make the release active again if it should count.",
  ),
  version_expired: text(
    "Expired release",
    "The attested or the claimed version of the app is a release past its end.",
    "The app is told to ask its user for an update; move the end if the release should count.",
  ),
  evidence_too_old: text(
    "Evidence too old",
    "The evidence is older than policy allows.",
    "The app enrols again by itself.",
  ),
  facts_missing: text(
    "A fact is missing",
    "A rule asks for a fact that this enrolment did not record.",
    "The app enrols again by itself.",
  ),
  version_changed: text(
    "App was updated",
    "The app runs another build than the evidence names, and policy demands evidence of this one.",
    "The app enrols again by itself.",
  ),
  detector_missing: text(
    "A detector did not run",
    "The statement does not name a detector that policy demands.",
    "An agent that is old or has been altered.",
  ),
  instance_key_vouched_by_app: text(
    "Instance key vouched for by the app",
    "On iOS the genuine app named the instance key; hardware storage is not proven.",
    "Nothing; a fact to weigh.",
  ),
  signal_hook: text(
    "Hooking seen",
    "Instrumentation or a hooking framework was seen in the process.",
    "The process is under foreign control.",
  ),
  signal_debugger: text("Debugger seen", "A debugger is attached.", "Refused in production."),
  signal_root: text("Root or jailbreak seen", "The agent saw a rooted or jailbroken system.", "Policy decides."),
  signal_emulator: text("Emulator seen", "The agent saw an emulator or simulator.", "Use a development project."),
  signal_repackaged: text(
    "Repackaging seen",
    "The agent saw a package that is not as it was built.",
    "Treat as tampering.",
  ),
  signal_mitm: text(
    "Interception seen",
    "The agent refused a connection whose certificate was not as declared.",
    "Someone is between the app and its APIs.",
  ),
  signal_service_channel: text(
    "Service channel disturbed",
    "An answer in the service's name did not verify.",
    "Someone is between the app and the service.",
  ),
  signal_cloner: text(
    "Cloner seen",
    "The app runs inside another app, or as a second copy that the system did not make.",
    "A finding; other apps may read what this one stores.",
  ),
  signal_automation: text(
    "Automation seen",
    "A tool that drives the user interface was seen.",
    "A finding; a bot, or the app's own tests.",
  ),
  signal_accessibility: text(
    "Accessibility service seen",
    "A service that reads or drives the screen is on, beside those of the system.",
    "A finding; many people need one.",
  ),
  signal_screen_capture: text(
    "Screen capture seen",
    "The screen is recorded or shown elsewhere.",
    "A finding; what the user sees may be seen by others.",
  ),
  signal_user_ca: text(
    "Authority of the user's seen",
    "The device trusts a certificate authority that its maker did not install.",
    "A finding; a company's proxy, or somebody who listens.",
  ),
  signal_proxy: text(
    "Proxy seen",
    "The device sends its requests through a proxy.",
    "A finding; a company's, or somebody who listens.",
  ),
  signal_developer_mode: text(
    "Developer mode seen",
    "Options for developers or debugging over USB are on.",
    "A finding; a developer's own phone, or an attacker's.",
  ),
  signal_unknown: text("Unknown signal", "A signal this release does not know.", "Update the service."),
  quarantined: text(
    "Quarantined",
    "A severe signal was seen on this instance recently.",
    "Wait for the quarantine to end, or lift it.",
  ),
  banned: text("Banned", "An operator banned this instance.", "Lift the ban if it was an error."),
  decoy_credential: text(
    "Credential of a decoy",
    "The instance was refused before, was given a decoy, and came back with its credential: it gets another.",
    "Look at the earlier traces of the instance for the cause. Reinstalling the app, or turning decoys off, ends it.",
  ),
  development_key_unknown: text(
    "Development key not known",
    "The project has no development key of this id.",
    "Look at the key the simulator was given, and at the project it speaks to.",
  ),
  development_key_invalid: text(
    "Development key not proven",
    "What the instance made with the development key is not for this statement, or not by that key.",
    "A key's text must be whole; something else is an attempt to use another's.",
  ),
  development_key_revoked: text(
    "Development key revoked",
    "The development key that the instance came with was revoked.",
    "Make a new key where the instance is still wanted.",
  ),
  development_key_expired: text(
    "Development key expired",
    "The time of the development key that the instance came with is over.",
    "Make a new key: none lives longer than 90 days.",
  ),
  development_key_exhausted: text(
    "Development key used up",
    "The development key has enrolled as many instances as it may, in total or within a day.",
    "Wait a day, or make a key with a larger quota.",
  ),
  development_key_not_allowed: text(
    "Development key in production",
    "A development key was shown to a production project, where none counts.",
    "Simulators and CI belong to a development project.",
  ),
  web_untrusted: text(
    "A browser proves little",
    "A web instance has no evidence of the app or the device.",
    "Web is never trusted by default.",
  ),
  origin_unregistered: text(
    "Origin not registered",
    "The page comes from an origin that is not registered for this app.",
    "Register the origin with app add.",
  ),
  platform_unregistered: text(
    "Platform not registered",
    "The app is not registered for this platform.",
    "Register it with app add.",
  ),
  app_unknown: text(
    "Unknown app",
    "The statement names an app this project does not have.",
    "Register it with app add.",
  ),
} as const satisfies Record<string, ReasonText>;

/** One code of the closed list. */
export type Reason = keyof typeof reasons;

/** True where `value` is a reason of the closed list. */
export function isReason(value: string): value is Reason {
  return Object.hasOwn(reasons, value);
}
