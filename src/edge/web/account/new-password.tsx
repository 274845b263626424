import type { AppPasswordView } from "#contexts/accounts/app-passwords.ts";
import { Facts, Field } from "#edge/web/parts.tsx";
import { accountRoom, type OwnerShown } from "./room.tsx";

/** What the boxes of a limited password stand for, in the words of OAuth. */
const LIMITS = {
  posts: [
    "repo:app.bsky.feed.post",
    "repo:app.bsky.feed.threadgate",
    "repo:app.bsky.feed.postgate",
  ],
  likes: [
    "repo:app.bsky.feed.like",
    "repo:app.bsky.feed.repost",
    "repo:app.bsky.graph.follow",
  ],
  profile: ["repo:app.bsky.actor.profile"],
  media: ["blob:image/*", "blob:video/*"],
} as const;

type LimitName = keyof typeof LIMITS;
const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];
/** The service that answers feeds and notifications, by the DID of who runs it. */
const APPVIEW_ID = "%23bsky_appview";

/** The scopes that a form names, by its boxes and in its own words. */
export function scopesOfForm(
  form: URLSearchParams,
  appViewDid: string | null,
): string[] {
  const ticked = form.getAll("limit");
  const named = LIMIT_NAMES.filter((name) => ticked.includes(name));
  const typed = (form.get("scopes") ?? "").split(/\s+/).filter(Boolean);
  const mayRead = ticked.includes("read") && appViewDid !== null;
  return [
    ...named.flatMap((name) => LIMITS[name]),
    ...(mayRead ? [`rpc:*?aud=${appViewDid}${APPVIEW_ID}`] : []),
    ...typed,
  ];
}

/** Asks what the password is for. `form` is what was typed before `fault`. */
export function newPasswordPage(
  shown: OwnerShown,
  form: URLSearchParams | null,
  fault: string | null,
): Response {
  const words = shown.text.account.newPassword;
  const kind = form?.get("kind") ?? "plain";
  const choice = (value: string, label: string) => (
    <label class="tick">
      <input type="radio" name="kind" value={value} checked={kind === value} />
      <span>{label}</span>
    </label>
  );
  return accountRoom(
    shown,
    { title: words.title, fault },
    <section class="card">
      <p>{words.hint}</p>
      <form method="post" action="/account/apps/new">
        <Field
          label={words.name}
          name="name"
          hint={words.nameHint}
          value={form?.get("name") ?? ""}
          required
          maxlength={100}
          autocomplete="off"
        />
        <fieldset>
          <legend>{words.kind}</legend>
          {choice("plain", words.plain)}
          {choice("privileged", words.privileged)}
          {choice("limited", words.limited)}
          <div class="inset">
            {[...LIMIT_NAMES, "read" as const].map((name) => (
              <label class="tick">
                <input
                  type="checkbox"
                  name="limit"
                  value={name}
                  checked={form?.getAll("limit").includes(name)}
                />
                <span>{words.limits[name]}</span>
              </label>
            ))}
            <Field
              label={words.more}
              name="scopes"
              hint={words.moreHint}
              value={form?.get("scopes") ?? ""}
              autocomplete="off"
              spellcheck={false}
            />
          </div>
        </fieldset>
        <button type="submit">{words.submit}</button>
      </form>
    </section>,
  );
}

/** Shows the password, this once. */
export function passwordMadePage(
  shown: OwnerShown,
  made: AppPasswordView & { password: string },
): Response {
  const words = shown.text.account.newPassword;
  return accountRoom(
    shown,
    { title: words.made },
    <section class="card">
      <p class="alert mild">{words.madeHint}</p>
      <p class="figure mono" id="app-password">
        {made.password}
      </p>
      <Facts rows={[[words.forName, made.name]]} />
      <p class="actions">
        <a class="button" href="/account/apps">
          {words.done}
        </a>
      </p>
    </section>,
  );
}
