package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.testing.RandomStreams;
import dev.warmpath.indexer.testing.ReferenceIndex;
import dev.warmpath.indexer.testing.Step;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The index against {@link ReferenceIndex}: after any stream of events both say the same, of slots
 * that count copies and of slots that do not, side by side. A difference is reported with its seed
 * and with as few steps as still show it; {@code -Dwarmpath.seed=N} runs that seed alone, {@code
 * -Dwarmpath.long=true} ten times as many streams as usual, from a first seed of this run's own,
 * which is printed.
 */
class PrefixIndexDifferentialTest {
  private static final int STREAMS = 250;
  private static final int STEPS = 2_000;
  private static final int CHECKS = 60;

  @Test
  void indexEqualsTheReferenceAfterAnyStream() {
    seeds().parallel().forEach(PrefixIndexDifferentialTest::check);
  }

  private static LongStream seeds() {
    Long only = Long.getLong("warmpath.seed");
    if (only != null) {
      return LongStream.of(only);
    }
    if (!Boolean.getBoolean("warmpath.long")) {
      return LongStream.range(0, STREAMS);
    }
    long first = new SecureRandom().nextLong(Integer.MAX_VALUE);
    System.out.printf("seeds %d to %d%n", first, first + 10 * STREAMS - 1);
    return LongStream.range(first, first + 10 * STREAMS);
  }

  private static void check(long seed) {
    List<Step> steps = RandomStreams.steps(seed, STEPS);
    if (difference(seed, steps, STEPS / CHECKS).isEmpty()) {
      return;
    }
    List<Step> fewest = shrink(seed, steps);
    assertThat(difference(seed, fewest, 1))
        .as(
            "seed %d, %d steps:%n%s",
            seed,
            fewest.size(),
            fewest.stream().map(Step::toString).collect(Collectors.joining("\n")))
        .isEmpty();
  }

  /** Leaves out pieces of the stream, ever smaller ones, while the rest still differs. */
  private static List<Step> shrink(long seed, List<Step> steps) {
    List<Step> fewest = steps;
    for (int piece = fewest.size() / 2; piece >= 1; piece /= 2) {
      for (int at = 0; at < fewest.size(); ) {
        List<Step> without = new ArrayList<>(fewest.subList(0, at));
        without.addAll(fewest.subList(Math.min(fewest.size(), at + piece), fewest.size()));
        if (difference(seed, without, 1).isPresent()) {
          fewest = without;
        } else {
          at += piece;
        }
      }
    }
    return fewest;
  }

  /**
   * Runs a stream through both.
   *
   * @param checkEvery steps between two full comparisons
   * @return what differs first
   */
  private static Optional<String> difference(long seed, List<Step> steps, int checkEvery) {
    Random random = new Random(seed);
    int parkedLimit = random.nextBoolean() ? 5 : 100;
    long parkedAgeNanos = random.nextBoolean() ? 30 : 10_000;
    Pair pair = new Pair(parkedLimit, parkedAgeNanos, seed % 2);
    for (int i = 0; i < steps.size(); i++) {
      boolean check = (i + 1) % checkEvery == 0 || i == steps.size() - 1;
      Optional<String> difference = pair.step(steps.get(i), check, random);
      if (difference.isPresent()) {
        return difference.map(text -> "after " + text);
      }
    }
    return Optional.empty();
  }

  /** The index and its reference. */
  private static final class Pair {
    final IndexLimits limits;
    final PrefixIndex index;
    final ReferenceIndex reference;
    final Overlaps overlaps = new Overlaps();
    final Overlaps rebuiltOverlaps = new Overlaps();
    final long countsCopies;
    final Set<Integer> admitted = new HashSet<>();

    /**
     * @param countsCopies whether the slots with even (0) or odd (1) numbers count copies
     */
    Pair(int parkedLimit, long parkedAgeNanos, long countsCopies) {
      this.countsCopies = countsCopies;
      limits = new IndexLimits(parkedLimit, parkedAgeNanos);
      index = new PrefixIndex(limits);
      reference = new ReferenceIndex(parkedLimit, parkedAgeNanos, this::repeatedStores);
    }

    private RepeatedStores repeatedStores(int slot) {
      return slot % 2 == countsCopies ? RepeatedStores.COPIES : RepeatedStores.TOLD_AGAIN;
    }

    private void admit(int slot) {
      if (admitted.add(slot)) {
        index.admit(slot, limits.blocksPerTarget(), repeatedStores(slot));
      }
    }

    Optional<String> step(Step step, boolean check, Random random) {
      try {
        boolean complete = apply(step);
        if (complete != reference.apply(step)) {
          return Optional.of(step + ": returned " + complete);
        }
        return check ? differs(random).map(text -> step + ": " + text) : Optional.empty();
      } catch (RuntimeException e) {
        return Optional.of(step + ": " + e);
      }
    }

