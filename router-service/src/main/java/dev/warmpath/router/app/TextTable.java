package dev.warmpath.router.app;

import java.util.List;

/** Aligned columns of text: numbers to the right, words to the left. */
final class TextTable {
  private static final String GAP = "  ";

  private TextTable() {}

  /** The table, a line a row. All rows are as long as the head. */
  static String render(List<String> head, List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    appendRow(text, head, head, rows);
    rows.forEach(row -> appendRow(text, row, head, rows));
    return text.toString();
  }

  private static void appendRow(
      StringBuilder text, List<String> row, List<String> head, List<List<String>> rows) {
    StringBuilder line = new StringBuilder();
    for (int column = 0; column < head.size(); column++) {
      int width = width(column, head, rows);
      String padding = " ".repeat(width - row.get(column).length());
      line.append(isNumeric(column, rows) ? padding + row.get(column) : row.get(column) + padding);
      line.append(GAP);
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  private static int width(int column, List<String> head, List<List<String>> rows) {
    return rows.stream()
        .mapToInt(row -> row.get(column).length())
        .reduce(head.get(column).length(), Math::max);
  }

  private static boolean isNumeric(int column, List<List<String>> rows) {
    return rows.stream().allMatch(row -> row.get(column).matches("[-+]?[\\d.,]+( ?[a-z%]+)?"));
  }
}
