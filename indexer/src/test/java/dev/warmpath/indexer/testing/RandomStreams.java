package dev.warmpath.indexer.testing;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Random things that happen to an index, the same for the same seed. Several targets cache prefixes
 * of one random tree of prompts. Each stream has habits of its own: how it evicts, and how often
 * blocks are stored twice, come before their parents, or contradict one another.
 */
public final class RandomStreams {
  private static final List<Tier> TIERS = List.of(Tier.values());
  private static final int[] SLOTS = {0, 1, 2, 63, 64, 65, 127, 130, 200};

  private final Random random;
  private final List<Target> targets = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final int fanout;
  private final int maxDepth;
  private final int orphanPercent;
  private final int oddPercent;
  private final int slowTierPercent;
  private final Eviction eviction;
  private long nowNanos;

  private enum Eviction {
    TAIL_FIRST,
    HEAD_FIRST,
    ANY
  }

  private RandomStreams(long seed) {
    random = new Random(seed);
    fanout = 1 + random.nextInt(3);
    maxDepth = 3 + random.nextInt(14);
    orphanPercent = random.nextInt(3) * 8;
    oddPercent = random.nextInt(3) * 10;
    slowTierPercent = random.nextInt(3) * 15;
    eviction = List.of(Eviction.values()).get(random.nextInt(3));
    int slots = 1 + random.nextInt(5);
    for (int i = 0; i < slots; i++) {
      targets.add(new Target(SLOTS[random.nextInt(SLOTS.length)], random.nextLong()));
    }
  }

  /**
   * A stream of steps.
   *
   * @param seed names the stream
   * @param count how many steps
   */
  public static List<Step> steps(long seed, int count) {
    RandomStreams stream = new RandomStreams(seed);
    while (stream.steps.size() < count) {
      stream.step();
    }
    return List.copyOf(stream.steps.subList(0, count));
  }

  /** A prompt over the same tree of prompts; sometimes one that nobody ever stored. */
  public static long[] prompt(Random random) {
    int depth = 1 + random.nextInt(12);
    return random.longs(depth, 1, 4).toArray();
  }

  private void step() {
    nowNanos += random.nextInt(4);
    Target target = targets.get(random.nextInt(targets.size()));
    int dice = random.nextInt(1000);
    if (dice < 2) {
      add(target, new KvEvent.Cleared());
      target.copies.clear();
    } else if (dice < 4) {
      steps.add(new Step.Release(target.slot, nowNanos));
      target.startAgain(random.nextLong());
    } else if (dice < 10) {
      steps.add(new Step.Expire(target.slot, nowNanos));
    } else if (random.nextInt(100) < oddPercent) {
      odd(target);
    } else if (target.copies.size() > 10 + random.nextInt(60)) {
      evict(target);
    } else {
      storePrompt(target);
    }
  }

  /** Stores what is missing of a prompt; sometimes without its first part, which stays unknown. */
  private void storePrompt(Target target) {
    List<Long> path = randomPath();
    int from = 0;
    while (from < path.size() - 1 && target.copies.containsKey(path.subList(0, from + 1))) {
      from++;
    }
    if (random.nextInt(100) < orphanPercent) {
      from = random.nextInt(path.size());
    }
    store(target, path, from, path.size(), tier(), 0);
  }

  private void odd(Target target) {
    Collection<List<Long>> held = target.copies.keySet();
    List<Long> path = held.isEmpty() ? randomPath() : pick(held);
    switch (random.nextInt(9)) {
      case 0 -> store(target, path, path.size() - 1, path.size(), tier(), 0);
      case 1 -> store(target, path, 0, path.size(), Tier.DEVICE, 0);
      case 2 -> {
        List<Long> longer = new ArrayList<>(path);
        longer.addAll(randomPath());
        store(target, longer, random.nextInt(path.size()), longer.size(), tier(), 0);
      }
      case 3 -> store(target, path, path.size() - 1, path.size(), tier(), 1);
      case 4 -> remove(target, List.of(path), tier(), 1);
      case 5 -> remove(target, List.of(randomPath(), path, path), tier(), 0);
      case 6 -> contradict(target, path);
      case 7 -> storeOutOfOrder(target);
      default -> repeatWithinRun(target, path);
    }
  }

  /** A prompt in pieces, the pieces in any order, one of them taken back. */
  private void storeOutOfOrder(Target target) {
    List<Long> path = randomPath();
    List<Integer> pieces = new ArrayList<>();
    for (int i = 0; i < path.size(); i++) {
      pieces.add(random.nextInt(pieces.size() + 1), i);
    }
    int takenBack = random.nextInt(2 * pieces.size());
    for (int piece : pieces) {
      store(target, path, piece, piece + 1, Tier.DEVICE, 0);
      if (piece == takenBack) {
        remove(target, List.of(path.subList(0, piece + 1)), Tier.DEVICE, 0);
      }
    }
  }