    private boolean apply(Step step) {
      return switch (step) {
        case Step.Apply(int slot, KvEvent event, long nowNanos) -> {
          admit(slot);
          yield index.apply(slot, event, nowNanos);
        }
        case Step.Release(int slot, long _) -> {
          index.release(slot);
          admitted.remove(slot);
          yield true;
        }
        case Step.Expire(int slot, long nowNanos) -> {
          admit(slot);
          index.tidy(slot, nowNanos);
          yield true;
        }
      };
    }

    private Optional<String> differs(Random random) {
      List<long[]> prompts = prompts(random);
      return differsInFigures()
          .or(() -> differsInOverlaps(prompts))
          .or(() -> differsWhenRebuilt(prompts));
    }

    private Optional<String> differsInFigures() {
      if (index.nodeCount() != reference.allPrefixes().size()) {
        return difference("nodes", index.nodeCount(), reference.allPrefixes().size());
      }
      if (!counters().equals(reference.counters())) {
        return difference("counters", counters(), reference.counters());
      }
      for (int slot : reference.slots()) {
        if (index.heldBlocks(slot) != reference.heldPaths(slot).size()) {
          return difference(
              "held blocks of " + slot, index.heldBlocks(slot), reference.heldPaths(slot).size());
        }
        if (index.parkedBlocks(slot) != reference.parkedBlocks(slot)) {
          return difference(
              "parked blocks of " + slot, index.parkedBlocks(slot), reference.parkedBlocks(slot));
        }
        if (index.digest(slot) != reference.digest(slot)) {
          return difference("digest of " + slot, index.digest(slot), reference.digest(slot));
        }
      }
      return Optional.empty();
    }

    private Map<String, Long> counters() {
      IndexCounters counters = index.counters();
      return new TreeMap<>(
          Map.of(
              "conflictingStores", counters.conflictingStores(),
              "unknownRemovals", counters.unknownRemovals(),
              "fullReports", counters.fullReports(),
              "extraCopies", counters.extraCopies(),
              "toldAgain", counters.toldAgain(),
              "parkedOverflows", counters.parkedOverflows(),
              "parkedExpiries", counters.parkedExpiries()));
    }

    private Optional<String> differsInOverlaps(List<long[]> prompts) {
      for (long[] prompt : prompts) {
        index.match(prompt, prompt.length, overlaps);
        for (int slot : reference.slots()) {
          for (Tier tier : Tier.values()) {
            int expected = reference.overlap(slot, prompt, tier);
            if (overlaps.blocks(slot, tier) != expected) {
              return difference(
                  "overlap of %s on %d within %s".formatted(Arrays.toString(prompt), slot, tier),
                  overlaps.blocks(slot, tier),
                  expected);
            }
          }
        }
      }
      return Optional.empty();
    }

    private Optional<String> differsWhenRebuilt(List<long[]> prompts) {
      for (int slot : reference.slots()) {
        PrefixIndex rebuilt = new PrefixIndex(limits);
        rebuilt.admit(slot, limits.blocksPerTarget(), repeatedStores(slot));
        index.content(slot).forEach(event -> rebuilt.apply(slot, event, 0L));
        if (rebuilt.digest(slot) != index.digest(slot)
            || rebuilt.heldBlocks(slot) != index.heldBlocks(slot)
            || rebuilt.parkedBlocks(slot) != 0) {
          return Optional.of("content of %d does not rebuild it".formatted(slot));
        }
        for (long[] prompt : prompts) {
          index.match(prompt, prompt.length, overlaps);
          rebuilt.match(prompt, prompt.length, rebuiltOverlaps);
          for (Tier tier : Tier.values()) {
            if (overlaps.blocks(slot, tier) != rebuiltOverlaps.blocks(slot, tier)) {
              return Optional.of("content of %d rebuilds other overlaps".formatted(slot));
            }
          }
        }
      }
      return Optional.empty();
    }

    /** Some paths that are held, each a little longer, and some that probably are not. */
    private List<long[]> prompts(Random random) {
      List<long[]> prompts = new ArrayList<>();
      for (int slot : reference.slots()) {
        List<List<Long>> held = List.copyOf(reference.heldPaths(slot));
        for (int i = 0; i < 4 && !held.isEmpty(); i++) {
          List<Long> path = held.get(random.nextInt(held.size()));
          prompts.add(
              LongStream.concat(path.stream().mapToLong(h -> h), LongStream.of(1)).toArray());
        }
      }
      prompts.add(RandomStreams.prompt(random));
      prompts.add(RandomStreams.prompt(random));
      return prompts;
    }

    private static Optional<String> difference(String what, Object index, Object reference) {
      return Optional.of("%s: %s instead of %s".formatted(what, index, reference));
    }
  }
}
