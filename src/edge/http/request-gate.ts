/**
 * Counts what is under way for each client. A gate is no limit of rates: it
 * bounds what one client can hold open at a time, be it by being slow.
 */
export interface RequestGate {
  /**
   * Lets one more in, or says null when there are too many.
   * @param network see `networkOf`
   * @returns the way out, which may be taken more than once and counts once.
   */
  enter(network: string): (() => void) | null;
  /** How many are in. */
  count(): number;
}

export function createRequestGate(maxPerNetwork: number): RequestGate {
  const countByNetwork = new Map<string, number>();
  let total = 0;
  return {
    count: () => total,
    enter(network) {
      const count = countByNetwork.get(network) ?? 0;
      if (count >= maxPerNetwork) return null;
      countByNetwork.set(network, count + 1);
      total++;
      let isLeft = false;
      return () => {
        if (isLeft) return;
        isLeft = true;
        total--;
        const left = countByNetwork.get(network)! - 1;
        if (left > 0) countByNetwork.set(network, left);
        else countByNetwork.delete(network);
      };
    },
  };
}

/** The same answer; `onRead` is called once its body is read to the end, given up or broken. */
export function whenRead(response: Response, onRead: () => void): Response {
  if (response.body === null) {
    onRead();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          onRead();
          controller.close();
        } catch (error) {
          onRead();
          controller.error(error);
        }
      },
      cancel(reason) {
        onRead();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
}
