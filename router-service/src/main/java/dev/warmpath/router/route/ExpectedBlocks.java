package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How many leading blocks of a prompt each target is expected to hold soon. Reused; one thread at a
 * time.
 */
final class ExpectedBlocks {
  private @Nullable Target[] targets = new Target[0];
  private int[] blocks = new int[0];
  private int[] raised = new int[16];
  private int raisedCount;

  /** Nobody is expected to hold anything. */
  void start() {
    for (int i = 0; i < raisedCount; i++) {
      targets[raised[i]] = null;
    }
    raisedCount = 0;
  }

  /** A target is expected to hold at least this many. */
  void raise(Target target, int leadingBlocks) {
    int slot = target.slot();
    if (slot >= blocks.length) {
      blocks = Arrays.copyOf(blocks, slot + 1);
      targets = Arrays.copyOf(targets, slot + 1);
    }
    if (targets[slot] == null) {
      if (raisedCount == raised.length) {
        raised = Arrays.copyOf(raised, 2 * raisedCount);
      }
      raised[raisedCount++] = slot;
      targets[slot] = target;
      blocks[slot] = leadingBlocks;
    } else if (SlotLife.same(target, targets[slot])) {
      blocks[slot] = Math.max(blocks[slot], leadingBlocks);
    }
  }

  /** Whether somebody who has or had a slot is expected to hold something. */
  boolean isRaised(int slot) {
    return slot < targets.length && targets[slot] != null;
  }

  /** Leading blocks that a target is expected to hold. */
  int of(Target target) {
    int slot = target.slot();
    Target expected = slot < targets.length ? targets[slot] : null;
    return expected != null && SlotLife.same(target, expected) ? blocks[slot] : 0;
  }
}
