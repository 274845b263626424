import {
  bool,
  didKey,
  emailAddress,
  handleDomain,
  list,
  masterKey,
  milliseconds,
  oneOf,
  privateKeyHex,
  secretText,
  smtpUrl,
  text,
  url,
  whole,
} from "./parsers.ts";
import { optional, setting } from "./setting.ts";

/** Sign-up, keys and mail. */
export const ACCOUNT_SETTINGS = {
  handleDomains: setting(
    "SERVICE_HANDLE_DOMAINS",
    list(handleDomain),
    [],
    "Domains under which people may choose a handle.",
    { shown: ".HOSTNAME; for `localhost`, .test" },
  ),
  inviteRequired: setting(
    "INVITE_REQUIRED",
    bool,
    true,
    "New accounts need an invite code; what the reference calls it. `false` is the registration `open`.",
    { dev: false },
  ),
  registration: optional(
    "REGISTRATION",
    oneOf("invite", "closed", "captcha", "approval", "open"),
    "Who may make an account: those with an invite code, nobody, those who pass a check against robots, those whom the operator approves, or everybody.",
    { aliases: [], shown: "by INVITE_REQUIRED", live: true },
  ),
  signUpsPerHour: setting(
    "SIGN_UPS_PER_HOUR",
    whole(0, 1_000_000),
    30,
    "More new accounts than this within an hour switch the registration to `invite`; 0 is no bound.",
    { aliases: [], dev: 0, live: true },
  ),
  hcaptchaSiteKey: optional(
    "HCAPTCHA_SITE_KEY",
    text,
    "Key for hCaptcha, which checks people under the registration `captcha`. Without it browsers solve a puzzle that this server makes.",
  ),
  hcaptchaSecretKey: optional(
    "HCAPTCHA_SECRET_KEY",
    secretText,
    "Its secret.",
    { secret: true },
  ),
  inviteIntervalMs: optional(
    "INVITE_INTERVAL",
    milliseconds,
    "Accounts earn one invite code in this time; without it none.",
  ),
  inviteEpochMs: setting(
    "INVITE_EPOCH",
    milliseconds,
    0,
    "Invite codes are earned from this time on, in Unix milliseconds.",
  ),
  plcRotationKey: optional(
    "PLC_ROTATION_KEY",
    privateKeyHex,
    "k256 private key, in hexadecimal, that controls the DIDs made here. Made on first start and sealed when left out.",
    {
      aliases: ["PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX"],
      secret: true,
    },
  ),
  recoveryDidKey: optional(
    "PLC_RECOVERY_KEY",
    didKey,
    "Public key of the operator that outranks the rotation key in new DIDs.",
    { aliases: ["PDS_RECOVERY_DID_KEY"] },
  ),
  masterKey: optional(
    "MASTER_KEY",
    masterKey,
    "Key that seals all other keys. Made on first start in the data folder when left out.",
    { aliases: [], secret: true, shown: "a file in DATA_DIR/keys" },
  ),
  didDocWithSession: setting(
    "ENABLE_DID_DOC_WITH_SESSION",
    bool,
    false,
    "Session answers carry the account's DID document.",
  ),
  smtpUrl: optional(
    "EMAIL_SMTP_URL",
    smtpUrl,
    "SMTP server for mail to accounts, with user and password in the URL.",
    { secret: true },
  ),
  emailApiUrl: optional(
    "EMAIL_API_URL",
    url,
    "Mail service that takes letters over HTTPS in the form of Resend's API, such as https://api.resend.com/emails; where a network lets no SMTP out.",
    { aliases: [] },
  ),
  emailApiKey: optional("EMAIL_API_KEY", secretText, "Its key.", {
    aliases: [],
    secret: true,
  }),
  emailLogOnly: setting(
    "EMAIL_LOG_ONLY",
    bool,
    false,
    "Sends no letter: the operator reads them in the outbox and hands them on.",
    { aliases: [] },
  ),
  emailFrom: optional(
    "EMAIL_FROM_ADDRESS",
    emailAddress,
    "Sender of mail to accounts.",
    { dev: "tempest@localhost" },
  ),
  emailDisableConfirmationLink: setting(
    "EMAIL_DISABLE_CONFIRMATION_LINK",
    bool,
    false,
    "Mails carry codes only, no links.",
  ),
  moderationSmtpUrl: optional(
    "MODERATION_EMAIL_SMTP_URL",
    smtpUrl,
    "SMTP server for mail of moderators.",
    { secret: true, shown: "EMAIL_SMTP_URL" },
  ),
  moderationEmail: optional(
    "MODERATION_EMAIL_ADDRESS",
    emailAddress,
    "Sender of mail of moderators.",
  ),
  smtpEnabled: optional(
    "SMTP_ENABLED",
    bool,
    "Sends mail by the SMTP_… settings below; an alternative to EMAIL_SMTP_URL.",
    { aliases: [] },
  ),
  smtpHost: optional("SMTP_HOST", text, "SMTP server.", { aliases: [] }),
  smtpPort: setting("SMTP_PORT", whole(1, 65_535), 587, "Its port.", {
    aliases: [],
  }),
  smtpUsername: optional("SMTP_USERNAME", text, "Its user.", { aliases: [] }),
  smtpPassword: optional("SMTP_PASSWORD", secretText, "Its password.", {
    aliases: [],
    secret: true,
  }),
  smtpSsl: setting("SMTP_SSL", bool, false, "TLS from the first byte.", {
    aliases: [],
  }),
  smtpTls: setting(
    "SMTP_TLS",
    oneOf("if_available", "always", "never"),
    "if_available",
    "STARTTLS.",
    { aliases: [] },
  ),
  smtpAuth: setting(
    "SMTP_AUTH",
    oneOf("if_available", "always", "never"),
    "if_available",
    "Signs in to the SMTP server.",
    { aliases: [] },
  ),
  smtpFromName: setting("SMTP_FROM_NAME", text, "Tempest", "Sender's name.", {
    aliases: [],
  }),
  smtpFromAddress: optional(
    "SMTP_FROM_ADDRESS",
    emailAddress,
    "Sender's address.",
    { aliases: [] },
  ),
};
