package dev.warmpath.router.route;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How a model with prefill and decode pools is served. Immutable.
 *
 * @param when which prompts go to a prefill target
 * @param maxLocalPrefillTokens for {@link When#LOCAL_PREFILL_LENGTH}: most prompt tokens to compute
 *     that a decode target computes itself, 0 or more
 * @param maxPrefillQueue for {@link When#LOCAL_PREFILL_LENGTH}: requests on the prefill target from
 *     which the decode target computes the prompt itself, 1 or more
 * @param effectiveIslTokens for {@link When#EFFECTIVE_ISL}: prompts with fewer tokens to compute
 *     may stay, 0 or more
 * @param effectiveIslRatio for {@link When#EFFECTIVE_ISL}: if less than this share of them is to be
 *     computed, 0 to 1
 * @param links how fast KV blocks travel
 * @param decodeMillisPerBlock what a KV block in use on a decode target costs the choice,
 *     milliseconds; 0 or more
 */
public record Disaggregation(
    When when,
    int maxLocalPrefillTokens,
    int maxPrefillQueue,
    int effectiveIslTokens,
    double effectiveIslRatio,
    Links links,
    double decodeMillisPerBlock) {
  /** Every prompt goes to a prefill target; the way costs nothing. */
  public static final Disaggregation ALWAYS =
      new Disaggregation(When.ALWAYS, 1_000, 2, 2_048, 0.7, Links.FREE, 1);

  public Disaggregation {
    checkRange("max_local_prefill_length", maxLocalPrefillTokens, 0, Integer.MAX_VALUE);
    checkRange("max_prefill_queue_size", maxPrefillQueue, 1, Integer.MAX_VALUE);
    checkRange("effective_isl_tokens", effectiveIslTokens, 0, Integer.MAX_VALUE);
    checkRange("effective_isl_ratio", effectiveIslRatio, 0, 1);
    checkRange("decode_ms_per_block", decodeMillisPerBlock, 0, Double.MAX_VALUE);
  }

  /** Which prompts go to a prefill target; the others are computed by the decode target itself. */
  public enum When {
    /** All. */
    ALWAYS,
    /**
     * Those with more tokens to compute than a decode target should, unless the prefill target has
     * enough to do: NVIDIA Dynamo's first rule (max-local-prefill-length, max-prefill-queue-size).
     */
    LOCAL_PREFILL_LENGTH,
    /**
     * All but those of which the decode target holds most and has little to compute: NVIDIA
     * Dynamo's isl_bounding.
     */
    EFFECTIVE_ISL,
    /** Those that cost less there, hand-over included, than on the best decode target. */
    COST;

    /** The words of settings, in order. */
    public static List<String> words() {
      return Arrays.stream(values()).map(When::word).toList();
    }

    /** The value of a word out of {@link #words}. */
    public static When of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** Its word in settings. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What the KV blocks in use on a decode target cost the choice, milliseconds. */
  double decodeCost(long activeBlocks) {
    return decodeMillisPerBlock * activeBlocks;
  }

  /** Whether decode targets may compute prompts. */
  public boolean decodeMayPrefill() {
    return when != When.ALWAYS;
  }

  /**
   * Whether a decode target computes the prompt itself.
   *
   * @param promptTokens tokens in the prompt
   * @param uncachedTokens of them, those that the decode target does not hold
   * @param prefillRequests requests on the prefill target
   * @param localCost cost of the prompt on the decode target
   * @param remoteCost cost of the prompt on the prefill target and of handing it over
   */
  boolean staysLocal(
      int promptTokens,
      int uncachedTokens,
      long prefillRequests,
      double localCost,
      double remoteCost) {
    return switch (when) {
      case ALWAYS -> false;
      case LOCAL_PREFILL_LENGTH ->
          uncachedTokens <= maxLocalPrefillTokens || prefillRequests >= maxPrefillQueue;
      case EFFECTIVE_ISL ->
          uncachedTokens < effectiveIslTokens
              && (double) uncachedTokens / promptTokens < effectiveIslRatio;
      case COST -> localCost <= remoteCost;
    };
  }

  private static void checkRange(String field, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "%s must be %s to %s: %s".formatted(field, least, most, value));
    }
  }
}
