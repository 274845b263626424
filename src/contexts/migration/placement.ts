import type { Did } from "#repo/syntax.ts";
import type { PendingEvent } from "#contexts/sequencer/committer.ts";
import { encodePlacement, type PlacedHead } from "#contexts/sequencer/redo.ts";

/**
 * The row that makes a placed repository the account's own. Readers of the
 * stream do not see it; what they must know comes with an activation or a sync.
 */
export function placementEvent(placed: {
  did: Did;
  /** Of the file that was placed, which is durable. */
  generation: number;
  head: PlacedHead;
  collectionCounts: ReadonlyMap<string, number>;
}): PendingEvent {
  const { did, generation, head, collectionCounts } = placed;
  return {
    did,
    generation,
    kind: "import",
    rev: head.rev,
    frame: null,
    redo: encodePlacement(head),
    change: null,
    state: { did, head, recount: true, collectionCounts },
    outboxId: null,
  };
}
