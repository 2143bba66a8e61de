package dev.warmpath.router.replay.report;

import java.util.List;

/**
 * A heat map.
 *
 * @param rows names of its rows
 * @param columns names of its columns; empty for equal spans of the run
 * @param values a row each, a column in each
 */
record RankMap(List<String> rows, List<String> columns, double[][] values) {
  static final RankMap EMPTY = new RankMap(List.of(), List.of(), new double[0][]);

  RankMap {
    rows = List.copyOf(rows);
    columns = List.copyOf(columns);
  }
}
