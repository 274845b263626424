import type { Did } from "#repo/syntax.ts";
import { textAt } from "./json.ts";

/** The forms in which an AppView's picture server gives out a picture. */
export type Preset = "avatar" | "banner" | "feed_thumbnail" | "feed_fullsize";

/** Where clients find the files that a record names. */
export interface Media {
  /** @returns null when it is no reference to a file. */
  picture(preset: Preset, did: Did, blob: unknown): string | null;
  /** @returns null when there is no video service, or it is no reference to a file. */
  video(did: Did, blob: unknown): VideoPlace | null;
}

export interface VideoPlace {
  cid: string;
  playlist: string;
  thumbnail: string;
}

export interface MediaDeps {
  /** Each `%s` stands for preset, DID and CID, in this order. null: pictures come from this host. */
  cdnUrlPattern: string | null;
  /** null: nobody plays videos that aren't known to the AppView. */
  videoUrl: string | null;
  publicUrl: string;
}

export function createMedia(deps: MediaDeps): Media {
  return {
    picture(preset, did, blob) {
      const cid = cidOf(blob);
      if (cid === null) return null;
      const { cdnUrlPattern, publicUrl } = deps;
      if (cdnUrlPattern !== null) {
        const values = [preset, did, cid];
        return cdnUrlPattern.replaceAll("%s", () => values.shift() ?? "");
      }
      const query = new URLSearchParams({ did, cid });
      return `${publicUrl}/xrpc/com.atproto.sync.getBlob?${query}`;
    },
    video(did, blob) {
      const cid = cidOf(blob);
      if (cid === null || deps.videoUrl === null) return null;
      const folder = `${deps.videoUrl}/watch/${encodeURIComponent(did)}/${cid}`;
      return {
        cid,
        playlist: `${folder}/playlist.m3u8`,
        thumbnail: `${folder}/thumbnail.jpg`,
      };
    },
  };
}

/** The second form is that of the first records there were. */
function cidOf(blob: unknown): string | null {
  return textAt(blob, "ref", "$link") ?? textAt(blob, "cid");
}
