package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.Chance;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.engine.OutputLengths;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one prompt length that share nothing.
 *
 * @param inputTokens tokens of each prompt, at least 1
 * @param outputTokens tokens of each answer, at least 1
 * @param lengths how long answers really are; null: as asked for
 */
public record Synthetic(int inputTokens, int outputTokens, @Nullable OutputLengths lengths) {
  private static final int MEAN_STEPS = 60;

  public Synthetic {
    if (inputTokens < 1 || outputTokens < 1) {
      throw new IllegalArgumentException(
          "must be at least 1: isl %d, osl %d".formatted(inputTokens, outputTokens));
    }
  }

  /**
   * Some of them. Lengths that vary are normal before the cap, moved so that their mean over the
   * run is the one asked for, however few there are.
   */
  public Iterator<LoadRequest> requests(int count, long seed) {
    int[] outputs = new int[count];
    if (lengths == null) {
      Arrays.fill(outputs, outputTokens);
    } else {
      draw(outputs, lengths, new Chance(seed));
    }
    return IntStream.range(0, count)
        .mapToObj(i -> LoadRequest.alone(new Prompt(inputTokens, new long[0]), outputs[i]))
        .iterator();
  }

  private static void draw(int[] outputs, OutputLengths lengths, Chance chance) {
    double[] deviations = new double[outputs.length];
    for (int i = 0; i < deviations.length; i++) {
      deviations[i] = lengths.deviation() * chance.normal();
    }
    double low = lengths.mean() - lengths.nominal();
    double high = lengths.mean() + lengths.nominal();
    for (int step = 0; step < MEAN_STEPS; step++) {
      double middle = (low + high) / 2;
      if (mean(deviations, middle, lengths.nominal()) < lengths.mean()) {
        low = middle;
      } else {
        high = middle;
      }
    }
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = capped(deviations[i] + low, lengths.nominal());
    }
  }

  private static double mean(double[] deviations, double centre, int cap) {
    return Arrays.stream(deviations).mapToInt(d -> capped(d + centre, cap)).average().orElse(0);
  }

  private static int capped(double tokens, int cap) {
    return Math.clamp(Math.round(tokens), 1, cap);
  }
}
