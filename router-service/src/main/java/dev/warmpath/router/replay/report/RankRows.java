package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.serve.RunRecord.TargetName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The ranks of pools as rows of a chart: one each, or neighbours together where they are many. */
final class RankRows {
  /** Most rows of a chart. */
  static final int MAX_ROWS = 32;

  private static final int NONE = -1;

  private final int[] rowOfSlot;
  private final List<String> names = new ArrayList<>();
  private final List<Integer> ranks = new ArrayList<>();

  /**
   * @param targets all targets by their numbers
   * @param pools names of the pools, with which the ids of their workers begin
   */
  RankRows(List<TargetName> targets, List<String> pools) {
    rowOfSlot = new int[targets.size()];
    Arrays.fill(rowOfSlot, NONE);
    for (String pool : pools) {
      addRows(targets, pool, MAX_ROWS / pools.size(), pools.size() == 1 ? "" : pool + " ");
    }
  }

  private void addRows(List<TargetName> targets, String pool, int most, String prefix) {
    List<Integer> slots =
        IntStream.range(0, targets.size())
            .filter(slot -> targets.get(slot).worker().startsWith(pool + "-"))
            .boxed()
            .sorted(
                Comparator.<Integer, String>comparing(slot -> targets.get(slot).worker())
                    .thenComparingInt(slot -> targets.get(slot).rank()))
            .toList();
    int together = Math.ceilDiv(slots.size(), most);
    for (int from = 0; from < slots.size(); from += together) {
      List<Integer> row = slots.subList(from, Math.min(slots.size(), from + together));
      row.forEach(slot -> rowOfSlot[slot] = names.size());
      ranks.add(row.size());
      String first = prefix + name(targets.get(row.getFirst()));
      names.add(row.size() == 1 ? first : first + " to " + name(targets.get(row.getLast())));
    }
  }

  private static String name(TargetName target) {
    String number = target.worker().replaceFirst("^[^-]*-0*(?=\\d)", "");
    return "%s/%d".formatted(number, target.rank());
  }

  /** Row of a target of the pools. */
  int row(int slot) {
    return rowOfSlot[slot];
  }

  /** How many ranks a row stands for. */
  int ranks(int row) {
    return ranks.get(row);
  }

  /** Worker and rank, from 0, of each row; before them the pool, where there are several. */
  List<String> names() {
    return names;
  }
}
