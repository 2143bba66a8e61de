package dev.warmpath.router.replay.calibrate;

import java.util.ArrayList;
import java.util.List;

/** The constants that are fitted when none are named. */
public final class DefaultConstants {
  private static final List<String> OF_BOTH =
      List.of(
          "frontend_ms",
          "attention_dp.mixed_ms",
          "attention_dp.per_sequence_ms",
          "attention_dp.per_max_token_ms",
          "attention_dp.per_token_ms");

  private static final List<String> OF_DISAGGREGATED =
      List.of(
          "transfer.per_token_ms",
          "prefill.base_ms",
          "prefill.floor_ms",
          "prefill.per_token_ms",
          "decode.base_ms",
          "decode.per_sequence_ms",
          "decode.per_context_token_ms",
          "decode.admission_ms",
          "attention_dp.decode_ms");

  private static final List<String> OF_AGGREGATED =
      List.of(
          "aggregated.base_ms",
          "aggregated.per_token_ms",
          "aggregated.per_sequence_ms",
          "aggregated.decode.base_ms",
          "attention_dp.aggregated_decode_ms",
          "polynomial.prefill[0]",
          "polynomial.prefill[1]",
          "polynomial.decode[0]");

  private DefaultConstants() {}

  /**
   * Their names, whether or not an engine has them.
   *
   * @param aggregated whether aggregated workers were measured
   * @param disaggregated whether prefill and decode workers were measured
   */
  public static List<String> of(boolean aggregated, boolean disaggregated) {
    List<String> names = new ArrayList<>(OF_BOTH);
    if (disaggregated) {
      names.addAll(OF_DISAGGREGATED);
    }
    if (aggregated) {
      names.addAll(OF_AGGREGATED);
    }
    return names;
  }
}
