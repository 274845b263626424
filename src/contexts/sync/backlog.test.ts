import { expect, test } from "bun:test";
import { createBacklog } from "./backlog.ts";

const limits = { maxShareBytes: 100, minShareBytes: 10, maxBytes: 1000 };

test("a share is what is left for each, within bounds", () => {
  const backlog = createBacklog(limits);
  const shares: number[] = [];
  for (let readers = 1; readers <= 100; readers++) {
    backlog.changeReaders(1);
    shares.push(backlog.share());
  }
  expect(shares[0]).toBe(100);
  expect(shares[4]).toBe(100);
  expect(shares[9]).toBe(50);
  expect(shares[99]).toBe(10);
  // All shares together leave room for large messages.
  for (const [index, share] of shares.slice(0, 50).entries()) {
    expect(share * (index + 1)).toBeLessThanOrEqual(500);
  }
  backlog.changeReaders(-1);
  backlog.changeReaders(-1);
  expect(backlog.share()).toBe(10);
});

test("room is what nobody holds", () => {
  const backlog = createBacklog(limits);
  backlog.change(900);
  expect(backlog.hasRoom(100)).toBe(true);
  expect(backlog.hasRoom(101)).toBe(false);
  backlog.change(-400);
  expect(backlog.heldBytes()).toBe(500);
  expect(backlog.hasRoom(500)).toBe(true);
});
