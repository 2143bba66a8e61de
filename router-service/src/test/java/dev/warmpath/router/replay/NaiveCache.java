package dev.warmpath.router.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The slow twin of {@link SimulatedCache}: whole prefixes in a list, the most recent first. */
final class NaiveCache {
  private final int capacity;
  private final List<List<Long>> mostRecentFirst = new ArrayList<>();

  NaiveCache(int capacity) {
    this.capacity = capacity;
  }

  /** Serves a prompt and returns how many leading blocks were held. */
  int use(Prompt prompt) {
    List<Long> path = Arrays.stream(prompt.localHashes()).boxed().toList();
    int hits = 0;
    while (hits < path.size() && mostRecentFirst.contains(path.subList(0, hits + 1))) {
      hits++;
    }
    for (int length = path.size(); length >= 1; length--) {
      List<Long> prefix = path.subList(0, length);
      mostRecentFirst.remove(prefix);
      mostRecentFirst.addFirst(prefix);
    }
    while (mostRecentFirst.size() > capacity) {
      mostRecentFirst.removeLast();
    }
    return hits;
  }

  List<List<Long>> content() {
    return mostRecentFirst;
  }
}
