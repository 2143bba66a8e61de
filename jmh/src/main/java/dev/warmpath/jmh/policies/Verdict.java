package dev.warmpath.jmh.policies;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Whether the first policy of a setting is as good as the others, and where it is not. */
final class Verdict {
  private static final double EQUAL = 1.02;
  private static final double COMPARABLE_P99 = 1.10;
  private static final double HIT_SHARE = 0.97;

  private Verdict() {}

  /** Where a rival wins, one text each; empty when none does. */
  static List<String> losses(List<Row> rows) {
    Row own = rows.getFirst();
    List<Row> others = rows.subList(1, rows.size());
    List<String> losses = new ArrayList<>();
    lower(losses, own, others, "mean", Row::mean);
    lower(losses, own, others, "p99", Row::p99);
    others.stream()
        .filter(row -> row.p99() <= COMPARABLE_P99 * own.p99())
        .filter(row -> own.hitRate() < HIT_SHARE * row.hitRate())
        .forEach(row ->
            losses.add(
                String.format(
                    Locale.ROOT,
                    "hit rate %.1f %%, %s %.1f %%",
                    own.hitRate() * 100,
                    row.policy(),
                    row.hitRate() * 100)));
    return losses;
  }

  private static void lower(
      List<String> losses, Row own, List<Row> others, String what, ToDoubleFunction<Row> figure) {
    for (Row row : others) {
      if (figure.applyAsDouble(own) > EQUAL * figure.applyAsDouble(row)) {
        losses.add(
            String.format(
                Locale.ROOT,
                "%s %.2f s, %s %.2f s",
                what,
                figure.applyAsDouble(own) / 1_000,
                row.policy(),
                figure.applyAsDouble(row) / 1_000));
      }
    }
  }
}
