import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Clock } from "#lib/clock.ts";
import { isDamage } from "#lib/disk-errors.ts";
import { OperatorError } from "#lib/errors.ts";
import { type Logger } from "#lib/log.ts";
import { openAccountDb } from "#storage/account/account-db.ts";
import { createActorStores } from "#storage/actor-stores.ts";
import { createDiskSpace } from "#storage/disk-space.ts";
import { createFolderUsage } from "#storage/folder-usage.ts";
import { createDiskBlobStore } from "#storage/disk-blob-store.ts";
import { isWritableFolder, openDataFolder } from "#storage/data-folder.ts";
import { createKeyStore } from "#storage/key-store.ts";
import { createSiteFolder } from "#storage/site-folder.ts";
import { createSequencerDb } from "#storage/sequencer-db.ts";
import type { Config } from "#config.ts";

export type Storage = ReturnType<typeof openStorage>;

/** Opens everything in the data folder; closes it in reverse. */
export function openStorage(
  config: Config,
  {
    clock,
    log,
    onFatal,
  }: { clock: Clock; log: Logger; onFatal?(error: unknown): void },
) {
  const folder = openDataFolder(config.dataFolder);
  const keyStore = createKeyStore({
    keysPath: folder.keysPath,
    masterKey: config.masterKey?.reveal() ?? null,
    // Beside accounts a new key would only hide that theirs is lost.
    mayCreate: !existsSync(folder.accountDbPath),
  });
  const accountDb = openWhole(folder.accountDbPath, openAccountDb);
  const eventLog = openWhole(folder.sequencerDbPath, (path) =>
    createSequencerDb({ path }),
  );
  const stores = createActorStores({
    reposPath: folder.reposPath,
    generationOf: accountDb.accounts.generationOf,
    maxOpen: config.openRepoHandles,
    lending: config.repoLending,
    clock,
    log,
    ...(onFatal && { onFatal }),
  });
  const blobStore = createDiskBlobStore({
    blobsPath: config.blobFolder ?? folder.blobsPath,
    ...(config.blobTmpFolder !== null && {
      temporaryPath: config.blobTmpFolder,
    }),
    clock,
  });
  const blobsPath = config.blobFolder ?? folder.blobsPath;
  const space = createDiskSpace({
    folders: [folder.path, blobsPath],
    reservePath: join(folder.path, "reserve"),
    scarceBytes: config.scarceDiskBytes,
    reserveBytes: config.reserveDiskBytes,
    log,
  });
  return {
    space,
    usage: createFolderUsage(folder),
    checkFolders: () => ({
      data: isWritableFolder(folder.path),
      repos: isWritableFolder(folder.reposPath),
      blobs: isWritableFolder(blobsPath),
    }),
    site: createSiteFolder(config.siteFolder ?? join(folder.path, "site")),
    keyStore,
    accountDb,
    eventLog,
    stores,
    blobStore,
    close() {
      space.close();
      stores.close();
      eventLog.close();
      accountDb.close();
      folder.close();
    },
  };
}

/** @throws OperatorError exit 78 for a damaged database: another start would not mend it. */
function openWhole<T>(path: string, open: (path: string) => T): T {
  try {
    return open(path);
  } catch (cause) {
    if (!isDamage(cause)) throw cause;
    throw new OperatorError(`${path} is damaged: ${(cause as Error).message}`, {
      hint: "Put the whole data folder back from a backup, and look at the disk (dmesg). Keep the damaged one: repositories and blobs in it may be newer.",
      exitCode: 78,
      cause,
    });
  }
}
