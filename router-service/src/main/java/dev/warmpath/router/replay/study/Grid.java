package dev.warmpath.router.replay.study;

import dev.warmpath.router.replay.deploy.Deployment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/** All combinations of the values of some dimensions. */
public final class Grid {
  /** Most variants of a sweep; more are refused. */
  public static final int MAX_VARIANTS = 1_000;

  private Grid() {}

  /**
   * One combination.
   *
   * @param values of the dimensions, in the order of {@link Dimension}
   * @param deployment what serves
   */
  public record Variant(SequencedMap<Dimension, String> values, Deployment deployment) {
    public Variant {
      values = Collections.unmodifiableSequencedMap(new TreeMap<>(values));
    }
  }

  /**
   * The variants of a deployment; the last dimension changes fastest.
   *
   * @param values of each dimension, in their order
   * @throws IllegalArgumentException if a value does not fit, or there are too many variants
   */
  public static List<Variant> variants(Deployment base, Map<Dimension, List<String>> values) {
    long count = 1;
    for (List<String> some : values.values()) {
      count = Math.min(Integer.MAX_VALUE, count * some.size());
    }
    if (count > MAX_VARIANTS) {
      throw new IllegalArgumentException(
          "a sweep takes at most %d variants, was asked for %d".formatted(MAX_VARIANTS, count));
    }
    List<Variant> variants = List.of(new Variant(new TreeMap<>(), base));
    for (Map.Entry<Dimension, List<String>> dimension : new EnumMap<>(values).entrySet()) {
      List<Variant> wider = new ArrayList<>();
      for (Variant variant : variants) {
        for (String value : dimension.getValue()) {
          SequencedMap<Dimension, String> more = new TreeMap<>(variant.values());
          more.put(dimension.getKey(), value);
          wider.add(new Variant(more, dimension.getKey().apply(variant.deployment(), value)));
        }
      }
      variants = wider;
    }
    return variants;
  }
}
