import { afterEach, beforeEach } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "#lib/clock.ts";
import type { Did } from "#repo/syntax.ts";
import type { ActorStore, ActorStores } from "./actor-store.ts";
import { createActorStores } from "./actor-stores.ts";
import { alice } from "./repo-fixture.ts";

export const bob = "did:web:Bob.example%3A8080" as Did;

export let folder: string;
export let generations: Map<Did, number>;
export let stores: ActorStores;

/** Gives each test of a file stores in a folder of their own. */
export function useStores(): void {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tempest-repos-"));
    generations = new Map([
      [alice, 1],
      [bob, 1],
    ]);
    reopen();
  });
  afterEach(() => {
    stores.close();
    rmSync(folder, { recursive: true, force: true });
  });
}

interface StoresOptions {
  maxOpen?: number;
  clock?: Clock;
}

/** As another process would open the same folder. */
export function openStores(options: StoresOptions = {}): ActorStores {
  const { maxOpen = 256, clock = systemClock } = options;
  return createActorStores({
    clock,
    reposPath: folder,
    generationOf: (did) => generations.get(did) ?? null,
    maxOpen,
  });
}

/** The stores of the test from now on; in another folder where one is given. */
export function reopen(options: StoresOptions & { to?: string } = {}): void {
  folder = options.to ?? folder;
  stores = openStores(options);
}

export function make(did = alice): ActorStore {
  return stores.create(did, 1);
}

export function pathOf(did: Did): string {
  const hash = new Bun.CryptoHasher("sha256").update(did).digest("hex");
  return join(folder, hash.slice(0, 2), `${hash}.1.sqlite`);
}

export function files(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
