package dev.warmpath.jmh;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ObjIntConsumer;

/**
 * Events of targets whose caches of 16,384 blocks are full: every prompt of 512 blocks that comes
 * makes the oldest one of its slot go. All events are made beforehand. One thread.
 */
final class Churn {
  /** Blocks that a turn stores and removes. */
  static final int BLOCKS_A_TURN = 1_024;

  private static final int PROMPT_BLOCKS = BLOCKS_A_TURN / 2;
  private static final int HELD_PROMPTS = 16_384 / PROMPT_BLOCKS;

  private final int slots;
  private final List<Prompt> prompts = new ArrayList<>();
  private final int held;
  private int turn;

  /** The events of one prompt's life. */
  private record Prompt(
      long[] localHashes, List<KvEvent.Stored> stores, List<KvEvent.Removed> removals) {}

  Churn(int slots, int eventBlocks, Eviction eviction) {
    this.slots = slots;
    this.held = slots * HELD_PROMPTS;
    this.turn = held;
    Random random = new Random(1);
    for (int i = 0; i < 2 * held; i++) {
      prompts.add(prompt(random, eventBlocks, eviction));
    }
  }

  private static Prompt prompt(Random random, int eventBlocks, Eviction eviction) {
    long[] local = random.longs(PROMPT_BLOCKS).toArray();
    long[] names = LookupWorkload.sequenceHashes(local);
    List<Long> leaving = new ArrayList<>(Arrays.stream(names).boxed().toList());
    switch (eviction) {
      case TAIL_FIRST -> Collections.reverse(leaving);
      case HEAD_FIRST -> {}
      case RANDOM -> Collections.shuffle(leaving, random);
    }
    Prompt prompt = new Prompt(local, new ArrayList<>(), new ArrayList<>());
    for (int from = 0; from < PROMPT_BLOCKS; from += eventBlocks) {
      int to = from + eventBlocks;
      long[] engineHashes = Arrays.copyOfRange(names, from, to);
      long[] localHashes = Arrays.copyOfRange(local, from, to);
      prompt.stores.add(
          from == 0
              ? KvEvent.Stored.root(engineHashes, localHashes, Tier.DEVICE)
              : KvEvent.Stored.after(names[from - 1], engineHashes, localHashes, Tier.DEVICE));
      long[] gone = leaving.subList(from, to).stream().mapToLong(name -> name).toArray();
      prompt.removals.add(new KvEvent.Removed(gone, Tier.DEVICE));
    }
    return prompt;
  }

  /** Fills all caches. */
  void fill(ObjIntConsumer<KvEvent> apply) {
    for (int i = 0; i < held; i++) {
      int slot = i % slots;
      prompts.get(i).stores.forEach(stored -> apply.accept(stored, slot));
    }
  }

  /** One prompt goes and one comes. */
  void turn(ObjIntConsumer<KvEvent> apply) {
    int slot = turn % slots;
    for (KvEvent.Removed removed : prompts.get((turn - held) % prompts.size()).removals) {
      apply.accept(removed, slot);
    }
    for (KvEvent.Stored stored : prompts.get(turn % prompts.size()).stores) {
      apply.accept(stored, slot);
    }
    turn = turn + 1 == 3 * held ? held : turn + 1;
  }

  /** The local hashes of any prompt; the index holds about half of them. */
  long[] anyPrompt(int number) {
    return prompts.get(number % prompts.size()).localHashes;
  }
}
