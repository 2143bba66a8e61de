package dev.warmpath.router.replay.engine;

/**
 * Time of a step that all attention-DP ranks of a worker take together, rank i having B_i sequences
 * that decode and p_i prompt tokens: {@code decodeMs + perSequenceMs * max B_i} when no rank
 * computes a prompt, else {@code mixedMs + perSequenceMs * max B_i + perMaxTokenMs * max p_i +
 * perTokenMs * sum p_i}, but no less than the former; when nothing decodes, {@code prefillOnlyMs}
 * takes the place of the first two terms.
 *
 * @param decodeMs a decode step of a decode worker, milliseconds
 * @param aggregatedDecodeMs a decode step of an aggregated worker, milliseconds
 * @param mixedMs a step that also computes prompts, milliseconds
 * @param prefillOnlyMs a step that only computes prompts, milliseconds
 * @param perSequenceMs milliseconds a sequence on the fullest rank
 * @param perMaxTokenMs milliseconds a prompt token of the rank that computes most
 * @param perTokenMs milliseconds a prompt token of any rank
 */
public record AttentionDpTime(
    double decodeMs,
    double aggregatedDecodeMs,
    double mixedMs,
    double prefillOnlyMs,
    double perSequenceMs,
    double perMaxTokenMs,
    double perTokenMs) {
  public AttentionDpTime {
    Constants.requireNotNegative("attention_dp.decode_ms", decodeMs);
    Constants.requireNotNegative("attention_dp.aggregated_decode_ms", aggregatedDecodeMs);
    Constants.requireNotNegative("attention_dp.mixed_ms", mixedMs);
    Constants.requireNotNegative("attention_dp.prefill_only_ms", prefillOnlyMs);
    Constants.requireNotNegative("attention_dp.per_sequence_ms", perSequenceMs);
    Constants.requireNotNegative("attention_dp.per_max_token_ms", perMaxTokenMs);
    Constants.requireNotNegative("attention_dp.per_token_ms", perTokenMs);
  }
}