  /** An engine hash that is in use, for another block. */
  private void contradict(Target target, List<Long> path) {
    long name = target.name(path, 0);
    List<Long> other = randomPath();
    long parent = target.name(other, 0);
    long[] names = {name, target.name(other, 2)};
    long[] locals = {random.nextInt(1, 4), 1};
    switch (random.nextInt(4)) {
      case 0 -> add(target, KvEvent.Stored.root(names, locals, tier()));
      case 1 -> add(target, KvEvent.Stored.after(name, names, locals, tier()));
      case 2 -> add(target, KvEvent.Stored.after(random.nextLong(), names, locals, tier()));
      default -> add(target, KvEvent.Stored.after(parent, names, locals, tier()));
    }
  }

  private void repeatWithinRun(Target target, List<Long> path) {
    long name = target.name(path, 0);
    long local = path.getLast();
    long[] names = {name, name};
    long[] locals = {local, local};
    if (path.size() == 1) {
      add(target, KvEvent.Stored.root(names, locals, tier()));
    } else {
      long parent = target.name(path.subList(0, path.size() - 1), 0);
      add(target, KvEvent.Stored.after(parent, names, locals, tier()));
    }
  }

  private void evict(Target target) {
    Comparator<List<Long>> byDepth = Comparator.comparingInt(List::size);
    List<List<Long>> victims = new ArrayList<>(target.copies.keySet());
    switch (eviction) {
      case TAIL_FIRST -> victims.sort(byDepth.reversed());
      case HEAD_FIRST -> victims.sort(byDepth);
      case ANY -> shuffle(victims);
    }
    List<List<Long>> gone = victims.subList(0, Math.min(victims.size(), 1 + random.nextInt(4)));
    for (List<Long> path : gone) {
      remove(target, List.of(path), target.tiers.getOrDefault(path, Tier.DEVICE), 0);
    }
  }

  private <T> void shuffle(List<T> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      T swapped = list.get(i);
      list.set(i, list.get(j));
      list.set(j, swapped);
    }
  }

  /**
   * Stores blocks {@code from} to {@code to} of a path.
   *
   * @param twin which of the names that a block may have is used for the last block
   */
  private void store(Target target, List<Long> path, int from, int to, Tier tier, int twin) {
    long[] names = new long[to - from];
    long[] locals = new long[to - from];
    for (int i = from; i < to; i++) {
      names[i - from] = target.name(path.subList(0, i + 1), i == to - 1 ? twin : 0);
      locals[i - from] = path.get(i);
      if (twin == 0) {
        target.copies.merge(List.copyOf(path.subList(0, i + 1)), 1, Integer::sum);
        target.tiers.put(List.copyOf(path.subList(0, i + 1)), tier);
      }
    }
    add(
        target,
        from == 0
            ? KvEvent.Stored.root(names, locals, tier)
            : KvEvent.Stored.after(target.name(path.subList(0, from), 0), names, locals, tier));
  }

  private void remove(Target target, List<List<Long>> paths, Tier tier, int twin) {
    long[] names = paths.stream().mapToLong(path -> target.name(path, twin)).toArray();
    if (twin == 0) {
      paths.forEach(path -> target.copies.computeIfPresent(path, (_, n) -> n == 1 ? null : n - 1));
    }
    add(target, new KvEvent.Removed(names, tier));
  }

  private void add(Target target, KvEvent event) {
    steps.add(new Step.Apply(target.slot, event, nowNanos));
  }

  private List<Long> randomPath() {
    Long[] path = new Long[1 + random.nextInt(maxDepth)];
    Arrays.setAll(path, _ -> 1L + random.nextInt(fanout));
    return List.of(path);
  }

  private List<Long> pick(Collection<List<Long>> paths) {
    return paths.stream().skip(random.nextInt(paths.size())).findFirst().orElseThrow();
  }

  private Tier tier() {
    return random.nextInt(100) < slowTierPercent
        ? TIERS.get(random.nextInt(TIERS.size()))
        : Tier.DEVICE;
  }

  /** What the stream believes of one target; belief is enough, since any event is allowed. */
  private static final class Target {
    final int slot;
    long life;
    final Map<List<Long>, Integer> copies = new LinkedHashMap<>();
    final Map<List<Long>, Tier> tiers = new HashMap<>();

    Target(int slot, long life) {
      this.slot = slot;
      this.life = life;
    }

    void startAgain(long nextLife) {
      life = nextLife;
      copies.clear();
      tiers.clear();
    }

    /** The engine hash of a block: differs from life to life, and from twin to twin. */
    long name(List<Long> path, int twin) {
      long hash = life + twin;
      for (long local : path) {
        hash = (hash ^ local) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
      }
      return hash;
    }
  }
}
