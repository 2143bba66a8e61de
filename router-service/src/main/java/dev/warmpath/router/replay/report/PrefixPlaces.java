package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.serve.PrefixMarks;
import dev.warmpath.router.replay.serve.RequestTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** To which ranks a policy sent the prompts that begin alike. */
final class PrefixPlaces {
  /** Most prefixes that are shown: those of most requests. */
  static final int MAX_PREFIXES = 20;

  private static final double MOST_OF_ALL = 0.5;

  private PrefixPlaces() {}

  /*
   * Prompts of many traces begin with one text that all share, and differ after it. So the prefixes
   * are as many blocks long as gives the most requests in those that are shown, but not so few that
   * one prefix holds most of all requests; if every length has such a prefix, they are the longest.
   */

  /**
   * A row a prefix, most requests first; its share on each rank, 0 to 1. Empty if none is shared.
   */
  static RankMap of(RequestTable table, int[] answered, RankRows ranks) {
    List<Map.Entry<Integer, Integer>> best = List.of();
    int bestDepth = 0;
    long bestRequests = 0;
    for (int depth = 0; depth < PrefixMarks.DEPTHS.size(); depth++) {
      List<Map.Entry<Integer, Integer>> top = top(table, answered, depth);
      boolean spread = !top.isEmpty() && top.getFirst().getValue() <= MOST_OF_ALL * answered.length;
      boolean last = depth == PrefixMarks.DEPTHS.size() - 1;
      long requests = top.stream().mapToLong(Map.Entry::getValue).sum();
      if (spread ? requests > bestRequests : last && bestRequests == 0) {
        best = top;
        bestDepth = depth;
        bestRequests = requests;
      }
    }
    return best.isEmpty() ? RankMap.EMPTY : map(table, answered, ranks, best, bestDepth);
  }

  /** Marks and how many requests have them, most first; those of a single request are left out. */
  private static List<Map.Entry<Integer, Integer>> top(
      RequestTable table, int[] answered, int depth) {
    Map<Integer, Integer> counts = new HashMap<>();
    for (int request : answered) {
      if (table.blocks(request) > 0) {
        counts.merge(table.prefixes().of(request, depth), 1, Integer::sum);
      }
    }
    return counts.entrySet().stream()
        .filter(entry -> entry.getValue() > 1)
        .sorted(
            Comparator.<Map.Entry<Integer, Integer>>comparingInt(Map.Entry::getValue)
                .reversed()
                .thenComparing(Map.Entry::getKey))
        .limit(MAX_PREFIXES)
        .toList();
  }

  private static RankMap map(
      RequestTable table,
      int[] answered,
      RankRows ranks,
      List<Map.Entry<Integer, Integer>> prefixes,
      int depth) {
    Map<Integer, Integer> rows = new HashMap<>();
    List<String> names = new ArrayList<>();
    for (Map.Entry<Integer, Integer> prefix : prefixes) {
      rows.put(prefix.getKey(), names.size());
      names.add(
          "#%d, %d blocks, %d requests"
              .formatted(names.size() + 1, PrefixMarks.DEPTHS.get(depth), prefix.getValue()));
    }
    double[][] shares = new double[names.size()][ranks.names().size()];
    for (int request : answered) {
      Integer row = rows.get(table.prefixes().of(request, depth));
      if (row != null && table.blocks(request) > 0) {
        shares[row][ranks.row(table.promptTarget(request))] += 1.0 / prefixes.get(row).getValue();
      }
    }
    return new RankMap(names, ranks.names(), shares);
  }
}
