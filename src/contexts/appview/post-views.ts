import type { Did } from "#repo/syntax.ts";
import type { FreshPost, FreshRecords } from "./fresh-records.ts";
import { isObject, type Json, objectAt, objectsAt, textAt } from "./json.ts";
import type { Media } from "./pictures.ts";
import type { ProfileViews } from "./profile-views.ts";
import { type Ask, fetchForeignViews, quotedType } from "./quotes.ts";

/** How AppViews show posts, made for those that they haven't seen. */
export interface PostViews {
  /** `app.bsky.feed.defs#postView` */
  post(fresh: FreshPost): Json;
  /** `app.bsky.feed.defs#feedViewPost` */
  feedItem(fresh: FreshPost): Json;
}

export interface PostViewDeps {
  fresh: FreshRecords;
  profiles: ProfileViews;
  media: Media;
}

/** A post in a post in a post is as deep as AppViews go. */
const MAX_QUOTE_DEPTH = 2;

/** Asks for what the fresh posts quote and reply to, and then shows any of them. */
export async function createPostViews(
  { fresh, profiles, media }: PostViewDeps,
  ask: Ask,
): Promise<PostViews> {
  const local = new Map<string, FreshPost>(
    fresh.posts.map((post) => [post.uri, post]),
  );
  const named = fresh.posts.flatMap(namedBy).filter((uri) => !local.has(uri));
  const foreign = await fetchForeignViews(ask, named);

  function post(shown: FreshPost, depth = 0): Json {
    const { uri, cid, record, indexedAt } = shown;
    const embed = embedView(record.embed, depth);
    return {
      uri,
      cid,
      author: profiles.author(),
      record,
      ...(embed !== null && { embed }),
      bookmarkCount: 0,
      replyCount: 0,
      repostCount: 0,
      likeCount: 0,
      quoteCount: 0,
      indexedAt,
    };
  }

  function embedView(embed: unknown, depth: number): Json | null {
    if (!isObject(embed)) return null;
    const media_ = mediaView(media, fresh.did, embed);
    if (media_ !== null) return media_;
    switch (embed.$type) {
      case "app.bsky.embed.record":
        return quoteView(textAt(embed, "record", "uri"), depth);
      case "app.bsky.embed.recordWithMedia": {
        const uri = textAt(embed, "record", "record", "uri");
        const record = quoteView(uri, depth);
        const shown = mediaView(media, fresh.did, objectAt(embed, "media"));
        // Rather one of the two than neither.
        if (record === null || shown === null) return record ?? shown;
        const $type = "app.bsky.embed.recordWithMedia#view";
        return { $type, record, media: shown };
      }
      default:
        return null;
    }
  }

  function quoteView(uri: string | null, depth: number): Json | null {
    if (uri === null || depth >= MAX_QUOTE_DEPTH) return null;
    const record = quotedView(uri, depth + 1);
    return record && { $type: "app.bsky.embed.record#view", record };
  }

  function quotedView(uri: string, depth: number): Json | null {
    const own = local.get(uri);
    if (own !== undefined) return toQuoted(post(own, depth));
    const view = foreign.get(uri);
    if (view === undefined) return null;
    if (view === null) {
      return {
        $type: "app.bsky.embed.record#viewNotFound",
        uri,
        notFound: true,
      };
    }
    const type = quotedType(uri);
    return typeof type === "string" ? { ...view, $type: type } : toQuoted(view);
  }

  return {
    post: (shown) => post(shown),
    feedItem(shown) {
      const reply = replyView(shown, (uri) => {
        const own = local.get(uri);
        return own === undefined ? (foreign.get(uri) ?? null) : post(own);
      });
      return { post: post(shown), ...(reply !== null && { reply }) };
    },
  };
}

/** The posts that a feed shows above a reply; null for no reply, or when one of them isn't to be had. */
function replyView(
  { record }: FreshPost,
  find: (uri: string) => Json | null,
): Json | null {
  const [root, parent] = ["root", "parent"].map((end) => {
    const uri = textAt(record, "reply", end, "uri");
    const view = uri === null ? null : find(uri);
    return view && { ...view, $type: "app.bsky.feed.defs#postView" };
  });
  return root && parent ? { root, parent } : null;
}

/** A post's view as it stands inside of another post. */
function toQuoted(view: Json): Json {
  const { embed, record, uri, cid, author, labels, indexedAt } = view;
  const { likeCount, replyCount, repostCount, quoteCount } = view;
  return {
    $type: "app.bsky.embed.record#viewRecord",
    ...{ uri, cid, author, labels, indexedAt },
    ...{ likeCount, replyCount, repostCount, quoteCount },
    value: record,
    embeds: isObject(embed) ? [embed] : [],
  };
}

/** The records that a post's view shows besides the post. */
function namedBy({ record }: FreshPost): string[] {
  const uris = [
    textAt(record, "embed", "record", "uri"),
    textAt(record, "embed", "record", "record", "uri"),
    textAt(record, "reply", "root", "uri"),
    textAt(record, "reply", "parent", "uri"),
  ];
  return uris.filter((uri) => uri !== null);
}

/** Pictures, videos and cards; null for what is none, or can't be shown. */
function mediaView(media: Media, did: Did, embed: Json | null): Json | null {
  switch (embed?.$type) {
    case "app.bsky.embed.images":
      return imagesView(media, did, embed);
    case "app.bsky.embed.gallery":
      return galleryView(media, did, embed);
    case "app.bsky.embed.external":
      return externalView(media, did, embed);
    case "app.bsky.embed.video": {
      const place = media.video(did, embed.video);
      const { alt, aspectRatio, presentation } = embed;
      const $type = "app.bsky.embed.video#view";
      return place && { $type, ...place, alt, aspectRatio, presentation };
    }
    default:
      return null;
  }
}

function imagesView(media: Media, did: Did, embed: Json): Json {
  const images = objectsAt(embed, "images") ?? [];
  return {
    $type: "app.bsky.embed.images#view",
    images: images.map(({ image, alt, aspectRatio }) => ({
      thumb: media.picture("feed_thumbnail", did, image),
      fullsize: media.picture("feed_fullsize", did, image),
      alt,
      aspectRatio,
    })),
  };
}

function galleryView(media: Media, did: Did, embed: Json): Json {
  const items = objectsAt(embed, "items") ?? [];
  return {
    $type: "app.bsky.embed.gallery#view",
    // What else a gallery may come to hold, this can't show.
    items: items
      .filter(({ $type }) => $type === "app.bsky.embed.gallery#image")
      .map(({ image, alt, aspectRatio }) => ({
        $type: "app.bsky.embed.gallery#viewImage",
        thumbnail: media.picture("feed_thumbnail", did, image),
        fullsize: media.picture("feed_fullsize", did, image),
        alt,
        aspectRatio,
      })),
  };
}

function externalView(media: Media, did: Did, embed: Json): Json {
  const { uri, title, description, thumb } = objectAt(embed, "external") ?? {};
  return {
    $type: "app.bsky.embed.external#view",
    external: {
      uri,
      title,
      description,
      thumb: media.picture("feed_thumbnail", did, thumb) ?? undefined,
    },
  };
}
