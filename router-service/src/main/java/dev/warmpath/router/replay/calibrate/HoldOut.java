package dev.warmpath.router.replay.calibrate;

import dev.warmpath.router.replay.Chance;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which rows a fit sees, and which only judge it.
 *
 * @param fitted rows that constants are fitted to
 * @param held rows that are kept out
 */
public record HoldOut(List<MeasuredLoop> fitted, List<MeasuredLoop> held) {
  public HoldOut {
    fitted = List.copyOf(fitted);
    held = List.copyOf(held);
  }

  /**
   * Keeps out the rows that any of some selections names: {@code concurrency=16,64}, {@code
   * isl=500}, {@code osl=1000}, {@code table=ID}, or {@code share=0.25} of all, drawn.
   *
   * @param seed where the draw of a share comes from
   * @throws IllegalArgumentException naming the selection that is wrong, names no row, or leaves
   *     none
   */
  public static HoldOut of(List<MeasuredLoop> rows, List<String> selections, long seed) {
    Set<Integer> held = new TreeSet<>();
    for (String selection : selections) {
      held.addAll(selected(rows, selection, seed));
    }
    if (held.size() == rows.size()) {
      throw new IllegalArgumentException(
          "%s leaves none of %d rows to fit".formatted(String.join(" ", selections), rows.size()));
    }
    List<MeasuredLoop> fitted = new ArrayList<>();
    List<MeasuredLoop> kept = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      (held.contains(i) ? kept : fitted).add(rows.get(i));
    }
    return new HoldOut(fitted, kept);
  }

  private static Set<Integer> selected(List<MeasuredLoop> rows, String selection, long seed) {
    int equals = selection.indexOf('=');
    String key = equals < 0 ? selection : selection.substring(0, equals);
    String values = equals < 0 ? "" : selection.substring(equals + 1);
    return switch (key) {
      case "concurrency" -> named(rows, key, values, row -> "" + row.concurrency());
      case "isl" -> named(rows, key, values, row -> "" + row.inputTokens());
      case "osl" -> named(rows, key, values, row -> "" + row.outputTokens());
      case "table" -> named(rows, key, values, MeasuredLoop::table);
      case "share" -> drawn(rows.size(), values, seed);
      default ->
          throw new IllegalArgumentException(
              "takes concurrency=, isl=, osl=, table= or share=, was given '%s'"
                  .formatted(selection));
    };
  }

  private static Set<Integer> named(
      List<MeasuredLoop> rows, String key, String values, Function<MeasuredLoop, String> of) {
    Set<Integer> selected = new TreeSet<>();
    for (String value : key.equals("table") ? List.of(values) : List.of(values.split(",", -1))) {
      int before = selected.size();
      for (int i = 0; i < rows.size(); i++) {
        if (of.apply(rows.get(i)).equals(value)) {
          selected.add(i);
        }
      }
      if (selected.size() == before) {
        Set<String> there =
            rows.stream().map(of).collect(Collectors.toCollection(LinkedHashSet::new));
        throw new IllegalArgumentException(
            "%s=%s names no row; rows have %s".formatted(key, value, String.join(", ", there)));
      }
    }
    return selected;
  }

  private static Set<Integer> drawn(int rows, String value, long seed) {
    double share;
    try {
      share = Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(wrongShare(value), e);
    }
    if (!(share > 0 && share < 1)) {
      throw new IllegalArgumentException(wrongShare(value));
    }
    long wanted = Math.max(1, Math.round(share * rows));
    Chance chance = new Chance(seed);
    Set<Integer> drawn = new TreeSet<>();
    while (drawn.size() < wanted) {
      drawn.add(chance.below(rows));
    }
    return drawn;
  }

  private static String wrongShare(String value) {
    return "share must be above 0 and below 1, was '%s'".formatted(value);
  }
}
