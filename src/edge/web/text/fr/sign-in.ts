import type { SignInText } from "#edge/web/text/en.ts";

export const signInPages: SignInText = {
  signIn: {
    title: "Se connecter",
    to: (app) => `pour continuer vers ${app}`,
    identifier: "Identifiant ou adresse e-mail",
    password: "Mot de passe",
    remember: "Garder la session ouverte sur cet appareil",
    submit: "Se connecter",
    passkey: "Utiliser une clé d’accès",
    back: "Utiliser un compte déjà connecté",
    fixed: "L’application demande ce compte.",
    actFor: "Agir pour ce compte avec un des vôtres",
    fromElsewhere: "Agir pour un compte avec le vôtre, sur un autre serveur",
    faults: {
      wrong: "Ce nom et ce mot de passe ne vont pas ensemble.",
      "app-password":
        "C’est un mot de passe d’application. Connectez-vous ici avec votre mot de passe principal ; ceux d’application sont pour les applications qui en demandent un.",
      deactivated:
        "Ce compte est désactivé. Activez-le avant de laisser entrer une application.",
      "taken-down": "Ce compte a été suspendu.",
      "other-account": "L’application demande un autre compte.",
      "passkey-wrong":
        "Cette clé d’accès n’a pas fonctionné ici, ou la page est restée ouverte trop longtemps. Réessayez.",
      "factor-needed": "Encore une étape.",
      "code-wrong": "Ce code est faux, trop ancien ou a déjà été utilisé.",
      busy: "Trop de personnes se connectent en ce moment. Réessayez dans un instant.",
      cookies:
        "Votre navigateur n’a pas gardé le cookie dont cette page a besoin. Autorisez les cookies pour ce site ou utilisez un autre navigateur.",
    },
    lost: "Impossible de vous connecter ?",
    create: "Créer un compte",
    toAccount: "pour gérer votre compte",
    other: "Utiliser un autre compte",
    again: "Pour continuer, montrez encore une fois que c’est bien vous.",
    confirm: "Est-ce bien vous ?",
  },
  factor: {
    title: "Encore une étape",
    as: (name) => `pour vous connecter comme ${name}`,
    submit: "Continuer",
    trust: "Ne pas le redemander sur cet appareil pendant 30 jours",
    passkey: "Utiliser une clé d’accès",
    passkeyScript:
      "Les clés d’accès ont besoin de JavaScript, qui est désactivé ici. Choisissez une autre façon.",
    totp: "Code de votre application d’authentification",
    totpHint: "Six chiffres. Chaque code sert une fois.",
    email: "Code reçu par e-mail",
    emailHint:
      "Nous vous avons envoyé un message avec un code. Il est valable 15 minutes.",
    backupCode: "Code de secours",
    backupCodeHint:
      "Un des dix codes que vous avez reçus pour les garder. Chacun sert une fois.",
    recoveryKey:
      "Si votre identité (DID) a une clé de rotation que vous gardez vous-même, signez cette phrase avec elle.",
    sentence: "Signez exactement ce texte",
    signature: "Signature",
    signatureHint:
      "ECDSA sur SHA-256, 64 octets, en base64 ou en hexadécimal. La commande tempest sign en produit une.",
    others: "Une autre façon",
    lost: "Vous avez tout perdu ? Demandez à l’exploitant de ce serveur : il peut tout retirer après un jour.",
    ways: {
      passkey: "Utiliser une clé d’accès",
      totp: "Utiliser une application d’authentification",
      email: "Recevoir un code par e-mail",
      "backup-code": "Utiliser un code de secours",
      "recovery-key": "Utiliser une clé de récupération",
    },
  },
  elsewhere: {
    title: "Où est votre propre compte ?",
    intro:
      "Vous vous connectez sur les pages de votre propre serveur, qui dit ensuite à celui-ci qui vous êtes. Ce serveur n’apprend rien d’autre et ne garde aucun accès à votre compte. Vous verrez ensuite pour qui vous pouvez agir ici.",
    identifier: "Votre identifiant ou votre DID",
    submit: "Continuer vers votre serveur",
    back: "Se connecter avec un compte de ce serveur",
    onTheWay: "Vers un autre serveur",
    leaving: (host) => `Vous allez vers ${host}.`,
    leave: "Continuer",
    faults: {
      unknown:
        "Il n’y a pas de compte de ce nom. Vérifiez l’orthographe, ou donnez son DID.",
      local:
        "Ce compte est sur ce serveur : connectez-vous avec son nom et son mot de passe.",
      nobody:
        "Ce compte ne peut pas agir pour celui que l’application demande, ni pour aucun autre ici. Le titulaire peut l’autoriser sur les pages de son compte.",
      unreachable:
        "Le serveur de ce compte n’a pas pu être joint pour vous connecter. Réessayez dans quelques minutes.",
      cancelled:
        "Vous n’avez pas été connecté : l’accès a été refusé sur l’autre serveur. Recommencez si c’était une erreur.",
      stale:
        "Cette connexion est terminée, ou a été commencée dans un autre navigateur. Recommencez ; il faut la finir en dix minutes.",
      "other-account":
        "Sur l’autre serveur, quelqu’un d’autre est connecté que le compte que vous avez nommé. Choisissez-y le bon compte.",
      unproved:
        "La réponse de l’autre serveur ne prouve pas qui vous êtes. Recommencez.",
    },
  },
  choose: {
    title: "Choisir un compte",
    to: (app) => `pour continuer vers ${app}`,
    other: "Utiliser un autre compte",
    actingAs: (actor) => `comme ${actor}, autorisé à agir pour lui`,
  },
  consent: {
    title: (app) => `Laisser entrer ${app} ?`,
    local: "une application sur cet ordinateur",
    as: "Votre compte",
    actingFor: "Vous agissez pour",
    actingAs: (actor) => `comme ${actor}`,
    change: "Utiliser un autre compte",
    intro:
      "Voici ce qui est demandé. Décochez ce que vous ne voulez pas accorder.",
    nothing:
      "L’application apprendra qui vous êtes : votre identifiant et votre DID. Elle ne demande rien d’autre.",
    unchecked: (app) =>
      `Personne n’a vérifié qui est derrière ${app}. Ne continuez que si vous venez d’en arriver.`,
    cannot:
      "L’application ne voit jamais votre mot de passe. Elle ne peut changer ni celui-ci ni votre deuxième étape, ni supprimer votre compte. Vous pouvez retirer ce que vous accordez à tout moment, sur les pages de votre compte.",
    namesTitle: "Que signifient les noms ?",
    names:
      "Un nom comme app.bsky.feed.post désigne une sorte d’enregistrements. Son début dit qui l’a inventée, comme un domaine lu à l’envers : app.bsky est bsky.app.",
    always:
      "L’application apprend toujours qui vous êtes : votre identifiant et votre DID.",
    from: "Décrite par l’application à l’adresse",
    goesTo: "Après votre réponse, vous irez à",
    allow: "Autoriser",
    deny: "Annuler",
  },
  asked: {
    generic:
      "Agir pour vous presque partout : lire et modifier vos enregistrements, envoyer des fichiers, changer vos réglages et utiliser d’autres services en votre nom. Pas vos messages privés, ni votre mot de passe, ni votre adresse e-mail.",
    chat: "Lire et envoyer vos messages privés.",
    repoAll: (verbs) => `${verbs} des enregistrements de toute sorte.`,
    repo: (verbs, names) =>
      `${verbs} des enregistrements de la sorte ${names}.`,
    kinds: {
      "app.bsky.actor.profile": "votre profil",
      "app.bsky.feed.generator": "les fils que vous proposez",
      "app.bsky.feed.like": "les j’aime",
      "app.bsky.feed.post": "les messages",
      "app.bsky.feed.postgate": "qui peut vous citer",
      "app.bsky.feed.repost": "les partages",
      "app.bsky.feed.threadgate": "qui peut vous répondre",
      "app.bsky.graph.block": "les blocages",
      "app.bsky.graph.follow": "les abonnements",
      "app.bsky.graph.list": "les listes",
      "app.bsky.graph.listblock": "les listes bloquées",
      "app.bsky.graph.listitem": "les personnes sur les listes",
      "app.bsky.graph.starterpack": "les kits de démarrage",
      "chat.bsky.actor.declaration": "qui peut vous écrire",
    },
    verbs: { create: "Créer", update: "modifier", delete: "supprimer" },
    rpcAll: (service) => `Utiliser en votre nom tout ce qu’offre ${service}.`,
    rpc: (names, service) =>
      `Utiliser en votre nom ${names} auprès de ${service}.`,
    anyService: "n’importe quel service",
    blobAll: "Envoyer des fichiers de toute sorte.",
    blob: (types) => `Envoyer des fichiers de la sorte ${types}.`,
    emailRead: "Lire votre adresse e-mail.",
    emailManage: "Lire et changer votre adresse e-mail.",
    repoManage:
      "Remplacer tous vos enregistrements par une copie venue d’ailleurs.",
    repoRead: "Lire l’état de votre dépôt.",
    statusManage:
      "Désactiver votre compte, ce qui déconnecte toutes les applications.",
    statusRead: "Lire l’état de votre compte.",
    handle: "Changer votre identifiant.",
    identity:
      "Changer votre identité : votre identifiant, vos clés et le serveur qui vous héberge. Qui peut le faire peut vous prendre le compte.",
    set: (nsid) => `L’ensemble d’autorisations ${nsid} :`,
    emptySet: "rien que ce serveur connaisse",
    other: (scope) => `Quelque chose que ce serveur ne connaît pas : ${scope}`,
    join: (items) =>
      items.length < 2
        ? items.join("")
        : `${items.slice(0, -1).join(", ")} et ${items.at(-1)}`,
  },
  error: {
    title: "Cela n’a pas fonctionné",
    back: "Retournez à l’application et recommencez.",
    cookies:
      "Votre navigateur n’a pas gardé le cookie dont cette page a besoin.",
    cookiesNext:
      "Autorisez les cookies pour ce site, aussi en navigation privée, puis continuez. Si cela se reproduit, utilisez un autre navigateur.",
    cookiesAgain: "Continuer",
    ended: "La demande est terminée ou n’est pas connue ici.",
    notBegun:
      "Cette connexion sur un autre serveur est terminée, ou a été commencée dans un autre navigateur.",
    notPushed:
      "L’application n’a pas annoncé sa demande avant de vous envoyer ici, comme elle le doit.",
    badClient:
      "L’application ne se décrit pas comme elle le doit ; ce serveur ne peut donc pas vous laisser continuer.",
    badRedirect:
      "L’application veut vous envoyer à une adresse qu’elle n’a pas indiquée auparavant ; ce serveur ne peut donc pas vous laisser continuer.",
    badScope:
      "L’application demande quelque chose qu’elle n’a pas le droit d’avoir ou qui n’existe pas.",
    clientNext:
      "Vous ne pouvez pas y remédier vous-même. Signalez ce qui figure ci-dessous aux personnes qui font l’application.",
    crossSite:
      "Un autre site vous a mené à cette étape ou a envoyé le formulaire.",
    crossSiteNext:
      "Ouvrez la page de ce serveur et faites-le là. Si vous ne vouliez rien faire ici, fermez la page : rien n’a changé.",
    embedded:
      "Cette page ne fonctionne que seule, pas à l’intérieur d’une autre.",
    embeddedNext: "Ouvrez-la dans sa propre fenêtre.",
    limited: "C’était trop souvent en peu de temps.",
    wait: (minutes) =>
      minutes < 2
        ? "Attendez une minute et réessayez."
        : minutes < 120
          ? `Attendez ${minutes} minutes et réessayez.`
          : `Attendez ${Math.ceil(minutes / 60)} heures et réessayez.`,
    refused: "Ce serveur ne peut rien faire de ce qui a été envoyé.",
    goBack: "Revenez en arrière, vérifiez votre saisie et réessayez.",
    server: "Un problème est survenu sur ce serveur.",
    serverNext:
      "Réessayez dans une minute. Si cela se reproduit, indiquez à l’exploitant le numéro ci-dessous.",
    detail: "Ce qui s’est passé exactement",
    rules: "Toutes les règles pour les applications",
    client: "L’application",
    requestId: "Numéro de cette demande",
  },
  handOver: {
    title: "Retour à l’application",
    submit: "Continuer",
  },
};
