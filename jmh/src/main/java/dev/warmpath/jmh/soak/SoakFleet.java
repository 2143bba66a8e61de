package dev.warmpath.jmh.soak;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.testing.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Targets that compute the turns of sessions and restart now and then. One thread. */
final class SoakFleet {
  static final int TARGETS = 64;

  /** Blocks of one target's cache. */
  static final int CAPACITY = 8_192;

  /** Of the turns, this share goes anywhere instead of to the target that computed those before. */
  private static final double STRAY_SHARE = 0.1;

  /** Slots beyond one a target, so that a restart takes one that was left long ago. */
  private static final int SPARE_SLOTS = 4;

  private final Sessions sessions;
  private final Random random;
  private final double holeRate;
  private final SoakTarget[] targets = new SoakTarget[TARGETS];
  private final int[] slotOf = new int[TARGETS];
  private final ArrayDeque<Integer> freeSlots = new ArrayDeque<>();
  private List<Step> steps = new ArrayList<>();
  private int blocksOfSteps;
  private int restarts;

  SoakFleet(Sessions sessions, double holeRate, Random random) {
    this.sessions = sessions;
    this.holeRate = holeRate;
    this.random = random;
    for (int slot = 0; slot < TARGETS + SPARE_SLOTS; slot++) {
      freeSlots.add(slot);
    }
    for (int target = 0; target < TARGETS; target++) {
      start(target);
    }
  }

  private void start(int target) {
    int slot = freeSlots.remove();
    slotOf[target] = slot;
    targets[target] =
        new SoakTarget(CAPACITY, holeRate, random, event -> add(new Step.Apply(slot, event, 0L)));
  }

  private void add(Step step) {
    steps.add(step);
    blocksOfSteps += blocks(step);
  }

  int restarts() {
    return restarts;
  }

  long heldBlocks() {
    long held = 0;
    for (SoakTarget target : targets) {
      held += target.heldBlocks();
    }
    return held;
  }

  boolean isFull() {
    boolean full = true;
    for (SoakTarget target : targets) {
      full &= target.isFull();
    }
    return full;
  }

  /** One session goes on, on one target. */
  void turn() {
    Sessions.Turn turn = sessions.next();
    int target =
        random.nextDouble() < STRAY_SHARE
            ? random.nextInt(TARGETS)
            : (int) Long.remainderUnsigned(Sessions.mixed(~turn.session()), TARGETS);
    targets[target].compute(turn);
  }

  /** The target that has lived longest dies; an empty one takes its place, in another slot. */
  void restart() {
    int target = restarts++ % TARGETS;
    add(new Step.Release(slotOf[target], 0L));
    freeSlots.add(slotOf[target]);
    start(target);
  }

  /** Blocks stored and removed since the last {@link #takeSteps}. */
  int blocksOfSteps() {
    return blocksOfSteps;
  }

  /** What happened since the last call. */
  List<Step> takeSteps() {
    List<Step> taken = steps;
    steps = new ArrayList<>();
    blocksOfSteps = 0;
    return taken;
  }

  /** Asks the index for some sessions; returns how many overlaps are not what the targets hold. */
  int wrongOverlaps(PrefixIndex index, int questions) {
    Overlaps overlaps = new Overlaps();
    int wrong = 0;
    for (int question = 0; question < questions; question++) {
      Sessions.Turn turn = sessions.any(random);
      long[] prompt = new long[turn.blocks()];
      for (int i = 0; i < prompt.length; i++) {
        prompt[i] = Sessions.localHash(turn.session(), i);
      }
      index.match(prompt, prompt.length, overlaps);
      for (int target = 0; target < TARGETS; target++) {
        wrong += overlaps.deviceBlocks(slotOf[target]) == targets[target].overlap(turn) ? 0 : 1;
      }
      for (int slot : freeSlots) {
        wrong += overlaps.deviceBlocks(slot) == 0 ? 0 : 1;
      }
    }
    return wrong;
  }

  private static int blocks(Step step) {
    return switch (step) {
      case Step.Apply(int _, KvEvent.Stored stored, long _) -> stored.engineHashes().length;
      case Step.Apply(int _, KvEvent.Removed removed, long _) -> removed.engineHashes().length;
      default -> 0;
    };
  }
}
