import type { Child } from "hono/jsx";
import type { FactorKind } from "#contexts/accounts/factors/factor-check.ts";
import type { FactorStep, SignInFault } from "#contexts/oauth/view.ts";
import type { Text } from "./text/catalogue.ts";

/** The second step of a sign-in, wherever it is asked for. */
export interface FactorFormProps {
  text: Text;
  /** Where the form goes. */
  action: string;
  identifier: string;
  step: FactorStep;
  fault: SignInFault;
  /** Hidden fields that say what the sign-in is for. */
  children?: Child;
  /** False where the browser can't be trusted from here. */
  canTrust: boolean;
}

export function FactorForm(props: FactorFormProps) {
  const { text, step, fault } = props;
  const words = text.factor;
  return (
    <>
      <h1>{words.title}</h1>
      <p class="quiet">{words.as(props.identifier)}</p>
      {fault !== "factor-needed" && (
        <p class="alert" role="alert" id="fault">
          {text.signIn.faults[fault]}
        </p>
      )}
      <form method="post" action={props.action}>
        {props.children}
        <input type="hidden" name="identifier" value={props.identifier} />
        <input type="hidden" name="factor" value={step.chosen} />
        <FactorField text={text} step={step} />
        {props.canTrust && (
          <label class="tick">
            <input type="checkbox" name="trust" value="yes" />
            <span>{words.trust}</span>
          </label>
        )}
        {step.chosen !== "passkey" && (
          <button type="submit">{words.submit}</button>
        )}
        <OtherWays text={text} step={step} />
      </form>
    </>
  );
}

function FactorField({ text, step }: { text: Text; step: FactorStep }) {
  const words = text.factor;
  switch (step.chosen) {
    case "passkey":
      return (
        <>
          <PasskeyButton options={step.passkeyOptions} label={words.passkey} />
          <noscript>
            <p>{words.passkeyScript}</p>
          </noscript>
        </>
      );
    case "recovery-key":
      return (
        <>
          <p>{words.recoveryKey}</p>
          <label class="field">
            {words.sentence}
            <textarea name="sentence" readonly rows={4}>
              {step.sentence}
            </textarea>
          </label>
          <CodeField label={words.signature} hint={words.signatureHint} />
        </>
      );
    case "totp":
      return (
        <CodeField label={words.totp} hint={words.totpHint} isNumber={true} />
      );
    case "email":
      return <CodeField label={words.email} hint={words.emailHint} />;
    case "backup-code":
      return <CodeField label={words.backupCode} hint={words.backupCodeHint} />;
  }
}

function CodeField(props: { label: string; hint: string; isNumber?: boolean }) {
  return (
    <label class="field">
      {props.label}
      <input
        type="text"
        name="code"
        required
        maxlength={200}
        inputmode={props.isNumber ? "numeric" : "text"}
        autocomplete="one-time-code"
        autocapitalize="none"
        autocorrect="off"
        spellcheck={false}
        autofocus
      />
      <span class="quiet">{props.hint}</span>
    </label>
  );
}

/** Works with the script only, which also shows it. */
export function PasskeyButton(props: {
  options: object | null;
  label: string;
  isPlain?: boolean;
}) {
  return (
    <>
      <input type="hidden" name="passkey" value="" />
      <button
        type="button"
        class={props.isPlain ? "plain" : undefined}
        data-passkey-get={JSON.stringify(props.options)}
        hidden
      >
        {props.label}
      </button>
    </>
  );
}

function OtherWays({ text, step }: { text: Text; step: FactorStep }) {
  const others = step.offered.filter((kind) => kind !== step.chosen);
  const labels: Record<FactorKind, string> = text.factor.ways;
  return (
    <details open={step.chosen === "passkey"}>
      <summary>{text.factor.others}</summary>
      <div class="stack">
        {others.map((kind) => (
          <button
            type="submit"
            class="plain"
            name="use"
            value={kind}
            formnovalidate
          >
            {labels[kind]}
          </button>
        ))}
      </div>
      <p class="quiet">{text.factor.lost}</p>
    </details>
  );
}
