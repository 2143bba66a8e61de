package dev.warmpath.jmh.peers;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;

/** Durations in nanoseconds; shown as their percentiles. One thread. */
final class Samples {
  private final IntArrayList nanos = new IntArrayList();

  void add(long duration) {
    nanos.add((int) Math.min(duration, Integer.MAX_VALUE));
  }

  int count() {
    return nanos.size();
  }

  /** {@code p50=... p99=... p999=...}, each name behind a prefix. */
  String line(String prefix) {
    int[] sorted = nanos.toIntArray();
    Arrays.sort(sorted);
    return "%1$sn=%2$d %1$sp50=%3$d %1$sp99=%4$d %1$sp999=%5$d"
        .formatted(prefix, sorted.length, at(sorted, 0.5), at(sorted, 0.99), at(sorted, 0.999));
  }

  int median() {
    int[] sorted = nanos.toIntArray();
    Arrays.sort(sorted);
    return at(sorted, 0.5);
  }

  private static int at(int[] sorted, double quantile) {
    return sorted[Math.min((int) (sorted.length * quantile), sorted.length - 1)];
  }
}
