import type { Text } from "#edge/web/text/en.ts";

/** What settings of the page expect, as the settings say it; any other stays as it is. */
const EXPECTED: Readonly<Record<string, string>> = {
  "an http or https URL": "une adresse qui commence par http ou https",
  "a whole number from 0 to 1000000": "un nombre entier de 0 à 1000000",
  "text without line breaks": "un texte sans saut de ligne",
};

export const refusals: Text["refusals"] = {
  other: (said) =>
    `Cela a été refusé ; le serveur dit en anglais : « ${said} ». Modifiez ce dont il parle et réessayez, ou demandez à qui s’occupe de ce serveur.`,
  names: {
    AccountDeactivated: "Le compte est désactivé. Il faut d’abord l’activer.",
    AccountNotFound: "Ce compte n’existe pas ici, ou n’existe plus.",
    AccountTakedown: "Le compte a été suspendu.",
    AuthenticationRequired: "Le mot de passe est faux.",
    AuthMissing: "Vous n’êtes plus connecté. Connectez-vous de nouveau.",
    BlobNotFound:
      "Un fichier que nomme l’enregistrement n’est pas ici. Envoyez-le d’abord.",
    DidDeactivated: "Cette identité a pris fin.",
    DidNotFound: "Cette identité n’existe pas. Vérifiez comment elle s’écrit.",
    ExpiredToken: "Ce code est trop ancien. Faites-en envoyer un autre.",
    Forbidden:
      "Seul le titulaire du compte peut le faire, connecté avec tous ses droits.",
    HandleNotAvailable:
      "Cet identifiant est pris ou réservé. Choisissez-en un autre.",
    HandleNotFound:
      "Cet identifiant ne mène à aucun compte. Vérifiez comment il s’écrit.",
    InsufficientStorage:
      "Ce serveur n’a pas assez de place en ce moment. Prévenez qui s’en occupe.",
    InternalServerError: "Le serveur a échoué ici. Le journal dit pourquoi.",
    InvalidEmail:
      "Ce n’est pas une adresse e-mail : il y faut un @ et un domaine. Vérifiez comment elle s’écrit.",
    InvalidHandle:
      "Ce n’est pas un identifiant. Il ressemble à anna.example.com.",
    InvalidInviteCode: "Le code d’invitation manque, est faux ou déjà utilisé.",
    InvalidSwap:
      "L’enregistrement a été modifié ailleurs après que vous l’avez ouvert. Regardez ce qui s’y trouve maintenant ; pour enregistrer le vôtre par-dessus, enregistrez encore une fois.",
    InvalidToken:
      "Ce code est faux. Saisissez-le comme il figure dans le message.",
    NotFound:
      "Cela n’existe pas ici, ou n’existe plus. Regardez de nouveau la liste.",
    PayloadTooLarge: "C’est plus que ce serveur n’accepte en une fois.",
    RecordNotFound: "Cet enregistrement n’existe pas, ou n’existe plus.",
    RepoNotFound: "Ce dépôt n’existe pas ici.",
    RepoDeactivated: "Le compte est désactivé. Il faut d’abord l’activer.",
    RepoSuspended: "Le compte a été suspendu pour un temps.",
    RepoTakendown: "Le compte a été suspendu.",
    RequestTimeout: "Cela a pris trop de temps. Réessayez.",
    ServiceUnavailable:
      "Le serveur ne peut pas le faire en ce moment. Réessayez dans une minute.",
    TokenRequired: "Le code reçu par e-mail manque.",
    UnsupportedDomain:
      "Ce serveur ne donne pas d’identifiants sous ce domaine. Choisissez-en un autre.",
    UnsupportedMediaType:
      "Cela ne peut pas être lu. Utilisez le formulaire de la page.",
    UpstreamFailure:
      "Un autre serveur, nécessaire pour cela, est en panne. Réessayez dans une minute.",
    UpstreamTimeout:
      "Un autre serveur a mis trop longtemps à répondre. Réessayez dans une minute.",
  },
  reasons: {
    accountInactive: "Seul un compte actif peut le faire. Activez-le d’abord.",
    accountUnknown: ({ account }) =>
      `Il n’y a pas de compte « ${account} ». Vérifiez comment il s’écrit.`,
    applicationDecided: "Quelqu’un a déjà décidé de cette demande.",
    applicationsFull:
      "Trop de personnes attendent déjà. Réessayez un autre jour.",
    applicationsOff: "Ce serveur ne prend pas de demandes de compte.",
    appPasswordName: ({ most }) =>
      `Donnez au mot de passe d’application un nom de ${most} caractères au plus.`,
    appPasswordTwice: ({ name }) =>
      `Vous avez déjà un mot de passe d’application « ${name} ». Choisissez un autre nom.`,
    appPasswordsFull: ({ most }) =>
      `Vous avez ${most} mots de passe d’application, c’est le maximum. Supprimez-en un dont vous n’avez plus besoin.`,
    carBad: ({ said }) =>
      `Ce fichier n’est pas un dépôt que l’on puisse reprendre : « ${said} ». Téléchargez-le de nouveau depuis votre ancien serveur.`,
    carFuture:
      "D’après l’horloge de ce serveur, le dépôt a été modifié dans l’avenir. Vérifiez l’horloge du serveur d’où il vient.",
    carOther: ({ did }) =>
      `C’est le dépôt de ${did}, pas celui de votre compte. Choisissez le fichier du vôtre.`,
    carRoots: ({ count }) =>
      `Un dépôt commence par un commit ; ce fichier en nomme ${count}. Téléchargez-le de nouveau depuis votre ancien serveur.`,
    carRootMissing:
      "Le fichier n’est pas complet : sa première partie manque. Téléchargez-le de nouveau depuis votre ancien serveur.",
    carSigned:
      "Le dépôt n’est pas signé avec une clé de votre compte. Choisissez le fichier que votre propre serveur vous a donné.",
    cidForm: "Ce n’est pas un CID. Copiez-le de nouveau, en entier.",
    codeMissing: "Le code reçu par e-mail manque.",
    collectionForm:
      "Ce n’est pas le nom d’une collection. Il ressemble à app.bsky.feed.post.",
    countOutside: ({ most }) => `Saisissez un nombre entier de 1 à ${most}.`,
    cursorForm: "La liste n’a pas cette page. Recommencez à la première.",
    dateWrong: "Ce n’est pas une date. Choisissez-en une dans le calendrier.",
    dateZone: ({ path }) =>
      `« ${path} » doit être une heure avec son fuseau, comme 2026-01-02T03:04:05.678Z.`,
    delegatesFull: ({ most }) =>
      `${most} personnes peuvent agir pour vous, c’est le maximum. Retirez d’abord ce droit à l’une d’elles.`,
    deleteBusy:
      "Une autre suppression est en cours. Attendez qu’elle soit finie, ou arrêtez-la.",
    deleteMost: ({ most }) => `Choisissez ${most} enregistrements au plus.`,
    deleteNothing: "Il n’y a rien à supprimer.",
    directoryAway:
      "L’annuaire des identités ne répond pas en ce moment. Réessayez dans une minute.",
    directoryLater:
      "L’annuaire des identités ne répond pas en ce moment. La modification est gardée, et sera achevée dès qu’il répondra.",
    directoryRefused: ({ said }) =>
      `L’annuaire des identités n’a pas accepté la modification : « ${said} ». Rien n’a changé ici.`,
    emailForm:
      "Ce n’est pas une adresse e-mail : il y faut un @ et un domaine. Vérifiez comment elle s’écrit.",
    emailHeld:
      "Confirmez d’abord la nouvelle adresse e-mail ; les codes de connexion pourront ensuite y aller.",
    emailMissing: "Saisissez une adresse e-mail.",
    emailNone: "Le compte n’a pas d’adresse e-mail. Donnez-lui-en d’abord une.",
    emailTaken:
      "Un autre compte d’ici a déjà cette adresse e-mail. Choisissez-en une autre.",
    emailUnconfirmed: "Confirmez d’abord l’adresse e-mail.",
    factorFirst:
      "Ajoutez d’abord une application d’authentification ou une clé d’accès.",
    factorNone: "Le compte n’a pas de second facteur.",
    fieldTwice: ({ name }) =>
      `Le formulaire contenait « ${name} » deux fois. Rechargez la page et remplissez-le de nouveau.`,
    fileBig: ({ place, most }) =>
      `Le fichier de « ${place} » est trop grand : ${most} octets au plus. Choisissez-en un plus petit.`,
    fileKind: ({ place, is }) =>
      `Le fichier de « ${place} » est du genre ${is}, qui ne convient pas là. Choisissez-en un autre.`,
    fileOldForm: ({ place }) =>
      `Le fichier de « ${place} » est nommé sous une ancienne forme. Nommez-le avec $type, ref, mimeType et size.`,
    fileSize: ({ place, is }) =>
      `Le fichier de « ${place} » a ${is} octets. Indiquez cela comme sa taille.`,
    fileTakenDown: "Ce fichier a été retiré ici.",
    fileTooBig: ({ most }) =>
      `Le fichier est trop grand : ${most} octets au plus ici. Choisissez-en un plus petit.`,
    grantEnd: "Choisissez une fin dans l’avenir, d’ici dix ans au plus.",
    grantLevel: "Choisissez ce que cette personne peut faire.",
    grantSelf:
      "C’est votre propre compte, pour lequel vous pouvez agir de toute façon.",
    handleChars:
      "Avant le nom du serveur, un identifiant a des lettres, des chiffres et des tirets, et pas d’autre point.",
    handleElsewhere:
      "Cet identifiant ne mène pas encore au compte. Placez d’abord son entrée DNS ou son fichier, puis réessayez ; le DNS peut demander quelques minutes.",
    handleLong: ({ most }) =>
      `L’identifiant est trop long : ${most} caractères au plus avant le nom du serveur.`,
    handleNotOurs: "Demandez un identifiant sous l’un des noms de ce serveur.",
    handleShort: ({ least }) =>
      `L’identifiant est trop court : il lui faut ${least} caractères avant le nom du serveur.`,
    handleTld:
      "Un identifiant ne peut pas finir ainsi. Prenez un domaine qui existe pour tout le monde.",
    identityElsewhere: ({ said }) =>
      `L’identité ne mène pas encore à ce serveur : « ${said} ». Corrigez d’abord cela, puis réessayez.`,
    identityEnded:
      "Cette identité a pris fin pour de bon, et ne peut plus être modifiée.",
    identityFixed:
      "Cette identité est une adresse web (did:web) et n’a pas de clés à modifier ici. Modifiez son document là-bas.",
    identityNotOurs:
      "Ce serveur n’a aucune clé de l’identité et ne peut donc pas la modifier. Modifiez-la avec votre propre clé.",
    identityUnknown: ({ said }) =>
      `L’identité ne peut pas être consultée : « ${said} ». Réessayez dans une minute.`,
    identityUnnamed: ({ said }) =>
      `Le document de l’identité doit d’abord être modifié là où il se trouve : « ${said} ».`,
    importsOff:
      "Ce serveur ne reprend pas de dépôts. Demandez à qui s’en occupe.",
    inviteGone: "Vous n’avez pas cette invitation.",
    inviteUsed: "Cette invitation est épuisée.",
    jobOver: "La tâche est déjà terminée.",
    jsonBad: ({ said }) => `Ce n’est pas du JSON : « ${said} ».`,
    keyForm:
      "Ce n’est pas une clé publique. Elle commence par did:key:z et appartient à la courbe P-256 ou K-256.",
    keyGone: "Cette clé n’est plus là.",
    keyOurs:
      "Sans sa clé, ce serveur ne peut pas vous servir. Elle doit rester.",
    keyThere: "Cette clé est déjà là.",
    keysFull: ({ most }) =>
      `Une identité a ${most} clés au plus. Supprimez-en d’abord une.`,
    lexiconUnknown: ({ collection }) =>
      `Ce serveur ne sait pas à quoi ressemble un enregistrement de ${collection}.`,
    listChanged: ({ count, expected }) =>
      `La liste compte maintenant ${count} comptes, et non ${expected}. Regardez-la de nouveau.`,
    listEverybody:
      "Restreignez d’abord la liste : tout le monde serait concerné.",
    objectOnly: "Un enregistrement est un objet JSON : il commence par {",
    openWord:
      "Saisissez le mot « open » pour que tout le monde puisse créer un compte.",
    operationRefused: ({ said }) =>
      `L’identité ne peut pas être modifiée ainsi : « ${said} ».`,
    passkeyFirst:
      "Sans clé d’accès, plus rien ne vous laisserait entrer. Ajoutez-en d’abord une.",
    passkeyGone: "Cette clé d’accès n’est plus là.",
    passkeyLast:
      "Le compte n’a pas de mot de passe, sa dernière clé d’accès doit donc rester. Choisissez d’abord un mot de passe.",
    passkeyName: "Donnez un nom à la clé d’accès.",
    passwordLong: ({ most }) => `Prenez ${most} caractères au plus.`,
    passwordShort: ({ least }) => `Prenez au moins ${least} caractères.`,
    recordBad: ({ said }) => `L’enregistrement ne convient pas : « ${said} ».`,
    recordBig: ({ most, size }) =>
      `L’enregistrement a ${size} octets ; ${most} sont le maximum.`,
    recordGone: ({ path }) => `L’enregistrement « ${path} » n’existe plus.`,
    recordThere: ({ path }) =>
      `Il y a déjà un enregistrement « ${path} ». Choisissez une autre clé.`,
    recordUri:
      "Nommez l’enregistrement par le DID de son compte : at://did:…/collection/clé.",
    rkeyForm:
      "Cette clé ne convient pas : prenez des lettres, des chiffres et les signes . - _ ~ :",
    rkeyOther: ({ expected }) => `La clé doit être ainsi : ${expected}.`,
    scopeWrong: ({ scope }) =>
      `« ${scope} » n’est pas une permission que l’on puisse donner ici.`,
    scopesMany:
      "Cela fait trop de permissions pour un seul mot de passe d’application.",
    scopesNone: "Choisissez au moins une permission.",
    settingElsewhere: ({ name }) =>
      `${name} est fixé par une option, dans l’environnement ou dans le fichier. Modifiez-le là-bas.`,
    settingForm: ({ name, expects }) =>
      `${name} ne peut pas avoir cette valeur. Il faut : ${EXPECTED[expects] ?? expects}.`,
    signUpsClosed: "Ce serveur n’accepte pas de nouveaux comptes.",
    subjectAccount: "Nommez aussi le compte du fichier.",
    subjectForm: "On ne peut pas en décider ainsi. Vérifiez ce qui est nommé.",
    subjectNone: "Nommez un enregistrement, un compte ou un fichier.",
    syntax: ({ kind, value }) =>
      `« ${value} » n’est pas écrit comme il le faut (${kind}).`,
    typeOther: ({ expected, actual }) =>
      `L’enregistrement se dit du type ${actual}, mais se trouve parmi ${expected}.`,
    uploadCut: "Le fichier n’est pas arrivé en entier. Envoyez-le de nouveau.",
    uploadNone: "Choisissez d’abord un fichier.",
  },
};
