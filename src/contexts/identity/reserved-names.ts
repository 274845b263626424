/**
 * Names that nobody gets under a service domain, because others would take
 * them for the operator, for a part of the software, or for a machine.
 */
const RESERVED = `
  about abuse accept access account accounts activate activity ad add address
  admin administration administrator admins ads advertise advertising affiliate
  affiliates agent alert alerts all alpha analytics announce announcement
  announcements anonymous anybody anyone api apis app appeal appeals apps
  appview archive archives asset assets at atp atproto audit auth authentication
  authorization authorize autoconfig autodiscover backup backups badge badges
  ban banned beta billing blob blobs block blocked blog bluesky board bot bots
  broadcast bsky bugs build business cache calendar captcha careers cart cdn
  certificate changelog channel channels chat check checkout ci cid client
  clients cloud cluster code commercial community compliance config
  configuration confirm confirmation connect console contact contact-us contest
  cookie cookies copyright core corporate cpanel crawler create crew customer
  customers dashboard data database db debug default delete demo deploy dev
  devel developer developers development did directory disabled discover dmca
  dns doc docs documentation domain domains donate donations download downloads
  draft edit editor email embed emergency employee employees enquiry enterprise
  error errors event events everybody everyone example explore export external
  faq favicon feature featured feed feedback feeds file files finance firehose
  forgot forum forums founder founders ftp gateway general git global graph
  group groups guest guests guide guidelines guides handle handles health help
  helpdesk helper home homepage host hosting hostmaster hostname hosts howto
  html http https icon icons identity image images imap img import inbox index
  info information inquiry install internal invite invites invoice investors
  ipfs irc issue issues job jobs join json jwks key keys knowledge kyc labeler
  labelers language launch lawyer ldap legal lex lexicon lexicons license list
  lists live load local localhost log login logout logs mail mail1 mail2 mailer
  mailing maintenance manage management manager marketing master media member
  members message messages metrics mirror mobile mod moderation moderator
  moderators mods monitor monitoring mta-sts mx my myself name names nameserver
  network network-admin new news newsletter nobody nil noc none noreply no-reply
  notification notifications notify ns nsid ns1 ns2 ns3 ns4 null oauth official
  oidc onboarding online openid operations operator operators ops order orders
  overview owner ozone page pages partner partners passkey passkeys password
  passwords pay payment payments pds permissions phishing ping plc policies
  policy pop pop3 popular portal post postmaster posts premium press preview
  pricing privacy privacypolicy private prod production profile profiles project
  projects proxy public publisher purchase push query queue ratelimit register
  registration registry relay relays release releases remove report reports repo
  repos reset resolve resources rest reviews robot robots root router rss rules
  safety sales sample sandbox save schema script search secret secure security
  select self sent seo server servers service services session sessions setting
  settings setup share shop signin signout signup site sitemap sites smtp social
  software source spam spaces sponsor sponsors sql ssh ssl ssladmin sslwebmaster
  staff stage staging stat static statistics stats status store storage stream
  subdomain subscribe subscription subscriptions suggest superuser support
  survey suspend suspended svn sync sys sysadmin sysadministrator system systems
  tag tags takedown team teams tech technical telnet tempest template templates
  terms terms-of-service test testing tests tid timeline tls token tokens tools
  topic topics tos trademark trending trust trust-safety tutorial undefined
  unknown unsubscribe update updates upgrade upload uploads usage user username
  users uucp validation verification verified verify version video videos vip
  virus vpn wallet warning watch web webadmin webfinger webhook webhooks webmail
  webmaster website websocket welcome well-known whois wiki wpad write www www1
  www2 xml xmpp xrpc yourname
`;

const names = new Set(RESERVED.trim().split(/\s+/));

/** @param label of a handle, lower case. */
export function isReservedName(label: string): boolean {
  // Hyphens don't make a name harmless: `ad-min` reads as `admin`.
  return names.has(label) || names.has(label.replaceAll("-", ""));
}
